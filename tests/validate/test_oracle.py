"""Scores against R: survival, prodlim and riskRegression."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from organotropism.validate import accuracy, calibration, discrimination, smooth
from organotropism.validate.aalen_johansen import incidence, ones, pseudo_values, standard_error
from organotropism.validate.censoring import known_at
from organotropism.validate.concordance import concordance
from organotropism.validate.counting import Clock
from organotropism.validate.cox import fit_cox
from organotropism.validate.outcome import Outcome

pytestmark = pytest.mark.oracle
ORACLES = Path(__file__).resolve().parents[1] / "oracles"


@cache
def stored(name: str) -> Any:
    return json.loads((ORACLES / f"{name}.json").read_text(encoding="utf-8"))


HORIZONS = stored("validation_input")["horizons"]
COHORTS = tuple(stored("validation_input")["cohorts"])
FROM_DIAGNOSIS = tuple(name for name in COHORTS if "late" not in name)
#: Both sides are sums and products of some hundred doubles, in another order.
ROUNDING = 1e-10


def follow_up(name: str) -> tuple[Clock, dict[str, Any]]:
    cohort = {key: np.array(values) for key, values in stored("validation_input")["cohorts"][name].items()}
    rows = np.arange(len(cohort["time"]))
    return Clock(
        Outcome("bone", rows, cohort["entry"], cohort["time"], cohort["kind"], np.ones(len(rows)))
    ), cohort


@pytest.mark.parametrize("name", COHORTS)
def test_aalen_johansen(name: str) -> None:
    clock, _ = follow_up(name)
    expected = stored("validation")["cohorts"][name]
    found = incidence(clock, ones(clock.outcome))
    assert [float(found.at(t)[0]) for t in HORIZONS] == pytest.approx(expected["incidence"], abs=ROUNDING)
    errors = [standard_error(clock, t) for t in HORIZONS]
    assert errors == pytest.approx(expected["error"], abs=ROUNDING)


@pytest.mark.parametrize("name", FROM_DIAGNOSIS)
def test_pseudo_values(name: str) -> None:
    clock, _ = follow_up(name)
    for t, expected in zip(HORIZONS, stored("validation")["cohorts"][name]["pseudo"], strict=True):
        values = pseudo_values(clock, ones(clock.outcome), t)[0]
        # n times an influence: n is some hundred, so two digits less.
        np.testing.assert_allclose(values, expected, atol=100 * ROUNDING, rtol=0)


@pytest.mark.parametrize("model", ["good", "poor"])
@pytest.mark.parametrize("name", FROM_DIAGNOSIS)
def test_auc_brier_and_ipa(name: str, model: str) -> None:
    clock, cohort = follow_up(name)
    expected = stored("validation")["cohorts"][name]
    for place, t in enumerate(HORIZONS):
        known = known_at(clock, ones(clock.outcome), t)
        found = (
            discrimination.auc(known, cohort[model]),
            accuracy.brier(known, cohort[model]),
            accuracy.ipa(known, cohort[model]),
            accuracy.null_brier(known),
        )
        stated = [expected[score][model][place] for score in ("auc", "brier", "ipa")]
        stated.append(expected["brier"]["Null model"][place])
        # Required is 1e-6; both sides compute the same sums, so what differs is rounding.
        assert [float(value[0]) for value in found] == pytest.approx(stated, abs=1e-9)


@pytest.mark.parametrize("model", ["good", "poor"])
def test_calibration_line(model: str) -> None:
    clock, cohort = follow_up("plain")
    weights = ones(clock.outcome)
    for t, expected in zip(HORIZONS, stored("validation")["regression"][model]["line"], strict=True):
        line = calibration.calibration_line(pseudo_values(clock, weights, t), weights, cohort[model])
        found = {name: float(getattr(line, name)[0]) for name in expected}
        # glm stops at a relative change of the deviance of 1e-14: some 1e-7 of a coefficient.
        assert found == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("model", ["good", "poor"])
def test_smooth_curve(model: str) -> None:
    clock, cohort = follow_up("plain")
    weights, at = ones(clock.outcome), np.array(stored("validation")["curve_at"])
    for t, expected in zip(HORIZONS, stored("validation")["regression"][model]["curve"], strict=True):
        pseudo = pseudo_values(clock, weights, t)
        curve = smooth.local_lines(at, cohort[model], pseudo, weights, smooth.SPAN)[0]
        # The same least squares by another factorisation.
        np.testing.assert_allclose(curve, expected, atol=1e-8)


@pytest.mark.parametrize("model", ["good", "poor"])
def test_concordance_without_censoring_is_harrells(model: str) -> None:
    _, cohort = follow_up("plain")
    keep = cohort["kind"] > 0
    rows = np.flatnonzero(keep)
    outcome = Outcome(
        "bone", rows, cohort["entry"][keep], cohort["time"][keep], cohort["kind"][keep], np.ones(len(rows))
    )
    clock = Clock(outcome)
    for t, expected in zip(HORIZONS, stored("validation")["harrell"][model], strict=True):
        found = concordance(clock, ones(outcome), cohort[model][keep], t)
        # A ratio of counts of pairs.
        assert float(found[0]) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("name", ["plain", "ties", "late entry"])
def test_cause_specific_cox(name: str) -> None:
    clock, cohort = follow_up(name)
    expected = stored("validation")["cox"][name]
    fitted = fit_cox(clock.outcome, np.stack([cohort["good"], cohort["poor"]], axis=1))
    # Both are Newton's method run to rounding.
    np.testing.assert_allclose(fitted.effects, expected["coef"], atol=1e-8)
    if "risk" in expected:
        asked = np.array([[0.1, 0.7], [0.3, 0.5], [0.6, 0.6]])
        found = np.stack([fitted.risk(asked, t) for t in HORIZONS], axis=1)
        np.testing.assert_allclose(found, expected["risk"], atol=1e-8)
