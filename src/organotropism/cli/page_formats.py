"""Figures and formats that ``predict`` offers beside numbers; apart from what draws them, slow to load."""

from __future__ import annotations

from typing import Final

#: What `--figure` can name, and the formats of a file of one figure.
FIGURES: Final = ("body", "curves", "icons", "bars", "expected")
FIGURE_FORMATS: Final = ("svg", "png", "pdf")
PAGE_FORMATS: Final = ("html", *FIGURE_FORMATS)
