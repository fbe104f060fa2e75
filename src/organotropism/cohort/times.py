"""Reading times and statuses of a table: numbers in a unit, or dates; yes and no in words of the field."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from organotropism.cohort.columns import MISSING, Column, Outcome, read_distinct
from organotropism.cohort.values import PLAIN, Coding
from organotropism.errors import InputError
from organotropism.patient_values import Choice, read_number

if TYPE_CHECKING:
    import polars as pl

DAYS_IN_YEAR: Final = 365.25
#: Of each unit in a year.
IN_YEAR: Final = {"days": DAYS_IN_YEAR, "30-day months": DAYS_IN_YEAR / 30, "months": 12.0, "years": 1.0}
LONGEST: Final = 80.0
"""Years. Nobody is observed for longer: it must be a date, another unit, or stand for unknown."""

EARLIEST: Final = date(1930, 1, 1)
"""No series of breast cancer goes back further; 1900-01-01 and the like stand for unknown."""

NOT_FOUND: Final = "not found"
"""Word of a time that says: did not happen."""

_ISO: Final = ("%Y-%m-%d", "%Y/%m/%d", "%Y-%m", "%Y/%m", "%Y")
_CLOCK: Final = re.compile(r"^(.*\d)[ T]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?$")
_PREFIX: Final = re.compile(r"^([01])\s*:\s*")
#: Where only month or year are known, the middle of it.
_MID_MONTH: Final = 15
_MID_YEAR: Final = (7, 1)

YES_NO: Final = Choice.of(
    "yes or no",
    {
        True: "yes;y;1;t;positive;pos;present;found;event;progressed;recurred;relapsed;+;ja;j;oui;si;sí;sim"
        ";да;есть;positiv;positif;positivo",
        False: "no;n;0;f;negative;neg;absent;none;not found;censored;disease free;diseasefree"
        ";not recurred;not progressed;not relapsed;free;-;nein;non;não;нет;negativ;négatif;negatif;negativo",
    },
)
DEATH: Final = Choice.of(
    "whether the patient died",
    {
        True: "yes;y;1;dead;deceased;died;d;death;died of disease;died of other causes;dead of disease"
        ";dead of other causes;dod;doc;d d.s.;d o.c.;d-d.s.;d-o.c.;deceased with tumor;ja;j;oui;si;sí;да"
        ";verstorben;gestorben;tot;décédé;décédée;decede;decedee;mort;morte;fallecido;fallecida;muerto;muerta"
        ";exitus;deceduto;deceduta;умер;умерла;умер(ла)",
        False: "no;n;0;alive;living;a;censored;lost to follow up;lost to followup;awd;ned"
        ";alive with disease;no evidence of disease;nein;non;нет;lebend;lebt;am leben;vivant;vivante;en vie"
        ";vivo;viva;vivo/a;жив;жива;жив(а)",  # noqa: RUF001
    },
)


def read_status(texts: pl.Series, choice: Choice, coding: Coding = PLAIN) -> Column:
    """Read yes and no, also with the ``0:`` or ``1:`` that some portals write before the word.

    Parameters
    ----------
    choice : `YES_NO` or `DEATH`
    """
    import polars as pl

    return read_distinct(texts, lambda value: _status(value, choice, coding), pl.Boolean)


def _status(value: Any, choice: Choice, coding: Coding) -> Outcome:
    word = coding.decoded(value)
    prefix = _PREFIX.match(word) if isinstance(word, str) else None
    if prefix is not None:
        # The portals' number says it all; the word after it is for readers.
        word = prefix.group(1)
    if word is None:
        return MISSING
    try:
        return Outcome(choice(word))
    except InputError:
        return Outcome(unknown_code=True)


def read_duration(texts: pl.Series, unit: str, coding: Coding = PLAIN) -> Column:
    """Read times since diagnosis in days, months or years, as years; infinite where not found.

    Negative times are kept: what they mean is for the rules of a cohort to say. 8888 and 9999 days stand for
    unknown where they are no time like the others.
    """
    import polars as pl

    column = read_distinct(texts, lambda value: _duration(value, IN_YEAR[unit], coding), pl.Float64)
    if unit != "days":
        return column
    days = column.values * DAYS_IN_YEAR
    marked = days.round(6).is_in([8888.0, 9999.0]).fill_null(value=False)
    others = days.filter(days.is_finite() & ~marked).max()
    for sentinel in (8888.0, 9999.0):
        here = (days.round(6) == sentinel).fill_null(value=False)
        # One such day near the range of the others is a day; what stands out, or comes again, is not.
        beyond = 1.0 if here.sum() > 1 else 1.1
        if here.any() and (not isinstance(others, float) or sentinel > beyond * others):
            column = column.failing(here.to_numpy())
    return column


def _duration(value: Any, in_year: float, coding: Coding) -> Outcome:
    try:
        word = coding.decoded(value)
        if isinstance(word, str) and word.strip().casefold() in {NOT_FOUND, "inf", "infinity"}:
            return Outcome(float("inf"))
        number = read_number(coding.number(word))
    except InputError:
        return Outcome(unknown_code=True)
    if number is None:
        return MISSING
    years = number / in_year
    return Outcome(out_of_range=True) if abs(years) > LONGEST else Outcome(years)


def read_dates(texts: pl.Series, formats: Sequence[str] = (), coding: Coding = PLAIN) -> Column:
    """Read dates as days since 1970-01-01; of a month or a year alone, its middle.

    Parameters
    ----------
    formats : to try, as in Python; then ISO dates
    """
    import polars as pl

    return read_distinct(texts, lambda value: _date(value, formats, coding), pl.Float64)


def read_years(texts: pl.Series, formats: Sequence[str], coding: Coding = PLAIN) -> pl.Series:
    """The calendar years of dates as text, for `year_of_diagnosis`; what is no date stays as it is."""
    import polars as pl

    def year(value: Any) -> Outcome:
        found = _parsed(coding.decoded(value), formats)
        return Outcome(str(found.year) if found else value)

    return read_distinct(texts, year, pl.String).values


def _date(value: Any, formats: Sequence[str], coding: Coding) -> Outcome:
    word = coding.decoded(value)
    if word is None:
        return MISSING
    if isinstance(word, str) and word.strip().casefold() in {NOT_FOUND, "inf"}:
        return Outcome(float("inf"))
    found = _parsed(word, formats)
    if found is None:
        return Outcome(unknown_code=True)
    if not EARLIEST <= found <= date.today():
        return Outcome(out_of_range=True)
    return Outcome(float((found - date(1970, 1, 1)).days))


def _parsed(word: Any, formats: Sequence[str]) -> date | None:
    if not isinstance(word, str):
        return None
    clock = _CLOCK.match(word.strip())
    text = clock.group(1) if clock else word.strip()
    for form in (*formats, *_ISO):
        try:
            found = datetime.strptime(text, form).date()
        except ValueError:
            continue
        if "%y" in form and found > date.today():
            # Python takes 45 as 2045.
            found = found.replace(year=found.year - 100)
        if any(mark in form for mark in ("%d", "%j", "%x", "%c", "%D")):
            return found
        months = any(mark in form for mark in ("%m", "%b", "%B"))
        return found.replace(day=_MID_MONTH) if months else date(found.year, *_MID_YEAR)
    return None
