"""Flow of the patients from the cohort to each analysis, and how long they were followed."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from organotropism.cohort.schema import Cohort
from organotropism.describe.disclosure import HIDDEN
from organotropism.describe.groups import Groups
from organotropism.describe.intervals import incidence_of
from organotropism.describe.table import Record, Table
from organotropism.validate.counting import Clock
from organotropism.validate.outcome import CENSORED, EVENT, Outcome

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]

FLOW: Final = ("step", "patients", "left_out", "reason")
FOLLOW_UP: Final = ("group", "patients", "deaths", "median_years", "lower_quartile", "upper_quartile")


def flow(cohort: Cohort, used: dict[str, int], minimum: int = 0) -> Table:
    """Patients of the cohort, those left out with the reason, and those in each analysis.

    Parameters
    ----------
    used : patients of each analysis, by its name
    """
    rows: list[Record] = [{"step": "in the cohort", "patients": len(cohort)}]
    with np.errstate(invalid="ignore"):
        unrecorded = cohort.followed & np.isnan(cohort.distant)
        reasons: dict[str, Bools] = {
            "came under observation by their metastases (metastatic series)": ~cohort.followed,
            "distant disease at diagnosis (stage IV)": cohort.followed & cohort.stage_iv,
            "distant disease not recorded": unrecorded,
            "distant disease before they came under observation": cohort.followed
            & cohort.entered_with_disease
            & ~cohort.stage_iv,
        }
        left = cohort.followed & ~unrecorded & ~cohort.stage_iv & ~cohort.entered_with_disease
        end = np.fmin(cohort.distant, cohort.follow_up)
        reasons["no time under observation free of distant disease"] = left & ~(end > cohort.entry)
    for reason, members in reasons.items():
        if members.any():
            count = int(members.sum())
            shown = {"left_out": count} if count >= minimum else {"left_out": HIDDEN}
            rows.append({"step": "left out of whether and when", **shown, "reason": reason})
    rows += [
        {"step": name, "patients": HIDDEN if 0 < count < minimum else count} for name, count in used.items()
    ]
    return Table("flow", FLOW, rows)


def follow_up(cohort: Cohort, groups: Groups, minimum: int = 0) -> Table:
    """Time to the end of follow-up by group: reverse Kaplan-Meier, death censors (Schemper and Smith 1996).

    At risk from entry on. Patients without time under observation take no part.
    """
    observed = cohort.follow_up > cohort.entry
    rows: list[Record] = []
    for label, members in groups.parts():
        kept = np.flatnonzero(members & observed)
        deaths = int(cohort.died[kept].sum())
        row: Record = {"group": label, "patients": int(members.sum())}
        if minimum <= deaths or deaths == 0:
            row["deaths"] = deaths
        if len(kept) and len(kept) >= minimum:
            clock = Clock(_potential(cohort, kept))
            names = ("lower_quartile", "median_years", "upper_quartile")
            row |= dict(zip(names, (quantile_time(clock, q) for q in (0.25, 0.5, 0.75)), strict=True))
        rows.append(row)
    notes = []
    if not observed.any():
        notes.append("Nobody was followed: nothing can be said of what happened over time.")
    elif not cohort.died.any():
        notes.append("No death is recorded: either nobody died or deaths were not collected.")
    return Table("follow_up", FOLLOW_UP, rows, notes)


def _potential(cohort: Cohort, rows: NDArray[np.int64]) -> Outcome:
    kind = np.where(cohort.died[rows], CENSORED, EVENT)
    return Outcome("follow-up", rows, cohort.entry[rows], cohort.follow_up[rows], kind, np.ones(len(rows)))


def quantile_time(clock: Clock, share: float) -> float | None:
    """First time at which the cumulative incidence reaches `share`; None where it does not.

    `share` is compared with a tolerance of rounding, as R's `quantile` of a `survfit` does.
    """
    reached = np.flatnonzero(incidence_of(clock).event[0] >= share - 1e-9)
    return float(clock.times[reached[0]]) if len(reached) else None
