import pytest

from forecasts import SHOWN, forecast
from organotropism.patient import Patient
from organotropism.present.shown import at_horizons, horizons, last_horizon, open_sites
from toy import toy_model


@pytest.mark.parametrize("name", ["full", "metastatic"])
def test_fewer_horizons_change_no_number(name):
    full = forecast(name)
    few = at_horizons(full, SHOWN)
    assert horizons(few) == [5, 10]
    assert few.any(5) == full.any(5)
    assert few.site("brain", "ever", 10) == full.site("brain", "ever", 10)
    assert few.several == full.several
    assert few.patient == full.patient
    direct = toy_model().forecast(full.patient)
    # The rate is averaged over its distribution between the horizons, with the hazard of other death averaged
    # there, too: which horizons are asked for moves a risk in its seventh digit.
    assert few.any(10).risk == pytest.approx(direct.any(10).risk, rel=1e-6)
    assert few.any(10).high == pytest.approx(direct.any(10).high, rel=1e-6)
    assert few.warnings == direct.warnings
    assert few.contributions == direct.contributions


def test_of_a_table_the_same_patient():
    patients = [forecast(name).patient for name in ("full", "low")]
    table = toy_model().forecast(patients, (1.0, 5.0), intervals=False)
    assert at_horizons(table[1], (5.0,)).any(5) == table[1].any(5)


def test_warnings_speak_of_the_horizons_shown():
    late = Patient(er="positive", her2="negative", grade=2, size_mm=20, free_for=12, m="M0")
    table = toy_model().forecast([late], (1.0, 5.0, 9.0, 10.0), intervals=False)
    assert "no forecast at 9, 10 years" in table[0].warnings[0]
    few = at_horizons(table[0], (5.0, 10.0))
    assert last_horizon(few) == 5
    assert [text for text in few.warnings if "no forecast" in text] == [
        "no forecast at 10 years: that is more than 20 years after diagnosis, where the evidence ends"
    ]
    assert at_horizons(table[0], (5.0,)).warnings == ()


def test_open_sites():
    assert open_sites(forecast("metastatic")) == ["liver", "brain", "other"]
    assert open_sites(forecast("full")) == ["bone", "lung", "liver", "brain", "other"]
