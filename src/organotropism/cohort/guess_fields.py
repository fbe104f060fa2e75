"""Fields of a patient in the columns of a table, by their names and by whether they can be read so."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from organotropism.cohort import column_names as names
from organotropism.cohort.cbioportal_combined import STAGE, stage_codes
from organotropism.cohort.coded import RECEPTORS, her2_coding, is_coded, refuse_amounts
from organotropism.cohort.columns import Column
from organotropism.cohort.guess import Guessed, assignment, codes, quoted, readable, text_list, unread
from organotropism.cohort.guess_dates import date_formats, is_date
from organotropism.cohort.values import PLAIN, Coding, read_covariate
from organotropism.errors import InputError
from organotropism.patient_values import read_number

if TYPE_CHECKING:
    import polars as pl

#: Fields that are numbers, and whether these usually are whole.
_NUMBERS: Final = {"age": False, "ki67": False, "size_mm": True, "positive_nodes": True}
_BAND: Final = re.compile(r"\d{1,3}\s*(?:-|–|to|bis)\s*\d{1,3}.*")
_IHC: Final = (
    "lab proc her2 neu immunohistochemistry receptor status|ihc her2|her2 ihc|her2 status by ihc"
    "|her2 ihc score|her2 immunohistochemistry|her2 ihc status"
)
_ISH: Final = (
    "lab procedure her2 neu in situ hybrid outcome type|her2 fish status|her2 fish|fish her2|her2 ish"
    "|her2 sish|her2 cish|her2 status by fish|her2 ish status"
)
#: A column of stages says M, where no column of M does.
_STAGES: Final = (
    f"{STAGE}|6th stage|7th stage|8th stage|pathologic stage|ajcc pathologic stage|tumour stage|uicc stadium"
    "|stadium|stade|estadio|стадия|derived ajcc stage group 7th ed"
    "|derived ajcc stage group 6th ed|clinical stage group"
)
_EXTENTS: Final = "a stage|seer historic stage a|summary stage|seer summary stage|combined summary stage"
_EXTENT_WORDS: Final = {
    "distant": "M1",
    "regional": "M0",
    "localized": "M0",
    "localised": "M0",
    "local": "M0",
}


def guess_field(guessed: Guessed, field: str, end: Sequence[str]) -> Iterator[str]:
    """Lines of the section of columns for one field; none where no column goes by its names.

    Parameters
    ----------
    end : columns that are taken as times, which no field of a patient is
    """
    if field == "her2" and (pair := _her2_pair(guessed)):
        yield pair
        return
    columns = [c for c in names.all_of(guessed.table.frame.columns, names.PATIENT[field]) if c not in end]
    for column in columns:
        lines = list(_column(guessed, field, column))
        yield from lines
        if any(not line.startswith("#") for line in lines):
            return
    if field == "m":
        yield from _m_by_stage(guessed)


def _column(guessed: Guessed, field: str, column: str) -> Iterator[str]:
    """Lines for one column as a field; remarks alone where it cannot be that."""
    place, texts = f"columns.{field}", guessed.texts(column)
    if column in guessed.taken and field != "year_of_diagnosis":
        return
    if len(texts) and not texts.count():
        guessed.leave(column, f"looks like {field}, but is empty in the rows looked at")
        return
    parts = [f"column = {quoted(column)}"]
    coding = Coding(marks=guessed.marks(column, whole=_NUMBERS[field])) if field in _NUMBERS else PLAIN
    read = read_covariate(field, texts, coding)
    if field == "year_of_diagnosis" and readable(texts, read) < 0.5:
        formats = date_formats(texts) if is_date(texts) else []
        if not formats:
            guessed.leave(column, "looks like the year of diagnosis, but its dates are of no usual format")
            return
        parts.append(f"format = {text_list(formats)}")
    elif field in _NUMBERS:
        number = _number(field, column, texts, read)
        if number is None:
            guessed.leave(column, f"looks like {field}, but most of its texts are no numbers")
            yield f"# {field}: not {quoted(column)}? Most of its texts are no numbers."
            return
        yield from number[0]
        parts += number[1]
    elif field != "id":
        coded = _codes(guessed, field, column, read)
        yield from coded[0]
        if coded[1] is None:
            return
        parts += coded[1]
    guessed.take(column, place)
    yield assignment(field, parts)


def _number(field: str, column: str, texts: pl.Series, read: Column) -> tuple[list[str], list[str]] | None:
    """Remarks and further parts of a column of numbers, None where it is none."""
    if readable(texts, read) < 0.5:
        bands = texts.drop_nulls().str.contains(f"^{_BAND.pattern}$").mean()
        if field == "age" and isinstance(bands, float) and bands > 0.5:
            return ["# ages in bands: each is taken as the middle of its band"], ["bands = true"]
        return None
    if field != "size_mm":
        return [], []
    unit, remark = size_unit(column, read)
    return ([remark] if remark else []), [f'unit = "{unit}"']


def size_unit(column: str, read: Column) -> tuple[str, str | None]:
    """Unit of a tumour's size, mm or cm, by the column's name or the middle size; and a remark on it."""
    words = names.normal(column).split()
    if "cm" in words or "mm" in words:
        return ("cm" if "cm" in words else "mm"), None
    middle = read.values.median()
    if isinstance(middle, float) and middle < 8:
        return "cm", f"# the middle size is {middle:g}: taken as centimetres"
    return "mm", None


def _codes(guessed: Guessed, field: str, column: str, read: Column) -> tuple[list[str], list[str] | None]:
    """Remarks and further parts of a column of words or codes; None where it cannot be read as the field."""
    texts = guessed.texts(column)
    if is_coded(field):
        try:
            refuse_amounts(texts, PLAIN, field, receptor=True)
        except InputError:
            guessed.leave(
                column, f"amounts, not codes: {field} needs positive_from, the least that is positive"
            )
            if field not in RECEPTORS:
                return [], None
            line = assignment(field, [f"column = {quoted(column)}", "positive_from = 10"])
            return [
                f"# {field}: amounts. State the least amount that is positive, such as",
                f"# {line}",
            ], None
    if field == "her2":
        try:
            coding = her2_coding(texts, PLAIN, field)
        except InputError:
            guessed.leave(column, "HER2 as 0 and 1 alone has two meanings: keep one of the two lines above")
            return _two_meanings(column), None
        read = read_covariate(field, texts, coding)
    found = unread(texts, read)
    # Many different texts that cannot be read, or only such: it is something else.
    if found is None or (readable(texts, read) < 0.05 and _all_numbers(found)):
        guessed.leave(column, f"looks like {field}, but many of its texts cannot be read as it")
        return [f"# {field}: not {quoted(column)}? Many of its texts cannot be read as it."], None
    if not found:
        return [], []
    if field == "subtype" and not read.values.count():
        guessed.leave(column, "looks like the clinical subtype, but its texts are others")
        return [], None
    meant = [_meant(field, text) for text in found]
    return [f"# {field}: say what these texts mean, or leave them unknown"], [codes(found, meant)]


def _meant(field: str, text: str) -> str:
    """What a text must mean: a misspelt word, or a word before a bracket or a semicolon; else unknown."""
    import polars as pl

    short = re.split(r"[(;,]", text)[0].strip()
    for form in (text, short):
        word = read_covariate(field, pl.Series([form]), Coding(misspelt=True)).values[0]
        if word is not None:
            return str(word)
    return "3" if field == "grade" and "anaplastic" in text.casefold() else "unknown"


def _all_numbers(texts: Sequence[str]) -> bool:
    def is_number(text: Any) -> bool:
        try:
            return read_number(text) is not None
        except InputError:
            return False

    return all(map(is_number, texts))


def _two_meanings(column: str) -> list[str]:
    status = assignment("her2", [f"column = {quoted(column)}", codes("01", ["negative", "positive"])])
    scores = assignment("her2", [f"column = {quoted(column)}", codes("01", ["negative", "negative"])])
    return [
        "# her2: 0 and 1 alone have two meanings. Keep the line that is right, without its first mark:",
        f"# {status}",
        f"# {scores}",
        "# The first is a status, the second are IHC scores 0 and 1+.",
    ]


def _her2_pair(guessed: Guessed) -> str | None:
    """HER2 of a column of immunohistochemistry and one of in situ hybridisation."""
    ihc, ish = (names.best(guessed.free, known) for known in (_IHC, _ISH))
    if ihc is None or ish is None or not guessed.texts(ihc).count() or not guessed.texts(ish).count():
        return None
    guessed.take(ihc, "columns.her2 (IHC)")
    guessed.take(ish, "columns.her2 (ISH)")
    return assignment("her2", [f"ihc = {quoted(ihc)}", f"ish = {quoted(ish)}"])


def _m_by_stage(guessed: Guessed) -> Iterator[str]:
    """M by a column of stages, or of the extent of disease."""
    for column in names.all_of(guessed.free, f"{_EXTENTS}|{_STAGES}"):
        texts = guessed.texts(column).drop_nulls().unique(maintain_order=True)
        meant = {text: _EXTENT_WORDS.get(text.casefold(), "") for text in texts.to_list()}
        found = {text: word for text, word in meant.items() if word} or stage_codes(texts)
        if not found or len(found) > 30:
            continue
        found.setdefault("*", "unknown")
        guessed.take(column, "columns.m, by the stage")
        texts_of_codes = sorted(found)
        words = [found[text] for text in texts_of_codes]
        yield assignment("m", [f"column = {quoted(column)}", codes(texts_of_codes, words)])
        return
