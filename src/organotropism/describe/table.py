"""A table of a description: records that are written as CSV as they are, and what must be said of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Record = dict[str, Any]


@dataclass(frozen=True)
class Table:
    """Numbers of one analysis.

    Attributes
    ----------
    name : of the CSV file, without its ending
    columns : of the records, in order
    records : one dict a row; None is blank: hidden, or cannot be said
    notes : what was left out and why, whole sentences
    """

    name: str
    columns: tuple[str, ...]
    records: list[Record]
    notes: list[str] = field(default_factory=list)
