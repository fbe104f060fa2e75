"""Why: how the known factors lead from the risk of the reference population to that of the patient."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
from typing import Final

from organotropism.explain.explanation import Explanation, RiskParts
from organotropism.present import wording_explain as words
from organotropism.present.explanation import by_size, shown_risks
from organotropism.present.figures.look import DATA, FAINT, INK, PAPER, QUIET
from organotropism.present.figures.svg import document, line, text
from organotropism.present.numbers import NOTHING, percent, points
from organotropism.present.shown import last_horizon
from organotropism.present.wording_figures import site_name

#: Raising is dark and orange, lowering light and blue: told apart by hue for most and by lightness for all.
RAISE: Final = "#b3560d"
LOWER: Final = "#9cc1dc"
END: Final = "#6b7780"
_LABELS, _PANEL, _GAP, _TOP, _ROW, _BAR = 232.0, 128.0, 14.0, 74.0, 30.0, 15.0
_LABEL_LENGTH: Final = 34
#: Width inside a panel that the numbers beside the bars need.
_NUMBER: Final = 34.0


def waterfall(
    explanation: Explanation, quantity: str = "ever", horizon: float | None = None, site: str | None = None
) -> str:
    """Waterfall of the parts of each factor, as SVG; one panel for each risk.

    Parameters
    ----------
    quantity : ever, first, only, or given (given metastasis)
    horizon : years from now, one of the forecast's; None: the last that the evidence reaches
    site : one site, or ``any``; None: any distant disease and all sites

    Raises
    ------
    KeyError
        Where the forecast does not hold this risk.
    """
    at = last_horizon(explanation.forecast) if horizon is None else horizon
    if quantity == "given":
        entries = [entry for entry in explanation.risks if entry.quantity.name == "given"]
    else:
        entries = shown_risks(explanation, quantity, at)
    if site is not None:
        entries = [entry for entry in entries if (entry.quantity.site or "any") == site]
    if not entries:
        raise KeyError(f"{quantity} {site} {at}")
    factors = by_size(entries)
    rows = len(factors) + 2
    # A single panel may be wider: it has room for a finer scale.
    width = _PANEL if len(entries) > 1 else 3 * _PANEL
    total = _LABELS + len(entries) * (width + _GAP)
    body = [_heading(explanation, quantity, at, total), _row_labels(explanation, factors)]
    for place, entry in enumerate(entries):
        body.append(_panel(entry, factors, _LABELS + place * (width + _GAP), width))
    height = _TOP + rows * _ROW + 34
    foot = f"{words.SCALES} {words.BAR_NUMBERS}" if len(entries) > 1 else words.BAR_NUMBERS
    body.append(text(12, height - 10, foot, size=11, colour=QUIET))
    title = words.waterfall_title(quantity, at, explanation.forecast)
    return document(total, height, "".join(body), title, _description(explanation, entries, factors))


def _heading(explanation: Explanation, quantity: str, horizon: float, width: float) -> str:
    title = words.waterfall_title(quantity, horizon, explanation.forecast)
    pieces = [text(12, 22, title, size=14, weight="bold")]
    for x, colour, label in ((12, RAISE, words.RAISES), (142, LOWER, words.LOWERS)):
        pieces.append(_bar(x, 34, 14, colour, 11))
        pieces.append(text(x + 20, 44, label, size=12, colour=QUIET))
    pieces.append(line(12, _TOP - 4, width - _GAP, _TOP - 4, FAINT))
    return "".join(pieces)


def _row_labels(explanation: Explanation, factors: Sequence[str]) -> str:
    reference = words.reference_text(explanation.forecast.patient)
    labels = [reference, *(words.known_text(explanation, factor) for factor in factors), words.PATIENT]
    pieces = []
    for row, label in enumerate(labels):
        bold = "bold" if row in (0, len(labels) - 1) else "normal"
        lines = wrap(label, _LABEL_LENGTH)
        if len(lines) > 2:
            lines = [lines[0], f"{lines[1][: _LABEL_LENGTH - 3]}..."]
        middle = _TOP + (row + 0.5) * _ROW + 4 - 7 * (len(lines) - 1)
        pieces += [
            text(12, middle + 13 * number, part, size=12, weight=bold) for number, part in enumerate(lines)
        ]
    return "".join(pieces)


def _panel(entry: RiskParts, factors: Sequence[str], left: float, width: float) -> str:
    """One risk: a bar for the reference, one step a factor, a bar for the patient."""
    levels = [entry.reference]
    for factor in factors:
        levels.append(levels[-1] + entry.parts[factor])
    top = max(*levels, entry.risk) or 1.0
    scale = (width - _NUMBER) / top

    def x(risk: float) -> float:
        return left + max(risk, 0.0) * scale

    pieces = [text(left, _TOP - 12, site_name(entry.quantity.site or "any"), size=12, weight="bold")]
    bottom = _TOP + (len(factors) + 2) * _ROW
    pieces.append(line(left, _TOP, left, bottom, FAINT))
    for row, risk in ((0, entry.reference), (len(factors) + 1, entry.risk)):
        y = _TOP + row * _ROW + (_ROW - _BAR) / 2
        pieces.append(_bar(left, y, max(x(risk) - left, 1.0), END, _BAR))
        pieces.append(text(x(risk) + 4, y + _BAR - 3, percent(risk), size=11, weight="bold"))
    for row, factor in enumerate(factors, start=1):
        before, after = levels[row - 1], levels[row]
        y = _TOP + row * _ROW + (_ROW - _BAR) / 2
        pieces.append(line(x(before), y - _ROW + _BAR, x(before), y + _BAR, FAINT))
        shown = points(entry.parts[factor])
        if shown != NOTHING:
            ends = sorted((x(before), x(after)))
            colour = RAISE if after > before else LOWER
            pieces.append(_bar(ends[0], y, max(ends[1] - ends[0], 1.0), colour, _BAR))
            pieces.append(text(ends[1] + 4, y + _BAR - 3, shown, size=11))
        else:
            pieces.append(text(x(after) + 4, y + _BAR - 3, shown, size=11, colour=QUIET))
    last = _TOP + (len(factors) + 1) * _ROW + (_ROW - _BAR) / 2
    pieces.append(line(x(levels[-1]), last - _ROW + _BAR, x(levels[-1]), last, FAINT))
    return "".join(pieces)


def _bar(x: float, y: float, width: float, colour: str, height: float) -> str:
    edge = DATA if colour == LOWER else INK if colour == RAISE else PAPER
    return (
        f'<rect x="{x:.2f}" y="{y:.2f}" width="{width:.2f}" height="{height:g}" fill="{colour}" '
        f'stroke="{edge}" stroke-width="0.5"/>'
    )


def _description(explanation: Explanation, entries: Sequence[RiskParts], factors: Sequence[str]) -> str:
    """The figure in words."""
    said = []
    for entry in entries:
        steps = [
            f"{words.known_text(explanation, factor)} {points(entry.parts[factor])}"
            for factor in factors
            if points(entry.parts[factor]) != NOTHING
        ]
        said.append(
            f"{words.quantity_text(entry.quantity)}: {words.REFERENCE} {percent(entry.reference)}; "
            f"{'; '.join(steps)}; {words.PATIENT} {percent(entry.risk)}."
        )
    return f"Steps in percentage points. {' '.join(said)}"
