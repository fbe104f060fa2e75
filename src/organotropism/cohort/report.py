"""What became of every row: the account that a reader keeps, and the report it makes. Counts, no values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from organotropism.cohort.columns import Column
from organotropism.cohort.losses import Split, warnings
from organotropism.cohort.row_numbers import RowNumbers

if TYPE_CHECKING:
    from organotropism.cohort.schema import Cohort

FORMAT: Final = "organotropism-import-report/1"
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
KINDS: Final = ("missing", "unknown_codes", "out_of_range", "contradictory", "misspelt")
"""What is counted of a column."""


@dataclass
class Account:
    """Rows of one table: each is used, or set aside for one reason.

    Attributes
    ----------
    file : name of the table, without folders
    role : what its rows are
    read : rows of the file
    aside : reason to the numbers of the rows set aside for it
    """

    file: str
    role: str
    read: int = 0
    aside: dict[str, RowNumbers] = field(default_factory=dict)

    def set_aside(self, reason: str, rows: Iterable[int]) -> None:
        """Take note of rows that are not used."""
        numbers = RowNumbers(rows)
        if len(numbers):
            self.aside.setdefault(reason, RowNumbers()).extend(numbers)

    def add(self, part: Account) -> None:
        """Add the account of a further part of the same table."""
        self.read += part.read
        for reason, rows in part.aside.items():
            self.set_aside(reason, rows)

    @property
    def used(self) -> int:
        """Rows that are used."""
        return self.read - sum(map(len, self.aside.values()))

    def to_dict(self, rows: bool) -> dict[str, Any]:
        """Counts, and row numbers where asked."""
        return {
            "file": self.file,
            "role": self.role,
            "rows_read": self.read,
            "rows_used": self.used,
            "rows_set_aside": self.read - self.used,
            "reasons": [_counted("reason", reason, found, rows) for reason, found in self.aside.items()],
        }


@dataclass
class ColumnAccount:
    """Cells of one column among the rows that the mapping chose.

    Attributes
    ----------
    field : what the column is
    column : its name in the table
    cells : rows that the mapping chose
    counts : kind (of `KINDS`) to the numbers of the rows concerned
    """

    field: str
    column: str
    cells: int
    counts: dict[str, RowNumbers]

    def add(self, part: ColumnAccount) -> None:
        """Add the account of the same column in a further part of the table."""
        self.cells += part.cells
        for kind, rows in part.counts.items():
            self.counts[kind].extend(rows)

    def to_dict(self, rows: bool) -> dict[str, Any]:
        """Counts, and row numbers where asked."""
        content: dict[str, Any] = {"field": self.field, "column": self.column, "cells": self.cells}
        content |= {kind: len(self.counts[kind]) for kind in KINDS}
        if rows:
            content["row_numbers"] = {kind: sorted(self.counts[kind]) for kind in KINDS if kind != "missing"}
        return content


@dataclass
class Report:
    """The account of one import.

    Attributes
    ----------
    reader : table, cbioportal, ...
    tables : one account for each file; the first is that of the patients
    columns : one account for each column that was read
    notes : what was assumed or changed, to the rows concerned
    distant, deaths : patients lost, by distant disease and by death
    cautions : what the reader itself warns of
    """

    reader: str
    tables: list[Account] = field(default_factory=list)
    columns: list[ColumnAccount] = field(default_factory=list)
    notes: dict[str, RowNumbers] = field(default_factory=dict)
    cohort: dict[str, Any] = field(default_factory=dict)
    distant: Split = field(default_factory=Split)
    deaths: Split = field(default_factory=Split)
    cautions: list[str] = field(default_factory=list)

    @property
    def warnings(self) -> list[str]:
        """What would bias every result, as sentences."""
        return [*self.cautions, *warnings(self.distant, self.deaths, self.cohort)]

    @property
    def patients(self) -> Account:
        """The account of the patients' table."""
        return self.tables[0]

    def note(self, text: str, rows: Iterable[int] = ()) -> None:
        """Take note of an assumption, or of a change to some rows."""
        self.notes.setdefault(text, RowNumbers()).extend(rows)

    def add(self, part: Report) -> None:
        """Add the account of a further part of the same import: its tables and columns are the same."""
        for table, more in zip(self.tables, part.tables, strict=True):
            table.add(more)
        for column, cells in zip(self.columns, part.columns, strict=True):
            column.add(cells)
        for text, rows in part.notes.items():
            self.note(text, rows)
        self.distant.join(part.distant)
        self.deaths.join(part.deaths)

    def column(self, name: str, source: str, read: Column, rows: Ints, chosen: Bools) -> None:
        """Count the cells of a column.

        Parameters
        ----------
        rows : (n,) numbers of the rows
        chosen : (n,) rows that the mapping chose
        """
        kinds = {
            "missing": read.missing,
            "unknown_codes": read.unknown_code,
            "out_of_range": read.out_of_range,
            "misspelt": read.misspelt,
        }
        counts = {kind: RowNumbers(rows[mask & chosen]) for kind, mask in kinds.items()}
        counts["contradictory"] = RowNumbers()
        self.columns.append(ColumnAccount(name, source, int(chosen.sum()), counts))

    def contradictory(self, name: str, rows: Iterable[int]) -> None:
        """Count cells that were left out because another column contradicts them."""
        for account in self.columns:
            if account.field == name:
                account.counts["contradictory"].extend(rows)

    def describe(self, cohort: Cohort) -> None:
        """Add counts of the cohort that came of it, or of a further part of it."""
        states = {}
        for k, site in enumerate(cohort.sites):
            times = cohort.site_time[:, k]
            states[site] = {
                "found": int(np.isfinite(times).sum()),
                "not_found": int(np.isposinf(times).sum()),
                "not_recorded": int(np.isnan(times).sum()),
            }
        counts = {
            "patients": len(cohort),
            "distant_disease": int(cohort.presented.sum()),
            "at_diagnosis": int(cohort.stage_iv.sum()),
            "distant_disease_not_recorded": int(np.isnan(cohort.distant).sum()),
            "died": int(cohort.died.sum()),
            "entered_late": int((cohort.entry > 0).sum()),
            "followed_from_diagnosis": int(cohort.followed.sum()),
        }
        before = self.cohort
        self.cohort = {
            "name": cohort.name,
            **{key: count + before.get(key, 0) for key, count in counts.items()},
            "window_days": round(cohort.window_years * 365.25, 6),
            "sites": {
                site: {
                    key: count + before.get("sites", {}).get(site, {}).get(key, 0)
                    for key, count in state.items()
                }
                for site, state in states.items()
            },
        }

    def to_dict(self, rows: bool = False) -> dict[str, Any]:
        """The report as JSON: stable, described by schema/import-report.schema.json.

        Parameters
        ----------
        rows : whether to name the rows of the tables; a report without them can be shared
        """
        return {
            "format": FORMAT,
            "reader": self.reader,
            "warnings": self.warnings,
            "tables": [table.to_dict(rows) for table in self.tables],
            "columns": [column.to_dict(rows) for column in self.columns],
            "notes": [_counted("note", text, found, rows) for text, found in self.notes.items()],
            "cohort": self.cohort or None,
        }


def _counted(key: str, text: str, found: RowNumbers, rows: bool) -> dict[str, Any]:
    counted: dict[str, Any] = {key: text, "rows": len(found)}
    if rows:
        counted["row_numbers"] = sorted(found)
    return counted
