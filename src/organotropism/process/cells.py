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
