"""Words and numbers of a validation report."""

from __future__ import annotations

from math import isnan

from organotropism.validate.outcome import ANY
from organotropism.validate.resample import Estimate
from organotropism.validate.where import SEVERAL

NONE = "–"


def outcome_name(outcome: str) -> str:
    """Name of an outcome as readers see it."""
    return {ANY: "any distant disease", "other": "other sites", SEVERAL: "more than one site"}.get(
        outcome, outcome
    )


def field_name(field: str) -> str:
    """Name of a field of the patients as readers see it."""
    known = {"er": "ER", "pr": "PR", "her2": "HER2", "ki67": "Ki-67, %", "size_mm": "size, mm"}
    known |= {"age": "age, years", "anti_her2_therapy": "anti-HER2 therapy"}
    return known.get(field, field.replace("_", " "))


def decimal(value: float | None, digits: int) -> str:
    """A number with a fixed count of decimals, a dash where there is none."""
    if value is None or isnan(value):
        return NONE
    text = f"{value:.{digits}f}"
    return text.replace("-", "−") if float(text) else f"{0:.{digits}f}"


def interval(value: Estimate | None, digits: int) -> str:
    """A score with its interval where there is one: ``0.72 (0.69 to 0.75)``."""
    if value is None:
        return NONE
    text = decimal(value.value, digits)
    if value.low is None or value.high is None or value.low == value.high:
        return text
    return f"{text} ({decimal(value.low, digits)} to {decimal(value.high, digits)})"


def per_cent(value: Estimate | None) -> str:
    """A risk in per cent with one decimal, with its interval where there is one."""
    if value is None:
        return NONE
    low, high = (None if part is None else 100 * part for part in (value.low, value.high))
    return f"{interval(Estimate(100 * value.value, low, high), 1)} %"
