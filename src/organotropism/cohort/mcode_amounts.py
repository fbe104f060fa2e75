"""Amounts of observations: an exact number, or a bound such as ``<1 %`` or ``20-30 mm``, with its unit."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Final

from organotropism.cohort.mcode import Observation, Quantity, Range
from organotropism.cohort.mcode_codes import system_of

_WORDS: Final = {
    "≤": "<=",
    "≥": ">=",
    "less than or equal to": "<=",
    "greater than or equal to": ">=",
    "less than": "<",
    "greater than": ">",
    "more than": ">",
    "fewer than": "<",
    "under": "<",
    "over": ">",
    "below": "<",
    "above": ">",
    "at least": ">=",
    "at most": "<=",
    "up to": "<=",
}
_NUMBER: Final = r"\d{1,6}(?:[.,]\d{1,3})?"
_TEXT: Final = re.compile(
    rf"(?P<sign><=|>=|<|>)?\s*(?P<low>{_NUMBER})\s*(?:(?:-|to)\s*(?P<high>{_NUMBER}))?\s*(?P<unit>%|[a-z]*)\.?"
)
_DASHES: Final = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2212", "-"))
#: Three digits after a comma may be thousands.
_UNCLEAR_COMMA: Final = re.compile(r"\d,\d{3}")
_LONGEST: Final = 60


@dataclass(frozen=True)
class Amount:
    """What is told of an amount that is not below zero.

    Attributes
    ----------
    low, high : between which it lies; equal for an exact one
    below : whether it is less than `high`, not equal to it
    units : as written, in lower case; empty where none is
    """

    low: float
    high: float
    below: bool = False
    units: frozenset[str] = frozenset()

    @property
    def exact(self) -> float | None:
        """The number, where it is told."""
        return self.low if self.low == self.high else None

    def is_below(self, cut_off: float) -> bool:
        """Whether the whole of it lies below a cut-off."""
        return self.high < cut_off or (self.below and self.high == cut_off)

    def times(self, factor: float) -> Amount:
        """The same in another unit."""
        return Amount(self.low * factor, self.high * factor, self.below)


def amount_of(observation: Observation) -> Amount | None:
    """The amount that an observation tells as a quantity or range; None where it tells none."""
    quantity = observation.valueQuantity
    if quantity is not None:
        return of_quantity(quantity, _off_scale(observation))
    return of_range(observation.valueRange)


def _off_scale(observation: Observation) -> str | None:
    """A comparator that stands as the interpretation: the value is the end of what can be measured."""
    codings = (coding for concept in observation.interpretation for coding in concept.coding)
    codes = (coding.code for coding in codings if system_of(coding.system) == "INTERPRETATION")
    return next((code for code in codes if code in {"<", ">"}), None)


def of_quantity(quantity: Quantity | None, comparator: str | None = None) -> Amount | None:
    """The amount of a quantity; an unknown comparator leaves everything open.

    Parameters
    ----------
    comparator : where the quantity itself has none
    """
    if quantity is None or quantity.value is None or not math.isfinite(quantity.value):
        return None
    return _compared(quantity.value, quantity.comparator or comparator, _units(quantity))


def _compared(value: float, comparator: str | None, units: frozenset[str]) -> Amount:
    if comparator is None:
        return Amount(value, value, units=units)
    if comparator in {"<", "<="}:
        return Amount(0.0, value, comparator == "<", units)
    # Nothing that is asked of a number needs to know whether a lower bound belongs to it.
    return Amount(value if comparator in {">", ">="} else 0.0, math.inf, units=units)


def _units(quantity: Quantity) -> frozenset[str]:
    texts = (quantity.code, quantity.unit)
    return frozenset(unit.strip().casefold() for unit in texts if unit and unit.strip())


def of_range(found: Range | None) -> Amount | None:
    """The amount of a range, open where an end is left out; None for ends of different units."""
    ends = [] if found is None else [end for end in (found.low, found.high) if end is not None]
    if found is None or not ends or any(end.value is None or not math.isfinite(end.value) for end in ends):
        return None
    units = {_units(end) for end in ends}
    if len(units) > 1:
        return None
    low = 0.0 if found.low is None or found.low.value is None else found.low.value
    high = math.inf if found.high is None or found.high.value is None else found.high.value
    return Amount(low, high, units=units.pop()) if low <= high else None


def of_text(text: str) -> Amount | None:
    """The amount that a text is, such as ``<1%``, ``>= 50 mm`` or ``10-20 %``; None for any other text."""
    key = text.strip().casefold().translate(_DASHES)[:_LONGEST]
    for word, sign in _WORDS.items():
        if key.startswith(word):
            key = sign + key.removeprefix(word)
            break
    found = _TEXT.fullmatch(key)
    if found is None or _UNCLEAR_COMMA.search(key):
        return None
    units = frozenset({found["unit"]} - {""})
    low = float(found["low"].replace(",", "."))
    if found["high"] is None:
        return _compared(low, found["sign"], units)
    high = float(found["high"].replace(",", "."))
    return Amount(low, high, units=units) if low <= high and not found["sign"] else None
