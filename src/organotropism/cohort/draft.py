"""Patients as a reader found them, before the rules: what every reader hands over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from organotropism.cohort.columns import Column
from organotropism.cohort.report import Report
from organotropism.vocabulary import SITES

if TYPE_CHECKING:
    import polars as pl

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


@dataclass
class Draft:
    """Patients, column-wise; times are years since diagnosis, NaN where nothing stands.

    Attributes
    ----------
    report : the account of the import; its first table is that of these patients
    rows : (n,) where each patient stands
    ids : (n,) text, null where missing
    covariates : fields of `Patient` as read
    m : M category as read, None where there is no such column
    entry, follow_up : (n,) left out: from diagnosis, and no follow-up
    died : (n,) yes or no, null where not recorded
    deaths_told : whether there is such a column at all
    status : (n,) whether there was distant disease, null where not recorded; None without such a column
    distant : (n,) time of the first distant disease, infinite where it is said not to have happened;
        None without such a column
    site_time : (n, sites) time of each site of `SITES`, inf not found, NaN not recorded
    undated : (n, sites) found, at a time that is not known
    at_first : (n, sites) found with the first distant disease, whenever that was
    elsewhere : (n,) time of a distant site that could not be told, inf where there is none
    unknown_time : (n,) members of a metastatic series who presented at a time that is not recorded
    extra : further columns
    untold : (n,) a time of distant disease or of a site stands there, but cannot be read or cannot be
    marked : (n,) something stands there that is no time of the usual kinds: distant disease, most likely
    same : (n,) rows set aside because they are the same as an earlier one
    no_follow_up : why a follow-up time is not known, each with its rows (n,)
    open_sites : (sites,) sites of which the table says nothing, where the others tell whether there was any
        distant disease
    chosen : (n,) rows that the mapping chose
    keep : (n,) rows still in use
    claims : (n,) rows that were in use when ids were compared
    """

    report: Report
    rows: Ints
    ids: pl.Series
    covariates: dict[str, Column]
    died: pl.Series
    m: Column | None = None
    entry: Array | None = None
    follow_up: Array | None = None
    status: pl.Series | None = None
    distant: Array | None = None
    extra: pl.DataFrame | None = None
    deaths_told: bool = True
    site_time: Array = field(init=False)
    undated: Bools = field(init=False)
    at_first: Bools = field(init=False)
    elsewhere: Array = field(init=False)
    untold: Bools = field(init=False)
    marked: Bools = field(init=False)
    same: Bools = field(init=False)
    open_sites: Bools = field(init=False)
    no_follow_up: dict[str, Bools] = field(default_factory=dict)
    chosen: Bools = field(init=False)
    unknown_time: Bools = field(init=False)
    keep: Bools = field(init=False)
    claims: Bools = field(init=False)

    def __post_init__(self) -> None:
        shape = (len(self.rows), len(SITES))
        self.site_time = np.full(shape, np.inf)
        self.undated, self.at_first = np.zeros(shape, bool), np.zeros(shape, bool)
        self.elsewhere = np.full(shape[0], np.inf)
        self.untold, self.marked, self.same = (np.zeros(shape[0], bool) for _ in range(3))
        self.unknown_time = np.zeros(shape[0], bool)
        self.open_sites = np.zeros(shape[1], bool)
        self.keep, self.claims, self.chosen = (np.ones(shape[0], bool) for _ in range(3))

    def __len__(self) -> int:
        return len(self.rows)

    def leave_open(self, sites: Sequence[bool], *, told: bool) -> None:
        """Sites (sites,) that the table does not record; `told`: the others say whether there was any."""
        self.site_time[:, np.array(sites)] = np.nan
        if told:
            self.open_sites = np.array(sites)

    def mark(self, column: Column) -> None:
        """Take note of where a time of distant disease cannot be read."""
        self.untold |= column.failed
        self.marked |= column.unknown_code

    def drop(self, reason: str, rows: NDArray[Any]) -> None:
        """Set rows aside that are not set aside yet.

        Parameters
        ----------
        rows : (n,) mask
        """
        gone = rows & self.keep
        self.report.patients.set_aside(reason, self.rows[gone])
        self.keep &= ~gone

    def note(self, text: str, rows: NDArray[Any]) -> None:
        """Take note of what was assumed of rows in use, or changed in them."""
        if (rows & self.keep).any():
            self.report.note(text, self.rows[rows & self.keep])
