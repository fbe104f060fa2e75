"""Where: sites at diagnosis, at first relapse and ever; how many, which sets, which pairs.

Of patients with distant disease. *At diagnosis*: stage IV. *First relapse*: distant disease found later,
the sites within the cohort's window of the first. *Ever*: the same patients by the end of their follow-up,
so a crude share that grows with follow-up. Whoever came under observation with distant disease is left out
of the first relapse.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from organotropism.cohort.schema import Cohort
from organotropism.describe.disclosure import hidden
from organotropism.describe.groups import Groups
from organotropism.describe.intervals import wilson
from organotropism.describe.table import Record, Table
from organotropism.validate.where import recorded_sites

Bools = NDArray[np.bool_]
Array = NDArray[np.float64]
Ints = NDArray[np.int64]

AT_DIAGNOSIS: Final = "at diagnosis"
FIRST_RELAPSE: Final = "first relapse"
EVER: Final = "ever"

SHARES: Final = ("when", "group", "site", "patients", "found", "share", "low", "high")
ONLY: Final = ("when", "group", "site", "patients", "only_this_site", "share", "low", "high")
NUMBER: Final = ("when", "group", "number_of_sites", "patients", "count", "share", "low", "high")
SETS: Final = ("when", "sites", "number_of_sites", "patients", "count", "share")
PAIRS: Final = ("when", "site", "other_site", "patients", "both", "expected", "ratio", "low", "high")


@dataclass(frozen=True, eq=False)
class Found:
    """Sites of some of the patients at one occasion.

    Attributes
    ----------
    when : the occasion
    rows : (n,) numbers of the patients in their cohort
    found : (n, sites) whether found; `known`: whether recorded
    """

    when: str
    rows: Ints
    found: Bools
    known: Bools


def occasions(cohort: Cohort, sites: tuple[str, ...]) -> Iterator[Found]:
    """The occasions of which there are patients."""
    columns = [cohort.sites.index(site) for site in sites]
    times = cohort.site_time[:, columns]
    at_first = cohort.found_at_presentation[:, columns]
    relapse = cohort.presented & ~cohort.stage_iv & ~cohort.entered_with_disease
    members = {
        AT_DIAGNOSIS: (cohort.stage_iv, at_first),
        FIRST_RELAPSE: (relapse, at_first),
        EVER: (cohort.stage_iv | relapse, np.isfinite(times)),
    }
    for when, (among, found) in members.items():
        rows = np.flatnonzero(among)
        if len(rows):
            yield Found(when, rows, found[rows], ~np.isnan(times[rows]))


def where(cohort: Cohort, groups: Groups, minimum: int = 0) -> list[Table]:
    """Shares of sites, exclusive shares, numbers of sites, sets and pairs."""
    sites = recorded_sites(cohort)
    shares: list[Record] = []
    only: list[Record] = []
    number: list[Record] = []
    sets: list[Record] = []
    pairs: list[Record] = []
    for found in occasions(cohort, sites):
        own = groups.take(found.rows)
        shares += _share_rows(found, own, sites, minimum)
        complete = found.known.all(1)
        members = found.found[complete]
        whole = own.take(np.flatnonzero(complete))
        if not len(members):
            continue
        if len(sites) > 1:
            only += _only_rows(found.when, members, whole, sites, minimum)
            number += _number_rows(found.when, members, whole, minimum)
            sets += _set_rows(found.when, members, sites, minimum)
            pairs += _pair_rows(found.when, members, sites, minimum)
    notes = _notes(cohort, sites, shares)
    return [
        Table("sites", SHARES, shares, notes),
        Table("only_site", ONLY, only),
        Table("number_of_sites", NUMBER, number),
        Table("sets_of_sites", SETS, sets),
        Table("pairs_of_sites", PAIRS, pairs),
    ]


def _notes(cohort: Cohort, sites: tuple[str, ...], shares: list[Record]) -> list[str]:
    if not shares:
        return ["No patient with distant disease whose sites could be told: nothing can be said of where."]
    notes = []
    missing = [site for site in cohort.sites if site not in sites]
    if missing:
        notes.append(f"Not recorded in this cohort, and so left out: {', '.join(missing)}.")
    if len(sites) == 1:
        notes.append(
            "One site is recorded: of exclusive disease, numbers, sets and pairs nothing can be said."
        )
    if not any(row["when"] == AT_DIAGNOSIS for row in shares):
        notes.append("No patient had distant disease at diagnosis.")
    return notes


def _grid(
    counts: list[tuple[str, Ints]], groups: Groups, minimum: int
) -> Iterator[tuple[str, str, int, int | None]]:
    """Rows of a table of exclusive categories by group: category, group, patients, count (None: hidden)."""
    names = [name for name, _ in groups.parts()]
    grid = np.array([row for _, row in counts])
    masked = hidden(grid, minimum)
    if len(names) > 1:
        total = grid.sum(1, keepdims=True)
        grid, masked = np.c_[total, grid], np.c_[hidden(total, minimum), masked]
    for place, (category, _) in enumerate(counts):
        for column, group in enumerate(names):
            count = None if masked[place, column] else int(grid[place, column])
            yield category, group, int(grid[:, column].sum()), count


def _by_group(members: Bools, groups: Groups) -> Ints:
    return np.bincount(groups.codes[members], minlength=len(groups.labels))


def _with_share(row: Record, name: str, count: int | None, of: int, minimum: int) -> Record:
    if 0 < of < minimum:
        return row
    row["patients"] = of
    if count is not None and of:
        low, high = wilson(count, of)
        row |= {name: count, "share": count / of, "low": low, "high": high}
    return row


def _share_rows(found: Found, groups: Groups, sites: tuple[str, ...], minimum: int) -> Iterator[Record]:
    for k, site in enumerate(sites):
        known, yes = found.known[:, k], found.found[:, k]
        if not known.any():
            continue
        counts = [
            ("found", _by_group(known & yes, groups)),
            ("not found", _by_group(known & ~yes, groups)),
        ]
        for category, group, of, count in _grid(counts, groups, minimum):
            if category == "found":
                row: Record = {"when": found.when, "group": group, "site": site}
                yield _with_share(row, "found", count, of, minimum)


def _only_rows(
    when: str, members: Bools, groups: Groups, sites: tuple[str, ...], minimum: int
) -> Iterator[Record]:
    single = members.sum(1) == 1
    counts = [(site, _by_group(single & members[:, k], groups)) for k, site in enumerate(sites)]
    counts.append(("several or none", _by_group(~single, groups)))
    for site, group, of, count in _grid(counts, groups, minimum):
        if site in sites:
            row: Record = {"when": when, "group": group, "site": site}
            yield _with_share(row, "only_this_site", count, of, minimum)


def _number_rows(when: str, members: Bools, groups: Groups, minimum: int) -> Iterator[Record]:
    number = members.sum(1)
    counts = [(str(k), _by_group(number == k, groups)) for k in range(int(number.max()) + 1)]
    counts = [entry for entry in counts if entry[0] != "0" or entry[1].any()]
    for label, group, of, count in _grid(counts, groups, minimum):
        row: Record = {"when": when, "group": group, "number_of_sites": int(label)}
        yield _with_share(row, "count", count, of, minimum)


def _set_rows(when: str, members: Bools, sites: tuple[str, ...], minimum: int) -> Iterator[Record]:
    kinds, counts = np.unique(members, axis=0, return_counts=True)
    masked = hidden(counts[:, None], minimum)[:, 0]
    for place in np.argsort(-counts, kind="stable"):
        inside = [site for site, member in zip(sites, kinds[place], strict=True) if member]
        row: Record = {"when": when, "sites": "+".join(inside) or "none of these"}
        row |= {"number_of_sites": len(inside), "patients": len(members)}
        if not masked[place]:
            row |= {"count": int(counts[place]), "share": counts[place] / len(members)}
        yield row


def independent_shares(shares: Array) -> Array:
    """Chances (sites,) of independent sites which, given that at least one is found, have these shares.

    Sites of patients with metastases cannot be independent as such: somewhere the disease was found. With
    q = P(at least one), chance_i = q share_i and q = 1 - product(1 - chance_i), solved for q between 0 and 1.
    """
    from scipy.optimize import brentq

    if shares.sum() <= 1 or bool((shares >= 1).any()):
        # Sites that exclude each other, or one that is always found: no other solution than the limit.
        return np.zeros_like(shares) if shares.sum() <= 1 else shares
    q = brentq(lambda q: 1 - np.prod(1 - q * shares) - q, 1e-9, 1.0, xtol=1e-14)
    return q * shares


def _pair_rows(when: str, members: Bools, sites: tuple[str, ...], minimum: int) -> Iterator[Record]:
    """Pairs against independence given at least one site; patients with none of the sites take no part."""
    members = members[members.any(1)]
    n = len(members)
    if not n:
        return
    chances = independent_shares(members.mean(0))
    somewhere = 1 - np.prod(1 - chances)
    for a, b in combinations(range(len(sites)), 2):
        both = int((members[:, a] & members[:, b]).sum())
        row: Record = {"when": when, "site": sites[a], "other_site": sites[b], "patients": n}
        single = int(members[:, a].sum()), int(members[:, b].sum())
        grid = np.array([both, single[0] - both, single[1] - both, n - sum(single) + both])
        if not ((grid > 0) & (grid < minimum)).any():
            expected = chances[a] * chances[b] / somewhere if somewhere > 0 else 0.0
            row |= {"both": both, "expected": n * expected}
            if expected > 0:
                low, high = wilson(both, n)
                row |= {"ratio": both / (n * expected), "low": low / expected, "high": high / expected}
        yield row
