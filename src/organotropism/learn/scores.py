"""Scores of the possible covariates of every unit, and how they vary over what is unknown."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from organotropism.learn.units import Design, Zone

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]


class Scores:
    """Scores of every cell, (size, cells): of what teaches and weighs, and of what does only one."""

    def __init__(self, data: Design, weight: Array) -> None:
        self.data, self.weight = data, weight
        self.both = np.zeros((data.layout.size, len(weight)))
        self.only: dict[str, Array] = {}

    def add(
        self,
        columns: slice,
        by_cell: csr_array,
        value: Array,
        teaches: Bools,
        weighs: Bools,
        carried: Callable[[Array], Array] = lambda by_cell: by_cell,
    ) -> None:
        """Add the scores of some rows to the coefficients in `columns`.

        Parameters
        ----------
        value : (rows, p)
        carried : from the sums over the rows of a cell, (cells, p), to the scores of `columns`
        """
        if teaches.all() and weighs.all():
            self.both[columns] += carried(by_cell @ value).T
            return
        for target, rows in (
            (self.both, teaches & weighs),
            (self._only("teach"), teaches & ~weighs),
            (self._only("weigh"), weighs & ~teaches),
        ):
            target[columns] += carried(by_cell @ (value * rows[:, None])).T

    def _only(self, name: str) -> Array:
        if name not in self.only:
            self.only[name] = np.zeros(self.both.shape)
        return self.only[name]

    def total(self) -> Array:
        """(size,) sum of what teaches."""
        total = np.zeros(len(self.both))
        taught = [self.both, self.only["teach"]] if "teach" in self.only else [self.both]
        for zone in self.data.zones:
            for scores in taught:
                total[zone.used] += scores[zone.used, zone.cells] @ self.weight[zone.cells]
        return total

    def between_cells(self) -> tuple[Array, Array]:
        """Posterior covariance, summed over units, of teaching and weighing scores, and of what does both."""
        cross, own = np.zeros((2, len(self.both), len(self.both)))
        for zone in self.data.zones:
            place = np.ix_(zone.used, zone.used)
            both = self.both[zone.used, zone.cells]
            together = self._covariance(zone, both, both)
            own[place] += together
            teach, weigh = (self._part(self.only.get(name), zone) for name in ("teach", "weigh"))
            if teach is not None:
                weigh = both if weigh is None else both + weigh
                cross[place] += self._covariance(zone, both + teach, weigh)
                continue
            cross[place] += together
            if weigh is not None:
                # Few coefficients have a score that only weighs.
                some = np.flatnonzero(weigh.any(1))
                cross[np.ix_(zone.used, zone.used[some])] += self._covariance(zone, both, weigh[some])
        return cross, own

    def _covariance(self, zone: Zone, left: Array, right: Array) -> Array:
        weight = self.weight[zone.cells]
        by_unit = [np.add.reduceat(scores * weight, zone.starts, axis=1) for scores in (left, right)]
        covariance: Array = (left * weight) @ right.T - (by_unit[0] / zone.times) @ by_unit[1].T
        return covariance

    @staticmethod
    def _part(scores: Array | None, zone: Zone) -> Array | None:
        return None if scores is None else scores[zone.used, zone.cells]
