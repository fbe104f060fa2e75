"""A first mapping of a table, from the names of its columns and what stands in them; to be completed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from organotropism.cohort import column_names as names
from organotropism.cohort.columns import Column
from organotropism.cohort.source import Table, read_table
from organotropism.cohort.times import DEATH, YES_NO, read_dates, read_duration, read_status
from organotropism.cohort.values import Coding, read_covariate
from organotropism.errors import printable

if TYPE_CHECKING:
    import polars as pl

FIRST_ROWS: Final = 5_000
"""Rows that are looked at."""

_FORMATS: Final = ("%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%d %b %Y", "%d-%b-%Y", "%Y%m%d")
_MOST_CODES: Final = 15
_WORDS: Final = frozenset(names.PATIENT) - {
    "id", "age", "year_of_diagnosis", "ki67", "size_mm", "positive_nodes",
}  # fmt: skip


def suggest_mapping(path: str | Path) -> str:
    """Write a first mapping of a table, as TOML with remarks.

    Parameters
    ----------
    path : a table as `table.import_table` reads it; only its first rows are looked at

    Returns
    -------
    The text of a mapping. It quotes codes of the table, such as "pos", where few different ones stand in a
    column of a field with few values; no other value of a patient.

    Raises
    ------
    InputError
        A file that cannot be read as a table.
    """
    table = read_table(Path(path), None, most=FIRST_ROWS)
    return "\n".join([*_head(table, Path(path)), *_columns(table), *_times(table), *_rest(table)]) + "\n"


def _head(table: Table, path: Path) -> Iterator[str]:
    yield f"# First mapping of {printable(path.name)}, guessed from its columns: read and complete it."
    yield "# docs/cohorts.md explains the keys. What is not mapped is not read."
    yield ""
    yield f"name = {_quoted(path.stem)}"
    yield '# "from diagnosis", "at diagnosis", "incident metastatic" or "prevalent metastatic"'
    yield 'series = "from diagnosis"'
    yield "window_days = 30"
    yield ""
    if table.decimal_comma:
        yield "[source]"
        yield 'delimiter = ";"'
        yield 'decimal = ","'
        yield ""


def _columns(table: Table) -> Iterator[str]:
    yield "[columns]"
    for field, known in names.PATIENT.items():
        column = names.best(table.frame.columns, known)
        if column is not None:
            yield from _column(field, column, table.frame[column])
    yield ""


def _column(field: str, column: str, texts: pl.Series) -> Iterator[str]:
    import polars as pl

    parts = [f"column = {_quoted(column)}"]
    read = read_covariate(field, texts)
    if field == "size_mm":
        unit, remark = size_unit(column, read)
        if remark:
            yield remark
        parts.append(f'unit = "{unit}"')
    if field == "year_of_diagnosis" and read.failed.any():
        formats = _date_formats(texts)
        if not formats:
            return
        parts.append(f"format = {_list(formats)}")
    elif field in _WORDS and read.unknown_code.any():
        unread = _unread(texts, read)
        if unread is None:
            yield f"# {field}: not {_quoted(column)}? Many of its texts cannot be read as it."
            return
        if unread:
            yield f"# {field}: say what these texts mean, or leave them unknown"
            meant = read_covariate(field, pl.Series(unread), Coding(misspelt=True)).values
            words = ["unknown" if word is None else str(word) for word in meant]
            parts.append(_codes(unread, words))
    yield _assignment(field, parts)


def size_unit(column: str, read: Column) -> tuple[str, str | None]:
    """Unit of a tumour's size, mm or cm, by the column's name or the middle size; and a remark on it."""
    words = names.normal(column).split()
    if "cm" in words or "mm" in words:
        return ("cm" if "cm" in words else "mm"), None
    middle = read.values.median()
    if isinstance(middle, float) and middle < 8:
        return "cm", f"# the middle size is {middle:g}: taken as centimetres"
    return "mm", None


def _unread(texts: pl.Series, read: Column) -> list[str] | None:
    """Texts that cannot be read, None where there are too many to be codes."""
    import polars as pl

    unread = texts.filter(pl.Series(read.unknown_code)).unique(maintain_order=True)
    # A code is short and few; anything else may be a value of one patient, and stays in the table.
    if len(unread) > _MOST_CODES or (unread.str.len_chars() > 40).any():
        return None
    return sorted(unread.to_list())


def _times(table: Table) -> Iterator[str]:
    taken = {
        names.best(table.frame.columns, names.PATIENT[field]) for field in names.PATIENT if field not in "tnm"
    }
    taken -= {names.best_time(table.frame.columns, names.TIMES["diagnosis"])}
    columns = [name for name in table.frame.columns if name not in taken]
    found = {field: names.best_time(columns, known) for field, known in names.TIMES.items()}
    coding = Coding(comma=table.decimal_comma)
    times = [found["follow_up"], found["distant"], *_site_columns(table, coding)["time"].values()]
    given = {name: table.frame[name] for name in times if name is not None}
    # The first of them is follow-up, the longest: the others are in its unit unless they say their own.
    main = next((_unit(name, texts, coding) for name, texts in given.items()), "days")
    units = [_unit(name, texts, coding, main) for name, texts in given.items()]
    yield "[times]"
    yield f'unit = "{main}"'
    dates = [name for name in (*times, found["diagnosis"]) if name and _is_date(table.frame[name])]
    if "dates" in units and (formats := _date_formats(table.frame[dates[0]])):
        yield f"format = {_list(formats)}"
    yield '# an empty time of distant disease or of a site: "not found" or "not recorded"'
    own_form = any(name.startswith("site_time.") for name in table.frame.columns)
    yield f'empty = "{"not recorded" if own_form else "not found"}"'
    sites = _site_columns(table, coding)
    if set(names.SITE_WORDS) - {*sites["time"], *sites["found"]}:
        yield '# what it means that a site has no column below: "not found" or "not recorded"'
        yield 'no_column = "not recorded"'
    yield '# distant disease on the day of diagnosis where M is not known: a "relapse" or "stage IV"'
    yield f'day_zero = "{"stage IV" if own_form else "relapse"}"'
    for field in ("diagnosis", "entry", "follow_up", "died", "distant", "distant_status"):
        column = found[field]
        if field == "diagnosis" and "dates" not in units:
            continue
        if column is None:
            if field in {"follow_up", "died"}:
                yield f'# not found: {field} = "..."'
            continue
        yield from _time(field, column, table.frame[column], main, coding)
    yield ""


def _time(field: str, column: str, texts: pl.Series, main: str, coding: Coding) -> Iterator[str]:
    parts = [f"column = {_quoted(column)}"]
    if field in {"died", "distant_status"}:
        read = read_status(texts, DEATH if field == "died" else YES_NO)
        unread = _unread(texts, read)
        if unread is None:
            yield f"# {field}: not {_quoted(column)}? Many of its texts cannot be read as it."
            return
        if unread:
            yield f'# {field}: say "yes" or "no" for each of these texts'
            parts.append(_codes(unread, ["unknown"] * len(unread)))
    elif field != "diagnosis" and (unit := _unit(column, texts, coding, main)) != main:
        parts.append(f'unit = "{unit}"')
    yield _assignment(field, parts)


def _unit(column: str, texts: pl.Series, coding: Coding, usual: str | None = None) -> str:
    """Unit of a column of times: by its name, else the usual one, else by how large the numbers are."""
    if _is_date(texts):
        return "dates"
    named, _ = names.unit_of(column)
    if named is not None and named != "dates":
        return named
    if usual is not None and usual != "dates":
        return usual
    numbers = read_duration(texts, "years", coding).values
    largest = numbers.filter(numbers.is_finite()).quantile(0.9) if numbers.is_not_null().any() else None
    if largest is not None and largest <= 40 and not read_duration(texts, "years", coding).out_of_range.any():
        return "years"
    days = read_duration(texts, "days", coding).values
    middle = days.filter(days.is_finite()).median()
    return "months" if isinstance(middle, float) and middle < 0.5 else "days"


def _is_date(texts: pl.Series) -> bool:
    present = texts.drop_nulls()
    if not len(present) or read_duration(present, "days").values.is_not_null().mean() > 0.5:  # type: ignore[operator]
        return False
    return bool(read_dates(present, _FORMATS).values.is_not_null().mean() > 0.5)  # type: ignore[operator]


def _date_formats(texts: pl.Series) -> list[str]:
    """The first format that reads the whole column; none where no format does."""
    present = texts.drop_nulls()
    if not read_dates(present).failed.any():
        return ["%Y-%m-%d"]
    complete = [form for form in _FORMATS if not read_dates(present, (form,)).failed.any()]
    return complete[:1] if complete else []


def _site_columns(table: Table, coding: Coding) -> dict[str, dict[str, str]]:
    """Columns of single sites: times, or whether found."""
    found: dict[str, dict[str, str]] = {"time": {}, "found": {}}
    for name in table.frame.columns:
        site = names.site_of(name.removeprefix("site_time."))
        texts = table.frame[name]
        if site is None:
            continue
        status = read_status(texts, YES_NO)
        kind = "found" if status.values.is_not_null().sum() and not status.failed.any() else "time"
        found[kind].setdefault(site, name)
    return found


def _rest(table: Table) -> Iterator[str]:
    sites = _site_columns(table, Coding(comma=table.decimal_comma))
    if sites["time"] or sites["found"]:
        yield "[sites]"
        for site in names.SITE_WORDS:
            parts = [f"{kind} = {_quoted(sites[kind][site])}" for kind in sites if site in sites[kind]]
            if parts:
                yield f"{site} = {{ {', '.join(parts)} }}"
        yield ""
    else:
        yield "# Sites in long form, one row for each patient, site and time, stand in a table of their own:"
        yield "# [events]"
        yield '# file = "events.csv"'
        yield '# id = "PATIENT"'
        yield '# site = "SITE"'
        yield '# time = "DAYS"'
        yield ""
    extra = [
        name
        for name in table.frame.columns
        if names.normal(name) in {"centre", "center", "cohort", "hospital", "site"}
    ]
    if extra:
        yield "[extra]"
        yield f"centre = {_quoted(extra[0])}"


def _assignment(field: str, parts: list[str]) -> str:
    if len(parts) == 1:
        return f"{field} = {parts[0].removeprefix('column = ')}"
    return f"{field} = {{ {', '.join(parts)} }}"


def _quoted(text: str) -> str:
    """A basic string of TOML, which shares its escapes with JSON."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _codes(texts: list[str], words: list[str]) -> str:
    pairs = (f"{_quoted(text)} = {_quoted(word)}" for text, word in zip(texts, words, strict=True))
    return f"codes = {{ {', '.join(pairs)} }}"


def _list(items: list[str]) -> str:
    return "[" + ", ".join(_quoted(item) for item in items) + "]"
