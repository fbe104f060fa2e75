"""How much: risks by site as bars with their intervals, of one patient or of several side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from organotropism.present import wording_figures as words
from organotropism.present.extras import needs
from organotropism.present.figures.look import INK, chart_settings
from organotropism.present.figures.render import titled
from organotropism.present.numbers import estimate
from organotropism.present.shown import last_horizon, open_sites
from organotropism.process.results import Forecast

if TYPE_CHECKING:
    import altair as alt

#: Told apart by lightness, so that grey print keeps them.
_COLOURS: Final = ("#7fa9c9", "#d5e2ec")


def risk_bars(
    forecasts: Sequence[Forecast],
    names: Sequence[str] = ("",),
    *,
    horizon: float | None = None,
    quantity: str = "ever",
) -> alt.LayerChart:
    """Bars of any distant disease and of each site.

    Parameters
    ----------
    forecasts : one or two patients
    names : what to call them
    horizon : years from now, one of the forecasts'; None: the last that the evidence reaches for all
    quantity : ever, first or only

    Raises
    ------
    InputError
        Where the extra ``report`` is not installed.
    """
    altair = needs("report", "altair")
    at = min(last_horizon(forecast) for forecast in forecasts) if horizon is None else horizon
    rows, said = [], []
    for name, forecast in zip(names, forecasts, strict=True):
        risks = {} if forecast.patient.involved else {"any": forecast.any(at)}
        risks |= {site: forecast.site(site, quantity, at) for site in open_sites(forecast)}
        for site, value in risks.items():
            label = words.site_name(site)
            low, high = (value.risk if bound is None else bound for bound in (value.low, value.high))
            rows.append({"site": label, "name": name, "risk": value.risk, "low": low, "high": high})
            said.append(f"{label}{', ' if name else ''}{name}: {estimate(value)}")
    order = list(dict.fromkeys(row["site"] for row in rows))
    base = altair.Chart(altair.Data(values=rows)).encode(
        y=altair.Y(
            "site:N",
            sort=order,
            title=None,
            axis=altair.Axis(ticks=False, domain=False, minExtent=130, labelLimit=0),
        ),
        yOffset=altair.YOffset("name:N", sort=list(names)),
    )
    several = len(forecasts) > 1
    colour = altair.Color(
        "name:N",
        sort=list(names),
        scale=altair.Scale(domain=list(names), range=list(_COLOURS[: len(names)])),
        legend=altair.Legend(title=None, orient="top", labelLimit=400, labelFontSize=12) if several else None,
    )
    axis = altair.Axis(format="~%", tickCount=4)
    bars = base.mark_bar(stroke=INK, strokeWidth=0.5).encode(
        x=altair.X("risk:Q", title=words.within(at, forecasts[0].patient), axis=axis), color=colour
    )
    spread = base.mark_rule(color=INK, strokeWidth=1.5).encode(x="low:Q", x2="high:Q")
    chart = (bars + spread).properties(width=260, height=altair.Step(13 if several else 22))
    chart = chart.configure(**chart_settings())
    return titled(chart, words.BARS_TITLE, words.bars_description(list(names), said, at))
