"""``organotropism evidence residuals``: how the literature model fits each published number."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from importlib import resources
from io import StringIO
from typing import Final

from organotropism.cli.evidence import common
from organotropism.cli.parser import Parser
from organotropism.errors import InputError, did_you_mean, one_of

_FORMATS: Final = ("text", "csv", "json")
_NUMBERS: Final = ("published", "se", "fitted", "residual", "weight")
_SHOWN: Final = 20
_EPILOG: Final = """\
examples:
  organotropism evidence residuals --largest 10
  organotropism evidence residuals --site brain
  organotropism evidence residuals --study xiao2018 --format csv"""


def run(arguments: Sequence[str]) -> int:
    """Run the action; returns the exit code."""
    parser = Parser(
        prog="organotropism evidence residuals",
        usage="organotropism evidence residuals [--site NAME] [--study ID] [--largest N] [--format WORD]",
        description="Published and fitted value of every row, and their difference in standard errors.",
        epilog=_EPILOG,
    )
    parser.add_argument("--site", metavar="NAME", help="rows on one site, or another feature of the table")
    parser.add_argument("--study", metavar="ID", help="rows of one study")
    parser.add_argument(
        "--largest",
        metavar="N",
        help=f"the N rows that fit worst; as text {_SHOWN} unless site or study is given",
    )
    common.add_output(parser, _FORMATS)
    given = parser.read(arguments)
    kind = common.read_format(given, _FORMATS)
    rows = _rows()
    for field in ("site", "study"):
        wanted = getattr(given, field)
        if wanted is not None:
            rows = _matching(rows, field, wanted)
    count = _count(given.largest)
    if count is None and kind == "text" and given.site is None and given.study is None:
        count = _SHOWN
    if count is not None:
        rows = sorted((row for row in rows if row["residual"]), key=_misfit, reverse=True)[:count]
    if kind == "text":
        from organotropism.present.residuals import residuals_text

        text = residuals_text(rows, width=common.width(), colour=common.colour(given))
        common.write(text, given, coloured=True)
        return 0
    typed = [{name: _typed(name, value) for name, value in row.items()} for row in rows]
    if kind == "json":
        common.write(common.as_json(typed), given)
    else:
        from organotropism.evidence.export import as_csv

        common.write(as_csv(typed), given)
    return 0


def _rows() -> list[dict[str, str]]:
    file = resources.files("organotropism") / "models" / "literature_residuals.csv"
    return list(csv.DictReader(StringIO(file.read_text(encoding="utf-8"))))


def _matching(rows: list[dict[str, str]], field: str, wanted: str) -> list[dict[str, str]]:
    from organotropism.evidence.names import nearest, study_ids

    known = sorted({row[field] for row in rows if row[field]})
    meant = study_ids(wanted) if field == "study" else ()
    found = [row for row in rows if row[field] in (nearest(wanted, tuple(known)), *meant) and row[field]]
    if not found:
        hint = did_you_mean(wanted, known)
        expected = f"one of the table{hint}" if hint or len(known) > _SHOWN else one_of(known)
        raise InputError(
            f"is not a {field} of the table", field=f"--{field}", value=wanted, expected=expected
        )
    return found


def _count(text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and int(text[:9]) > 0):
        raise InputError("is not a number of rows", field="--largest", value=text, expected="1 or more")
    return int(text[:9])


def _misfit(row: dict[str, str]) -> float:
    return abs(float(row["residual"]))


def _typed(name: str, value: str) -> str | float | None:
    if name in _NUMBERS:
        return float(value) if value else None
    return value
