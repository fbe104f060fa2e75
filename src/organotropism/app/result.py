"""One forecast as the page shows it: the same numbers as table, figures, words and reasons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from organotropism.app.cost import seconds_of
from organotropism.app.fields import FOUND, GROUPS, UNKNOWN, FormField
from organotropism.app.submission import Submission
from organotropism.app.whatif import WhatIf, what_if
from organotropism.app.work import forecast_one
from organotropism.errors import InputError
from organotropism.patient import Patient
from organotropism.present import wording
from organotropism.present.figures import body_map, curve_horizons, curves, icon_array, render
from organotropism.present.reasons import Reason, shown_reasons, shown_unknowns
from organotropism.present.shown import at_horizons, horizons, open_sites
from organotropism.process.model import Model
from organotropism.process.rate import LAST_YEAR
from organotropism.process.results import DEFAULT_HORIZONS, Estimate, Forecast, Options


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
class Result:
    """Everything the page says of one case."""

    forecast: Forecast
    horizon: float
    quantities: tuple[str, ...]
    rows: tuple[Row, ...]
    given: tuple[Number, ...]
    reasons: tuple[Reason, ...]
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


def drawn(form: Submission, patient: Patient) -> tuple[tuple[float, ...], Options]:
    """Horizons of the table, and options of a forecast that has those of the curves too."""
    shown = horizons_shown(form.horizon(), patient.now)
    curve = curve_horizons(shown, patient.now)
    return shown, Options(curve, form.flag("ranges"), form.year(), form.baseline())


def seconds_of_page(form: Submission, model: Model) -> float:
    """Estimated seconds of `result`; none for a form that cannot be used, which is told at once."""
    try:
        patient = form.patient()
        _, options = drawn(form, patient)
    except InputError:
        return 0.0
    return seconds_of(model, [patient], options, reasons=True)


def result(form: Submission, model: Model, *, figures: bool = True) -> Result:
    """Forecast the case of a form and lay it out.

    Raises
    ------
    InputError
        For a field that cannot be used.
    """
    patient = form.patient()
    shown, options = drawn(form, patient)
    fine = forecast_one(model, patient, options)
    forecast = at_horizons(fine, shown)
    quantities = ("ever",) if patient.involved else ("first", "only", "ever")
    return Result(
        forecast,
        shown[-1],
        quantities,
        tuple(_rows(forecast, quantities)),
        () if patient.involved else _given(forecast),
        tuple(shown_reasons(forecast)),
        tuple(shown_unknowns(forecast)),
        tuple(what_if(model, patient, forecast.table.options)) if form.flag("whatif") else None,
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


def _figures(forecast: Forecast, fine: Forecast) -> dict[str, Markup]:
    figures: dict[str, Any] = {
        "body": body_map(forecast),
        "icons": icon_array(forecast),
        "curves": curves(fine),
    }
    # The figures escape every text themselves.
    return {name: Markup(render(figure).decode()) for name, figure in figures.items()}


def inputs(form: Submission) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """Every input of the form with its unit, unknown ones too."""
    return tuple(
        (group.title, tuple((field.label, _said(form, field)) for field in group.fields)) for group in GROUPS
    )


def _said(form: Submission, field: FormField) -> str:
    if not form.known(field.name):
        return "no" if field.name.startswith(FOUND) else UNKNOWN
    text = form.texts[field.name].strip()
    return f"{dict(field.choices).get(text, text)} {field.unit}".strip()
