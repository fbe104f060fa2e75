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
from organotropism.process.sets import SiteSets
from organotropism.validate.aalen_johansen import ones
from organotropism.validate.apparent import Apparent, apparent
from organotropism.validate.censoring import last_horizon
from organotropism.validate.compare import Comparison, compare, compare_where, out_of_fold
from organotropism.validate.counting import Clock
from organotropism.validate.describe import CohortFacts, describe, outcomes_in, usable_horizons
from organotropism.validate.level import Shift, shifts
from organotropism.validate.notes import notes
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
    apparent : why these are not scores in new patients, None where nothing says so
    shifts : levels that are off, and what would move them
    notes : what the reader has to know: horizons out of reach, sites not in the cohort
    files : names of the files of model and cohort, for the commands that a report names
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
    apparent: Apparent | None = None
    shifts: list[Shift] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    files: tuple[str, str] = ("MODEL", "COHORT")


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

    @property
    def sets(self) -> SiteSets | None:
        """The sets of the sites that are scored, None where the cohort records no site."""
        sites = tuple(outcome.name for outcome in self.outcomes if outcome.name != ANY)
        return SiteSets(sites) if sites else None


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
        Where the follow-up that there is reaches no horizon, or there is neither follow-up nor a series of
        ten relapsed patients whose sites are recorded.
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
        apparent=apparent(model, cohort),
        shifts=shifts(
            overall, work.outcomes, {(o.name, h): work.predictions.at(o.name, h) for o, h in work.places}
        ),
        notes=notes(model, cohort, work.outcomes, settings.horizons, work.horizons),
    )


def _prepare(model: Model, cohort: Cohort, settings: Settings, advance: Advance) -> _Work:
    advance("forecasts")
    outcomes = outcomes_in(cohort, outcomes_of(model, cohort))
    reach = [h for h in settings.horizons if h <= LAST_YEAR]
    horizons = {outcome.name: usable_horizons(outcome, reach) for outcome in outcomes}
    if not horizons[ANY]:
        _refuse_without_reach(cohort, outcomes, settings.horizons)
    counts = samples(len(cohort), settings.bootstrap, settings.seed)
    if horizons[ANY]:
        predictions = predict(model, cohort, settings.horizons)
    else:
        nothing = np.full((len(cohort), len(settings.horizons)), np.nan)
        predictions = Predictions(model.name, settings.horizons, {ANY: nothing})
    return _Work(model, cohort, settings, outcomes, horizons, counts, predictions, advance)


def _refuse_without_reach(cohort: Cohort, outcomes: Sequence[Outcome], horizons: Sequence[float]) -> None:
    """Refuse horizons beyond the follow-up; without any, a cohort that cannot tell where either."""
    last = last_horizon(outcomes[0])
    if last > 0:
        raise InputError(
            "are beyond the follow-up of the cohort",
            field="horizons",
            value=", ".join(f"{h:g}" for h in horizons),
            expected=f"at most {last:.2g} years, up to which ten patients are followed",
        )
    sites = [outcome.name for outcome in outcomes if outcome.name != ANY]
    relapsed = int(presented(cohort, sites).sum()) if sites else 0
    if relapsed < LEAST_EVENTS:
        raise InputError(
            f"has no {LEAST_EVENTS} patients followed from a diagnosis without distant disease, and "
            f"{relapsed} relapsed patients whose sites are recorded",
            file=cohort.name,
            expected="follow-up, for whether and when, or ten relapsed patients, for where",
        )


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
    """Scores among those still free of distant disease, from a landmark on; none where nobody is followed."""
    if not work.horizons[ANY]:
        return []
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
    sets = work.sets
    if sets is None:
        return None
    members = presented(work.cohort, sets.sites)
    found = with_patterns(work.predictions, work.model, work.cohort, members, sets)
    assert found.pattern is not None
    return score_where(work.cohort, sets, found.pattern, work.counts, LEAST_EVENTS)


def _comparison(
    work: _Work, fold: NDArray[np.int64], rivals: Sequence[Rival], outside: Sequence[Predictions]
) -> Comparison:
    found, left_out = out_of_fold(rivals, work.cohort, fold, work.advance)
    found += outside
    about = {rival.name: rival.about for rival in rivals}
    models, patients = compare(found, about, work.outcomes, work.horizons, work.counts, work.advance)
    if work.sets is not None:
        models = compare_where(models, found, work.cohort, work.sets, work.counts)
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
