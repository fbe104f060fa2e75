"""Columns of codes: amounts are none, and 0 and 1 of HER2 alone do not say what they mean."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from organotropism.cohort.values import OTHERWISE, UNKNOWN, Coding
from organotropism.errors import InputError
from organotropism.patient import Patient

if TYPE_CHECKING:
    import polars as pl

RECEPTORS: Final = ("er", "pr", "her2")
#: Scores of immunohistochemistry; 2 awaits in situ hybridisation.
IHC: Final = {"0": "negative", "1": "negative", "2": "unknown", "3": "positive"}

_AMOUNT: Final = r"^[<>≤≥=]{0,2}\s*\d+(?:[.,]\d+)?\s*(?:%|fmol/mg)?$"
#: One digit, with .0 where a program made a decimal of it; 88 and 99 and the like stand for unknown.
_CODE: Final = r"^(?:0?\d|88+|99+)(?:[.,]0+)?$"
_SCORE: Final = re.compile(r"(?:ihc\s*)?([0-3])(?:\.0)?(\+*)")
#: A code has one digit; of more than this share of the cells, larger numbers are no slips.
_SLIPS: Final = 0.05


def is_coded(name: str) -> bool:
    """Whether a field of a patient has few values, which tables write as codes, numbers among them."""
    return name in RECEPTORS or Patient.model_fields[name].annotation == (bool | None)


def refuse_amounts(texts: pl.Series, coding: Coding, field: str, receptor: bool) -> None:
    """Refuse a column of measured amounts where one of codes is asked for.

    Raises
    ------
    InputError
        Unless the mapping says what numbers mean.
    """
    if coding.positive_from is not None or any(
        (code == OTHERWISE or re.match(_AMOUNT, code)) and word.casefold() not in UNKNOWN
        for code, word in coding.codes.items()
    ):
        return
    present = texts.drop_nulls()
    amounts = present.filter(present.str.contains(_AMOUNT) & ~present.str.contains(_CODE))
    if amounts.n_unique() < 2 or len(amounts) < _SLIPS * len(present):
        return
    expected = "codes for its texts"
    if receptor:
        expected += ", or positive_from = the least amount that is positive"
    raise InputError("holds amounts, not codes", field=field, expected=expected)


def her2_coding(texts: pl.Series, coding: Coding, field: str) -> Coding:
    """The coding of a HER2 column, with the scores of immunohistochemistry where it holds such.

    Any 2, 3 or + makes bare numbers scores. 0 and 1 alone may be a status as well.

    Raises
    ------
    InputError
        1 without any of these, and without a code that says what it means.
    """
    distinct = [text.strip().casefold() for text in texts.drop_nulls().unique().to_list()]
    open_ = [text for text in distinct if text not in UNKNOWN | coding.unknown and text not in coding.codes]
    scores = [match for text in open_ if (match := _SCORE.fullmatch(text))]
    if any(match[1] in "23" or match[2] or match[0].startswith("ihc") for match in scores):
        return replace(coding, codes=IHC | dict(coding.codes))
    if scores and len(scores) == len(open_) and any(match[1] == "1" for match in scores):
        expected = (
            'codes = { "0" = "negative", "1" = "positive" } for a status,'
            ' or codes = { "0" = "negative", "1" = "negative" } for IHC scores 0 and 1+'
        )
        raise InputError("holds 0 and 1 alone, which have two meanings", field=field, expected=expected)
    return coding
