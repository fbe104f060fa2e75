"""A forecast as compact text, readable without colour on 80 to 100 columns."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING

from rich.padding import Padding
from rich.text import Text

from organotropism.present import wording, wording_page
from organotropism.present.console import WIDEST, plain_table, rendered
from organotropism.present.numbers import estimate, frequency, ratio
from organotropism.present.reasons import shown_reasons, shown_unknowns
from organotropism.present.shown import horizons, open_sites
from organotropism.process.document import RESEARCH_ONLY
from organotropism.process.results import Estimate, Forecast

if TYPE_CHECKING:
    from rich.console import RenderableType


def forecast_text(forecast: Forecast, *, width: int = WIDEST, colour: bool = False) -> str:
    """Text of one forecast.

    Parameters
    ----------
    width : columns, at most `WIDEST` are used
    colour : whether to mark headings for a terminal
    """
    parts = (_head, _risks, _reasons, _unknown, _foot)
    return rendered(chain.from_iterable(part(forecast) for part in parts), width=width, colour=colour)


def _heading(text: str) -> Text:
    return Text(text, style="bold")


def _indented(text: str) -> Padding:
    return Padding(Text(text), (0, 0, 0, 2))


def _head(forecast: Forecast) -> Iterator[RenderableType]:
    # First whose level it is: without the year and the population a risk says little.
    yield Text(wording.level(forecast))
    yield _heading(wording.title(forecast))
    yield Text(wording.start(forecast.patient))
    yield Text(f"Speaks of: {forecast.table.model.speaks_of.rstrip('.')}.")
    if not forecast.patient.involved:
        yield Text()
        yield from (Text(wording_page.summary(forecast, h)) for h in horizons(forecast))
    yield Text()


def _risks(forecast: Forecast) -> Iterator[RenderableType]:
    metastatic, times = bool(forecast.patient.involved), horizons(forecast)
    quantities = ("ever",) if metastatic else ("first", "only", "ever")
    table = plain_table("site", "years", *quantities, "ever, in people")
    # Where the table is too wide, natural frequencies go on two lines rather than a number be cut.
    table.columns[0].no_wrap, table.columns[-1].no_wrap = True, False

    def add(site: str, place: int, cells: list[Estimate]) -> None:
        clock = wording.clock(forecast.patient.now, times[place])
        blank = [""] * (len(quantities) - len(cells))
        shown = [estimate(cell) for cell in cells]
        table.add_row(site if place == 0 else "", clock, *blank, *shown, frequency(cells[-1].risk))

    for place, h in enumerate(() if metastatic else times):
        add(wording.ANY, place, [forecast.any(h)])
    for site in open_sites(forecast):
        for place, h in enumerate(times):
            add(site, place, [forecast.site(site, quantity, h) for quantity in quantities])
    yield table
    if not metastatic:
        yield _given(forecast)
    interval = f" {wording.INTERVAL}" if forecast.table.options.intervals else ""
    yield Text(f"{wording.FURTHER if metastatic else wording.QUANTITIES}{interval}")


def _given(forecast: Forecast) -> Text:
    shares = [f"{site} {estimate(forecast.site(site, 'given'))}" for site in open_sites(forecast)]
    several = f"{wording.SEVERAL} {estimate(forecast.several)}"
    return Text(f"{wording.GIVEN}: {', '.join(shares)}; {several}.")


def _reasons(forecast: Forecast) -> Iterator[RenderableType]:
    """Factors as rows, since whether/when and how many are common to all sites."""
    metastatic, reasons = bool(forecast.patient.involved), shown_reasons(forecast)
    yield Text()
    if not reasons:
        yield Text(wording.NO_REASONS)
        return
    yield _heading(wording.REASONS)
    common = () if metastatic else ("whether/when",)
    table = plain_table("", *common, "how many", *open_sites(forecast))
    for reason in reasons:
        label = Text(reason.text)
        label.append(f"\n  {wording.studies(reason.studies)}", style="dim")
        parts = [] if reason.whether is None else [reason.whether]
        table.add_row(label, *map(ratio, [*parts, reason.how_many, *reason.where.values()]))
    yield table
    yield Text(wording.RATIOS_FURTHER if metastatic else wording.RATIOS)


def _unknown(forecast: Forecast) -> Iterator[RenderableType]:
    lines = shown_unknowns(forecast)
    if lines:
        yield Text()
        yield _heading(wording.UNKNOWN)
        yield from map(_indented, lines)


def _foot(forecast: Forecast) -> Iterator[RenderableType]:
    model = forecast.table.model
    if forecast.warnings:
        yield Text()
        yield _heading(wording.WARNINGS)
        yield from (_indented(warning) for warning in forecast.warnings)
    yield Text()
    yield Text(f"{wording.LEVEL} Model: {model.name}, version {model.version}.")
    yield _heading(RESEARCH_ONLY)
