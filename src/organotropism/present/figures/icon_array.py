"""How often: people in rows, those with metastases filled."""

from __future__ import annotations

from organotropism.present import wording_figures as words
from organotropism.present.figures import svg
from organotropism.present.figures.look import DATA
from organotropism.present.numbers import counted, frequencies, frequency
from organotropism.present.shown import last_horizon, open_sites
from organotropism.process.results import Estimate, Forecast

_PANEL_WIDTH, _GAP, _HEAD = 200.0, 24.0, 42.0
#: People in a row, and width and height of one, by how many people there are.
_GRID = {100: (20, 10.0, 15.0), 1000: (50, 4.0, 6.0)}
_LIGHT = "#d0d9e0"
#: Head and body of a person in a box of 10 by 15.
_PERSON = (
    "M5 .8a2.3 2.3 0 1 1 0 4.6a2.3 2.3 0 1 1 0-4.6Z"
    "M5 6c2.4 0 3.4 1.2 3.4 3.2v4.6h-6.8v-4.6c0-2 1-3.2 3.4-3.2Z"
)


def icon_array(forecast: Forecast, *, horizon: float | None = None, quantity: str = "ever") -> str:
    """People in rows for any distant disease and for each site.

    All panels count the same number of people, so that they can be compared: 100, or 1,000 where some risk is
    below 2 %.

    Parameters
    ----------
    horizon : years from now, one of the forecast's; None: the last within reach of the evidence
    quantity : ever, first or only
    """
    at = last_horizon(forecast) if horizon is None else horizon
    risks = {} if forecast.patient.involved else {"any": forecast.any(at)}
    risks |= {site: forecast.site(site, quantity, at) for site in open_sites(forecast)}
    among = 1000 if min(value.risk for value in risks.values()) < 0.02 else 100
    columns, _, tall = _GRID[among]
    step = _HEAD + tall * among / columns + 14
    parts = [_patterns(among)]
    for number, (site, value) in enumerate(risks.items()):
        row, column = divmod(number, 2)
        parts.append(_panel(site, value, among, column * (_PANEL_WIDTH + _GAP), row * step))
    said = [words.icon_panel(site, value, among) for site, value in risks.items()]
    rows = (len(risks) + 1) // 2
    return svg.document(
        2 * _PANEL_WIDTH + _GAP,
        rows * step,
        "".join(parts),
        words.ICONS_TITLE,
        words.icons_description(said, at, forecast.patient),
    )


def _patterns(among: int) -> str:
    """One person filled and one pale, to be repeated."""
    _, wide, tall = _GRID[among]
    return "".join(
        f'<pattern id="{name}{among}" width="{wide:g}" height="{tall:g}" patternUnits="userSpaceOnUse">'
        f'<path d="{_PERSON}" fill="{colour}" transform="scale({wide / 10:g})"/></pattern>'
        for name, colour in (("with", DATA), ("without", _LIGHT))
    )


def _panel(site: str, value: Estimate, among: int, x: float, y: float) -> str:
    columns, wide, tall = _GRID[among]
    interval = frequencies(value, among)
    number = frequency(value.risk, among)
    filled = counted(value.risk, among)
    rows, rest = divmod(filled, columns)
    width, height = columns * wide, tall * among / columns

    def area(name: str, left: float, top: float, right: float, bottom: float) -> str:
        if right <= left or bottom <= top:
            return ""
        return (
            f'<rect x="{left:g}" y="{top:g}" width="{right - left:g}" height="{bottom - top:g}" '
            f'fill="url(#{name}{among})"/>'
        )

    cut = rest * wide
    icons = [
        area("with", 0, 0, width, rows * tall),
        area("with", 0, rows * tall, cut, (rows + 1) * tall),
        area("without", cut, rows * tall, width, min((rows + 1) * tall, height)),
        area("without", 0, (rows + 1) * tall, width, height),
    ]
    spread = "" if interval is None else f" ({interval.partition(' of ')[0]})"
    lines = [
        svg.text(x, y + 14, words.site_name(site), weight="bold", size=14),
        svg.text(x, y + 32, f"{number}{spread}", size=13),
    ]
    return "".join(lines) + f'<g transform="translate({x:g} {y + _HEAD:g})">{"".join(icons)}</g>'
