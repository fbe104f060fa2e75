"""Marker cards as one self-contained, printable HTML document."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

from organotropism.present import wording_markers as words
from organotropism.present.figures.look import FAINT, FONT, INK, PAPER, QUIET
from organotropism.present.marker_card import Card, CardLine
from organotropism.process.document import RESEARCH_ONLY

_STYLE: Final = f"""
body {{ font: 15px/1.45 {FONT}; color: {INK}; background: {PAPER}; max-width: 62rem; margin: 1.5rem auto;
  padding: 0 1rem; }}
h1 {{ font-size: 1.35rem; }}
h2 {{ font-size: 1.05rem; margin: 1.4rem 0 .3rem; }}
.wide {{ overflow-x: auto; }}
table {{ border-collapse: collapse; width: 100%; font-size: .87rem; table-layout: fixed; min-width: 44rem; }}
th, td {{ text-align: left; vertical-align: top; padding: .35rem .6rem .35rem 0;
  border-bottom: 1px solid {FAINT}; overflow-wrap: break-word; }}
th:nth-child(1) {{ width: 19%; }} th:nth-child(2) {{ width: 21%; }} th:nth-child(3) {{ width: 14%; }}
th:nth-child(4) {{ width: 27%; }}
tbody th {{ font-weight: 600; }}
.quiet {{ color: {QUIET}; }}
.warning {{ border-left: 4px solid {INK}; padding-left: .7rem; font-weight: 600; }}
section.card {{ break-after: page; }}
@media print {{ body {{ margin: 0; max-width: none; font-size: 12px; }} table {{ min-width: 0; }} }}
"""


def cards_page(cards: Sequence[Card]) -> str:
    """One document with the cards, one to a printed page.

    Whatever the file of the user holds is escaped.
    """
    title = f"{words.CARD}: {cards[0].name}" if len(cards) == 1 else f"{words.CARD}s"
    body = "".join(map(_card, cards))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>\n<body><main>{body}</main></body></html>\n"
    )


def _card(card: Card) -> str:
    parts = [f'<section class="card"><h1>{escape(words.CARD)}: {escape(card.name)}</h1>']
    parts += [f'<p class="warning">{escape(warning)}</p>' for warning in card.warnings]
    if card.subtype:
        parts.append(f"<p>{escape(card.subtype)}</p>")
    for compartment, lines in card.by_compartment():
        parts.append(f"<h2>{escape(words.COMPARTMENTS[compartment])}</h2>")
        parts.append(_table(lines) if lines else f'<p class="quiet">{escape(words.NOTHING_MEASURED)}</p>')
    parts.append("<h2>Not measured</h2>" if card.absent else "")
    parts += [f'<p class="quiet">{escape(sentence)}</p>' for sentence in card.absent]
    parts.append(f'<p class="quiet">{escape(words.KEY)}</p><p><strong>{escape(RESEARCH_ONLY)}</strong></p>')
    return "".join(parts) + "</section>\n"


def _table(lines: Sequence[CardLine]) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in words.COLUMNS)
    rows = "".join(
        f'<tr><th scope="row">{escape(line.marker)}</th>'
        + "".join(f"<td>{escape(t)}</td>" for t in (line.measured, line.points, line.evidence, line.moves))
        + "</tr>"
        for line in lines
    )
    return (
        '<div class="wide" tabindex="0" role="region" aria-label="table of markers"><table>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )
