"""Expected presentations: of 1,000 such women, how many present with each site in each year."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from organotropism.errors import InputError
from organotropism.present import wording, wording_page
from organotropism.present.console import plain_table, rendered
from organotropism.present.numbers import per_thousand
from organotropism.present.shown import horizons, open_sites
from organotropism.process.document import RESEARCH_ONLY
from organotropism.process.rate import LAST_YEAR
from organotropism.process.results import Estimate, Forecast


@dataclass(frozen=True)
class Expected:
    """First presentations with one site, or with any; risks are probabilities.

    Attributes
    ----------
    site : site in the set found at presentation, or "any"
    yearly : P(presenting in each whole year from now), in order
    total : P(presenting by the end of the last year), with its interval
    """

    site: str
    yearly: tuple[float, ...]
    total: Estimate


def expected_horizons(last: float, now: float) -> tuple[float, ...]:
    """Whole years that a forecast needs for `expected`: up to the last, as far as the evidence reaches.

    Raises
    ------
    InputError
        Where there is none.
    """
    years = int(min(last, LAST_YEAR - now) + 1e-9)
    if years < 1:
        raise InputError("leave no whole year", field="horizons", expected="at least one year within reach")
    return tuple(float(year) for year in range(1, years + 1))


def expected(forecast: Forecast) -> list[Expected]:
    """Presentations by site and year; a presentation with several sites counts for each of them.

    Parameters
    ----------
    forecast : has every whole year among its horizons, see `expected_horizons`

    Raises
    ------
    InputError
        For a patient in whom metastases are known: they have presented.
    """
    if forecast.patient.involved:
        raise InputError(
            "presentations are expected of patients without known metastases",
            field="involved",
            expected="a patient free of distant disease",
        )
    years = [h for h in horizons(forecast) if h == int(h)]
    if years != [float(number) for number in range(1, len(years) + 1)]:
        raise ValueError("the forecast lacks some whole year")
    courses = {"any": [forecast.any(year) for year in years]}
    courses |= {site: [forecast.site(site, "first", year) for year in years] for site in open_sites(forecast)}
    return [Expected(site, _yearly(course), course[-1]) for site, course in courses.items()]


def _yearly(course: list[Estimate]) -> tuple[float, ...]:
    risks = [value.risk for value in course]
    return tuple(b - a for a, b in zip([0.0, *risks[:-1]], risks, strict=True))


def expected_columns(forecast: Forecast) -> dict[str, list[Any]]:
    """Long form: year from now, years since diagnosis at its end, site, and numbers per 1,000.

    ``low`` and ``high`` bound ``by_the_end``, the number up to the end of that year.
    """
    now = forecast.patient.now
    names = ("year", "years_since_diagnosis", "site", "in_the_year", "by_the_end", "low", "high")
    columns: dict[str, list[Any]] = {name: [] for name in names}
    for row in expected(forecast):
        for year, share in enumerate(row.yearly, start=1):
            at = forecast.any(year) if row.site == "any" else forecast.site(row.site, "first", year)
            bounds = [None if bound is None else 1000 * bound for bound in (at.low, at.high)]
            values = (year, now + year, row.site, 1000 * share, 1000 * at.risk, *bounds)
            for name, value in zip(names, values, strict=True):
                columns[name].append(value)
    return columns


def expected_text(forecast: Forecast, *, width: int, colour: bool = False) -> str:
    """Table of years by sites as text."""
    rows = expected(forecast)
    table = plain_table(wording_page.YEAR, *(row.site for row in rows), left=0)
    for year in range(len(rows[0].yearly)):
        table.add_row(
            wording.clock(forecast.patient.now, year + 1), *(per_thousand(row.yearly[year]) for row in rows)
        )
    table.add_row(wording_page.ALL_YEARS, *(per_thousand(row.total.risk) for row in rows))
    if rows[0].total.low is not None:
        spread = (f"{per_thousand(row.total.low)}-{per_thousand(row.total.high)}" for row in rows)  # type: ignore[arg-type]
        table.add_row("", *spread)
    sources = [f"{title}. {address}" for title, address in wording_page.GUIDELINES]
    parts = [
        wording.title(forecast),
        wording.start(forecast.patient),
        wording.level(forecast),
        "",
        wording_page.expected_lead(forecast),
        table,
        *((wording_page.EXPECTED_BRACKETS,) if rows[0].total.low is not None else ()),
        "",
        wording_page.ROUTINE_IMAGING,
        *sources,
        "",
        RESEARCH_ONLY,
    ]
    return rendered(parts, width=width, colour=colour)
