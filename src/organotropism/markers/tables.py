"""Lines of delimited text, plain or gzip: read one at a time, so that memory stays small."""

from __future__ import annotations

import csv
import gzip
import math
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from organotropism.errors import InputError

MISSING = frozenset({"", "NA", "NaN", "nan", "N/A", "n/a", "na", "null", "NULL", "None", "."})
_DELIMITERS = ("\t", ",", ";")
#: How lines begin that stand before the table: comments, and the heads of files of GEO.
_COMMENTS = ("#", "!", "^")
_GCT = re.compile(r"#1\.[23]\s*$")


@contextmanager
def opened(path: Path) -> Iterator[IO[str]]:
    """Open a text file, unpacking gzip whatever the name says.

    Raises
    ------
    InputError
        The file cannot be read, or is not UTF-8 text.
    """
    try:
        with open(path, "rb") as raw:
            zipped = raw.read(2) == b"\x1f\x8b"
        opener = gzip.open if zipped else open
        with opener(path, "rt", encoding="utf-8-sig", newline="") as text:
            yield text
    except (OSError, EOFError, zlib.error) as error:
        why = getattr(error, "strerror", None) or "damaged"
        raise InputError(f"cannot be read ({why})", file=str(path)) from error
    except UnicodeDecodeError as error:
        raise InputError("is not UTF-8 text", file=str(path)) from error


@dataclass(frozen=True)
class TextTable:
    """A delimited text file with a header line.

    Attributes
    ----------
    path : where it is
    delimiter : tab, comma or semicolon: the one that the header holds most of
    header : column names; the first is "" where the header is one cell short, as R's write.table makes it
    comments : lines before the header: comments, the head of a GCT file, or of a series matrix of GEO
    annotations : columns after the first that describe the row, as GCT has them
    skipped : lines after the header that describe the columns
    """

    path: Path
    delimiter: str
    header: tuple[str, ...]
    comments: int
    annotations: int = 0
    skipped: int = 0

    @classmethod
    def of(cls, path: Path) -> TextTable:
        """Read the header and find out how the file is delimited.

        Raises
        ------
        InputError
            The file is empty, holds one column, or nothing but comments.
        """
        comments, annotations, skipped = 0, 0, 0
        with opened(path) as text:
            line = text.readline()
            while line.startswith(_COMMENTS) or (comments and line and not line.strip()):
                comments += 1
                gct = _GCT.match(line)
                line = text.readline()
                if gct is not None:
                    annotations, skipped = _sizes(line, path, comments + 1)
                    comments, line = comments + 1, text.readline()
            second = text.readline()
        if not line.strip():
            problem = "holds no table, only lines that begin with # or !" if comments else "is empty"
            raise InputError(problem, file=str(path))
        delimiter = max(_DELIMITERS, key=line.count)
        header = _cells(line, delimiter)
        if second and len(_cells(second, delimiter)) == len(header) + 1:
            header = ["", *header]
        if len(header) < 2:
            expected = "a header and cells separated by commas, tabs or semicolons"
            if any(mark in second for mark in _DELIMITERS):
                expected = "the header there; a title above it begins with #"
            raise InputError("holds one column", file=str(path), row=comments + 1, expected=expected)
        return cls(path, delimiter, tuple(header), comments, annotations, skipped)

    def lines(self) -> Iterator[tuple[int, str, str]]:
        """Line number in the file, first cell, and the rest of the line, for each row."""
        with opened(self.path) as text:
            before = self.comments + 1 + self.skipped
            for _ in range(before):
                text.readline()
            for number, raw in enumerate(text, start=before + 1):
                line = raw.rstrip("\r\n")
                # A series matrix of GEO ends with a line of its own.
                if not line or line.startswith("!"):
                    continue
                if line.startswith('"'):
                    first, _, rest = line[1:].partition('"')
                    yield number, first, rest[1:]
                else:
                    first, _, rest = line.partition(self.delimiter)
                    yield number, first, rest

    def split(self, number: int, rest: str) -> list[str]:
        """Cells after the first of one line.

        Raises
        ------
        InputError
            The line is longer or shorter than the header.
        """
        cells = _cells(rest, self.delimiter) if '"' in rest else rest.split(self.delimiter)
        if len(cells) != len(self.header) - 1:
            raise InputError(
                f"has {len(cells) + 1} cells",
                file=str(self.path),
                row=number,
                expected=f"{len(self.header)}, as the header in line {self.comments + 1} has; lines above "
                "the header begin with # or !, without a title",
            )
        return cells

    def numbers(self, number: int, cells: list[str], columns: list[int]) -> list[float]:
        """Read the cells as numbers, NaN where missing; `columns` are their places in the header."""
        try:
            values = [float(cell) for cell in cells]
        except ValueError:
            values = [self._number(number, cell, column) for cell, column in zip(cells, columns, strict=True)]
        if math.inf in values or -math.inf in values:
            raise InputError("holds an infinite number", file=str(self.path), row=number)
        return values

    def _number(self, number: int, cell: str, column: int) -> float:
        if cell.strip().strip('"') in MISSING:
            return math.nan
        try:
            return float(cell)
        except ValueError:
            raise InputError(
                "is not a number",
                file=str(self.path),
                row=number,
                field=self.header[column],
                value=cell,
                expected="a number with a decimal point, or NA",
            ) from None

    def rows(self) -> Iterator[tuple[int, dict[str, str]]]:
        """Line number and cells by column name, for small tables."""
        for number, first, rest in self.lines():
            cells = [first, *self.split(number, rest)]
            yield number, dict(zip(self.header, cells, strict=True))


def _sizes(line: str, path: Path, number: int) -> tuple[int, int]:
    """Columns that describe rows, and rows that describe columns, by the second line of a GCT file."""
    sizes = line.split()
    if len(sizes) not in (2, 4) or not all(size.isdecimal() and len(size) < 10 for size in sizes):
        expected = "the numbers of rows and columns, as in a GCT file"
        raise InputError("holds no sizes", file=str(path), row=number, expected=expected)
    return (int(sizes[2]), int(sizes[3])) if len(sizes) == 4 else (1, 0)


def _cells(line: str, delimiter: str) -> list[str]:
    return next(csv.reader([line.rstrip("\r\n")], delimiter=delimiter), [])
