"""``organotropism evidence conflicts``: where the literature disagrees, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from organotropism.cli.evidence import common
from organotropism.cli.parser import Parser

_FORMATS: Final = ("text", "csv", "json")
#: Up to this many conflicts are written out in full.
_IN_FULL: Final = 3
_EPILOG: Final = """\
examples:
  organotropism evidence conflicts
  organotropism evidence conflicts --factor subtype --level HR+/HER2+ --site bone
  organotropism evidence conflicts --denominator metastatic_patients
  organotropism evidence conflicts --site bone --full
  organotropism evidence conflicts --format json --out conflicts.json"""


def run(arguments: Sequence[str]) -> int:
    """Run the action; returns the exit code."""
    parser = Parser(
        prog="organotropism evidence conflicts",
        usage="organotropism evidence conflicts [filters] [--full] [--format WORD] [--out FILE]",
        description=(
            "List the contrasts and sites on which findings disagree: who finds what, which aspect of the\n"
            "studies keeps the sides apart, and how far the numbers differ before and after endpoint,\n"
            "denominator, population and adjustment are accounted for. "
            f"Up to {_IN_FULL} are written out in full."
        ),
        epilog=_EPILOG,
    )
    common.add_filters(parser, common.FINDING_FILTERS)
    parser.add_argument("--full", action="store_true", help="write all of them out in full")
    common.add_output(parser, _FORMATS)
    given = parser.read(arguments)
    kind = common.read_format(given, _FORMATS)
    from organotropism.evidence import find_conflicts, shipped_residuals
    from organotropism.evidence.conflicts import conflict_record
    from organotropism.present import conflicts as words

    found = find_conflicts(common.chosen_findings(given), shipped_residuals())
    records = [conflict_record(conflict) for conflict in found]
    if kind == "json":
        told = [
            record | {"title": words.title(record), "account": words.account(record)} for record in records
        ]
        common.write(common.as_json(told), given)
    elif kind == "csv":
        from organotropism.evidence.export import as_csv

        common.write(as_csv([words.conflict_row(record) for record in records]) if records else "", given)
    else:
        full = given.full or len(records) <= _IN_FULL
        text = words.conflicts_text(records, full=full, width=common.width(), colour=common.colour(given))
        common.write(text, given, coloured=True)
    return 0
