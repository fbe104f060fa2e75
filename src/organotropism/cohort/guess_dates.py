"""Whether a column holds dates, and of which format."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from organotropism.cohort.times import read_dates, read_duration

if TYPE_CHECKING:
    import polars as pl

FORMATS: Final = (
    *(
        "%d.%m.%Y",
        "%d/%m/%Y",
        "%m/%d/%Y",
        "%d-%m-%Y",
        "%d %b %Y",
        "%d-%b-%Y",
        "%d-%b-%y",
        "%Y%m%d",
        "%d.%m.%y",
    ),
    *("%m/%d/%y", "%d/%m/%y", "%b %d, %Y", "%m/%Y", "%m.%Y"),
)


def is_date(texts: pl.Series) -> bool:
    """Whether most of the cells are dates, and no numbers."""
    present = texts.drop_nulls()
    if not len(present) or read_duration(present, "days").values.is_not_null().mean() > 0.5:  # type: ignore[operator]
        return False
    return bool(1 - read_dates(present, FORMATS).unknown_code.mean() > 0.5)


def date_formats(texts: pl.Series) -> list[str]:
    """The format that reads most of the column, of equal ones the first; none where none reads half."""
    present = texts.drop_nulls()
    unread = {form: int(read_dates(present, (form,)).unknown_code.sum()) for form in ("%Y-%m-%d", *FORMATS)}
    best = min(unread, key=lambda form: unread[form])
    return [best] if len(present) and unread[best] < len(present) / 2 else []
