"""Figures of a forecast, each defined once: page, command line and web application draw the same.

Every figure takes forecasts and returns an SVG text or an Altair chart; `render` makes a file of either.
Charts need the extra ``report``; what is SVG text needs nothing, unless it is wanted as PNG or PDF.
"""

from organotropism.present.figures.body_map import body_map
from organotropism.present.figures.curves import curve_horizons, curves
from organotropism.present.figures.expected_table import expected_figure
from organotropism.present.figures.icon_array import icon_array
from organotropism.present.figures.render import render
from organotropism.present.figures.risk_bars import risk_bars

__all__ = ["body_map", "curve_horizons", "curves", "expected_figure", "icon_array", "render", "risk_bars"]
