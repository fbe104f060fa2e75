"""``organotropism evidence review``: the claims of the starting review, checked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from organotropism.cli.evidence import common
from organotropism.cli.parser import Parser
from organotropism.errors import InputError, did_you_mean, one_of

_FORMATS: Final = ("text", "csv", "json")
_EPILOG: Final = """\
examples:
  organotropism evidence review --verdict misquoted
  organotropism evidence review --ends-in "not identified"
  organotropism evidence review --format csv --out claims.csv"""


def run(arguments: Sequence[str]) -> int:
    """Run the action; returns the exit code."""
    parser = Parser(
        prog="organotropism evidence review",
        usage="organotropism evidence review [--verdict WORD] [--ends-in WORD] [--study ID] [--format WORD]",
        description="List the claims of the starting review: verdict, what the source says, where it ends.",
        epilog=_EPILOG,
    )
    parser.add_argument(
        "--verdict",
        metavar="WORD",
        help="supported, supported in part, misquoted, not verifiable, self-contradicting",
    )
    parser.add_argument("--ends-in", metavar="WORD", help="record, marker, not identified")
    parser.add_argument("--study", metavar="ID", help="claims held against one study")
    common.add_output(parser, _FORMATS)
    given = parser.read(arguments)
    kind = common.read_format(given, _FORMATS)
    rows = _claims({"verdict": given.verdict, "ends_in": given.ends_in, "study": given.study})
    if kind == "json":
        common.write(common.as_json(rows), given)
    elif kind == "csv":
        from organotropism.evidence.export import as_csv

        common.write(as_csv(rows), given)
    else:
        from organotropism.present.evidence import claims_text

        text = claims_text(rows, width=common.width(), colour=common.colour(given))
        common.write(text, given, coloured=True)
    return 0


def _claims(filters: dict[str, str | None]) -> list[dict[str, object]]:
    from organotropism.evidence.claims import checked_claims, claim_record

    rows = [claim_record(claim) for claim in checked_claims()]
    for name, wanted in filters.items():
        if wanted is None:
            continue
        known = {value for row in rows for value in _values(row[name])}
        if wanted not in known:
            option = f"--{name.replace('_', '-')}"
            hint = did_you_mean(wanted, known)
            expected = f"one of the claims{hint}" if name == "study" else one_of(sorted(known))
            raise InputError("is not of any claim", field=option, value=wanted, expected=expected)
        rows = [row for row in rows if wanted in _values(row[name])]
    return rows


def _values(value: object) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else (str(value),)
