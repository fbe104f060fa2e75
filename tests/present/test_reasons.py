from math import log

import pytest

from forecasts import PATIENTS, SHOWN, forecast
from organotropism.present.reasons import shown_reasons, shown_unknowns
from organotropism.present.shown import at_horizons, open_sites


@pytest.mark.parametrize("name", PATIENTS)
def test_reasons_are_large_known_and_in_order(name):
    few = at_horizons(forecast(name), SHOWN)
    reasons = shown_reasons(few)
    sizes = [reason.size for reason in reasons]
    assert sizes == sorted(sizes, reverse=True)
    assert min(sizes) >= log(1.1)
    assert len(reasons) <= 6
    for reason in reasons:
        assert list(reason.where) == open_sites(few)
        assert (reason.whether is None) == (name == "metastatic")
        assert reason.studies
        assert "unknown" not in reason.text


def test_parts_are_those_of_the_forecast():
    few = at_horizons(forecast("full"), SHOWN)
    nodes = next(entry for entry in few.contributions["bone"] if entry.factor == "nodes")
    shown = next(reason for reason in shown_reasons(few) if reason.text == "5 positive nodes")
    assert (shown.whether, shown.how_many, shown.where["bone"]) == (
        nodes.whether,
        nodes.how_many,
        nodes.where,
    )


def test_rate_alone_is_no_reason_once_metastases_are_known():
    studies = {study for reason in shown_reasons(forecast("metastatic")) for study in reason.studies}
    assert "predict3" not in studies


def test_unknowns_that_change_no_digit_are_left_out():
    assert shown_unknowns(forecast("metastatic")) == []
    lines = shown_unknowns(at_horizons(forecast("free"), SHOWN))
    assert 1 <= len(lines) <= 2
    assert all(" within 10 years from " in line for line in lines)
