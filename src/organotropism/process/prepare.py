"""From patients to the cells and the design that the parts of the process read."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from organotropism.patient import Patient
from organotropism.process import rate
from organotropism.process.cells import Cells
from organotropism.process.model import AVERAGE, Model
from organotropism.process.results import Options, year_used


def prepare(model: Model, patients: Sequence[Patient], options: Options) -> tuple[Cells, rate.RateDesign]:
    """Expand the unknown covariates of the patients; the chosen year and baseline enter the rate."""
    years = [year_used(model, patient, options) for patient in patients]
    cells = model.population.expand(patients, model.index, years)
    if options.baseline != AVERAGE:
        cells.offset[:] += model.baselines[options.baseline].shift
    return cells, rate.design(cells, model.index, model.centre, model.layout.bands)


def blocks(model: Model, patients: Sequence[Patient], cells: int) -> list[list[Patient]]:
    """Split patients so that what is unknown of a block expands to some `cells`: memory is bounded."""
    ends = np.cumsum([model.population.cell_count(patient) for patient in patients])
    block = (ends - 1) // cells
    cuts = [0, *(np.flatnonzero(np.diff(block)) + 1).tolist(), len(patients)]
    return [list(patients[a:b]) for a, b in pairwise(cuts)]
