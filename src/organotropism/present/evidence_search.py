"""Answers to a search of the evidence, as text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from organotropism.present import evidence_words as words
from organotropism.present.console import plain_table, rendered

#: Answers written out; the rest are counted.
_SHOWN: Final = 40


def read_as_text(read_as: Iterable[tuple[str, str]]) -> str:
    """Which words were read as others, as sentences; blank where none was."""
    return " ".join(
        f'Nothing has "{typed}"; {f"""looked for "{near}" instead""" if near else "left out"}.'
        for typed, near in read_as
    )


def hits_text(
    hits: Sequence[Mapping[str, Any]], read_as: Iterable[tuple[str, str]], *, width: int, colour: bool
) -> str:
    """One line for each answer, best first.

    Parameters
    ----------
    hits : of `organotropism.evidence.search.search`, as dictionaries
    read_as : words that nothing has, with those looked for instead
    width : columns of the terminal
    colour : whether to mark headings
    """
    table = plain_table("id", "kind", "site", "what", left=4)
    table.columns[0].no_wrap = True
    for hit in hits[:_SHOWN]:
        sites = ", ".join(words.site(name) for name in hit["site"])
        table.add_row(hit["id"], hit["kind"], sites, hit["what"])
    rest = len(hits) - _SHOWN
    more = f" {rest} more with --format csv, or add a word." if rest > 0 else ""
    count = f"{len(hits)} found.{more} `organotropism evidence show ID` tells everything."
    corrected = read_as_text(read_as)
    return rendered([*([corrected] if corrected else []), table, count], width=width, colour=colour)
