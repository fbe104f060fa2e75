"""The forest plot: studies on one contrast, pooled within a setting, beside the model's own value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log, sqrt
from typing import Any, Final

from organotropism.present import evidence_words as words
from organotropism.present.figures.look import DATA, FAINT, INK, QUIET
from organotropism.present.figures.svg import document, line, text

#: Colour of the model's value; apart from the others in grey print by its shape.
MODEL: Final = "#b8500b"
_MARGIN, _LEFT, _PLOT, _RIGHT = 10, 260, 330, 200
_WIDTH: Final = _LEFT + _PLOT + _RIGHT
_ROW, _TOP = 24, 48
#: Half of a 95 % interval in standard errors, two-sided normal.
_Z: Final = 1.96
#: Ratios beyond these are drawn as an arrow at the edge.
_WIDEST: Final = 5.0
_TICKS: Final = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)
#: Side of the square of a study that carries all the weight, and of one that carries none.
_LARGEST, _SMALLEST = 14.0, 5.0
#: Share that sizes the square of a study that is not pooled with others.
_ALONE: Final = 0.4


def forest_plot(groups: Sequence[Mapping[str, Any]], title: str) -> str:
    """Forest plot as SVG text: squares by weight with 95 % intervals, pooled effect with prediction interval.

    Parameters
    ----------
    groups : as `organotropism.evidence.forest.forest_record` gives them, at least one
    title : contrast and site in words
    """
    scale = _Scale(groups)
    pooled = any(group["pooled"] is not None for group in groups)
    body, y = [text(_MARGIN, 20, title, size=15, weight="bold"), _header(pooled)], float(_TOP)
    for group in groups:
        y += 8
        body.append(text(_MARGIN, y, words.group_setting(group), size=12, colour=QUIET))
        for entry in group["entries"]:
            y += _ROW
            body += [_grid(scale, y), _study(entry, y, scale, alone=group["pooled"] is None)]
        if group["pooled"] is not None:
            y += _ROW
            body += [_grid(scale, y), _pooled(group, y, scale)]
            y += _ROW - 6
        y += _ROW
    legend = _legend(groups, y + 36)
    body += [_axis(scale, y - 10), *legend]
    height = y + 32 + 22 * len(legend)
    return document(_WIDTH + _MARGIN, height, "".join(body), title, words.forest_description(groups, title))


class _Scale:
    """Logarithmic scale that holds the studies' intervals."""

    def __init__(self, groups: Sequence[Mapping[str, Any]]) -> None:
        ends = [0.0]
        for group in groups:
            for entry in group["entries"]:
                reach = min(_Z * entry["se"], log(_WIDEST))
                ends += [entry["log_ratio"] - reach, entry["log_ratio"] + reach]
        # At least from one half to two, so that small effects do not fill the page.
        self.low, self.high = min(*ends, -log(2)) - 0.1, max(*ends, log(2)) + 0.1

    def __call__(self, log_ratio: float) -> float:
        share = (log_ratio - self.low) / (self.high - self.low)
        return _LEFT + _PLOT * min(max(share, 0.0), 1.0)

    def holds(self, log_ratio: float) -> bool:
        return self.low <= log_ratio <= self.high


def _header(pooled: bool) -> str:
    y, right = _TOP - 14, _LEFT + _PLOT
    weight = words.WEIGHT_HEADER if pooled else ""
    return "".join(
        [
            text(_LEFT, y, f"← {words.DIRECTIONS['decreases']}", size=12, colour=QUIET),
            text(right, y, f"{words.DIRECTIONS['increases']} →", size=12, colour=QUIET, anchor="end"),
            text(right + 14, y, words.RATIO_HEADER, size=12, colour=QUIET),
            text(_WIDTH, y, weight, size=12, colour=QUIET, anchor="end"),
        ]
    )


def _grid(scale: _Scale, y: float) -> str:
    """Lines of the ticks beside one row, so that they cross no heading."""
    ticks = [tick for tick in _TICKS if scale.holds(log(tick))]
    return "".join(
        line(scale(log(tick)), y - 18, scale(log(tick)), y + 9, INK if tick == 1 else FAINT) for tick in ticks
    )


def _axis(scale: _Scale, y: float) -> str:
    parts = [line(_LEFT, y, _LEFT + _PLOT, y, QUIET)]
    for tick in _TICKS:
        if scale.holds(log(tick)):
            x = scale(log(tick))
            parts += [line(x, y, x, y + 4, QUIET), text(x, y + 18, f"{tick:g}", size=12, anchor="middle")]
    return "".join(parts)


def _study(entry: Mapping[str, Any], y: float, scale: _Scale, *, alone: bool) -> str:
    weight, value, reach = entry["weight"], entry["log_ratio"], _Z * entry["se"]
    colour, fill = (QUIET, "none") if weight is None else (INK, INK)
    share = _ALONE if alone else weight
    side = _SMALLEST + (_LARGEST - _SMALLEST) * sqrt(share or 0.0)
    left, top = scale(value) - side / 2, y - 4 - side / 2
    middle = y - 4
    return "".join(
        [
            text(_MARGIN, y, entry["study"], size=13, colour=colour),
            text(_LEFT - 12, y, words.entry_setting(entry), size=11, colour=QUIET, anchor="end"),
            _interval(value - reach, value + reach, middle, scale, colour),
            f'<rect x="{left:.1f}" y="{top:.1f}" width="{side:.1f}" height="{side:.1f}" '
            f'fill="{fill}" stroke="{colour}"/>',
            _model(entry["fitted"], middle, scale),
            text(_LEFT + _PLOT + 14, y, words.ratio_interval(value, entry["se"]), size=12, colour=colour),
            text(
                _WIDTH, y, "" if alone or weight is None else f"{100 * weight:.0f} %", size=12, anchor="end"
            ),
        ]
    )


def _interval(low: float, high: float, y: float, scale: _Scale, colour: str, width: float = 1.5) -> str:
    """A line, with an arrow head where it runs off the scale."""
    left, right = scale(low), scale(high)
    parts = [
        f'<path d="M{left:.1f} {y:.1f}L{right:.1f} {y:.1f}" stroke="{colour}" stroke-width="{width:g}"/>'
    ]
    for value, x, side in ((low, left, 1), (high, right, -1)):
        if not scale.holds(value):
            parts.append(
                f'<path d="M{x:.1f} {y:.1f}l{6 * side} -4v8z" fill="{colour}"/>',
            )
    return "".join(parts)


def _pooled(group: Mapping[str, Any], y: float, scale: _Scale) -> str:
    pooled, middle = group["pooled"], y - 4
    left, right, x = scale(pooled["low"]), scale(pooled["high"]), scale(pooled["mean"])
    diamond = f"M{left:.1f} {middle}L{x:.1f} {middle - 7}L{right:.1f} {middle}L{x:.1f} {middle + 7}Z"
    return "".join(
        [
            text(_MARGIN, y, words.POOLED, size=13, weight="bold", colour=DATA),
            _interval(pooled["prediction_low"], pooled["prediction_high"], middle, scale, DATA, 2.5),
            f'<path d="{diamond}" fill="{DATA}" stroke="{DATA}"/>',
            _model(group["model"], middle, scale),
            text(_LEFT + _PLOT + 14, y, words.pooled_interval(pooled), size=12, weight="bold", colour=DATA),
            text(_MARGIN, y + 16, words.pooled_remark(pooled), size=11, colour=QUIET),
        ]
    )


def _model(log_ratio: float | None, y: float, scale: _Scale) -> str:
    """The model's value: a ring, white inside so that it is seen on a square."""
    if log_ratio is None:
        return ""
    return _ring(scale(log_ratio), y)


def _ring(x: float, y: float) -> str:
    style = f'fill="#fff" fill-opacity=".55" stroke="{MODEL}" stroke-width="2.2"'
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" {style}/>'


def _legend(groups: Sequence[Mapping[str, Any]], y: float) -> list[str]:
    """One line for each kind of mark that is drawn."""
    entries = [entry for group in groups for entry in group["entries"]]
    pooled = any(group["pooled"] is not None for group in groups)
    study = words.LEGEND_STUDY + (words.LEGEND_WEIGHT if pooled else "")
    marks = [(f'<rect x="15" y="-9" width="10" height="10" fill="{INK}"/>', study)]
    if any(entry["weight"] is None for entry in entries):
        square = f'<rect x="16" y="-8" width="8" height="8" fill="none" stroke="{QUIET}"/>'
        marks.append((square, words.LEGEND_LEFT_OUT))
    if pooled:
        diamond = f'<path d="M12 -4l8 -6l8 6l-8 6z" fill="{DATA}"/>'
        bar = f'<path d="M6 -4h28" stroke="{DATA}" stroke-width="2.5"/>'
        marks.append((bar + diamond, words.LEGEND_POOLED))
    if any(entry["fitted"] is not None for entry in entries):
        marks.append((_ring(20, -4), words.LEGEND_MODEL))
    return [
        f'<g transform="translate(0 {y + 22 * number:g})">{mark}{text(44, 0, meaning, size=12)}</g>'
        for number, (mark, meaning) in enumerate(marks)
    ]
