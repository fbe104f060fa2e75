"""The cohort room: patients in numbers, simulated here."""

from organotropism.cohort.simulate import Simulated, simulate

__all__ = ["Simulated", "simulate"]
