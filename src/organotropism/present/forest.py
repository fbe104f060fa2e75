"""Studies on one contrast and their pooled effect, as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import exp
from typing import TYPE_CHECKING, Any, Final

from organotropism.present import evidence_words as words
from organotropism.present.console import plain_table, rendered

if TYPE_CHECKING:
    from rich.console import RenderableType

_EXPLANATION: Final = (
    "ratio: of the level to the comparator, 95 % interval. weight: in the pooled effect (random effects, "
    "REML, Hartung-Knapp); each group of patients is pooled once. expected: what the literature model, "
    "fitted to these numbers among others, expects of the same number; blank where it did not learn from it."
)
_SINGLE: Final = "No setting has two groups of patients: nothing to pool."


def forest_text(groups: Sequence[Mapping[str, Any]], title: str, *, width: int, colour: bool) -> str:
    """Table of studies by setting, with pooled effects.

    Parameters
    ----------
    groups : as `organotropism.evidence.forest.forest_record` gives them
    title : contrast and site in words
    width : columns of the terminal
    colour : whether to mark headings
    """
    from rich.text import Text

    parts: list[RenderableType] = [Text(title, style="bold")]
    for group in groups:
        table = plain_table("study", "what", "ratio", "weight", "expected", left=2)
        for entry in group["entries"]:
            table.add_row(*_study(entry, alone=group["pooled"] is None))
        pooled = group["pooled"]
        if pooled is not None:
            model = "" if group["model"] is None else f"{exp(group['model']):.2f}"
            table.add_row(words.POOLED, "", words.pooled_interval(pooled), "", model)
        parts += ["", words.group_setting(group), table]
        if pooled is not None:
            parts.append(words.pooled_remark(pooled))
    if all(group["pooled"] is None for group in groups):
        parts += ["", _SINGLE]
    return rendered([*parts, "", _EXPLANATION], width=width, colour=colour)


def _study(entry: Mapping[str, Any], *, alone: bool) -> tuple[str, ...]:
    weight = entry["weight"]
    what = words.entry_setting(entry)
    return (
        entry["study"],
        f"{what}; not pooled: {entry['left_out']}" if entry["left_out"] else what,
        words.ratio_interval(entry["log_ratio"], entry["se"]),
        "" if alone or weight is None else f"{100 * weight:.0f} %",
        "" if entry["fitted"] is None else f"{exp(entry['fitted']):.2f}",
    )
