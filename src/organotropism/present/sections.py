"""Tables with headings and notes, defined once and shown as text or as a page of HTML."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Final

from rich.text import Text

from organotropism.present.console import WIDEST, plain_table, rendered
from organotropism.present.figures.look import FAINT, FONT, INK, PAPER, QUIET

if TYPE_CHECKING:
    from rich.console import RenderableType

#: Widest first column of a table as text; longer labels go on.
_LABEL_WIDTH: Final = 38
_STYLES: Final = {"": "", "strong": "bold", "quiet": "dim"}
_CSS: Final = f"""
body {{ font: 16px/1.5 {FONT}; color: {INK}; background: {PAPER}; max-width: 70rem; margin: 2rem auto;
  padding: 0 1rem; }}
h1 {{ font-size: 1.4rem; }} h2 {{ font-size: 1.1rem; margin-top: 2rem; }}
.wide {{ overflow-x: auto; }} svg {{ max-width: 100%; height: auto; }}
table {{ border-collapse: collapse; font-variant-numeric: tabular-nums; }}
th, td {{ padding: .15rem .6rem; text-align: right; border-bottom: 1px solid {FAINT}; white-space: nowrap; }}
th:first-child {{ text-align: left; font-weight: normal; white-space: normal; }}
thead th {{ font-weight: bold; }} tr.strong > * {{ font-weight: bold; }} tr.quiet > * {{ color: {QUIET}; }}
th.words, td.words {{ text-align: left; white-space: normal; }}
@media print {{ body {{ margin: 0; max-width: none; font-size: 11px; }} h2 {{ break-after: avoid; }}
  .wide {{ overflow: visible; }} tr, svg {{ break-inside: avoid; }} }}
"""


@dataclass(frozen=True)
class Row:
    """One row of a table: a label, its cells, and whether it is ``strong``, ``quiet`` or neither."""

    label: str
    cells: tuple[str, ...]
    tone: str = ""


@dataclass(frozen=True)
class Section:
    """A heading, a table and a note; each may be missing.

    Attributes
    ----------
    headers : of the columns after the first
    figure : SVG, shown by the page alone
    words : number of the last columns that hold words, which may wrap
    """

    heading: str = ""
    headers: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    note: str = ""
    figure: str = ""
    words: int = 0


def sections_text(
    sections: Sequence[Section], *, width: int = WIDEST, colour: bool = False, label_width: int = _LABEL_WIDTH
) -> str:
    """The sections as text.

    Parameters
    ----------
    width : columns, at most `WIDEST` are used
    colour : whether to mark headings for a terminal
    label_width : most columns of the labels
    """
    parts: list[RenderableType] = []
    for number, section in enumerate(sections):
        if number and (section.heading or section.rows or section.note):
            parts.append(Text())
        parts += _text_parts(section, label_width)
    return rendered(parts, width=width, colour=colour)


def _text_parts(section: Section, label_width: int) -> Iterator[RenderableType]:
    if section.heading:
        yield Text(section.heading, style="bold")
    if section.rows:
        table = plain_table("", *section.headers)
        table.columns[0].max_width = label_width
        for column in table.columns[len(table.columns) - section.words :]:
            column.justify, column.no_wrap = "left", False
        for row in section.rows:
            table.add_row(row.label, *row.cells, style=_STYLES[row.tone])
        yield table
    if section.note:
        yield Text(section.note)


def sections_page(title: str, sections: Sequence[Section]) -> str:
    """The sections as one HTML file that needs nothing else: no script, no outside address."""
    body = "".join(_html_parts(section) for section in sections)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8" />\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1" />\n'
        f"<title>{escape(title)}</title>\n<style>{_CSS}</style>\n</head>\n"
        f"<body>\n<main>\n<h1>{escape(title)}</h1>\n{body}</main>\n</body>\n</html>\n"
    )


def _html_parts(section: Section) -> str:
    parts = []
    if section.heading:
        parts.append(f"<h2>{escape(section.heading)}</h2>\n")
    if section.figure:
        parts.append(_scrolled(section.figure, "figure"))
    if section.rows:
        parts.append(_scrolled(_html_table(section), section.heading or "table"))
    if section.note:
        parts.append(f"<p>{escape(section.note)}</p>\n")
    return "".join(parts)


def _scrolled(content: str, name: str) -> str:
    """What may be wider than the page, scrolled within itself, by keyboard too."""
    return f'<div class="wide" tabindex="0" role="region" aria-label="{escape(name)}">{content}</div>\n'


def _html_table(section: Section) -> str:
    first_words = len(section.headers) - section.words
    kinds = ["" if place < first_words else ' class="words"' for place in range(len(section.headers))]
    heads = "".join(
        f'<th scope="col"{kind}>{escape(name)}</th>'
        for kind, name in zip(kinds, section.headers, strict=True)
    )
    rows = []
    for row in section.rows:
        cells = "".join(f"<td{kind}>{escape(cell)}</td>" for kind, cell in zip(kinds, row.cells, strict=True))
        tone = f' class="{row.tone}"' if row.tone else ""
        rows.append(f'<tr{tone}><th scope="row">{escape(row.label)}</th>{cells}</tr>')
    return f"<table><thead><tr><td></td>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
