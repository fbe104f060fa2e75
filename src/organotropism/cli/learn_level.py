"""``organotropism learn level``: move a model to the level of one's own population."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from organotropism.cli.output import write_text
from organotropism.cli.parser import Parser
from organotropism.csv_files import records_csv

if TYPE_CHECKING:
    from organotropism.learn.own_level import OwnLevel
    from organotropism.learn.own_numbers import OwnNumber

_EPILOG: Final = """columns of FILE: quantity and years; site, where the quantity is of one; patients and
events, or percent, low and high; and any fields of a patient, which say of whom the row speaks (blank: all).

examples:
  organotropism learn level examples/own_numbers.csv --out own.json
  organotropism learn level examples/own_numbers.csv --out own.json --table moved.csv
  organotropism predict examples/patient.toml --model own.json
"""


def run(arguments: Sequence[str]) -> int:
    """Run the command; returns the exit code."""
    from organotropism.process.model import DEFAULT_MODEL, load_model

    parser = Parser(
        prog="organotropism learn level",
        usage="organotropism learn level FILE --out FILE [--model NAME|FILE] [--name NAME] [--table FILE]",
        description=(
            "Move a model to the level of your own population by a few of its numbers, such as the share\n"
            "with distant disease within five years by stage. Prints by how much, and what the model\n"
            "expected before."
        ),
        epilog=_EPILOG,
    )
    parser.add_argument("file", metavar="FILE", help="CSV, one number a row")
    parser.add_argument("--out", metavar="FILE", required=True, help="model file to write")
    parser.add_argument("--model", default=DEFAULT_MODEL, metavar="NAME|FILE", help="default: default")
    parser.add_argument("--name", default="own level", help="of the new model; default: own level")
    parser.add_argument("--table", metavar="FILE", help="CSV of the numbers before and after")
    given = parser.read(arguments)
    from organotropism.learn.own_level import own_level
    from organotropism.learn.own_numbers import read_numbers
    from organotropism.present.own_level import own_level_text

    found = own_level(load_model(given.model), read_numbers(given.file), given.name)
    records = list(_records(found))
    shifts = [(shift.part, shift.log_ratio, shift.se) for shift in found.shifts]
    if given.table:
        write_text(records_csv(records, list(records[0])), Path(given.table))
    found.model.save(Path(given.out))
    write_text(own_level_text(records, shifts, colour=sys.stdout.isatty()), None, coloured=True)
    write_text(f"wrote {given.out}\n", None)
    return 0


def _records(found: OwnLevel) -> list[dict[str, Any]]:
    """One record a number, risks as probabilities."""
    numbers = zip(found.numbers, found.before, found.after, found.distance, strict=True)
    return [
        {
            "row": row,
            "stratum": ", ".join(map(str, _stated(number).values())) or "all",
            "quantity": number.quantity,
            "site": number.site,
            "years": number.years,
            "stated": number.risk,
            "before": float(before),
            "after": float(after),
            "distance": float(distance),
        }
        for row, (number, before, after, distance) in enumerate(numbers, start=1)
    ]


def _stated(number: OwnNumber) -> dict[str, Any]:
    """What the row says of its women."""
    return number.patient.model_dump(mode="json", exclude_defaults=True)
