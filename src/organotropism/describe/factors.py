"""What patients are grouped by: each field as levels, column-wise, with unknown kept apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from organotropism.cohort.schema import Cohort
from organotropism.errors import InputError, did_you_mean, one_of
from organotropism.patient import Patient
from organotropism.vocabulary import SUBTYPES

if TYPE_CHECKING:
    import polars as pl

Ints = NDArray[np.int64]

UNKNOWN: Final = "not known"
MOST_LEVELS: Final = 12
"""A further column with more levels than this is an identifier rather than a group."""

#: Upper ends of the classes of numbers, each inclusive, and their labels.
CLASSES: Final[dict[str, tuple[str, tuple[float, ...], tuple[str, ...]]]] = {
    "age": ("age", (39.999, 49.999, 69.999), ("under 40", "40-49", "50-69", "70 and over")),
    "size": ("size_mm", (20, 50), ("up to 20 mm", "over 20 to 50 mm", "over 50 mm")),
    "nodes": ("positive_nodes", (0, 3, 9), ("0", "1-3", "4-9", "10 or more")),
    "ki67": ("ki67", (19.999,), ("under 20 %", "20 % or more")),
}
ORDERED: Final[dict[str, tuple[str, ...]]] = {
    "subtype": SUBTYPES,
    "er": ("negative", "positive"),
    "pr": ("negative", "positive"),
    "her2": ("negative", "positive"),
    "grade": ("1", "2", "3"),
    "t": ("T1", "T2", "T3", "T4"),
    "n": ("N0", "N1", "N2", "N3"),
    "histology": ("ductal", "lobular", "mixed", "other"),
    "menopausal_status": ("pre", "peri", "post"),
    "detection": ("screen", "symptoms"),
    "pam50": ("LumA", "LumB", "Her2", "Basal", "Normal"),
    "sex": ("female", "male"),
}
TREATMENTS: Final = (
    "endocrine_therapy",
    "chemotherapy",
    "anti_her2_therapy",
    "radiotherapy",
    "bisphosphonate",
    "neoadjuvant",
)
#: Columns that say the clinical subtype together.
_RECEPTORS: Final = ("subtype", "er", "pr", "her2")


@dataclass(frozen=True, eq=False)
class Factor:
    """One factor of n patients.

    Attributes
    ----------
    name : of the factor
    levels : labels in their natural order, only those that occur
    codes : (n,) number of each patient's level, -1 where not known
    """

    name: str
    levels: tuple[str, ...]
    codes: Ints

    def take(self, rows: NDArray[np.bool_] | Ints) -> Factor:
        """The same factor of some of the patients, by mask or number; levels stay."""
        return Factor(self.name, self.levels, self.codes[rows])


def factor_names(cohort: Cohort) -> tuple[str, ...]:
    """Names of everything that the patients of a cohort can be grouped by."""
    columns = set(cohort.covariates.columns)
    names = ["subtype"] if columns & set(_RECEPTORS) else []
    names += [name for name in ORDERED if name != "subtype" and name in columns]
    names += [name for name, (field, _, _) in CLASSES.items() if field in columns]
    names += ["period"] if "year_of_diagnosis" in columns else []
    names += [name for name in TREATMENTS if name in columns]
    extra = () if cohort.extra is None else tuple(cohort.extra.columns)
    return (*names, *(name for name in extra if name not in names))


def factor_of(cohort: Cohort, name: str) -> Factor:
    """Levels of one factor.

    Raises
    ------
    InputError
        A name that the cohort has nothing under, or a column with too many levels to group by.
    """
    names = factor_names(cohort)
    if name not in names:
        expected = f"{one_of(names)}{did_you_mean(name, names)}" if names else "a cohort with covariates"
        raise InputError("cannot be grouped by", field="--by", value=name, expected=expected)
    if name == "subtype":
        return _subtype(cohort)
    if name in CLASSES:
        field, ends, labels = CLASSES[name]
        return _classes(name, _numbers(cohort.covariates[field]), ends, labels)
    if name == "period" and "period" not in (cohort.covariates.columns):
        return _period(cohort)
    from_covariates = name in cohort.covariates.columns
    series = cohort.covariates[name] if from_covariates else _extra(cohort, name)
    return _words(name, series, ORDERED.get(name, ()))


def _extra(cohort: Cohort, name: str) -> pl.Series:
    assert cohort.extra is not None
    series = cohort.extra[name]
    levels = series.drop_nulls().n_unique()
    if levels > MOST_LEVELS:
        raise InputError(
            f"has {levels:,} levels",
            field="--by",
            value=name,
            expected=f"a column with at most {MOST_LEVELS}",
        )
    return series


def _numbers(series: pl.Series) -> NDArray[np.float64]:
    import polars as pl

    return series.cast(pl.Float64).fill_null(np.nan).to_numpy()


def _classes(
    name: str, values: NDArray[np.float64], ends: tuple[float, ...], labels: tuple[str, ...]
) -> Factor:
    codes = np.searchsorted(np.array(ends), values, side="left")
    return _used(name, labels, np.where(np.isnan(values), -1, codes))


def _period(cohort: Cohort) -> Factor:
    years = _numbers(cohort.covariates["year_of_diagnosis"])
    decades = np.unique(years[~np.isnan(years)] // 10 * 10)
    labels = tuple(f"{int(decade)}-{int(decade) + 9}" for decade in decades)
    codes = np.searchsorted(decades, years // 10 * 10)
    return _used("period", labels, np.where(np.isnan(years), -1, codes))


def _words(name: str, series: pl.Series, order: tuple[str, ...]) -> Factor:
    import polars as pl

    if series.dtype == pl.Boolean:
        series = series.replace_strict([True, False], ["yes", "no"], default=None, return_dtype=pl.String)
    texts = series.cast(pl.String)
    found = texts.drop_nulls().unique().to_list()
    levels = (*(level for level in order if level in found), *sorted(set(found) - set(order)))
    places = {level: place for place, level in enumerate(levels)}
    codes = texts.replace_strict(places, default=-1, return_dtype=pl.Int64).fill_null(-1)
    return Factor(name, levels, codes.to_numpy().astype(np.int64))


def _subtype(cohort: Cohort) -> Factor:
    """Clinical subtype as `Patient` derives it from receptors, asked once for each combination of them."""
    import polars as pl

    names = [name for name in _RECEPTORS if name in cohort.covariates.columns]
    kinds = cohort.covariates.select(names).unique(maintain_order=True)
    labels = [Patient.parse(row).clinical_subtype for row in kinds.iter_rows(named=True)]
    codes = [-1 if label is None else SUBTYPES.index(label) for label in labels]
    told = kinds.with_columns(code=pl.Series(codes, dtype=pl.Int64))
    joined = cohort.covariates.select(names).join(
        told, on=names, how="left", nulls_equal=True, maintain_order="left"
    )
    return _used("subtype", SUBTYPES, joined["code"].to_numpy())


def _used(name: str, labels: tuple[str, ...], codes: NDArray[np.int64]) -> Factor:
    """The factor with the levels that occur."""
    present = [code for code in range(len(labels)) if (codes == code).any()]
    renumbered = np.full(len(labels) + 1, -1)
    renumbered[present] = np.arange(len(present))
    return Factor(name, tuple(labels[code] for code in present), renumbered[codes])
