"""Validate a model in a cohort: everything the report shows, in one object."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from organotropism.cohort.losses import refuse_cases_alone
from organotropism.cohort.schema import Cohort
from organotropism.errors import InputError
from organotropism.process.model import Model
from organotropism.process.rate import LAST_YEAR
from organotropism.validate.aalen_johansen import ones
from organotropism.validate.compare import Comparison, compare, compare_where, out_of_fold
from organotropism.validate.counting import Clock
from organotropism.validate.describe import CohortFacts, describe, outcomes_in, usable_horizons
from organotropism.validate.outcome import ANY, Outcome
from organotropism.validate.predictions import Predictions, outcomes_of, predict, with_patterns
from organotropism.validate.recalibrate import Recalibrated, recalibrate
from organotropism.validate.resample import folds, optimism, samples
from organotropism.validate.rivals import Fit, Rival
from organotropism.validate.score import LEAST_EVENTS, Scored, count, quick_scores, score
from organotropism.validate.subgroups import subgroups
from organotropism.validate.where import Where, presented, score_where

Array = NDArray[np.float64]
Counts = NDArray[np.uint16]
Place = tuple[str, float]
SEED: Final = 20_261_125
Advance = Callable[[str], None]


@dataclass(frozen=True)
class Settings:
    """What to compute.

    Attributes
    ----------
    horizons : years, ascending
    bootstrap : samples behind the intervals, 0 for none
    folds : of the comparison and of recalibration
    landmarks : years since diagnosis at which patients still free of distant disease are looked at again
    recalibrate : whether to adjust the risks to the cohort, reported apart
    optimism : bootstrap samples in which the model is learnt anew, 0 for none
    seed : same seed, same numbers
    """

    horizons: tuple[float, ...] = (5.0, 10.0)
    bootstrap: int = 200
    folds: int = 5
    landmarks: tuple[float, ...] = ()
    recalibrate: bool = False
    optimism: int = 0
    seed: int = SEED


@dataclass(frozen=True, eq=False)
class Validation:
    """How good a model is in a cohort.

    Attributes
    ----------
    model, cohort, settings : what was validated, where, how
    overall : each outcome and horizon
    subgroups : scores by grouping and label
    landmarks : scores by landmark
    where : which sites are found at presentation; None with fewer than ten presented
    comparison : other models on the same patients
    recalibrated : after adjusting to the cohort
    optimism : apparent and corrected scores by outcome, horizon and score
    notes : what the reader has to know: horizons out of reach, sites not in the cohort
    """

    model: Model
    cohort: CohortFacts
    settings: Settings
    overall: list[Scored]
    subgroups: dict[tuple[str, str], list[Scored]]
    landmarks: dict[float, list[Scored]]
    where: Where | None
    comparison: Comparison | None = None
    recalibrated: list[Recalibrated] = field(default_factory=list)
    optimism: dict[tuple[str, float, str], tuple[float, float]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, eq=False)
class _Work:
    """What the parts of a validation share."""

    model: Model
    cohort: Cohort
    settings: Settings
    outcomes: list[Outcome]
    horizons: dict[str, tuple[float, ...]]
    counts: Counts
    predictions: Predictions
    advance: Advance

    @property
    def places(self) -> list[tuple[Outcome, float]]:
        """Every outcome with each of its horizons."""
        return [(outcome, h) for outcome in self.outcomes for h in self.horizons[outcome.name]]


def steps(model: Model, cohort: Cohort, settings: Settings, rivals: int) -> int:
    """Upper bound of the steps that `validate` announces, for a progress bar."""
    places = len(outcomes_of(model, cohort)) * len(settings.horizons)
    parts = 2 + places * (2 + len(settings.landmarks) + settings.recalibrate) + len(settings.landmarks)
    if rivals:
        parts += rivals * settings.folds + places
    return parts + (settings.optimism + 1 if settings.optimism else 0)


def validate(
    model: Model,
    cohort: Cohort,
    settings: Settings,
    *,
    rivals: Sequence[Rival] = (),
    outside: Sequence[Predictions] = (),
    refit: Fit | None = None,
    advance: Advance = lambda step: None,
) -> Validation:
    """Validate a model in a cohort.

    Parameters
    ----------
    model, cohort, settings : what, where, how
    rivals : models to compare with, the first is the reference of the differences
    outside : predictions made elsewhere, to join the comparison
    refit : learns the model anew from a cohort, for the optimism
    advance : told the name of each step as it begins

    Raises
    ------
    InputError
        Where follow-up reaches no horizon, or fewer than ten patients have distant disease.
    """
    refuse_cases_alone(cohort)
    work = _prepare(model, cohort, settings, advance)
    overall = []
    for outcome, horizon in work.places:
        advance(f"{outcome.name}, {horizon:g} years")
        overall.append(score(outcome, work.predictions.at(outcome.name, horizon), horizon, work.counts))
    fold = folds(cohort, settings.folds, settings.seed)
    return Validation(
        model=model,
        cohort=describe(cohort, work.outcomes),
        settings=settings,
        overall=overall,
        subgroups=_subgroups(work),
        landmarks={landmark: _landmark(work, landmark) for landmark in settings.landmarks},
        where=_where(work),
        comparison=_comparison(work, fold, rivals, outside) if rivals or outside else None,
        recalibrated=_recalibrated(work, fold) if settings.recalibrate else [],
        optimism=_optimism(work, refit) if refit is not None and settings.optimism else {},
        notes=_notes(work),
    )


def _prepare(model: Model, cohort: Cohort, settings: Settings, advance: Advance) -> _Work:
    advance("forecasts")
    outcomes = outcomes_in(cohort, outcomes_of(model, cohort))
    reach = [h for h in settings.horizons if h <= LAST_YEAR]
    horizons = {outcome.name: usable_horizons(outcome, reach) for outcome in outcomes}
    if not horizons[ANY]:
        last = describe(cohort, outcomes).outcomes[0].last_horizon
        raise InputError(
            "are beyond the follow-up of the cohort",
            field="horizons",
            value=", ".join(f"{h:g}" for h in settings.horizons),
            expected=f"at most {last:.2g} years, up to which ten patients are followed",
        )
    if max(count(outcomes[0], h).events for h in horizons[ANY]) < LEAST_EVENTS:
        raise InputError(
            f"has fewer than {LEAST_EVENTS} patients with distant disease by the last horizon",
            file=cohort.name,
            expected="more events: no score can be told from chance",
        )
    counts = samples(len(cohort), settings.bootstrap, settings.seed)
    predictions = predict(model, cohort, settings.horizons)
    return _Work(model, cohort, settings, outcomes, horizons, counts, predictions, advance)


def _subgroups(work: _Work) -> dict[tuple[str, str], list[Scored]]:
    """Scores by grouping and label, without the C-index and curves."""
    first = work.outcomes[0]
    found: dict[tuple[str, str], list[Scored]] = {}
    groups = subgroups(work.cohort.take(first.rows).patients())
    for outcome, horizon in work.places:
        work.advance(f"subgroups, {outcome.name}, {horizon:g} years")
        risk = work.predictions.at(outcome.name, horizon)
        for group, mask in groups.items():
            inside = np.zeros(len(work.cohort), bool)
            inside[first.rows[mask]] = True
            part = outcome.take(inside[outcome.rows])
            if len(part):
                found.setdefault(group, []).append(score(part, risk, horizon, work.counts, "basic"))
    return found


def _landmark(work: _Work, landmark: float) -> list[Scored]:
    """Scores among those still free of distant disease, from the landmark on."""
    work.advance(f"forecasts after {landmark:g} years")
    predictions = predict(work.model, work.cohort, work.settings.horizons, landmark)
    found = []
    for outcome in outcomes_in(work.cohort, list(work.horizons), landmark):
        reach = [h for h in work.settings.horizons if landmark + h <= LAST_YEAR]
        for horizon in usable_horizons(outcome, reach):
            work.advance(f"after {landmark:g} years: {outcome.name}, {horizon:g} years")
            risk = predictions.at(outcome.name, horizon)
            found.append(score(outcome, risk, horizon, work.counts, "calibration"))
    return found


def _where(work: _Work) -> Where | None:
    work.advance("where, given metastasis")
    if not set(work.model.layout.sites) <= set(work.cohort.sites):
        return None
    found = with_patterns(work.predictions, work.model, work.cohort, presented(work.cohort))
    assert found.pattern is not None
    return score_where(work.cohort, work.model.layout.sets, found.pattern, work.counts, LEAST_EVENTS)


def _comparison(
    work: _Work, fold: NDArray[np.int64], rivals: Sequence[Rival], outside: Sequence[Predictions]
) -> Comparison:
    found, left_out = out_of_fold(rivals, work.cohort, fold, work.advance)
    found += outside
    about = {rival.name: rival.about for rival in rivals}
    models, patients = compare(found, about, work.outcomes, work.horizons, work.counts, work.advance)
    if set(work.model.layout.sites) <= set(work.cohort.sites):
        models = compare_where(models, found, work.cohort, work.model.layout.sets, work.counts)
    reference = models[0].name if models else ""
    return Comparison(work.settings.folds, reference, patients, models, left_out)


def _recalibrated(work: _Work, fold: NDArray[np.int64]) -> list[Recalibrated]:
    found = []
    for outcome, horizon in work.places:
        work.advance(f"recalibration, {outcome.name}, {horizon:g} years")
        found += recalibrate(outcome, work.predictions.at(outcome.name, horizon), horizon, fold, work.counts)
    return found


def _optimism(work: _Work, refit: Fit) -> dict[tuple[str, float, str], tuple[float, float]]:
    horizons = work.horizons

    def scores(model: Model, cohort: Cohort) -> dict[tuple[str, float, str], float]:
        predictions = predict(model, cohort, work.settings.horizons)
        found: dict[tuple[str, float, str], float] = {}
        for outcome in outcomes_in(cohort, list(horizons)):
            for horizon in horizons[outcome.name]:
                risk = predictions.at(outcome.name, horizon)[outcome.rows]
                if count(outcome, horizon).events >= LEAST_EVENTS:
                    values = quick_scores(Clock(outcome), risk, horizon, ones(outcome))
                    found |= {(outcome.name, horizon, name): float(v[0]) for name, v in values.items()}
        return found

    return optimism(
        work.cohort,
        refit,
        scores,
        work.settings.optimism,
        work.settings.seed,
        lambda: work.advance("optimism"),
    )


def _notes(work: _Work) -> list[str]:
    notes = []
    for outcome in work.outcomes:
        out = [h for h in work.settings.horizons if h not in work.horizons[outcome.name]]
        if out:
            last = describe(work.cohort, [outcome]).outcomes[0].last_horizon
            notes.append(
                f"{outcome.name}: not scored at {', '.join(f'{h:g}' for h in out)} years; ten patients are "
                f"followed up to {last:.3g} years, the last horizon that can be estimated"
            )
    first = work.cohort.take(work.outcomes[0].rows)
    unseen = int((first.presented & ~first.sites_recorded).sum())
    if unseen:
        notes.append(
            f"{unseen} of {int(first.presented.sum())} patients with distant disease have sites that are not "
            "recorded; they are left out where a site is unknown: the observed risk of sites is too low"
        )
    absent = [site for site in work.model.layout.sites if site not in work.cohort.sites]
    if absent:
        notes.append(f"sites of the model that the cohort does not record: {', '.join(absent)}")
    learnt = work.model.provenance.get("learnt_from")
    if isinstance(learnt, dict) and learnt.get("cohort") == work.cohort.name:
        notes.append(
            "the model was learnt from a cohort of the same name: its scores are apparent, as good as they "
            "get; the comparison (both), learnt without the patients it is asked about, says more"
        )
    if abs(work.cohort.window_years - work.model.window_years) > 1e-6:
        notes.append("cohort and model define a presentation by windows of different length")
    return notes
