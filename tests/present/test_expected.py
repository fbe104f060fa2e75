import re

import pytest

from forecasts import forecast
from organotropism.errors import InputError
from organotropism.present.expected import expected, expected_columns, expected_horizons, expected_text
from organotropism.present.wording_page import GUIDELINES, ROUTINE_IMAGING


def test_horizons():
    assert expected_horizons(10, 0) == tuple(float(year) for year in range(1, 11))
    assert expected_horizons(2.5, 0) == (1.0, 2.0)
    assert expected_horizons(10, 17.5) == (1.0, 2.0)
    for last, now in ((0.5, 0), (10, 19.5)):
        with pytest.raises(InputError, match="leave no whole year"):
            expected_horizons(last, now)


def test_years_sum_to_the_risk():
    result = forecast("full")
    for row in expected(result):
        total = result.any(10) if row.site == "any" else result.site(row.site, "first", 10)
        assert row.total == total
        assert len(row.yearly) == 10
        assert min(row.yearly) > 0
        assert sum(row.yearly) == pytest.approx(total.risk, rel=1e-12)


def test_columns():
    result = forecast("free")
    columns = expected_columns(result)
    rows = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    assert len(rows) == 60
    seventh = next(row for row in rows if row["site"] == "brain" and row["year"] == 7)
    assert seventh["years_since_diagnosis"] == 10
    assert seventh["by_the_end"] == 1000 * result.site("brain", "first", 7).risk
    assert seventh["high"] == 1000 * result.site("brain", "first", 7).high
    assert seventh["in_the_year"] == pytest.approx(
        1000 * (result.site("brain", "first", 7).risk - result.site("brain", "first", 6).risk), rel=1e-9
    )


def test_known_metastases_are_refused():
    with pytest.raises(InputError, match="presentations are expected of patients without known metastases"):
        expected(forecast("metastatic"))


@pytest.mark.parametrize("intervals", [True, False])
@pytest.mark.parametrize("width", [60, 100])
def test_text(intervals, width):
    text = expected_text(forecast("full", intervals), width=width)
    assert max(map(len, text.splitlines())) <= width
    flat = " ".join(text.split())
    assert ROUTINE_IMAGING in flat
    assert all(address in flat for _, address in GUIDELINES)
    assert ("uncertainty of the evidence" in flat) == intervals
    assert "For research, not for treatment or imaging decisions." in flat
    assert not re.search(r"\byou", text, re.IGNORECASE)
    assert len(re.findall(r"^ +\d+( +[\d.<]+){6}$", text, re.MULTILINE)) == 10
