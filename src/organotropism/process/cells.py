"""Fully known covariates: what the parts of the process read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Cells:
    """Fully known covariates, one row per patient and per value of what is unknown; arrays (n,).

    Attributes
    ----------
    patient : index of the patient the row belongs to
    weight : share of the row within its patient, before conditioning on time
    subtype : number in `vocabulary.SUBTYPES`
    er_positive, her2_positive, pr_positive, ki67_positive, lobular : bool
    screen : 1 where detected by screening
    t4 : bool, skin or chest wall involved
    grade, age (years), size_mm, nodes : numbers
    year : year of diagnosis used by the rate, already inside the range of the evidence
    offset : log hazard ratio of treatment
    """

    patient: NDArray[np.int64]
    weight: Array
    subtype: NDArray[np.int64]
    er_positive: NDArray[np.bool_]
    her2_positive: NDArray[np.bool_]
    pr_positive: NDArray[np.bool_]
    ki67_positive: NDArray[np.bool_]
    lobular: NDArray[np.bool_]
    t4: NDArray[np.bool_]
    screen: Array
    grade: Array
    age: Array
    size_mm: Array
    nodes: Array
    year: Array
    offset: Array

    def __len__(self) -> int:
        return len(self.weight)

    def take(self, rows: NDArray[Any] | slice) -> Cells:
        """Return the selected rows."""
        return Cells(**{name: getattr(self, name)[rows] for name in self.__dataclass_fields__})

    def apart(self) -> Cells:
        """The same rows, each as a patient of its own."""
        rows = np.arange(len(self))
        return replace(self, patient=rows, weight=np.ones(len(self)))


def representative(cells: Cells, most: int) -> Cells:
    """Give at most `most` cells of equal weight for the many of a patient; the same cells where all have few.

    Systematic sampling over the cells in their order, which is that of the covariates: each stratum is
    represented in proportion to its weight, to within one cell. Cells are sorted by patient.
    """
    counts = np.bincount(cells.patient)
    if counts.max(initial=0) <= most:
        return cells
    picked = []
    starts = np.cumsum(counts) - counts
    for start, count in zip(starts[counts > 0], counts[counts > 0], strict=True):
        mine = np.arange(start, start + count)
        if count > most:
            steps = (np.arange(most) + 0.5) / most
            mine = mine[np.searchsorted(np.cumsum(cells.weight[mine]), steps * cells.weight[mine].sum())]
        picked.append(mine)
    few = cells.take(np.concatenate(picked))
    sampled = counts[few.patient] > most
    return replace(few, weight=np.where(sampled, 1.0 / most, few.weight))
