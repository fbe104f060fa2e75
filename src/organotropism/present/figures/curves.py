"""When: cumulative incidence by site over the years, with bands."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

from organotropism.present import wording_figures as words
from organotropism.present.extras import needs
from organotropism.present.figures.look import DATA, INK, chart_settings
from organotropism.present.figures.render import titled
from organotropism.present.numbers import estimate
from organotropism.present.shown import horizons, open_sites
from organotropism.process.rate import LAST_YEAR
from organotropism.process.results import Estimate, Forecast

if TYPE_CHECKING:
    import altair as alt

_WIDTH, _HEIGHT, _COLUMNS = 155, 100, 2
_STEP = 0.5


def curve_horizons(shown: tuple[float, ...], now: float) -> tuple[float, ...]:
    """Horizons of a forecast from which curves can be drawn: half years, and those that are shown.

    Parameters
    ----------
    shown : years from now for which numbers are given, ascending
    now : years since diagnosis from which they count
    """
    last = min(shown[-1], LAST_YEAR - now)
    grid = [_STEP * number for number in range(1, int(last / _STEP) + 1)]
    return tuple(sorted({*grid, *shown}))


def curves(forecast: Forecast, *, quantity: str = "ever", top: float | None = None) -> alt.FacetChart:
    """Cumulative incidence of any distant disease and of each site, on one scale.

    Parameters
    ----------
    forecast : on many horizons, see `curve_horizons`
    quantity : ever, first or only
    top : end of the scale of risk, to compare patients; None: what these curves need

    Raises
    ------
    InputError
        Where the extra ``report`` is not installed.
    """
    altair = needs("report", "altair")
    times = horizons(forecast)
    courses = _courses(forecast, quantity)
    top = highest(forecast, quantity=quantity) if top is None else top
    labels = {
        site: f"{words.site_name(site)}|{times[-1]:g} years: {estimate(course[-1])}"
        for site, course in courses.items()
    }
    points = [point for site, course in courses.items() for point in _points(labels[site], times, course)]
    header = altair.Header(
        title=None,
        labelExpr="split(datum.label, '|')",
        labelAnchor="start",
        labelFontSize=11.5,
        labelFontWeight="bold",
        labelColor=INK,
        labelPadding=4,
    )
    chart = (
        _panel(altair, times[-1], top, words.axis_years(forecast.patient))
        .facet(
            facet=altair.Facet("panel:N", sort=list(labels.values()), header=header),
            columns=_COLUMNS,
            data=altair.Data(values=points),
            spacing={"row": 14, "column": 28},
        )
        .configure(**chart_settings() | {"padding": {"left": 4, "right": 24, "top": 4, "bottom": 4}})
    )
    ends = [(site, course[-1]) for site, course in courses.items()]
    return titled(
        chart, words.CURVES_TITLE, words.curves_description(quantity, ends, times[-1], forecast.patient)
    )


def highest(forecast: Forecast, *, quantity: str = "ever") -> float:
    """The largest number that the curves of a forecast reach, bands included."""
    values = chain.from_iterable(_courses(forecast, quantity).values())
    return max(value.risk if value.high is None else value.high for value in values)


def _courses(forecast: Forecast, quantity: str) -> dict[str, list[Estimate]]:
    times = horizons(forecast)
    courses: dict[str, list[Estimate]] = {}
    if not forecast.patient.involved:
        courses["any"] = [forecast.any(h) for h in times]
    for site in open_sites(forecast):
        courses[site] = [forecast.site(site, quantity, h) for h in times]
    return courses


def _points(label: str, times: list[float], course: list[Estimate]) -> list[dict[str, Any]]:
    """Points of one site, from a risk of nothing now."""
    points: list[dict[str, Any]] = [{"panel": label, "years": 0.0, "risk": 0.0, "low": 0.0, "high": 0.0}]
    for years, value in zip(times, course, strict=True):
        low, high = (value.risk if bound is None else bound for bound in (value.low, value.high))
        points.append({"panel": label, "years": years, "risk": value.risk, "low": low, "high": high})
    return points


def _panel(altair: Any, last: float, top: float, title: str) -> alt.LayerChart:
    """Line and band of one site."""
    ticks = altair.Axis(values=_ticks(last), grid=False, format="d")
    scale = altair.Scale(domain=[0, top], nice=True)
    shares = altair.Axis(format="~%", tickCount=4, title=None)
    base = altair.Chart(width=_WIDTH, height=_HEIGHT).encode(
        x=altair.X("years:Q", title=title, axis=ticks, scale=altair.Scale(domain=[0, last]))
    )
    band = base.mark_area(color=DATA, opacity=0.22).encode(
        y=altair.Y("low:Q", axis=shares, scale=scale), y2="high:Q"
    )
    line = base.mark_line(color=DATA, strokeWidth=2.2).encode(y=altair.Y("risk:Q", axis=shares, scale=scale))
    return altair.layer(band, line)


def _ticks(last: float) -> list[float]:
    step = 1.0 if last <= 3 else 2.0 if last < 10 else 5.0
    return [step * number for number in range(int(last / step) + 1)]
