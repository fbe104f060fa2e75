"""Definitions of markers as text: all in a table, or one in full."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.text import Text

from organotropism.present.console import plain_table, rendered

_LISTED = ("marker", "compartment", "sites", "grade", "rule", "executable")


def marker_table(rows: Sequence[Mapping[str, str]], *, width: int, colour: bool) -> str:
    """Table of markers.

    Parameters
    ----------
    rows : texts by `marker`, `compartment`, `sites`, `grade`, `rule`, `executable`
    width : columns of the terminal
    colour : whether to mark headings
    """
    table = plain_table(*_LISTED, left=len(_LISTED))
    table.columns[0].no_wrap = True
    for row in rows:
        table.add_row(*(row[name] for name in _LISTED))
    count = f"{len(rows)} marker{'' if len(rows) == 1 else 's'}"
    return rendered(
        [table, f"{count}. `organotropism markers show MARKER` tells all of one."], width=width, colour=colour
    )


def marker_text(fields: Mapping[str, str], *, width: int, colour: bool) -> str:
    """Everything on one marker, a field a line; the first is its name."""
    (_, name), *rest = fields.items()
    table = plain_table("", "", left=2)
    table.show_header = False
    table.columns[0].no_wrap = True
    for label, text in rest:
        if text:
            table.add_row(label, text)
    return rendered([Text(name, style="bold"), table], width=width, colour=colour)
