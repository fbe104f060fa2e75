"""The marker card of a patient: what was measured, by compartment, and what it is worth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.text import Text

from organotropism.errors import printable
from organotropism.present import wording_markers as words
from organotropism.present.console import plain_table, rendered
from organotropism.process.document import RESEARCH_ONLY

if TYPE_CHECKING:
    from rich.console import RenderableType


@dataclass(frozen=True)
class CardLine:
    """One marker on a card; texts as they are shown, built by `wording_markers`.

    Attributes
    ----------
    compartment : where it is measured
    marker : id
    measured : what was measured
    points : where it points
    evidence : grade and what it means, and who found what
    moves : whether it moves the forecast, and why not
    """

    compartment: str
    marker: str
    measured: str
    points: str
    evidence: str
    moves: str


@dataclass(frozen=True)
class Card:
    """Card of one patient.

    Attributes
    ----------
    name : patient or sample
    subtype : sentence on the intrinsic subtype, "" where there is none
    lines : markers that were measured
    absent : sentences on those that were not, by reason
    warnings : what the reader has to know
    """

    name: str
    subtype: str
    lines: tuple[CardLine, ...]
    absent: tuple[str, ...]
    warnings: tuple[str, ...]

    def by_compartment(self) -> list[tuple[str, list[CardLine]]]:
        """Lines of each compartment, all four, in the order of the vocabulary."""
        return [
            (name, [line for line in self.lines if line.compartment == name]) for name in words.COMPARTMENTS
        ]


def card_text(card: Card, *, width: int, colour: bool) -> str:
    """A card for the terminal.

    Parameters
    ----------
    width : columns of the terminal
    colour : whether to mark headings
    """
    return rendered(_parts(card), width=width, colour=colour)


def measured_text(said: Sequence[str], *, width: int, colour: bool) -> str:
    """Sentences on the measured markers of a patient, to stand below her forecast; as `card_text`."""
    heading = Text(words.MEASURED, style="bold")
    return rendered([Text(), heading, *map(_indented, said)], width=width, colour=colour)


def _indented(text: str) -> RenderableType:
    from rich.padding import Padding

    return Padding(Text(text), (0, 0, 0, 2))


def _parts(card: Card) -> Iterator[RenderableType]:
    yield Text(f"{words.CARD}: {printable(card.name)}", style="bold")
    if card.subtype:
        yield Text(card.subtype)
    for compartment, lines in card.by_compartment():
        yield Text()
        yield Text(words.COMPARTMENTS[compartment], style="bold")
        if not lines:
            yield Text(words.NOTHING_MEASURED)
            continue
        yield _table(lines)
    yield Text()
    yield from map(Text, card.absent)
    yield from _warnings(card.warnings)
    yield Text()
    yield Text(words.KEY)
    yield Text(RESEARCH_ONLY, style="bold")


def _table(lines: Sequence[CardLine]) -> RenderableType:
    table = plain_table(*words.COLUMNS, left=len(words.COLUMNS))
    for line in lines:
        table.add_row(line.marker, line.measured, line.points, line.evidence, line.moves)
    return table


def _warnings(warnings: Sequence[str]) -> Iterator[RenderableType]:
    if warnings:
        yield Text()
        yield Text(words.WARNINGS, style="bold")
        yield from map(_indented, warnings)
