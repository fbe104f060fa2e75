"""What a forecast costs, known beforehand: patients, combinations of what is unknown, draws, horizons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from organotropism.app.problem import Problem
from organotropism.patient import Patient
from organotropism.process.forecast import CELLS_OF_INTERVAL, DRAWS
from organotropism.process.model import Model
from organotropism.process.results import Options

#: Most estimated seconds of one request.
MOST_SECONDS: Final = 30.0
#: Measured on one core, over patients of 1 to 14,400 cells and 2 to 40 horizons: seconds of one cell; what a
#: draw of a cell costs against it; reasons against the forecast; horizons that double the cost; a patient.
_CELL: Final = 20e-6
_DRAW: Final = 4.0
_REASONS: Final = 1.5
_HORIZONS: Final = 16.0
_PATIENT: Final = 0.003
_USUAL_SITES: Final = 5


def seconds_of(model: Model, patients: Sequence[Patient], options: Options, *, reasons: bool) -> float:
    """Estimated seconds of forecasts on one core.

    Parameters
    ----------
    reasons : whether contributions and unknown are computed too
    """
    cells = [model.population.cell_count(patient) for patient in patients]
    rows = sum(cells) * (1.0 + _REASONS * reasons)
    if options.intervals:
        rows += _DRAW * DRAWS * sum(min(count, CELLS_OF_INTERVAL) for count in cells)
    sets = 2.0 ** (len(model.layout.sites) - _USUAL_SITES)
    return _CELL * rows * (1.0 + len(options.horizons) / _HORIZONS) * sets + _PATIENT * len(patients)


def check_cost(seconds: float, patients: int = 1) -> float:
    """The same seconds, where one request may take so many.

    Raises
    ------
    Problem
        422, saying how much less would be right.
    """
    if seconds <= MOST_SECONDS:
        return seconds
    share = MOST_SECONDS / seconds
    fewer = f"at most {max(1, int(patients * share))} such patients a request, " if patients > 1 else ""
    expected = f"{fewer}fewer unknown fields or horizons, or neither intervals nor reasons"
    problem = f"would take about {seconds:.0f} seconds, more than the {MOST_SECONDS:.0f} of a request"
    field = "patients" if patients > 1 else "patient"
    entry = {"field": field, "problem": problem, "code": "too_much", "expected": expected}
    raise Problem(422, "The request asks for too much at once.", (entry,))
