"""Cumulative incidence curves as papers print them, with the numbers at risk under their own axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any, Final

from organotropism.present.figures.look import DATA, FAINT, INK, QUIET
from organotropism.present.figures.svg import document, line, text

_LEFT, _PLOT, _RIGHT = 118, 330, 22
_WIDTH: Final = _LEFT + _PLOT + _RIGHT
_HEIGHT: Final = 190
_ROW: Final = 16
#: Read apart by lightness and by dashes, in print and by colour-blind people.
_STYLES: Final = (
    (DATA, ""),
    ("#6fa8d0", "7 3"),
    (INK, "2 2"),
    ("#8a5a00", "10 3 2 3"),
    (QUIET, "1 3"),
    ("#a8b4bd", ""),
    (INK, "12 4"),
    ("#6fa8d0", "3 5"),
)
_STEPS: Final = (0.01, 0.02, 0.05, 0.1, 0.2, 0.25)
#: Longest name of a group that fits beside the numbers at risk.
_LONGEST: Final = 17


@dataclass(frozen=True)
class Curve:
    """One curve: its name, its points (records of the table), the number drawn, with or without a band."""

    name: str
    points: Sequence[dict[str, Any]]
    value: str = "incidence"
    band: bool = True
    at_risk: bool = True


def incidence_figure(title: str, curves: Sequence[Curve], description: str) -> str:
    """Draw curves on one pair of axes, as SVG text.

    Parameters
    ----------
    curves : at least one with a point
    description : what the figure tells to readers who do not see it
    """
    last = max(curve.points[-1]["years"] for curve in curves if curve.points)
    step = next(s for s in (1, 2, 5, 10) if last / s <= 7 or s == 10)
    highest = max(_top(curve) for curve in curves)
    tick = next((s for s in _STEPS if highest / s <= 5), 0.25)
    top = max(ceil(highest / tick - 1e-9), 1) * tick
    legend = 22 + 16 * len(curves)
    axes = _Axes(last or 1.0, top, 14.0 + legend)
    body = [text(8, 18, title, size=14, weight="bold")]
    body += _grid(axes, step, tick)
    for place, curve in enumerate(curves):
        body += _curve(axes, curve, *_STYLES[place % len(_STYLES)])
        body += _legend(32 + 16 * place, curve.name, *_STYLES[place % len(_STYLES)])
    y = axes.bottom + 50
    body.append(text(8, y, "At risk", size=12, weight="bold"))
    body.append(text(_LEFT + _PLOT / 2, axes.bottom + 32, "years since diagnosis", size=12, anchor="middle"))
    for curve in curves:
        if curve.at_risk:
            y += _ROW
            body += _at_risk(axes, curve, step, y)
    return document(_WIDTH, y + 12, "".join(body), title, description)


@dataclass(frozen=True)
class _Axes:
    last: float
    top: float
    upper: float

    @property
    def bottom(self) -> float:
        return self.upper + _HEIGHT

    def x(self, years: float) -> float:
        return _LEFT + _PLOT * years / self.last

    def y(self, share: float) -> float:
        return self.bottom - _HEIGHT * min(share / self.top, 1.0)


def _top(curve: Curve) -> float:
    values = [point[curve.value] for point in curve.points]
    if curve.band:
        values += [point["high"] for point in curve.points if point["high"] is not None]
    # An early band of a handful of patients would flatten everything else.
    return min(max(values, default=0.01), max(2.5 * max(p[curve.value] for p in curve.points), 0.01))


def _grid(axes: _Axes, step: int, tick: float) -> list[str]:
    body = []
    for k in range(round(axes.top / tick) + 1):
        y = axes.y(k * tick)
        body.append(line(_LEFT, y, _LEFT + _PLOT, y, FAINT if k else QUIET))
        body.append(text(_LEFT - 6, y + 4, f"{100 * k * tick:.3g} %", size=12, anchor="end"))
    for k in range(int(axes.last / step) + 1):
        x = axes.x(k * step)
        body.append(line(x, axes.bottom, x, axes.bottom + 4, QUIET))
        body.append(text(x, axes.bottom + 17, f"{k * step}", size=12, anchor="middle"))
    return body


def _curve(axes: _Axes, curve: Curve, colour: str, dash: str) -> list[str]:
    body = []
    banded = [p for p in curve.points if p["low"] is not None] if curve.band else []
    if banded:
        upper = _steps([(axes.x(p["years"]), axes.y(p["high"])) for p in banded])
        lower = _steps([(axes.x(p["years"]), axes.y(p["low"])) for p in banded])
        path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in [*upper, *reversed(lower)]) + "Z"
        body.append(f'<path d="{path}" fill="{colour}" fill-opacity="0.13" stroke="none"/>')
    points = _steps([(axes.x(p["years"]), axes.y(p[curve.value])) for p in curve.points])
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    body.append(f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="2"{_dashed(dash)}/>')
    return body


def _steps(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """A step function through the points: it keeps each value until the next."""
    path = points[:1]
    for x, y in points[1:]:
        path += [(x, path[-1][1]), (x, y)]
    return path


def _dashed(dash: str) -> str:
    return f' stroke-dasharray="{dash}"' if dash else ""


def _legend(y: float, name: str, colour: str, dash: str) -> list[str]:
    mark = f'<path d="M8 {y:g}L40 {y:g}" stroke="{colour}" stroke-width="2.4" fill="none"{_dashed(dash)}/>'
    return [mark, text(48, y + 4, name, size=12)]


def _at_risk(axes: _Axes, curve: Curve, step: int, y: float) -> list[str]:
    told = {round(point["years"], 6): point["at_risk"] for point in curve.points}
    name = curve.name if len(curve.name) <= _LONGEST else curve.name[: _LONGEST - 1] + "…"
    body = [text(8, y, name, size=11)]
    for k in range(int(axes.last / step) + 1):
        number = told.get(float(k * step))
        if number is not None:
            body.append(text(axes.x(k * step), y, f"{number:,}", size=11, anchor="middle"))
    return body
