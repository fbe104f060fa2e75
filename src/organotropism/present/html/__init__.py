"""Forecasts as self-contained, printable HTML pages."""

from organotropism.present.html.pages import comparison_page, forecast_page

__all__ = ["comparison_page", "forecast_page"]
