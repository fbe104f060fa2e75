"""Combinations of sites as an UpSet figure (Lex et al., IEEE TVCG 2014;20:1983): bars over a grid of dots."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from organotropism.present.figures.look import DATA, FAINT, INK, QUIET
from organotropism.present.figures.svg import document, line, text

_LEFT, _COLUMN, _ROW, _BARS, _TOP = 72, 25, 21, 130, 46
MOST: Final = 15
"""Combinations that are drawn, the most frequent; the table has all."""


def upset(sets: Sequence[dict[str, Any]], sites: Sequence[str], title: str) -> str:
    """Draw the combinations as SVG text.

    Parameters
    ----------
    sets : records with ``sites`` joined by +, ``count`` and ``patients``, those without a count hidden
    sites : rows of the grid
    """
    shown = [entry for entry in sets if entry.get("count")][:MOST]
    highest = max(entry["count"] for entry in shown)
    base, width = _TOP + _BARS, _LEFT + _COLUMN * len(shown) + 16
    body = [text(8, 18, title, size=14, weight="bold")]
    body.append(
        text(8, 36, f"patients of {shown[0]['patients']:,}, by exact combination", size=12, colour=QUIET)
    )
    for k, site in enumerate(sites):
        y = base + 22 + _ROW * k
        body += [text(8, y + 4, site, size=12), line(_LEFT, y, width - 8, y, FAINT)]
    for place, entry in enumerate(shown):
        x = _LEFT + _COLUMN * (place + 0.5)
        height = (_BARS - 16) * entry["count"] / highest
        body.append(
            f'<rect x="{x - 8:g}" y="{base - height:.1f}" width="16" height="{height:.1f}" fill="{DATA}"/>'
        )
        body.append(text(x, base - height - 4, f"{entry['count']:,}", size=11, anchor="middle"))
        body += _dots(entry["sites"].split("+"), sites, x, base)
    told = "; ".join(f"{entry['sites'].replace('+', ' and ')} {entry['count']:,}" for entry in shown)
    more = len(sets) - len(shown)
    rest = f" {more} rarer or hidden combinations are not drawn." if more else ""
    described = f"Bars of the combinations of sites, most frequent first: {told}.{rest}"
    height = base + 22 + _ROW * len(sites)
    if rest:
        body.append(text(8, height + 2, rest.strip(), size=11, colour=QUIET))
        height += 12
    return document(max(width, 330), height, "".join(body), title, described)


def _dots(members: Sequence[str], sites: Sequence[str], x: float, base: float) -> list[str]:
    places = [base + 22 + _ROW * k for k, site in enumerate(sites) if site in members]
    body = [line(x, places[0], x, places[-1], INK)] if len(places) > 1 else []
    for k, site in enumerate(sites):
        colour = INK if site in members else FAINT
        body.append(f'<circle cx="{x:g}" cy="{base + 22 + _ROW * k:g}" r="5" fill="{colour}"/>')
    return body
