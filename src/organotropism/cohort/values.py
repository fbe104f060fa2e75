"""Reading a column of a table as a field of a patient: codes, units, unknowns."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Final, get_args

from pydantic import BeforeValidator, TypeAdapter, ValidationError

from organotropism.cohort.columns import MISSING, Column, Outcome, read_distinct
from organotropism.cohort.numbers import POINT, Marks
from organotropism.errors import IneligibleError, InputError
from organotropism.patient import Patient
from organotropism.patient_values import UNKNOWN_WORDS, Choice, read_number

if TYPE_CHECKING:
    import polars as pl

#: What tables write where there is nothing to write, in lower case.
UNKNOWN: Final = UNKNOWN_WORDS | {
    *("null", ".", "?", "missing", "unk", "not known", "not recorded", "not done", "not determined"),
    *("not available", "[not available]", "not applicable", "[not applicable]"),
    *("[unknown]", "[not evaluated]", "[discrepancy]"),
}
#: Factor from the unit of a table to that of the record.
UNITS: Final[Mapping[str, Mapping[str, float]]] = {
    "size_mm": {"mm": 1.0, "cm": 10.0},
    "ki67": {"%": 1.0, "fraction": 100.0},
    "age": {"years": 1.0, "months": 1 / 12, "days": 1 / 365.25},
}
OTHERWISE: Final = "*"
"""In a list of codes: what every text not listed means."""

_BAND: Final = re.compile(r"(\d{1,3})\s*(?:-|–|—|to|bis|à|a)\s*(\d{1,3})(?:\s*(?:years?|yrs?|y|jahre?))?")
_AMOUNT: Final = re.compile(r"(<=|>=|[<>≤≥])?\s*(\d[\d.,]*)\s*(?:%|fmol/mg)?")
_RANGES: Final = frozenset({"greater_than", "greater_than_equal", "less_than", "less_than_equal"})


@dataclass(frozen=True)
class Coding:
    """How a column is written.

    Attributes
    ----------
    codes : text of the table, in lower case, to the word of the record; `OTHERWISE` for all other texts
    unknown : further texts, in lower case, that mean unknown
    factor : units of the record in one of the table's
    marks : what its numbers have between the digits
    misspelt : whether a word one letter away from a single known one is read as it
    positive_from : amounts of this and more are positive, smaller ones negative; None: no amounts
    bands : whether a band such as 50-54 is read as its middle
    """

    codes: Mapping[str, str] = field(default_factory=dict)
    unknown: frozenset[str] = frozenset()
    factor: float = 1.0
    marks: Marks = POINT
    misspelt: bool = False
    positive_from: float | None = None
    bands: bool = False

    def decoded(self, value: Any) -> Any:
        """The word of the record for a text of the table; None for unknown."""
        if not isinstance(value, str):
            return value
        key = value.strip().casefold()
        for form in (key, key.removesuffix(".0")):
            if form in self.codes:
                word = self.codes[form]
                return None if word.casefold() in UNKNOWN else word
        if key in UNKNOWN or key in self.unknown:
            return None
        return self.codes.get(OTHERWISE, value)

    def number(self, value: Any) -> Any:
        """The value in the record's unit; whatever is no number stays as it is.

        Raises
        ------
        InputError
            A number whose marks cannot be told apart.
        """
        if isinstance(value, str) and self.positive_from is not None:
            return self._by_amount(value, self.positive_from)
        if isinstance(value, str) and self.bands and (band := _BAND.fullmatch(value.strip().casefold())):
            return (float(band[1]) + float(band[2])) / 2
        if isinstance(value, str):
            value = self.marks.plain(value)
            if value is None:
                raise InputError("has a mark that may be of decimals or of thousands")
        if self.factor == 1.0:
            return value
        number = read_number(value)
        return None if number is None else number * self.factor

    def _by_amount(self, text: str, least: float) -> str:
        """Positive or negative by an amount, or by a bound of it that decides; words stay as they are."""
        match = _AMOUNT.fullmatch(text.strip())
        plain = None if match is None else self.marks.plain(match[2])
        if match is None or plain is None:
            return text
        amount, bound = float(plain), match[1]
        below = bound in {"<", "≤", "<="}
        decides = bound is None or (
            amount < least or (bound == "<" and amount == least) if below else amount >= least
        )
        if not decides:
            raise InputError("is a bound that decides nothing")
        return "negative" if below or amount < least else "positive"


PLAIN: Final = Coding()


def covariate_type(name: str) -> Any:
    """Column type of a field of `Patient`: text, number, whole number or yes/no."""
    import polars as pl

    kinds: dict[type, Any] = {float: pl.Float64, int: pl.Int64, bool: pl.Boolean}
    named = get_args(Patient.model_fields[name].annotation)
    found = pl.Int64 if name == "grade" else next((kinds[kind] for kind in named if kind in kinds), pl.String)
    return found


def read_covariate(name: str, texts: pl.Series, coding: Coding = PLAIN) -> Column:
    """Read a column as a field of `Patient`; every different value is read once.

    Parameters
    ----------
    name : field of `Patient`
    texts : (n,) as in the table; numbers and booleans may come as such
    coding : how the table writes it
    """
    return read_distinct(texts, lambda value: _read(name, value, coding), covariate_type(name))


def _read(name: str, value: Any, coding: Coding) -> Outcome:
    word = coding.decoded(value)
    if word is None:
        return MISSING
    try:
        number = word if name == "id" else coding.number(word)
        return Outcome(_adapter(name).validate_python(number))
    except ValidationError as error:
        details = error.errors(include_url=False)[0]
        cause = details.get("ctx", {}).get("error")
        if isinstance(cause, IneligibleError):
            return Outcome(refused=f"{name} {cause.problem}")
        if details["type"] in _RANGES:
            return Outcome(out_of_range=True)
        return _unreadable(name, word, coding)
    except InputError:
        return Outcome(unknown_code=True)


def _unreadable(name: str, word: Any, coding: Coding) -> Outcome:
    """A misspelt word as what it must mean, else an unknown code."""
    if coding.misspelt and isinstance(word, str):
        for mark in Patient.model_fields[name].metadata:
            if isinstance(mark, BeforeValidator) and isinstance(mark.func, Choice):
                meant = misspelt(word, mark.func)
                if meant is not None:
                    return Outcome(meant, misspelt=True)
    return Outcome(unknown_code=True)


def misspelt(word: str, choice: Choice) -> object:
    """The one value that a word of a table can mean with one letter left out, added, changed or swapped.

    None where it could mean several values or none; words of fewer than five letters are never guessed at.
    """
    key = word.strip().casefold()
    if not 5 <= len(key) <= 40:
        return None
    long = {known: value for known, value in choice.known.items() if len(known) >= 5}
    meant = {value for known, value in long.items() if _one_letter_off(key, known)}
    return meant.pop() if len(meant) == 1 else None


def _one_letter_off(a: str, b: str) -> bool:
    if abs(len(a) - len(b)) > 1:
        return False
    start = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    rest_a, rest_b = a[start:], b[start:]
    swapped = rest_a[:2] == rest_b[:2][::-1] and rest_a[2:] == rest_b[2:]
    return swapped or rest_a[1:] == rest_b or rest_a == rest_b[1:] or rest_a[1:] == rest_b[1:]


@cache
def _adapter(name: str) -> TypeAdapter[Any]:
    """Reader of one field, exactly as the record of a patient reads it."""
    field_info = Patient.model_fields[name]
    form: Any = Annotated[(field_info.annotation, *field_info.metadata)]
    return TypeAdapter(form)
