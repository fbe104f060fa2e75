"""Table 1: what is known of the patients at diagnosis, by group, with missing values and differences.

Standardised differences are those of `tableone` and `stddiff` in R: of a number the difference of the means
over the root of the mean variance, of a category the distance of Yang and Dalton (SAS Global Forum 2012,
335). Of more than two groups the mean over all pairs. Patients whose group or value is not known take no
part in them.
"""

from __future__ import annotations

from itertools import combinations
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from organotropism.cohort.schema import Cohort
from organotropism.describe.disclosure import HIDDEN, hidden
from organotropism.describe.factors import CLASSES, UNKNOWN, Factor, factor_names, factor_of
from organotropism.describe.groups import ALL, Groups
from organotropism.describe.table import Record, Table

Array = NDArray[np.float64]

NUMBERS: Final = ("age", "size_mm", "positive_nodes", "ki67", "year_of_diagnosis")
COLUMNS: Final = (
    "field",
    "level",
    "group",
    "patients",
    "known",
    "missing",
    "count",
    "share_of_known",
    "median",
    "lower_quartile",
    "upper_quartile",
    "mean",
    "sd",
    "standardised_difference",
    "shown",
)


def baseline(cohort: Cohort, groups: Groups, minimum: int = 0) -> Table:
    """Describe every field by group.

    Parameters
    ----------
    minimum : counts below it are hidden, with those that would tell them
    """
    records: list[Record] = []
    for name in NUMBERS:
        if name in cohort.covariates.columns:
            values = cohort.covariates[name].cast(pl.Float64).fill_null(np.nan).to_numpy()
            records += _number_rows(name, values, groups, minimum)
    listed = {*CLASSES, "period", *(() if cohort.extra is None else cohort.extra.columns)}
    for name in factor_names(cohort):
        if name not in listed and name != groups.by:
            records += _category_rows(factor_of(cohort, name), groups, minimum)
    notes = [] if records else ["Nothing is recorded of the patients at diagnosis."]
    return Table("baseline", COLUMNS, records, notes)


def _number_rows(name: str, values: Array, groups: Groups, minimum: int) -> list[Record]:
    known = ~np.isnan(values)
    samples = [values[(groups.codes == place) & known] for place in range(groups.known)]
    difference = mean_difference([number_difference(a, b) for a, b in combinations(samples, 2)])
    grid = np.array(
        [[(groups.codes == p)[m].sum() for p in range(len(groups.labels))] for m in (known, ~known)]
    )
    columns = zip(groups.labels, hidden(grid, minimum).T, strict=True)
    masked = {label: bool(column.any()) for label, column in columns}
    rows = []
    for label, members in groups.parts():
        own = values[members & known]
        row: Record = {"field": name, "level": "", "group": label, "patients": int(members.sum())}
        if masked.get(label, False) or 0 < len(own) < minimum:
            rows.append(row | {"shown": HIDDEN})
            continue
        row |= {"known": len(own), "missing": int(members.sum()) - len(own)}
        if len(own):
            low, middle, high = np.quantile(own, (0.25, 0.5, 0.75)).tolist()
            row |= {"median": middle, "lower_quartile": low, "upper_quartile": high}
            row |= {"mean": float(own.mean()), "sd": float(own.std(ddof=1)) if len(own) > 1 else None}
        rows.append(row | ({"standardised_difference": difference} if label == ALL else {}))
    return rows


def _category_rows(factor: Factor, groups: Groups, minimum: int) -> list[Record]:
    levels = len(factor.levels)
    grid = np.zeros((levels + 1, len(groups.labels)), np.int64)
    np.add.at(grid, (np.where(factor.codes < 0, levels, factor.codes), groups.codes), 1)
    shares = [column for column in grid[:levels, : groups.known].T if column.sum()]
    difference = mean_difference([category_difference(a, b) for a, b in combinations(shares, 2)])
    masked = hidden(grid, minimum)
    if len(groups.labels) > 1:
        total = grid.sum(1, keepdims=True)
        grid, masked = np.c_[total, grid], np.c_[hidden(total, minimum), masked]
    names = [name for name, _ in groups.parts()]
    rows = []
    for place, level in enumerate((*factor.levels, UNKNOWN)):
        for column, group in enumerate(names):
            known, patients = int(grid[:levels, column].sum()), int(grid[:, column].sum())
            row: Record = {"field": factor.name, "level": level, "group": group, "patients": patients}
            if masked[place, column]:
                row["shown"] = HIDDEN
            else:
                row["count"] = int(grid[place, column])
                if not masked[levels, column]:
                    row |= {"known": known, "missing": patients - known}
                    if level != UNKNOWN and known:
                        row["share_of_known"] = grid[place, column] / known
            if place == 0 and column == 0:
                row["standardised_difference"] = difference
            rows.append(row)
    return rows


def mean_difference(differences: list[float]) -> float | None:
    """Mean of the differences of all pairs of groups; None without a pair or where one cannot be formed."""
    return float(np.mean(differences)) if differences and np.isfinite(differences).all() else None


def number_difference(a: Array, b: Array) -> float:
    """Standardised difference of a number between two samples, without its sign; NaN below two values."""
    if min(len(a), len(b)) < 2:
        return float("nan")
    spread = np.sqrt((a.var(ddof=1) + b.var(ddof=1)) / 2)
    apart = abs(float(a.mean() - b.mean()))
    return float(apart / spread) if spread > 0 else (0.0 if apart == 0 else float("nan"))


def category_difference(a: NDArray[np.int64], b: NDArray[np.int64]) -> float:
    """Standardised difference of counts (levels,) of a category between two samples (Yang and Dalton)."""
    p, q = a / a.sum(), b / b.sum()
    kept = (p + q) > 0
    p, q = p[kept][1:], q[kept][1:]
    if not len(p):
        return 0.0
    spread = (np.diag(p) - np.outer(p, p) + np.diag(q) - np.outer(q, q)) / 2
    # Of levels that one group alone has the matrix may be singular, as in `tableone`: generalised inverse.
    return float(np.sqrt((p - q) @ np.linalg.pinv(spread) @ (p - q)))
