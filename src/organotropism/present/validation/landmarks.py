"""The dynamic check in one figure: is the forecast right for those still free after one, two, five years."""

from __future__ import annotations

from typing import Any, Final

from organotropism.present.extras import needs
from organotropism.present.figures.look import DATA, INK, QUIET, chart_settings
from organotropism.present.figures.render import titled
from organotropism.present.validation.words import outcome_name
from organotropism.validate.score import Scored
from organotropism.validate.validation import Validation

_PANEL: Final = (170, 110)
_COLUMNS: Final = 3


def figures(validation: Validation) -> list[Any]:
    """Observed and predicted risk, and AUC, over the landmarks, by outcome; none without landmarks."""
    horizon = next(iter(validation.settings.horizons))
    at = {0.0: validation.overall, **validation.landmarks}
    entries = [(years, entry) for years, scored in at.items() for entry in scored if entry.horizon == horizon]
    if not any(entry.scores for years, entry in entries if years):
        return []
    return [_risks(entries, horizon), _ranking(entries, horizon)]


def _risks(entries: list[tuple[float, Scored]], horizon: float) -> Any:
    altair = needs("report", "altair")
    rows = [
        _row(years, entry, kind, estimate)
        for years, entry in entries
        for kind, estimate in (("observed", entry.observed), ("predicted", entry.scores.get("expected")))
        if estimate is not None
    ]
    for row in rows:
        row["low"], row["high"] = (row["low"], row["high"]) if row["kind"] == "observed" else (None, None)
    kinds = ["observed", "predicted"]
    legend = altair.Legend(title=None, orient="top", labelFontSize=12)
    colour = altair.Color("kind:N", legend=legend, scale=altair.Scale(domain=kinds, range=[INK, DATA]))
    shape = altair.Shape(
        "kind:N", legend=legend, scale=altair.Scale(domain=kinds, range=["circle", "square"])
    )
    axis = altair.Axis(format="~%", tickCount=4)
    title = f"Risk in the next {horizon:g} years of those still free, by years since diagnosis"
    chart = _panels(altair, rows, colour, shape, axis, None)
    return titled(chart, title, _told(rows, percent=True))


def _ranking(entries: list[tuple[float, Scored]], horizon: float) -> Any:
    altair = needs("report", "altair")
    rows = [
        _row(years, entry, "AUC", entry.scores["auc"]) for years, entry in entries if "auc" in entry.scores
    ]
    colour, shape = altair.value(DATA), altair.value("circle")
    chart = _panels(altair, rows, colour, shape, altair.Axis(format=".2~f", tickCount=4), 0.5)
    title = f"AUC over the next {horizon:g} years of those still free, by years since diagnosis"
    return titled(chart, title, _told(rows, percent=False))


def _row(years: float, entry: Scored, kind: str, estimate: Any) -> dict[str, Any]:
    return {
        "outcome": outcome_name(entry.outcome),
        "after": f"{years:g}",
        "kind": kind,
        "value": estimate.value,
        "low": estimate.low,
        "high": estimate.high,
    }


def _panels(
    altair: Any, rows: list[dict[str, Any]], colour: Any, shape: Any, axis: Any, reference: float | None
) -> Any:
    """One small panel an outcome; the landmarks side by side."""
    order = list(dict.fromkeys(row["after"] for row in rows))
    outcomes = list(dict.fromkeys(row["outcome"] for row in rows))
    panels = []
    for outcome in outcomes:
        mine = [row for row in rows if row["outcome"] == outcome]
        x = altair.X("after:N", sort=order, title=None, axis=altair.Axis(labelAngle=0))
        scale = altair.Scale(zero=reference is None, nice=True)
        base = altair.Chart(altair.Data(values=mine)).encode(
            x=x, xOffset=altair.XOffset("kind:N"), color=colour
        )
        dated = [row for row in mine if row["low"] is not None]
        bars = altair.Chart(altair.Data(values=dated)).mark_rule(strokeWidth=2)
        bars = bars.encode(
            x=x,
            xOffset=altair.XOffset("kind:N"),
            color=colour,
            y=altair.Y("low:Q", scale=scale, title=None, axis=axis),
            y2="high:Q",
        )
        marks = base.mark_point(filled=True, size=55, opacity=1).encode(
            y=altair.Y("value:Q", scale=scale, title=None, axis=axis), shape=shape
        )
        layers = [bars, marks]
        if reference is not None:
            line = altair.Chart(altair.Data(values=[{"y": reference}]))
            layers.append(line.mark_rule(color=QUIET, strokeDash=[4, 3]).encode(y="y:Q"))
        panels.append(altair.layer(*layers).properties(width=_PANEL[0], height=_PANEL[1], title=outcome))
    return altair.concat(*panels, columns=_COLUMNS).configure(**chart_settings())


def _told(rows: list[dict[str, Any]], *, percent: bool) -> str:
    parts = []
    for row in rows:
        value = f"{100 * row['value']:.1f} %" if percent else f"{row['value']:.2f}"
        kind = f"{row['kind']} " if percent else ""
        parts.append(f"{row['outcome']} after {row['after']} years {kind}{value}")
    return f"Dots by landmark, at diagnosis first: {'; '.join(parts)}."
