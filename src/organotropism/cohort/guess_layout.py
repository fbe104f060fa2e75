"""Layout of a table that a mapping is guessed for: delimiter, title rows above the header, decimal mark."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from organotropism.cohort.numbers import Mark, decimal_mark
from organotropism.cohort.source import (
    DELIMITERS,
    SEPARATOR,
    TEXT,
    WORKBOOK,
    Format,
    Table,
    encoding_of,
    lines_of,
    read_table,
)

_LOOKED_AT: Final = 30


@dataclass(frozen=True)
class Layout:
    """How a table lies in its file.

    Attributes
    ----------
    form : as the reader wants it
    decimal : mark that the numbers show, None where they show none
    """

    form: Format
    decimal: Mark | None

    def lines(self, table: Table) -> Iterator[str]:
        """The section of a mapping; none where nothing is unusual."""
        entries = [f"skip = {self.form.skip}"] * bool(self.form.skip)
        if table.decimal_comma:
            entries.append('delimiter = ";"')
        if self.decimal == "," or (table.decimal_comma and self.decimal is None):
            entries.append('decimal = ","')
        elif table.decimal_comma:
            entries.append('decimal = "."')
        if entries:
            yield from ("[source]", *entries, "")


def layout_of(path: Path) -> Layout:
    """Look at the first rows of a file."""
    form = Format(skip=_title_rows(path))
    table = read_table(path, None, form, most=_LOOKED_AT * 10)
    return Layout(form, decimal_mark(table.frame.get_columns()))


def _title_rows(path: Path) -> int:
    """Rows above the header: those with fewer cells than half of the fullest one."""
    rows = first_rows(path, _LOOKED_AT)
    filled = [sum(bool(cell.strip()) for cell in row) for row in rows]
    fullest = max(filled, default=0)
    if fullest < 3:
        return 0
    return next(number for number, count in enumerate(filled) if 2 * count > fullest)


def first_rows(path: Path, count: int) -> list[list[str]]:
    """The first rows of a text table or a workbook as cells, the header and titles above it included.

    A file of another kind, or one that cannot be read, has none here: `read_table` says what is wrong.
    """
    kind = path.suffix.lower()
    try:
        if kind in WORKBOOK:
            return _first_of_book(path, count)
        if kind not in TEXT:
            return []
        with open(path, encoding=encoding_of(path), errors="replace", newline="") as stream:
            lines = [line for line in islice(lines_of(stream), 2 * count) if not line.startswith("#")]
    except (ImportError, OSError, ValueError):
        return []
    told = SEPARATOR.fullmatch(lines[0].strip("\r\n")) if lines else None
    lines = [line for line in lines[told is not None :] if line.strip()][:count]
    delimiter = told[1] if told else max(DELIMITERS, key=lambda mark: sum(line.count(mark) for line in lines))
    try:
        return list(csv.reader(lines, delimiter=delimiter))
    except csv.Error:
        return []


def _first_of_book(path: Path, count: int) -> list[list[str]]:
    import fastexcel

    try:
        sheet = fastexcel.read_excel(path).load_sheet(0, header_row=None, dtypes="string", n_rows=count)
    except fastexcel.FastExcelError:
        return []
    return [[cell or "" for cell in row] for row in sheet.to_polars().iter_rows()]
