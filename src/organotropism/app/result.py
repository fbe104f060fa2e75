"""One forecast as the page shows it: the same numbers as table, figures, words and reasons."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from math import log
from typing import Final

from markupsafe import Markup

from organotropism.app.fields import FOUND, GROUPS, UNKNOWN, FormField
from organotropism.app.submission import Submission
from organotropism.app.whatif import WhatIf, what_if
from organotropism.app.work import RangeQueue, forecast_one
from organotropism.patient import Patient
from organotropism.present import wording
from organotropism.present.figures import body_map, curve_horizons, curves, icon_array, render
from organotropism.present.numbers import percent, years
from organotropism.present.shown import at_horizons, horizons, open_sites
from organotropism.process.model import Model
from organotropism.process.rate import LAST_YEAR
from organotropism.process.reasons import Contribution, Unknown
from organotropism.process.results import DEFAULT_HORIZONS, Estimate, Forecast, Options

#: A factor is a reason when it changes some hazard or odds by a tenth.
_VISIBLE: Final = log(1.1)
_MOST_UNKNOWN: Final = 3
_MOST_STUDIES: Final = 5


@dataclass(frozen=True)
class Number:
    """A risk on the page.

    Attributes
    ----------
    id : quantity, site and years, by which tests and scripts find it
    value : the risk, with its interval where ranges were asked for
    """

    id: str
    value: Estimate


@dataclass(frozen=True)
class Row:
    """Risks of one site at one horizon; `numbers` in the order of the columns."""

    site: str
    clock: str
    numbers: tuple[Number, ...]


@dataclass(frozen=True)
class Reason:
    """One factor: what is known of it, its three parts, and the studies behind them.

    `whether` is None where distant disease is known already; `where` holds one log ratio per open site.
    """

    factor: str
    text: str
    whether: float | None
    how_many: float
    where: dict[str, float]
    studies: tuple[str, ...]


@dataclass(frozen=True)
class Result:
    """Everything the page says of one case."""

    forecast: Forecast
    horizon: float
    quantities: tuple[str, ...]
    rows: tuple[Row, ...]
    given: tuple[Number, ...]
    reasons: tuple[Reason, ...]
    minor: tuple[str, ...]
    unknown: tuple[str, ...]
    treatments: tuple[WhatIf, ...] | None
    figures: dict[str, Markup]
    inputs: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]

    @property
    def patient(self) -> Patient:
        """The patient."""
        return self.forecast.patient

    @property
    def metastatic(self) -> bool:
        """Whether distant disease is known already."""
        return bool(self.patient.involved)

    @property
    def sites(self) -> list[str]:
        """Sites in which no metastasis is known."""
        return open_sites(self.forecast)

    @property
    def model(self) -> Model:
        """The model behind it."""
        return self.forecast.table.model

    @property
    def at_horizon(self) -> tuple[Number, ...]:
        """Risk of any distant disease, and of each site to be found, at the chosen horizon."""
        found = (
            [] if self.metastatic else [Number(f"any-any-{self.horizon:g}", self.forecast.any(self.horizon))]
        )
        return (*found, *(_number(self.forecast, "ever", site, self.horizon) for site in self.sites))


def horizons_shown(chosen: float, now: float) -> tuple[float, ...]:
    """Years of the table: the usual ones up to the chosen one, as far as the evidence reaches."""
    reach = LAST_YEAR - now
    last = min(chosen, reach)
    return tuple(sorted({*(h for h in DEFAULT_HORIZONS if h < last), last}))


def result(form: Submission, model: Model, queue: RangeQueue, *, figures: bool = True) -> Result:
    """Forecast the case of a form and lay it out.

    Raises
    ------
    InputError
        For a field that cannot be used.
    Problem
        503, where too many forecasts with ranges wait.
    """
    patient = form.patient()
    shown = horizons_shown(form.horizon(), patient.now)
    options = Options(curve_horizons(shown, patient.now), form.flag("ranges"), form.year(), form.baseline())
    fine = forecast_one(model, patient, options, queue)
    forecast = at_horizons(fine, shown)
    quantities = ("ever",) if patient.involved else ("first", "only", "ever")
    reasons, minor = _reasons(forecast)
    return Result(
        forecast,
        shown[-1],
        quantities,
        tuple(_rows(forecast, quantities)),
        () if patient.involved else _given(forecast),
        reasons,
        minor,
        tuple(line for entry in forecast.unknown if (line := _narrowing(entry)))[:_MOST_UNKNOWN],
        tuple(what_if(model, patient, forecast.table.options, queue)) if form.flag("whatif") else None,
        _figures(forecast, fine) if figures else {},
        inputs(form),
    )


def _number(forecast: Forecast, quantity: str, site: str, horizon: float) -> Number:
    return Number(f"{quantity}-{site}-{horizon:g}", forecast.site(site, quantity, horizon))


def _rows(forecast: Forecast, quantities: tuple[str, ...]) -> list[Row]:
    now, rows = forecast.patient.now, []
    if not forecast.patient.involved:
        rows = [
            Row("any", wording.clock(now, h), (Number(f"any-any-{h:g}", forecast.any(h)),))
            for h in horizons(forecast)
        ]
    for site in open_sites(forecast):
        for h in horizons(forecast):
            numbers = tuple(_number(forecast, quantity, site, h) for quantity in quantities)
            rows.append(Row(site, wording.clock(now, h), numbers))
    return rows


def _given(forecast: Forecast) -> tuple[Number, ...]:
    sites = [Number(f"given-{site}", forecast.site(site, "given")) for site in open_sites(forecast)]
    return (*sites, Number("given-several", forecast.several))


def _reasons(forecast: Forecast) -> tuple[tuple[Reason, ...], tuple[str, ...]]:
    """Factors that are known, largest first, and those too small to be seen."""
    by_factor: dict[str, list[tuple[str, Contribution]]] = {}
    for site in open_sites(forecast):
        for entry in forecast.contributions[site]:
            by_factor.setdefault(entry.factor, []).append((site, entry))
    metastatic = bool(forecast.patient.involved)
    found = []
    for factor, entries in by_factor.items():
        # Unknown inputs are averages over such patients: they make up the sum, but are no reasons.
        text = wording.reason(forecast, factor)
        if text is None:
            continue
        one = entries[0][1]
        ids = dict.fromkeys(chain.from_iterable(entry.studies for _, entry in entries))
        if metastatic:
            ids.pop(wording.PREDICT, None)  # it speaks of whether and when alone
        where = {site: entry.where for site, entry in entries}
        found.append(
            Reason(
                factor,
                text,
                None if metastatic else one.whether,
                one.how_many,
                where,
                tuple(ids)[:_MOST_STUDIES],
            )
        )
    found.sort(key=_size, reverse=True)
    seen = tuple(reason for reason in found if _size(reason) >= _VISIBLE)
    return seen, tuple(reason.text for reason in found if _size(reason) < _VISIBLE)


def _size(reason: Reason) -> float:
    return max(map(abs, (reason.whether or 0.0, reason.how_many, *reason.where.values())))


def _narrowing(entry: Unknown) -> str | None:
    """What an unknown field could tell, or None where no digit shown would change."""
    low, high = (pick(entry.values.items(), key=lambda item: item[1]) for pick in (min, max))
    if percent(low[1]) == percent(high[1]):
        return None
    span = f"{percent(low[1])} ({low[0]}) to {percent(high[1])} ({high[0]})"
    return f"{wording.field_text(entry.field)}: {entry.site} within {years(entry.years)} from {span}"


def _figures(forecast: Forecast, fine: Forecast) -> dict[str, Markup]:
    drawn = {"body": body_map(forecast), "icons": icon_array(forecast), "curves": curves(fine)}
    # The figures escape every text themselves.
    return {name: Markup(render(figure).decode()) for name, figure in drawn.items()}


def inputs(form: Submission) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """Every input of the form with its unit, unknown ones too; of the year of a site, whether it was found."""
    return tuple(
        (group.title, tuple((field.label, _said(form, field)) for field in group.fields)) for group in GROUPS
    )


def _said(form: Submission, field: FormField) -> str:
    if not form.known(field.name):
        return "not known to be involved" if field.name.startswith(FOUND) else UNKNOWN
    text = form.texts[field.name].strip()
    return f"{dict(field.choices).get(text, text)} {field.unit}".strip()
