"""``organotropism evidence search``: free text over markers, studies, claims of the review and records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

from organotropism.cli.evidence import common
from organotropism.cli.parser import Parser
from organotropism.errors import InputError

_FORMATS: Final = ("text", "csv", "json")
_EPILOG: Final = """\
examples:
  organotropism evidence search SNAI1
  organotropism evidence search integrin α6β4
  organotropism evidence search Kennecke 2010
  organotropism evidence search reference 21
  organotropism evidence search "HR+/HER2+" liver --format csv --out liver.csv"""


def run(arguments: Sequence[str]) -> int:
    """Run the action; returns the exit code."""
    parser = Parser(
        prog="organotropism evidence search",
        usage="organotropism evidence search WORD [WORD ...] [--format WORD] [--out FILE]",
        description=(
            "Search markers, studies, claims of the starting review and records, by the words of papers.\n"
            "All words must be found; other names of a protein or gene (COX2, PTGS2) find the same."
        ),
        epilog=_EPILOG,
    )
    parser.add_argument("words", nargs="+", metavar="WORD", help="what to look for")
    common.add_output(parser, _FORMATS)
    given = parser.read(arguments)
    kind = common.read_format(given, _FORMATS)
    from organotropism.evidence.search import search

    question = " ".join(given.words)
    found = search(question)
    if not found.hits:
        raise InputError("finds nothing in the evidence", value=question, expected="fewer or other words")
    rows = [asdict(hit) for hit in found.hits]
    if kind == "json":
        common.write(common.as_json(rows), given)
    elif kind == "csv":
        from organotropism.evidence.export import as_csv

        common.write(as_csv(rows), given)
    else:
        from organotropism.present.evidence_search import hits_text

        text = hits_text(rows, found.read_as, width=common.width(), colour=common.colour(given))
        common.write(text, given, coloured=True)
    return 0
