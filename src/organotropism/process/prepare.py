"""From patients to the cells and the design that the parts of the process read."""

from __future__ import annotations

from collections.abc import Sequence

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
