"""How well a model foresaw what happened to patients: the log density of their whole courses."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from organotropism.cohort.schema import Cohort
from organotropism.cohort.tabulate import tabulate
from organotropism.learn.parts import State
from organotropism.learn.read_tables import Frame, check_tables, units
from organotropism.learn.units import design
from organotropism.process.model import Model

Array = NDArray[np.float64]


def log_density(model: Model, cohort: Cohort) -> Array:
    """Log density (n,) of the course of each patient under the model, what is unknown averaged over.

    The course is whether and when distant disease came, with which set, what followed and when, and death
    before or after it. With a model that has not seen the patients the mean is a proper score: higher is
    better (Gneiting & Raftery 2007, J Am Stat Assoc 102:359). The coefficients are those of the mode.

    Raises
    ------
    InputError
        A cohort whose sites or window are not those of the model.
    """
    tables, frame = tabulate(cohort, model.layout, apart=True), Frame.of(model)
    check_tables(tables, model.layout, frame.window_years)
    read = units(tables, frame)
    by_unit = State(design(model.layout, read, frame.index, frame.centre), model.theta).posterior()[1]
    density = np.empty(len(cohort))
    density[read.stratum] = by_unit
    return density
