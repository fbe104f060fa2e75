"""Tables as CSV that no spreadsheet takes for formulas, and back.

A spreadsheet runs a cell that begins with ``=``, ``+``, ``-``, ``@``, a tab or a carriage return. Text that
comes from files (ids, names, labels) may begin so; an apostrophe before it makes it plain text. Text that
begins with an apostrophe gets another, so that `unescaped` gives back what was there. Numbers stay as they
are: a column or a cell of text that holds one is text.

Programs that read such files and know no apostrophe can ask for the text as it is: ``ORGANOTROPISM_CSV=raw``.
"""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO, StringIO
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    import polars as pl

SWITCH: Final = "ORGANOTROPISM_CSV"
#: First characters that make a formula (the wide forms are read as the plain ones), and the apostrophe.
_FIRST: Final = "=+\\-@\t\r\n'\uff1d\uff0b\uff0d\uff20"
_RISKY: Final = rf"^[ \u00a0]*[{_FIRST}]"
_ESCAPED: Final = rf"^'[ \u00a0]*[{_FIRST}]"


def escapes() -> bool:
    """Whether text is escaped: unless the environment says ``ORGANOTROPISM_CSV=raw``."""
    return os.environ.get(SWITCH) != "raw"


def escaped(text: str) -> str:
    """Text that a spreadsheet shows and does not run."""
    return f"'{text}" if re.match(_RISKY, text) else text


def unescaped(text: str) -> str:
    """The text that `escaped` was given."""
    return text[1:] if re.match(_ESCAPED, text) else text


def records_csv(records: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> str:
    """Records as CSV: a header and a line each; what a record lacks is empty."""
    content = StringIO()
    writer = csv.writer(content, lineterminator="\n")
    quoting = csv.writer(content, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    shown = escaped if escapes() else str
    writer.writerow([shown(column) for column in columns])
    for record in records:
        cells = [record.get(column) for column in columns]
        # Readers take a carriage return for the end of a line, unless it stands in quotes.
        returns = any("\r" in cell for cell in cells if isinstance(cell, str))
        (quoting if returns else writer).writerow(
            [shown(cell) if isinstance(cell, str) else cell for cell in cells]
        )
    return content.getvalue()


def frame_csv(frame: pl.DataFrame) -> str:
    """A frame as CSV."""
    content = BytesIO()
    write_frame(frame, content)
    return content.getvalue().decode()


def write_frame(frame: pl.DataFrame, file: str | Path | IO[bytes], *, header: bool = True) -> None:
    """Write a frame as CSV to a file, or to one that is open for bytes."""
    import polars as pl

    frame = escaped_frame(frame)
    returns = frame.select(pl.any_horizontal(pl.selectors.string().str.contains("\r").any()))
    quotes: Literal["non_numeric", "necessary"] = "necessary"
    if returns.width and returns.item():
        quotes = "non_numeric"
    frame.write_csv(file, include_header=header, quote_style=quotes)


def escaped_frame(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with names of columns and columns of text escaped, as the switch says."""
    if not escapes():
        return frame
    import polars as pl

    columns = []
    for name, kind in frame.schema.items():
        if kind in (pl.String, pl.Categorical, pl.Enum):
            cell = pl.col(name).cast(pl.String)
            columns.append(
                pl.when(cell.str.contains(_RISKY)).then(pl.lit("'") + cell).otherwise(cell).alias(name)
            )
    return frame.with_columns(columns).rename(escaped)


def unescaped_frame(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame that `escaped_frame` was given, where its columns of text are text."""
    import polars as pl

    columns = []
    for name, kind in frame.schema.items():
        if kind == pl.String:
            cell = pl.col(name)
            columns.append(
                pl.when(cell.str.contains(_ESCAPED)).then(cell.str.slice(1)).otherwise(cell).alias(name)
            )
    return frame.with_columns(columns).rename(unescaped)
