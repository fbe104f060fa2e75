"""``organotropism cohort tabulate``: sufficient statistics of a cohort."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from organotropism.cli.extras import require
from organotropism.cli.output import write_text
from organotropism.cli.parser import Parser
from organotropism.errors import InputError

_SMALLEST: Final = 5
_EPILOG: Final = """examples:
  organotropism cohort tabulate cohort.parquet --out tables
  organotropism cohort tabulate cohort.parquet --shared --out tables_to_send
  organotropism cohort tabulate centre_a centre_b --shared --out both_centres
"""


def run(arguments: Sequence[str]) -> int:
    """Run the command; returns the exit code."""
    parser = Parser(
        prog="organotropism cohort tabulate",
        usage="organotropism cohort tabulate COHORT --out FOLDER [--shared] [--smallest N]",
        description=(
            "Events and time per stratum, all that learning needs. Local tables are exact and may hold a row"
            " about one patient. Shared tables are binned, leave out what speaks of too few patients, and"
            " those of several centres add up: give the folders of all of them."
        ),
        epilog=_EPILOG,
    )
    parser.add_argument("cohort", nargs="+", help="a cohort, or several folders of shared tables")
    parser.add_argument("--out", metavar="FOLDER", required=True, help="folder to write")
    parser.add_argument("--shared", action="store_true", help="fit to leave the house")
    parser.add_argument(
        "--smallest",
        metavar="N",
        type=int,
        default=_SMALLEST,
        help=f"fewest patients behind a shared row; default: {_SMALLEST}",
    )
    given = parser.read(arguments)
    require("cohort", "duckdb")
    if given.shared and given.smallest < 2:
        raise InputError("is too few", field="--smallest", value=given.smallest, expected="2 or more")
    from organotropism.cohort.store import read_cohort
    from organotropism.cohort.tables_file import added, is_tables, read_tables, write_tables
    from organotropism.cohort.tabulate import tabulate

    if all(is_tables(path) for path in given.cohort):
        tables = added([read_tables(path) for path in given.cohort], Path(given.out).name)
    elif len(given.cohort) > 1:
        raise InputError("several at once must be folders of shared tables", field="cohort")
    else:
        tables = tabulate(read_cohort(given.cohort[0]), smallest=given.smallest if given.shared else 1)
    write_tables(tables, given.out)
    rows = sum(len(getattr(tables, name)) for name in ("rate", "pattern", "progression", "prevalence"))
    write_text(
        f"wrote {given.out}: {tables.patients:,} patients, {len(tables.strata):,} strata, {rows:,} rows\n",
        None,
    )
    for name, count in tables.suppressed.items():
        if count:
            print(f"{name}: rows about {count:,} patients left out, for each speaks of too few")
    return 0
