"""``organotropism evidence forest``: studies on one contrast, pooled, beside the model's own value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from organotropism.cli.evidence import common
from organotropism.cli.parser import Parser
from organotropism.errors import InputError

_FORMATS: Final = ("text", "svg", "png", "json", "csv")
_EPILOG: Final = """\
examples:
  organotropism evidence forest --factor subtype --level TNBC --site brain
  organotropism evidence forest --factor subtype --level TNBC --site bone --out bone.svg
  organotropism evidence forest --factor n_category --site bone --endpoint ever --format json"""


def run(arguments: Sequence[str]) -> int:
    """Run the action; returns the exit code."""
    parser = Parser(
        prog="organotropism evidence forest",
        usage="organotropism evidence forest --factor NAME --site NAME [filters] [--format WORD]",
        description=(
            "Show the studies that print a ratio, or two shares, on one contrast at one site. They are\n"
            "pooled within comparator, endpoint and denominator (random effects by REML, Hartung-Knapp\n"
            "interval, prediction interval), each group of patients once, and set beside what the\n"
            "literature model expects of the same numbers."
        ),
        epilog=_EPILOG,
    )
    common.add_filters(parser, common.FINDING_FILTERS)
    common.add_output(parser, _FORMATS)
    given = parser.read(arguments)
    kind = common.read_format(given, _FORMATS)
    for name in ("factor", "site"):
        if getattr(given, name) is None:
            raise InputError("is needed", field=f"--{name}", expected=f"--{name} NAME")
    from organotropism.evidence import forest_groups, shipped_residuals
    from organotropism.evidence.forest import forest_record
    from organotropism.present import evidence_words as words

    found = common.chosen_findings(given)
    asked = {row.comparison for row in found}
    if len({question.level for question in asked}) > 1:
        levels = sorted({question.level for question in asked})
        raise InputError(
            "several levels match", field="--level", expected=f"one of them: {', '.join(levels)}"
        )
    groups = [forest_record(group) for group in forest_groups(found, shipped_residuals())]
    if not groups:
        raise InputError(
            "no study prints a ratio with its interval, or two shares", expected="another contrast"
        )
    question = next(iter(asked))
    title = f"{words.row_label(question.factor, question.level, '')} and {words.site(given.site)}"
    content = _rendered(groups, title, kind, width=common.width(), colour=common.colour(given))
    common.write(content, given, coloured=kind == "text")
    return 0


def _rendered(
    groups: list[dict[str, object]], title: str, kind: str, *, width: int, colour: bool
) -> str | bytes:
    if kind == "json":
        return common.as_json(groups)
    if kind == "csv":
        from organotropism.evidence.export import as_csv

        return as_csv([row for group in groups for row in _rows(group)])
    if kind == "text":
        from organotropism.present.forest import forest_text

        return forest_text(groups, title, width=width, colour=colour)
    from organotropism.present.figures.forest import forest_plot
    from organotropism.present.figures.render import render

    drawn = render(forest_plot(groups, title), "svg" if kind == "svg" else "png")
    return drawn.decode() if kind == "svg" else drawn


def _rows(group: Mapping[str, Any]) -> list[dict[str, object]]:
    """One flat record for each study, and one for the pooled effect."""
    setting = {
        name: group[name] for name in ("factor", "level", "comparator", "site", "endpoint", "denominator")
    }
    blank = dict.fromkeys(("low", "high", "prediction_low", "prediction_high", "tau2", "q", "q_p", "i2"))
    names = ("study", "population", "adjusted", "measure", "log_ratio", "se", "fitted", "weight", "left_out")
    rows: list[dict[str, object]] = [
        {**setting, "id": entry["id"], **{name: entry[name] for name in names}, **blank}
        for entry in group["entries"]
    ]
    pooled = group["pooled"]
    if pooled is not None:
        empty = dict.fromkeys(names)
        numbers = {
            "study": "pooled",
            "log_ratio": pooled["mean"],
            "se": pooled["se"],
            "fitted": group["model"],
        }
        rows.append({**setting, "id": "pooled", **empty, **numbers, **{name: pooled[name] for name in blank}})
    return rows
