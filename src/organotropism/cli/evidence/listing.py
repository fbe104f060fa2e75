"""``organotropism evidence list``: records that match filters."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

from organotropism.cli.evidence import common
from organotropism.cli.parser import Parser
from organotropism.errors import InputError

_FORMATS: Final = ("text", "csv", "json")
#: Filters of records (`organotropism.evidence.catalogue.FILTERS`) and how they are explained.
FILTERS: Final = {
    "kind": "association, count, rate, course or marker",
    "site": "bone, lung, liver, brain, any_distant, bone_only ...; several with commas",
    "factor": "subtype, age, n_category, grade, er, histology, marker, baseline ...",
    "level": "TNBC, HR+/HER2+, lobular, positive ...",
    "compartment": "clinicopathological, primary tumour, microenvironment, exosome, ctc",
    "endpoint": "at_diagnosis, first_relapse, ever, time_to_site, survival, experimental ...",
    "denominator": "all_patients, metastatic_patients, unclear",
    "grade": "grade of evidence, such as A or A,B",
    "usable": "model, direction or context",
    "study": 'study id or name, such as xiao2018 or "Kennecke 2010"',
    "species": "human, mouse or cell line, other cancer",
    "reference": "number in the reference list of the starting review, such as 21",
    "marker": "marker, gene or protein, such as SNAI1, or the id of a marker",
}
_EPILOG: Final = """\
examples:
  organotropism evidence list --factor subtype --level TNBC --site brain
  organotropism evidence list --study xiong2018 --denominator metastatic_patients
  organotropism evidence list --kind marker --compartment ctc
  organotropism evidence list --reference 21
  organotropism evidence list --marker SNAI1
  organotropism evidence list --usable model --site bone --format csv --out bone.csv"""


def run(arguments: Sequence[str]) -> int:
    """Run the action; returns the exit code."""
    parser = Parser(
        prog="organotropism evidence list",
        usage="organotropism evidence list [filters] [--format WORD] [--out FILE]",
        description=(
            "List records of the evidence: associations, counts, rates, course, markers. A number or\n"
            "finding that stands in two rows is listed once."
        ),
        epilog=_EPILOG,
    )
    add_choice(parser)
    common.add_output(parser, _FORMATS)
    given = parser.read(arguments)
    kind = common.read_format(given, _FORMATS)
    rows = chosen_records(given)
    if kind == "csv":
        from organotropism.evidence.export import as_csv

        common.write(as_csv(rows), given)
    elif kind == "json":
        common.write(common.as_json(rows), given)
    else:
        from organotropism.present.evidence import listing_text

        text = listing_text(rows, width=common.width(), colour=common.colour(given))
        common.write(text, given, coloured=True)
    return 0


def add_choice(parser: Parser) -> None:
    """Add the filters of records, and whether rows that repeat others are kept."""
    common.add_filters(parser, FILTERS)
    parser.add_argument("--repeats", action="store_true", help="also rows that repeat a number or finding")


def chosen_records(given: argparse.Namespace) -> list[dict[str, object]]:
    """Records that match the options of `FILTERS`, each with its residual in the literature model.

    Raises
    ------
    InputError
        A value that no record has, or nothing that has all of them.
    """
    from organotropism.evidence.catalogue import select
    from organotropism.evidence.residuals import shipped_residuals

    items = select(repeats=given.repeats, **{name: getattr(given, name) for name in FILTERS})
    if not items:
        raise InputError("no record has all of this", expected="fewer filters, or others")
    residuals = shipped_residuals()
    rows = []
    for item in items:
        known = residuals.get(item.id)
        rows.append(
            asdict(item)
            | {
                "fitted": known.fitted if known else None,
                "residual": known.residual if known else None,
                "in_model": known.status if known else "not used",
            }
        )
    return rows
