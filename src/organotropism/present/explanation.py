"""The explanation of a forecast as text or page: parts of each factor in risks and on the log scale."""

from __future__ import annotations

from collections.abc import Sequence

from organotropism.explain.explanation import Explanation, LogParts, RiskParts
from organotropism.present import wording
from organotropism.present import wording_explain as words
from organotropism.present.console import WIDEST
from organotropism.present.numbers import NOTHING, percent, points
from organotropism.present.sections import Row, Section, sections_page, sections_text
from organotropism.present.shown import last_horizon
from organotropism.process.document import RESEARCH_ONLY


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
    head = Section(wording.title(explanation.forecast), note=_state(explanation))
    return sections_text([head, *_sections(explanation, quantity)], width=width, colour=colour)


def explanation_page(explanation: Explanation, figure: str, quantity: str = "ever") -> str:
    """The same as one page of HTML, with a figure (SVG)."""
    head = Section(figure=figure, note=_state(explanation))
    return sections_page(wording.title(explanation.forecast), [head, *_sections(explanation, quantity)])


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


def _state(explanation: Explanation) -> str:
    forecast = explanation.forecast
    return f"{wording.start(forecast.patient)} {wording.level(forecast)}"


def _sections(explanation: Explanation, quantity: str) -> list[Section]:
    forecast = explanation.forecast
    horizon = last_horizon(forecast)
    timed = shown_risks(explanation, quantity, horizon)
    given = [entry for entry in explanation.risks if entry.quantity.name in ("given", "several")]
    found = [_risks(explanation, timed, words.risk_heading(quantity, horizon, forecast), "any")]
    if given:
        found.append(_risks(explanation, given, wording.GIVEN, "several"))
    model = forecast.table.model
    return [
        *found,
        Section(note=words.RISK_NOTE),
        _logs(explanation),
        Section(note=words.not_estimable(explanation)),
        Section(note=f"Model: {model.name}, version {model.version}. {RESEARCH_ONLY}"),
    ]


def _risks(explanation: Explanation, entries: Sequence[RiskParts], heading: str, no_site: str) -> Section:
    ends = [tuple(percent(risk) for risk in risks) for risks in zip(*map(_ends, entries), strict=True)]
    rows = [Row(words.reference_text(explanation.forecast.patient), ends[0])]
    for factor in by_size(entries):
        parts = tuple(points(entry.parts[factor]) for entry in entries)
        if set(parts) != {NOTHING}:
            rows.append(Row(words.known_text(explanation, factor), parts))
    rows.append(Row(words.PATIENT, ends[1], "strong"))
    for block in entries[0].blocks:
        shown = tuple(points(entry.blocks[block]) for entry in entries)
        rows.append(Row(words.of_this(block), shown, "quiet"))
    headers = tuple(entry.quantity.site or no_site for entry in entries)
    return Section(heading, headers, tuple(rows))


def _ends(entry: RiskParts) -> tuple[float, float]:
    return entry.reference, entry.risk


def _logs(explanation: Explanation) -> Section:
    rate = () if explanation.log_rate is None else (explanation.log_rate,)
    entries: tuple[LogParts, ...] = (*rate, *explanation.log_odds)
    known = sorted(explanation.known, key=lambda factor: -max(abs(entry.parts[factor]) for entry in entries))
    rows = [
        Row(words.known_text(explanation, factor), tuple(_number(entry.parts[factor]) for entry in entries))
        for factor in known
    ]
    unknown = [factor for factor in entries[0].parts if factor not in known]
    if unknown:
        sums = [sum(entry.parts[factor] for factor in unknown) for entry in entries]
        rows.append(Row(words.UNKNOWN, tuple(map(_number, sums))))
    rows.append(Row(words.SUM, tuple(_number(entry.total) for entry in entries), "strong"))
    for block in entries[0].blocks:
        shown = tuple(_number(entry.blocks[block]) for entry in entries)
        rows.append(Row(words.of_this(block), shown, "quiet"))
    headers = tuple(entry.site or "log rate" for entry in entries)
    return Section("Log scale", headers, tuple(rows), words.LOG_NOTE if rate else words.LOG_NOTE_FURTHER)


def _number(value: float) -> str:
    """A log ratio with two decimals and its sign, a dot where that would be zero."""
    return NOTHING if abs(value) < 0.005 else f"{value:+.2f}"
