"""METABRIC as a `Cohort`, from the tests' own reading of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

import metabric
from organotropism.cohort import Cohort
from organotropism.cohort.tabulate import FIELDS


def metabric_cohort(folder: Path) -> Cohort:
    """Patients with a complete relapse history; no treatment, as in the validation of the literature model."""
    read = metabric.load(folder)
    names = [name for name in FIELDS if any(getattr(p, name) is not None for p in read.patients)]
    frame = pl.DataFrame([{name: getattr(p, name) for name in names} for p in read.patients])
    count = len(read.patients)
    return Cohort(
        name="METABRIC",
        covariates=frame.with_columns(pl.Series("id", [str(i) for i in range(count)])),
        sites=tuple(site.lower() for site in metabric.SITES),
        entry=np.zeros(count),
        follow_up=read.years,
        died=read.dead,
        distant=read.event[:, 5],
        site_time=read.event[:, :5],
        followed=np.ones(count, bool),
    )
