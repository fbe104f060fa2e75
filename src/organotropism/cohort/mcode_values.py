"""Values of observations of mCODE in the words and units of a patient's record."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from typing import Final

from organotropism.cohort.mcode import CodeableConcept, Component, Observation, Quantity
from organotropism.cohort.mcode_codes import category, histology, meaning, stage_group

Value = str | float
NOT_READ: Final = "\0not read"
"""Stands for a value that cannot be read; no field of a record takes it."""

#: Per cent of stained cells from which a hormone receptor is positive.
#: Allison KH et al. J Clin Oncol 2020;38:1346-1366. doi:10.1200/JCO.19.02309
POSITIVE_PERCENT: Final = 1.0
_GRADE: Final = re.compile(r"\bG(?:rade)?\s*([123])\b", re.I)
_LONGEST: Final = 60
#: yp and yc are categories after treatment, r at recurrence, a at autopsy.
_LATER: Final = "yra"


def value_of(role: str, observation: Observation) -> Value | None:
    """The value of an observation.

    Parameters
    ----------
    role : what the observation is, as in the table of codes, without ``clinical`` and the like

    Returns
    -------
    A word or number of the record; `NOT_READ`; None for a category that is not that at diagnosis.
    """
    found = _READERS[role](observation)
    return NOT_READ if found == "" else found


def _words(observation: Observation) -> str:
    """The value as text, where no code of it is known."""
    concept = observation.valueCodeableConcept
    texts = [observation.valueString]
    if concept is not None:
        texts += [concept.text, *(coding.display for coding in concept.coding)]
    return next((text.strip()[:_LONGEST] for text in texts if text and text.strip()), "")


def _status(observation: Observation) -> Value:
    found = meaning("status", observation.valueCodeableConcept)
    if found is not None:
        return found
    for concept in observation.interpretation:
        found = meaning("status", concept)
        if found is not None:
            return found
    return _words(observation)


def _receptor(observation: Observation) -> Value:
    percent = _percent(observation.valueQuantity, fractions=False)
    if percent != "":
        return "positive" if float(percent) >= POSITIVE_PERCENT else "negative"
    return _status(observation)


def _percent(quantity: Quantity | None, *, fractions: bool) -> Value:
    if quantity is None or quantity.value is None or not 0 <= quantity.value <= 100:
        return ""
    units = {unit.strip() for unit in (quantity.code, quantity.unit) if unit and unit.strip()}
    if units & {"%", "percent", "{percent}"} or not units:
        return quantity.value
    return quantity.value * 100 if fractions and units == {"1"} else ""


def _ki67(observation: Observation) -> Value:
    return _percent(observation.valueQuantity, fractions=True)


def _nodes(observation: Observation) -> Value:
    if observation.valueInteger is not None:
        # A count of nodes has at most a few digits.
        return observation.valueInteger if abs(observation.valueInteger) < 10**6 else ""
    quantity = observation.valueQuantity
    return "" if quantity is None or quantity.value is None else _finite(quantity.value)


def _size(observation: Observation) -> Value:
    """The longest diameter in mm: of the components that say so, else the observation's own."""
    longest = [c for c in observation.component if _is_longest(c)]
    quantities: Iterable[Quantity | None] = [c.valueQuantity for c in longest] or [observation.valueQuantity]
    sizes = [size for quantity in quantities if (size := _millimetres(quantity)) is not None]
    return max(sizes) if sizes else ""


def _is_longest(component: Component) -> bool:
    return meaning("observation", component.code) == "size_mm"


def _millimetres(quantity: Quantity | None) -> float | None:
    if quantity is None or quantity.value is None or not math.isfinite(quantity.value):
        return None
    factors = {"mm": 1.0, "cm": 10.0}
    for unit in (quantity.code, quantity.unit):
        factor = factors.get((unit or "").strip().casefold())
        if factor is not None:
            return quantity.value * factor
    return None


def _grade(observation: Observation) -> Value:
    found = meaning("grade", observation.valueCodeableConcept)
    if found is not None:
        return found
    if observation.valueInteger is not None:
        return str(observation.valueInteger) if abs(observation.valueInteger) < 10 else ""
    match = _GRADE.search(_words(observation))
    return match[1] if match else ""


def _histology(observation: Observation) -> Value:
    return histology(observation.valueCodeableConcept) or ""


def _category(letter: str) -> Callable[[Observation], Value | None]:
    def read(observation: Observation) -> Value | None:
        found = category(observation.valueCodeableConcept)
        if found is None or not found[1].startswith(letter):
            return ""
        return None if set(found[0]) & set(_LATER) else found[1]

    return read


def m_of_stage(concept: CodeableConcept | None) -> Value | None:
    """M that a stage group tells: IV is distant disease, every other one excludes it; as `value_of`."""
    found = stage_group(concept)
    if found is None:
        return NOT_READ
    return None if set(found[0]) & set(_LATER) else "M1" if found[1] else "M0"


def _finite(value: float) -> Value:
    return value if math.isfinite(value) else ""


_READERS: Final[dict[str, Callable[[Observation], Value | None]]] = {
    "er": _receptor,
    "pr": _receptor,
    "her2": _status,
    "ki67": _ki67,
    "positive_nodes": _nodes,
    "size_mm": _size,
    "grade": _grade,
    "histology": _histology,
    "t": _category("T"),
    "n": _category("N"),
    "m": _category("M"),
    "stage": lambda observation: m_of_stage(observation.valueCodeableConcept),
}
