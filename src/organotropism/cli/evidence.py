"""``organotropism evidence``: check the tables, and show how the model fits each published number."""

from __future__ import annotations

import csv
import json
import shutil
import sys
from collections.abc import Sequence
from importlib import resources
from io import StringIO
from typing import Final

from organotropism.cli.output import write_text
from organotropism.cli.parser import Parser
from organotropism.errors import InputError, did_you_mean, one_of

_FORMATS: Final = ("text", "csv", "json")
_NUMBERS: Final = ("published", "se", "fitted", "residual", "weight")
_SHOWN: Final = 20


def run(arguments: Sequence[str]) -> int:
    """Run the command; returns the exit code, 1 where a check failed."""
    parser = Parser(
        prog="organotropism evidence",
        usage="organotropism evidence check\n       organotropism evidence residuals [options]",
        description=(
            "check: test every evidence table against its rules.\n"
            "residuals: published and fitted value of every row, and their difference in standard errors."
        ),
    )
    parser.add_argument("what", choices=["check", "residuals"], help="what to do")
    parser.add_argument("--site", metavar="NAME", help="rows on one site, or another feature of the table")
    parser.add_argument("--study", metavar="ID", help="rows of one study")
    parser.add_argument(
        "--largest",
        metavar="N",
        help=f"the N rows that fit worst; as text {_SHOWN} unless site or study is given",
    )
    parser.add_argument("--format", metavar="WORD", default="text", help="text, csv or json; default text")
    given = parser.read(arguments)
    if given.what == "check":
        return _check()
    if given.format not in _FORMATS:
        raise InputError("is not a format", field="--format", value=given.format, expected=one_of(_FORMATS))
    rows = _rows()
    for field in ("site", "study"):
        wanted = getattr(given, field)
        if wanted is not None:
            rows = _matching(rows, field, wanted)
    count = _count(given.largest)
    if count is None and given.format == "text" and given.site is None and given.study is None:
        count = _SHOWN
    if count is not None:
        rows = sorted((row for row in rows if row["residual"]), key=_misfit, reverse=True)[:count]
    write_text(_rendered(rows, given.format), None)
    return 0


def _check() -> int:
    from organotropism.evidence import check

    problems = check()
    for problem in problems:
        print(problem)
    if not problems:
        print("the evidence keeps all rules")
    return 1 if problems else 0


def _rows() -> list[dict[str, str]]:
    file = resources.files("organotropism") / "models" / "literature_residuals.csv"
    return list(csv.DictReader(StringIO(file.read_text(encoding="utf-8"))))


def _matching(rows: list[dict[str, str]], field: str, wanted: str) -> list[dict[str, str]]:
    found = [row for row in rows if row[field] == wanted]
    if not found:
        known = sorted({row[field] for row in rows if row[field]})
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


def _rendered(rows: list[dict[str, str]], kind: str) -> str:
    if kind == "csv":
        content = StringIO()
        writer = csv.DictWriter(content, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        return content.getvalue()
    if kind == "json":
        typed = [{name: _typed(name, value) for name, value in row.items()} for row in rows]
        return json.dumps(typed, indent=2, ensure_ascii=False) + "\n"
    from organotropism.present.residuals import residuals_text

    width = shutil.get_terminal_size().columns
    return residuals_text(rows, width=width, colour=sys.stdout.isatty())


def _typed(name: str, value: str) -> str | float | None:
    if name in _NUMBERS:
        return float(value) if value else None
    return value
