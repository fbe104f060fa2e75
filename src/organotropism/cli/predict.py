"""``organotropism predict``: forecast one patient, or a table of patients."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from organotropism.cli.horizons import read_horizons, read_year
from organotropism.cli.marker_flags import add_marker_flags, given_markers
from organotropism.cli.output import write_text
from organotropism.cli.page_formats import FIGURE_FORMATS, FIGURES, PAGE_FORMATS
from organotropism.cli.parser import Parser
from organotropism.cli.patient_flags import add_patient_flags, flags_given
from organotropism.cli.patient_given import read_one_patient
from organotropism.csv_files import frame_csv
from organotropism.errors import InputError, one_of
from organotropism.patient import Patient
from organotropism.patient_file import is_table
from organotropism.process.model import AVERAGE, DEFAULT_MODEL, load_model
from organotropism.process.results import Forecast, Options

if TYPE_CHECKING:
    from organotropism.cli.marker_evidence import PatientMarkers

_PATIENT_ENDINGS: Final = {".toml", ".json"}
#: Format that the ending of `--out` asks for.
_ENDINGS: Final = {
    ".txt": "text",
    ".json": "json",
    ".ndjson": "json",
    ".jsonl": "json",
    ".csv": "csv",
    ".parquet": "parquet",
    ".html": "html",
    ".htm": "html",
    ".svg": "svg",
    ".png": "png",
    ".pdf": "pdf",
}
#: Formats by what is shown, the first by default.
_FORMATS: Final = {
    "one patient": ("text", "json", "csv", "html", *FIGURE_FORMATS),
    "a table of patients": ("csv", "json", "parquet", "html"),
    "a comparison": ("html", *FIGURE_FORMATS),
    "expected presentations": ("text", "csv", "json", *FIGURE_FORMATS),
    "a figure": FIGURE_FORMATS,
}
_DESCRIPTION: Final = """\
Forecast where and when distant metastases appear, for one patient (.toml, .json, or - for either on standard
input; a FHIR bundle with mCODE profiles in .json; or the flags below alone) or for a table of patients (.csv,
.tsv, .ndjson, .parquet; also a cohort)."""
_EXAMPLES: Final = """\
examples:
  organotropism predict patient.toml
  organotropism predict mcode_bundle.json
  organotropism predict patient.toml --out forecast.html
  organotropism predict patient.toml --figure curves --out curves.pdf
  organotropism predict one.toml --compare other.toml --out both.html
  organotropism predict patient.toml --expected --out expected.csv
  organotropism predict patients.csv --out forecasts.parquet"""


def _parser() -> Parser:
    parser = Parser(
        prog="organotropism predict",
        usage="organotropism predict [FILE] [options] [--age N --er WORD ...]",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
    )
    parser.add_argument("file", nargs="?", metavar="FILE", help="file of one patient, or table of patients")
    parser.add_argument("--table", action="store_true", help="FILE (or -) is a table, whatever its name; CSV")
    parser.add_argument(
        "--ignore-unknown-columns",
        dest="ignore_unknown",
        action="store_true",
        help="leave out columns of a table that are no fields of a patient; they are listed once",
    )
    parser.add_argument(
        "--format",
        metavar="WORD",
        help="text, json, csv, html (a page to print), or svg, png, pdf (a figure), default text; for a "
        "table csv, json (NDJSON), parquet or html (a page each), default csv",
    )
    parser.add_argument("--out", metavar="FILE", help="write there; its ending sets the format")
    parser.add_argument(
        "--figure",
        metavar="WORD",
        help=f"which figure: {one_of(FIGURES)}; default body, with --expected expected",
    )
    parser.add_argument(
        "--compare",
        metavar="FILE2",
        help="set another patient beside this one: html, or the bars as a figure",
    )
    parser.add_argument(
        "--expected",
        action="store_true",
        help="first presentations per 1,000 such women by site and year, for planning studies",
    )
    parser.add_argument("--horizons", metavar="YEARS", help="years from now, such as 2,5,10; default 5,10")
    parser.add_argument("--model", default=DEFAULT_MODEL, metavar="NAME|FILE", help="default: default")
    parser.add_argument(
        "--year",
        metavar="N",
        help="year of diagnosis whose level of risk to use; default the patient's, else the latest covered",
    )
    parser.add_argument(
        "--baseline",
        default=AVERAGE,
        metavar="STUDY",
        help="level of risk: average (population-based, the default), hospital, or a study",
    )
    add_marker_flags(parser)
    parser.add_argument(
        "--no-intervals", action="store_true", help="leave the intervals out: faster for tables"
    )
    add_patient_flags(parser)
    return parser


def run(arguments: Sequence[str]) -> int:
    """Run the command; returns the exit code."""
    given = _parser().read(arguments)
    horizons = read_horizons(given.horizons)
    table = given.file is not None and (given.table or is_table(given.file))
    kind = _format(given, _shown(given, table))
    out = None if given.out is None else Path(given.out)
    options = Options(
        horizons or Options().horizons, not given.no_intervals, read_year(given.year), given.baseline
    )
    if table:
        from organotropism.cli.predict_table import TableRequest, forecast_file

        _refuse_flags(given)
        model = load_model(given.model)
        markers = given_markers(given, model)
        measured = None if markers is None else markers.for_table()
        request = TableRequest(given.file, _table_kind(given), model, options, measured, given.ignore_unknown)
        forecast_file(request, kind, out)
        return 0
    flags = flags_given(given)
    if given.file is None and not any(flags.values()):
        expected = "a file, or flags such as --er positive (see --help)"
        raise InputError("no patient is given", expected=expected)
    patient = read_one_patient(flags, given.file)
    model = load_model(given.model)
    markers = given_markers(given, model)
    if kind in PAGE_FORMATS or given.expected:
        _write_page(given, patient, options, kind, out, markers)
        return 0
    # Horizons that were asked for must be in reach; of the usual ones those in reach are shown.
    forecast = model.forecast(
        patient,
        horizons,
        intervals=options.intervals,
        year=options.year,
        baseline=options.baseline,
        offsets=None if markers is None else [markers.offset(patient)],
    )
    colour = out is None and sys.stdout.isatty()
    text = _rendered(forecast, kind, colour=colour)
    if markers is not None:
        from organotropism.cli.marker_cards import markers_below

        width = shutil.get_terminal_size().columns
        text += markers_below(markers, patient, kind, width=width, colour=colour)
    write_text(text, out, coloured=kind == "text")
    return 0


def _write_page(
    given: argparse.Namespace,
    patient: Patient,
    options: Options,
    kind: str,
    out: Path | None,
    markers: PatientMarkers | None,
) -> None:
    """Write a page, a figure, a comparison or expected presentations of one patient."""
    from organotropism.cli import predict_page as page

    other = None if given.compare is None else read_one_patient({}, given.compare)
    if markers is not None and other is not None:
        markers = markers.for_table()
    request = page.PageRequest(load_model(given.model), options, given.horizons is not None, markers)
    if other is not None:
        page.write_comparison(request, (patient, other), kind, out)
    elif kind in FIGURE_FORMATS:
        figure = given.figure or ("expected" if given.expected else "body")
        page.write_figure(request, patient, figure, kind, out)
    elif given.expected:
        page.write_expected(request, patient, kind, out)
    else:
        page.write_page(request, patient, out)


def _shown(given: argparse.Namespace, table: bool) -> str:
    """What is to be shown, as `_FORMATS` names it."""
    if given.figure is not None and given.figure not in FIGURES:
        raise InputError("is not a figure", field="--figure", value=given.figure, expected=one_of(FIGURES))
    for option, value in (
        ("--compare", given.compare),
        ("--expected", given.expected),
        ("--figure", given.figure),
    ):
        if table and value:
            raise InputError("is for one patient", value=option, expected="the file of one patient")
    if given.compare is not None:
        for option, value in (
            ("--expected", given.expected),
            ("--figure", given.figure not in (None, "bars")),
        ):
            if value:
                raise InputError("contradicts --compare", value=option, expected="one of the two")
        return "a comparison"
    if given.expected:
        if given.figure not in (None, "expected"):
            raise InputError(
                "contradicts --expected", field="--figure", value=given.figure, expected="expected"
            )
        return "expected presentations" if given.figure is None else "a figure"
    if given.figure is not None:
        return "a figure"
    return "a table of patients" if table else "one patient"


def _format(given: argparse.Namespace, shown: str) -> str:
    """Format that the options ask for; the first of the allowed ones where they do not."""
    allowed, word, out = _FORMATS[shown], given.format, given.out
    by_name = None if out is None else _ENDINGS.get(Path(out).suffix.lower())
    if word is not None and by_name not in (None, word):
        raise InputError(f"contradicts --out {out}", field="--format", value=word, expected=by_name)
    found = word or by_name or allowed[0]
    if found not in allowed:
        raise InputError(
            f"is not a format for {shown}",
            field="--out" if word is None else "--format",
            value=word or out,
            expected=one_of(allowed),
        )
    return str(found)


def _table_kind(given: argparse.Namespace) -> str | None:
    """How to read the table, where its name does not say."""
    if given.file != "-" and is_table(given.file):
        return None
    if Path(given.file).suffix.lower() in _PATIENT_ENDINGS:
        raise InputError("is the file of one patient", file=given.file, expected="a table, or no --table")
    return ".csv"


def _refuse_flags(given: argparse.Namespace) -> None:
    for name, value in flags_given(given).items():
        if value is not None:
            flag = "--" + name.replace("_", "-")
            raise InputError("is for one patient", value=flag, expected=f"a column {name} in {given.file}")


def _rendered(forecast: Forecast, kind: str, *, colour: bool) -> str:
    if kind == "json":
        return json.dumps(forecast.to_dict(), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    if kind == "csv":
        return frame_csv(forecast.to_frame())
    from organotropism.present.text import forecast_text

    return forecast_text(forecast, width=shutil.get_terminal_size().columns, colour=colour)
