"""Offsets of single patients: equal to the same change made elsewhere in the model, variance included."""

from dataclasses import replace

import numpy as np
import pytest

from organotropism.errors import InputError
from organotropism.patient import Patient
from organotropism.process.kernel import Risks
from organotropism.process.model import Model
from organotropism.process.offsets import Offset, shifted, together
from organotropism.process.results import ForecastTable
from process.cases import certain
from toy import toy_model

KNOWN = Patient(
    subtype="HR+/HER2-", pr="positive", ki67=5, age=60, grade=2, size_mm=15, positive_nodes=0,
    histology="lobular", detection="symptoms",
)  # fmt: skip
PARTLY = Patient(er="positive", her2="negative", age=52, size_mm=25)
FOUND = Patient.parse({**KNOWN.model_dump(exclude_defaults=True), "involved": "bone@2"})
RATE, SITES = 0.4, np.array([0.5, -0.3, 0.2, 0.0, 0.1])


def offset(rate: float = RATE, sites: np.ndarray = SITES, sd: float = 0.0) -> Offset:
    return Offset("marker", rate, sites, sd**2 * np.eye(6), ("someone2020",), "positive")


def forecasts(model: Model, patients: list[Patient], **settings: object) -> ForecastTable:
    table: ForecastTable = model.forecast(patients, **settings)
    return table


def equal(one: Risks, other: Risks, tolerance: float) -> None:
    for name in Risks.__dataclass_fields__:
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=0, atol=tolerance)


def test_no_offset_is_the_model_itself() -> None:
    assert shifted(toy_model(), None) is toy_model()


def test_offset_of_nothing_changes_nothing() -> None:
    nothing = offset(0.0, np.zeros(5))
    for patient in (KNOWN, PARTLY, FOUND):
        plain = forecasts(toy_model(), [patient])
        same = forecasts(toy_model(), [patient], offsets=[nothing])
        assert same.low is not None
        assert plain.low is not None
        equal(same.risks, plain.risks, 0.0)
        equal(same.low, plain.low, 0.0)


@pytest.mark.parametrize("patient", [KNOWN, PARTLY])
def test_rate_offset_equals_a_baseline_with_that_shift(patient: Patient) -> None:
    # The toy's baseline is .4 on the log hazard; a baseline enters through the cells, an offset through the
    # coefficients. Sums in another order: 1e-12.
    model = certain(toy_model())
    by_baseline = forecasts(model, [patient], baseline="mariotto2018", intervals=False)
    by_offset = forecasts(model, [patient], offsets=[offset(0.4, np.zeros(5))], intervals=False)
    equal(by_offset.risks, by_baseline.risks, 1e-12)


def test_site_offset_equals_an_effect_of_a_covariate() -> None:
    # The patient is lobular: her offset is the same change of the effects of lobular histology, which reach
    # the pattern and, through its slope, the progression.
    model = certain(toy_model())
    theta = model.theta.copy()
    model.layout.block(theta, "pattern.effects")[3] += SITES
    by_effect = forecasts(replace(model, theta=theta), [KNOWN], intervals=False)
    by_offset = forecasts(model, [KNOWN], offsets=[offset(0.0)], intervals=False)
    equal(by_offset.risks, by_effect.risks, 1e-12)


def test_known_metastases_take_the_sites_alone() -> None:
    plain, rate, both = (
        forecasts(toy_model(), [FOUND], offsets=[added], intervals=False).risks.ever
        for added in (None, offset(RATE, np.zeros(5)), offset())
    )
    np.testing.assert_allclose(rate, plain, rtol=0, atol=1e-12)
    assert both[0, 0, 2, 0] > plain[0, 0, 2, 0]
    assert both[0, 0, 1, 0] < plain[0, 0, 1, 0]


def test_patients_with_and_without_keep_their_places() -> None:
    one, other = offset(), offset(-0.2)
    table = forecasts(
        toy_model(), [PARTLY, KNOWN, FOUND, PARTLY, KNOWN], offsets=[one, None, one, other, one]
    )
    assert table.low is not None
    for number, (patient, added) in enumerate(zip(table.patients, table.offsets, strict=True)):
        alone = forecasts(toy_model(), [patient], offsets=[added])
        here = np.array([number])
        assert alone.low is not None
        # Steps of the course follow the fastest of the strata beside it (1e-8); a mix-up moves 1e-3.
        equal(table.risks.take(here), alone.risks, 1e-7)
        equal(table.low.take(here), alone.low, 1e-6)


def test_intervals_hold_the_variance_of_the_offset() -> None:
    # The risk of anything is nearly proportional to the hazard where it is small, so the variance of its
    # logit is that of the model plus that of the rate.
    def variance(sd: float) -> float:
        table = forecasts(toy_model(), [KNOWN], horizons=(1.0,), offsets=[offset(0.0, np.zeros(5), sd)])
        risk, low = (float(r.any[0, 0, 0]) for r in (table.risks, table.low) if r is not None)
        return float(((np.log(risk / (1 - risk)) - np.log(low / (1 - low))) / 1.96) ** 2)

    # A variance from 200 antithetic draws has a relative error of sqrt(2/100) = 14 %: within three of them.
    assert variance(0.5) - variance(0.0) == pytest.approx(0.25, rel=0.45)
    assert variance(0.5) > variance(0.25) > variance(0.0)


def test_reasons_name_the_offset_and_what_it_does() -> None:
    table = forecasts(toy_model(), [KNOWN], offsets=[offset()], intervals=False)
    reasons = table[0].contributions
    for place, site in enumerate(toy_model().layout.sites):
        entry = next(entry for entry in reasons[site] if entry.factor == "marker")
        assert entry.value == "positive"
        assert entry.whether == RATE
        assert entry.how_many + entry.where == pytest.approx(SITES[place])
        assert entry.studies == ("someone2020",)
        sizes = [max(abs(e.whether), abs(e.how_many + e.where)) for e in reasons[site]]
        assert sizes == sorted(sizes, reverse=True)
    document = table[0].to_dict()
    assert document["markers"]["name"] == "marker positive"
    assert document["markers"]["whether"] == RATE
    assert document["markers"]["sites"]["bone"] == SITES[0]


def test_a_sum_of_offsets_is_both_and_each_has_its_reason() -> None:
    one, other = offset(), replace(offset(0.1, -SITES, 0.2), name="other", studies=("else2021",))
    both = together([one, other])
    assert both is not None
    assert both.each == (one, other)
    assert both.text == "marker positive, other positive"
    assert both.studies == ("someone2020", "else2021")
    np.testing.assert_allclose(both.covariance, other.covariance)
    found = forecasts(toy_model(), [KNOWN], offsets=[both], intervals=False)
    equal(
        found.risks,
        forecasts(toy_model(), [KNOWN], offsets=[offset(0.5, 0 * SITES, 0.2)], intervals=False).risks,
        1e-12,
    )
    for entries in found[0].contributions.values():
        parts = {entry.factor: entry for entry in entries}
        assert (parts["marker"].whether, parts["other"].whether) == (RATE, 0.1)
    assert together([]) is None
    assert together([one]) is one
    with pytest.raises(InputError, match="given twice"):
        together([one, one])


def test_nothing_is_said_of_markers_without_an_offset() -> None:
    found = toy_model().forecast(KNOWN, intervals=False)
    assert "markers" not in found.to_dict()
    assert all(entry.factor != "marker" for entries in found.contributions.values() for entry in entries)


def test_what_is_unknown_is_judged_with_the_offset() -> None:
    plain, moved = (
        forecasts(toy_model(), [PARTLY], offsets=[added], intervals=False)[0].unknown[0].spread
        for added in (None, offset(1.0))
    )
    assert moved > 1.5 * plain


def test_one_patient_of_a_table_keeps_her_offset() -> None:
    table = forecasts(toy_model(), [PARTLY, KNOWN], offsets=[None, offset()], intervals=False)
    alone = forecasts(toy_model(), [KNOWN], offsets=[offset()], intervals=False)
    assert table[1].to_frame()["risk"].to_list() == pytest.approx(
        alone.to_frame()["risk"].to_list(), abs=1e-12
    )
    assert table[0].offset is None
    assert table[1].offset is not None


def test_offset_of_other_sites_is_refused() -> None:
    wrong = Offset("x", 0.0, np.zeros(3), np.zeros((4, 4)))
    with pytest.raises(InputError, match="sites of the model"):
        toy_model().forecast(KNOWN, offsets=[wrong])
