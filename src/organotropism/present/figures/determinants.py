"""Which factors decide whether and when, how many and where: bars side by side, blocks in groups."""

from __future__ import annotations

from math import ceil
from typing import Final

from organotropism.explain.blocks import BLOCKS
from organotropism.explain.determinants import Determinants, Determined, Key
from organotropism.present import wording_determinants as words
from organotropism.present.determinants import factors_of
from organotropism.present.figures.look import DATA, FAINT, INK, PAPER, QUIET
from organotropism.present.figures.svg import document, line, text

#: A factor is lighter than the sum over its block, so that grey print keeps the two apart.
BLOCK_COLOUR: Final = DATA
FACTOR_COLOUR: Final = "#9cc1dc"
_LABELS, _PANEL, _GAP, _TOP, _ROW, _BAR = 178.0, 200.0, 26.0, 92.0, 23.0, 13.0
_PARTS: Final = (
    ("whether", words.WHETHER, "R2_D, % of variation"),
    ("how many", words.HOW_MANY, "% of uncertainty removed"),
    ("where", words.WHERE, "% of uncertainty removed"),
)
_STEPS: Final = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.25)


def determinants_figure(found: Determinants) -> str:
    """Bars of what each factor and block explains, as SVG, with 95 % intervals.

    Whether is drawn on the scale of R2_D, how many and where on one common scale of entropy.
    """
    rows = _rows(found)
    ends = {part: _end(found, part) for part, _, _ in _PARTS}
    ends["how many"] = ends["where"] = max(ends["how many"], ends["where"])
    width = _LABELS + len(_PARTS) * (_PANEL + _GAP)
    bottom = _TOP + len(rows) * _ROW
    body = [text(12, 22, words.title(found), size=14, weight="bold")]
    body.append(text(12, 42, words.FIGURE_NOTE, size=11, colour=QUIET))
    for row, (name, is_block) in enumerate(rows):
        y = _TOP + (row + 0.5) * _ROW + 4
        label = words.block_label(name) if is_block else words.FACTORS[name]
        body.append(text(12 if is_block else 26, y, label, size=12, weight="bold" if is_block else "normal"))
        if is_block:
            body.append(line(12, y - _ROW / 2 - 4, width - _GAP, y - _ROW / 2 - 4, FAINT))
    for place, (part, heading, unit) in enumerate(_PARTS):
        left = _LABELS + place * (_PANEL + _GAP)
        body.append(text(left, _TOP - 26, heading, size=13, weight="bold"))
        body.append(text(left, _TOP - 10, unit, size=11, colour=QUIET))
        body.append(_axis(left, bottom, ends[part]))
        for row, (name, is_block) in enumerate(rows):
            body.append(
                _cell(found, Key(part, "explained", name), left, _TOP + row * _ROW, ends[part], is_block)
            )
    for row, (name, is_block) in enumerate(rows):
        if is_block and Key("whether", "explained", name) not in found.numbers:
            body.append(_not_known(found, name, _TOP + row * _ROW))
    return document(width, bottom + 38, "".join(body), words.title(found), words.figure_description(found))


def _rows(found: Determinants) -> list[tuple[str, bool]]:
    rows: list[tuple[str, bool]] = []
    for block in BLOCKS:
        rows.append((block, True))
        rows += [(name, False) for name in factors_of(found, block)]
    return rows


def _end(found: Determinants, part: str) -> float:
    """End of the scale: a round number beyond the longest interval of a row."""
    longest = max(
        number.high
        for key, number in found.numbers.items()
        if key[:2] == (part, "explained") and key.name != "all"
    )
    step = _step(longest)
    return ceil(longest / step - 1e-9) * step


def _step(end: float) -> float:
    return next((step for step in _STEPS if end / step <= 5), _STEPS[-1])


def _axis(left: float, bottom: float, end: float) -> str:
    pieces = [line(left, _TOP, left, bottom + 4, QUIET)]
    step = _step(end)
    for number in range(round(end / step) + 1):
        x = left + number * step / end * _PANEL
        if number:
            pieces.append(line(x, _TOP, x, bottom + 4, FAINT))
        pieces.append(text(x, bottom + 18, words.digits(number * step), size=11, anchor="middle"))
    return "".join(pieces)


def _cell(found: Determinants, key: Key, left: float, top: float, end: float, is_block: bool) -> str:
    number = found.numbers.get(key)
    if number is not None:
        return _bar(number, left, top, end, is_block)
    return text(left + 6, top + _ROW / 2 + 4, "" if is_block else words.NOT_MODELLED, size=11, colour=QUIET)


def _not_known(found: Determinants, block: str, top: float) -> str:
    """What there is on a block that the model lacks, on paper of its own: no line of a scale crosses it."""
    width = len(_PARTS) * (_PANEL + _GAP) - _GAP
    return (
        f'<rect x="{_LABELS - 1:g}" y="{top + 1:g}" width="{width + 2:g}" height="{_ROW - 2:g}" '
        f'fill="{PAPER}"/>' + text(_LABELS, top + _ROW / 2 + 4, words.not_known(found, block), size=12)
    )


def _bar(number: Determined, left: float, top: float, end: float, is_block: bool) -> str:
    scale = _PANEL / end
    y, middle = top + (_ROW - _BAR) / 2, top + _ROW / 2
    start, stop = sorted((0.0, number.value * scale))
    low, high = (left + min(max(value * scale, -_GAP / 2), _PANEL) for value in (number.low, number.high))
    colour = BLOCK_COLOUR if is_block else FACTOR_COLOUR
    whisker = f"M{low:.2f} {middle:.2f}H{high:.2f}M{low:.2f} {middle - 3:.2f}v6M{high:.2f} {middle - 3:.2f}v6"
    return (
        f'<rect x="{left + start:.2f}" y="{y:.2f}" width="{stop - start:.2f}" height="{_BAR:g}" '
        f'fill="{colour}"/>'
        f'<path d="{whisker}" stroke="{PAPER}" stroke-width="3" fill="none"/>'
        f'<path d="{whisker}" stroke="{INK}" stroke-width="1" fill="none"/>'
    )
