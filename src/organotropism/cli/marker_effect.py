"""``organotropism markers effect``: a cohort with markers estimates what they do."""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from organotropism.cli.formats import chosen_format, csv_text
from organotropism.cli.marker_evidence import definitions, effects
from organotropism.cli.output import write_text
from organotropism.cli.parser import Parser
from organotropism.errors import InputError, did_you_mean, one_of
from organotropism.markers.effects import Effect
from organotropism.markers.measured import Readings, read_measured
from organotropism.process.model import DEFAULT_MODEL, load_model
from organotropism.process.reasons import FACTORS
from organotropism.vocabulary import SITES, Compartment

if TYPE_CHECKING:
    from organotropism.cohort.schema import Cohort
    from organotropism.learn.marker_estimates import Known

Array = NDArray[np.float64]
_FORMATS: Final = ("text", "json", "csv")
_EPILOG: Final = """\
FILE has one row per patient and marker: id, marker, value (positive, negative, high, low, present, absent;
empty is not measured). `organotropism predict` and `explain` read the JSON with --marker-effects.

examples:
  organotropism markers effect cohort.parquet --markers measured.csv
  organotropism markers effect cohort.parquet --markers measured.csv --out effects.json
  organotropism markers effect cohort.csv --markers panel.csv --new EXO_ITGAV:exosome --format csv"""


def run(arguments: Sequence[str]) -> int:
    """Run the command; returns the exit code."""
    given = _parser().read(arguments)
    kind = chosen_format(given.format, given.out, _FORMATS)
    new = dict(_new(word) for word in given.new)
    from organotropism.cohort.store import read_cohort
    from organotropism.learn.marker_estimates import effects_document, marker_estimates

    model, cohort = load_model(given.model), read_cohort(given.cohort)
    if not Path(given.markers).is_file():
        raise InputError("no such file", file=given.markers, field="--markers")
    readings = read_measured(given.markers, definitions(), further=new)
    if "" in readings:
        raise InputError("has no id", file=given.markers, expected="columns id, marker, value")
    positive, notes = _calls(cohort, readings)
    if not positive:
        raise InputError("holds no marker of a patient of the cohort", file=given.markers, field="id")
    published = effects(model)
    known = {name: _known(name, new, published, model.layout.sites) for name in positive}
    estimates = marker_estimates(model, cohort, positive, known)
    out = None if given.out is None else Path(given.out)
    rows = [row for estimate in estimates for row in estimate.rows()]
    if kind == "json":
        document = effects_document(model, cohort.name, estimates)
        text = json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    elif kind == "csv":
        text = csv_text(rows)
    else:
        from organotropism.present.marker_effects import marker_effects_text

        colour, width = out is None and sys.stdout.isatty(), shutil.get_terminal_size().columns
        text = marker_effects_text(rows, cohort.name, notes, width=width, colour=colour)
    if kind != "text":
        for note in notes:
            print(note, file=sys.stderr)
    write_text(text, out, coloured=kind == "text")
    return 0


def _parser() -> Parser:
    parser = Parser(
        prog="organotropism markers effect",
        usage="organotropism markers effect COHORT --markers FILE [options]",
        description=(
            "Estimate from a cohort what its markers do to whether and when, and to where: beside the "
            "literature, from the cohort alone, and both together."
        ),
        epilog=_EPILOG,
    )
    add = parser.add_argument
    add("cohort", metavar="COHORT", help="cohort (.parquet, .csv) of `organotropism cohort import`")
    add("--markers", metavar="FILE", required=True, help="measured markers (CSV: id, marker, value)")
    add(
        "--new",
        metavar="NAME[:COMPARTMENT]",
        action="append",
        default=[],
        help=f"marker that `markers list` does not hold; {one_of(Compartment)}; may be repeated",
    )
    add("--format", metavar="WORD", help=f"{one_of(_FORMATS)}; default text")
    add("--out", metavar="FILE", help="write there; the ending sets the format")
    add("--model", default=DEFAULT_MODEL, metavar="NAME|FILE", help="adjusted for its covariates")
    return parser


def _new(word: str) -> tuple[str, Compartment]:
    name, _, place = word.partition(":")
    listed = {definition.id for definition in definitions()}
    if not re.fullmatch(r"[\w.+/-]{1,60}", name) or name in FACTORS or name in listed:
        expected = "a name of letters, digits and _.+/- that is no factor and no marker of the list"
        raise InputError("cannot name a new marker", field="--new", value=name, expected=expected)
    places = [str(compartment) for compartment in Compartment]
    if place and place not in places:
        expected = f"{one_of(places)}{did_you_mean(place, places)}"
        raise InputError("is not a compartment", field="--new", value=place, expected=expected)
    return name, Compartment(place or Compartment.PRIMARY_TUMOUR)


def _calls(cohort: Cohort, readings: Readings) -> tuple[dict[str, Array], list[str]]:
    """Calls of each marker, (n,) with NaN where it was not measured, and what was left out."""
    place = {str(name): row for row, name in enumerate(cohort.covariates["id"])}
    found: dict[str, Array] = {}
    without_cutoff, strangers = 0, 0
    for name, mine in readings.items():
        strangers += name not in place
        for reading in mine if name in place else ():
            without_cutoff += reading.positive is None
            if reading.positive is not None:
                values = found.setdefault(reading.marker, np.full(len(cohort), np.nan))
                values[place[name]] = float(reading.positive)
    notes = []
    if strangers:
        notes.append(f"Left out: {strangers:,} ids that are none of the cohort.")
    if without_cutoff:
        notes.append(f"Left out: {without_cutoff:,} numbers without a published cut-off.")
    return dict(sorted(found.items())), notes


def _known(
    name: str, new: Mapping[str, Compartment], published: Mapping[str, Effect], sites: Sequence[str]
) -> Known:
    """What is known of a marker before the cohort, in the order of the model's sites."""
    from organotropism.learn.marker_estimates import Known

    if name in new:
        return Known(new[name])
    compartment = next(d.compartment for d in definitions() if d.id == name)
    if name not in published:
        return Known(compartment)
    effect = published[name]
    order = [0, *(1 + [str(site) for site in SITES].index(site) for site in sites)]
    literature = (effect.mean[order], effect.covariance[np.ix_(order, order)])
    return Known(compartment, literature, effect.studies)
