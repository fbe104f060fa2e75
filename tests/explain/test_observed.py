"""Explained variation in outcomes: against R, and in cohorts simulated from the model itself."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from organotropism.cohort import simulate
from organotropism.explain import prognostic
from organotropism.explain.observed import Observed, Outcomes, cox_slope, observe
from organotropism.patient import Patient
from organotropism.process.model import Model
from toy import toy_model

ORACLES = Path(__file__).resolve().parents[1] / "oracles"


@pytest.fixture(scope="module")
def oracle() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in ("separation_input", "separation"):
        found |= json.loads((ORACLES / f"{name}.json").read_text(encoding="utf-8"))
    return found


def data(oracle: dict[str, Any]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return np.array(oracle["entry"]), np.array(oracle["years"]), np.array(oracle["event"], bool)


@pytest.mark.oracle
@pytest.mark.parametrize(
    ("covariate", "result"), [("input", "index"), ("scores", "on_scores")], ids=["index", "scores"]
)
def test_cox_slope_equals_survival(oracle: dict[str, Any], covariate: str, result: str) -> None:
    values = np.array(json.loads((ORACLES / "separation_input.json").read_text())["index"])
    if covariate == "scores":
        values = np.array(oracle["scores"])
    fitted = cox_slope(values, *data(oracle))
    assert fitted is not None
    slope, error = fitted
    # Both iterate until nothing moves.
    assert slope == pytest.approx(oracle[result]["coef"], rel=1e-9)
    assert error == pytest.approx(oracle[result]["se"], rel=1e-7)


@pytest.mark.oracle
def test_d_and_r2_equal_the_recipe_of_their_authors(oracle: dict[str, Any]) -> None:
    index = np.array(json.loads((ORACLES / "separation_input.json").read_text())["index"])
    scores = prognostic.normal_scores(index, np.full(len(index), 1.0 / len(index)))
    fitted = cox_slope(scores, *data(oracle))
    assert fitted is not None
    d = prognostic.KAPPA * fitted[0]
    # Blom's scores, which the authors use, approximate the expected order statistics.
    assert d == pytest.approx(oracle["d"], rel=0.01)
    assert prognostic.explained(oracle["d"]) == pytest.approx(oracle["r2_d"], rel=1e-12)


def test_without_events_there_is_no_slope() -> None:
    assert cox_slope(np.arange(4.0), np.zeros(4), np.ones(4), np.arange(4) == 1) is None


def women(count: int, seed: int) -> list[Patient]:
    """Patients with known covariates that vary freely."""
    rng = np.random.default_rng(seed)

    def one() -> Patient:
        return Patient(
            er=rng.choice(["positive", "negative"], p=[0.7, 0.3]),
            her2=rng.choice(["positive", "negative"], p=[0.2, 0.8]),
            pr=None,
            grade=int(rng.integers(1, 4)),
            age=int(rng.integers(30, 85)),
            size_mm=int(rng.integers(5, 80)),
            positive_nodes=int(rng.choice([0, 0, 0, 1, 3, 8])),
            histology=rng.choice(["ductal", "lobular"], p=[0.8, 0.2]),
        )

    return [one() for _ in range(count)]


def observed(model: Model, truth: Model, count: int = 6000) -> Observed:
    """The model held against courses simulated from the truth."""
    patients = women(count, seed=11)
    found = simulate(truth, patients, seed=12, years=10.0)
    presented = np.isfinite(found.any_time)
    years = np.minimum(np.minimum(found.any_time, found.death_time), 10.0)
    everyone = np.ones(count, bool)
    return observe(
        model, patients, Outcomes(np.zeros(count), years, presented, found.at_presentation, everyone)
    )


def without_effects(model: Model, block: str) -> Model:
    theta = model.theta.copy()
    theta[model.layout.slices[block]] = 0.0
    return replace(model, theta=theta)


def test_the_truth_explains_both_and_a_pattern_without_effects_explains_nothing_of_where() -> None:
    model = toy_model()
    right = observed(model, model)
    assert right.patients == 6000
    assert right.relapses == right.presentations
    assert right.d is not None and right.d_error is not None
    assert right.d > 10 * right.d_error
    assert right.pattern is not None and right.pattern_error is not None
    assert right.pattern > 3 * right.pattern_error
    blind = observed(without_effects(model, "pattern.effects"), model)
    assert blind.pattern == pytest.approx(0.0, abs=1e-9)
    assert blind.d == pytest.approx(right.d, abs=1e-9)


def test_a_wrong_pattern_does_worse_than_the_average() -> None:
    model = toy_model()
    theta = model.theta.copy()
    theta[model.layout.slices["pattern.effects"]] *= -1.0
    wrong = observed(replace(model, theta=theta), model)
    assert wrong.pattern is not None
    assert wrong.pattern < 0


def test_who_entered_with_metastases_takes_no_part() -> None:
    """Prevalent patients were selected by living with their metastases."""
    patients = women(200, seed=3)
    presented, entry = np.arange(200) % 2 == 0, np.where(np.arange(200) < 60, 6.0, 0.0)
    found = np.zeros((200, 5), bool)
    found[:, 0] = presented
    everything = Outcomes(entry, np.full(200, 5.0), presented, found, np.ones(200, bool))
    assert observe(toy_model(), patients, everything).presentations == 70


def test_no_presentation_no_pattern() -> None:
    patients = women(50, seed=1)
    none = np.zeros(50, bool)
    found = observe(
        toy_model(), patients, Outcomes(np.zeros(50), np.full(50, 5.0), none, np.zeros((50, 5), bool), ~none)
    )
    assert found.pattern is None
    assert found.presentations == 0
    assert found.d is None
    assert found.r2 is None
