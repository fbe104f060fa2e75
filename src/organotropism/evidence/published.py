"""Published absolute numbers against a model's forecasts: one comparison, and many in short.

The comparisons come from whoever has the model: `organotropism.learn.published`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Final

#: Beyond so many standard errors a number is a miss whose cause is asked for.
MISS: Final = 1.5
#: By what comparisons are summed up, and the heading of each.
_CLASSES: Final = {
    "design": "kind of source",
    "era": "years of diagnosis",
    "site": "found",
    "subtype": "subtype",
}


@dataclass(frozen=True, slots=True)
class Compared:
    """One published number and its forecast.

    Attributes
    ----------
    id, study, group : record, study, and patients that several studies may share
    design, era, site, subtype : whose patients, years of diagnosis, what was found, of which subtype
    reading, women : what was measured, and of whom, in words
    published : probability, or hazard per year
    forecast, low, high : mean and 95 % limits over the coefficients and the differences between studies
    inside : whether the published number lies within these limits
    log_ratio : log of published over forecast
    z : published less forecast on the scale of the row, in standard errors of both
    used : whether the literature model learnt from the row
    """

    id: str
    study: str
    group: str
    design: str
    era: str
    site: str
    subtype: str
    reading: str
    women: str
    published: float
    forecast: float
    low: float
    high: float
    inside: bool
    log_ratio: float
    z: float
    used: bool


@dataclass(frozen=True, slots=True)
class Summary:
    """Compared numbers in short, each group of patients with one vote.

    Attributes
    ----------
    numbers, groups : how many
    log_ratio, inside, rms_z : mean log ratio, share inside the limits, root mean square z
    """

    numbers: int
    groups: int
    log_ratio: float
    inside: float
    rms_z: float


def summary(rows: Sequence[Compared]) -> Summary:
    """Means over groups of patients of the means within each; `rows` not empty."""
    groups: dict[str, list[Compared]] = defaultdict(list)
    for row in rows:
        groups[row.group].append(row)

    def mean(values: Iterable[Iterable[float]]) -> float:
        return fmean(fmean(part) for part in values)

    return Summary(
        numbers=len(rows),
        groups=len(groups),
        log_ratio=mean((row.log_ratio for row in part) for part in groups.values()),
        inside=mean((float(row.inside) for row in part) for part in groups.values()),
        rms_z=mean((row.z**2 for row in part) for part in groups.values()) ** 0.5,
    )


def summaries(rows: Sequence[Compared]) -> dict[str, Summary]:
    """Summaries by label: of all, of those that taught the model and the others, and of each class."""
    parts: dict[str, list[Compared]] = defaultdict(list)
    parts["all"] = list(rows)
    for row in sorted(rows, key=lambda row: not row.used):
        parts["taught the model" if row.used else "did not teach it"].append(row)
    for name, heading in _CLASSES.items():
        for row in sorted(rows, key=lambda row: str(getattr(row, name))):
            parts[f"{heading}: {getattr(row, name)}"].append(row)
    return {label: summary(chosen) for label, chosen in parts.items()}
