"""``organotropism cohort import``: a table, a study folder or bundles of FHIR become a cohort file."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from organotropism.cli.output import write_text
from organotropism.cli.parser import Parser
from organotropism.errors import InputError, one_of
from organotropism.files import new_file

if TYPE_CHECKING:
    from argparse import Namespace

    from organotropism.cohort.source import Progress
    from organotropism.cohort.table import Import

_EPILOG: Final = """examples:
  organotropism cohort suggest patients.csv --out mapping.toml
  organotropism cohort import patients.csv --map mapping.toml --out cohort.parquet --report report.html
  organotropism cohort import patients.xlsx --map mapping.toml --out cohort.csv --with-rows
  organotropism cohort import --from cbioportal brca_study/ --out cohort.parquet
  organotropism cohort import --from mcode bundles.ndjson --out cohort.parquet --report report.json
  organotropism cohort import --from omop cdm/ --out cohort.parquet --rule washout=365
  organotropism cohort import --from naaccr cases.xml.gz --out cohort.parquet
"""
REPORTS: Final = (".html", ".json", ".txt")


def run(arguments: Sequence[str]) -> int:
    """Run the command; returns the exit code."""
    parser = Parser(
        prog="organotropism cohort import",
        usage="organotropism cohort import SOURCE [--from READER] [--map FILE] --out FILE [options]",
        description=(
            "Read patients with follow-up into a cohort. Every row is used, or set aside for a reason that is"
            " counted; the account goes to standard output, and to files with --report."
        ),
        epilog=_EPILOG,
    )
    parser.add_argument(
        "source", metavar="SOURCE", help="table, folder of a study, bundles of mCODE, or CDM of OMOP"
    )
    parser.add_argument(
        "--from", dest="reader", choices=list(READERS), default="table", help="default: table"
    )
    parser.add_argument(
        "--map", metavar="FILE", help="mapping in TOML; with cbioportal: what to change in the guessed one"
    )
    parser.add_argument(
        "--relapses", metavar="FILE", help="with cbioportal: dated sites to use instead of the timelines"
    )
    parser.add_argument(
        "--absent",
        metavar="WORD",
        choices=("not-recorded", "not-found"),
        help="with mcode and omop: what it means that nothing is said of distant disease or a site:"
        " not-recorded (default of mcode) or not-found (default of omop)",
    )
    _add_omop(parser)
    parser.add_argument("--out", metavar="FILE", required=True, help="cohort to write: .parquet or .csv")
    parser.add_argument(
        "--report",
        metavar="FILE",
        action="append",
        default=[],
        help=f"account of the import to write: {one_of(REPORTS)}; may be repeated",
    )
    parser.add_argument(
        "--with-rows", action="store_true", help="name the rows in the account, not only count"
    )
    parser.add_argument(
        "--window-days",
        metavar="DAYS",
        type=float,
        help="sites found within this time of the first are one presentation; default: the mapping's, 30",
    )
    given = parser.read(arguments)
    for name in given.report:
        if Path(name).suffix.lower() not in REPORTS:
            raise InputError(
                "is not the name of a report", value=name, expected=f"an ending {one_of(REPORTS)}"
            )
    _check_options(given)
    _check_output(given)
    with _progress() as progress:
        result = READERS[given.reader](given, progress)
    return _finish(result, given)


def _add_omop(parser: Parser) -> None:
    """Options of the OMOP reader."""
    parser.add_argument(
        "--rule",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        help="with omop: a rule that is not to be the default, such as washout=365; may be repeated",
    )
    parser.add_argument("--schema", metavar="NAME", help="with omop: schema of the tables in a DuckDB file")
    parser.add_argument(
        "--concepts",
        metavar="FILE",
        help="with omop: CSV with concept_id, element, value in place of the own list",
    )


def _check_options(given: Namespace) -> None:
    """Refuse options of another reader."""
    if given.relapses is not None and given.reader != "cbioportal":
        raise InputError(
            "is only for --from cbioportal", field="--relapses", expected="[events] in the mapping"
        )
    for name in ("rule", "schema", "concepts"):
        if getattr(given, name) and given.reader != "omop":
            raise InputError("is only for --from omop", field=f"--{name}")
    if given.absent is not None and given.reader not in ("mcode", "omop"):
        raise InputError(
            "is only for --from mcode and omop", field="--absent", expected="[times] empty in the mapping"
        )
    if given.map is not None and given.reader in ("mcode", "omop", "naaccr"):
        raise InputError(
            f"is not for --from {given.reader}", field="--map", expected="no mapping: the codes tell"
        )


def _check_output(given: Namespace) -> None:
    out = Path(given.out)
    if out.suffix.lower() not in {".parquet", ".csv"}:
        raise InputError(
            "is not the name of a cohort", value=given.out, expected="an ending .parquet or .csv"
        )
    if out.exists() and Path(given.source).exists() and out.samefile(given.source):
        raise InputError("is the table itself", field="--out", value=given.out, expected="another file")


def _finish(result: Import, given: Namespace) -> int:
    """Write cohort and account; the account also where there is no cohort."""
    content = result.report.to_dict(given.with_rows)
    with ExitStack() as files:
        # All appear together: an account without its cohort would speak of nothing.
        for name in given.report:
            part = files.enter_context(new_file(name))
            part.write_text(_rendered(content, Path(name).suffix.lower()), encoding="utf-8")
        if result.cohort is not None:
            from organotropism.cohort.store import write_cohort

            write_cohort(result.cohort, given.out)
    if result.problem is not None:
        raise result.problem
    from organotropism.present.import_report import import_report_text

    width = shutil.get_terminal_size().columns
    write_text(import_report_text(content, width=width, colour=sys.stdout.isatty()), None, coloured=True)
    return 0


def _rendered(content: dict[str, Any], kind: str) -> str:
    if kind == ".json":
        return json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    from organotropism.present.import_report import import_report_html, import_report_text

    return import_report_html(content) if kind == ".html" else import_report_text(content)


def _from_table(given: Namespace, progress: Progress) -> Import:
    from organotropism.cohort.mapping import read_mapping
    from organotropism.cohort.table import import_table

    if given.map is None:
        expected = "a mapping; `organotropism cohort suggest` writes a first one"
        raise InputError("is missing", field="--map", expected=expected)
    mapping = read_mapping(given.map)
    if given.window_days is not None:
        mapping = mapping.with_window(given.window_days)
    return import_table(given.source, mapping, progress)


def _from_cbioportal(given: Namespace, progress: Progress) -> Import:
    from organotropism.cohort.cbioportal import import_cbioportal
    from organotropism.cohort.mapping import read_toml

    changes = {} if given.map is None else dict(read_toml(given.map))
    if given.window_days is not None:
        changes["window_days"] = given.window_days
    return import_cbioportal(given.source, relapses=given.relapses, changes=changes, progress=progress)


def _from_mcode(given: Namespace, progress: Progress) -> Import:
    from organotropism.cohort.mcode_gather import Absent
    from organotropism.cohort.mcode_import import import_mcode

    absent: Absent = "not found" if given.absent == "not-found" else "not recorded"
    window = _window(given)
    return import_mcode(
        given.source, absent=absent, window_years=window, progress=progress, out=_parts(given)
    )


def _from_omop(given: Namespace, progress: Progress) -> Import:
    from organotropism.cohort.mcode_gather import Absent
    from organotropism.cohort.omop_import import import_omop
    from organotropism.cohort.omop_rules import parse_rules

    absent: Absent = "not recorded" if given.absent == "not-recorded" else "not found"
    return import_omop(
        given.source,
        rules=parse_rules(given.rule),
        schema=given.schema,
        concept_sets=given.concepts,
        absent=absent,
        window_years=_window(given),
        progress=progress,
        out=_parts(given),
    )


def _from_naaccr(given: Namespace, progress: Progress) -> Import:
    from organotropism.cohort.naaccr_import import import_naaccr

    return import_naaccr(given.source, window_years=_window(given), progress=progress, out=_parts(given))


def _window(given: Namespace) -> float:
    """Years within which sites are one presentation."""
    from organotropism.cohort.schema import WINDOW_YEARS

    window = WINDOW_YEARS if given.window_days is None else float(given.window_days) / 365.25
    if not 0 <= window <= 366 / 365.25:
        raise InputError(
            "is out of range", field="--window-days", value=given.window_days, expected="0 to 366"
        )
    return window


def _parts(given: Namespace) -> str | None:
    """Where patients go part by part: they may be many, and a file written so spares the memory."""
    return given.out if Path(given.out).suffix.lower() == ".parquet" else None


#: Reader to what it does with the arguments.
READERS: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "table": _from_table,
    "cbioportal": _from_cbioportal,
    "mcode": _from_mcode,
    "omop": _from_omop,
    "naaccr": _from_naaccr,
}


@contextmanager
def _progress() -> Iterator[Progress]:
    """Show how many rows were read, where standard error is a terminal."""
    if not sys.stderr.isatty():
        yield lambda rows: None
        return
    from rich.console import Console
    from rich.progress import Progress as Bar
    from rich.progress import SpinnerColumn, TextColumn

    columns = (SpinnerColumn(), TextColumn("{task.completed:,.0f} rows read"))
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda rows: bar.advance(task, rows)
