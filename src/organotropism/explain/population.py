"""The population of a cohort: its joint distribution of covariates, in the form of a model's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from organotropism.patient import Patient
from organotropism.process.model import Model
from organotropism.process.population import AGE_CLASSES, NODE_CLASSES, SIZE_CLASSES, Population
from organotropism.process.prepare import prepare
from organotropism.process.results import Options

Array = NDArray[np.float64]


def in_population_of(model: Model, patients: Sequence[Patient]) -> Model:
    """The model with the covariates of these patients as its reference population.

    What is unknown of a patient counts in the shares that the model's own population gives it.

    Parameters
    ----------
    model : Model
    patients : sequence of Patient
        At least one.
    """
    cells, _ = prepare(model, list(patients), Options(intervals=False))
    weight, subtype = cells.weight, cells.subtype
    age = np.searchsorted([end for _, end in AGE_CLASSES[:-1]], cells.age, side="right")
    size = np.searchsorted([end for _, end in SIZE_CLASSES[:-1]], cells.size_mm, side="left")
    nodes = np.searchsorted([last for _, last in NODE_CLASSES[:-1]], cells.nodes, side="left")

    def table(levels: int, level: NDArray[np.int64], given: NDArray[np.int64], kinds: int = 4) -> Array:
        counts = np.zeros((kinds, levels))
        np.add.at(counts, (given, level), weight)
        return counts

    pr = table(2, cells.pr_positive.astype(int), subtype)
    # The form keeps PR-positive women of ER-negative disease beside hormone-receptor negative ones.
    pr_only = cells.pr_positive & ~cells.er_positive
    for positive, negative in ((0, 3), (1, 2)):
        pr[negative, 1] = weight[pr_only & (subtype == positive)].sum()
    counts = {
        "subtype": np.bincount(subtype, weight, minlength=4),
        "grade": table(3, cells.grade.astype(int) - 1, subtype),
        "lobular": table(2, cells.lobular.astype(int), subtype),
        "age": table(6, age, subtype),
        "size_mm": table(5, size, subtype),
        "pr": pr,
        "positive_nodes": table(5, nodes, size, 5),
        "detection": np.bincount(cells.screen.astype(int), weight, minlength=2),
        "ki67": np.bincount(cells.ki67_positive.astype(int), weight, minlength=2),
    }
    return replace(model, population=Population(counts))
