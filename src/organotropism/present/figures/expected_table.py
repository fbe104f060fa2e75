"""How many in each year: expected first presentations as a table whose cells are shaded by their number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from organotropism.present import wording_figures as words
from organotropism.present import wording_page
from organotropism.present.expected import expected
from organotropism.present.extras import needs
from organotropism.present.figures.look import INK, PAPER, chart_settings
from organotropism.present.figures.render import titled
from organotropism.present.numbers import per_thousand
from organotropism.process.results import Forecast

if TYPE_CHECKING:
    import altair as alt

#: Light to dark, but never so dark that the numbers could not be read.
_LIGHT, _DARK = "#f2f6fa", "#7fa9c9"


def expected_figure(forecast: Forecast) -> alt.LayerChart:
    """First presentations per 1,000 by site and year.

    Parameters
    ----------
    forecast : has every whole year among its horizons, see `expected.expected_horizons`

    Raises
    ------
    InputError
        For a patient with known metastases, or where the extra ``report`` is not installed.
    """
    altair = needs("report", "altair")
    rows = expected(forecast)
    most = max(max(row.yearly) for row in rows)
    cells = [
        {
            "site": words.site_name(row.site),
            "year": year,
            "number": 1000 * share,
            "text": per_thousand(share),
        }
        for row in rows
        for year, share in enumerate(row.yearly, start=1)
    ]
    order = [words.site_name(row.site) for row in rows]
    base = altair.Chart(altair.Data(values=cells)).encode(
        x=altair.X(
            "year:O", title=words.axis_years(forecast.patient), axis=altair.Axis(labelAngle=0, ticks=False)
        ),
        y=altair.Y(
            "site:N", sort=order, title=None, axis=altair.Axis(ticks=False, minExtent=130, labelLimit=0)
        ),
    )
    boxes = base.mark_rect(stroke=PAPER, strokeWidth=2).encode(
        color=altair.Color(
            "number:Q", scale=altair.Scale(domain=[0, 1000 * most], range=[_LIGHT, _DARK]), legend=None
        )
    )
    numbers = base.mark_text(fontSize=12).encode(text="text:N", color=altair.value(INK))
    chart = (boxes + numbers).properties(width=altair.Step(38), height=altair.Step(26))
    said = [
        f"{words.site_name(row.site)}: {', '.join(per_thousand(share) for share in row.yearly)}"
        for row in rows
    ]
    return titled(
        chart.configure(**chart_settings()),
        words.EXPECTED_TITLE,
        f"{wording_page.expected_lead(forecast)} Years in order. {'; '.join(said)}. "
        f"{wording_page.ROUTINE_IMAGING}",
    )
