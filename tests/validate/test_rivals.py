"""Models to compare with learn from other patients only, and say when they cannot."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from followed import simulated
from organotropism.errors import InputError
from organotropism.validate import rivals as room
from organotropism.validate.aalen_johansen import incidence, ones
from organotropism.validate.compare import compare, out_of_fold
from organotropism.validate.counting import Clock
from organotropism.validate.outcome import ANY, outcome_of
from organotropism.validate.resample import folds, samples
from organotropism.validate.rivals import Question, Rival, given, usual_rivals
from toy import toy_model

QUESTION = Question((ANY, "bone", "liver"), (5.0, 8.0), toy_model())
NAMES = ["null", "PREDICT index", "NPI", "Cox", "Fine-Gray"]


@pytest.fixture(scope="module")
def predictions():
    cohort = simulated(1200)
    fold = folds(cohort, 3, 1)
    found, left_out = out_of_fold(usual_rivals(QUESTION), cohort, fold, lambda step: None)
    assert left_out == {}
    return cohort, fold, found


def test_every_patient_has_a_probability_from_every_model(predictions) -> None:
    _, _, found = predictions
    assert [part.name for part in found] == NAMES
    for part in found:
        for risk in part.risk.values():
            assert ((risk >= 0) & (risk <= 1)).all()
            assert (risk[:, 0] <= risk[:, 1]).all()


def test_the_null_model_is_the_incidence_of_the_other_folds(predictions) -> None:
    cohort, fold, found = predictions
    outcome = outcome_of(cohort.take(fold != 1), "bone")
    expected = float(incidence(Clock(outcome), ones(outcome)).at(5.0)[0])
    assert found[0].at("bone", 5.0)[fold == 1] == pytest.approx(expected, abs=1e-12)
    assert found[0].pattern is not None
    assert found[0].pattern.sum(1) == pytest.approx(1)


def test_outcomes_of_the_own_fold_do_not_enter() -> None:
    cohort = simulated(600)
    fold = folds(cohort, 3, 1)
    mine = fold == 0
    changed = replace(
        cohort,
        distant=np.where(mine, np.inf, cohort.distant),
        site_time=np.where(mine[:, None], np.inf, cohort.site_time),
        died=cohort.died | mine,
    )
    before, after = (
        out_of_fold(usual_rivals(QUESTION), c, fold, lambda step: None)[0] for c in (cohort, changed)
    )
    for one, other in zip(before, after, strict=True):
        assert one.at(ANY, 5.0)[mine] == pytest.approx(other.at(ANY, 5.0)[mine], abs=0)
        assert (one.at(ANY, 5.0)[~mine] != other.at(ANY, 5.0)[~mine]).any()


def test_the_true_model_ranks_best_and_the_null_model_not_at_all(predictions) -> None:
    cohort, fold, found = predictions
    truth = out_of_fold(
        [given(toy_model(), "truth", "as simulated", QUESTION)], cohort, fold, lambda step: None
    )[0]
    outcomes = [outcome_of(cohort, ANY)]
    models, patients = compare(
        [*truth, *found], {}, outcomes, {ANY: (5.0,)}, samples(len(cohort), 40, 1), print
    )
    place = (ANY, 5.0)
    assert patients[place] == len(outcomes[0])
    auc = {model.name: model.scores[place]["auc"] for model in models}
    assert (auc["null"].value, auc["null"].low, auc["null"].high) == (0.5, 0.5, 0.5)
    # With some 200 events an AUC has a standard error of .02; the truth may lose to chance by that.
    assert auc["truth"].value > max(auc[name].value for name in NAMES) - 0.02
    assert auc["Cox"].value > 0.6
    gain = models[-1].scores[place]["auc_gain"]
    assert gain.value == pytest.approx(auc["Fine-Gray"].value - auc["truth"].value, abs=1e-12)


def test_what_cannot_learn_is_left_out_with_the_reason() -> None:
    def refuse(cohort):
        raise InputError("has too few events")

    rivals = [usual_rivals(QUESTION)[0], Rival("refuses", "", refuse)]
    cohort = simulated(600)
    found, left_out = out_of_fold(rivals, cohort, folds(cohort, 2, 1), lambda step: None)
    assert [part.name for part in found] == ["null"]
    assert left_out == {"refuses": "has too few events"}


def test_fine_gray_says_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    cohort = simulated(600)
    fine_gray = next(rival for rival in usual_rivals(QUESTION) if rival.name == "Fine-Gray")
    monkeypatch.setattr(room, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=r'pip install "organotropism\[compare\]"'):
        fine_gray.learn(cohort)
    monkeypatch.undo()
    with pytest.raises(InputError, match="late entry"):
        fine_gray.learn(simulated(600, late_entry=2.0))
