"""Models side by side: each predicts the patients of every fold after learning from the other folds.

All are scored on the same patients and the same bootstrap samples, so that differences between two models
have intervals of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from organotropism.cohort.schema import Cohort
from organotropism.errors import InputError
from organotropism.process.sets import SiteSets
from organotropism.validate.counting import Clock
from organotropism.validate.outcome import Outcome, without_rows
from organotropism.validate.predictions import Predictions
from organotropism.validate.resample import Estimate, blocks, estimate
from organotropism.validate.rivals import Rival
from organotropism.validate.score import LEAST_EVENTS, count, quick_scores
from organotropism.validate.where import log_scores, presented, sets_found

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Counts = NDArray[np.uint16]
Place = tuple[str, float]

#: Scores of which differences to the reference are given.
DIFFERENCES = ("auc", "ipa", "log_score")


@dataclass(frozen=True)
class Compared:
    """One model of a comparison.

    Attributes
    ----------
    name, about : as of the `Rival`
    scores : by outcome and horizon: `quick_scores`, and `..._gain` over the reference
    where : mean log probability of the set found at presentation; None where the model has none
    where_gain : over the reference
    """

    name: str
    about: str
    scores: dict[Place, dict[str, Estimate]]
    where: Estimate | None = None
    where_gain: Estimate | None = None


@dataclass(frozen=True)
class Comparison:
    """Models compared.

    Attributes
    ----------
    folds : number of them
    reference : name of the model that the gains are over
    patients : how many each outcome was scored on, those whom every model predicts
    models : in the order given
    left_out : models that could not be compared, with the reason
    """

    folds: int
    reference: str
    patients: dict[Place, int]
    models: list[Compared]
    left_out: dict[str, str]


def out_of_fold(
    rivals: Sequence[Rival], cohort: Cohort, fold: Ints, advance: Callable[[str], None]
) -> tuple[list[Predictions], dict[str, str]]:
    """Predictions of every patient by models learnt without the patient's fold, and who was left out why."""
    found, left_out = [], {}
    for rival in rivals:
        parts = []
        for number in np.unique(fold):
            advance(f"{rival.name}, fold {number + 1}")
            if rival.name in left_out:
                continue
            mine = fold == number
            try:
                parts.append((mine, rival.learn(cohort.take(~mine))(cohort.take(mine))))
            except InputError as error:
                left_out[rival.name] = str(error)
        if rival.name not in left_out:
            found.append(_joined(parts, len(cohort)))
    return found, left_out


def _joined(parts: list[tuple[NDArray[np.bool_], Predictions]], patients: int) -> Predictions:
    first = parts[0][1]
    names = set.intersection(*(set(part.risk) for _, part in parts))
    risk = {name: np.full((patients, len(first.horizons)), np.nan) for name in first.risk if name in names}
    patterns = [part.pattern for _, part in parts if part.pattern is not None]
    pattern = np.full((patients, patterns[0].shape[1]), np.nan) if len(patterns) == len(parts) else None
    for mine, part in parts:
        for name, values in risk.items():
            values[mine] = part.risk[name]
        if pattern is not None and part.pattern is not None:
            pattern[mine] = part.pattern
    return replace(first, risk=risk, pattern=pattern)


def compare(
    predictions: Sequence[Predictions],
    about: dict[str, str],
    outcomes: Sequence[Outcome],
    horizons: dict[str, tuple[float, ...]],
    counts: Counts,
    advance: Callable[[str], None],
) -> tuple[list[Compared], dict[Place, int]]:
    """Score predictions of the same patients; gains are over the first.

    Parameters
    ----------
    predictions : one per model
    about : sentence on each model, by name
    outcomes : what to score
    horizons : of each outcome
    counts : (samples, N) of `resample.samples`
    """
    scores: list[dict[Place, dict[str, Estimate]]] = [{} for _ in predictions]
    patients = {}
    for outcome in outcomes:
        for horizon in horizons[outcome.name]:
            advance(f"comparing {outcome.name}, {horizon:g} years")
            risks = [part.at(outcome.name, horizon) for part in predictions]
            offered = [not np.isnan(risk[outcome.rows]).all() for risk in risks]
            missing = np.zeros(counts.shape[1], bool)
            for risk, has in zip(risks, offered, strict=True):
                missing |= np.isnan(risk) & has
            same = without_rows(outcome, missing)
            if count(same, horizon).events < LEAST_EVENTS:
                continue
            patients[outcome.name, horizon] = len(same)
            asked = [part if has else None for part, has in zip(predictions, offered, strict=True)]
            for into, found in zip(scores, _scores(same, asked, horizon, counts), strict=True):
                if found:
                    into[outcome.name, horizon] = found
    models = [
        Compared(part.name, about.get(part.name, "predictions made elsewhere"), found)
        for part, found in zip(predictions, scores, strict=True)
    ]
    return models, patients


def _scores(
    outcome: Outcome, asked: list[Predictions | None], horizon: float, counts: Counts
) -> list[dict[str, Estimate]]:
    """Scores of each model, with gains over the first; empty for one without predictions."""
    values: list[dict[str, Array]] = []
    clock = Clock(outcome)
    for predictions in asked:
        found: dict[str, Array] = {}
        if predictions is not None:
            risk = predictions.at(outcome.name, horizon)[outcome.rows]
            parts = [
                quick_scores(clock, risk, horizon, weights)
                for weights in blocks(counts, outcome.rows, outcome.weight)
            ]
            found = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
            if not predictions.ranks:
                found["auc"] = np.full(len(counts), 0.5)
        values.append(found)
    for found in values[1:]:
        if found and values[0]:
            found |= {f"{name}_gain": found[name] - values[0][name] for name in DIFFERENCES}
    return [{name: estimate(column) for name, column in found.items()} for found in values]


def compare_where(
    models: Sequence[Compared],
    predictions: Sequence[Predictions],
    cohort: Cohort,
    sets: SiteSets,
    counts: Counts,
) -> list[Compared]:
    """Add the log scores of the set found at presentation to the models that have patterns."""
    found = sets_found(cohort, sets)
    having = [part.pattern for part in predictions if part.pattern is not None]
    keep = presented(cohort, sets.sites) & (found > 0)
    for pattern in having:
        keep &= ~np.isnan(pattern).any(1)
    rows = np.flatnonzero(keep)
    if len(rows) < LEAST_EVENTS:
        return list(models)
    means: list[Array | None] = []
    for part in predictions:
        if part.pattern is None:
            means.append(None)
            continue
        own = log_scores(part.pattern[rows], found[rows])
        means.append(np.concatenate([weights @ own / weights.sum(1) for weights in blocks(counts, rows)]))
    return [
        model
        if mean is None
        else replace(
            model,
            where=estimate(mean),
            where_gain=None if number == 0 or means[0] is None else estimate(mean - means[0]),
        )
        for number, (model, mean) in enumerate(zip(models, means, strict=True))
    ]
