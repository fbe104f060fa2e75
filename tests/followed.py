"""Cohorts for the tests of this room: METABRIC, simulated ones, and random follow-up."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

import metabric
from organotropism import Patient
from organotropism.cohort import simulate
from organotropism.cohort.schema import Cohort
from organotropism.validate.counting import Clock
from organotropism.validate.outcome import Outcome
from organotropism.vocabulary import SITES
from toy import toy_model

FIELDS = ("age", "er", "her2", "size_mm", "positive_nodes", "grade", "histology", "year_of_diagnosis")


def cohort_of(patients: list[Patient], name: str, **times: NDArray) -> Cohort:
    rows = [
        {"id": str(number), **{field: getattr(patient, field) for field in FIELDS}}
        for number, patient in enumerate(patients)
    ]
    covariates = pl.DataFrame(rows, infer_schema_length=None)
    n = len(patients)
    usual = {"entry": np.zeros(n), "followed": np.ones(n, bool)}
    return Cohort(name, covariates, tuple(map(str, SITES)), **{**usual, **times})


def metabric_cohort(shared: Path) -> Cohort:
    read = metabric.load(shared / "data" / "metabric")
    return cohort_of(
        read.patients,
        "METABRIC",
        follow_up=read.years,
        died=read.dead,
        distant=read.event[:, 5],
        site_time=read.event[:, :5],
    )


@cache
def simulated_cohort(n: int = 1500, seed: int = 7) -> Cohort:
    """Courses of the toy model among women whose covariates vary, censored at random from 4 to 16 years."""
    rng = np.random.default_rng(seed)
    patients = [
        Patient(
            age=float(round(rng.uniform(30, 85))),
            er="positive" if rng.random() < 0.75 else "negative",
            her2="positive" if rng.random() < 0.2 else "negative",
            size_mm=float(round(rng.gamma(3, 8) + 3)),
            positive_nodes=int(rng.poisson(rng.gamma(0.6, 3))) % 40,
            grade=int(rng.integers(1, 4)),
            histology="lobular" if rng.random() < 0.12 else "ductal",
            year_of_diagnosis=int(rng.integers(1995, 2012)),
        )
        for _ in range(n)
    ]
    course = simulate(toy_model(), patients, seed)
    censored = rng.uniform(4, 16, n)
    end = np.minimum(course.death_time, censored)
    return cohort_of(
        patients,
        "simulated",
        follow_up=end,
        died=course.death_time <= censored,
        distant=np.where(course.any_time <= end, course.any_time, np.inf),
        site_time=np.where(course.site_time <= end[:, None], course.site_time, np.inf),
    )


def follow_up(n: int, seed: int, *, late: bool = False, grid: float | None = None) -> tuple[Clock, NDArray]:
    """Random follow-up and a risk related to the event."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal(n)
    event, death = rng.exponential(12 * np.exp(-x)), rng.exponential(12, n)
    censored = rng.uniform(0.5, 15, n)
    time = np.minimum(np.minimum(event, death), censored)
    if grid is not None:
        time = np.ceil(time / grid) * grid
    kind = np.where(censored <= np.minimum(event, death), 0, np.where(event < death, 1, 2))
    # Some are there from the start, so that the estimate does not begin with a handful.
    entry = np.where(rng.random(n) < 0.4, rng.uniform(0, 0.9, n) * time, 0.0) if late else np.zeros(n)
    if late and grid is not None:
        entry = np.floor(entry / grid) * grid
    return Clock(Outcome("bone", np.arange(n), entry, time, kind)), 1 / (1 + np.exp(2 - x))
