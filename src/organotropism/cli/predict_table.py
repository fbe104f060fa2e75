"""A table of patients in, a table of forecasts out, in parts that fit into memory."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from organotropism.cli.output import copy_out
from organotropism.csv_files import write_frame
from organotropism.errors import InputError, visible
from organotropism.files import new_file, scratch_folder
from organotropism.patient import Patient
from organotropism.patient_columns import Columns
from organotropism.patient_file import STANDARD_INPUT, iter_patients
from organotropism.process.model import Model
from organotropism.process.results import ForecastTable, Options

if TYPE_CHECKING:
    import polars as pl

    from organotropism.cli.marker_evidence import PatientMarkers

#: Patients at a time. An interval takes hundreds of forecasts, which are held at once.
_PART, _PART_WITH_INTERVALS = 10_000, 500
_MOST_WARNINGS = 20
_ANYONE = Patient(
    subtype="HR+/HER2-",
    pr="positive",
    ki67=5,
    age=60,
    grade=2,
    size_mm=15,
    positive_nodes=0,
    histology="ductal",
    detection="symptoms",
)
Writer = Callable[[Path, Iterable[ForecastTable]], None]


@dataclass(frozen=True)
class TableRequest:
    """What to forecast.

    Attributes
    ----------
    file : table of patients, ``-`` for standard input
    kind : ending that says how to read it, None: its own
    markers : what was measured of some of the patients, None: of none
    ignore_unknown : whether columns that are no field of a patient are left out, or an error
    """

    file: str
    kind: str | None
    model: Model
    options: Options
    markers: PatientMarkers | None = None
    ignore_unknown: bool = False


def forecast_file(request: TableRequest, kind: str, out: Path | None) -> None:
    """Forecast all patients of a file; the result appears whole or not at all.

    Parameters
    ----------
    kind : csv, parquet, json (NDJSON) or html
    out : where to write, None: standard output

    Raises
    ------
    InputError
        For the first patient or option that cannot be used, naming file and row.
    """
    # A patient of whom all is known: what the model refuses here is an option.
    _plain_forecast(request, [_ANYONE], False)
    if out is not None and out.exists() and Path(request.file).exists() and out.samefile(request.file):
        raise InputError("is the table of patients", field="--out", value=str(out), expected="another file")
    size = _PART_WITH_INTERVALS if request.options.intervals else _PART
    if kind == "html":
        # A page is so much slower than a forecast that nothing is gained by many at a time.
        request, writer, size = *_paged(request), 1
    else:
        writer = _WRITERS[kind]
    warnings: Counter[str] = Counter()
    columns = Columns(STANDARD_INPUT if request.file == "-" else request.file, request.ignore_unknown)
    with _progress(request) as advance:
        tables = _forecasts(request, columns, size, warnings, advance)
        if out is not None:
            with new_file(out) as part:
                writer(part, tables)
        else:
            # Standard output cannot be taken back, so nothing goes there before all rows were read.
            with scratch_folder() as folder:
                part = folder / "forecasts"
                writer(part, tables)
                copy_out(part)
    for note in columns.notes:
        print(f"{columns.file}: {note}", file=sys.stderr)
    if request.markers is not None and (unread := request.markers.unread()):
        warnings[f"an id of {request.markers.file} that is none of this table"] = len(unread)
    if kind == "html":
        return  # every page says its own
    for text, count in warnings.most_common(_MOST_WARNINGS):
        patients = f"{count:,} patient{'' if count == 1 else 's'}"
        print(visible(f"warning for {patients}: {text}"), file=sys.stderr)


def _paged(request: TableRequest) -> tuple[TableRequest, Writer]:
    """The request on the horizons that the curves of pages need, and the writer of the pages."""
    from organotropism.cli.predict_page import page_options, write_pages

    shown = request.options.horizons
    return replace(request, options=page_options(request.options)), lambda path, tables: write_pages(
        path, tables, shown
    )


def _forecasts(
    request: TableRequest,
    columns: Columns,
    size: int,
    warnings: Counter[str],
    advance: Callable[[int], None],
) -> Iterator[ForecastTable]:
    before = 0
    for part in iter_patients(request.file, size, request.kind, columns):
        rows = [row for row, _ in part]
        patients = [_named(patient, before + number) for number, (_, patient) in enumerate(part, start=1)]
        table = _forecast(request, patients, rows)
        warnings.update(text for texts in table.warnings for text in texts)
        yield table
        before += len(part)
        advance(len(part))


def _named(patient: Patient, number: int) -> Patient:
    """The patient, labelled by the number of the record where there is no id."""
    return patient if patient.id is not None else patient.model_copy(update={"id": str(number)})


def _plain_forecast(request: TableRequest, patients: list[Patient], intervals: bool) -> ForecastTable:
    options = request.options
    table: ForecastTable = request.model.forecast(
        patients,
        options.horizons,
        intervals=intervals,
        year=options.year,
        baseline=options.baseline,
        offsets=None if request.markers is None else [request.markers.offset(p) for p in patients],
    )
    return table


def _forecast(request: TableRequest, patients: list[Patient], rows: list[int]) -> ForecastTable:
    try:
        return _plain_forecast(request, patients, request.options.intervals)
    except InputError:
        for patient, row in zip(patients, rows, strict=True):
            try:
                _plain_forecast(request, [patient], False)
            except InputError as error:
                raise error.at(file=request.file, row=row) from None
        raise


def _write_csv(path: Path, tables: Iterable[ForecastTable]) -> None:
    with open(path, "wb") as file:
        for number, table in enumerate(tables):
            write_frame(table.to_frame(), file, header=number == 0)


def _write_json(path: Path, tables: Iterable[ForecastTable]) -> None:
    with open(path, "w", encoding="utf-8") as file:
        for table in tables:
            for number in range(len(table)):
                file.write(json.dumps(table[number].to_dict(), ensure_ascii=False, allow_nan=False) + "\n")


def _write_parquet(path: Path, tables: Iterable[ForecastTable]) -> None:
    import polars as pl

    parts: list[pl.LazyFrame] = []
    with scratch_folder(path.parent) as folder:
        for number, table in enumerate(tables):
            part = folder / f"{number}.parquet"
            table.to_frame().write_parquet(part)
            parts.append(pl.scan_parquet(part))
        pl.concat(parts).sink_parquet(path)


_WRITERS: dict[str, Writer] = {"csv": _write_csv, "json": _write_json, "parquet": _write_parquet}


@contextmanager
def _progress(request: TableRequest) -> Iterator[Callable[[int], None]]:
    """Show how far the forecasts are, where standard error is a terminal."""
    if not sys.stderr.isatty():
        yield lambda count: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("patients"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=_records(request))
        yield lambda count: progress.advance(task, count)


def _records(request: TableRequest) -> int | None:
    """Number of patients to expect, None where only reading would tell; for the progress bar alone."""
    path = Path(request.file)
    if not path.is_file() or path.suffix.lower() == ".parquet":
        return None
    with open(path, "rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))
