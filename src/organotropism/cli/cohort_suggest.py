"""``organotropism cohort suggest``: a first mapping of a table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from organotropism.cli.output import write_text
from organotropism.cli.parser import Parser

_EPILOG: Final = """examples:
  organotropism cohort suggest patients.csv
  organotropism cohort suggest patients.xlsx --out mapping.toml
"""


def run(arguments: Sequence[str]) -> int:
    """Run the command; returns the exit code."""
    parser = Parser(
        prog="organotropism cohort suggest",
        usage="organotropism cohort suggest TABLE [--out FILE]",
        description=(
            "Write a first mapping of a table, guessed from the names of its columns and the codes in them."
            " It has to be read and completed before an import."
        ),
        epilog=_EPILOG,
    )
    parser.add_argument(
        "table", metavar="TABLE", help="a .csv, .tsv, .txt, .parquet, .xlsx, .xls or .ods file"
    )
    parser.add_argument("--out", metavar="FILE", help="mapping to write; default: standard output")
    given = parser.read(arguments)
    from organotropism.cohort.suggest import suggest_mapping

    write_text(suggest_mapping(given.table), Path(given.out) if given.out else None)
    return 0
