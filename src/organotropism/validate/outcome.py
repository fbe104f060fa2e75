"""One outcome of a cohort: time to a site, or to any distant disease, with death competing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from organotropism.cohort.schema import Cohort
from organotropism.validate.late_entry import entry_weights

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

ANY: Final = "any"
"""Name of the outcome any distant disease; the others have the names of the sites."""

CENSORED, EVENT, DEATH = 0, 1, 2


@dataclass(frozen=True, eq=False)
class Outcome:
    """Follow-up of one outcome in n patients; times are years since diagnosis, or since the landmark.

    Attributes
    ----------
    name : a site, or `ANY`
    rows : (n,) numbers of the patients in their cohort
    entry : (n,) at risk only after then, 0 from the start
    time : (n,) the event, else death, else the end of follow-up; later than `entry`
    kind : (n,) `EVENT`, `DEATH` (without the event) or `CENSORED`
    weight : (n,) how many patients each stands for, mean one; all one unless some entered late
    """

    name: str
    rows: Ints
    entry: Array
    time: Array
    kind: Ints
    weight: Array

    def __len__(self) -> int:
        return len(self.time)

    def take(self, keep: Bools) -> Outcome:
        """Return the patients picked by a mask (n,)."""
        entry, time, weight = (values[keep] for values in (self.entry, self.time, self.weight))
        return Outcome(self.name, self.rows[keep], entry, time, self.kind[keep], weight)


def outcome_of(cohort: Cohort, name: str, landmark: float = 0.0) -> Outcome:
    """Time to a site (found first or later), or to any distant disease, among non-metastatic patients.

    Left out are stage IV disease, members of a series of metastatic patients, patients of whom the
    outcome is not recorded, and, with a landmark, those who by then had distant disease, had died or
    were no longer followed. Late entry is turned into weights.

    Parameters
    ----------
    cohort : Cohort
    name : a site of the cohort, or `ANY`
    landmark : years since diagnosis from which time counts
    """
    found = cohort.distant if name == ANY else cohort.site_time[:, cohort.sites.index(name)]
    entry = np.maximum(cohort.entry, landmark)
    with np.errstate(invalid="ignore"):
        leave = np.minimum(np.where(np.isnan(cohort.distant), np.inf, cohort.distant), cohort.follow_up)
        keep = cohort.followed & (cohort.distant > landmark) & ~np.isnan(found) & (leave > entry)
        kind = np.where(found <= cohort.follow_up, EVENT, np.where(cohort.died, DEATH, CENSORED))
    rows = np.flatnonzero(keep)
    entry, leave, kind = entry[rows] - landmark, leave[rows] - landmark, kind[rows]
    time = np.minimum(found[rows], cohort.follow_up[rows]) - landmark
    late = bool((entry > 0).any())
    weight = entry_weights(entry, leave) if late else np.ones(len(rows))
    return Outcome(name, rows, np.zeros(len(rows)), time, kind, weight)


def without_rows(outcome: Outcome, missing: Bools) -> Outcome:
    """Leave out the patients of the cohort (N,) marked in `missing`, for whom there is no prediction."""
    return replace(outcome) if not missing.any() else outcome.take(~missing[outcome.rows])
