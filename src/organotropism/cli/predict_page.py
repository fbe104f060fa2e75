"""Pages, figures, comparisons and expected presentations of ``predict``."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from organotropism.cli.output import write_bytes, write_text
from organotropism.csv_files import frame_csv
from organotropism.errors import InputError
from organotropism.patient import Patient
from organotropism.process.document import RESEARCH_ONLY
from organotropism.process.horizons import check_horizons, check_reach
from organotropism.process.model import Model
from organotropism.process.results import Forecast, ForecastTable, Options

if TYPE_CHECKING:
    from organotropism.cli.marker_evidence import PatientMarkers
    from organotropism.present.citations import Citation
    from organotropism.present.figures.render import Kind

#: Patients of one HTML document; each adds some 100 kB.
MOST_PAGES: Final = 50


@dataclass(frozen=True)
class PageRequest:
    """What to show.

    Attributes
    ----------
    options : with the horizons for which numbers are given
    chosen : whether these horizons were asked for, and so must be within reach
    markers : what was measured of the patients, None: nothing
    """

    model: Model
    options: Options
    chosen: bool
    markers: PatientMarkers | None = None

    def forecast(self, patient: Patient) -> Forecast:
        """Forecast on all horizons that the curves of a page need.

        Raises
        ------
        InputError
            Where a horizon that was asked for is not one, or not within reach.
        """
        from organotropism.present.figures import curve_horizons

        shown = self.options.horizons
        check_horizons(shown)
        if self.chosen:
            check_reach(shown, patient)
        return self.at(patient, curve_horizons(shown, patient.now))

    def at(self, patient: Patient, horizons: tuple[float, ...]) -> Forecast:
        """Forecast at some horizons."""
        options = self.options
        table: ForecastTable = self.model.forecast(
            [patient],
            horizons,
            intervals=options.intervals,
            year=options.year,
            baseline=options.baseline,
            offsets=None if self.markers is None else [self.markers.offset(patient)],
        )
        return table[0]


def write_page(request: PageRequest, patient: Patient, out: Path | None) -> None:
    """Write the HTML page of one patient."""
    from organotropism.present.html import forecast_page

    page = forecast_page([request.forecast(patient)], request.options.horizons, citations())
    write_text(page, out)


def write_comparison(
    request: PageRequest, patients: tuple[Patient, Patient], kind: str, out: Path | None
) -> None:
    """Write the HTML page that sets two patients side by side, or its figure of bars."""
    from organotropism.present.figures import render, risk_bars
    from organotropism.present.html import comparison_page
    from organotropism.present.shown import at_horizons

    first, second = (request.forecast(patient) for patient in patients)
    shown = request.options.horizons
    if kind == "html":
        write_text(comparison_page(first, second, shown, citations()), out)
        return
    few = [at_horizons(forecast, shown) for forecast in (first, second)]
    write_bytes(render(risk_bars(few, ("A", "B")), cast("Kind", kind)), out)


def write_figure(request: PageRequest, patient: Patient, figure: str, kind: str, out: Path | None) -> None:
    """Write one figure as SVG, PNG or PDF."""
    from organotropism.present import figures
    from organotropism.present.shown import at_horizons

    full = request.forecast(patient)
    few = at_horizons(full, request.options.horizons)
    draw: dict[str, Callable[[], Any]] = {
        "body": lambda: figures.body_map(few),
        "curves": lambda: figures.curves(full),
        "icons": lambda: figures.icon_array(few),
        "bars": lambda: figures.risk_bars([few]),
        "expected": lambda: figures.expected_figure(full),
    }
    write_bytes(figures.render(draw[figure](), cast("Kind", kind)), out)


def write_expected(request: PageRequest, patient: Patient, kind: str, out: Path | None) -> None:
    """Write the table of expected presentations as text, CSV or JSON."""
    from organotropism.present.expected import expected_columns, expected_horizons, expected_text

    check_horizons(request.options.horizons)
    if request.chosen:
        check_reach(request.options.horizons, patient)
    forecast = request.at(patient, expected_horizons(request.options.horizons[-1], patient.now))
    if kind == "text":
        colour = out is None and sys.stdout.isatty()
        width = shutil.get_terminal_size().columns
        write_text(expected_text(forecast, width=width, colour=colour), out, coloured=True)
        return
    columns = expected_columns(forecast)
    if kind == "csv":
        import polars as pl

        write_text(frame_csv(pl.DataFrame(columns)), out)
        return
    from organotropism.present.wording_page import ROUTINE_IMAGING, expected_lead

    rows = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    document = {
        "purpose": RESEARCH_ONLY,
        "counts": expected_lead(forecast),
        "note": ROUTINE_IMAGING,
        "model": {"name": request.model.name, "version": request.model.version},
        "rows": rows,
    }
    write_text(json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n", out)


def page_options(options: Options) -> Options:
    """Options of the forecasts behind the pages of a table, whose clocks differ."""
    from organotropism.present.figures import curve_horizons

    check_horizons(options.horizons)
    return replace(options, horizons=curve_horizons(options.horizons, 0.0))


def write_pages(path: Path, tables: Iterable[ForecastTable], shown: tuple[float, ...]) -> None:
    """Write one HTML document with a page for each patient.

    Raises
    ------
    InputError
        For more patients than a document can hold.
    """
    from organotropism.present.html import forecast_page

    forecasts = list(islice(_each(tables), MOST_PAGES + 1))
    if len(forecasts) > MOST_PAGES:
        raise InputError(
            f"is for at most {MOST_PAGES} patients",
            field="--format",
            value="html",
            expected="a shorter table",
        )
    path.write_text(forecast_page(forecasts, shown, citations()), encoding="utf-8")


def citations() -> dict[str, Citation]:
    """Citations of all studies of the evidence, by their ids."""
    from organotropism import evidence
    from organotropism.present.citations import cited

    return cited(evidence.studies().values())


def _each(tables: Iterable[ForecastTable]) -> Iterator[Forecast]:
    for table in tables:
        yield from (table[number] for number in range(len(table)))
