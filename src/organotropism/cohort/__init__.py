"""The cohort room: patients with follow-up, read, checked, tabulated or simulated."""

from organotropism.cohort.checks import Breach, check
from organotropism.cohort.schema import Cohort
from organotropism.cohort.simulate import Simulated, simulate
from organotropism.cohort.simulate_cohort import Flaws, simulate_cohort
from organotropism.cohort.store import read_cohort, write_cohort

__all__ = [
    "Breach",
    "Cohort",
    "Flaws",
    "Simulated",
    "check",
    "read_cohort",
    "simulate",
    "simulate_cohort",
    "write_cohort",
]
