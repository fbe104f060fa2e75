"""Reading one patient from a TOML or JSON file, standard input or flags, and many from a table."""

from __future__ import annotations

import csv
import json
import re
import sys
import tomllib
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from itertools import chain, count, islice
from pathlib import Path
from typing import BinaryIO, Final, TextIO

from organotropism.errors import InputError
from organotropism.parquet_files import refusing_damage
from organotropism.patient import Patient
from organotropism.patient_columns import COHORT_MARK, Columns, delimiter_of, with_point

_MOST_BYTES: Final = 1_000_000
"""A record of one patient is a few hundred bytes; a larger file, or line of a table, is something else."""

STANDARD_INPUT: Final = "standard input"
_DELIMITERS: Final = {".csv": ",", ".tsv": "\t", ".tab": "\t"}
_JSON_LINES: Final = frozenset({".ndjson", ".jsonl"})
_PARQUET: Final = ".parquet"
_PARQUET_ROWS: Final = 50_000
_DAMAGED: Final = "cannot be read as Parquet (damaged, or another kind of file)"
_TABLES: Final = ".csv, .tsv, .ndjson or .parquet"

_Row = tuple[int, Mapping[str, object]]


def is_table(path: str | Path) -> bool:
    """Whether the ending of the name is one of those of a table."""
    return Path(path).suffix.lower() in {*_DELIMITERS, *_JSON_LINES, _PARQUET}


def read_patient(path: str | Path) -> Patient:
    """Read one patient from a file.

    Parameters
    ----------
    path
        A ``.toml`` or ``.json`` file of at most 1 MB in UTF-8, or ``-`` for either on standard input.

    Raises
    ------
    InputError
        The file cannot be read or holds no patient; the message names the file.
    """
    fields, file = _read_fields(path)
    return Patient.parse(fields, file=file)


def _read_fields(path: str | Path) -> tuple[Mapping[str, object], str]:
    """Fields of a patient file, and the name of the file in messages."""
    if str(path) == "-":
        return read_stream(sys.stdin.buffer), STANDARD_INPUT
    file, kind = str(path), Path(path).suffix.lower()
    if kind not in {".toml", ".json"}:
        problem = "is a table, not the file of one patient" if is_table(path) else "is not a patient file"
        raise InputError(problem, expected="a .toml or .json file", file=file)
    try:
        with open(path, "rb") as stream:
            text = _read_text(stream, file)
    except InputError:
        raise
    except (OSError, ValueError) as error:
        raise _unreadable(error, file) from None
    return _parse(text, kind, file), file


def read_stream(stream: BinaryIO) -> Mapping[str, object]:
    """Read the fields of one patient, as TOML or JSON, from standard input.

    Raises
    ------
    InputError
        As for `read_patient`.
    """
    text = _read_text(stream, STANDARD_INPUT)
    return _parse(text, ".json" if _is_json(text) else ".toml", STANDARD_INPUT)


def _is_json(text: str) -> bool:
    """Whether a text begins as an object of JSON, or a list; a table of TOML begins with a bare name."""
    start = text.lstrip()[:1000]
    return start.startswith("{") or re.match(r"\[\s*([{\[\]]|\d|$)", start) is not None


def patient_from_flags(
    flags: Mapping[str, str | Sequence[str] | None],
    path: str | Path | None = None,
    fields: Mapping[str, object] | None = None,
) -> Patient:
    """Build a patient from command-line flags, or from a file some of whose fields the flags replace.

    Parameters
    ----------
    flags
        Name of the flag, with or without dashes (``--size-mm``, ``size_mm``), to its text, to several texts
        for a flag that may be repeated (``involved``, ``other_treatments``), or to None if not given.
    path
        As for `read_patient`; None for no file.
    fields
        What the file holds, where it has been read already.

    Raises
    ------
    InputError
        As for `Patient`; a problem of a field that no flag has set names the file.
    """
    given = {
        name.lstrip("-").replace("-", "_"): value if isinstance(value, str) else ";".join(value)
        for name, value in flags.items()
        if value is not None
    }
    if fields is not None:
        file = None if path is None else str(path)
    else:
        fields, file = ({}, None) if path is None else _read_fields(path)
    try:
        return Patient.parse({**fields, **given})
    except InputError as error:
        for problem in (error, *error.others):
            problem.file = None if (problem.field or "").partition(".")[0] in given else file
        raise


def iter_patients(
    path: str | Path, chunk: int = 10_000, kind: str | None = None, columns: Columns | None = None
) -> Iterator[list[tuple[int, Patient]]]:
    """Read a table of patients, a part at a time.

    Memory holds one part, and the ids seen so far, whatever the length of the table.

    Parameters
    ----------
    path
        A ``.csv`` or ``.tsv`` file with a header (parted by commas, semicolons or tabs), ``.ndjson`` (one
        JSON object a line) or ``.parquet``; also a cohort. Its columns are fields of `Patient`; empty, NA,
        NaN and unknown are unknown. ``-`` is standard input.
    chunk
        Most patients in a part.
    kind
        Ending of the name that says how to read it, where that is not the path's own: ``.csv``.
    columns
        Whether unknown columns are ignored, and what is to be said of columns; left out: they are an error.

    Yields
    ------
    list of (int, Patient)
        Row and patient. The row is the line of a text file, whose header is line 1, or the number of the
        record in Parquet, from 1.

    Raises
    ------
    InputError
        At the first problem: no table, no rows, an unknown column, a row that is no patient, an id given
        twice. The message names file, row and field.
    """
    kind = kind or Path(path).suffix.lower()
    file = STANDARD_INPUT if str(path) == "-" else str(path)
    columns = columns or Columns(file)
    first_row: dict[str, int] = {}
    empty = True
    # Closing says when the file is let go: at once, also after an error whose traceback still holds it.
    with closing(_rows(Path(path), kind, file, columns)) as rows:
        while part := [
            (row, _checked(columns.fields(cells), file, row, first_row)) for row, cells in islice(rows, chunk)
        ]:
            empty = False
            yield part
    if empty:
        raise InputError("has no patients", expected="at least one row", file=file)


def _checked(fields: Mapping[str, object], file: str, row: int, first_row: dict[str, int]) -> Patient:
    patient = Patient.parse(fields, file=file, row=row)
    if patient.id is not None:
        earlier = first_row.setdefault(patient.id, row)
        if earlier != row:
            problem = f"is the id of row {earlier} too"
            raise InputError(problem, field="id", value=patient.id, file=file, row=row)
    return patient


def _rows(path: Path, kind: str, file: str, columns: Columns) -> Generator[_Row, None, None]:
    """Row number and fields of every record of a table."""
    if not is_table(f"x{kind}"):
        raise InputError("is not a table of patients", expected=f"a {_TABLES} file", file=file)
    try:
        if kind == _PARQUET:
            yield from _parquet_rows(path, file, columns)
            return
        # The number of standard input is a file name to Python; closing it here would be closing it for all.
        source = 0 if file == STANDARD_INPUT else path
        with open(source, encoding="utf-8-sig", newline="", closefd=source != 0) as stream:
            if kind in _DELIMITERS:
                yield from _delimited_rows(_lines(stream, file), _DELIMITERS[kind], file, columns)
            else:
                yield from _json_rows(_lines(stream, file), file, columns)
    except InputError:
        raise
    except (OSError, ValueError) as error:
        raise _unreadable(error, file) from None


def _lines(stream: TextIO, file: str) -> Iterator[str]:
    """Lines of a text file, none longer than a record can be."""
    for number, line in enumerate(iter(lambda: stream.readline(_MOST_BYTES), ""), start=1):
        if len(line) == _MOST_BYTES:
            raise InputError("is too long to be a record", file=file, row=number)
        yield line


def _delimited_rows(lines: Iterator[str], usual: str, file: str, columns: Columns) -> Iterator[_Row]:
    before, first = 0, next(lines, "")
    while columns.is_head(first):
        before, first = before + 1, next(lines, "")
    delimiter = delimiter_of(first, usual)
    reader = csv.reader(chain([first], lines), delimiter=delimiter, strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        if not any(header):
            raise InputError("has no header", expected="names of fields in the first line", file=file)
        columns.check(header, row=before + 1)
        head, end = before, reader.line_num
        for cells in reader:
            # A record may run over several lines within quotes: its row is the first of them.
            row, end = head + end + 1, reader.line_num
            if not any(map(str.strip, cells)):
                continue
            if len(cells) != len(header):
                raise InputError(f"has {len(cells)} cells", expected=str(len(header)), file=file, row=row)
            found = {name: cell for name, cell in zip(header, cells, strict=True) if cell}
            yield row, found if delimiter == "," else {name: with_point(found[name]) for name in found}
    except csv.Error as error:
        row = before + reader.line_num
        raise InputError(f"cannot be read as a table ({error})", file=file, row=row) from None


def _json_rows(lines: Iterable[str], file: str, columns: Columns) -> Iterator[_Row]:
    for row, line in enumerate(lines, start=1):
        if line.strip():
            fields = _parse(line, ".json", file, row)
            if columns.ignore:
                columns.leave_out(list(fields))
            yield row, fields


def _parquet_rows(path: Path, file: str, columns: Columns) -> Iterator[_Row]:
    import polars as pl

    # A path is opened by Python first, for its plain messages on files that are missing or forbidden.
    with open(path, "rb"):
        pass
    try:
        with refusing_damage(_DAMAGED):
            table = pl.scan_parquet(path, glob=False)
            cohort = COHORT_MARK in pl.read_parquet_metadata(path).get("organotropism", "")
            names = table.collect_schema().names()
        if cohort:
            columns.is_cohort()
        columns.check(names)
        for start in count(0, _PARQUET_ROWS):
            with refusing_damage(_DAMAGED):
                part = table.slice(start, _PARQUET_ROWS).collect()
            if part.is_empty():
                return
            yield from enumerate(part.iter_rows(named=True), start=start + 1)
    except InputError as error:
        raise error.at(file=file) from None


def _read_text(stream: BinaryIO, file: str) -> str:
    content = stream.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise InputError("is too large for the file of one patient", expected="at most 1 MB", file=file)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError("is not UTF-8 text", file=file) from None
    if not text.strip():
        raise InputError("is empty", expected="the fields of a patient", file=file)
    return text


def _parse(text: str, kind: str, file: str, row: int | None = None) -> Mapping[str, object]:
    """Fields of a record written as JSON or TOML."""
    try:
        if kind == ".toml":
            return tomllib.loads(text)
        fields = json.loads(text, object_pairs_hook=_without_repeats)
    except InputError as error:
        raise error.at(file=file, row=row) from None
    # Both parsers raise ValueError for text that is malformed, RecursionError for brackets without end.
    except (ValueError, RecursionError) as error:
        raise InputError(f"is not valid {kind[1:].upper()} ({error})", file=file, row=row) from None
    if isinstance(fields, list) and fields and all(isinstance(item, dict) for item in fields):
        problem = f"is a list of {len(fields)} patients"
        expected = "one JSON object; for several, one object a line (.ndjson), or a table"
        raise InputError(problem, expected=expected, file=file, row=row)
    if not isinstance(fields, dict):
        raise InputError("is not a patient", value=fields, expected="a JSON object", file=file, row=row)
    return fields


def _without_repeats(pairs: Iterable[tuple[str, object]]) -> dict[str, object]:
    fields: dict[str, object] = {}
    for name, value in pairs:
        if name in fields:
            raise InputError("is given twice", field=name)
        fields[name] = value
    return fields


def _unreadable(error: Exception, file: str) -> InputError:
    if isinstance(error, UnicodeDecodeError):
        return InputError("is not UTF-8 text", file=file)
    reason = error.strerror if isinstance(error, OSError) else error
    return InputError(f"cannot be read ({reason})", file=file)
