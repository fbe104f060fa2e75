"""The population of a cohort: its joint distribution of covariates, in the form of a model's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from organotropism.patient import Patient
from organotropism.process.cells import Cells
from organotropism.process.model import Model
from organotropism.process.population import AGE_CLASSES, NODE_CLASSES, SIZE_CLASSES, Population
from organotropism.process.prepare import blocks, prepare
from organotropism.process.results import Options

Array = NDArray[np.float64]
#: Cells of patients that are expanded at once.
CELLS_AT_ONCE: Final = 200_000


def in_population_of(model: Model, patients: Sequence[Patient]) -> Model:
    """The model with the covariates of these patients as its reference population.

    What is unknown of a patient counts in the shares that the model's own population gives it.

    Parameters
    ----------
    model : Model
    patients : sequence of Patient
        At least one.
    """
    counts: dict[str, Array] = {}
    for block in blocks(model, patients, CELLS_AT_ONCE):
        cells, _ = prepare(model, block, Options(intervals=False))
        for name, table in _tables(cells).items():
            counts[name] = counts.get(name, 0.0) + table
    return replace(model, population=Population(counts))


def _tables(cells: Cells) -> dict[str, Array]:
    """Weighted counts in the form of `Population.counts`."""
    weight, subtype = cells.weight, cells.subtype
    age = np.searchsorted([end for _, end in AGE_CLASSES[:-1]], cells.age, side="right")
    size = np.searchsorted([end for _, end in SIZE_CLASSES[:-1]], cells.size_mm, side="left")
    nodes = np.searchsorted([last for _, last in NODE_CLASSES[:-1]], cells.nodes, side="left")

    def table(levels: int, level: NDArray[Any], given: NDArray[np.int64], kinds: int = 4) -> Array:
        counts: Array = np.zeros(kinds * levels)
        counts += np.bincount(given * levels + level.astype(int), weight, minlength=kinds * levels)
        return counts.reshape(kinds, levels)

    pr = table(2, cells.pr_positive, subtype)
    # The form keeps PR-positive women of ER-negative disease beside hormone-receptor negative ones.
    pr_only = cells.pr_positive & ~cells.er_positive
    for positive, negative in ((0, 3), (1, 2)):
        pr[negative, 1] = weight[pr_only & (subtype == positive)].sum()
    alone = np.zeros(len(weight), np.int64)
    return {
        "subtype": table(4, subtype, alone, 1)[0],
        "grade": table(3, cells.grade - 1, subtype),
        "lobular": table(2, cells.lobular, subtype),
        "age": table(6, age, subtype),
        "size_mm": table(5, size, subtype),
        "pr": pr,
        "positive_nodes": table(5, nodes, size, 5),
        "detection": table(2, cells.screen, alone, 1)[0],
        "ki67": table(2, cells.ki67_positive, alone, 1)[0],
    }
