"""Gene names that a spreadsheet turned into dates: SEPT8 becomes 8-Sep, in the language of its owner.

Ziemann M et al. Genome Biol 2016;17:177. doi:10.1186/s13059-016-1044-7
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, timedelta
from typing import Final

#: Months after which genes are named, by the beginnings of their names in the languages of Europe.
_MONTHS: Final = {
    2: ("feb", "fev", "lut", "фев"),
    3: ("mar", "mrz", "mrt", "maer", "mae", "мар"),
    4: ("apr", "avr", "abr", "kwi", "апр"),
    9: ("sep", "set", "wrz", "сен"),
    10: ("oct", "okt", "ott", "out", "paz", "окт"),
    11: ("nov", "noi", "lis", "ноя"),
    12: ("dec", "dez", "dic", "des", "gru", "дек"),
}
_GENES: Final = {
    2: ("FEB",),
    3: ("MARCH", "MARC"),
    4: ("APR",),
    9: ("SEPT", "SEP"),
    10: ("OCT",),
    11: ("NOV",),
    12: ("DEC",),
}
#: MARCH1 and MARC1, MARCH2 and MARC2 both become the same date.
_SHARED: Final = {(3, 1), (3, 2)}
_WORD: Final = r"(?P<month>[^\W\d_]{3,10})\.?"
_DAY: Final = r"(?P<day>\d{1,2})"
_FORMS: Final = (
    re.compile(rf"{_DAY}\.?[-./ ]\s?{_WORD}(?:[-./ ]\s?(?:\d\d|\d{{4}}))?"),
    re.compile(rf"{_WORD}[-./ ]\s?{_DAY}"),
)
_TIME: Final = r"(?:[T ]00:00(?::00(?:\.0+)?)?)?"
_ISO: Final = re.compile(rf"(?P<year>\d{{4}})-(?P<month>\d\d)-(?P<day>\d\d){_TIME}")
_NUMERIC: Final = re.compile(rf"(?P<one>\d{{1,2}})(?P<mark>[./-])(?P<two>\d{{1,2}})(?P=mark)\d{{2,4}}{_TIME}")
_SERIAL: Final = re.compile(r"[34]\d{4}(?:\.0)?")
#: Day 0 of the dates of spreadsheets.
_EPOCH: Final = date(1899, 12, 30)
#: Serial numbers of 2000 to 2040; no human gene has such an Entrez id.
_SERIALS: Final = range(36526, 51502)


def genes_of_date(name: str) -> tuple[tuple[str, ...], bool]:
    """Former symbols that a name may have been before a spreadsheet took it for a date.

    Returns
    -------
    The symbols, and whether they are all that the name can mean: a gene of several that share a date, a date
    that may be read in two ways, or a plain number, is not told.
    """
    key = _plain(name)
    for form in _FORMS:
        found = form.fullmatch(key)
        if found is not None and (month := _month(found["month"])) is not None:
            return _genes([(month, int(found["day"]))])
    found = _ISO.fullmatch(key)
    if found is not None:
        return _genes(_month_and_year(int(found["year"]), int(found["month"]), int(found["day"])))
    found = _NUMERIC.fullmatch(key)
    if found is not None:
        one, two = int(found["one"]), int(found["two"])
        return _genes([(two, one)] if found["mark"] == "." or one == two else [(one, two), (two, one)])
    if _SERIAL.fullmatch(key) and int(float(key)) in _SERIALS:
        day = _EPOCH + timedelta(days=int(float(key)))
        return _genes(_month_and_year(day.year, day.month, day.day))[0], False
    return (), False


def _plain(name: str) -> str:
    """In lower case, without accents."""
    text = unicodedata.normalize("NFKD", name.strip()[:40].casefold())
    return "".join(letter for letter in text if not unicodedata.combining(letter))


def _month(word: str) -> int | None:
    return next((month for month, starts in _MONTHS.items() if word.startswith(starts)), None)


def _month_and_year(year: int, month: int, day: int) -> list[tuple[int, int]]:
    """A date of the first of a month may also have been month and year: 8 as in Sep-08."""
    return [(month, day)] + ([(month, year % 100)] if day == 1 and year % 100 != 1 else [])


def _genes(dates: list[tuple[int, int]]) -> tuple[tuple[str, ...], bool]:
    dates = [(month, number) for month, number in dates if month in _GENES and 1 <= number <= 15]
    symbols = tuple(f"{stem}{number}" for month, number in dates for stem in _GENES[month])
    return symbols, len(dates) == 1 and dates[0] not in _SHARED
