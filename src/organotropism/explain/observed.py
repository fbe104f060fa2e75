"""What the forecasts of a cohort explain of what happened in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from organotropism.explain import prognostic
from organotropism.explain.blocks import CIRCUMSTANCES
from organotropism.explain.pattern_game import entropy
from organotropism.patient import Patient
from organotropism.process import pattern, reasons, why
from organotropism.process.model import Model
from organotropism.process.prepare import blocks, prepare
from organotropism.process.results import Options

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]
#: Cells of patients that are expanded at once.
CELLS_AT_ONCE: Final = 100_000
#: Years since diagnosis up to which relapses count, as in the measure without outcomes.
LAST: Final = 10.0


@dataclass(frozen=True)
class Outcomes:
    """What happened to the patients of a cohort; years since diagnosis.

    Attributes
    ----------
    entry : (n,) under observation from then on
    years : (n,) distant disease, death or last contact, whichever is first
    presented : (n,) whether that was distant disease
    found : (n, sites) sites found at presentation
    sites_known : (n,) whether `found` is complete
    """

    entry: Array
    years: Array
    presented: Bools
    found: Bools
    sites_known: Bools


@dataclass(frozen=True)
class Observed:
    """Explained variation in the outcomes of a cohort, standard errors included.

    Attributes
    ----------
    patients, relapses : numbers that the rate was held against, relapses within ten years
    d, d_error : Royston and Sauerbrei's D of the model's index, by Cox regression, death censored; None
        with fewer than two relapses
    r2 : R2_D from it
    presentations : number that the pattern was held against
    pattern, pattern_error : share of the entropy of the set of sites that the forecasts removed, None
        without presentations; negative where they did worse than the average
    """

    patients: int
    relapses: int
    d: float | None
    d_error: float | None
    r2: float | None
    presentations: int
    pattern: float | None
    pattern_error: float | None

    def to_dict(self) -> dict[str, float | int | None]:
        """Return the numbers as plain values."""
        return asdict(self)


def observe(model: Model, patients: Sequence[Patient], outcomes: Outcomes) -> Observed:
    """Hold the model's index and pattern against the outcomes of a cohort.

    Parameters
    ----------
    model : Model
    patients : sequence of Patient
        As at diagnosis, without distant disease then.
    outcomes : Outcomes
        Of the same patients.
    """
    index, sets = _expected(model, patients)
    event = outcomes.presented & (outcomes.years <= LAST)
    years = np.minimum(outcomes.years, LAST)
    under = outcomes.entry < years
    scores = prognostic.normal_scores(index[under], np.full(under.sum(), 1.0 / max(under.sum(), 1)))
    fitted = cox_slope(scores, outcomes.entry[under], years[under], event[under])
    d = None if fitted is None else prognostic.KAPPA * fitted[0]
    # Whoever came under observation with metastases was selected by living with them.
    seen = outcomes.presented & outcomes.sites_known & outcomes.found.any(1)
    seen &= outcomes.entry <= outcomes.years
    gain = _pattern_gain(sets[seen], outcomes.found[seen])
    return Observed(
        patients=int(under.sum()),
        relapses=int(event[under].sum()),
        d=d,
        d_error=None if fitted is None else prognostic.KAPPA * fitted[1],
        r2=None if d is None else prognostic.explained(d),
        presentations=int(seen.sum()),
        pattern=None if gain is None else gain[0],
        pattern_error=None if gain is None else gain[1],
    )


def _expected(model: Model, patients: Sequence[Patient]) -> tuple[Array, Array]:
    """Mean log hazard (n,) over the first years, and P(set | presentation) (n, sets), of each patient."""
    indices, sets = [], []
    for block in blocks(model, patients, CELLS_AT_ONCE):
        cells, rows = prepare(model, block, Options(intervals=False))
        years = why.time_shares(model, 0.0, LAST)
        parts = reasons.whether(model.layout, model.theta, rows, why.index_terms(model, cells), years)
        # Treatment and year are circumstances, no determinants of the disease.
        index = np.sum([value for name, value in parts.items() if name not in CIRCUMSTANCES], axis=0)
        found = pattern.probabilities(model.layout, model.theta[None], pattern.scores(cells))[0]
        starts = np.flatnonzero(np.diff(cells.patient, prepend=-1))
        indices.append(np.add.reduceat(cells.weight * index, starts))
        sets.append(np.add.reduceat(cells.weight[:, None] * found, starts, axis=0))
    return np.concatenate(indices), np.concatenate(sets)


def _pattern_gain(sets: Array, found: Bools) -> tuple[float, float] | None:
    """Mean gain in log probability of what was found over the mean forecast, per nat of entropy; its SE."""
    if len(sets) < 2:
        return None
    number = found @ (1 << np.arange(found.shape[1]))
    mean = sets.mean(0)
    gain = np.log(sets[np.arange(len(sets)), number] / mean[number])
    nats = entropy(mean[1:])
    return float(gain.mean() / nats), float(gain.std(ddof=1) / sqrt(len(gain)) / nats)


def cox_slope(covariate: Array, entry: Array, years: Array, event: Bools) -> tuple[float, float] | None:
    """Coefficient of one covariate in Cox regression and its standard error (ties by Breslow).

    None with fewer than two events.

    Parameters
    ----------
    covariate : (n,)
    entry, years : (n,) under observation from and to
    event : (n,) whether observation ended with the event

    References
    ----------
    Cox DR. Regression models and life-tables. J R Stat Soc B 1972;34:187-220.
    """
    if event.sum() < 2:
        return None
    at, values = years[event], covariate[event]
    by_end, by_entry = np.argsort(-years), np.argsort(-entry)
    ended = np.searchsorted(-years[by_end], -at, side="right")  # how many are observed to `at` or longer
    late = np.searchsorted(-entry[by_entry], -at, side="right")  # how many of these enter only then
    slope = 0.0
    for _ in range(50):
        moments = np.exp(slope * covariate) * np.stack([np.ones_like(covariate), covariate, covariate**2])
        risk = _sums(moments[:, by_end], ended) - _sums(moments[:, by_entry], late)
        mean = risk[1] / risk[0]
        information = float((risk[2] / risk[0] - mean**2).sum())
        step = float((values - mean).sum()) / information
        slope += step
        if abs(step) < 1e-10:
            break
    return slope, 1.0 / sqrt(information)


def _sums(values: Array, counts: NDArray[np.int64]) -> Array:
    """Sums (3, events) of the first `counts` columns."""
    cumulative: Array = np.concatenate([np.zeros((len(values), 1)), np.cumsum(values, axis=1)], axis=1)
    return cumulative[:, counts]
