"""Figures of a validation: discrimination, calibration, decision curves, models side by side."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from organotropism.present.extras import needs
from organotropism.present.figures.look import DATA, INK, QUIET, chart_settings
from organotropism.present.figures.render import titled
from organotropism.present.validation.words import interval, outcome_name
from organotropism.validate.compare import Comparison
from organotropism.validate.resample import Estimate
from organotropism.validate.score import Scored

WIDTH: Final = 250
#: Share of the patients, those with the highest predictions, whom calibration curves leave out.
_TAIL: Final = 0.01
#: One per horizon; read apart by lightness and shape.
_COLOURS: Final = [DATA, "#7fb0d3", QUIET, INK]
_SHAPES: Final = ["circle", "square", "diamond", "triangle-up"]


def discrimination(scored: list[Scored]) -> Any:
    """AUC of each outcome with its interval, one mark per horizon."""
    altair = needs("report", "altair")
    data = [
        {
            "outcome": outcome_name(entry.outcome),
            "years": f"{entry.horizon:g} years",
            **_bounds(entry.scores["auc"]),
        }
        for entry in scored
        if "auc" in entry.scores
    ]
    described = "; ".join(
        f"{row['outcome']} at {row['years']} {row['value']:.2f}" for row in data if row["value"] is not None
    )
    chart = _dots(altair, data, "outcome", "years", "AUC", 0.5)
    return titled(chart, "Discrimination: AUC by outcome and horizon", f"Dots with intervals: {described}.")


def models(comparison: Comparison, outcome: str, score: str = "auc") -> Any:
    """One score of every model for one outcome, one mark per horizon."""
    altair = needs("report", "altair")
    data = [
        {"model": model.name, "years": f"{years:g} years", **_bounds(scores[score])}
        for model in comparison.models
        for (name, years), scores in model.scores.items()
        if name == outcome
    ]
    described = "; ".join(f"{row['model']} at {row['years']} {row['value']:.2f}" for row in data)
    chart = _dots(altair, data, "model", "years", "AUC", 0.5, outcome_name(outcome))
    title = f"AUC of the models, {outcome_name(outcome)}"
    return titled(chart, title, f"Dots with intervals: {described}.")


def _bounds(value: Estimate) -> dict[str, float | None]:
    low, high = (value.value if bound is None else bound for bound in (value.low, value.high))
    return {"value": value.value, "low": low, "high": high}


def _dots(
    altair: Any,
    data: list[dict[str, Any]],
    rows: str,
    marks: str,
    title: str,
    reference: float,
    head: str = "",
) -> Any:
    """Dots with intervals, rows downwards, one colour and shape per mark, and a line of reference."""
    order = list(dict.fromkeys(row[rows] for row in data))
    kinds = list(dict.fromkeys(row[marks] for row in data))
    low = min([reference, *(row["low"] for row in data)]) - 0.02
    high = max([reference, *(row["high"] for row in data)]) + 0.01
    scale = altair.Scale(domain=[low, high], nice=False, zero=False)
    # Fonts differ between machines: room for the longest label however wide it is drawn.
    margin = 24 + 7 * max(len(name) for name in order)
    y = altair.Y(f"{rows}:N", sort=order, title=None, axis=altair.Axis(grid=False, minExtent=margin))
    offset = altair.YOffset(f"{marks}:N", sort=kinds)
    # Colour and shape tell the same, so that they share one legend.
    legend = altair.Legend(title=None, orient="top", labelFontSize=12)

    def mark(channel: Any, values: list[str]) -> Any:
        scale = altair.Scale(domain=kinds, range=values[: len(kinds)])
        return channel(f"{marks}:N", sort=kinds, legend=legend, scale=scale)

    colour, shape = mark(altair.Color, _COLOURS), mark(altair.Shape, _SHAPES)
    base = altair.Chart(altair.Data(values=data)).encode(y=y, yOffset=offset, color=colour)
    axis = altair.Axis(format=".2~f", tickCount=5, grid=True)
    rules = base.mark_rule(strokeWidth=2).encode(
        x=altair.X("low:Q", scale=scale, title=title, axis=axis), x2="high:Q"
    )
    points = base.mark_point(filled=True, size=70, opacity=1).encode(x="value:Q", shape=shape)
    line = (
        altair.Chart(altair.Data(values=[{"x": reference}]))
        .mark_rule(color=QUIET, strokeDash=[4, 3])
        .encode(x="x:Q")
    )
    properties: dict[str, Any] = {"width": WIDTH, "height": altair.Step(11 if len(kinds) > 1 else 20)}
    if head:
        properties["title"] = head
    return altair.layer(line, rules, points).properties(**properties).configure(**chart_settings())


def calibration(scored: Scored, model: str = "") -> Any:
    """Smooth calibration curve with its band, and the distribution of the predictions below.

    `model` stands in the title where there are several.
    """
    altair = needs("report", "altair")
    curves = scored.curves
    assert curves is not None
    risk, observed = curves.calibration.risk, curves.calibration.observed[0]
    edges, counts = curves.histogram
    shown = risk <= _last_shown(edges, counts)
    points = [
        {"risk": float(r), "observed": float(o)} for r, o in zip(risk[shown], observed[shown], strict=True)
    ]
    if curves.calibration_band is not None:
        for point, low, high in zip(
            points, *(limit[shown] for limit in curves.calibration_band), strict=True
        ):
            point |= {"low": float(low), "high": float(high)}
    top_x = max(points[-1]["risk"], 1e-3)
    top = max(
        top_x, *(point["observed"] for point in points), *(min(p.get("high", 0), 1.5 * top_x) for p in points)
    )
    x_scale, y_scale = (altair.Scale(domain=[0, end], nice=False, clamp=True) for end in (top_x, top))
    percent = altair.Axis(format="~%", tickCount=5)
    base = altair.Chart(altair.Data(values=points))
    x = altair.X("risk:Q", scale=x_scale, axis=altair.Axis(labels=False, ticks=False, title=None))
    y = altair.Y("observed:Q", scale=y_scale, axis=percent, title="observed")
    layers = [_diagonal(altair, min(top_x, top), x_scale, y_scale)]
    if curves.calibration_band is not None:
        layers.append(
            base.mark_area(color=DATA, opacity=0.2, clip=True).encode(
                x=x, y=altair.Y("low:Q", scale=y_scale), y2="high:Q"
            )
        )
    layers.append(base.mark_line(color=DATA, strokeWidth=2.2, clip=True).encode(x=x, y=y))
    head = ": ".join(part for part in (model, outcome_name(scored.outcome)) if part)
    title = altair.Title(head, subtitle=f"{scored.horizon:g} years, {scored.counts.events} events")
    above = altair.layer(*layers).properties(width=WIDTH, height=WIDTH * 0.8, title=title)
    chart = altair.vconcat(above, _histogram(altair, edges, counts, x_scale), spacing=4)
    return titled(
        chart.configure(**chart_settings()),
        f"Calibration, {head}, {scored.horizon:g} years",
        _calibration_in_words(scored, points),
    )


def _last_shown(edges: Any, counts: Any) -> float:
    """Predicted risk that all but the highest one in a hundred patients are below."""
    above = np.cumsum(counts[::-1])[::-1] / counts.sum()
    return float(edges[1:][above >= _TAIL][-1])


def _diagonal(altair: Any, end: float, x_scale: Any, y_scale: Any) -> Any:
    line = altair.Chart(altair.Data(values=[{"x": 0, "y": 0}, {"x": end, "y": end}]))
    return line.mark_line(color=QUIET, strokeDash=[4, 3], strokeWidth=1).encode(
        x=altair.X("x:Q", scale=x_scale), y=altair.Y("y:Q", scale=y_scale)
    )


def _histogram(altair: Any, edges: Any, counts: Any, x_scale: Any) -> Any:
    bars = [
        {"low": float(a), "high": float(b), "patients": int(n), "none": 0}
        for a, b, n in zip(edges[:-1], edges[1:], counts, strict=True)
        if n
    ]
    axis = altair.Axis(format="~%", tickCount=5, grid=False)
    return (
        altair.Chart(altair.Data(values=bars))
        .mark_rect(color=QUIET, clip=True)
        .encode(
            x=altair.X("low:Q", scale=x_scale, axis=axis, title="predicted"),
            x2="high:Q",
            y=altair.Y("patients:Q", axis=altair.Axis(tickCount=2, grid=False), title="patients"),
            y2="none:Q",
        )
        .properties(width=WIDTH, height=36)
    )


def _calibration_in_words(scored: Scored, points: list[dict[str, float]]) -> str:
    places = [points[int(part * (len(points) - 1))] for part in (0.1, 0.5, 0.9)]
    pairs = ", ".join(
        f"{100 * p['risk']:.2g} % predicted {100 * p['observed']:.2g} % observed" for p in places
    )
    ratio = interval(scored.scores["o_e"], 2)
    return f"Curve of observed over predicted risk: {pairs}. Observed over expected {ratio}."


def decision(scored: Scored) -> Any:
    """Decision curve: net benefit of the model, of acting on everyone and on nobody."""
    altair = needs("report", "altair")
    curves = scored.curves
    assert curves is not None
    curve, band = curves.decision, curves.decision_band
    least = -0.1 * max(float(curve.model[0].max()), 1e-4)
    points = []
    for i, threshold in enumerate(curve.threshold):
        point = {"threshold": float(threshold)}
        point |= {"model": float(curve.model[0, i]), "everyone": float(curve.everyone[0, i])}
        if band is not None:
            point |= {"low": float(band[0][i]), "high": float(band[1][i])}
        points.append(point)
    top = max(point.get("high", point["model"]) for point in points)
    scale = altair.Scale(domain=[least, top], nice=False)
    base = altair.Chart(altair.Data(values=points)).encode(
        x=altair.X("threshold:Q", title="threshold", axis=altair.Axis(format="~%", tickCount=5, grid=False))
    )
    axis = altair.Axis(format=".2~g", tickCount=4)
    layers = [
        altair.Chart(altair.Data(values=[{"y": 0}]))
        .mark_rule(color=QUIET, strokeWidth=1)
        .encode(y=altair.Y("y:Q", scale=scale))
    ]
    if band is not None:
        layers.append(
            base.mark_area(color=DATA, opacity=0.2, clip=True).encode(
                y=altair.Y("low:Q", scale=scale), y2="high:Q"
            )
        )
    for name, colour, dash in (("everyone", QUIET, [5, 3]), ("model", DATA, [1, 0])):
        y = altair.Y(f"{name}:Q", scale=scale, axis=axis, title="net benefit")
        layers.append(base.mark_line(color=colour, strokeDash=dash, strokeWidth=2, clip=True).encode(y=y))
    title = altair.Title(outcome_name(scored.outcome), subtitle=f"{scored.horizon:g} years")
    chart = altair.layer(*layers).properties(width=WIDTH, height=WIDTH * 0.6, title=title)
    return titled(
        chart.configure(**chart_settings()),
        f"Decision curve, {outcome_name(scored.outcome)}, {scored.horizon:g} years",
        _decision_in_words(points),
    )


def _decision_in_words(points: list[dict[str, float]]) -> str:
    better = [p["threshold"] for p in points if p["model"] > max(p["everyone"], 0.0) + 1e-6]
    if not better:
        return "The model is at no threshold better than acting on everyone or on nobody."
    return (
        f"The model's net benefit exceeds that of acting on everyone and on nobody at {len(better)} of "
        f"{len(points)} thresholds, from {100 * min(better):.2g} % to {100 * max(better):.2g} %."
    )
