"""``organotropism learn cohort``: update a model with patients."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from organotropism.cli.extras import require
from organotropism.cli.output import write_text
from organotropism.cli.parser import Parser
from organotropism.csv_files import records_csv

if TYPE_CHECKING:
    from organotropism.cohort.schema import Cohort
    from organotropism.cohort.tabulate import Tables
    from organotropism.learn.cohort import CohortFit, Progress

#: What is averaged over where it is unknown; any field of a group tells it.
_AVERAGED: Final = (
    ("grade",),
    ("histology",),
    ("age",),
    ("size_mm", "t"),
    ("positive_nodes", "n"),
    ("pr",),
    ("detection",),
    ("ki67",),
)
#: So many unknown of most patients, and there are hundreds of combinations for each.
_MANY: Final = 4
_EPILOG: Final = """examples:
  organotropism learn cohort cohort.parquet --prior literature --out model.json
  organotropism learn cohort cohort.parquet --prior none --out cohort_alone.json
  organotropism learn cohort tables/ --name "our registry" --out model.json --table coefficients.csv
"""


def run(arguments: Sequence[str]) -> int:
    """Run the command; returns the exit code."""
    parser = Parser(
        prog="organotropism learn cohort",
        usage="organotropism learn cohort COHORT [--prior literature|none|FILE] --out FILE [options]",
        description=(
            "Update the literature, or another model, with a cohort. The model speaks of the cohort's"
            " population. What is unknown of a patient is averaged over the reference population; effects of"
            " treatment are never learned."
        ),
        epilog=_EPILOG,
    )
    parser.add_argument("cohort", help="cohort (.parquet, .csv), or a folder of its tables")
    parser.add_argument(
        "--prior", default="literature", metavar="NAME|FILE", help="model, or none; default: literature"
    )
    parser.add_argument("--out", metavar="FILE", required=True, help="model file to write")
    parser.add_argument("--name", help="of the model; default: that of the cohort")
    parser.add_argument(
        "--table", metavar="FILE", help="CSV of the coefficients by literature, cohort and both"
    )
    given = parser.read(arguments)
    require("cohort", "duckdb")
    from organotropism.learn.cohort import learn_cohort
    from organotropism.process.model import load_model

    prior = None if given.prior == "none" else load_model(given.prior)
    source = _source(given.cohort)
    for line in unknown_of_most(source):
        print(line, file=sys.stderr)
    with _progress() as progress:
        fit = learn_cohort(source, prior, given.name, progress)
    # The files first: whoever reads standard output may stop reading.
    if given.table:
        write_text(_csv(fit.table()), Path(given.table))
    fit.model.save(Path(given.out))
    _print(fit)
    write_text(f"wrote {given.out} ({fit.seconds:.1f} s)\n", None)
    return 0


def _source(path: str) -> Any:
    from organotropism.cohort.store import read_cohort
    from organotropism.cohort.tables_file import is_tables, read_tables

    return read_tables(path) if is_tables(path) else read_cohort(path)


def unknown_of_most(source: Cohort | Tables) -> Iterator[str]:
    """Tell that the fit takes long, where so much is unknown that the combinations of it are very many."""
    from organotropism.cohort.schema import Cohort

    frame = source.covariates if isinstance(source, Cohort) else source.strata
    half = len(frame) / 2
    known = {name for name in frame.columns if frame[name].null_count() <= half}
    unknown = [names[0] for names in _AVERAGED if not known.intersection(names)]
    if len(unknown) >= _MANY:
        yield (
            f"unknown of most patients: {', '.join(unknown)}. The fit averages over all combinations of what "
            "is unknown: it takes many times the time and memory that it takes with these known"
        )


@contextmanager
def _progress() -> Iterator[Progress]:
    """A bar on standard error, where that is a terminal."""
    if not sys.stderr.isatty():
        yield lambda stage, step, change: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("tabulating", total=None)

        def show(stage: str, step: int, change: float) -> None:
            bar.update(task, description=f"{stage}: step {step}, change {change:.1e} SD")

        yield show


def _print(fit: CohortFit) -> None:
    from organotropism.present.learned import learned_text

    text = learned_text(
        fit.counts,
        fit.table(),
        [asdict(conflict) for conflict in fit.conflicts],
        fit.separated,
        width=shutil.get_terminal_size().columns,
        colour=sys.stdout.isatty(),
    )
    write_text(text, None, coloured=True)


def _csv(records: Sequence[dict[str, Any]]) -> str:
    return records_csv(records, list(records[0]))
