"""Which figures a report of a cohort has, drawn from its tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from organotropism.describe.groups import ALL
from organotropism.describe.table import Record, Table
from organotropism.present.figures.incidence import Curve, incidence_figure
from organotropism.present.figures.upset import upset
from organotropism.present.validation.words import outcome_name

#: More curves than this on one pair of axes cannot be read; the table has all.
_MOST_CURVES: Final = 8


def incidence_figures(table: Table, groups: Sequence[str]) -> Iterator[str]:
    """For each outcome everyone with death competing, then the groups."""
    for outcome in dict.fromkeys(row["outcome"] for row in table.records):
        own = [row for row in table.records if row["outcome"] == outcome]
        name = outcome_name(outcome)
        points = [row for row in own if row["group"] == ALL]
        title = f"{name[0].upper()}{name[1:]}"
        together = [
            Curve(name, points),
            Curve(f"death without {name}", points, "death_without", band=False, at_risk=False),
        ]
        if points:
            described = f"{_ends(together)} Death competes."
            yield incidence_figure(f"{title}: all patients", together, described)
        apart = [Curve(g, rows) for g in groups if (rows := [row for row in own if row["group"] == g])]
        if 1 < len(apart) <= _MOST_CURVES:
            yield incidence_figure(f"{title} by group", apart, f"{_ends(apart)} Death competes.")


def _ends(curves: Sequence[Curve]) -> str:
    told = "; ".join(
        f"{curve.name} {100 * curve.points[-1][curve.value]:.1f} % at {curve.points[-1]['years']:g} years"
        for curve in curves
    )
    return f"Cumulative incidence since diagnosis: {told}."


def upset_figures(sets: Table, sites: Table) -> Iterator[str]:
    """Combinations of sites on each occasion."""
    names = list(dict.fromkeys(row["site"] for row in sites.records))
    for when in dict.fromkeys(row["when"] for row in sets.records):
        own: list[Record] = [row for row in sets.records if row["when"] == when]
        if any(row.get("count") for row in own):
            yield upset(own, names, f"Combinations of sites: {when}")
