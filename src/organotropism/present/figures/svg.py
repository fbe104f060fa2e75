"""Small pieces of SVG, with everything that a reader typed made harmless."""

from __future__ import annotations

import hashlib
import re
from html import escape
from typing import Final

from organotropism.present.figures.look import FONT, INK, PAPER

_ROOT: Final = re.compile(r"<svg\b[^>]*>")


def document(width: float, height: float, body: str, title: str, description: str) -> str:
    """A whole SVG on white paper.

    Parameters
    ----------
    width, height : units of the drawing, which are pixels at its natural size
    body : elements
    title, description : what the figure tells to readers who do not see it
    """
    root = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
        f'viewBox="0 0 {width:g} {height:g}">'
    )
    paper = f'<rect width="{width:g}" height="{height:g}" fill="{PAPER}"/>'
    drawing = own_ids(f'{root}{paper}<g font-family="{FONT}">{body}</g></svg>')
    return described(drawing, title, description)


def own_ids(svg: str) -> str:
    """The SVG with ids that no other figure of the same page has."""
    mark = hashlib.sha256(svg.encode()).hexdigest()[:8]
    svg = re.sub(r'\bid="([^"]+)"', rf'id="f{mark}-\1"', svg)
    return re.sub(r"url\(#([^)]+)\)", rf"url(#f{mark}-\1)", svg)


def described(svg: str, title: str, description: str) -> str:
    """The SVG as one image with a title and a description."""
    mark = "t" + hashlib.sha256((title + description + svg).encode()).hexdigest()[:8]
    root = _ROOT.search(svg)
    assert root is not None
    named = root[0][:-1] + f' role="img" aria-labelledby="{mark} {mark}d">'
    texts = f'<title id="{mark}">{escape(title)}</title><desc id="{mark}d">{escape(description)}</desc>'
    return svg[: root.start()] + named + texts + svg[root.end() :]


def text(
    x: float,
    y: float,
    words: str,
    *,
    size: float = 13,
    colour: str = INK,
    weight: str = "normal",
    anchor: str = "start",
) -> str:
    """One line of text; `y` is its baseline."""
    bold = "" if weight == "normal" else f' font-weight="{weight}"'
    side = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{size:g}" fill="{colour}"{bold}{side}>{escape(words)}</text>'
    )


def line(x1: float, y1: float, x2: float, y2: float, colour: str) -> str:
    """A thin straight line."""
    return f'<path d="M{x1:g} {y1:g}L{x2:g} {y2:g}" stroke="{colour}" stroke-width="1" fill="none"/>'
