"""Published numbers beside their forecasts, as tables for a person or a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from organotropism.present.console import plain_table, rendered

EXPLANATION: Final = (
    "The forecast is the mean over the coefficients and over what differs between studies, with 95 % limits. "
    "Log ratio: logarithm of published over forecast. Inside: published within the limits. z: published less "
    "forecast in standard errors of both, on the scale of the row (logit, log or complementary log-log). "
    "Each group of patients has one vote. Rows marked * taught the literature model: they show how it fits, "
    "not how it predicts."
)
SUMMARY_HEADERS: Final = ("", "numbers", "groups", "mean log ratio", "inside", "rms z")
HEADERS: Final = ("study", "read as", "women", "published", "forecast", "95 % limits", "z")


def summary_cells(label: str, found: Mapping[str, Any]) -> tuple[str, ...]:
    """One summary as cells under `SUMMARY_HEADERS`."""
    return (
        label,
        str(found["numbers"]),
        str(found["groups"]),
        f"{found['log_ratio']:+.2f}",
        f"{100 * found['inside']:.0f} %",
        f"{found['rms_z']:.2f}",
    )


def cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    """One comparison as cells under `HEADERS`; hazards are per year, all in per cent."""
    return (
        row["study"] + ("*" if row["used"] else ""),
        row["reading"],
        row["women"],
        _percent(row["published"]),
        _percent(row["forecast"]),
        f"{_percent(row['low'])} to {_percent(row['high'])}",
        f"{row['z']:+.1f}",
    )


def published_text(
    rows: Sequence[Mapping[str, Any]], short: Mapping[str, Mapping[str, Any]], *, width: int, colour: bool
) -> str:
    """Summaries and comparisons, the worst first.

    Parameters
    ----------
    rows : comparisons as records
    short : summaries as records, by label
    width : columns of the terminal
    colour : whether to mark headings
    """
    above = plain_table(*SUMMARY_HEADERS)
    for label, found in short.items():
        above.add_row(*summary_cells(label, found))
    table = plain_table(*HEADERS, left=3)
    for row in sorted(rows, key=lambda row: -abs(row["z"])):
        table.add_row(*cells(row))
    return rendered([above, "", table, "", f"In per cent. {EXPLANATION}"], width=width, colour=colour)


def _percent(share: float) -> str:
    return f"{100 * share:.3g}"
