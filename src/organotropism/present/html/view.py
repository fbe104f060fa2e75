"""What the template of a forecast shows: texts and figures, ready to be laid out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from organotropism.present import wording, wording_page
from organotropism.present.citations import Citation
from organotropism.present.expected import expected
from organotropism.present.extras import needs
from organotropism.present.figures import body_map, curves, icon_array, render
from organotropism.present.numbers import estimate, frequency, people, per_thousand, ratio
from organotropism.present.reasons import Reason, shown_reasons, shown_unknowns
from organotropism.present.shown import at_horizons, horizons, open_sites
from organotropism.process.results import Estimate, Forecast


@dataclass(frozen=True)
class Cell:
    """One risk: where it belongs, in per cent with its interval in brackets, and in people."""

    site: str
    quantity: str
    years: float | None
    percent: str
    interval: str
    people: str
    risk: float


@dataclass(frozen=True)
class ReasonView:
    """One reason: its parts as texts (factor of change and what of), and its studies."""

    text: str
    whether: str
    how_many: str
    where: list[tuple[str, str]]
    studies: list[Citation]


@dataclass(frozen=True)
class ExpectedRow:
    """One year, or the sum: numbers per 1,000 of any and of each site."""

    label: str
    numbers: list[str]


@dataclass(frozen=True)
class View:
    """Everything of one patient's page, in the order of reading."""

    anchor: str
    name: str
    start: str
    level: str
    summary: list[str]
    entered: list[tuple[str, str]]
    unknown_fields: list[str]
    figures: dict[str, Any]
    times: list[tuple[str, list[list[Cell]]]]
    quantities: list[str]
    given: list[Cell]
    reasons: list[ReasonView]
    narrowing: list[str]
    expected_lead: str
    expected_sites: list[str]
    expected: list[ExpectedRow]
    speaks_of: str
    warnings: list[str]
    studies: list[Citation]
    model: str
    metastatic: bool
    intervals: bool


def view(
    forecast: Forecast,
    shown: tuple[float, ...],
    citations: Mapping[str, Citation],
    number: int,
    top: float | None = None,
) -> View:
    """Prepare one patient's page.

    Parameters
    ----------
    forecast : on the horizons of `curve_horizons`
    shown : horizons for which numbers are given
    citations : by the id of the study
    number : of the patient in the document, from 1
    top : end of the scale of the curves, None: what they need
    """
    few, patient = at_horizons(forecast, shown), forecast.patient
    metastatic = bool(patient.involved)
    reasons = shown_reasons(few)
    quantities = ["ever"] if metastatic else ["ever", "first", "only"]
    ids = dict.fromkeys(study for reason in reasons for study in reason.studies)
    return View(
        anchor=f"p{number}",
        name=wording.title(forecast),
        start=wording.start(patient),
        level=wording.level(forecast),
        summary=_summary(few),
        entered=wording_page.entered(patient),
        unknown_fields=[wording.field_text(entry.field) for entry in few.unknown],
        figures=_figures(forecast, few, top),
        times=[_at(few, h, quantities) for h in horizons(few)],
        quantities=[wording_page.COLUMNS[name] for name in quantities],
        given=[] if metastatic else _given(few),
        reasons=[_reason(reason, citations) for reason in reasons],
        narrowing=shown_unknowns(few),
        **_expected(forecast),
        speaks_of=wording_page.speaks_of(forecast),
        warnings=list(few.warnings),
        studies=[_citation(study, citations) for study in ids],
        model=wording_page.model_line(forecast),
        metastatic=metastatic,
        intervals=forecast.table.options.intervals,
    )


def _summary(few: Forecast) -> list[str]:
    last, sites = horizons(few)[-1], open_sites(few)
    if few.patient.involved:
        return [wording_page.further(few), *([wording_page.largest(few, last, sites)] if sites else [])]
    return [*(wording_page.summary(few, h) for h in horizons(few)), wording_page.largest(few, last, sites)]


def _figures(forecast: Forecast, few: Forecast, top: float | None) -> dict[str, Any]:
    markup = needs("report", "markupsafe").Markup
    drawn: dict[str, Any] = {
        "body": body_map(few),
        "curves": curves(forecast, top=top),
        "icons": icon_array(few),
    }
    return {name: markup(render(figure).decode()) for name, figure in drawn.items()}


def _cell(site: str, quantity: str, years: float | None, value: Estimate) -> Cell:
    percent, _, interval = estimate(value).partition(" (")
    among = people(value.risk)
    return Cell(
        site,
        quantity,
        years,
        percent,
        f"({interval}" if interval else "",
        in_people(value.risk, among),
        value.risk,
    )


def in_people(risk: float, among: int) -> str:
    """A natural frequency for a cell of a table."""
    return frequency(risk, among).removeprefix("about ")


def _at(few: Forecast, horizon: float, quantities: list[str]) -> tuple[str, list[list[Cell]]]:
    """Heading and rows of one horizon."""
    rows = [] if few.patient.involved else [[_cell("any", "any", horizon, few.any(horizon))]]
    for site in open_sites(few):
        rows.append([_cell(site, name, horizon, few.site(site, name, horizon)) for name in quantities])
    from organotropism.present.wording_figures import within

    return within(horizon, few.patient), rows


def _given(few: Forecast) -> list[Cell]:
    cells = [_cell(site, "given_metastasis", None, few.site(site, "given")) for site in open_sites(few)]
    return [*cells, _cell("any", "several", None, few.several)]


def _reason(reason: Reason, citations: Mapping[str, Citation]) -> ReasonView:
    def seen(value: float | None) -> str:
        text = "" if value is None else ratio(value)
        return "" if text == "·" else text

    where = [(site, text) for site, value in reason.where.items() if (text := seen(value))]
    studies = [_citation(study, citations) for study in reason.studies]
    return ReasonView(reason.text, seen(reason.whether), seen(reason.how_many), where, studies)


def _citation(study: str, citations: Mapping[str, Citation]) -> Citation:
    return citations.get(study) or Citation(study, study, study, "", "")


def _expected(forecast: Forecast) -> dict[str, Any]:
    """Expected presentations; none where metastases are known or the evidence ends within a year."""
    if forecast.patient.involved or 1.0 not in horizons(forecast):
        return {"expected_lead": "", "expected_sites": [], "expected": []}
    rows = expected(forecast)
    now = forecast.patient.now
    years = [
        ExpectedRow(wording.clock(now, year + 1), [per_thousand(row.yearly[year]) for row in rows])
        for year in range(len(rows[0].yearly))
    ]
    sums = [ExpectedRow(wording_page.ALL_YEARS, [per_thousand(row.total.risk) for row in rows])]
    bounds = [(row.total.low, row.total.high) for row in rows]
    spread = [f"{per_thousand(a)}-{per_thousand(b)}" for a, b in bounds if a is not None and b is not None]
    if spread:
        sums.append(ExpectedRow(wording_page.SPREAD, spread))
    return {
        "expected_lead": wording_page.expected_lead(forecast),
        "expected_sites": [row.site for row in rows],
        "expected": years + sums,
    }
