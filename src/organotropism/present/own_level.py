"""What moved a model to the level of one's own population, as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import StringIO
from math import exp
from typing import Any

from organotropism.present.numbers import percent

#: Distance, in standard deviations, from which a number is far from what the model takes for possible.
_FAR = 2.0
_Z95 = 1.96


def own_level_text(
    records: Sequence[Mapping[str, Any]], shifts: Sequence[tuple[str, float, float]], *, colour: bool = False
) -> str:
    """Tables of the numbers and of the movement.

    Parameters
    ----------
    records : of each number `row`, `stratum`, `quantity`, `site`, `years`, the risks `stated`, `before` and
        `after`, and `distance` of stated from before in standard deviations of a new population
    shifts : part, log ratio and its standard error
    """
    from rich.console import Console
    from rich.table import Table

    out = StringIO()
    console = Console(file=out, width=100, force_terminal=colour, no_color=not colour, highlight=False)
    table = Table(title="Own numbers", title_justify="left")
    for name in ("row", "number", "stated", "model before", "after", "distance (SD)"):
        table.add_column(name, justify="left" if name == "number" else "right")
    for record in records:
        words = " ".join(filter(None, (record["site"], record["quantity"].replace("_", " "))))
        risks = [percent(record[name]) for name in ("stated", "before", "after")]
        far = " far" if abs(record["distance"]) > _FAR else ""
        number = f"{record['stratum']}: {words}, {record['years']:g} years"
        table.add_row(str(record["row"]), number, *risks, f"{record['distance']:+.1f}{far}")
    console.print(table)
    moved = Table(title="The level moves by", title_justify="left")
    moved.add_column("part")
    for name in ("ratio", "95 % interval"):
        moved.add_column(name, justify="right")
    for part, ratio, se in shifts:
        low, high = exp(ratio - _Z95 * se), exp(ratio + _Z95 * se)
        moved.add_row(part, f"x {exp(ratio):.2f}", f"{low:.2f}-{high:.2f}")
    console.print(moved)
    console.print("Hazard ratios; of a site, odds ratios given distant disease.")
    return out.getvalue()
