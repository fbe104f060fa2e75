"""The cohort room: patients with follow-up, read, checked, tabulated or simulated."""

from organotropism.cohort.schema import Cohort
from organotropism.cohort.simulate import Simulated, simulate

__all__ = ["Cohort", "Simulated", "simulate"]
