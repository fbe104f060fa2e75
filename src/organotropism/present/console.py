"""The plain look of all text output: columns without lines, readable without colour."""

from __future__ import annotations

from collections.abc import Iterable
from io import StringIO
from typing import TYPE_CHECKING

from rich.color import ColorSystem
from rich.console import Console
from rich.table import Table

from organotropism.errors import visible

if TYPE_CHECKING:
    from rich.console import RenderableType

#: Columns used at most.
WIDEST = 100


def plain_table(*headers: str, left: int = 1) -> Table:
    """A table without lines; the first `left` columns are text and may wrap, the others are numbers."""
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, header_style="bold")
    for number, header in enumerate(headers):
        text = number < left
        table.add_column(header, justify="left" if text else "right", no_wrap=not text, overflow="fold")
    return table


def rendered(parts: Iterable[RenderableType], *, width: int, colour: bool) -> str:
    """The parts as text, one below the other, without blanks at the ends of lines.

    Parameters
    ----------
    width : columns, of which at most `WIDEST` are used
    colour : whether headings are marked for a terminal
    """
    out = StringIO()
    system = ColorSystem.STANDARD if colour else None
    console = Console(
        file=out,
        width=min(width, WIDEST),
        force_terminal=colour,
        color_system="standard" if colour else None,
        highlight=False,
        markup=False,
        emoji=False,
    )
    for part in parts:
        for segment in console.render(part):
            # Names and labels may come from files: what they hold of control characters is shown, not obeyed.
            text = visible(segment.text)
            out.write(segment.style.render(text, color_system=system) if segment.style else text)
    return "\n".join(line.rstrip() for line in out.getvalue().split("\n"))
