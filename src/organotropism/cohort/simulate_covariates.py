"""Covariates of simulated patients: drawn from a reference population, then recorded with flaws."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from organotropism.process.cells import Cells
from organotropism.process.model import Model
from organotropism.process.population import (
    AGE_CLASSES,
    KI67_POSITIVE_PERCENT,
    NODE_CLASSES,
    SIZE_CLASSES,
    TYPICAL,
)

if TYPE_CHECKING:
    import polars as pl

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
WORDS: Final[Mapping[str, tuple[Any, ...]]] = {
    "er": ("negative", "positive"),
    "pr": ("negative", "positive"),
    "her2": ("negative", "positive"),
    "histology": ("ductal", "lobular"),
    "detection": ("symptoms", "screen"),
    "grade": (1, 2, 3),
}
"""Covariates that can be miscoded, with their values."""

RECORDED: Final = ("age", "year_of_diagnosis", *WORDS, "ki67", "size_mm", "positive_nodes")
"""Covariates of a simulated patient."""

_MOST_KI67: Final = 50.0  # per cent; the model asks only whether it is above 10


def draw_covariates(
    model: Model, n: int, years: tuple[int, int], rng: np.random.Generator
) -> tuple[Cells, dict[str, Any]]:
    """Draw fully known patients from the model's reference population.

    Parameters
    ----------
    years : first and last year of diagnosis

    Returns
    -------
    The patients as the model sees them (n rows), and as a record writes them: arrays (n,) by field, those in
    `WORDS` as numbers of their values.
    """
    p = model.population.shares
    subtype = rng.choice(len(p["subtype"]), n, p=p["subtype"])
    er = _choose(p["er"][subtype], rng)
    # Hormone receptor positive without ER is PR positive, by definition.
    pr = np.where((er == 0) & (subtype < 2), 1, _choose(p["pr"][subtype], rng))
    size_class = _choose(p["size_mm"][subtype], rng)
    node_class = _choose(p["positive_nodes"][size_class], rng)
    low, high = _around("age", AGE_CLASSES, _choose(p["age"][subtype], rng))
    # Whole tenths of a year, of the class from its start and up to its end.
    age = _whole(np.round(low * 10), np.round(high * 10) - 1, rng) / 10
    low, high = _around("size_mm", SIZE_CLASSES, size_class)
    size = _whole(np.floor(low) + 1, np.floor(high), rng)
    low, high = _around("positive_nodes", NODE_CLASSES, node_class)
    nodes = _whole(np.ceil(low), np.floor(high), rng)
    ki67_class = rng.choice(2, n, p=p["ki67"])
    low, high = np.array([[1.0, KI67_POSITIVE_PERCENT + 1], [KI67_POSITIVE_PERCENT, _MOST_KI67]])[
        :, ki67_class
    ]
    ki67 = _whole(low, high, rng)
    numbers: dict[str, Any] = {
        "age": age,
        "year_of_diagnosis": _whole(np.full(n, years[0]), np.full(n, years[1]), rng),
        "er": er,
        "pr": pr,
        "her2": np.isin(subtype, (1, 2)).astype(int),
        "histology": _choose(p["lobular"][subtype], rng),
        "detection": rng.choice(2, n, p=p["detection"]),
        "grade": _choose(p["grade"][subtype], rng),
        "ki67": ki67 * 1.0,
        "size_mm": size * 1.0,
        "positive_nodes": nodes,
    }
    return _cells(model, subtype, numbers), numbers


def _cells(model: Model, subtype: Ints, numbers: Mapping[str, Any]) -> Cells:
    year = np.clip(numbers["year_of_diagnosis"], *model.years).astype(float)
    er, her2, nodes = numbers["er"] == 1, numbers["her2"] == 1, numbers["positive_nodes"].astype(float)
    return Cells(
        patient=np.arange(len(subtype)),
        weight=np.ones(len(subtype)),
        subtype=subtype,
        er_positive=er,
        her2_positive=her2,
        pr_positive=numbers["pr"] == 1,
        ki67_positive=numbers["ki67"] > KI67_POSITIVE_PERCENT,
        lobular=numbers["histology"] == 1,
        t4=np.zeros(len(subtype), bool),
        screen=numbers["detection"].astype(float),
        grade=numbers["grade"] + 1.0,
        age=numbers["age"],
        size_mm=numbers["size_mm"],
        nodes=nodes,
        year=year,
        offset=model.index.as_treated(er, her2, nodes, year),  # no treatment is stated
    )


def _choose(shares: Array, rng: np.random.Generator) -> Ints:
    """One column number (n,) by the shares (n, columns) of each row."""
    passed = np.cumsum(shares, axis=1) <= rng.random(len(shares))[:, None]
    # Rounding may leave the last cumulative share just below one.
    chosen: Ints = np.minimum(passed.sum(1), shares.shape[1] - 1)
    return chosen


def _whole(low: NDArray[Any], high: NDArray[Any], rng: np.random.Generator) -> Ints:
    """A whole number (n,) from each low to each high, both included."""
    drawn: Ints = np.asarray(rng.integers(low.astype(int), high.astype(int), endpoint=True))
    return drawn


def _around(name: str, classes: tuple[tuple[int, int], ...], chosen: Ints) -> tuple[Array, Array]:
    """The widest interval, low and high (n,), within each patient's class around its typical value."""
    typical = np.array(TYPICAL[name])
    low, high = np.array(classes, float).T
    half = np.minimum(typical - low, high - typical)
    return (typical - half)[chosen], (typical + half)[chosen]


def record(
    numbers: Mapping[str, Any], missing: Mapping[str, float], miscoded: float, rng: np.random.Generator
) -> pl.DataFrame:
    """The covariates as a table has them.

    Parameters
    ----------
    numbers : as from `draw_covariates`
    missing : share not recorded, by field
    miscoded : share of the fields in `WORDS` that hold another of their values
    """
    import polars as pl

    columns = {}
    for name, values in numbers.items():
        seen = _miscode(values, len(WORDS[name]), miscoded, rng) if name in WORDS else values
        column = pl.Series(name, WORDS[name])[seen] if name in WORDS else pl.Series(name, seen)
        if missing.get(name):
            column = column.scatter(np.flatnonzero(rng.random(len(column)) < missing[name]), None)
        columns[name] = column
    return pl.DataFrame(columns)


def _miscode(values: Ints, kinds: int, share: float, rng: np.random.Generator) -> Ints:
    wrong = rng.random(len(values)) < share
    other: Ints = (values + rng.integers(1, kinds, len(values))) % kinds
    return np.where(wrong, other, values)
