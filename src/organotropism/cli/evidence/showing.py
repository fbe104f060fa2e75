"""``organotropism evidence show``: one record with everything known of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from organotropism.cli.evidence import common
from organotropism.cli.parser import Parser

_FORMATS: Final = ("text", "json", "csv")
_EPILOG: Final = """\
examples:
  organotropism evidence show xiao2018-05      an association
  organotropism evidence show c017             a count
  organotropism evidence show MAF_16Q23_GAIN   a marker, with its genes
  organotropism evidence show kennecke2010     a study, with its records
  organotropism evidence show "Kennecke 2010"  the same by author and year
  organotropism evidence show rc021            a claim of the starting review"""


def run(arguments: Sequence[str]) -> int:
    """Run the action; returns the exit code."""
    parser = Parser(
        prog="organotropism evidence show",
        usage="organotropism evidence show ID [--format WORD] [--out FILE]",
        description="Show a record, marker, study or claim with everything known of it.",
        epilog=_EPILOG,
    )
    parser.add_argument(
        "id", metavar="ID", help="as `organotropism evidence list` gives it, or a study by author and year"
    )
    common.add_output(parser, _FORMATS)
    given = parser.read(arguments)
    kind = common.read_format(given, _FORMATS)
    from organotropism.evidence.residuals import shipped_residuals
    from organotropism.evidence.show import show

    shown = show(given.id, shipped_residuals())
    if kind == "json":
        common.write(common.as_json(shown), given)
    elif kind == "csv":
        from organotropism.evidence.export import as_csv

        common.write(as_csv([{"id": shown["id"], "kind": shown["kind"]} | shown["record"]]), given)
    else:
        from organotropism.present.evidence import record_text

        text = record_text(shown, width=common.width(), colour=common.colour(given))
        common.write(text, given, coloured=True)
    return 0
