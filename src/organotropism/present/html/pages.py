"""From forecasts to the HTML of a whole document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from organotropism.present import wording, wording_figures, wording_page
from organotropism.present.citations import Citation
from organotropism.present.extras import needs
from organotropism.present.figures import render, risk_bars
from organotropism.present.html.view import View, view
from organotropism.present.shown import at_horizons, last_horizon
from organotropism.process.document import RESEARCH_ONLY
from organotropism.process.results import Forecast

if TYPE_CHECKING:
    import jinja2

Citations = Mapping[str, Citation]


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
    forecasts = (first, second)
    views = [view(forecast, tuple(shown), citations, number) for number, forecast in enumerate(forecasts, 1)]
    names = [f"{letter}: {one.name}" for letter, one in zip("AB", views, strict=True)]
    at = min(last_horizon(at_horizons(forecast, tuple(shown))) for forecast in forecasts)
    bars = _safe(render(risk_bars(forecasts, ["A", "B"], horizon=at)).decode())
    title = wording_page.COMPARISON_TITLE
    return _document("comparison.html", title=title, views=views, names=names, bars=bars, rows=_paired(views))


def _paired(views: list[View]) -> list[tuple[str, str, str]]:
    """What is known of two patients, field by field."""
    both = [dict(one.entered) for one in views]
    labels = [label for label in wording_page.LABELS.values() if any(label in known for known in both)]
    return [(label, *(known.get(label, "unknown") for known in both)) for label in labels]  # type: ignore[misc]


def _document(template: str, **values: Any) -> str:
    texts = {"words": wording_page, "figures": wording_figures, "general": wording, "research": RESEARCH_ONLY}
    page: str = _environment().get_template(template).render(**texts, **values)
    return page


def _safe(svg: str) -> Any:
    """A figure of our own, in which what readers typed has been escaped already."""
    return needs("report", "markupsafe").Markup(svg)


@cache
def _environment() -> jinja2.Environment:
    jinja = needs("report", "jinja2")
    loader = jinja.PackageLoader("organotropism.present.html")
    environment: jinja2.Environment = jinja.Environment(
        loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja.StrictUndefined
    )
    return environment
