"""``organotropism nomogram``: points that add up to a risk, drawn and as a table."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from organotropism.cli.formats import chosen_format, csv_text
from organotropism.cli.horizons import read_horizons, read_year
from organotropism.cli.output import write_bytes, write_text
from organotropism.cli.parser import Parser
from organotropism.errors import InputError, did_you_mean, one_of
from organotropism.process.model import DEFAULT_MODEL, Model, load_model
from organotropism.vocabulary import SUBTYPES

if TYPE_CHECKING:
    from organotropism.explain.nomogram import Nomogram, Target

_FORMATS: Final = ("text", "json", "csv", "svg", "png", "pdf")
_DESCRIPTION: Final = """\
A nomogram of any risk that is forecast: points for each factor, their total, and the risk. It is the best
additive approximation of the forecast over the reference population, and says how far off it is. One for a
single subtype is closer than one for all."""
_EXAMPLES: Final = """\
examples:
  organotropism nomogram --site brain --out brain.svg
  organotropism nomogram --quantity any --horizon 5 --subtype HR+/HER2- --out any.png
  organotropism nomogram --quantity given_metastasis --site liver --format csv"""


def _parser() -> Parser:
    parser = Parser(
        prog="organotropism nomogram",
        usage="organotropism nomogram [options]",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
    )
    parser.add_argument(
        "--quantity",
        default="ever",
        metavar="WORD",
        help="ever, first, only, any, given_metastasis or several; default ever",
    )
    parser.add_argument("--site", metavar="NAME", help="site, for all quantities but any and several")
    parser.add_argument("--horizon", metavar="YEARS", help="years from diagnosis; default 10")
    parser.add_argument("--subtype", metavar="WORD", help=f"for one subtype alone: {one_of(SUBTYPES)}")
    parser.add_argument("--year", metavar="N", help="year of diagnosis; default the latest covered")
    parser.add_argument("--model", default=DEFAULT_MODEL, metavar="NAME|FILE", help="default: default")
    parser.add_argument("--format", metavar="WORD", help=f"{one_of(_FORMATS)}; default text")
    parser.add_argument("--out", metavar="FILE", help="write there; the ending sets the format")
    return parser


def run(arguments: Sequence[str]) -> int:
    """Run the command; returns the exit code."""
    given = _parser().read(arguments)
    kind = chosen_format(given.format, given.out, _FORMATS)
    model = load_model(given.model)
    target = _target(given, model)
    from organotropism.explain.nomogram import nomogram

    out = None if given.out is None else Path(given.out)
    found = nomogram(model, target)
    if kind in ("png", "pdf"):
        from organotropism.present.figures.nomogram import nomogram_figure
        from organotropism.present.figures.render import render

        write_bytes(render(nomogram_figure(found), "png" if kind == "png" else "pdf"), out)
    else:
        colour = out is None and sys.stdout.isatty()
        write_text(_rendered(found, kind, colour=colour), out, coloured=kind == "text")
    return 0


def _target(given: argparse.Namespace, model: Model) -> Target:
    from organotropism.explain.nomogram import OF_NO_SITE, QUANTITIES, WITHOUT_HORIZON, Target

    quantity: str = given.quantity
    if quantity not in QUANTITIES:
        raise _wrong("--quantity", quantity, "is not a quantity", QUANTITIES)
    if given.subtype is not None and given.subtype not in SUBTYPES:
        raise _wrong("--subtype", given.subtype, "is not a subtype", SUBTYPES)
    site: str | None = given.site
    if quantity in OF_NO_SITE and site is not None:
        raise InputError(f"has no place with {quantity}", field="--site", value=site, expected="no site")
    if quantity not in OF_NO_SITE and site not in model.layout.sites:
        problem = "is missing" if site is None else "is not a site of the model"
        raise _wrong("--site", site, problem, model.layout.sites)
    if quantity in WITHOUT_HORIZON and given.horizon is not None:
        problem = f"has no place with {quantity}"
        raise InputError(problem, field="--horizon", value=given.horizon, expected="no horizon")
    horizon = None if quantity in WITHOUT_HORIZON else _horizon(given.horizon)
    year = read_year(given.year)
    first, last = model.years
    return Target(
        quantity, site, horizon, given.subtype, last if year is None else min(max(year, first), last)
    )


def _wrong(field: str, value: str | None, problem: str, allowed: Sequence[str]) -> InputError:
    hint = "" if value is None else did_you_mean(value, allowed)
    return InputError(problem, field=field, value=value, expected=f"{one_of(allowed)}{hint}")


def _horizon(text: str | None) -> float:
    from organotropism.process.rate import LAST_YEAR

    horizons = read_horizons(text) or (10.0,)
    if len(horizons) != 1 or not 0 < horizons[0] <= LAST_YEAR:
        expected = f"one number of years, more than 0 to {LAST_YEAR:g}"
        raise InputError("is not a horizon", field="--horizon", value=text, expected=expected)
    return horizons[0]


def _rendered(found: Nomogram, kind: str, *, colour: bool) -> str:
    if kind == "json":
        return json.dumps(found.to_dict(), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    if kind == "csv":
        return csv_text(found.rows())
    if kind == "svg":
        from organotropism.present.figures.nomogram import nomogram_figure

        return nomogram_figure(found)
    from organotropism.present.nomogram import nomogram_text

    return nomogram_text(found, width=shutil.get_terminal_size().columns, colour=colour)
