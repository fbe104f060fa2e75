"""``organotropism evidence export``: records as tables, citations for reference managers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from organotropism.cli.evidence import common
from organotropism.cli.evidence.listing import add_choice, chosen_records
from organotropism.cli.parser import Parser

_FORMATS: Final = ("csv", "json", "bibtex", "ris")
_EPILOG: Final = """\
examples:
  organotropism evidence export --out evidence.csv
  organotropism evidence export --site brain --format json
  organotropism evidence export --factor subtype --usable model --out studies.bib
  organotropism evidence export --study xiao2018 --format ris"""


def run(arguments: Sequence[str]) -> int:
    """Run the action; returns the exit code."""
    parser = Parser(
        prog="organotropism evidence export",
        usage="organotropism evidence export [filters] [--format WORD] [--out FILE]",
        description=(
            "Write records with every column of the common form (CSV, JSON), or the citations of their\n"
            "studies (BibTeX, RIS). Cells that a spreadsheet would take for a formula get an apostrophe."
        ),
        epilog=_EPILOG,
    )
    add_choice(parser)
    common.add_output(parser, _FORMATS)
    given = parser.read(arguments)
    kind = common.read_format(given, _FORMATS)
    from organotropism.evidence import export

    rows = chosen_records(given)
    if kind == "csv":
        common.write(export.as_csv(rows), given)
    elif kind == "json":
        common.write(common.as_json(rows), given)
    else:
        keys = {str(study) for row in rows for study in _studies(row)}
        cited = export.citations(keys)
        common.write(export.as_bibtex(cited) if kind == "bibtex" else export.as_ris(cited), given)
    return 0


def _studies(row: dict[str, object]) -> Sequence[object]:
    studies = row["study"]
    assert isinstance(studies, tuple)
    return studies
