"""The explanation of a forecast as text: parts of each factor, on the scale of risks and on the log scale."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from rich.text import Text

from organotropism.explain.explanation import Explanation, LogParts, RiskParts
from organotropism.present import wording
from organotropism.present import wording_explain as words
from organotropism.present.console import WIDEST, plain_table, rendered
from organotropism.present.numbers import NOTHING, percent, points
from organotropism.present.shown import last_horizon
from organotropism.process.document import RESEARCH_ONLY

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

_LABEL_WIDTH = 38


def explanation_text(
    explanation: Explanation, quantity: str = "ever", *, width: int = WIDEST, colour: bool = False
) -> str:
    """Text of an explanation at the last horizon of its forecast.

    Parameters
    ----------
    quantity : ever, first or only
    width : columns, at most `WIDEST` are used
    colour : whether to mark headings for a terminal
    """
    parts = (_head(explanation), _risks(explanation, quantity), _logs(explanation), _foot(explanation))
    return rendered(chain.from_iterable(parts), width=width, colour=colour)


def shown_risks(explanation: Explanation, quantity: str, horizon: float) -> list[RiskParts]:
    """Parts of any distant disease, where that is open, and of `quantity` of each open site."""
    return [
        entry
        for entry in explanation.risks
        if entry.quantity.name in ("any", quantity) and entry.quantity.years == horizon
    ]


def by_size(entries: Sequence[RiskParts]) -> list[str]:
    """The known factors, largest part in any of the risks first."""
    size = {factor: max(abs(entry.parts[factor]) for entry in entries) for factor in entries[0].parts}
    return sorted(size, key=lambda factor: -size[factor])


def _head(explanation: Explanation) -> Iterator[RenderableType]:
    forecast = explanation.forecast
    yield Text(wording.title(forecast), style="bold")
    yield Text(wording.start(forecast.patient))
    yield Text(wording.level(forecast))


def _risks(explanation: Explanation, quantity: str) -> Iterator[RenderableType]:
    horizon = last_horizon(explanation.forecast)
    timed = shown_risks(explanation, quantity, horizon)
    given = [entry for entry in explanation.risks if entry.quantity.name in ("given", "several")]
    yield Text()
    yield Text(words.risk_heading(quantity, horizon, explanation.forecast), style="bold")
    yield _risk_table(explanation, timed, "any")
    if given:
        yield Text()
        yield Text(wording.GIVEN, style="bold")
        yield _risk_table(explanation, given, "several")
    yield Text(words.RISK_NOTE)


def _risk_table(explanation: Explanation, entries: Sequence[RiskParts], without_site: str) -> RenderableType:
    table = _table(entry.quantity.site or without_site for entry in entries)
    table.add_row(words.REFERENCE, *(percent(entry.reference) for entry in entries))
    for factor in by_size(entries):
        parts = [points(entry.parts[factor]) for entry in entries]
        if set(parts) != {NOTHING}:
            table.add_row(words.known_text(explanation, factor), *parts)
    table.add_row(words.PATIENT, *(percent(entry.risk) for entry in entries), style="bold")
    for block in entries[0].blocks:
        table.add_row(f"of this {block}", *(points(entry.blocks[block]) for entry in entries), style="dim")
    return table


def _logs(explanation: Explanation) -> Iterator[RenderableType]:
    rate = () if explanation.log_rate is None else (explanation.log_rate,)
    entries: tuple[LogParts, ...] = (*rate, *explanation.log_odds)
    if not entries:
        return
    yield Text()
    yield Text("Log scale", style="bold")
    table = _table(entry.site or "log rate" for entry in entries)
    known = sorted(
        explanation.known, key=lambda factor: -max(abs(entry.parts[factor]) for entry in entries)
    )
    for factor in known:
        table.add_row(
            words.known_text(explanation, factor), *(_signed(entry.parts, (factor,)) for entry in entries)
        )
    unknown = [factor for factor in entries[0].parts if factor not in known]
    if unknown:
        table.add_row(words.UNKNOWN, *(_signed(entry.parts, unknown) for entry in entries))
    table.add_row(words.SUM, *(_signed(entry.parts, list(entry.parts)) for entry in entries), style="bold")
    for block in entries[0].blocks:
        table.add_row(f"of this {block}", *(_number(entry.blocks[block]) for entry in entries), style="dim")
    yield table
    yield Text(words.LOG_NOTE if rate else words.LOG_NOTE_FURTHER)


def _table(headers: Iterable[str]) -> Table:
    table = plain_table("", *headers)
    table.columns[0].max_width = _LABEL_WIDTH
    return table


def _signed(parts: Mapping[str, float], factors: Sequence[str]) -> str:
    return _number(sum(parts[factor] for factor in factors))


def _number(value: float) -> str:
    """A log ratio with two decimals and its sign, a dot where that would be zero."""
    return NOTHING if abs(value) < 0.005 else f"{value:+.2f}"


def _foot(explanation: Explanation) -> Iterator[RenderableType]:
    model = explanation.forecast.table.model
    yield Text()
    yield Text(words.NOT_ESTIMABLE)
    yield Text(f"Model: {model.name}, version {model.version}.")
    yield Text(RESEARCH_ONLY, style="bold")
