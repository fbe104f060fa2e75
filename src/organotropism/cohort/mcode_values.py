"""Values of observations of mCODE in the words and units of a patient's record."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Final

from organotropism.cohort.mcode import CodeableConcept, Component, Observation
from organotropism.cohort.mcode_amounts import Amount, amount_of, of_quantity, of_range, of_text
from organotropism.cohort.mcode_codes import category, histology, meaning, stage_group

Value = str | float
NOT_READ: Final = "\0not read"
"""Stands for a value that cannot be read; no field of a record takes it."""
BOUND: Final = "\0bound"
"""Stands for a bound that does not tell the value, such as ``<10 %``; no field of a record takes it."""

#: Per cent of stained cells from which a hormone receptor is positive.
#: Allison KH et al. J Clin Oncol 2020;38:1346-1366. doi:10.1200/JCO.19.02309
POSITIVE_PERCENT: Final = 1.0
_GRADE: Final = re.compile(r"\bG(?:rade)?\s*([123])\b", re.I)
_LONGEST: Final = 60
_PERCENT: Final = frozenset({"%", "percent", "{percent}"})
#: Allred's score of staining goes from 0 to 8, of which 2 is still negative.
_HIGHEST_SCORE: Final = 8.0
#: yp and yc are categories after treatment, r at recurrence, a at autopsy.
_LATER: Final = "yra"


def value_of(role: str, observation: Observation) -> Value | None:
    """The value of an observation.

    Parameters
    ----------
    role : what the observation is, as in the table of codes, without ``clinical`` and the like

    Returns
    -------
    A word or number of the record; `NOT_READ`; `BOUND`; None for a category that is not that at diagnosis.
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


def _status(observation: Observation, *elements: str) -> Value:
    """By a code of the value, else of the interpretation, else the value as text.

    Parameters
    ----------
    elements : of the table of codes, beside `status`
    """
    for concept in (observation.valueCodeableConcept, *observation.interpretation):
        for element in ("status", *elements):
            found = meaning(element, concept)
            if found is not None:
                return found
    return _words(observation)


def _receptor(observation: Observation) -> Value:
    percent = _percent(observation, fractions=False)
    if percent is not None and percent.low >= POSITIVE_PERCENT:
        return "positive"
    if percent is not None and percent.is_below(POSITIVE_PERCENT):
        return "negative"
    # Of HER2 a weak stain is detected and still negative, so that these codes speak of ER and PR alone.
    status = _status(observation, "detected")
    told = status if status in ("positive", "negative") else _receptor_text(str(status))
    return BOUND if told == "" and percent is not None else told


def _receptor_text(text: str) -> Value:
    """A receptor's status of free text: ``<1%``, or a word as the record reads it."""
    percent = of_text(text)
    if percent is None or not (percent.units & _PERCENT or _cannot_be_a_score(percent)):
        return text
    if percent.low >= POSITIVE_PERCENT:
        return "positive"
    return "negative" if percent.is_below(POSITIVE_PERCENT) else BOUND


def _cannot_be_a_score(amount: Amount) -> bool:
    """Whether a number without a unit is read the same as per cent and as any score of staining."""
    return not amount.units and (amount.exact is None or amount.exact > _HIGHEST_SCORE)


def _percent(observation: Observation, *, fractions: bool) -> Amount | None:
    """Per cent of cells; None where none are told."""
    found = amount_of(observation)
    if found is None or not (0 <= found.low <= 100 and (found.high <= 100 or found.high == math.inf)):
        return None
    if found.units & _PERCENT:
        return found
    if not found.units:
        # Up to 1 it may be per cent or a fraction, so that it is only known to lie between the two.
        fraction = found.high < 1 or (found.high == 1 and not found.below)
        return Amount(found.low, found.high * 100, found.below) if fraction else found
    return found.times(100) if fractions and found.units == {"1"} else None


def _exactly(amount: Amount | None) -> Value:
    if amount is None:
        return ""
    return BOUND if amount.exact is None else amount.exact


def _ki67(observation: Observation) -> Value:
    percent = _percent(observation, fractions=True)
    if percent is None and (text := of_text(_words(observation))) and text.units & _PERCENT:
        percent = text if text.low <= 100 else None
    return _exactly(percent)


def _nodes(observation: Observation) -> Value:
    if observation.valueInteger is not None:
        # A count of nodes has at most a few digits.
        return observation.valueInteger if abs(observation.valueInteger) < 10**6 else ""
    text = of_text(_words(observation))
    return _exactly(amount_of(observation) or (None if text is None or text.units else text))


def _size(observation: Observation) -> Value:
    """The longest diameter in mm: of the components that say so, else the observation's own."""
    longest = [c for c in observation.component if _is_longest(c)]
    if longest:
        found = [of_quantity(c.valueQuantity) or of_range(c.valueRange) for c in longest]
    else:
        found = [amount_of(observation) or of_text(_words(observation))]
    sizes = [size for amount in found if (size := _millimetres(amount)) is not None]
    if not sizes:
        return ""
    largest = max(size.high for size in sizes)
    # A bound is of no consequence where another focus is larger.
    return BOUND if all(size.exact != largest for size in sizes) else largest


def _is_longest(component: Component) -> bool:
    return meaning("observation", component.code) == "size_mm"


def _millimetres(amount: Amount | None) -> Amount | None:
    if amount is None:
        return None
    factors = [factor for unit, factor in (("mm", 1.0), ("cm", 10.0)) if unit in amount.units]
    # A unit that says one thing as code and another as text says neither.
    return amount.times(factors[0]) if len(factors) == 1 else None


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
