"""Reasons behind a forecast: they add up, and say what they claim."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from organotropism.patient import Patient
from organotropism.process import pattern, rate
from organotropism.process.model import Model
from organotropism.process.prepare import prepare
from organotropism.process.reasons import FACTORS, Contribution
from organotropism.process.results import Forecast, Options
from process.cases import KNOWN, fields, models, risks_at_coefficients
from toy import toy_model


def explained(model: Model, stated: dict[str, Any], **options: Any) -> dict[str, tuple[Contribution, ...]]:
    forecast: Forecast = model.forecast(Patient(**stated), [5], intervals=False, **options)
    return forecast.contributions


def log_hazard_and_effects(
    model: Model, stated: dict[str, Any] | None, shares: list[float]
) -> tuple[float, Any]:
    """Mean log hazard and mean x'effects of a patient, or of everyone, straight from the process."""
    if stated is None:
        cells = model.population.everyone(model.index, model.years[1])
        rows = rate.design(cells, model.index, model.centre, model.layout.bands)
    else:
        cells, rows = prepare(model, [Patient(**stated)], Options())
    log_hazard = rate.log_hazard(model.layout, model.theta[None], rows)[0] @ np.array(shares)
    effects = pattern.site_effects(model.layout, model.theta[None], pattern.scores(cells))[0]
    return float(cells.weight @ log_hazard), cells.weight @ effects


# Five years from diagnosis take two fifths of their time from the first band and three from the second,
# five years from year 4 one fifth from the second and four from the third.
@pytest.mark.parametrize("free_for, shares", [(0.0, [0.4, 0.6, 0.0, 0.0]), (4.0, [0.0, 0.2, 0.8, 0.0])])
@settings(max_examples=12)
@given(model=models(), stated=fields(most_unknown=2))
def test_contributions_add_up(
    free_for: float, shares: list[float], model: Model, stated: dict[str, Any]
) -> None:
    stated["free_for"] = free_for
    patient, reference = (log_hazard_and_effects(model, who, shares) for who in (stated, None))
    found = explained(model, stated)
    assert list(found) == list(model.layout.sites)
    for k, entries in enumerate(found.values()):
        assert {entry.factor for entry in entries} == set(FACTORS)
        assert sum(entry.whether for entry in entries) == pytest.approx(patient[0] - reference[0], abs=1e-9)
        log_odds = sum(entry.how_many + entry.where for entry in entries)
        assert log_odds == pytest.approx(patient[1][k] - reference[1][k], abs=1e-9)


@settings(max_examples=5)
@given(models(), fields(most_unknown=2))
def test_where_has_no_mean_over_the_sites(model: Model, stated: dict[str, Any]) -> None:
    """Weighted by how often each site is found in the reference population, tropism averages to zero."""
    everyone = model.population.everyone(model.index, model.years[1])
    rows = rate.design(everyone, model.index, model.centre, model.layout.bands)
    presents = rate.Clock(model.layout.bands, 0.0, (rate.LAST_YEAR,)).masses(
        rate.log_hazard(model.layout, model.theta[None], rows)[0], rows.other
    )
    scores, kind = np.unique(pattern.scores(everyone), axis=0, return_inverse=True)
    sets = pattern.probabilities(model.layout, model.theta[None], scores)[0]
    share = (everyone.weight * presents.sum(1)) @ (sets @ model.layout.sets.membership)[kind.ravel()]
    found = explained(model, stated)
    for factor in FACTORS:
        per_site = [next(e for e in entries if e.factor == factor) for entries in found.values()]
        assert share @ [entry.where for entry in per_site] == pytest.approx(0.0, abs=1e-9)
        assert len({entry.how_many for entry in per_site}) == 1
        assert len({entry.whether for entry in per_site}) == 1


def test_the_largest_reason_comes_first() -> None:
    for entries in explained(toy_model(), KNOWN).values():
        sizes = [max(abs(e.whether), abs(e.how_many + e.where)) for e in entries]
        assert sizes == sorted(sizes, reverse=True)


def entry_of(stated: dict[str, Any], site: str, factor: str, **options: Any) -> Contribution:
    return next(e for e in explained(toy_model(), stated, **options)[site] if e.factor == factor)


def test_a_reason_follows_its_coefficient() -> None:
    toy = toy_model()
    names = toy.layout.names
    at = {site: toy.theta[names.index(f"pattern.effects[lobular, {site}]")] for site in ("bone", "lung")}
    lobular, ductal = ({**KNOWN, "histology": value} for value in ("lobular", "ductal"))
    change = {}
    for site in at:
        one, other = (entry_of(stated, site, "histology") for stated in (lobular, ductal))
        change[site] = one.how_many + one.where - other.how_many - other.where
        assert one.whether - other.whether == pytest.approx(toy.theta[names.index("rate.effects[lobular]")])
    assert change == pytest.approx(at)


def test_reasons_name_what_is_known_and_the_studies_behind_it() -> None:
    subtype = entry_of(KNOWN, "brain", "subtype")
    assert subtype.value == "TNBC"
    assert subtype.studies == ("kennecke2010", "pmc5040895", "predict3")
    assert entry_of(KNOWN, "bone", "histology").studies == ("mathew2017",)
    without = {name: value for name, value in KNOWN.items() if name != "grade"}
    assert entry_of(without, "bone", "grade").value == "unknown"
    assert entry_of(KNOWN, "bone", "grade").value == "grade 3"


def test_treatment_is_a_reason_and_a_baseline_is_none() -> None:
    plain, treated = (
        entry_of({**KNOWN, **extra}, "bone", "treatment") for extra in ({}, {"radiotherapy": True})
    )
    assert plain.whether == 0.0
    assert treated.whether < 0.0
    study = explained(toy_model(), KNOWN, baseline="mariotto2018")
    assert study == explained(toy_model(), KNOWN)


def test_after_metastasis_reasons_remain_and_nothing_is_asked() -> None:
    stated = {**KNOWN, "involved": [{"site": "bone", "years": 1}]}
    del stated["grade"]
    forecast = toy_model().forecast(Patient(**stated), [5], intervals=False)
    assert len(forecast.contributions["liver"]) == len(FACTORS)
    assert forecast.unknown == []


#: Values of a field as the patient states them and as `unknown` labels them.
ASKED: dict[str, dict[str, Any]] = {
    "grade": {"1": 1, "2": 2, "3": 3},
    "histology": {"lobular": "lobular", "other than lobular": "mixed"},
    "detection": {"screen": "screen", "symptoms": "symptoms"},
    "age": {"35 years": 35, "45 years": 45, "55 years": 55, "65 years": 65, "75 years": 75, "83 years": 83},
    "size_mm": {"8 mm": 8, "16 mm": 16, "25 mm": 25, "40 mm": 40, "65 mm": 65},
    "her2": {"HR+/HER2-": "negative", "HR+/HER2+": "positive"},
    "pr": {"negative": "negative", "positive": "positive"},
    "ki67": {"negative": 5, "positive": 30},
}


@pytest.mark.parametrize("name", ASKED)
@settings(max_examples=6)
@given(model=models(sd=0.1), free_for=st.sampled_from([0.0, 2.5]))
def test_an_unknown_field_tells_what_knowing_it_would_give(name: str, model: Model, free_for: float) -> None:
    stated = {**KNOWN, "er": "positive", "pr": "positive", "free_for": free_for}
    del stated[name]
    unknown = model.forecast(Patient(**stated), [2, 5], intervals=False).unknown
    assert [entry.field for entry in unknown] == [name]
    entry = unknown[0]
    assert entry.years == 5.0
    assert entry.values.keys() == ASKED[name].keys()
    k = model.layout.sites.index(entry.site)
    ever = {
        label: float(risks_at_coefficients(model, Patient(**stated, **{name: value}), 5).ever[0, 0, k, 0])
        for label, value in ASKED[name].items()
    }
    # Runge-Kutta steps follow the fastest of the rows at hand, see test_forecast_table: an error below 1e-4,
    # of which two choices of the steps see a small part.
    assert dict(entry.values) == pytest.approx(ever, abs=1e-5)
    assert 0 <= entry.spread <= (max(ever.values()) - min(ever.values())) / 2 + 1e-6


def test_unknown_fields_come_in_the_order_of_what_they_would_tell() -> None:
    forecast = toy_model().forecast(Patient(er="negative", her2="negative", age=50), [5], intervals=False)
    spreads = [entry.spread for entry in forecast.unknown]
    assert spreads == sorted(spreads, reverse=True)
    asked = [entry.field for entry in forecast.unknown]
    # PR decides here between two subtypes, and is one field.
    assert sorted(asked) == ["detection", "grade", "histology", "ki67", "positive_nodes", "pr", "size_mm"]
