"""Reading values as people write them: unknowns, numbers, and words with their synonyms."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Final

from organotropism.errors import InputError, did_you_mean, one_of

UNKNOWN_WORDS: Final = frozenset({"", "unknown", "na", "n/a", "nan"})
"""Texts, in any case, that mean the same as leaving the field out."""

_DASHES: Final = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2212", "-"))
# What joins two words, but not the minus of a receptor.
_JOINED: Final = re.compile(r"(?<=[^\W_])[-_](?=[^\W_])|\s+")
_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,2})?", re.ASCII)
# Nothing clinical has more digits, and Python refuses to convert very long ones.
_LONGEST_NUMBER: Final = 40


def read_text(value: object) -> str | None:
    """Free text, trimmed; a number becomes its digits; an unknown becomes None."""
    if isinstance(value, str):
        text = value.strip()
        return None if text.casefold() in UNKNOWN_WORDS else text
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Integral) and abs(int(value)) < 10**_LONGEST_NUMBER:
        return str(int(value))
    if value is None or isinstance(value, Real):
        number = read_number(value)
        return None if number is None else f"{number:.0f}" if number.is_integer() else str(number)
    raise InputError("is not text", value=value, expected="text or a number", code="not_text", safe=True)


def read_number(value: object) -> float | None:
    """A number from a number or its text; an unknown becomes None. Ranges are the record's business."""
    if value is None:
        return None
    # Real includes the number types of numpy, which rows of a data frame may hold.
    if isinstance(value, int | float | Real) and not isinstance(value, bool):
        try:
            # Adding zero makes a negative zero a plain one.
            number = float(value) + 0.0
        except OverflowError:
            number = math.inf
        if math.isinf(number):
            raise InputError(
                "is not a finite number", expected="a number or unknown", code="not_a_number", safe=True
            )
        return None if math.isnan(number) else number
    if not isinstance(value, str):
        raise _no_number(value, "a number or unknown")
    text = value.strip()
    if text.casefold() in UNKNOWN_WORDS:
        return None
    if len(text) <= _LONGEST_NUMBER and _NUMBER.fullmatch(text):
        return read_number(float(text))
    comma = "," in text and _NUMBER.fullmatch(text.replace(",", ".", 1))
    form = "a number with a decimal point" if comma else "a number without its unit"
    raise _no_number(value, f"{form}, or unknown")


def _no_number(value: object, expected: str) -> InputError:
    return InputError("is not a number", value=value, expected=expected, code="not_a_number", safe=True)


def read_list(value: object, what: str) -> list[object]:
    """Items of a list, or of text parted by ``;``; an unknown is an empty list."""
    if isinstance(value, list | tuple):
        return list(value)
    if value is not None and not isinstance(value, str | float):
        problem, expected = f"is not a list of {what}", f"{what} parted by ;"
        raise InputError(problem, value=value, expected=expected, code="not_a_list", safe=True)
    text = read_text(value)
    return [] if text is None else [part for part in text.split(";") if part.strip()]


def read_whole_number(value: object) -> int | None:
    """A whole number from a number or its text; an unknown becomes None."""
    number = read_number(value)
    if number is None:
        return None
    if not number.is_integer():
        expected = "a whole number or unknown"
        raise InputError(
            "is not a whole number", value=value, expected=expected, code="not_a_number", safe=True
        )
    return int(number)


@dataclass(frozen=True, slots=True)
class Choice:
    """Reader of a field with few allowed values, each with other ways of writing it.

    Parameters
    ----------
    kind
        What the values are, with an article: ``a receptor status``.
    known
        Every accepted text, in lower case, and the value it means.
    names
        The allowed values as shown to users.
    refused
        Texts that have a reason of their own to be refused, and the reason.
    optional
        Whether a record may leave the field unknown; it only changes what messages say is expected.
    """

    kind: str
    known: Mapping[str, object]
    names: tuple[str, ...]
    refused: Mapping[str, str]
    optional: bool = True

    @classmethod
    def of(cls, kind: str, words: Mapping[object, str], refused: Mapping[str, str] | None = None) -> Choice:
        """Build from the allowed values, each with its synonyms in one text parted by ``;``."""
        known: dict[str, object] = {}
        for value, synonyms in words.items():
            known[str(value).casefold()] = value
            known.update((synonym, value) for synonym in synonyms.split(";") if synonym)
        names = tuple(str(value).lower() if isinstance(value, bool) else str(value) for value in words)
        return cls(kind, known, names, refused or {})

    @property
    def expected(self) -> str:
        """The allowed values as a phrase."""
        return one_of([*self.names, "unknown"] if self.optional else self.names)

    def __call__(self, value: object) -> object:
        """Return the allowed value meant, or None for unknown.

        Raises
        ------
        InputError
            The text means none of the allowed values.
        """
        # Most values are written as they should be; what follows is for those that are not.
        if isinstance(value, str) and value in self.known:
            return self.known[value]
        if isinstance(value, dict | list | tuple):
            raise self._refusal(value, f"is not {self.kind}")
        text = read_text(value)
        if text is None:
            return None
        key = text.casefold().translate(_DASHES)
        spaced = _JOINED.sub(" ", key)
        # "2.0" is what a table writes for the whole number 2 where other rows lack the value.
        for form in (key, spaced, key.removesuffix(".0")):
            if form in self.known:
                return self.known[form]
            if form in self.refused:
                raise self._refusal(value, self.refused[form], code="ambiguous")
        hint = did_you_mean(text, [*self.known, *self.names])
        raise self._refusal(value, f"is not {self.kind}", hint)

    def _refusal(self, value: object, problem: str, hint: str = "", code: str = "not_a_choice") -> InputError:
        return InputError(problem, value=value, expected=self.expected, hint=hint, code=code, safe=True)
