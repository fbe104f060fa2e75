"""A forecast as compact text, readable without colour on 80 to 100 columns."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from math import isnan, log
from typing import TYPE_CHECKING

from rich.padding import Padding
from rich.text import Text

from organotropism.present import wording
from organotropism.present.console import WIDEST, plain_table, rendered
from organotropism.present.numbers import estimate, frequency, percent, ratio, years
from organotropism.process.document import RESEARCH_ONLY
from organotropism.process.reasons import Contribution, Unknown
from organotropism.process.results import Estimate, Forecast

if TYPE_CHECKING:
    from rich.console import RenderableType

#: A factor is a reason when it changes some hazard or odds by a tenth.
_VISIBLE = log(1.1)
_MOST_REASONS = 6
_MOST_STUDIES = 5
_MOST_UNKNOWN = 2


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


def _horizons(forecast: Forecast) -> list[float]:
    """Horizons that the evidence reaches."""
    return [h for h in forecast.table.options.horizons if not isnan(forecast.any(h).risk)]


def _head(forecast: Forecast) -> Iterator[RenderableType]:
    yield _heading(wording.title(forecast))
    yield Text(wording.start(forecast.patient))
    yield Text(wording.level(forecast))
    yield Text(f"Speaks of: {forecast.table.model.speaks_of.rstrip('.')}.")
    yield Text()


def _sites(forecast: Forecast) -> list[str]:
    """Sites whose forecast is open."""
    known = {str(site) for site in forecast.patient.involved_sites}
    return [site for site in forecast.table.model.layout.sites if site not in known]


def _risks(forecast: Forecast) -> Iterator[RenderableType]:
    metastatic, horizons = bool(forecast.patient.involved), _horizons(forecast)
    quantities = ("ever",) if metastatic else ("first", "only", "ever")
    table = plain_table("site", "years", *quantities, "ever, in people")
    # Where the table is too wide, natural frequencies go on two lines rather than a number be cut.
    table.columns[0].no_wrap, table.columns[-1].no_wrap = True, False

    def add(site: str, place: int, cells: list[Estimate]) -> None:
        clock = wording.clock(forecast.patient.now, horizons[place])
        blank = [""] * (len(quantities) - len(cells))
        shown = [estimate(cell) for cell in cells]
        table.add_row(site if place == 0 else "", clock, *blank, *shown, frequency(cells[-1].risk))

    for place, h in enumerate(() if metastatic else horizons):
        add(wording.ANY, place, [forecast.any(h)])
    for site in _sites(forecast):
        for place, h in enumerate(horizons):
            add(site, place, [forecast.site(site, quantity, h) for quantity in quantities])
    yield table
    if not metastatic:
        yield _given(forecast)
    interval = f" {wording.INTERVAL}" if forecast.table.options.intervals else ""
    yield Text(f"{wording.FURTHER if metastatic else wording.QUANTITIES}{interval}")


def _given(forecast: Forecast) -> Text:
    shares = [f"{site} {estimate(forecast.site(site, 'given'))}" for site in _sites(forecast)]
    several = f"{wording.SEVERAL} {estimate(forecast.several)}"
    return Text(f"{wording.GIVEN}: {', '.join(shares)}; {several}.")


def _reasons(forecast: Forecast) -> Iterator[RenderableType]:
    """Factors as rows, since whether/when and how many are common to all sites."""
    sites, metastatic = _sites(forecast), bool(forecast.patient.involved)
    by_factor: dict[str, list[Contribution]] = {}
    for site in sites:
        for entry in forecast.contributions[site]:
            by_factor.setdefault(entry.factor, []).append(entry)
    # Unknown inputs are averages over such patients: they make up the sum, but are no reasons.
    texts = {factor: wording.reason(forecast, factor) for factor in by_factor}
    sizes = {factor: _size(by_factor[factor], metastatic) for factor, text in texts.items() if text}
    shown = [factor for factor in sorted(sizes, key=lambda name: -sizes[name]) if sizes[factor] >= _VISIBLE]
    yield Text()
    if not shown:
        yield Text(wording.NO_REASONS)
        return
    yield _heading(wording.REASONS)
    table = plain_table("", *(() if metastatic else ("whether/when",)), "how many", *sites)
    for factor in shown[:_MOST_REASONS]:
        entries = by_factor[factor]
        ids = dict.fromkeys(chain.from_iterable(entry.studies for entry in entries))
        if metastatic:
            ids.pop(wording.PREDICT, None)  # it speaks of whether and when alone
        label = Text(texts[factor] or "")
        label.append(f"\n  {wording.studies(list(ids)[:_MOST_STUDIES])}", style="dim")
        common = [entries[0].how_many] if metastatic else [entries[0].whether, entries[0].how_many]
        table.add_row(label, *map(ratio, common), *(ratio(entry.where) for entry in entries))
    yield table
    yield Text(wording.RATIOS_FURTHER if metastatic else wording.RATIOS)


def _size(entries: list[Contribution], metastatic: bool) -> float:
    """Largest part that is shown of a factor."""
    parts = [part for entry in entries for part in (entry.how_many, entry.where)]
    if not metastatic:
        parts.append(entries[0].whether)
    return max(map(abs, parts))


def _unknown(forecast: Forecast) -> Iterator[RenderableType]:
    lines = [line for entry in forecast.unknown if (line := _narrowing(entry))][:_MOST_UNKNOWN]
    if lines:
        yield Text()
        yield _heading(wording.UNKNOWN)
        yield from map(_indented, lines)


def _narrowing(entry: Unknown) -> str | None:
    """What an unknown field could tell, or None where no digit shown would change."""
    low, high = (pick(entry.values.items(), key=lambda item: item[1]) for pick in (min, max))
    if percent(low[1]) == percent(high[1]):
        return None
    span = f"{percent(low[1])} ({low[0]}) to {percent(high[1])} ({high[0]})"
    return f"{wording.field_text(entry.field)}: {entry.site} within {years(entry.years)} from {span}"


def _foot(forecast: Forecast) -> Iterator[RenderableType]:
    model = forecast.table.model
    if forecast.warnings:
        yield Text()
        yield _heading(wording.WARNINGS)
        yield from (_indented(warning) for warning in forecast.warnings)
    yield Text()
    yield Text(f"{wording.LEVEL} Model: {model.name}, version {model.version}.")
    yield _heading(RESEARCH_ONLY)
