"""``organotropism evidence published``: published absolute numbers beside what a model forecasts."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

from organotropism.cli.evidence import common
from organotropism.cli.parser import Parser

_FORMATS: Final = ("text", "csv", "json")
_EPILOG: Final = """\
examples:
  organotropism evidence published --study ebctcg2024
  organotropism evidence published --site brain
  organotropism evidence published --model literature --out published.csv"""


def run(arguments: Sequence[str]) -> int:
    """Run the action; returns the exit code."""
    parser = Parser(
        prog="organotropism evidence published",
        usage="organotropism evidence published [--study ID] [--site NAME] [--model MODEL] [--format WORD]",
        description="Published risks, shares and deaths beside the forecast for the same women.",
        epilog=_EPILOG,
    )
    parser.add_argument("--study", metavar="ID", help="numbers of one study")
    parser.add_argument("--site", metavar="NAME", help="numbers on one site, or another feature of the rows")
    parser.add_argument("--model", metavar="MODEL", default="default", help="name or file; default `default`")
    common.add_output(parser, _FORMATS)
    given = parser.read(arguments)
    kind = common.read_format(given, _FORMATS)
    from organotropism.learn.published import compare_published
    from organotropism.process.model import load_model

    if given.study is None and sys.stderr.isatty():
        print("Forecasting every published number takes a minute or so.", file=sys.stderr)
    rows = compare_published(load_model(given.model), given.study, given.site)
    records = [asdict(row) for row in rows]
    if kind == "text":
        from organotropism.evidence.published import summaries
        from organotropism.present.published import published_text

        short = {label: asdict(found) for label, found in summaries(rows).items()}
        text = published_text(records, short, width=common.width(), colour=common.colour(given))
        common.write(text, given, coloured=True)
        return 0
    if kind == "json":
        common.write(common.as_json(records), given)
    else:
        from organotropism.evidence.export import as_csv

        common.write(as_csv(records), given)
    return 0
