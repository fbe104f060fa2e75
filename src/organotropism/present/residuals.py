"""Published and fitted values as a table for a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from organotropism.present.console import plain_table, rendered

_HEADERS: Final = ("study", "read as", "contrast", "published", "fitted", "residual")
_EXPLANATION: Final = (
    "published and fitted on the scale of the row (logarithm of a ratio or rate, logit of a share); "
    "residual in standard errors, which hold the error of the row, the level of its study and the spread "
    "between studies."
)


def residuals_text(rows: Sequence[Mapping[str, str]], *, width: int, colour: bool) -> str:
    """Table of residuals.

    Parameters
    ----------
    rows : records of the residuals table, as text
    width : columns of the terminal
    colour : whether to mark headings
    """
    table = plain_table(*_HEADERS, left=3)
    aside = 0
    for row in rows:
        if row["status"] != "used":
            aside += 1
            continue
        table.add_row(
            row["study"],
            row["reading"],
            contrast(row),
            row["published"],
            row["fitted"],
            f"{float(row['residual']):+.1f}",
        )
    used = len(rows) - aside
    count = f"{used} row{'' if used == 1 else 's'}" + (f", and {aside} set aside" if aside else "")
    return rendered([table, f"{count}. {_EXPLANATION}"], width=width, colour=colour)


def contrast(row: Mapping[str, str]) -> str:
    """What a row compares, among whom: ``subtype: TNBC against HR+/HER2- (in ...)``."""
    text = f"{row['factor']}: {row['level']}" if row["factor"] else row["kind"]
    if row["comparator"]:
        text += f" against {row['comparator']}"
    return f"{text} (in {row['population']})" if row["population"] else text
