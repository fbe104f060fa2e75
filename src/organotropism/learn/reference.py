"""The reference population as a grid, and contexts: which women a published number speaks of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from organotropism.process import rate
from organotropism.process.cells import Cells
from organotropism.process.index import Centre, Index
from organotropism.process.population import Population

Array = NDArray[np.float64]
#: Axes of the grid: subtype 4, grade 3, lobular 2, age 6, size 5, nodes 5 classes.
SHAPE = (4, 3, 2, 6, 5, 5)
AXES = ("subtype", "grade", "lobular", "age", "size", "nodes")


@dataclass(frozen=True)
class Context:
    """Women of whom a number speaks: weights on the classes of some axes.

    Attributes
    ----------
    weights : (axis names, weights over those axes) pairs; the weights multiply the population
    standardised : axes that are set to their weights at fixed other factors (adjusted contrasts)
    t4 : whether skin or chest wall is involved in all of them
    """

    weights: tuple[tuple[tuple[str, ...], tuple[float, ...]], ...] = ()
    standardised: tuple[str, ...] = ()
    t4: bool = False

    def also(self, axes: tuple[str, ...], weights: Sequence[float], standardised: bool = False) -> Context:
        """Return a context that is restricted further."""
        fixed = (*self.standardised, *axes) if standardised else self.standardised
        further = (*self.weights, (axes, tuple(float(w) for w in weights)))
        return replace(self, weights=further, standardised=fixed)


EVERYONE = Context()


@dataclass(frozen=True)
class Reference:
    """Grid of the reference population; PR, Ki-67 and detection are averaged on the log hazard.

    Parameters
    ----------
    population : Population
    index : Index
    bands : starts of the bands of the rate
    t4 : whether skin or chest wall is involved in all women of the grid
    """

    population: Population
    index: Index
    bands: tuple[float, ...]
    t4: bool = False

    @cached_property
    def _full(self) -> Cells:
        return self.population.everyone(self.index, round(rate.USUAL_YEAR))

    @cached_property
    def _cell(self) -> NDArray[np.int64]:
        """Grid number of each cell of the full population."""
        c = self._full
        age = np.unique(c.age, return_inverse=True)[1]
        size = np.unique(c.size_mm, return_inverse=True)[1]
        nodes = np.unique(c.nodes, return_inverse=True)[1]
        at = (c.subtype, (c.grade - 1).astype(int), c.lobular.astype(int), age, size, nodes)
        number: NDArray[np.int64] = np.ravel_multi_index(at, SHAPE)
        return number

    @cached_property
    def share(self) -> Array:
        """(grid,) share of the population."""
        share: Array = np.bincount(self._cell, self._full.weight).astype(float)
        return share

    @cached_property
    def cells(self) -> Cells:
        """One representative cell per grid point."""
        first = np.unique(self._cell, return_index=True)[1]
        return self._full.take(first)

    @cached_property
    def index_mean(self) -> tuple[Array, Array]:
        """(grid, bands) index, all and without nodes, averaged over PR, Ki-67 and detection; not centred."""

        def averaged(values: Array) -> Array:
            sums = [np.bincount(self._cell, self._full.weight * column) for column in values.T]
            return np.array(sums).T / self.share[:, None]

        whole, fading = self.index.relapse(self._full, np.r_[self.bands, rate.LAST_YEAR])
        return averaged(whole), averaged(fading)

    @cached_property
    def centre(self) -> Centre:
        """Means of the index, first band."""

        def by_er(values: Array) -> tuple[float, float]:
            er = self.cells.er_positive
            negative, positive = (np.average(values[er == s, 0], weights=self.share[er == s]) for s in (0, 1))
            return round(float(negative), 6), round(float(positive), 6)

        whole, fading = self.index_mean
        return by_er(whole), by_er(fading)

    def design(self, year: float, endocrine: bool = False) -> rate.RateDesign:
        """Design of the rate on the grid for one year of diagnosis.

        `endocrine` says that all ER-positive women had endocrine therapy; else they are treated as in that
        year.
        """
        years = np.full(len(self.cells), year)
        er, her2 = self.cells.er_positive, self.cells.her2_positive
        offset = self.index.as_treated(er, her2, self.cells.nodes, years)
        if endocrine:
            offset = offset + np.where(er, self.index.with_endocrine(), 0.0)
        cells = replace(self.cells, year=years, offset=offset, t4=np.full(len(years), self.t4))
        middle = np.array(self.centre)[:, er.astype(int)][:, :, None]
        whole, fading = self.index_mean
        return replace(
            rate.design(cells, self.index, self.centre, self.bands),
            index=whole - middle[0],
            fading=fading - middle[1],
        )

    def weights(self, context: Context) -> Array:
        """(grid,) shares of the women of a context, summing to one.

        Reweighting keeps the other factors as they go with the level (unadjusted contrasts);
        standardising spreads the whole context over the level at fixed other factors (adjusted), the
        classes within the level in the proportions that they have in the context.
        """
        grid = self.share.reshape(SHAPE)
        for axes, weights in context.weights:
            places = [AXES.index(axis) for axis in axes]
            shape = [SHAPE[i] if i in places else 1 for i in range(len(SHAPE))]
            factor = np.array(weights).reshape(shape)
            if set(axes) <= set(context.standardised):
                others = tuple(i for i in range(len(SHAPE)) if i not in places)
                mix = grid.sum(others, keepdims=True) * factor
                grid = grid.sum(tuple(places), keepdims=True) * mix / mix.sum()
            else:
                grid = grid * factor
        flat: Array = grid.ravel() / grid.sum()
        return flat
