"""A nomogram as text: its points, risks by total, and how far it is from the forecast."""

from __future__ import annotations

from organotropism.explain.nomogram import Nomogram
from organotropism.present import wording_nomogram as words
from organotropism.present.console import WIDEST
from organotropism.present.numbers import percent
from organotropism.present.sections import Row, Section, sections_text


def nomogram_text(found: Nomogram, *, width: int = WIDEST, colour: bool = False) -> str:
    """Text of a nomogram.

    Parameters
    ----------
    width : columns, at most `WIDEST` are used
    colour : whether to mark headings for a terminal
    """
    rows, totals = [], []
    for row in found.rows():
        if row["kind"] == "points":
            rows.append(Row(words.FACTORS[row["factor"]], (row["level"], f"{row['points']:.0f}")))
        else:
            totals.append(Row(f"{row['points']:.0f}", (percent(row["risk"]),)))
    sections = [
        Section(words.title(found.target), ("", "points"), _without_repeats(rows)),
        Section(words.TOTAL, ("risk",), tuple(totals)),
        Section(note=f"{words.accuracy(found)} {words.basis(found)}"),
    ]
    return sections_text(sections, width=width, colour=colour)


def _without_repeats(rows: list[Row]) -> tuple[Row, ...]:
    """The rows with each factor named once."""
    named, last = [], ""
    for row in rows:
        named.append(Row("" if row.label == last else row.label, row.cells))
        last = row.label
    return tuple(named)
