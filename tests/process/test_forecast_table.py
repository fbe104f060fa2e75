"""Tables of patients, intervals, and what a forecast refuses or warns of."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from organotropism.errors import InputError
from organotropism.patient import Patient
from organotropism.process.kernel import Kernel, Risks
from organotropism.process.layout import Layout
from organotropism.process.model import Model
from organotropism.process.prepare import prepare
from organotropism.process.results import Options
from process.cases import (
    KNOWN,
    QUANTITIES,
    certain,
    largest_difference,
    models,
    patients,
    random_theta,
    risks_of,
    with_layout,
)
from toy import toy_model

PARTLY = {name: value for name, value in KNOWN.items() if name not in ("her2", "detection")}
METASTATIC = {**PARTLY, "involved": [{"site": "bone", "years": 2.0}], "as_of": 2.5}
#: The steps follow the fastest row of a table, so neighbours change the last digits of `ever`, by less than
#: the error that test_forecast_grid allows.
NEIGHBOURS = 1e-4
HORIZONS = (2.0, 5.0)


def joined(parts: list[Risks]) -> Risks:
    return Risks.join(parts, axis=1)


@settings(max_examples=12)
@given(models(sd=0.1), st.lists(st.tuples(patients(1), st.sampled_from([0.0, 1.5])), min_size=1, max_size=6))
def test_a_table_gives_the_numbers_of_its_patients(model: Model, drawn: list[tuple[Patient, float]]) -> None:
    table = [patient.model_copy(update={"free_for": years}) for patient, years in drawn]
    table.insert(len(table) // 2, Patient(**METASTATIC))
    risks = model.forecast(table, HORIZONS, intervals=False).risks
    alone = joined([risks_of(model, patient, *HORIZONS) for patient in table])
    assert largest_difference(risks, alone) < NEIGHBOURS
    for name in ("any", "first", "only", "given", "several"):
        np.testing.assert_allclose(getattr(risks, name), getattr(alone, name), rtol=0, atol=1e-12)


def test_intervals_of_a_table_are_those_of_its_patients() -> None:
    model = toy_model()
    table = [Patient(**stated) for stated in (KNOWN, METASTATIC, PARTLY, {**KNOWN, "free_for": 3.0})]
    together = model.forecast(table, HORIZONS)
    for name in ("low", "high"):
        alone = joined([getattr(model.forecast([patient], HORIZONS), name) for patient in table])
        assert largest_difference(getattr(together, name), alone) < NEIGHBOURS


@settings(max_examples=8)
@given(models(), patients(most_unknown=1), st.sampled_from([None, 2.0]))
def test_intervals_contain_the_point(model: Model, patient: Patient, free_for: float | None) -> None:
    table = model.forecast([patient.model_copy(update={"free_for": free_for})], HORIZONS)
    for name in QUANTITIES:
        low, point, high = (getattr(risks, name) for risks in (table.low, table.risks, table.high))
        assert np.all((low < point) & (point < high)), name
        assert np.all((low > 0) & (high < 1)), name


def test_intervals_after_metastasis_leave_certain_things_certain() -> None:
    found = toy_model().forecast(Patient(**METASTATIC), HORIZONS)
    bone, liver = found.site("bone", "ever", 5), found.site("liver", "ever", 5)
    assert (bone.risk, bone.low, bone.high) == (1.0, 1.0, 1.0)
    assert 0 < liver.low < liver.risk < liver.high < 1
    assert found.site("liver", "first", 5).high == 0.0
    assert found.any(5).low == 1.0


def test_one_site_given_metastasis_is_certain() -> None:
    layout = Layout(("bone",))
    model = replace(with_layout(layout, random_theta(layout, 2)), covariance=0.01 * np.eye(layout.size))
    found = model.forecast(Patient(**PARTLY), HORIZONS)
    assert found.site("bone", "given").low == pytest.approx(1.0, abs=1e-12)
    assert found.several.high == 0.0
    assert found.any(5).low < found.any(5).risk


def test_without_spread_the_interval_is_the_point() -> None:
    table = certain(toy_model()).forecast([Patient(**KNOWN), Patient(**PARTLY)], HORIZONS)
    assert table.low is not None and table.high is not None
    # Through the logit and back; a risk within 1e-12 of 0 or 1 stays as it is.
    assert largest_difference(table.low, table.risks) < 1e-12
    assert largest_difference(table.high, table.risks) < 1e-12


def test_the_limits_are_those_of_the_normal_distribution() -> None:
    """Where only the level of the rate is uncertain, they are the risks at 1.96 SD on either side."""
    toy = toy_model()
    sd = 0.2
    shift = np.zeros(toy.layout.size)
    shift[toy.layout.slices["rate.level"]] = sd
    uncertain = replace(toy, covariance=np.outer(shift, shift), between=())
    table = uncertain.forecast([Patient(**KNOWN)], HORIZONS)
    limits = [
        certain(replace(toy, theta=toy.theta + sign * 1.96 * shift)).forecast(
            [Patient(**KNOWN)], HORIZONS, intervals=False
        )
        for sign in (-1, 1)
    ]
    # The draws have exactly the covariance, so only what bends is left to chance: the limits lie about .5
    # from the point on the logit scale, and one per cent of the width between them is .01.
    for mine, exact in zip((table.low, table.high), limits, strict=True):
        assert mine is not None
        logit = [np.log(r.any / (1 - r.any)) for r in (mine, exact.risks)]
        assert np.abs(logit[0] - logit[1]).max() < 0.01


def test_draws_in_blocks_are_the_draws_together(monkeypatch: pytest.MonkeyPatch) -> None:
    model = toy_model()
    cells, rows = prepare(model, [Patient(**PARTLY)], Options())
    draws = model.draws(10, seed=3)
    kernel = Kernel(model.layout, cells, rows, 0.0, HORIZONS)
    monkeypatch.setattr("organotropism.process.kernel.ROWS_AT_ONCE", 10 * len(cells))
    together = kernel.risks(draws)
    monkeypatch.setattr("organotropism.process.kernel.ROWS_AT_ONCE", 3 * len(cells))
    assert largest_difference(kernel.risks(draws), together) < NEIGHBOURS


def test_a_year_and_a_baseline_shift_the_rate_alone() -> None:
    model, patient = toy_model(), Patient(**KNOWN)
    plain = model.forecast([patient], HORIZONS, intervals=False).risks
    study = model.forecast([patient], HORIZONS, intervals=False, baseline="mariotto2018").risks
    earlier = model.forecast([patient], HORIZONS, intervals=False, year=1995).risks
    for other in (study, earlier):
        assert np.all(other.any > plain.any)
        np.testing.assert_allclose(other.given, plain.given, rtol=1e-12)


def test_horizons_beyond_the_evidence_are_blank_in_a_table_and_refused_for_one() -> None:
    model = toy_model()
    late = Patient(**KNOWN, free_for=14)
    table = model.forecast([Patient(**KNOWN), late], [5, 10])
    for risks in (table.risks, table.low, table.high):
        assert np.isfinite(risks.any[0, 0]).all()
        assert np.isnan(risks.any[0, 1]).tolist() == [False, True]
        assert np.isnan(risks.ever[0, 1]).any(0).tolist() == [False, True]
        assert np.isfinite(risks.given).all()
    assert "no forecast at 10 years" in " ".join(table.warnings[1])
    assert not any("no forecast" in warning for warning in table.warnings[0])
    with pytest.raises(InputError, match="more than 20 years after diagnosis"):
        model.forecast(late, [5, 10])
    with pytest.raises(InputError, match="within 20 years"):
        model.forecast([Patient(**KNOWN, free_for=19)], [5, 10])


@pytest.mark.parametrize("horizons", [[], [0], [-1, 5], [5, 2], [5, 5], [float("nan")], [float("inf")]])
def test_horizons_that_make_no_sense_are_refused(horizons: list[float]) -> None:
    for patients_ in (Patient(**KNOWN), [Patient(**KNOWN)]):
        with pytest.raises(InputError, match="horizons"):
            toy_model().forecast(patients_, horizons)


def test_an_unknown_baseline_and_an_empty_table_are_refused() -> None:
    with pytest.raises(InputError, match="is not a baseline; expected average, mariotto2018"):
        toy_model().forecast(Patient(**KNOWN), baseline="nobody2000")
    with pytest.raises(InputError, match="no patient"):
        toy_model().forecast([])
