"""What of a forecast can be shown: horizons that the evidence reaches and sites that are still open."""

from __future__ import annotations

from dataclasses import replace
from math import isnan

from organotropism.process.forecast import warnings_for
from organotropism.process.kernel import Risks
from organotropism.process.results import Forecast


def horizons(forecast: Forecast) -> list[float]:
    """Horizons that the evidence reaches, years from now."""
    return [h for h in forecast.table.options.horizons if not isnan(forecast.any(h).risk)]


def last_horizon(forecast: Forecast) -> float:
    """The latest horizon that the evidence reaches, years from now."""
    return horizons(forecast)[-1]


def open_sites(forecast: Forecast) -> list[str]:
    """Sites in which no metastasis is known."""
    known = {str(site) for site in forecast.patient.involved_sites}
    return [site for site in forecast.table.model.layout.sites if site not in known]


def at_horizons(forecast: Forecast, wanted: tuple[float, ...]) -> Forecast:
    """The same forecast at some of its horizons: a page shows few numbers and draws curves through many."""
    table = forecast.table
    options = replace(table.options, horizons=wanted)
    places = [table.options.horizons.index(h) for h in wanted]

    def picked(risks: Risks | None) -> Risks | None:
        if risks is None:
            return None
        timed = {name: getattr(risks, name)[..., places] for name in ("any", "first", "only", "ever")}
        return replace(risks, **timed)

    point = picked(table.risks)
    assert point is not None
    few = replace(
        table,
        options=options,
        risks=point,
        low=picked(table.low),
        high=picked(table.high),
        warnings=tuple(tuple(warnings_for(table.model, patient, options)) for patient in table.patients),
    )
    return few[forecast.number]
