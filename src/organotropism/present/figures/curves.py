"""When: cumulative incidence by site over the years, with bands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from organotropism.present import wording_figures as words
from organotropism.present.extras import needs
from organotropism.present.figures.look import DATA, chart_settings
from organotropism.present.figures.render import titled
from organotropism.present.numbers import estimate
from organotropism.present.shown import horizons, open_sites
from organotropism.process.rate import LAST_YEAR
from organotropism.process.results import Estimate, Forecast

if TYPE_CHECKING:
    import altair as alt

_WIDTH, _HEIGHT, _COLUMNS = 150, 100, 2
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


def curves(forecast: Forecast, *, quantity: str = "ever") -> alt.VConcatChart:
    """Cumulative incidence of any distant disease and of each site, on one scale.

    Parameters
    ----------
    forecast : on many horizons, see `curve_horizons`
    quantity : ever, first or only

    Raises
    ------
    InputError
        Where the extra ``report`` is not installed.
    """
    altair = needs("report", "altair")
    times = horizons(forecast)
    courses: dict[str, list[Estimate]] = {}
    if not forecast.patient.involved:
        courses["any"] = [forecast.any(h) for h in times]
    for site in open_sites(forecast):
        courses[site] = [forecast.site(site, quantity, h) for h in times]
    top = max(value.high or value.risk for course in courses.values() for value in course)
    axis = words.axis_years(forecast.patient)
    panels = [
        _panel(altair, site, times, course, top, axis if number >= len(courses) - _COLUMNS else "")
        for number, (site, course) in enumerate(courses.items())
    ]
    rows = [altair.hconcat(*panels[i : i + _COLUMNS], spacing=24) for i in range(0, len(panels), _COLUMNS)]
    chart = altair.vconcat(*rows, spacing=14).configure(**chart_settings())
    ends = [(site, course[-1]) for site, course in courses.items()]
    return titled(
        chart, words.CURVES_TITLE, words.curves_description(quantity, ends, times[-1], forecast.patient)
    )


def _panel(
    altair: Any, site: str, times: list[float], course: list[Estimate], top: float, axis: str
) -> alt.LayerChart:
    """One site: line, band and where they end."""
    points = [{"years": 0.0, "risk": 0.0, "low": 0.0, "high": 0.0}]
    for years, value in zip(times, course, strict=True):
        low, high = (value.risk if bound is None else bound for bound in (value.low, value.high))
        points.append({"years": years, "risk": value.risk, "low": low, "high": high})
    ticks = altair.Axis(values=_ticks(times[-1]), grid=False, format="d")
    base = altair.Chart(altair.Data(values=points)).encode(
        x=altair.X("years:Q", title=axis or None, axis=ticks, scale=altair.Scale(domain=[0, times[-1]]))
    )
    scale = altair.Scale(domain=[0, top], nice=True)
    y = altair.Axis(format="~%", tickCount=4, title=None)
    band = base.mark_area(color=DATA, opacity=0.22).encode(
        y=altair.Y("low:Q", axis=y, scale=scale), y2="high:Q"
    )
    line = base.mark_line(color=DATA, strokeWidth=2.2).encode(y=altair.Y("risk:Q", axis=y, scale=scale))
    title = altair.Title(words.site_name(site), subtitle=f"{times[-1]:g} years: {estimate(course[-1])}")
    return altair.layer(band, line).properties(width=_WIDTH, height=_HEIGHT, title=title)


def _ticks(last: float) -> list[float]:
    step = 1.0 if last <= 3 else 2.0 if last < 10 else 5.0
    return [step * number for number in range(int(last / step) + 1)]
