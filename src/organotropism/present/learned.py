"""What was learned from a cohort, as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import StringIO
from typing import Any

#: Blocks whose p value is below this are marked.
_CONFLICT = 0.01
_CLEAR = 1e-4


def learned_text(
    counts: Mapping[str, int],
    coefficients: Sequence[Mapping[str, Any]],
    conflicts: Sequence[Mapping[str, Any]],
    separated: Sequence[str],
    *,
    width: int = 100,
    colour: bool = False,
) -> str:
    """Tables of a fit to a cohort.

    Parameters
    ----------
    counts : what taught, by name
    coefficients : records of `coefficient`, and value and `..._se` by `literature`, `alone`, `both`
    conflicts : records of `block`, `distance`, `degrees`, `p`
    separated : coefficients on which all events of the cohort are on one side
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    out = StringIO()
    console = Console(file=out, width=width, force_terminal=colour, no_color=not colour, highlight=False)
    taught = ", ".join(f"{n:,} {name.replace('_', ' ')}" for name, n in counts.items())
    console.print(f"Learned from {taught}")
    table = Table(title="Coefficients (standard error)", title_justify="left")
    table.add_column("coefficient", overflow="fold")
    sources = ["literature", "alone", "both"] if conflicts else ["both"]
    titles = {"literature": "literature", "alone": "cohort alone", "both": "both"}
    for source in sources:
        table.add_column(titles[source] if conflicts else "cohort alone", justify="right", no_wrap=True)
    for record in coefficients:
        cells = [f"{record[source]:.2f} ({record[f'{source}_se']:.2f})" for source in sources]
        table.add_row(Text(record["coefficient"]), *cells)
    console.print(table)
    if conflicts:
        console.print(_conflicts(conflicts))
    if separated:
        listed = ", ".join(separated)
        console.print(f"Events on one side only, so the cohort alone needs a penalty: {listed}", markup=False)
    return out.getvalue()


def _conflicts(conflicts: Sequence[Mapping[str, Any]]) -> Any:
    from rich.table import Table
    from rich.text import Text

    table = Table(title="Does the cohort disagree with the literature?", title_justify="left")
    table.add_column("block", no_wrap=True)
    for title in ("chi-squared", "degrees", "p"):
        table.add_column(title, justify="right")
    table.add_column("")
    for record in conflicts:
        block = Text(record["block"])
        if not record["degrees"]:
            table.add_row(block, "", "0", "", "silent")
            continue
        p = record["p"]
        shown = f"{p:.2g}" if p >= _CLEAR else f"< {_CLEAR:g}"
        said = "disagrees" if p < _CONFLICT else ""
        table.add_row(block, f"{record['distance']:.1f}", str(record["degrees"]), shown, said)
    return table
