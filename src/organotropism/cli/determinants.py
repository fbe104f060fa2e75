"""``organotropism determinants``: which factors decide whether and when, how many and where."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from organotropism.cli.formats import chosen_format, csv_text
from organotropism.cli.output import write_bytes, write_text
from organotropism.cli.parser import Parser
from organotropism.errors import InputError, one_of
from organotropism.process.model import DEFAULT_MODEL, Model, load_model

if TYPE_CHECKING:
    from organotropism.cohort import Cohort
    from organotropism.explain.determinants import Determinants
    from organotropism.explain.observed import Observed, Outcomes

_FORMATS: Final = ("text", "json", "csv", "html", "svg", "png")
_FEWEST, _MOST = 2, 10_000
_DESCRIPTION: Final = """\
Which factors decide whether and when distant disease presents, in how many sites, and where: what each factor
and block explains in the reference population of a model, or in the patients of a cohort (a file written by
`organotropism cohort import`), whose outcomes the model is then held against."""
_EXAMPLES: Final = """\
examples:
  organotropism determinants literature
  organotropism determinants literature --out determinants.html
  organotropism determinants literature cohort.parquet --format json"""


def _parser() -> Parser:
    parser = Parser(
        prog="organotropism determinants",
        usage="organotropism determinants [MODEL] [COHORT] [options]",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
    )
    parser.add_argument("model", nargs="?", default=DEFAULT_MODEL, metavar="MODEL", help="default: default")
    parser.add_argument("cohort", nargs="?", metavar="COHORT", help="a cohort, .parquet or .csv")
    parser.add_argument("--format", metavar="WORD", help=f"{one_of(_FORMATS)}; default text")
    parser.add_argument("--out", metavar="FILE", help="write there; the ending sets the format")
    parser.add_argument(
        "--draws", default="100", metavar="N", help="draws of the coefficients; default 100, half a minute"
    )
    return parser


def run(arguments: Sequence[str]) -> int:
    """Run the command; returns the exit code."""
    given = _parser().read(arguments)
    kind = chosen_format(given.format, given.out, _FORMATS)
    draws = _draws(given.draws)
    model = load_model(given.model)
    if given.cohort is None:
        found = measured(model, "reference population", draws, None)
    else:
        own, observed, population = observed_in(model, given.cohort)
        found = measured(own, population, draws, observed)
    _write(found, kind, given)
    return 0


def _draws(text: str) -> int:
    if text.isascii() and text.isdigit() and _FEWEST <= int(text[:9]) <= _MOST and int(text[:9]) % 2 == 0:
        return int(text[:9])
    expected = f"an even number from {_FEWEST} to {_MOST:,}"
    raise InputError("is not a number of draws", field="--draws", value=text, expected=expected)


def observed_in(model: Model, file: str) -> tuple[Model, Observed, str]:
    """The model in the population of a cohort, how it held against the outcomes, and the cohort's name.

    Raises
    ------
    InputError
        Where the file is no cohort, has other sites, or nobody followed from a non-metastatic diagnosis.
    """
    from organotropism.cohort import read_cohort
    from organotropism.explain.observed import observe
    from organotropism.explain.population import in_population_of

    cohort = read_cohort(file)
    if cohort.sites != model.layout.sites:
        raise InputError(
            f"has the sites {', '.join(cohort.sites)}", file=file, expected=", ".join(model.layout.sites)
        )
    used = cohort.take(cohort.followed & ~cohort.stage_iv)
    if len(used) == 0:
        raise InputError("has no patient followed from a non-metastatic diagnosis", file=file)
    patients = used.patients()
    observed = observe(model, patients, _outcomes(used))
    return in_population_of(model, patients), observed, f"{len(used):,} patients of {cohort.name}"


def _outcomes(cohort: Cohort) -> Outcomes:
    import numpy as np

    from organotropism.explain.observed import Outcomes

    return Outcomes(
        entry=cohort.entry,
        years=np.fmin(cohort.distant, cohort.follow_up),
        presented=cohort.presented,
        found=cohort.found_at_presentation,
        sites_known=cohort.sites_recorded,
    )


def measured(model: Model, population: str, draws: int, observed: Observed | None) -> Determinants:
    """Determinants of the model's population, and what is published on the blocks it lacks."""
    from rich.console import Console
    from rich.progress import track

    from organotropism.evidence import by_compartment
    from organotropism.explain.blocks import NotInModel
    from organotropism.explain.determinants import determinants

    return determinants(
        model,
        population,
        draws=draws,
        not_in_model=[NotInModel(**entry) for entry in by_compartment()],
        observed=observed,
        steps=lambda thetas: track(thetas, "draws", console=Console(stderr=True), transient=True),
    )


def _write(found: Determinants, kind: str, given: argparse.Namespace) -> None:
    out = None if given.out is None else Path(given.out)
    if kind == "png":
        from organotropism.present.figures.determinants import determinants_figure
        from organotropism.present.figures.render import render

        write_bytes(render(determinants_figure(found), "png"), out)
        return
    colour = out is None and sys.stdout.isatty()
    write_text(_rendered(found, kind, colour=colour), out, coloured=kind == "text")


def _rendered(found: Determinants, kind: str, *, colour: bool) -> str:
    if kind == "json":
        return json.dumps(found.to_dict(), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    if kind == "csv":
        return csv_text(found.rows())
    from organotropism.present.determinants import determinants_page, determinants_text
    from organotropism.present.figures.determinants import determinants_figure

    if kind == "svg":
        return determinants_figure(found)
    if kind == "html":
        return determinants_page(found, determinants_figure(found))
    return determinants_text(found, width=shutil.get_terminal_size().columns, colour=colour)
