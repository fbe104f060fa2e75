"""From forecasts to the HTML of a whole document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from organotropism.present import wording, wording_figures, wording_page
from organotropism.present.citations import Citation
from organotropism.present.extras import needs
from organotropism.present.figures import render, risk_bars
from organotropism.present.figures.curves import highest
from organotropism.present.html.view import Cell, View, in_people, view
from organotropism.present.numbers import people
from organotropism.present.shown import at_horizons, last_horizon
from organotropism.process.document import RESEARCH_ONLY
from organotropism.process.results import Forecast
from organotropism.vocabulary import Site

if TYPE_CHECKING:
    import jinja2

Citations = Mapping[str, Citation]
#: A cell that says what the row is of, and the cells of both patients.
Row = tuple[Cell, list[Cell | None]]


def forecast_page(forecasts: Sequence[Forecast], shown: Sequence[float], citations: Citations) -> str:
    """One document with a page for each patient.

    Parameters
    ----------
    forecasts : on the horizons of `curve_horizons`
    shown : horizons for which numbers are given, years from now
    citations : by the id of the study

    Raises
    ------
    InputError
        Where the extra ``report`` is not installed.
    """
    views = [view(forecast, tuple(shown), citations, number) for number, forecast in enumerate(forecasts, 1)]
    title = wording_page.TITLE if len(views) == 1 else wording_page.SEVERAL_TITLE
    return _document("forecast.html", title=title, views=views)


def comparison_page(first: Forecast, second: Forecast, shown: Sequence[float], citations: Citations) -> str:
    """One document that sets two patients side by side.

    Parameters
    ----------
    first, second : on the horizons of `curve_horizons`
    shown : horizons for which numbers are given, years from now
    citations : by the id of the study
    """
    forecasts, times = (first, second), tuple(shown)
    top = max(map(highest, forecasts))
    views = [view(forecast, times, citations, n, top) for n, forecast in enumerate(forecasts, 1)]
    few = [at_horizons(forecast, times) for forecast in forecasts]
    bars = risk_bars(few, ["A", "B"], horizon=min(map(last_horizon, few)))
    return _document(
        "comparison.html",
        title=wording_page.COMPARISON_TITLE,
        views=views,
        names=[f"{letter}: {one.name}" for letter, one in zip("AB", views, strict=True)],
        bars=needs("report", "markupsafe").Markup(render(bars).decode()),
        known=_known(views),
        times=_times(views),
        given=_rows([one.given for one in views]),
    )


def _known(views: list[View]) -> list[tuple[str, list[str]]]:
    """What is known of two patients, field by field."""
    both = [dict(one.entered) for one in views]
    labels = [label for label in wording_page.LABELS.values() if any(label in known for known in both)]
    return [(label, [known.get(label, "unknown") for known in both]) for label in labels]


def _times(views: list[View]) -> list[tuple[str, list[Row]]]:
    """Risks found by then at the horizons that both forecasts reach."""
    return [
        (
            " / ".join(dict.fromkeys(heading for heading, _ in pair)),
            _rows([[row[0] for row in rows] for _, rows in pair]),
        )
        for pair in zip(*(one.times for one in views), strict=False)
    ]


def _rows(cells: list[list[Cell]]) -> list[Row]:
    """Cells of two patients by what they are of, in people of one number; None where one has no such risk."""
    both = [{(cell.site, cell.quantity): cell for cell in one} for one in cells]
    keys = dict.fromkeys(key for one in both for key in one)
    order = {"any": -1, **{str(site): number for number, site in enumerate(Site)}}
    rows: list[Row] = []
    for key in sorted(keys, key=lambda key: (key[1] == "several", order[key[0]])):
        row = [one.get(key) for one in both]
        known = [cell for cell in row if cell is not None]
        among = max(people(cell.risk) for cell in known)
        rows.append((known[0], [cell and replace(cell, people=in_people(cell.risk, among)) for cell in row]))
    return rows


def _document(template: str, **values: Any) -> str:
    texts = {"words": wording_page, "figures": wording_figures, "general": wording, "research": RESEARCH_ONLY}
    page: str = _environment().get_template(template).render(**texts, **values)
    return page


@cache
def _environment() -> jinja2.Environment:
    jinja = needs("report", "jinja2")
    loader = jinja.PackageLoader("organotropism.present.html")
    environment: jinja2.Environment = jinja.Environment(
        loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja.StrictUndefined
    )
    return environment
