"""A nomogram as it is known in print: lines of points, their total, and the risk below it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Final

import numpy as np

from organotropism.explain.nomogram import LONGEST, Nomogram, Scale
from organotropism.present import wording_nomogram as words
from organotropism.present.figures.look import FAINT, INK, PAPER, QUIET
from organotropism.present.figures.svg import document, line, text

_LEFT, _WIDTH, _RIGHT, _TOP, _ROW = 150.0, 720.0, 44.0, 92.0, 56.0
_SIZE: Final = 12
_LETTER: Final = 6.9
#: Least distance of two labels.
_SPACE: Final = 7.0
#: Risks that a reader looks for; those too close to one another are left out.
_RISKS: Final = (
    *(0.001, 0.002, 0.003, 0.005, 0.007, 0.01, 0.015, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.08),
    *(
        0.1,
        0.15,
        0.2,
        0.25,
        0.3,
        0.35,
        0.4,
        0.45,
        0.5,
        0.55,
        0.6,
        0.65,
        0.7,
        0.75,
        0.8,
        0.85,
        0.9,
        0.95,
        0.99,
    ),
)
_ROUND: Final = frozenset(
    {0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9}
)


def nomogram_figure(found: Nomogram) -> str:
    """Draw a nomogram as SVG."""
    scales = [scale for scale in found.scales if scale.points.max() >= 0.5]
    bottom = _TOP + len(scales) * _ROW + 22
    body = [text(12, 24, words.title(found.target), size=15, weight="bold")]
    body.append(text(12, 44, words.HOW, size=11, colour=QUIET))
    body.append(_points(bottom - 4))
    for number, scale in enumerate(scales, start=1):
        body.append(_factor(scale, _TOP + number * _ROW))
    body.append(_total(found, bottom + 44))
    body.append(_risk(found, bottom + 100))
    foot = [*wrap(words.accuracy(found), 168), *wrap(words.basis(found), 168)]
    for number, part in enumerate(foot):
        body.append(text(12, bottom + 146 + 16 * number, part, size=11, colour=QUIET))
    height = bottom + 146 + 16 * len(foot)
    description = f"{_words(found)} {words.accuracy(found)}"
    return document(_LEFT + _WIDTH + _RIGHT, height, "".join(body), words.title(found.target), description)


def _x(points: float, longest: float = LONGEST) -> float:
    return _LEFT + points / longest * _WIDTH


def _points(bottom: float) -> str:
    """The line of points on top, with faint lines down through the factors."""
    pieces = [text(12, _TOP + 4, words.POINTS, size=13, weight="bold")]
    for points in range(0, 101, 5):
        x = _x(points)
        if points % 10 == 0:
            pieces.append(line(x, _TOP, x, bottom, FAINT))
            pieces.append(text(x, _TOP - 10, str(points), size=_SIZE, anchor="middle"))
        pieces.append(_tick(x, _TOP, 7 if points % 10 == 0 else 4))
    pieces.append(line(_x(0), _TOP, _x(100), _TOP, INK))
    return "".join(pieces)


def _factor(scale: Scale, y: float) -> str:
    """One factor: a line from its lowest to its highest points, with its levels."""
    pieces = [text(12, y + 4, words.FACTORS[scale.axis.factor], size=13, weight="bold")]
    pieces.append(line(_x(0), y, _x(float(scale.points.max())), y, INK))
    pieces += [_tick(_x(float(points)), y, 4, both=True) for points in scale.points]
    pieces += [_label(placed, y) for placed in _placed(scale)]
    pieces.append(f'<circle cx="{_x(scale.unknown):.2f}" cy="{y:g}" r="3.5" fill="{PAPER}" stroke="{INK}"/>')
    return "".join(pieces)


@dataclass(frozen=True)
class _Placed:
    """A label: its ends, its side, the anchor of its text, and the line of text it stands on (1 or 2)."""

    label: str
    x: float
    left: float
    right: float
    above: bool
    anchor: str
    line: int


def _placed(scale: Scale) -> list[_Placed]:
    """Labels where they do not touch; of a numeric factor, those that find no room are left out.

    A curve that turns is read in two directions: what rises stands above the line, what falls below.
    """
    numeric = scale.axis.numeric
    order = _by_importance(len(scale.points)) if numeric else [int(n) for n in np.argsort(scale.points)]
    placed: list[_Placed] = []
    for number in order:
        label, x = scale.axis.labels[number], _x(float(scale.points[number]))
        first = _rises(scale, number) if numeric else True
        sides = [(first, "middle", 1), (not first, "middle", 1)]
        if not numeric:
            sides += [(above, anchor, 1) for anchor in ("start", "end") for above in (True, False)]
            sides += [(True, "start", 2), (False, "start", 2), (True, "end", 2)]
        trials = [_trial(label, x, *place) for place in sides]
        free = [trial for trial in trials if not any(_touch(trial, other) for other in placed)]
        if free or not numeric:
            placed.append(free[0] if free else trials[0])
    return placed


def _trial(label: str, x: float, above: bool, anchor: str, number: int) -> _Placed:
    width = _LETTER * len(label)
    left = x - {"start": 2.0, "middle": width / 2, "end": width - 2.0}[anchor]
    return _Placed(label, x, left, left + width, above, anchor, number)


def _touch(one: _Placed, other: _Placed) -> bool:
    same = (one.above, one.line) == (other.above, other.line)
    return same and one.left < other.right + _SPACE and other.left < one.right + _SPACE


def _by_importance(count: int) -> list[int]:
    """Ends first, then middles of what is left: any prefix is spread over the whole."""
    order = [0, count - 1]
    step = count
    while len(order) < count:
        step = max(step // 2, 1)
        order += [number for number in range(0, count, step) if number not in order]
    return order


def _rises(scale: Scale, number: int) -> bool:
    """Whether points rise towards this knot, or from it where it is the first."""
    before = max(number - 1, 0)
    return bool(scale.points[before + 1] >= scale.points[before])


def _total(found: Nomogram, y: float) -> str:
    pieces = [text(12, y + 4, words.TOTAL, size=13, weight="bold")]
    pieces.append(line(_x(0), y, _x(LONGEST), y, INK))
    step = next(step for step in (10, 20, 25, 50, 100) if found.most / step <= 16)
    for small in np.arange(0.0, found.most + 1e-9, step / 5):
        pieces.append(_tick(_x(small, found.most), y, 4))
    for total in np.arange(0.0, found.most + 1e-9, step):
        x = _x(total, found.most)
        pieces += [_tick(x, y, 7), text(x, y - 10, f"{total:g}", size=_SIZE, anchor="middle")]
    return "".join(pieces)


def _risk(found: Nomogram, y: float) -> str:
    """The risk below the total: both lines have the same ends."""
    inside = [(risk, _x(found.total(risk), found.most)) for risk in _RISKS]
    inside = [(risk, x) for risk, x in inside if _x(0) - 0.5 <= x <= _x(LONGEST) + 0.5]
    pieces = [text(12, y + 4, words.RISK, size=13, weight="bold")]
    if inside:
        pieces.append(line(inside[0][1], y, inside[-1][1], y, INK))
    shown: list[float] = []
    for risk, x in sorted(inside, key=lambda entry: entry[0] not in _ROUND):
        labelled = all(abs(x - other) > 30 for other in shown)
        pieces.append(_tick(x, y, 7 if labelled else 4))
        if labelled:
            shown.append(x)
            pieces.append(text(x, y + 20, f"{100 * risk:g}", size=_SIZE, anchor="middle"))
    return "".join(pieces)


def _tick(x: float, y: float, length: float, both: bool = False) -> str:
    return line(x, y - length, x, y + (length if both else 0), INK)


def _label(placed: _Placed, y: float) -> str:
    """A label on paper, so that faint lines do not run through it."""
    width, down = placed.right - placed.left, 12 * (placed.line - 1)
    top = y - 19 - down if placed.above else y + 9 + down
    box = f'<rect x="{placed.left:.2f}" y="{top:g}" width="{width:.2f}" height="12" fill="{PAPER}"/>'
    x = {"start": placed.left, "middle": placed.x, "end": placed.right}[placed.anchor]
    return box + text(x, top + 10, placed.label, size=_SIZE, anchor=placed.anchor)


def _words(found: Nomogram) -> str:
    """The nomogram in words: points of the levels, and some risks."""
    scales = [
        f"{words.FACTORS[scale.axis.factor]}: {_listed(scale.axis.labels, scale.points)}."
        for scale in found.scales
    ]
    totals = np.linspace(0.0, found.most, 6)
    risks = ", ".join(f"{total:.0f} points {100 * float(found.risk(total)):.2g} %" for total in totals)
    return f"{' '.join(scales)} Total: {risks}."


def _listed(labels: Sequence[str], points: Sequence[float] | np.ndarray) -> str:
    return ", ".join(f"{label} {number:.0f}" for label, number in zip(labels, points, strict=True))
