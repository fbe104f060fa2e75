"""A first mapping of a table, from the names of its columns and what stands in them; to be completed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from organotropism.cohort import column_names as names
from organotropism.cohort.guess import Guessed, quoted
from organotropism.cohort.guess_fields import guess_field
from organotropism.cohort.guess_layout import layout_of
from organotropism.cohort.guess_times import Course, guess_course
from organotropism.cohort.source import read_table
from organotropism.errors import printable

FIRST_ROWS: Final = 5_000
"""Rows that are looked at."""


def suggest_mapping(path: str | Path) -> str:
    """Write a first mapping of a table, as TOML with remarks.

    Parameters
    ----------
    path : a table as `table.import_table` reads it; only its first rows are looked at

    Returns
    -------
    The text of a mapping, with a line for every column of the table: what it was taken for, or why it was
    not. It quotes codes of the table, such as "pos", where few different ones stand in a column of a field
    with few values; no other value of a patient.

    Raises
    ------
    InputError
        A file that cannot be read as a table.
    """
    layout = layout_of(Path(path))
    table = read_table(Path(path), None, layout.form, most=FIRST_ROWS)
    guessed = Guessed(table, layout.decimal)
    course = guess_course(guessed)
    fields = [line for field in names.PATIENT for line in guess_field(guessed, field, course.end)]
    lines = [
        *_head(Path(path), course, guessed),
        *layout.lines(table),
        "[columns]",
        *fields,
        "",
        *course.lines(),
        *_extra(guessed),
        *_listed(guessed),
    ]
    return "\n".join(lines) + "\n"


def _head(path: Path, course: Course, guessed: Guessed) -> Iterator[str]:
    yield f"# First mapping of {printable(path.name)}, guessed from its columns: read and complete it."
    yield "# docs/cohorts.md explains the keys. What is not mapped is not read; the end lists every column."
    yield from (f"# NOT ENOUGH: {line}" for line in course.missing(guessed))
    yield ""
    yield f"name = {quoted(path.stem)}"
    yield '# "from diagnosis", "at diagnosis", "incident metastatic" or "prevalent metastatic"'
    yield f'series = "{course.series(guessed)}"'
    yield "window_days = 30"
    yield ""


def _extra(guessed: Guessed) -> Iterator[str]:
    known = {
        "centre",
        "center",
        "cohort",
        "hospital",
        "site",
        "klinik",
        "zentrum",
        "centro",
        "centre hospitalier",
    }
    column = next((c for c in guessed.free if names.normal(c) in known), None)
    if column is not None:
        guessed.take(column, "extra.centre")
        yield "[extra]"
        yield f"centre = {quoted(column)}"
        yield ""


def _untaken(column: str) -> str:
    """Why a column was not taken that nothing else was said of."""
    for place, known in (*names.TIMES.items(), *names.PATIENT.items()):
        if names.best_time([column], known):
            return f"goes by a name of {place}, for which another column was taken"
    return "no field goes by this name"


def _listed(guessed: Guessed) -> Iterator[str]:
    """Every column, in the order of the table, and what became of it."""
    yield "# Columns of the table, and what each was taken for:"
    twice = {name for name in guessed.table.columns if guessed.table.columns.count(name) > 1}
    for name in dict.fromkeys(guessed.table.columns):
        if not name:
            text = "a column without a name, which cannot be mapped"
        elif name in twice:
            text = "the name of several columns, which cannot be told apart: rename them to map one"
        elif name in guessed.taken:
            text = guessed.taken[name]
        else:
            text = f"not mapped: {guessed.left.get(name) or _untaken(name)}"
        yield f"#   {printable(quoted(name))}: {text}"
