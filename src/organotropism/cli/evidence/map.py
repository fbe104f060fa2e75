"""``organotropism evidence map``: how much evidence there is, and which way it points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from organotropism.cli.evidence import common
from organotropism.cli.parser import Parser

_FORMATS: Final = ("text", "svg", "png", "json", "csv")
#: Factors that are mapped only where they are asked for: each marker would be a row.
_ON_DEMAND: Final = ("marker", "other")
_EPILOG: Final = """\
examples:
  organotropism evidence map
  organotropism evidence map --denominator metastatic_patients --out map.svg
  organotropism evidence map --factor marker --grade A,B,C --format csv"""


def run(arguments: Sequence[str]) -> int:
    """Run the action; returns the exit code."""
    parser = Parser(
        prog="organotropism evidence map",
        usage="organotropism evidence map [filters] [--format WORD] [--out FILE]",
        description=(
            "For each level of a factor and each site: groups of patients in which the site was found more\n"
            "often, less often, or without a difference, and whether that is a conflict."
        ),
        epilog=_EPILOG,
    )
    common.add_filters(parser, common.FINDING_FILTERS)
    common.add_output(parser, _FORMATS)
    given = parser.read(arguments)
    kind = common.read_format(given, _FORMATS)
    from organotropism.evidence import cells
    from organotropism.evidence.map import cell_record

    found = common.chosen_findings(given)
    if given.factor is None:
        found = [row for row in found if row.factor not in _ON_DEMAND]
    records = [cell_record(cell) for cell in cells(found)]
    content = _rendered(records, kind, width=common.width(), colour=common.colour(given))
    common.write(content, given, coloured=kind == "text")
    return 0


def _rendered(records: list[dict[str, object]], kind: str, *, width: int, colour: bool) -> str | bytes:
    if kind == "json":
        return common.as_json(records)
    if kind == "csv":
        from organotropism.evidence.export import as_csv

        return as_csv(records)
    from organotropism.present.evidence_words import MAP_TITLE

    if kind == "text":
        from organotropism.present.evidence import map_text

        return map_text(records, width=width, colour=colour)
    from organotropism.present.figures.evidence_map import evidence_map
    from organotropism.present.figures.render import render

    drawn = render(evidence_map(records, MAP_TITLE), "svg" if kind == "svg" else "png")
    return drawn.decode() if kind == "svg" else drawn
