"""What every forecast obeys, whoever the patient and whatever the coefficients."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from organotropism.patient import Patient
from organotropism.process import rate
from organotropism.process.kernel import Risks
from organotropism.process.model import Model
from organotropism.process.prepare import prepare
from organotropism.process.results import Options
from process.cases import (
    FIELDS,
    QUANTITIES,
    TREATMENTS,
    certain,
    fields,
    largest_difference,
    models,
    patients,
    risks_at_coefficients,
    risks_of,
)

#: Sums of some thousand products below one: rounding stays below 1e-12.
ROUNDING = 1e-12
#: The Runge-Kutta step follows the fastest row at hand, so the last digits of `ever` depend on which rows
#: are computed together: twice the error of the longer steps of an expected course, which is below 1e-5
#: (7.6e-6 at most against steps 16 times as short, of six patients under each of ten shaken models).
TOGETHER = 2e-5
HORIZONS = (0.1, 1.0, 2.0, 5.0, 10.0, 16.0)

involved = st.sampled_from(
    [
        [{"site": "bone", "years": 0}],
        [{"site": "liver", "years": 3.1}],
        [{"site": "lung", "years": 1.5}, {"site": "brain", "years": 2.75}],
    ]
)
states = st.one_of(
    st.just({}),
    st.floats(0.0, 4.0).map(lambda years: {"free_for": years}),
    st.tuples(involved, st.floats(0.0, 0.9)).map(
        lambda drawn: {"involved": drawn[0], "as_of": drawn[0][-1]["years"] + drawn[1]}
    ),
)


@settings(max_examples=40)
@given(models(), fields(), states)
def test_risks_are_ordered(model: Model, stated: dict[str, Any], state: dict[str, Any]) -> None:
    risks = risks_of(model, Patient(**stated, **state), *HORIZONS)
    any_distant = risks.any[:, :, None]
    for name in QUANTITIES:
        value = getattr(risks, name)
        assert np.all((value >= 0) & (value <= 1)), name
    assert np.all(risks.only <= risks.first)
    assert np.all(risks.first <= risks.ever)
    assert np.all(risks.ever <= any_distant)
    assert np.all(risks.first.max(2) <= risks.any)
    assert np.all(risks.any <= risks.first.sum(2) + ROUNDING)
    # Someone found with several sites counts once in `any`, and in no `only`.
    assert np.all(risks.only.sum(2) <= risks.any + ROUNDING)
    for name in ("any", "first", "only"):
        assert np.all(np.diff(getattr(risks, name), axis=-1) >= -ROUNDING), name
    assert np.all(np.diff(risks.ever, axis=-1) >= 0)
    assert np.all(risks.given.max(2) <= 1 + ROUNDING)
    assert np.all(risks.given.sum(2) >= 1 - ROUNDING)
    assert np.all(risks.given.sum(2) - 1 >= risks.several - ROUNDING)


@settings(max_examples=25)
@given(models(), fields())
def test_given_metastasis_is_first_over_any_up_to_the_last_year(model: Model, stated: dict[str, Any]) -> None:
    # Of coefficients: a mean of ratios is not the ratio of the means.
    risks = risks_of(certain(model), Patient(**stated), rate.LAST_YEAR)
    np.testing.assert_allclose(risks.given, risks.first[..., 0] / risks.any[..., 0, None], rtol=1e-11)


@settings(max_examples=20)
@given(models(), fields())
def test_free_for_zero_years_says_nothing(model: Model, stated: dict[str, Any]) -> None:
    fresh = risks_of(model, Patient(**stated), *HORIZONS)
    assert largest_difference(fresh, risks_of(model, Patient(**stated, free_for=0), *HORIZONS)) == 0.0


@settings(max_examples=40)
@given(models(), patients(), st.floats(0.05, 8.0), st.floats(0.05, 8.0))
def test_conditioning_on_time_free_agrees_with_bayes(
    model: Model, patient: Patient, a: float, t: float
) -> None:
    """P(any by a + t) = P(any by a) + P(free, alive at a) P(any by t | free at a); so for each site."""
    cells, rows = prepare(model, [patient], Options())
    log_rate = rate.log_hazard(model.layout, model.theta[None], rows)
    free = float(cells.weight @ rate.free_until(model.layout.bands, log_rate, rows.other, a)[0])
    # Of coefficients, since being free does not change what is known of them.
    model = certain(model)
    whole = risks_of(model, patient, a, a + t)
    later = risks_of(model, patient.model_copy(update={"free_for": a}), t)
    for name in ("any", "first", "only"):
        early, total = np.moveaxis(getattr(whole, name)[0, 0], -1, 0)
        np.testing.assert_allclose(early + free * getattr(later, name)[0, 0, ..., 0], total, atol=ROUNDING)


#: Values of a field that together cover everything it can be; ages and sizes are those the classes stand for.
VALUES: dict[str, list[dict[str, Any]]] = {
    "grade": [{"grade": value} for value in (1, 2, 3)],
    "histology": [{"histology": value} for value in ("ductal", "lobular")],
    "age": [{"age": value} for value in (35, 45, 55, 65, 75, 83)],
    "size_mm": [{"size_mm": value} for value in (8, 16, 25, 40, 65)],
    "t": [{"t": value} for value in ("T1", "T2", "T3")],
    "positive_nodes": [{"n": value} for value in ("N0", "N1", "N2", "N3")],
    "pr": [{"pr": value} for value in ("positive", "negative")],
    "detection": [{"detection": value} for value in ("screen", "symptoms")],
    "ki67": [{"ki67": value} for value in (5, 30)],
    "her2": [{"her2": value} for value in ("positive", "negative")],
}
HIDES = {"t": "size_mm"}


def assert_between(unknown: Risks, known: list[Risks], names: tuple[str, ...]) -> None:
    for name in names:
        values = np.stack([getattr(risks, name) for risks in known])
        allowed = TOGETHER if name == "ever" else ROUNDING
        assert np.all(getattr(unknown, name) >= values.min(0) - allowed), name
        assert np.all(getattr(unknown, name) <= values.max(0) + allowed), name


# An unknown value is a mixture of its known values; so it is among patients free for a while or with
# metastases, with other shares. At the coefficients: where shares depend on them they go with the risks, so
# that a mean of mixtures is no mixture of the means.
@pytest.mark.parametrize("axis", VALUES)
@settings(max_examples=8)
@given(model=models(sd=0.1), stated=fields(most_unknown=2), state=states)
def test_unknown_lies_between_the_known(
    axis: str, model: Model, stated: dict[str, Any], state: dict[str, Any]
) -> None:
    stated = {**stated, **state}
    stated.pop(HIDES.get(axis, axis), None)
    unknown = risks_at_coefficients(model, Patient(**stated), *HORIZONS)
    known = [risks_at_coefficients(model, Patient(**stated, **value), *HORIZONS) for value in VALUES[axis]]
    assert_between(unknown, known, QUANTITIES)
    # What bears on the rate alone says nothing more of a woman with metastases of whom all else is known.
    if axis not in ("ki67", "pr") and "involved" not in state:
        assert max(largest_difference(unknown, risks) for risks in known) > 0


@settings(max_examples=25)
@given(models(sd=0.1), fields(most_unknown=2), states)
def test_unknown_subtype_lies_between_the_subtypes(
    model: Model, stated: dict[str, Any], state: dict[str, Any]
) -> None:
    stated = {**stated, **state}
    her2 = stated.pop("her2", "negative")
    del stated["er"]
    stated.pop("pr", None)
    patient = Patient(**stated, her2=her2)
    assert len(patient.clinical_subtypes) == 2
    known = [
        risks_at_coefficients(model, Patient(**stated, subtype=label), *HORIZONS)
        for label in patient.clinical_subtypes
    ]
    assert_between(risks_at_coefficients(model, patient, *HORIZONS), known, QUANTITIES)


# Treatment only shifts the hazard, and these four quantities rise with it in every cell; what is given
# metastasis also depends on who presents, so it need not lie between.
@pytest.mark.parametrize("treatment", TREATMENTS)
@settings(max_examples=8)
@given(model=models(sd=0.1), stated=fields(most_unknown=2))
def test_unknown_treatment_lies_between_the_known(
    treatment: str, model: Model, stated: dict[str, Any]
) -> None:
    stated.pop(treatment, None)
    unknown = risks_of(model, Patient(**stated), *HORIZONS)
    known = [risks_of(model, Patient(**stated, **{treatment: v}), *HORIZONS) for v in TREATMENTS[treatment]]
    assert_between(unknown, known, ("any", "first", "only", "ever"))


def test_the_random_patients_use_every_field_that_the_model_reads() -> None:
    from organotropism.process.population import AXES

    assert set(AXES) - {"subtype", "lobular"} <= set(FIELDS)
