"""Cumulative incidence of any distant disease and of each site by group, death competing.

Patients without distant disease at diagnosis, from diagnosis on. Late entry: for any distant disease
patients are at risk from entry on. A single site cannot be put right so (nobody enters with disease
elsewhere), so there each patient stands for those who left before they could enter, see
`organotropism.validate.late_entry`; for any distant disease both ways give the same estimate.
"""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from typing import Final

import numpy as np
from numpy.typing import NDArray

from organotropism.cohort.schema import Cohort
from organotropism.describe.groups import Groups
from organotropism.describe.intervals import at_times, errors_at, incidence_of, log_log_bands
from organotropism.describe.table import Record, Table
from organotropism.validate.counting import Clock
from organotropism.validate.outcome import ANY, DEATH, EVENT, Outcome, outcome_of
from organotropism.validate.where import recorded_sites

Array = NDArray[np.float64]

STEP: Final = 0.25
"""Years between the points of a curve."""
FEWEST: Final = 5
"""A curve ends where fewer patients than this are at risk (or than the minimum, where that is larger)."""
MOST_TIMES: Final = 20_000
"""With more different times than this, Gray's test takes them in days, of which there are fewer."""

COLUMNS: Final = (
    "outcome",
    "group",
    "years",
    "at_risk",
    "incidence",
    "low",
    "high",
    "death_without",
)
TESTS: Final = ("outcome", "groups", "statistic", "df", "p_value", "not_tested_because")
EVENTS: Final = ("outcome", "group", "patients", "events", "deaths_without", "curve_ends_years")


def outcomes(cohort: Cohort) -> list[Outcome]:
    """Any distant disease, then each site that the cohort records; each with at least one patient."""
    found = [outcome_of(cohort, name) for name in (ANY, *recorded_sites(cohort))]
    if len(found[0]):
        first = found[0]
        found[0] = replace(first, entry=cohort.entry[first.rows], weight=np.ones(len(first)))
    return [outcome for outcome in found if len(outcome)]


def curves(cohort: Cohort, groups: Groups, minimum: int = 0) -> tuple[Table, Table, Table]:
    """Curves by quarter of a year, events and deaths behind them, and Gray's tests between the groups."""
    points: list[Record] = []
    counts: list[Record] = []
    tests: list[Record] = []
    for outcome in outcomes(cohort):
        own = groups.take(outcome.rows)
        for label, members in own.parts():
            part = outcome.take(members)
            if not len(part):
                continue
            head: Record = {"outcome": outcome.name, "group": label}
            rows = [head | row for row in _curve(cohort, part, max(FEWEST, minimum))]
            points += rows
            events, deaths = (int((part.kind == kind).sum()) for kind in (EVENT, DEATH))
            counts.append(
                head
                | {
                    "patients": _shown(len(part), minimum),
                    "curve_ends_years": rows[-1]["years"] if rows else None,
                }
                | {"events": _shown(events, minimum), "deaths_without": _shown(deaths, minimum)}
            )
        tests.append({"outcome": outcome.name, **gray(cohort, outcome, own)})
    notes = _notes(cohort, counts)
    return (
        Table("incidence", COLUMNS, points, notes),
        Table("events", EVENTS, counts),
        Table("gray", TESTS, tests if len(groups.labels) > 1 else []),
    )


def _shown(count: int, minimum: int) -> int | None:
    return None if 0 < count < minimum else count


def _curve(cohort: Cohort, outcome: Outcome, fewest: int) -> list[Record]:
    """Points of one curve, up to where fewer than `fewest` patients are under observation and free."""
    entry = np.sort(cohort.entry[outcome.rows])
    leave = np.sort(outcome.time)
    grid = np.arange(0.0, leave[-1] + STEP / 2, STEP)
    at_risk = _observed(entry, leave, grid)
    enough = np.flatnonzero(at_risk >= fewest)
    if not len(enough):
        return []
    grid, at_risk = grid[: enough[-1] + 1], at_risk[: enough[-1] + 1]
    clock = Clock(outcome)
    found = incidence_of(clock)
    event = at_times(clock.times, found.event[0], grid, 0.0)
    free = at_times(clock.times, found.free[0], grid, 1.0)
    low, high = log_log_bands(event, errors_at(clock, grid))
    return [
        {
            "years": float(grid[k]),
            # Late entry: few may be under observation at the start.
            "at_risk": int(at_risk[k]) if at_risk[k] >= fewest else None,
            "incidence": float(event[k]),
            "low": _number(low[k]),
            "high": _number(high[k]),
            "death_without": max(float(1 - free[k] - event[k]), 0.0),
        }
        for k in range(len(grid))
    ]


def _observed(entry: Array, leave: Array, grid: Array) -> NDArray[np.int64]:
    """Patients (g,) under observation and free just before each time; those who enter then included."""
    entered = np.searchsorted(entry, grid, side="right")
    return entered - np.searchsorted(leave, grid, side="left")


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def gray(cohort: Cohort, outcome: Outcome, groups: Groups) -> Record:
    """Gray's test between the groups whose level is known (Ann Stat 1988;16:1141), by comprisk."""
    known = (groups.codes >= 0) & (groups.codes < groups.known)
    part, codes = outcome.take(known), groups.codes[known]
    several = len(np.unique(codes))
    if several < 2:
        return {"groups": several, "not_tested_because": "fewer than two groups are known"}
    if not (part.kind == EVENT).any():
        return {"groups": several, "not_tested_because": "nobody had the event"}
    if (cohort.entry[part.rows] > 0).any():
        return {"groups": several, "not_tested_because": "the test does not know late entry"}
    if find_spec("comprisk") is None:
        return {"groups": several, "not_tested_because": 'needs pip install "organotropism[compare]"'}
    from comprisk import gray_test

    time = part.time
    if len(np.unique(time)) > MOST_TIMES:
        time = np.ceil(time * 365.25) / 365.25
    found = gray_test(time, part.kind, codes, cause=EVENT)
    return {
        "groups": several,
        "statistic": float(found.stat),
        "df": int(found.df),
        "p_value": float(found.pvalue),
    }


def _notes(cohort: Cohort, counts: list[Record]) -> list[str]:
    if not counts:
        return [
            "No patient was followed from a diagnosis without distant disease: no incidence can be given."
        ]
    notes = []
    missing = [site for site in cohort.sites if site not in recorded_sites(cohort)]
    if missing:
        notes.append(f"Not recorded in this cohort, and so left out: {', '.join(missing)}.")
    if not cohort.died.any():
        notes.append(
            "No death is recorded. If deaths were not collected, the incidence is too high: the dead count as"
            " censored."
        )
    if (cohort.entry > 0).any():
        notes.append(
            "Some came under observation after diagnosis. Any distant disease: at risk from entry on. Sites:"
            " each patient is weighted for those who left before they could enter; the intervals take these"
            " weights as known. At risk: the patients under observation, unweighted."
        )
    short = sorted({row["group"] for row in counts if row["curve_ends_years"] is None})
    if short:
        notes.append(f"Too few at risk for a curve: {', '.join(short)}.")
    return notes
