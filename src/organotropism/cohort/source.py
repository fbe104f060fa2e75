"""Tables as they lie on disk: CSV, TSV, Parquet, Excel; only the columns asked for, as text, row by row.

Memory holds the columns asked for, whatever the width of the table. Lines that are no records are counted,
never dropped silently; what cannot be a table at all is refused.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TextIO

import numpy as np
from numpy.typing import NDArray

from organotropism.cohort.workbook import Sheet, read_sheet
from organotropism.errors import InputError, gather
from organotropism.parquet_files import refusing_damage

if TYPE_CHECKING:
    import polars as pl

Ints = NDArray[np.int64]
Progress = Callable[[int], None]

MOST_ROWS: Final = 10_000_000
"""A longer table is refused: it has to be parted by its owner."""

LARGEST_WORKBOOK: Final = 100_000_000
"""Bytes. A workbook is held in memory as a whole."""

EMPTY: Final = "an empty row"
"""Reason for a row without anything in it; sheets have many below their tables, which are not counted."""

LONGEST_CELL: Final = 200
"""Characters kept of a cell; nothing that is read has more."""

#: What Excel is told in a first line.
SEPARATOR: Final = re.compile(r'"?sep=(.)"?', re.IGNORECASE)
_LONGEST_LINE: Final = 1_000_000
_PART: Final = 50_000
TEXT: Final = frozenset({".csv", ".tsv", ".tab", ".txt"})
WORKBOOK: Final = frozenset({".xlsx", ".xls", ".xlsb", ".xlsm", ".ods"})
DELIMITERS: Final = ",;\t|"
_ENDINGS: Final = ".csv, .tsv, .txt, .parquet, .xlsx, .xls or .ods"


@dataclass(frozen=True)
class Format:
    """What a file does not say of itself.

    Attributes
    ----------
    delimiter : of a text table; None: the commonest of comma, semicolon, tab and bar in its header
    quotes : whether cells of a text table may stand in double quotes
    sheet : name in a workbook; None: the first
    skip : rows above the header, comments aside, that are none of the table
    """

    delimiter: str | None = None
    quotes: bool = True
    sheet: str | None = None
    skip: int = 0


PLAIN: Final = Format()


@dataclass
class Table:
    """A table as read.

    Attributes
    ----------
    file : its name, without folders
    frame : the columns asked for, as text; null where empty
    rows : (n,) line of a text file or row of a sheet; in Parquet the number of the record, from 1
    columns : names of all columns of the file
    faults : reasons why rows are not in `frame`, with their numbers
    other_encoding : rows that are not UTF-8; they were read as Windows-1252
    decimal_comma : whether numbers may have one: columns are parted by semicolons
    """

    file: str
    frame: pl.DataFrame
    rows: Ints
    columns: tuple[str, ...]
    faults: dict[str, list[int]] = field(default_factory=dict)
    other_encoding: list[int] = field(default_factory=list)
    decimal_comma: bool = False

    @property
    def read(self) -> int:
        """Number of rows of the file, without header and empty lines."""
        return len(self.rows) + sum(map(len, self.faults.values()))


def read_table(
    path: Path,
    wanted: Sequence[str] | None,
    form: Format = PLAIN,
    *,
    most: int | None = None,
    progress: Progress | None = None,
) -> Table:
    """Read the wanted columns of a table.

    Parameters
    ----------
    wanted : names of columns; None: all
    form : what the file does not say of itself
    most : rows to read at most, as for a first look, which may find none; None: all, and none, or more than
        `MOST_ROWS`, are refused
    progress : called with the number of rows of each part as it was read

    Raises
    ------
    InputError
        No such file, another kind of file, a column that is not there, a damaged file, no rows.
    """
    file, kind = str(path), path.suffix.lower()
    readers = dict.fromkeys(TEXT, _read_text) | dict.fromkeys(WORKBOOK, _read_workbook)
    reader = (readers | {".parquet": _read_parquet}).get(kind)
    if reader is None:
        raise InputError("is not a table", expected=f"a {_ENDINGS} file", file=file)
    try:
        with open(path, "rb"):
            pass
        table = reader(path, wanted, form, most, progress or (lambda _: None))
    except InputError as error:
        raise error.at(file=file) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "damaged"
        raise InputError(f"cannot be read ({reason})", file=file) from None
    if table.read == 0 and most is None:
        raise InputError("has no rows", expected="at least one below the header", file=file)
    return table


def _places(header: Sequence[str], wanted: Sequence[str] | None) -> list[int]:
    """Positions of the wanted columns."""
    problems = []
    if wanted is None:
        # Columns without a name of their own cannot be asked for.
        wanted = [name for name in header if name and header.count(name) == 1]
    names = list(dict.fromkeys(wanted))
    for name in names:
        if header.count(name) > 1:
            problems.append(InputError("is the name of two columns", value=name))
        elif name not in header:
            near, expected = _nearest(name, header), None
            if sum(bool(found) and "UNNAMED" not in found for found in header) < 2 and len(names) > 1:
                expected = "a header in the first row; [source] skip = 1 passes over a title above it"
            problem = f"is not a column of the table{near}"
            problems.append(InputError(problem, value=name, expected=expected))
    if problems:
        raise gather(problems)
    return [header.index(name) for name in names]


def _nearest(name: str, header: Sequence[str]) -> str:
    """The column that was meant, only if nearly the same: a table without a header has values there."""
    near = get_close_matches(name, header, n=1, cutoff=0.8)
    return f' (did you mean "{near[0]}"?)' if near else ""


def _read_text(
    path: Path, wanted: Sequence[str] | None, form: Format, most: int | None, progress: Progress
) -> Table:
    encoding = encoding_of(path)
    with open(path, encoding=encoding, errors="surrogateescape", newline="") as stream:
        lines = lines_of(stream)
        skipped, first, told = _header_line(lines, form.skip)
        delimiter = form.delimiter or told or max(DELIMITERS, key=first.count)
        dialect = _dialect(delimiter, form.quotes)
        reader = csv.reader(_after(first, lines), dialect)
        try:
            header = [_decoded(name.strip()) for name in next(reader, [])]
        except csv.Error as error:
            raise InputError(f"cannot be read as a table ({error})", row=skipped + 1) from None
        if not any(header):
            raise InputError("has no header", expected="names of columns in the first line")
        keep = _places(header, wanted)
        table = Table(path.name, _text_frame([], header, keep), np.zeros(0, np.int64), tuple(header))
        table.decimal_comma = delimiter == ";"
        _fill(table, _records(reader, skipped), keep, most, progress)
    return table


def _dialect(mark: str, quotes: bool) -> type[csv.Dialect]:
    """A dialect in which nothing is guessed."""

    class Cells(csv.excel):
        delimiter = mark
        strict = True
        quoting = csv.QUOTE_MINIMAL if quotes else csv.QUOTE_NONE

    return Cells


def encoding_of(path: Path) -> str:
    """UTF-16 where the file begins so, else UTF-8."""
    with open(path, "rb") as file:
        start = file.read(2)
    return "utf-16" if start in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"


def lines_of(stream: TextIO) -> Iterator[str]:
    """Lines of a file; one too long to be a record is refused."""
    for number, line in enumerate(iter(lambda: stream.readline(_LONGEST_LINE), ""), start=1):
        if len(line) == _LONGEST_LINE:
            raise InputError("is too long to be a record", row=number)
        yield line


def _header_line(lines: Iterator[str], skip: int) -> tuple[int, str, str | None]:
    """Number of lines above the header, the header, and the delimiter that a line ``sep=;`` told."""
    delimiter, left = None, skip
    for skipped, line in enumerate(lines):
        told = SEPARATOR.fullmatch(line.strip("\r\n\ufeff")) if skipped == 0 else None
        if told is not None:
            delimiter = told[1]
        elif line.startswith("#") or not line.strip():
            continue
        elif left:
            left -= 1
        else:
            return skipped, line, delimiter
    return 0, "", delimiter


def _after(first: str, lines: Iterator[str]) -> Iterator[str]:
    yield first
    yield from lines


def _records(reader: Any, skipped: int) -> Iterator[tuple[int, list[str]]]:
    """Row and cells of each record; a record may run over several lines: its row is the first of them."""
    before = reader.line_num
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            # An open quote swallows what follows: the rows after it cannot be told apart.
            problem = f"cannot be read as a table ({error})"
            raise InputError(problem, row=skipped + before + 1) from None
        if cells is None:
            return
        if cells:
            yield skipped + before + 1, cells
        before = reader.line_num


def _fill(
    table: Table,
    records: Iterator[tuple[int, list[str]]],
    keep: list[int],
    most: int | None,
    progress: Progress,
) -> None:
    import polars as pl

    numbers, frames = [table.rows], [table.frame]
    # One record at a time is held whole: of a wide table few columns are wanted.
    picked = _picked(table, records, keep)
    while part := list(islice(picked, _PART if most is None else min(_PART, most - table.read))):
        good = [(row, cells) for row, cells in part if cells is not None]
        numbers.append(np.array([row for row, _ in good], np.int64))
        frames.append(_text_frame([cells for _, cells in good], table.columns, keep))
        table.rows = np.concatenate(numbers)
        _refuse_long(table.read, most)
        progress(len(part))
    table.frame = pl.concat(frames)


def _picked(
    table: Table, records: Iterator[tuple[int, list[str]]], keep: list[int]
) -> Iterator[tuple[int, list[str] | None]]:
    """Row and wanted cells of each record, None for an empty one and for one of another length."""
    width = len(table.columns)
    for row, cells in records:
        if len(cells) != width:
            reason = f"{'more' if len(cells) > width else 'fewer'} cells than the header"
            table.faults.setdefault(reason, []).append(row)
            yield row, None
            continue
        if not any(cell and not cell.isspace() for cell in cells):
            table.faults.setdefault(EMPTY, []).append(row)
            yield row, None
            continue
        kept = [cells[place] for place in keep]
        if not all(cell.isascii() for cell in kept):
            fixed = [_decoded(cell) for cell in kept]
            if fixed != kept:
                table.other_encoding.append(row)
            kept = fixed
        yield row, kept


def _decoded(cell: str) -> str:
    """The cell with bytes that are no UTF-8 read as Windows-1252."""
    try:
        cell.encode()
    except UnicodeEncodeError:
        return cell.encode("utf-8", "surrogateescape").decode("cp1252", "replace")
    return cell


def _text_frame(records: list[list[str]], header: Sequence[str], keep: list[int]) -> pl.DataFrame:
    import polars as pl

    columns = zip(*records, strict=True) if records else [() for _ in keep]
    frame = pl.DataFrame(
        [pl.Series(header[place], cells, pl.String) for place, cells in zip(keep, columns, strict=True)]
    )
    return _tidied(frame)


def _tidied(frame: pl.DataFrame) -> pl.DataFrame:
    """Cells trimmed and cut, empty ones null."""
    import polars as pl

    text = pl.all().str.strip_chars().str.slice(0, LONGEST_CELL)
    return frame.select(text.replace("", None))


def _refuse_long(read: int, most: int | None) -> None:
    if most is None and read > MOST_ROWS:
        raise InputError(f"has more than {MOST_ROWS:,} rows", expected="a table in parts, one import each")


def _read_parquet(
    path: Path, wanted: Sequence[str] | None, form: Format, most: int | None, progress: Progress
) -> Table:
    import polars as pl

    with refusing_damage("is damaged, or holds columns that are no text, number, date or yes/no"):
        lazy = pl.scan_parquet(path, glob=False)
        header = lazy.collect_schema().names()
        names = [header[place] for place in _places(header, wanted)]
        total = int(lazy.select(pl.len()).collect().item())
        _refuse_long(total, most)
        total = total if most is None else min(total, most)
        frames = [pl.DataFrame(schema=dict.fromkeys(names, pl.String))]
        for start in range(0, total, _PART):
            part = lazy.select(names).slice(start, min(_PART, total - start)).collect()
            frames.append(_tidied(part.cast(pl.String)))
            progress(len(part))
    return Table(path.name, pl.concat(frames), np.arange(1, total + 1), tuple(header))


def _read_workbook(
    path: Path, wanted: Sequence[str] | None, form: Format, most: int | None, progress: Progress
) -> Table:
    import polars as pl

    if path.stat().st_size > LARGEST_WORKBOOK:
        raise InputError("is too large for a workbook", expected="at most 100 MB, or a .csv or .parquet file")
    frame = read_sheet(Sheet(str(path), form.sheet, form.skip, most))
    _refuse_long(len(frame), most)
    header = [name.strip() for name in frame.columns]
    frame.columns = header
    names = [header[place] for place in _places(header, wanted)]
    rows = np.arange(2, len(frame) + 2) + form.skip
    filled = _tidied(frame)
    kept = ~filled.select(pl.all_horizontal(pl.all().is_null())).to_series().to_numpy()
    progress(len(frame))
    return Table(path.name, filled.select(names).filter(kept), rows[kept], tuple(header))
