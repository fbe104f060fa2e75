"""Nomograms: points add up to the risk they state, and the stated error is the error."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from organotropism.explain.nomogram import QUANTITIES, Nomogram, Target, nomogram
from organotropism.explain.nomogram_axes import axes_of, population_sample
from organotropism.patient import Patient
from organotropism.process.model import Model
from process.cases import certain
from toy import toy_model

YEAR = 2010


def target(quantity: str = "ever", site: str | None = "brain", subtype: str | None = None) -> Target:
    horizon = None if quantity in ("given_metastasis", "several") else 10.0
    return Target(quantity, None if quantity in ("any", "several") else site, horizon, subtype, YEAR)


@pytest.fixture(scope="module")
def brain() -> Nomogram:
    return nomogram(toy_model(), target())


def risk_of(stated: dict[str, Any], quantity: str, site: str | None) -> float:
    forecast = certain(toy_model()).forecast(
        Patient(**stated, year_of_diagnosis=YEAR), [10.0], intervals=False
    )
    if quantity == "any":
        return float(forecast.any(10.0).risk)
    if quantity == "several":
        return float(forecast.several.risk)
    if quantity == "given_metastasis":
        return float(forecast.site(site, "given").risk)
    return float(forecast.site(site, quantity, 10.0).risk)


#: A patient as fields of the record, as values on the axes, and as classes where only the pattern matters.
WOMEN: list[tuple[dict[str, Any], dict[str, float], dict[str, float]]] = [
    (
        {"subtype": "TNBC", "pr": "negative", "age": 47, "size_mm": 27, "positive_nodes": 2, "grade": 3}
        | {"histology": "ductal", "ki67": 40, "detection": "symptoms"},
        {"subtype": 3, "pr": 0, "age": 47, "size": 27, "nodes": 2, "grade": 2, "histology": 0, "ki67": 1}
        | {"detection": 0},
        {"age": 1, "size": 1, "nodes": 1},
    ),
    (
        {"subtype": "HR+/HER2-", "er": "positive", "pr": "positive", "age": 63, "size_mm": 14}
        | {"positive_nodes": 0, "grade": 2, "histology": "lobular", "ki67": 5, "detection": "screen"},
        {"subtype": 0, "pr": 1, "age": 63, "size": 14, "nodes": 0, "grade": 1, "histology": 1, "ki67": 0}
        | {"detection": 1},
        {"age": 3, "size": 0, "nodes": 0},
    ),
]


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_reproduces_the_forecast_of_a_patient_within_the_error_it_states(quantity: str) -> None:
    found = nomogram(toy_model(), target(quantity))
    assert 0 <= found.accuracy.mean <= found.accuracy.percentile_95 <= found.accuracy.largest
    assert found.accuracy.explained > 0.9
    for stated, numeric, classes in WOMEN:
        values = numeric | classes if found.target.horizon is None else numeric
        read = float(found.risk(found.points(values)))
        assert read == pytest.approx(risk_of(stated, quantity, "brain"), abs=found.accuracy.largest)


def test_the_longest_scale_has_100_points_and_all_start_at_zero(brain: Nomogram) -> None:
    assert max(scale.points.max() for scale in brain.scales) == pytest.approx(100.0)
    for scale in brain.scales:
        assert scale.points.min() == pytest.approx(0.0, abs=1e-9)
        assert scale.points.min() <= scale.unknown <= scale.points.max()
    assert brain.most == pytest.approx(sum(scale.points.max() for scale in brain.scales))


def test_risk_and_total_are_inverse_and_rise_together(brain: Nomogram) -> None:
    totals = np.linspace(0.0, brain.most, 7)
    risks = brain.risk(totals)
    assert (np.diff(risks) > 0).all()
    assert [brain.total(float(risk)) for risk in risks] == pytest.approx(list(totals), abs=1e-6)


def additive_model() -> Model:
    """A model whose pattern is all but additive: bone is always found, others depend on nothing."""
    toy = toy_model()
    theta = toy.theta.copy()
    toy.layout.block(theta, "pattern.pair")[:] = 0.0
    toy.layout.block(theta, "pattern.level")[:] = [8.0, -8.0, -8.0, -8.0, -1.0]
    effects = toy.layout.block(theta, "pattern.effects")
    effects[:, :4] = 0.0
    return replace(toy, theta=theta)


def test_is_exact_where_the_forecast_is_additive() -> None:
    """With bone nearly certain, the log odds of `other` are additive whatever else is found."""
    found = nomogram(additive_model(), target("given_metastasis", "other"))
    # What is left is the chance, about exp(-8), that bone is not among the sites.
    assert found.accuracy.largest < 1e-3
    names = toy_model().layout.names
    scale = next(scale for scale in found.scales if scale.axis.factor == "grade")
    per_class = additive_model().theta[names.index("pattern.effects[grade, other]")]
    assert np.diff(scale.points) * found.slope == pytest.approx([per_class] * 2, abs=1e-2)
    histology = next(scale for scale in found.scales if scale.axis.factor == "histology")
    effect = additive_model().theta[names.index("pattern.effects[lobular, other]")]
    assert (histology.points[1] - histology.points[0]) * found.slope == pytest.approx(effect, abs=1e-2)


def test_one_subtype_is_closer_than_all() -> None:
    model = toy_model()
    errors = {subtype: nomogram(model, target("any", None, subtype)).accuracy for subtype in (None, "TNBC")}
    assert errors["TNBC"].percentile_95 < errors[None].percentile_95


def test_unknown_counts_as_the_mean_of_the_population(brain: Nomogram) -> None:
    unknown = brain.points({})
    assert unknown == pytest.approx(sum(scale.unknown for scale in brain.scales))
    assert 0 < unknown < brain.most


def test_axes_interpolate_between_knots_and_hold_beyond() -> None:
    age = next(axis for axis in axes_of(True, False) if axis.factor == "age")
    weights = age.basis(np.array([20.0, 25.0, 26.0, 90.0, 95.0]))
    assert weights.sum(1) == pytest.approx(np.ones(5))
    assert weights[0, 0] == weights[1, 0] == 1.0
    assert weights[2, :2] == pytest.approx([0.8, 0.2])
    assert weights[3, -1] == weights[4, -1] == 1.0


def test_the_sample_is_the_population_spread_over_its_classes() -> None:
    model = toy_model()
    typical, sample = model.population.everyone(model.index, model.years[1]), population_sample(model, None)
    assert sample.weight == pytest.approx(typical.weight)
    for low, high in ((40, 50), (70, 80)):
        inside = (sample.age >= low) & (sample.age < high)
        assert (inside == ((typical.age >= low) & (typical.age < high))).all()
        assert len(np.unique(sample.age[inside].round())) >= 10
    assert set(sample.nodes[typical.nodes == 2.5]) == {2.0, 3.0}
    one = population_sample(model, 3)
    assert set(one.subtype) == {3}
    assert one.weight.sum() == pytest.approx(1.0)


def test_document_and_table(brain: Nomogram) -> None:
    document = json.loads(json.dumps(brain.to_dict(), allow_nan=False))
    assert document["table"] == json.loads(json.dumps(list(brain.rows())))
    totals = [row for row in document["table"] if row["kind"] == "total"]
    assert [row["points"] for row in totals][:3] == [0.0, 10.0, 20.0]
    assert totals[-1]["points"] >= brain.most
    levels = {row["level"] for row in document["table"] if row["factor"] == "subtype"}
    assert levels == {"HR+/HER2-", "HR+/HER2+", "HR-/HER2+", "TNBC", "unknown"}


def test_without_any_effect_nothing_has_points() -> None:
    toy = toy_model()
    theta = toy.theta.copy()
    theta[toy.layout.slices["pattern.effects"]] = 0.0
    found = nomogram(replace(toy, theta=theta), target("given_metastasis", "bone"))
    # Rounding of the fit, blown up to the longest scale at most.
    risks = found.risk(np.array([0.0, found.most]))
    assert risks[0] == pytest.approx(risks[1], abs=1e-6)
