"""The axes of a nomogram: factors with their levels or knots, and the population that it is fitted to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from organotropism.process import pattern
from organotropism.process.cells import Cells
from organotropism.process.model import Model
from organotropism.vocabulary import SUBTYPES

Array = NDArray[np.float64]
#: Ages, sizes and nodes of a class are spread over it evenly, within what a nomogram draws.
_SPREAD: Final = {
    "age": ((25.0, 40.0), (40.0, 50.0), (50.0, 60.0), (60.0, 70.0), (70.0, 80.0), (80.0, 90.0)),
    "size_mm": ((2.0, 10.0), (10.0, 20.0), (20.0, 30.0), (30.0, 50.0), (50.0, 100.0)),
    "nodes": ((0.0, 0.0), (1.0, 1.0), (2.0, 3.0), (4.0, 9.0), (10.0, 20.0)),
}
#: Irrational steps that fill the unit cube evenly (roots of x**4 = x + 1; the generalised golden ratio).
_STEPS: Final = (0.8191725133961645, 0.6710436067037893, 0.5497004779019703)
_KNOTS: Final = {
    "age": (25, 30, 35, 40, 45, 50, 55, 60, 65, 70, 75, 80, 85, 90),
    "size": (2, 5, 10, 15, 20, 25, 30, 40, 50, 60, 80, 100),
    "nodes": (0, 1, 2, 3, 4, 6, 9, 12, 16, 20),
}
_LEVELS: Final = {
    "subtype": SUBTYPES,
    "histology": ("other", "lobular"),
    "grade": ("1", "2", "3"),
    "pr": ("negative", "positive"),
    "ki67": ("to 10 %", "over 10 %"),
    "detection": ("symptoms", "screen"),
}
#: What the pattern of sites depends on, in the classes of its covariates.
_CLASSES: Final = {
    "age": ("under 40", "40-49", "50-59", "60-69", "70 and over"),
    "size": ("to 20", "21-50", "over 50"),
    "nodes": ("0", "1-3", "4 and more"),
}
_PATTERN: Final = ("subtype", "age", "size", "nodes", "grade", "histology")
_FACTORS: Final = (*_PATTERN, "pr", "ki67", "detection")


@dataclass(frozen=True)
class Axis:
    """One factor of a nomogram.

    Attributes
    ----------
    factor : name
    labels : of the levels, or of the knots
    positions : (labels,) number of each level, or value of each knot, ascending
    numeric : whether values between the positions exist
    """

    factor: str
    labels: tuple[str, ...]
    positions: Array
    numeric: bool

    def values(self, cells: Cells) -> Array:
        """Number of the level, or value, (cells,)."""
        if self.factor in _CLASSES and not self.numeric:
            age, nodes, size = pattern.scores(cells)[:, 4:7].T
            return {"age": age + 2.0, "size": size, "nodes": nodes}[self.factor]
        value = {
            "subtype": cells.subtype,
            "age": cells.age,
            "size": cells.size_mm,
            "nodes": cells.nodes,
            "grade": cells.grade - 1.0,
            "histology": cells.lobular,
            "pr": cells.pr_positive,
            "ki67": cells.ki67_positive,
            "detection": cells.screen,
        }[self.factor]
        return value.astype(float)

    def basis(self, values: Array) -> Array:
        """Weights (n, labels) of linear interpolation between the positions; constant beyond them."""
        held = np.clip(values, self.positions[0], self.positions[-1])
        left = np.clip(np.searchsorted(self.positions, held, side="right") - 1, 0, len(self.positions) - 2)
        share = (held - self.positions[left]) / (self.positions[left + 1] - self.positions[left])
        weights = np.zeros((len(values), len(self.positions)))
        rows = np.arange(len(values))
        weights[rows, left] = 1.0 - share
        weights[rows, left + 1] += share
        return weights


def axes_of(with_subtype: bool, of_pattern: bool) -> tuple[Axis, ...]:
    """The factors of a nomogram, in the order in which they are drawn.

    Parameters
    ----------
    with_subtype : whether subtype is one of them
    of_pattern : whether only the pattern of sites matters: its covariates, in its classes
    """
    axes = []
    for factor in _PATTERN if of_pattern else _FACTORS:
        if factor == "subtype" and not with_subtype:
            continue
        if factor in _KNOTS and not of_pattern:
            knots = _KNOTS[factor]
            axes.append(Axis(factor, tuple(str(knot) for knot in knots), np.array(knots, float), True))
        else:
            levels = _CLASSES.get(factor) or _LEVELS[factor]
            axes.append(Axis(factor, tuple(levels), np.arange(len(levels), dtype=float), False))
    return tuple(axes)


def population_sample(model: Model, subtype: int | None) -> Cells:
    """The reference population, or one subtype of it; ages, sizes and nodes spread over their classes."""
    cells = model.population.everyone(model.index, model.years[1])
    if subtype is not None:
        cells = cells.take(np.flatnonzero(cells.subtype == subtype))
        cells = replace(cells, weight=cells.weight / cells.weight.sum())
    spread = {}
    for step, (name, classes) in zip(_STEPS, _SPREAD.items(), strict=True):
        typical = getattr(cells, name)
        of_class = np.unique(typical, return_inverse=True)[1].ravel()
        low, high = np.array(classes)[of_class].T
        share = (np.arange(1, len(cells) + 1) * step) % 1.0
        if name == "nodes":
            spread[name] = np.floor(low + share * (high - low + 1.0))
        else:
            spread[name] = low + share * (high - low)
    return replace(cells, **spread)
