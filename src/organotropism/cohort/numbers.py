"""Marks within numbers: which is the decimal mark of a column, and which one parts the thousands.

A point or comma before exactly three digits can be either. The column decides, then the other columns of
its table; what stays open is an unknown code, never a thousandth or a thousandfold of what was meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    import polars as pl

Mark = Literal[".", ","]
MARKS: Final[tuple[Mark, Mark]] = (".", ",")

_SIGN: Final = r"^[+\-]?"
#: Blanks (also those that do not break), apostrophes and low lines never are decimal marks.
_BLANKS: Final = " \u00a0\u2009\u202f'\u2019_"
_BLANK_GROUPS: Final = re.compile(rf"{_SIGN}\d{{1,3}}(?:([{_BLANKS}])\d{{3}})(?:\1\d{{3}})*(?:[.,]\d+)?$")
_NUMBER: Final = re.compile(r"[+\-]?[\d.,]*\d[\d.,]*")


def _patterns(mark: Mark, other: Mark) -> dict[str, str]:
    m, o = re.escape(mark), re.escape(other)
    return {
        "either": rf"{_SIGN}[1-9]\d{{0,2}}{m}\d{{3}}$",
        "thousands": rf"{_SIGN}[1-9]\d{{0,2}}(?:(?:{m}\d{{3}}){{2,}}(?:{o}\d+)?|{m}\d{{3}}{o}\d+)$",
        "decimal": rf"{_SIGN}\d*{m}\d+(?:[eE][+\-]?\d{{1,2}})?$",
        "round": rf"{_SIGN}[1-9]\d{{0,2}}{m}\d{{2}}0$",
    }


_FORMS: Final = {".": _patterns(".", ","), ",": _patterns(",", ".")}
_PLAIN: Final = r"^[+\-]?[1-9]\d{2,}$"


@dataclass(frozen=True)
class Marks:
    """How the numbers of one column are written.

    Attributes
    ----------
    decimal : marks that part the decimals, where the digits after them can be nothing else
    point, comma : what each is before exactly three digits; None where nothing shows it
    blanks : whether blanks and apostrophes may part the thousands
    """

    decimal: frozenset[str] = frozenset(".")
    point: Literal["decimal", "thousands"] | None = "decimal"
    comma: Literal["decimal", "thousands"] | None = None
    blanks: bool = False

    def plain(self, text: str) -> str | None:
        """The number with a decimal point and no other mark; None where its marks cannot be told apart.

        Whatever is no number at all comes back as it is.
        """
        text = text.strip()
        if self.blanks and _BLANK_GROUPS.match(text):
            text = re.sub(rf"[{_BLANKS}]", "", text)
        if not ("." in text or "," in text) or not _NUMBER.fullmatch(text):
            return text
        for mark, role in ((".", self.point), (",", self.comma)):
            forms = _FORMS[mark]
            if re.match(forms["thousands"], text):
                return text.replace(mark, "").replace(",", ".")
            if re.match(forms["either"], text):
                return None if role is None else text.replace(mark, "" if role == "thousands" else ".")
            if re.match(forms["decimal"], text):
                return text.replace(mark, ".") if mark in self.decimal else None
        return None


POINT: Final = Marks()
"""Decimal points, and no thousands."""


def decimal_mark(columns: Iterable[pl.Series]) -> Mark | None:
    """The decimal mark that the numbers of a table show, None where they show none, or both."""
    shown = {mark for texts in columns for mark in MARKS if _has(texts, mark, "decimal")}
    return shown.pop() if len(shown) == 1 else None


def marks_of(texts: pl.Series, stated: Mark | None, table: Mark | None, usual: Mark, *, whole: bool) -> Marks:
    """How the numbers of a column are written.

    Parameters
    ----------
    texts : (n,) its cells
    stated : decimal mark that the mapping states
    table : decimal mark that the numbers of the whole table show
    usual : decimal mark of such a file where nothing else tells: a comma where semicolons part the cells
    whole : whether its numbers usually are whole ones, such as days
    """
    distinct = texts.drop_nulls().unique()
    own = {mark for mark in MARKS if _has(distinct, mark, "decimal")}
    decimal = frozenset({stated or table or usual} | (own if len(own) == 1 and stated is None else set()))
    # With a decimal comma, a point that is not before three digits still is one: 12.5.
    if "," in decimal:
        decimal |= {"."}
    roles = {mark: _role(distinct, mark, own, stated, table, usual, whole) for mark in MARKS}
    return Marks(decimal, roles["."], roles[","], blanks=True)


def _role(
    texts: pl.Series, mark: Mark, own: set[Mark], stated: Mark | None, table: Mark | None, usual: Mark,
    whole: bool,
) -> Literal["decimal", "thousands"] | None:  # fmt: skip
    """What the mark before three digits is in this column."""
    other: Mark = "," if mark == "." else "."
    grouped = _has(texts, mark, "thousands")
    if mark in own:
        # 12.5 beside 3.652: a decimal mark, unless the mapping or another cell says the contrary.
        return "decimal" if not grouped and stated in (None, mark) else None
    if grouped or other in own:
        return "thousands"
    known = stated or table
    if known is not None and known != mark:
        return "thousands"
    if stated == mark:
        return "decimal"
    plain = bool(texts.str.contains(_PLAIN).any())
    # Whoever writes 2.000 writes three decimals everywhere: 999 beside it shows that it parts thousands.
    if plain and _has(texts, mark, "round"):
        return "thousands"
    if plain or mark != usual:
        return None
    return None if whole and _has(texts, mark, "either") else "decimal"


def _has(texts: pl.Series, mark: Mark, form: str) -> bool:
    """Whether a cell has this form and, for decimals, not also that of thousands."""
    found = texts.str.contains(_FORMS[mark][form])
    if form == "decimal":
        found &= ~texts.str.contains(_FORMS[mark]["either"])
    return bool(found.any())
