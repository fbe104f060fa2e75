"""The cells of the mapped columns as fields, statuses and times; every cell is counted in the report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from organotropism.cohort.coded import IHC, RECEPTORS, her2_coding, is_coded, refuse_amounts
from organotropism.cohort.columns import Column, combined
from organotropism.cohort.mapping import TableMapping
from organotropism.cohort.mapping_sections import Source, Spec
from organotropism.cohort.numbers import Mark, Marks, decimal_mark, marks_of
from organotropism.cohort.reading import Clock, coding_of
from organotropism.cohort.report import Report
from organotropism.cohort.source import Table
from organotropism.cohort.times import read_dates, read_status, read_years
from organotropism.cohort.values import UNITS, Coding, read_covariate
from organotropism.patient_values import Choice

if TYPE_CHECKING:
    import polars as pl

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]
#: Fields of a patient that are numbers.
_NUMBERS: Final = frozenset({"age", "ki67", "size_mm", "positive_nodes"})
_WHOLE: Final = frozenset({"positive_nodes", "size_mm"})


@dataclass
class Cells:
    """Reads the columns of one import.

    Attributes
    ----------
    mapping : which column is what
    table : the first table
    joined : further tables by name: frame with one row for each row of the first, and the table itself
    report : takes the counts
    chosen : (n,) rows that the mapping chose
    decimals : decimal mark that each table shows, by its name, None for the first
    """

    mapping: TableMapping
    table: Table
    joined: Mapping[str, tuple[pl.DataFrame, Table]]
    report: Report
    chosen: Bools
    decimals: dict[str | None, Mark | None] = field(init=False)

    def __post_init__(self) -> None:
        numbers: dict[str | None, list[pl.Series]] = {}
        for place, spec in self.mapping.specs():
            section, _, name = place.partition(".")
            timed = section in {"times", "sites"} and name not in {"died", "distant_status"}
            dated = spec.format or "dates" in {spec.unit, self.mapping.times.unit}
            if name in _NUMBERS or (timed and not dated and not name.endswith(".found")):
                numbers.setdefault(spec.table, []).append(self._texts(spec))
        self.decimals = {table: decimal_mark(columns) for table, columns in numbers.items()}

    def _texts(self, spec: Spec) -> pl.Series:
        return (self.table.frame if spec.table is None else self.joined[spec.table][0])[spec.name]

    def place(self, spec: Spec, factor: float = 1.0, whole: bool | None = None) -> tuple[pl.Series, Coding]:
        """The cells of a column, and how they are written.

        Parameters
        ----------
        factor : units of the field in one of the table's
        whole : of numbers, whether they usually are whole; None for what is no number
        """
        texts = self._texts(spec)
        source, table = self.mapping.source, self.table
        if spec.table is not None:
            source, table = self.mapping.tables[spec.table].source, self.joined[spec.table][1]
        coding = coding_of(spec, source, factor)
        if "" in coding.codes:
            texts = texts.fill_null("")
        if whole is None and spec.positive_from is None:
            return texts, coding
        marks = marks_in(texts, source, table, self.decimals.get(spec.table), whole=bool(whole))
        return texts, replace(coding, marks=marks)

    def count(self, name: str, spec: Spec, column: Column) -> Column:
        """Take note of a column in the report."""
        source = spec.name if spec.table is None else f"{spec.table}: {spec.column}"
        self.report.column(name, source, column, self.table.rows, self.chosen)
        return column

    def covariate(self, name: str, spec: Spec) -> Column:
        """A field of a patient, of one column or of several.

        Raises
        ------
        InputError
            Amounts in a column of codes, or codes with two meanings.
        """
        if spec.ihc is not None and spec.ish is not None:
            return combined([self._field(name, spec.ish), self._field(name, spec.ihc, scores=True)], "first")
        columns = [self._field(name, part) for part in spec.parts]
        return columns[0] if len(columns) == 1 else combined(columns, "first")

    def _field(self, name: str, spec: Spec, scores: bool = False) -> Column:
        factor = UNITS.get(name, {}).get(spec.unit or "", 1.0)
        texts, coding = self.place(spec, factor, name in _WHOLE if name in _NUMBERS else None)
        place = f"columns.{name}"
        if is_coded(name) and coding.positive_from is None:
            refuse_amounts(texts, coding, place, receptor=name in RECEPTORS)
        if scores:
            coding = replace(coding, codes=IHC | dict(coding.codes))
        elif name == "her2" and coding.positive_from is None:
            coding = her2_coding(texts, coding, place)
        if spec.format:
            texts, coding = read_years(texts, spec.format, coding), replace(coding, codes={})
        return self.count(name, spec, read_covariate(name, texts, coding))

    def status(self, name: str, spec: Spec | None, choice: Choice, place: str) -> pl.Series | None:
        """Yes, no or null; of several columns the first that tells."""
        if spec is None:
            return None
        columns = []
        for part in spec.parts:
            texts, coding = self.place(part)
            refuse_amounts(texts, coding, place, receptor=False)
            columns.append(self.count(name, part, read_status(texts, choice, coding)))
        return combined(columns, "first").values

    def diagnosis(self) -> Column | None:
        """Dates of diagnosis, days since 1970."""
        spec, formats = self.mapping.times.diagnosis, self.mapping.times.format
        if spec is None:
            return None
        columns = []
        for part in spec.parts:
            texts, coding = self.place(part)
            columns.append(self.count("diagnosis", part, read_dates(texts, part.format or formats, coding)))
        return combined(columns, _how(spec))

    def time(self, name: str, spec: Spec, clock: Clock) -> Column:
        """Years since diagnosis, null where missing."""
        columns = []
        for part in spec.parts:
            unit = clock.unit_of(part)
            texts, coding = self.place(part, whole=None if unit == "dates" else unit == "days")
            columns.append(self.count(name, part, clock.read(texts, part, coding)))
        return columns[0] if len(columns) == 1 else combined(columns, _how(spec))


def marks_in(texts: pl.Series, source: Source, table: Table, shown: Mark | None, *, whole: bool) -> Marks:
    """Marks of the numbers of a column of a table, by its mapping, its numbers and its kind of file."""
    usual: Mark = "," if table.decimal_comma else "."
    return marks_of(texts, source.decimal, shown, usual, whole=whole)


def _how(spec: Spec) -> Any:
    return "latest" if spec.latest_of else "earliest" if spec.earliest_of else "first"
