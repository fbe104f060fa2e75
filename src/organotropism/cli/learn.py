"""``organotropism learn``: learn a model."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from organotropism.cli.output import write_text
from organotropism.cli.parser import Parser
from organotropism.csv_files import records_csv

if TYPE_CHECKING:
    from organotropism.process.model import Model

_FILE = "literature.json"


_OTHERS: Final = {
    "cohort": "organotropism.cli.learn_cohort",
    "level": "organotropism.cli.learn_level",
}


def run(arguments: Sequence[str]) -> int:
    """Run the command; returns the exit code, 1 where a comparison found differences."""
    if arguments and arguments[0] in _OTHERS:
        code: int = import_module(_OTHERS[arguments[0]]).run(arguments[1:])
        return code
    given = _parser().read(arguments)
    own = None
    if given.own is not None:
        from organotropism.evidence.own import read_own_file

        own = read_own_file(given.own)
        for note in own.notes:
            print(f"{given.own}: {note}", file=sys.stderr)
    from organotropism.learn.literature import learn

    model, residuals = learn(_show, own, given.without)
    if sys.stderr.isatty():
        print(file=sys.stderr)
    if given.out is not None or not given.compare:
        _save(model, residuals, Path(given.out or _FILE))
    return _compare(model) if given.compare else 0


def _parser() -> Parser:
    parser = Parser(
        prog="organotropism learn",
        usage="organotropism learn literature [--with FILE] [--without STUDY] [--out FILE] [--compare]\n"
        "       organotropism learn cohort COHORT --out FILE ...\n"
        "       organotropism learn level FILE --out FILE ...",
        description=(
            "literature: learn a model from the published evidence inside the package; takes 15 minutes.\n"
            "cohort: update a model with patients; see `organotropism learn cohort --help`.\n"
            "level: move a model to your own population; see `organotropism learn level --help`."
        ),
    )
    parser.add_argument("what", choices=["literature"], help="what to learn from (or `cohort`, `level`)")
    parser.add_argument(
        "--out",
        metavar="FILE",
        help=f"model file to write; its residuals go beside it as ..._residuals.csv; default {_FILE}",
    )
    parser.add_argument(
        "--with",
        dest="own",
        metavar="FILE",
        help="table of own studies to learn from as well; its columns: see the page on the web application",
    )
    parser.add_argument(
        "--without",
        action="append",
        default=[],
        metavar="STUDY",
        help="study of the evidence to leave out, to test the model in its patients; may be repeated",
    )
    parser.add_argument(
        "--compare",
        action="store_true",
        help="compare with the shipped model, exit 1 where they differ; writes nothing without --out",
    )
    return parser


def _show(step: int, change: float) -> None:
    """Tell how far the fit is, where standard error is a terminal."""
    if sys.stderr.isatty():
        print(f"\rstep {step}, change {change:.1e}   ", end="", file=sys.stderr, flush=True)


def _save(model: Model, residuals: Sequence[Mapping[str, Any]], file: Path) -> None:
    model.save(file)
    beside = file.with_name(f"{file.stem}_residuals.csv")
    write_text(records_csv(residuals, list(residuals[0])), beside)
    write_text(f"wrote {file} and {beside}\n", None)


def _compare(model: Model) -> int:
    from organotropism.learn.literature import compare
    from organotropism.process.model import load_model

    problems = compare(model, load_model("literature"))
    for problem in problems:
        print(problem)
    if not problems:
        print("the learned model equals the shipped one")
    return 1 if problems else 0
