"""``organotropism cohort describe``: who is in a cohort, for how long, and what happened to them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from organotropism.cli.output import new_empty_folder, write_text
from organotropism.cli.parser import Parser

_EPILOG: Final = """examples:
  organotropism cohort describe cohort.parquet --out report
  organotropism cohort describe cohort.parquet --by subtype --out report
  organotropism cohort describe cohort.parquet --by subtype --minimum 5 --out report_to_send

The folder gets report.html, which needs nothing else, and a CSV file for every table.
"""


def run(arguments: Sequence[str]) -> int:
    """Run the command; returns the exit code."""
    parser = Parser(
        prog="organotropism cohort describe",
        usage="organotropism cohort describe COHORT --out FOLDER [--by FACTOR] [--minimum N]",
        description=(
            "Describe a cohort as a paper does: patients at diagnosis, follow-up, cumulative incidence of any"
            " distant disease and of each site with death competing, sites at diagnosis, at first relapse and"
            " ever, next sites, survival after metastasis. What the cohort cannot say is left out, and the"
            " report says so."
        ),
        epilog=_EPILOG,
    )
    parser.add_argument("cohort", metavar="COHORT", help="cohort, Parquet or CSV (see cohort import)")
    parser.add_argument("--out", metavar="FOLDER", required=True, help="new folder to write")
    parser.add_argument(
        "--by", metavar="FACTOR", help="group by it: subtype, er, grade, age, nodes, ..., or a further column"
    )
    parser.add_argument(
        "--minimum",
        metavar="N",
        type=int,
        default=0,
        help="hide counts below N and those that would tell them; default: hide nothing",
    )
    given = parser.read(arguments)
    from organotropism.cohort.store import read_cohort
    from organotropism.describe.description import describe
    from organotropism.present.description import write_description

    with new_empty_folder(Path(given.out)) as folder:
        description = describe(read_cohort(given.cohort), given.by, given.minimum)
        write_description(description, folder)
    write_text(f"wrote {given.out}: report.html and {len(description.tables)} tables as CSV\n", None)
    return 0
