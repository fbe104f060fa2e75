"""Landmarks, paired differences, shift of a level, where in part, scores between cohorts: equal to R."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from organotropism.cohort import Cohort
from organotropism.process.sets import SiteSets
from organotropism.validate.compare import compare
from organotropism.validate.outcome import ANY, outcome_of
from organotropism.validate.predictions import Predictions
from organotropism.validate.recalibrate import apply_line, level_shift
from organotropism.validate.resample import Estimate, samples
from organotropism.validate.score import observed_risk
from organotropism.validate.several import pooled
from organotropism.validate.where import narrowed, score_where

ORACLES = Path(__file__).resolve().parents[1] / "oracles"
GIVEN = json.loads((ORACLES / "cohorts_input.json").read_text(encoding="utf-8"))
R = json.loads((ORACLES / "cohorts.json").read_text(encoding="utf-8"))
SITES = ("bone", "lung", "liver", "brain", "other")
LANDMARK, HORIZON = GIVEN["landmark"], GIVEN["horizon"]
#: The same sums in another order.
EXACT = 1e-10


@pytest.fixture(scope="module")
def cohort() -> Cohort:
    """The patients of the oracle: four sites found with the first distant disease, a fifth never recorded."""
    distant = np.array([np.inf if value is None else value for value in GIVEN["distant"]])
    held = np.array(GIVEN["found"])[:, None] >> np.arange(4) & 1
    times = np.where((held == 1) & np.isfinite(distant)[:, None], distant[:, None], np.inf)
    n = len(distant)
    return Cohort(
        name="oracle",
        covariates=pl.DataFrame({"id": [str(number) for number in range(n)]}),
        sites=SITES,
        entry=np.array(GIVEN["entry"]),
        follow_up=np.array(GIVEN["end"]),
        died=np.array(GIVEN["died"]) == 1,
        distant=distant,
        site_time=np.column_stack([times, np.full(n, np.nan)]),
        followed=np.ones(n, bool),
    )


def test_landmark_and_paired_difference(cohort: Cohort) -> None:
    risks = [np.where(cohort.entry <= LANDMARK, GIVEN[name], np.nan) for name in ("risk", "other")]
    late = cohort.take(cohort.entry <= LANDMARK)
    outcome = outcome_of(late, ANY, LANDMARK)
    assert len(outcome) == R["landmark"]["patients"]
    assert observed_risk(outcome, HORIZON).value == pytest.approx(R["landmark"]["observed"], abs=EXACT)
    made = [
        Predictions(name, (HORIZON,), {ANY: risk[cohort.entry <= LANDMARK, None]})
        for name, risk in zip(("one", "two"), risks, strict=True)
    ]
    counts = samples(len(late), 0, 1)
    models, patients = compare(made, {}, [outcome], {ANY: (HORIZON,)}, counts, lambda step: None)
    assert patients == {(ANY, HORIZON): R["landmark"]["patients"]}
    scores = [model.scores[ANY, HORIZON] for model in models]
    assert [score["auc"].value for score in scores] == pytest.approx(R["landmark"]["auc"], abs=EXACT)
    assert scores[1]["auc_gain"].value == pytest.approx(R["landmark"]["auc_gain"], abs=EXACT)
    assert scores[0]["expected"].value == pytest.approx(R["landmark"]["expected"], abs=EXACT)


def test_shift_of_the_level(cohort: Cohort) -> None:
    late = cohort.take(cohort.entry <= LANDMARK)
    rows = outcome_of(late, ANY, LANDMARK).rows
    risk = np.array(GIVEN["risk"])[cohort.entry <= LANDMARK][rows]
    add = level_shift(risk, 1.0, R["landmark"]["observed"])
    # uniroot stops within 1e-13 of the argument, bisection within 40 / 2**60.
    assert add == pytest.approx(R["shift"]["add"], abs=1e-9)
    assert apply_line(risk, add, 1.0).mean() == pytest.approx(R["shift"]["after"], abs=1e-9)


def test_where_with_late_entry_and_an_unrecorded_site(cohort: Cohort) -> None:
    part = SiteSets(SITES[:4])
    pattern = narrowed(np.array(GIVEN["pattern"]), SiteSets(SITES), part)
    assert pattern.sum(1) == pytest.approx(np.ones(len(cohort)))
    found = score_where(cohort, part, pattern, samples(len(cohort), 0, 1), 10)
    assert found is not None
    assert found.patients == R["where"]["patients"] < int(cohort.presented.sum())
    assert found.log_score.value == pytest.approx(R["where"]["log_score"], abs=EXACT)
    assert found.marginal.value == pytest.approx(R["where"]["marginal"], abs=EXACT)
    assert set(found.sites) == {*SITES[:4], "several"}


@pytest.mark.parametrize("score", ["auc", "o_e"])
def test_between_cohorts(score: str) -> None:
    values = {str(number): Estimate(*value) for number, value in enumerate(GIVEN[score])}
    found = pooled("model", ANY, 5.0, score, values)
    # Both search the restricted likelihood to steps of 1e-13 in tau2; the rest follows from it.
    for ours, theirs in ((found.mean.value, "mean"), (found.mean.low, "low"), (found.mean.high, "high")):
        assert ours == pytest.approx(R[score][theirs], abs=1e-8)
    assert found.prediction == pytest.approx(R[score]["prediction"], abs=1e-8)
    assert (found.tau2, found.i2) == pytest.approx((R[score]["tau2"], R[score]["i2"]), abs=1e-8)
