"""Dates of FHIR, of which day or month may be left out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

EPOCH: Final = date(1970, 1, 1)
_DATE: Final = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2})(?:[T ].*)?)?)?")
#: The middle of a year or month stands for one that is not told any finer.
_MID_MONTH, _MID_YEAR = 15, (7, 1)


@dataclass(frozen=True)
class When:
    """A date.

    Attributes
    ----------
    days : since 1970-01-01
    whole : whether the day is known; else it is the middle of a month or a year
    """

    days: int
    whole: bool


@lru_cache(maxsize=10_000)
def read_date(text: str | None) -> When | None:
    """Read a date of FHIR, of which day or month may be left out; None where there is none to be read."""
    match = _DATE.fullmatch((text or "")[:40].strip())
    if match is None:
        return None
    year, month, day = (int(part) if part else None for part in match.groups())
    if year is None or not 1900 <= year <= 2100:
        return None
    try:
        if month is None:
            found = date(year, *_MID_YEAR)
        else:
            found = date(year, month, day if day is not None else _MID_MONTH)
    except ValueError:
        return None
    return When((found - EPOCH).days, day is not None)
