"""Forecasts on behalf of requests: what they are held to, and where they are computed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

import numpy as np
from starlette.requests import Request

from organotropism.app.cost import check_cost
from organotropism.app.lanes import SHORT_SECONDS
from organotropism.app.state import services
from organotropism.errors import InputError
from organotropism.patient import Patient
from organotropism.process.model import Model
from organotropism.process.results import Forecast, ForecastTable, Options

T = TypeVar("T")
#: Most horizons of one request.
MOST_HORIZONS: Final = 40


async def computed(request: Request, cost: Callable[[], tuple[float, int]], task: Callable[[], T]) -> T:
    """Compute for a request, where work of its cost belongs.

    Parameters
    ----------
    cost : estimated seconds, and number of patients; itself short work, since patients are read for it
    task : what to compute

    Raises
    ------
    Problem
        422 where the request asks for too much, 503 where the server has too much to do.
    """
    lanes = services(request).lanes
    done: list[T] = []

    def begin() -> float:
        seconds = check_cost(*cost())
        if seconds <= SHORT_SECONDS:
            done.append(task())
        return seconds

    seconds = await lanes.short(request, begin)
    return done[0] if done else await lanes.long(request, seconds, task)


def forecast_table(model: Model, patients: Sequence[Patient], options: Options) -> ForecastTable:
    """Forecast patients.

    Raises
    ------
    InputError
        For what the model cannot speak of, and where it gives no finite risk.
    """
    if len(options.horizons) > MOST_HORIZONS:
        raise InputError(
            "are too many", field="horizons", expected=f"at most {MOST_HORIZONS}", code="too_many", safe=True
        )
    for patient in patients:
        if not {str(site) for site in patient.involved_sites} <= set(model.layout.sites):
            problem = "has a site that the model does not have"
            raise InputError(problem, field="involved", code="not_a_choice", safe=True)
    table: ForecastTable = model.forecast(
        patients,
        options.horizons,
        intervals=options.intervals,
        year=options.year,
        baseline=options.baseline,
    )
    given = table.risks.given
    if not (np.isfinite(given).all() and np.isfinite(table.risks.any[..., 0]).all()):
        problem = "gives no finite risk for this patient"
        raise InputError(problem, field="model", code="no_risk", safe=True)
    return table


def forecast_one(model: Model, patient: Patient, options: Options) -> Forecast:
    """Forecast one patient; otherwise as `forecast_table`."""
    return forecast_table(model, [patient], options)[0]
