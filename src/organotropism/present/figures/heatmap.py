"""Markers of a cohort as a heat map, ordered by the site they point to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from organotropism.present.extras import needs
from organotropism.present.figures.look import INK, QUIET, chart_settings
from organotropism.present.figures.render import titled

if TYPE_CHECKING:
    import altair as alt

#: Lightness alone tells high from low: read alike in grey and by colour-blind people.
_RAMP: Final = ("#f2f6f9", "#9cc1dc", "#3a78a9", "#0d2d4d")
_MOST_COLUMNS: Final = 240
_WIDTH: Final = 640
_ROW: Final = 17
#: So narrow a part of the strip cannot hold a name and a number, nor even a name.
_NARROW, _NARROWEST = 0.1, 0.025
#: Names of the markers, and that of their site to the left.
_MARKER_AXIS: Final[dict[str, Any]] = {
    "labelLimit": 0,
    "minExtent": 185,
    "ticks": False,
    "domain": False,
    "titleAngle": 0,
    "titleAlign": "left",
    "titleX": -250,
    "titleFontWeight": "bold",
}


@dataclass(frozen=True)
class HeatRow:
    """One marker: label, site it belongs under, place of each sample within the cohort, 0 to 1 or None."""

    label: str
    site: str
    ranks: tuple[float | None, ...]


def heatmap(rows: Sequence[HeatRow], groups: Sequence[str]) -> alt.VConcatChart:
    """Heat map of markers by samples.

    Parameters
    ----------
    rows : markers, in the order of their sites
    groups : subtype of each sample; samples of a group stand together, from low to high in the mean of the
        markers' places; of very many samples neighbours are drawn as one column, their mean

    Raises
    ------
    InputError
        Where the extra ``report`` is not installed.
    """
    altair = needs("report", "altair")
    columns = _columns(rows, groups)
    cells = [
        {"site": row.site, "marker": row.label, "column": number, "rank": value}
        for row in rows
        for number, column in enumerate(columns)
        if (value := _mean([row.ranks[sample] for sample in column])) is not None
    ]
    sites = list(dict.fromkeys(row.site for row in rows))
    x = altair.X("column:O", axis=None)
    colour = altair.Color(
        "rank:Q",
        scale=altair.Scale(domain=[0, 1], range=list(_RAMP)),
        legend=altair.Legend(
            title="place in cohort", format="~%", gradientLength=120, titleFontSize=11, labelFontSize=11
        ),
    )
    body = [
        altair.Chart(altair.Data(values=[cell for cell in cells if cell["site"] == site]))
        .mark_rect()
        .encode(
            x=x,
            y=altair.Y(
                "marker:N",
                sort=[row.label for row in rows if row.site == site],
                title=site,
                axis=altair.Axis(**_MARKER_AXIS),
            ),
            color=colour,
        )
        .properties(width=_WIDTH, height=altair.Step(_ROW))
        for site in sites
    ]
    chart = altair.vconcat(_strip(altair, columns, groups), *body, spacing=7)
    heading = altair.TitleParams(TITLE, subtitle=SUBTITLE, anchor="start", frame="bounds", offset=12)
    chart = chart.properties(title=heading)
    chart = chart.resolve_scale(x="shared", color="shared").configure(**chart_settings())
    return titled(chart, TITLE, description(rows, groups))


TITLE: Final = "Markers by site and sample"
SUBTITLE: Final = (
    "Each column is a sample, or a few alike; dark points to the site. In brackets the grade of the "
    "evidence, and RNA in place of protein."
)


def description(rows: Sequence[HeatRow], groups: Sequence[str]) -> str:
    """What the figure shows, for readers who do not see it: the mean place of each marker by subtype."""
    said = []
    for row in rows:
        means = {
            group: _mean([r for r, g in zip(row.ranks, groups, strict=True) if g == group])
            for group in dict.fromkeys(sorted(groups))
        }
        texts = [f"{group} {value:.0%}" for group, value in means.items() if value is not None]
        said.append(f"{row.label} ({row.site}): {', '.join(texts)}")
    return f"Mean place within the cohort by subtype, {len(groups):,} samples. {'; '.join(said)}."


def _columns(rows: Sequence[HeatRow], groups: Sequence[str]) -> list[list[int]]:
    """Samples of each column, groups together and never mixed."""
    score = [_mean([row.ranks[sample] for row in rows]) or 0.0 for sample in range(len(groups))]
    together = -(-len(groups) // _MOST_COLUMNS)
    columns = []
    for group in sorted(set(groups)):
        mine = sorted((s for s, g in enumerate(groups) if g == group), key=score.__getitem__)
        columns += [mine[start : start + together] for start in range(0, len(mine), together)]
    return columns


def _strip(altair: Any, columns: Sequence[Sequence[int]], groups: Sequence[str]) -> Any:
    """Names of the groups above the columns, with a line under each."""
    parts = []
    for group in sorted(set(groups)):
        held = [number for number, column in enumerate(columns) if groups[column[0]] == group]
        samples, share = sum(len(columns[number]) for number in held), len(held) / len(columns)
        label = f"{group} {samples}" if share >= _NARROW else group if share >= _NARROWEST else ""
        parts.append(
            {"from": held[0], "to": held[-1] + 1, "middle": (held[0] + held[-1] + 1) / 2, "name": label}
        )
    scale = altair.Scale(domain=[0, len(columns)], nice=False)
    base = altair.Chart(altair.Data(values=parts)).properties(width=_WIDTH, height=20)
    line = base.mark_rule(color=QUIET, strokeWidth=2).encode(
        x=altair.X("from:Q", scale=scale, axis=None), x2="to:Q", y=altair.value(18)
    )
    ends = base.mark_tick(color=QUIET, size=8, thickness=1.5).encode(
        x=altair.X("from:Q", scale=scale, axis=None), y=altair.value(15)
    )
    name = base.mark_text(color=INK, fontSize=12).encode(
        x=altair.X("middle:Q", scale=scale, axis=None), y=altair.value(7), text="name:N"
    )
    return line + ends + name


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
