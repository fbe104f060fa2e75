"""How scores differ between cohorts: each cohort, the mean, and where a further cohort is to be expected."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from organotropism.present.extras import needs
from organotropism.present.figures.look import DATA, INK, QUIET, chart_settings
from organotropism.present.figures.render import titled
from organotropism.present.validation.words import outcome_name
from organotropism.validate.several import Spread

_NAMES: Final = {"auc": ("AUC", 0.5), "o_e": ("observed over expected", 1.0)}


def figures(spread: Sequence[Spread]) -> list[Any]:
    """One figure for each score; none where nothing was pooled."""
    return [
        _figure([entry for entry in spread if entry.score == score], score)
        for score in _NAMES
        if any(entry.score == score for entry in spread)
    ]


def _figure(spread: list[Spread], score: str) -> Any:
    altair = needs("report", "altair")
    name, reference = _NAMES[score]
    points: list[dict[str, Any]] = []
    ranges: list[dict[str, Any]] = []
    told = []
    for entry in spread:
        row = f"{outcome_name(entry.outcome)}, {entry.horizon:g} years, {entry.model}"
        points += [{"row": row, "of": "one cohort", "value": v.value} for v in entry.cohorts.values()]
        points.append({"row": row, "of": "mean", "value": entry.mean.value})
        low, high = entry.prediction
        ranges.append(
            {"row": row, "low": low, "high": high, "mean_low": entry.mean.low, "mean_high": entry.mean.high}
        )
        told.append(f"{row}: mean {entry.mean.value:.2f}, further cohort {low:.2f} to {high:.2f}")
    values = [point["value"] for point in points]
    ends = (min([reference, *values]), max([reference, *values]))
    domain = (0.0, 1.0) if score == "auc" else (min(0.2, ends[0] / 1.1), max(5.0, 1.1 * ends[1]))
    scale = altair.Scale(domain=domain, nice=False, clamp=True, type="linear" if score == "auc" else "log")
    x = altair.X("low:Q", scale=scale, title=name, axis=altair.Axis(format=".2~f", tickCount=5))
    order = list(dict.fromkeys(point["row"] for point in points))
    margin = 24 + 6 * max(len(row) for row in order)
    y = altair.Y(
        "row:N", sort=order, title=None, axis=altair.Axis(grid=False, minExtent=margin, labelLimit=0)
    )
    rules = altair.Chart(altair.Data(values=ranges)).mark_rule(color=QUIET, strokeWidth=1.5)
    rules = rules.encode(y=y, x=x, x2="high:Q")
    thick = altair.Chart(altair.Data(values=ranges)).mark_rule(color=INK, strokeWidth=3)
    thick = thick.encode(y=y, x=altair.X("mean_low:Q", scale=scale, title=name), x2="mean_high:Q")
    kinds = ["one cohort", "mean"]
    colour = altair.Color(
        "of:N",
        scale=altair.Scale(domain=kinds, range=[DATA, INK]),
        legend=altair.Legend(title=None, orient="top", labelFontSize=12),
    )
    shape = altair.Shape("of:N", scale=altair.Scale(domain=kinds, range=["circle", "diamond"]))
    dots = altair.Chart(altair.Data(values=points)).mark_point(filled=True, size=60, opacity=1)
    dots = dots.encode(y=y, x=altair.X("value:Q", scale=scale, title=name), color=colour, shape=shape)
    line = altair.Chart(altair.Data(values=[{"x": reference}]))
    line = line.mark_rule(color=QUIET, strokeDash=[4, 3]).encode(x=altair.X("x:Q", scale=scale))
    chart = altair.layer(line, rules, thick, dots).properties(width=320, height=altair.Step(22))
    return titled(chart.configure(**chart_settings()), f"{name} between cohorts", "; ".join(told) + ".")
