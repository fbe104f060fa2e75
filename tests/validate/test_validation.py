"""A whole validation on simulated cohorts: what is known to be true is found, what is wrong is told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from followed import simulated
from organotropism.cohort.identity import digest
from organotropism.errors import InputError
from organotropism.process.model import Model
from organotropism.validate.numbers import COLUMNS, MEANING, rows
from organotropism.validate.outcome import ANY
from organotropism.validate.resample import Estimate
from organotropism.validate.rivals import Question, given, usual_rivals
from organotropism.validate.score import LEAST_EVENTS
from organotropism.validate.validation import Settings, Validation, steps, validate
from process.cases import certain
from toy import toy_model

SETTINGS = Settings(horizons=(3.0, 8.0, 18.0), bootstrap=50, landmarks=(2.0,), recalibrate=True, folds=3)


def shifted(name: str, change: float) -> Model:
    """The toy model with one block of coefficients moved."""
    model = toy_model()
    theta = model.theta.copy()
    theta[model.layout.slices[name]] += change
    return replace(model, theta=theta, name="shifted")


@pytest.fixture(scope="module")
def told() -> list[str]:
    return []


@pytest.fixture(scope="module")
def validation(told: list[str]) -> Validation:
    """The true model, whose coefficients are those of the simulation without doubt."""
    model, cohort = certain(toy_model()), simulated()
    question = Question((ANY, *model.layout.sites), SETTINGS.horizons, model)
    rivals = [given(model, "truth", "as simulated", question), usual_rivals(question)[0]]
    return validate(model, cohort, SETTINGS, rivals=rivals, advance=told.append)


def covers(value: Estimate, number: float) -> bool:
    assert value.low is not None and value.high is not None
    return value.low <= number <= value.high


def test_the_truth_is_calibrated(validation: Validation) -> None:
    """Of 95 % intervals, several of the same patients, at most a few may miss.

    Outcomes of the same patients miss together: of twelve, more than four miss in under one cohort in a
    hundred. That there is no bias, a larger cohort shows below.
    """
    scored = [entry for entry in validation.overall if entry.scores]
    assert len(scored) == 12
    for name in ("o_e", "slope"):
        missed = [f"{e.outcome} {e.horizon}" for e in scored if not covers(e.scores[name], 1.0)]
        assert len(missed) <= 4, missed
    late = [entry for entry in validation.landmarks[2.0] if entry.scores]
    assert sum(not covers(entry.scores["o_e"], 1.0) for entry in late) <= 2
    assert all(entry.scores["ipa"].value > 0 for entry in scored)


def test_late_entry_does_not_bias() -> None:
    """Patients seen from up to five years after diagnosis on: the truth is still calibrated.

    Standard errors in 20,000 patients are 2 % (any) to 6 % (brain): a tenth is beyond chance for most, and
    below what is seen without weights.
    """
    cohort = simulated(20_000, late_entry=5.0)
    assert (cohort.entry > 0).mean() > 0.9
    found = validate(certain(toy_model()), cohort, Settings(horizons=(8.0,), bootstrap=0))
    for entry in found.overall:
        # Without weights for late entry liver has .83 here.
        assert entry.scores["o_e"].value == pytest.approx(1.0, abs=0.1), entry.outcome
        assert entry.scores["auc"].value > 0.55


def test_a_wrong_level_is_told_and_recalibration_mends_it() -> None:
    model = shifted("rate.level", np.log(2.0))
    found = validate(model, simulated(), replace(SETTINGS, horizons=(8.0,), landmarks=()))
    first = found.overall[0]
    high = first.scores["o_e"].high
    assert high is not None and high < 0.8
    mended = next(entry for entry in found.recalibrated if entry.scored.outcome == ANY)
    assert (mended.method, mended.slope) == ("level", 1.0)
    # Hazards were doubled: on the scale of the hazard the shift is minus log 2, apart from competing
    # death and the standard error of some .05.
    assert mended.intercept == pytest.approx(-np.log(2), abs=0.15)
    assert mended.scored.scores["o_e"].value == pytest.approx(1, abs=0.02)  # cross-fitted in thirds
    assert mended.scored.scores["ipa"].value > first.scores["ipa"].value


def test_where(validation: Validation) -> None:
    where = validation.where
    assert where is not None
    # The truth beats what is estimated from the same patients, and knowing the patient beats the mean.
    assert where.gain.value > 0
    assert where.gain_of_covariates.low is not None and where.gain_of_covariates.low > 0
    assert sum(not covers(share.o_e, 1.0) for share in where.sites.values()) <= 2
    assert set(where.sites) == {*toy_model().layout.sites, "several"}


def test_who_entered_with_metastases_takes_no_part_in_where() -> None:
    """Prevalent patients were selected by living with their metastases; relapses under observation count."""
    cohort = simulated(1500)
    late = replace(cohort, entry=np.where(cohort.presented, cohort.distant + 0.01, 0.0))
    keep = late.entry < late.follow_up
    late = late.take(keep & ~late.stage_iv)
    few = replace(late, entry=np.where(np.arange(len(late)) % 2, late.entry, 0.0))
    found = validate(toy_model(), few, Settings((5.0,), bootstrap=0))
    assert found.where is not None
    assert found.where.patients == int((few.presented & (few.entry == 0)).sum())
    aside = found.cohort.set_aside["distant disease before the time of entry"]
    assert aside == int((few.entry > 0).sum())
    assert found.cohort.outcomes[0].patients == len(few) - aside


def test_subgroups_are_all_patients(validation: Validation) -> None:
    whole = {(e.outcome, e.horizon): e.counts for e in validation.overall}
    for grouping in ("subtype", "age", "nodes", "period"):
        parts = [s for (name, _), scored in validation.subgroups.items() if name == grouping for s in scored]
        for place, counts in whole.items():
            mine = [s.counts for s in parts if (s.outcome, s.horizon) == place]
            assert sum(c.patients for c in mine) == counts.patients
            assert sum(c.events for c in mine) == counts.events
    assert all(bool(s.scores) == (s.counts.events >= LEAST_EVENTS) for s in parts)


def test_what_is_out_of_reach_is_said(validation: Validation) -> None:
    assert {entry.horizon for entry in validation.overall} == {3.0, 8.0}
    assert any("not scored at 18 years" in note for note in validation.notes)
    assert validation.cohort.outcomes[0].last_horizon < 18


def test_comparison(validation: Validation) -> None:
    comparison = validation.comparison
    assert comparison is not None
    assert comparison.reference == "truth"
    null = comparison.models[1].scores[ANY, 8.0]
    assert null["ipa_gain"].high is not None and null["ipa_gain"].high < 0
    assert comparison.models[1].where_gain is not None and comparison.models[1].where_gain.value < 0


def test_progress_is_bounded(validation: Validation, told: list[str]) -> None:
    total = steps(toy_model(), simulated(), SETTINGS, 2)
    assert 0.6 * total <= len(told) <= total


def test_every_number_is_exported_and_explained(validation: Validation) -> None:
    exported = rows(validation)
    assert all(tuple(row) == COLUMNS for row in exported)
    assert {row["measure"] for row in exported} <= set(MEANING)
    # What would put the level right is there only where it is off.
    assert {row["section"] for row in exported} - {"level"} == {
        "cohort",
        "overall",
        "subgroup",
        "landmark",
        "where",
        "comparison",
        "recalibrated",
    }
    first = validation.overall[0]
    mine = [
        row
        for row in exported
        if (row["section"], row["outcome"], row["years"], row["measure"]) == ("overall", ANY, 3.0, "auc")
    ]
    assert [(row["value"], row["low"], row["high"]) for row in mine] == [
        (first.scores["auc"].value, first.scores["auc"].low, first.scores["auc"].high)
    ]


def test_same_seed_same_numbers() -> None:
    settings = Settings(horizons=(5.0,), bootstrap=10)
    one, two = (rows(validate(toy_model(), simulated(800), settings)) for _ in range(2))
    assert one == two


def test_optimism_of_a_model_that_is_not_learnt_is_noise() -> None:
    cohort = simulated(800)
    settings = Settings(horizons=(5.0,), bootstrap=0, optimism=8)
    found = validate(toy_model(), cohort, settings, refit=lambda sample: toy_model()).optimism
    apparent, corrected = found[ANY, 5.0, "auc"]
    # Nothing is learnt, so nothing is optimistic; 8 samples leave an error of some .03 / sqrt(8).
    assert corrected == pytest.approx(apparent, abs=0.03)


def test_unrecorded_sites_are_said() -> None:
    found = validate(toy_model(), simulated(1500, sites_missing=0.2), Settings((5.0,), bootstrap=0))
    assert any("sites that are not recorded" in note for note in found.notes)
    facts = {entry.name: entry for entry in found.cohort.outcomes}
    assert facts["bone"].patients < facts[ANY].patients


def test_the_model_of_this_cohort_is_called_apparent() -> None:
    cohort = simulated(800)
    learnt = {"cohort": "another name", "digest": digest(cohort)}
    model = replace(toy_model(), provenance={"learnt_from": learnt})
    found = validate(model, cohort, Settings((5.0,), bootstrap=0))
    assert found.apparent is not None and found.apparent.kind == "yes"
    assert validate(toy_model(), cohort, Settings((5.0,), bootstrap=0)).apparent is None


def test_too_little_is_refused() -> None:
    with pytest.raises(InputError, match="beyond the follow-up"):
        validate(toy_model(), simulated(800), Settings(horizons=(19.0,)))


def test_few_events_are_counted_and_not_scored() -> None:
    whole = simulated(800)
    few = whole.take(~whole.presented | (np.arange(800) < 20))
    found = validate(toy_model(), few, Settings(horizons=(5.0,), bootstrap=10, landmarks=(2.0,)))
    assert found.overall and all(entry.counts.events < LEAST_EVENTS for entry in found.overall)
    assert not any(entry.scores for entry in found.overall)
    assert found.where is None and found.shifts == []


def test_a_site_that_is_never_recorded_takes_no_part() -> None:
    cohort = simulated(1500)
    times = cohort.site_time.copy()
    times[:, -1] = np.nan
    last = cohort.sites[-1]
    found = validate(toy_model(), replace(cohort, site_time=times), Settings((5.0,), bootstrap=0))
    assert last not in {entry.outcome for entry in found.overall}
    assert found.where is not None and set(found.where.sites) == {*cohort.sites[:-1], "several"}
    assert any(note.startswith(f"sites that the cohort does not record: {last}") for note in found.notes)


def test_the_shift_of_a_level_is_that_of_the_model() -> None:
    """All rates doubled: minus log 2 puts the level right, and the pattern is left where it was."""
    found = validate(shifted("rate.level", np.log(2.0)), simulated(), Settings((8.0,), bootstrap=40))
    by_outcome = {shift.outcome: shift for shift in found.shifts}
    whole = by_outcome.pop(ANY)
    # Apart from competing death and the standard error of some .05.
    assert (whole.parameter, whole.add) == ("rate.level", pytest.approx(-np.log(2), abs=0.15))
    assert whole.after[8.0] == pytest.approx(found.overall[0].observed.value, abs=1e-9)
    # Standard error of a site's share of some hundred events each.
    assert by_outcome and all(abs(shift.add) < 0.35 for shift in by_outcome.values())
    assert all(shift.parameter == f"pattern.level[{name}]" for name, shift in by_outcome.items())
