"""Colours and type of all figures: dark on light, one hue ordered by lightness, which grey print keeps."""

from __future__ import annotations

from typing import Any, Final

#: Near black for text, grey for lesser text (contrast with white 16 and 7), the one hue for data.
INK: Final = "#1b2a36"
QUIET: Final = "#4a5a66"
DATA: Final = "#1f5a85"
#: Lines that hold no information.
FAINT: Final = "#c9d1d7"
PAPER: Final = "#ffffff"
FONT: Final = "Helvetica, Arial, 'Liberation Sans', sans-serif"
#: Upper limits of the classes of risk on the body map and their colours, light to dark: one hue, read alike
#: by colour-blind people and in grey.
CLASSES: Final = (
    (0.01, "#e6eef5"),
    (0.02, "#c8dbea"),
    (0.05, "#9cc1dc"),
    (0.10, "#669dc6"),
    (0.20, "#3a78a9"),
    (0.40, "#1f5480"),
    (1.01, "#0d2d4d"),
)


def shade(risk: float) -> str:
    """Colour of the class that a risk belongs to."""
    return next(colour for limit, colour in CLASSES if risk < limit)


def chart_settings() -> dict[str, Any]:
    """Settings of every chart: `chart.configure(**chart_settings())`."""
    axis = {
        "labelColor": INK,
        "titleColor": INK,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "gridColor": "#e4e9ed",
        "domainColor": QUIET,
        "tickColor": QUIET,
    }
    title = {"color": INK, "subtitleColor": QUIET, "fontSize": 13, "subtitleFontSize": 12, "anchor": "start"}
    return {
        "font": FONT,
        "background": PAPER,
        "axis": axis,
        "title": title,
        "view": {"stroke": None},
        "padding": 6,
    }
