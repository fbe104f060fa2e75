"""What is known while a mapping is guessed: the table, which columns are taken, and why others are not."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from organotropism.cohort.columns import Column
from organotropism.cohort.numbers import Mark, Marks, marks_of
from organotropism.cohort.source import Table

if TYPE_CHECKING:
    import polars as pl

__all__ = [
    "MOST_CODES",
    "Guessed",
    "Table",
    "assignment",
    "codes",
    "quoted",
    "readable",
    "text_list",
    "unread",
]

MOST_CODES: Final = 15
_FEW: Final = 4


@dataclass
class Guessed:
    """A table and what its columns were taken for.

    Attributes
    ----------
    table : its first rows
    decimal : decimal mark of its numbers
    taken : column to its place in the mapping
    left : column to why it was not taken
    """

    table: Table
    decimal: Mark | None
    taken: dict[str, str] = field(default_factory=dict)
    left: dict[str, str] = field(default_factory=dict)

    @property
    def free(self) -> list[str]:
        """Columns that are not taken."""
        return [name for name in self.table.frame.columns if name not in self.taken]

    def texts(self, column: str) -> pl.Series:
        """Cells of a column."""
        return self.table.frame[column]

    def take(self, column: str, place: str) -> None:
        """Take a column for a place of the mapping."""
        self.taken[column] = f"{self.taken[column]} and {place}" if column in self.taken else place

    def leave(self, column: str, reason: str) -> None:
        """Say why a column was not taken."""
        self.left.setdefault(column, reason)

    def marks(self, column: str, *, whole: bool) -> Marks:
        """Marks of the numbers of a column."""
        usual: Mark = "," if self.table.decimal_comma else "."
        return marks_of(self.texts(column), None, self.decimal, usual, whole=whole)


def readable(texts: pl.Series, read: Column) -> float:
    """Share of the cells with something in them that were read or mean unknown."""
    present = texts.drop_nulls()
    return 1.0 if not len(present) else 1.0 - float(read.unknown_code.sum()) / len(present)


def unread(texts: pl.Series, read: Column) -> list[str] | None:
    """Texts that cannot be read, None where there are too many to be codes."""
    import polars as pl

    found = texts.filter(pl.Series(read.unknown_code)).unique(maintain_order=True)
    # A code is short and few; anything else may be a value of one patient, and stays in the table.
    # Answers of a questionnaire are long, and few.
    if len(found) > MOST_CODES or (len(found) > _FEW and (found.str.len_chars() > 40).any()):
        return None
    return sorted(found.to_list())


def quoted(text: str) -> str:
    """A basic string of TOML, which shares its escapes with JSON."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def assignment(name: str, parts: Sequence[str]) -> str:
    """One line of a mapping: the name of a column alone, or a table of its parts."""
    if len(parts) == 1 and parts[0].startswith("column = "):
        return f"{name} = {parts[0].removeprefix('column = ')}"
    return f"{name} = {{ {', '.join(parts)} }}"


def codes(texts: Iterable[str], words: Iterable[str]) -> str:
    """The codes of a column."""
    pairs = (f"{quoted(text)} = {quoted(word)}" for text, word in zip(texts, words, strict=True))
    return f"codes = {{ {', '.join(pairs)} }}"


def text_list(items: Iterable[str]) -> str:
    """A list of TOML."""
    return "[" + ", ".join(map(quoted, items)) + "]"
