"""After the first metastasis: which site is found next, and survival by site, number of sites and group.

Time since first distant disease; at risk from entry on. Left out: members of a metastatic series of whom
the time of presentation is not recorded.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from organotropism.cohort.schema import Cohort
from organotropism.describe.disclosure import hidden
from organotropism.describe.follow_up import quantile_time
from organotropism.describe.groups import ALL, Groups
from organotropism.describe.intervals import at_times, errors_at, greenwood, incidence_of, log_log_bands
from organotropism.describe.table import Record, Table
from organotropism.validate.counting import Clock
from organotropism.validate.outcome import CENSORED, DEATH, EVENT, Outcome
from organotropism.validate.where import recorded_sites

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

YEARS: Final = (1.0, 2.0, 5.0)
FEWEST: Final = 5
"""No survival is given at a time at which fewer patients are at risk."""

SURVIVAL: Final = (
    "strata",
    "stratum",
    "patients",
    "deaths",
    "median_years",
    "median_low",
    "median_high",
    *(f"{name}_{years:g}_years" for years in YEARS for name in ("survival", "low", "high")),
)
NEXT: Final = (
    "first_site",
    "next_site",
    "patients",
    "count",
    "median_years",
    "within_2_years",
    "low",
    "high",
)
SEVERAL, NO_FURTHER = "several at once", "no further site"


def usable(cohort: Cohort) -> Bools:
    """Patients (n,) with distant disease who were observed for some time from then on."""
    start = np.where(cohort.presented, np.maximum(cohort.distant, cohort.entry), np.inf)
    seen: Bools = cohort.presented & (cohort.follow_up > start)
    return seen if cohort.unknown_time is None else seen & ~cohort.unknown_time


def survival(cohort: Cohort, groups: Groups, minimum: int = 0) -> Table:
    """Kaplan-Meier survival after the first distant disease, Greenwood's variance, log-log intervals."""
    seen = usable(cohort)
    rows = [
        _survival_row(cohort, strata, stratum, np.flatnonzero(members & seen), minimum)
        for strata, stratum, members in _strata(cohort, groups)
        if (members & seen).any()
    ]
    notes = []
    if not rows:
        notes.append("Nobody was observed after distant disease: nothing can be said of survival after it.")
    elif not cohort.died[seen].any():
        notes.append("No death after distant disease is recorded: survival is left out.")
        rows = []
    return Table("survival_after_metastasis", SURVIVAL, rows, notes)


def _strata(cohort: Cohort, groups: Groups) -> Iterator[tuple[str, str, Bools]]:
    presented = cohort.presented
    yield ALL, ALL, presented
    yield "presentation", "at diagnosis", cohort.stage_iv
    yield "presentation", "relapse", presented & ~cohort.stage_iv
    sites = recorded_sites(cohort)
    columns = [cohort.sites.index(site) for site in sites]
    found = cohort.found_at_presentation[:, columns]
    for k, site in enumerate(sites):
        yield "site found first, alone or with others", site, found[:, k]
    complete = presented & ~np.isnan(cohort.site_time[:, columns]).any(1)
    number = found.sum(1)
    for label, low, high in (("1", 1, 1), ("2", 2, 2), ("3 or more", 3, 99)):
        yield "number of sites found first", label, complete & (number >= low) & (number <= high)
    if len(groups.labels) > 1:
        for place, label in enumerate(groups.labels):
            yield groups.by, label, presented & (groups.codes == place)


def after_metastasis(cohort: Cohort, rows: Ints) -> Outcome:
    """Time from first distant disease to death; the event is death."""
    entry = np.maximum(cohort.entry[rows] - cohort.distant[rows], 0.0)
    time = cohort.follow_up[rows] - cohort.distant[rows]
    kind = np.where(cohort.died[rows], EVENT, CENSORED)
    return Outcome("death", rows, entry, time, kind, np.ones(len(rows)))


def _survival_row(cohort: Cohort, strata: str, stratum: str, rows: Ints, minimum: int) -> Record:
    outcome = after_metastasis(cohort, rows)
    deaths = int((outcome.kind == EVENT).sum())
    row: Record = {"strata": strata, "stratum": stratum}
    if min(len(rows), deaths or minimum) < minimum:
        return row
    row |= {"patients": len(rows), "deaths": deaths}
    clock = Clock(outcome)
    died = incidence_of(clock).event[0]
    low, high = log_log_bands(died, np.sqrt(greenwood(clock)))
    row["median_years"] = quantile_time(clock, 0.5)
    # The interval of the median: where the bands of survival cross a half (Brookmeyer and Crowley 1982).
    for name, band in (("median_low", high), ("median_high", low)):
        crossed = np.flatnonzero(np.nan_to_num(band, nan=-1.0) >= 0.5)
        row[name] = float(clock.times[crossed[0]]) if len(crossed) else None
    grid = np.array(YEARS)
    dead = at_times(clock.times, died, grid, 0.0)
    ends = log_log_bands(dead, errors_at(clock, grid))
    for k, years in enumerate(YEARS):
        at_risk = int(((outcome.entry < years) & (outcome.time >= years)).sum())
        if at_risk >= max(FEWEST, minimum):
            row[f"survival_{years:g}_years"] = float(1 - dead[k])
            if not np.isnan(ends[0][k]):
                row[f"low_{years:g}_years"] = float(1 - ends[1][k])
                row[f"high_{years:g}_years"] = float(1 - ends[0][k])
    return row


def next_sites(cohort: Cohort, minimum: int = 0) -> Table:
    """From the one site found first to the next, death and the other sites competing.

    Of patients with one site at presentation, all sites recorded, observed from then on. The incidence
    within two years is an Aalen-Johansen estimate; the median is that of the times of those in whom the next
    site was found.
    """
    sites = recorded_sites(cohort)
    columns = [cohort.sites.index(site) for site in sites]
    if len(sites) < 2:
        return Table("next_site", NEXT, [], ["With fewer than two recorded sites there is no next site."])
    times = cohort.site_time[:, columns]
    at_first = cohort.found_at_presentation[:, columns]
    one = usable(cohort) & ~cohort.entered_with_disease & ~np.isnan(times).any(1) & (at_first.sum(1) == 1)
    later = (
        np.where(at_first | ~np.isfinite(times), np.inf, times)
        - np.where(cohort.presented, cohort.distant, 0.0)[:, None]
    )
    records: list[Record] = []
    for k, site in enumerate(sites):
        rows = np.flatnonzero(one & at_first[:, k])
        if len(rows):
            records += _next_rows(cohort, site, sites, rows, later[rows], minimum)
    notes = [] if records else ["Nobody with one site at first was observed afterwards."]
    return Table("next_site", NEXT, records, notes)


def _next_rows(
    cohort: Cohort, site: str, sites: tuple[str, ...], rows: Ints, later: Array, minimum: int
) -> Iterator[Record]:
    if len(rows) < minimum:
        return
    soonest = later.min(1)
    together = (later <= (soonest + cohort.window_years)[:, None]) & np.isfinite(later)
    several = together.sum(1) > 1
    kinds = {other: together[:, j] & ~several for j, other in enumerate(sites) if other != site}
    kinds[SEVERAL] = several
    kinds[NO_FURTHER] = ~together.any(1)
    counts = np.array([members.sum() for members in kinds.values()])
    masked = hidden(counts[:, None], minimum)[:, 0]
    end = cohort.follow_up[rows] - cohort.distant[rows]
    for masking, (other, members) in zip(masked, kinds.items(), strict=True):
        row: Record = {"first_site": site, "next_site": other, "patients": len(rows)}
        if not masking:
            row["count"] = int(members.sum())
            if other != NO_FURTHER and members.any():
                row["median_years"] = float(np.median(soonest[members]))
                row |= _within(cohort, rows, np.minimum(soonest, end), members, kinds[NO_FURTHER])
        yield row


def _within(cohort: Cohort, rows: Ints, time: Array, members: Bools, none: Bools) -> Record:
    ended = np.where(cohort.died[rows], DEATH, CENSORED)
    kind = np.where(members, EVENT, np.where(none, ended, DEATH))
    entry = np.maximum(cohort.entry[rows] - cohort.distant[rows], 0.0)
    clock = Clock(Outcome("next", rows, entry, time, kind, np.ones(len(rows))))
    grid = np.array([2.0])
    if (time >= grid[0]).sum() < FEWEST:
        return {}
    value = at_times(clock.times, incidence_of(clock).event[0], grid, 0.0)
    low, high = log_log_bands(value, errors_at(clock, grid))
    told: Record = {"within_2_years": float(value[0])}
    if not np.isnan(low[0]):
        told |= {"low": float(low[0]), "high": float(high[0])}
    return told
