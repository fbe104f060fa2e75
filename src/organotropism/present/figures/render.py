"""From a figure to a file: SVG, PNG or PDF, without a browser."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, Literal

from organotropism.present.extras import needs
from organotropism.present.figures.svg import described, own_ids

if TYPE_CHECKING:
    import altair as alt

Kind = Literal["svg", "png", "pdf"]
_LABELS: Final = re.compile(r' (?:aria-[a-z]+|role)="[^"]*"')
_PATHS: Final = re.compile(r' d="[^"]*"')
_NUMBERS: Final = re.compile(r"-?\d+\.\d{3,}(?!e)")
#: Dots of a PNG for one unit of the SVG: sharp in print at the size of a page.
_SCALE: Final = 3


def render(figure: alt.TopLevelMixin | str, kind: Kind = "svg") -> bytes:
    """Render a figure.

    Parameters
    ----------
    figure : SVG text, or a chart made with `titled`
    kind : svg, png or pdf

    Raises
    ------
    InputError
        Where the extra that draws is not installed.
    """
    text = figure if isinstance(figure, str) else _chart_svg(figure)
    if kind == "svg":
        return text.encode()
    convert = needs("report", "vl_convert")
    return convert.svg_to_png(text, scale=_SCALE) if kind == "png" else convert.svg_to_pdf(text)


def titled(chart: Any, title: str, description: str) -> Any:
    """Give a chart the title and the description that its SVG tells to readers who do not see it."""
    return chart.properties(usermeta={"title": title, "description": description})


def _chart_svg(chart: Any) -> str:
    # Altair has checked every part when it was made; checking the whole again takes longer than drawing it.
    specification = chart.to_dict(validate=False)
    texts = specification["usermeta"]
    svg = needs("report", "vl_convert").vegalite_to_svg(specification)
    # The figure is one image to a screen reader, with one description: labels of its parts, with all their
    # digits, go; and a hundredth of a pixel is enough.
    svg = _LABELS.sub("", svg)
    svg = _PATHS.sub(lambda path: _NUMBERS.sub(_rounded, path[0]), svg)
    return described(own_ids(svg), texts["title"], texts["description"])


def _rounded(number: re.Match[str]) -> str:
    return f"{float(number[0]):.2f}"
