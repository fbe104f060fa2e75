"""Published absolute numbers beside forecasts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from organotropism import evidence, load_model
from organotropism.errors import InputError
from organotropism.evidence.published import Compared, summary
from organotropism.learn.literature import Evidence, measurements
from organotropism.learn.published import compare_published, not_compared, overlapping
from process.cases import certain
from toy import toy_model


@pytest.fixture(scope="module")
def source() -> Evidence:
    return measurements()


@pytest.fixture(scope="module")
def rows() -> list[Compared]:
    return compare_published(load_model(), study="ebctcg2024")


def test_published_stands_beside_its_forecast(rows: list[Compared]) -> None:
    printed = {row.id: row for row in rows}
    for record in evidence.baseline():
        if record.record_id in printed:
            assert printed[record.record_id].published == pytest.approx(record.value / 100, rel=1e-9)
    for row in rows:
        assert row.low < row.forecast < row.high
        assert row.inside == (row.low <= row.published <= row.high)
        assert row.log_ratio == pytest.approx(np.log(row.published / row.forecast))
        assert (row.z > 0) == (row.published > row.forecast) or abs(row.z) < 0.5
        assert row.design == "trial or multicentre"


def test_limits_hold_the_draws_of_the_model(source: Evidence) -> None:
    """The linear spread against predictions at draws of the coefficients."""
    from organotropism.learn.expected import predict

    model = load_model()
    chosen = [row for row in source.rows if row.study == "ebctcg2024"][:3]
    drawn = np.array(
        [predict(source.layout, source.reference, theta, chosen) for theta in model.draws(200, seed=4)]
    )
    compared = {row.id: row for row in compare_published(model, study="ebctcg2024")}
    for number, row in enumerate(chosen):
        risk = 1 - np.exp(-np.exp(drawn[:, number]))
        found = compared[row.id]
        # A mean of 100 pairs of draws: its error is below .03 of itself; a share of 200 has one of .016.
        assert found.forecast == pytest.approx(risk.mean(), rel=0.1)
        assert np.mean((risk > found.low) & (risk < found.high)) == pytest.approx(0.95, abs=0.05)


def test_without_spread_the_forecast_is_the_fitted_value() -> None:
    model = certain(load_model())
    for row in compare_published(model, study="colzani2014"):
        assert row.low == pytest.approx(row.forecast, rel=1e-9)
        assert row.high == pytest.approx(row.forecast, rel=1e-9)


def test_every_absolute_number_is_compared_or_named(source: Evidence) -> None:
    """Nothing is left out silently: used, of patients already counted, or not comparable with its reason."""
    again = {row.id for row in overlapping(source)}
    assert len(again) > 20
    used, aside = {row.id for row in source.rows}, {row.id for row in source.aside}
    assert not used & again
    named = not_compared(source)
    assert all(row.reason for row in named)
    contrasts = {row.record_id for row in evidence.associations() if row.value_meaning == "effect_ratio"}
    contrasts |= {row.record_id for row in evidence.course() if row.functional == "death_ratio"}
    assert aside - contrasts <= again | {row.id for row in named}


def test_each_group_of_patients_has_one_vote(rows: list[Compared]) -> None:
    first, *_ = rows
    one = replace(first, group="a", log_ratio=1.0, inside=True, z=2.0)
    other = replace(first, group="b", log_ratio=-1.0, inside=False, z=0.0)
    found = summary([one, one, one, other])
    assert (found.numbers, found.groups) == (4, 2)
    assert (found.log_ratio, found.inside) == (0.0, 0.5)
    assert found.rms_z == pytest.approx(2**0.5)


def test_what_is_not_there_is_refused() -> None:
    with pytest.raises(InputError, match="has no published number"):
        compare_published(load_model(), study="nobody")
    other = toy_model()
    if other.layout != load_model().layout:
        with pytest.raises(InputError, match="sites and coefficients"):
            compare_published(other)
