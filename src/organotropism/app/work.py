"""Forecasts on behalf of requests: how many at once, and what is told when there are too many."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Lock, Semaphore
from typing import Final

import numpy as np

from organotropism.app.problem import Problem
from organotropism.errors import InputError
from organotropism.patient import Patient
from organotropism.process.model import Model
from organotropism.process.results import Forecast, ForecastTable, Options

#: Most horizons of one request.
MOST_HORIZONS: Final = 40
#: Forecasts with ranges that wait or are computed in one process; each takes seconds.
_MOST_WAITING: Final = 4
_RETRY_SECONDS: Final = 10


class RangeQueue:
    """Lets one forecast with ranges be computed at a time, and few wait for it."""

    def __init__(self, most: int = _MOST_WAITING) -> None:
        self._most = most
        self._waiting = 0
        self._count = Lock()
        self._turn = Semaphore(1)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for one's turn.

        Raises
        ------
        Problem
            503, where too many wait already.
        """
        with self._count:
            if self._waiting >= self._most:
                headers = {"Retry-After": str(_RETRY_SECONDS)}
                raise Problem(503, "Too many forecasts with ranges at once; please try again.", (), headers)
            self._waiting += 1
        try:
            with self._turn:
                yield
        finally:
            with self._count:
                self._waiting -= 1


def forecast_table(
    model: Model, patients: Sequence[Patient], options: Options, queue: RangeQueue
) -> ForecastTable:
    """Forecast patients.

    Raises
    ------
    InputError
        For what the model cannot speak of, and where it gives no finite risk.
    Problem
        503, where too many forecasts with ranges wait.
    """
    if len(options.horizons) > MOST_HORIZONS:
        raise InputError("are too many", field="horizons", expected=f"at most {MOST_HORIZONS}")
    if not options.intervals:
        return _computed(model, patients, options)
    with queue.turn():
        return _computed(model, patients, options)


def forecast_one(model: Model, patient: Patient, options: Options, queue: RangeQueue) -> Forecast:
    """Forecast one patient; otherwise as `forecast_table`."""
    return forecast_table(model, [patient], options, queue)[0]


def _computed(model: Model, patients: Sequence[Patient], options: Options) -> ForecastTable:
    for patient in patients:
        if not {str(site) for site in patient.involved_sites} <= set(model.layout.sites):
            raise InputError("has a site that the model does not have", field="involved")
    table: ForecastTable = model.forecast(
        patients,
        options.horizons,
        intervals=options.intervals,
        year=options.year,
        baseline=options.baseline,
    )
    given = table.risks.given
    if not (np.isfinite(given).all() and np.isfinite(table.risks.any[..., 0]).all()):
        raise InputError("gives no finite risk for this patient", field="model")
    return table
