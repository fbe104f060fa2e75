"""A small table that a user typed or exported: its delimiter is found out, its header checked."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from io import StringIO
from typing import Final

from organotropism.errors import InputError, did_you_mean, gather

_DELIMITERS: Final = (",", ";", "\t", "|")
#: Excel's line that names the delimiter.
_EXCEL: Final = "sep="


def rows_of(
    text: str, file: str, columns: Mapping[str, bool], most_rows: int
) -> Iterator[tuple[int, dict[str, str]]]:
    """Line and cells of every row that is not blank.

    Parameters
    ----------
    text : delimited by commas, semicolons, tabs or bars, with a header
    file : its name in messages
    columns : those that there may be, and whether they are needed

    Raises
    ------
    InputError
        The header or a line does not fit, one message for each fault.
    """
    start = 0
    if text[:20].casefold().startswith(_EXCEL):
        # The line stays in the count.
        start, text = 1, text.partition("\n")[2]
    delimiter = _delimiter(text, columns)
    reader = csv.reader(StringIO(text), strict=True, delimiter=delimiter)
    try:
        header = [_column(name) for name in next(reader, [])]
        _check_header(header, file, columns, start + 1)
        for count, cells in enumerate((line for line in reader if any(map(str.strip, line))), start=1):
            line = start + reader.line_num
            if count > most_rows:
                raise InputError(f"has more than {most_rows} rows", file=file)
            if len(cells) != len(header):
                expected = f"{len(header)} as in the header"
                if delimiter == "," and len(cells) > len(header):
                    expected += "; a text that holds a comma stands in quotation marks"
                raise InputError(f"has {len(cells)} cells", file=file, row=line, expected=expected)
            row = {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
            yield line, row if delimiter == "," else {name: _pointed(cell) for name, cell in row.items()}
    except csv.Error as error:
        line = start + reader.line_num
        raise InputError(f"cannot be read as CSV ({error})", file=file, row=line) from None


def _pointed(cell: str) -> str:
    """A number with a decimal comma as one with a point; three digits after it may be thousands, and stay."""
    whole, mark, part = cell.partition(",")
    number = mark and whole.removeprefix("-").isdecimal() and part.isdecimal() and len(part) != 3
    return f"{whole}.{part}" if number else cell


def _column(name: str) -> str:
    return name.strip().casefold().replace(" ", "_")


def _delimiter(text: str, columns: Mapping[str, bool]) -> str:
    """The delimiter by which the first line holds most names of columns."""
    first = text.partition("\n")[0]
    return max(
        _DELIMITERS, key=lambda mark: sum(_column(n.strip('"\r')) in columns for n in first.split(mark))
    )


def _check_header(header: list[str], file: str, columns: Mapping[str, bool], line: int) -> None:
    if not any(name in columns for name in header):
        needed = ", ".join(name for name, must in columns.items() if must)
        raise InputError(
            "has no header: its first line names no column",
            file=file,
            row=line,
            expected=f"the names of the columns, with commas, semicolons or tabs between them: {needed}, ...",
        )
    problems = [
        InputError(f"is not a column{did_you_mean(name, columns)}", value=name, file=file, row=line)
        for name in header
        if name not in columns
    ]
    missing = [name for name, must in columns.items() if must and name not in header]
    if missing:
        word = "the column" if len(missing) == 1 else "the columns"
        problems.append(InputError(f"lacks {word} {', '.join(missing)}", file=file, row=line))
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        problems.append(InputError(f"has a column twice: {', '.join(twice)}", file=file, row=line))
    if problems:
        raise gather(problems)
