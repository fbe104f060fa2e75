"""``organotropism explain``: why a forecast differs from that of the reference population."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from organotropism.cli.formats import chosen_format, csv_text
from organotropism.cli.horizons import read_horizons, read_year
from organotropism.cli.marker_flags import add_marker_flags, given_markers
from organotropism.cli.output import write_bytes, write_text
from organotropism.cli.parser import Parser
from organotropism.cli.patient_flags import add_patient_flags, flags_given
from organotropism.cli.patient_given import read_one_patient
from organotropism.errors import InputError, did_you_mean, one_of
from organotropism.patient import Patient
from organotropism.process.model import AVERAGE, DEFAULT_MODEL, load_model
from organotropism.process.results import Forecast

if TYPE_CHECKING:
    from organotropism.cli.marker_evidence import PatientMarkers
    from organotropism.explain.explanation import Explanation

_FORMATS: Final = ("text", "json", "csv", "html", "svg", "png")
_QUANTITIES: Final = ("ever", "first", "only")
_DESCRIPTION: Final = """\
Why the forecast of one patient (.toml, .json, - for either on standard input, or the flags alone) differs
from that of the reference population: the part of each factor and block, on the scale of risks (Shapley
values) and on the log scale. The parts add up exactly."""
_EXAMPLES: Final = """\
examples:
  organotropism explain examples/patient.toml
  organotropism explain examples/patient.toml --site brain --out brain.svg
  organotropism explain examples/patient.toml --markers examples/markers.csv
  organotropism explain --er positive --her2 negative --positive-nodes 3 --format csv"""


def _parser() -> Parser:
    parser = Parser(
        prog="organotropism explain",
        usage="organotropism explain [FILE] [options] [--age N --er WORD ...]",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
    )
    parser.add_argument("file", nargs="?", metavar="FILE", help="file of one patient")
    parser.add_argument("--format", metavar="WORD", help=f"{one_of(_FORMATS)}; default text")
    parser.add_argument("--out", metavar="FILE", help="write there; the ending sets the format")
    parser.add_argument("--horizons", metavar="YEARS", help="years from now; the last is shown; default 5,10")
    parser.add_argument(
        "--quantity", default="ever", metavar="WORD", help="ever, first or only, for text and figure"
    )
    parser.add_argument("--site", metavar="NAME", help="one site, or any, for the figure; default all")
    parser.add_argument("--model", default=DEFAULT_MODEL, metavar="NAME|FILE", help="default: default")
    parser.add_argument("--year", metavar="N", help="year of diagnosis to use; default the patient's")
    parser.add_argument("--baseline", default=AVERAGE, metavar="STUDY", help="as in predict")
    add_marker_flags(parser)
    add_patient_flags(parser)
    return parser


def run(arguments: Sequence[str]) -> int:
    """Run the command; returns the exit code."""
    given = _parser().read(arguments)
    kind = chosen_format(given.format, given.out, _FORMATS)
    if given.quantity not in _QUANTITIES:
        expected = one_of(_QUANTITIES)
        raise InputError("cannot be explained", field="--quantity", value=given.quantity, expected=expected)
    flags = flags_given(given)
    if given.file is None and not any(flags.values()):
        raise InputError("no patient", expected="a file, or flags such as --er positive (see --help)")
    patient, model = read_one_patient(flags, given.file), load_model(given.model)
    markers = given_markers(given, model)
    forecast = model.forecast(
        patient,
        read_horizons(given.horizons),
        intervals=False,
        year=read_year(given.year),
        baseline=given.baseline,
        offsets=None if markers is None else [markers.offset(patient)],
    )
    _check_site(given.site, forecast)
    # What was measured and moved nothing is told by words alone.
    below = "" if markers is None else _told(markers, patient, kind, given.out)
    from organotropism.explain.explanation import explain

    _write(explain(forecast), kind, given, below)
    return 0


def _told(markers: PatientMarkers, patient: Patient, kind: str, out: str | None) -> str:
    from organotropism.cli.marker_cards import markers_below

    width, colour = shutil.get_terminal_size().columns, out is None and sys.stdout.isatty()
    return markers_below(markers, patient, kind, width=width, colour=colour)


def _check_site(site: str | None, forecast: Forecast) -> None:
    known = {str(found) for found in forecast.patient.involved_sites}
    sites = [name for name in forecast.table.model.layout.sites if name not in known]
    allowed = sites if known else ["any", *sites]
    if site is not None and site not in allowed:
        expected = f"{one_of(allowed)}{did_you_mean(site, allowed)}"
        raise InputError("is not a site that is open", field="--site", value=site, expected=expected)


def _write(explanation: Explanation, kind: str, given: argparse.Namespace, below: str) -> None:
    out = None if given.out is None else Path(given.out)
    if kind == "png":
        from organotropism.present.figures.render import render

        write_bytes(render(_figure(explanation, given), "png"), out)
        return
    write_text(_rendered(explanation, kind, given) + below, out, coloured=kind == "text")


def _figure(explanation: Explanation, given: argparse.Namespace) -> str:
    from organotropism.present.figures.waterfall import waterfall

    return waterfall(explanation, given.quantity, site=given.site)


def _rendered(explanation: Explanation, kind: str, given: argparse.Namespace) -> str:
    if kind == "json":
        return json.dumps(explanation.to_dict(), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    if kind == "csv":
        return csv_text(explanation.rows())
    if kind == "svg":
        return _figure(explanation, given)
    from organotropism.present.explanation import explanation_page, explanation_text

    if kind == "html":
        return explanation_page(explanation, _figure(explanation, given), given.quantity)
    colour = given.out is None and sys.stdout.isatty()
    width = shutil.get_terminal_size().columns
    return explanation_text(explanation, given.quantity, width=width, colour=colour)
