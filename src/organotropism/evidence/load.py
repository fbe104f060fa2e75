"""Read the evidence tables shipped with the package, each once, when first asked for."""

import csv
import hashlib
import re
from collections.abc import Callable
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from organotropism.errors import InputError
from organotropism.evidence.records import (
    Alias,
    Association,
    BaselineRow,
    Count,
    CourseRow,
    Marker,
    MarkerGene,
    PopulationCell,
    PredictTerm,
    ReviewClaim,
    Study,
    TimeVaryingRow,
)

DATA = Path(__file__).parent / "data"

FILES: dict[type, str] = {
    Study: "studies.csv",
    Association: "associations.csv",
    Count: "counts.csv",
    BaselineRow: "baseline.csv",
    CourseRow: "after_metastasis.csv",
    PopulationCell: "population.csv",
    PredictTerm: "predict3.csv",
    TimeVaryingRow: "time_varying.csv",
    Marker: "markers.csv",
    MarkerGene: "marker_genes.csv",
    Alias: "aliases.csv",
    ReviewClaim: "review_claims.csv",
}

Record = TypeVar("Record")

_WHOLE = re.compile(r"[+-]?[0-9]+")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")


def _whole(text: str) -> int:
    # The patterns are stricter than int() and float(), which take "1_000", " 7" and "nan".
    if not _WHOLE.fullmatch(text):
        raise ValueError(text)
    return int(text)


def _number(text: str) -> float:
    if not _NUMBER.fullmatch(text):
        raise ValueError(text)
    return float(text)


def _optional_whole(text: str) -> int | None:
    return _whole(text) if text else None


def _optional_number(text: str) -> float | None:
    return _number(text) if text else None


def _numbers(text: str) -> tuple[float, ...]:
    return tuple(_number(part) for part in text.split(";"))


def _texts(text: str) -> tuple[str, ...]:
    return tuple(text.split(";")) if text else ()


_PARSERS: dict[object, tuple[Callable[[str], object], str]] = {
    int: (_whole, "a whole number"),
    float: (_number, "a number"),
    int | None: (_optional_whole, "a whole number or blank"),
    float | None: (_optional_number, "a number or blank"),
    tuple[float, ...]: (_numbers, "numbers separated by ;"),
    tuple[str, ...]: (_texts, "texts separated by ;"),
}


def _read_rows(path: Path) -> list[list[str]]:
    try:
        with path.open(encoding="utf-8", newline="") as handle:
            rows = list(csv.reader(handle, strict=True))
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", file=path.name) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"is not comma-separated UTF-8 text ({error})", file=path.name) from error
    if not rows:
        raise InputError("is empty", file=path.name)
    return rows


def _check_header(header: list[str], columns: list[str], path: Path) -> None:
    for index, column in enumerate(columns):
        found = header[index] if index < len(header) else "nothing"
        if found != column:
            raise InputError(f'column {index + 1} is "{found}", expected "{column}"', file=path.name, row=1)
    if len(header) > len(columns):
        raise InputError(f'unknown column "{header[len(columns)]}"', file=path.name, row=1)


def read_records(record: type[Record], path: Path) -> tuple[Record, ...]:
    """Read one table whose columns are the fields of ``record``, in order.

    Parameters
    ----------
    record
        One of the classes of ``organotropism.evidence.records``.
    path
        UTF-8 comma-separated file with a header line.

    Returns
    -------
    tuple
        One record per row, in file order.

    Raises
    ------
    InputError
        The file cannot be read, its columns are not those of ``record``, or a cell is not of its type; the
        message names the file, the row (1 is the header) and the column.
    """
    described = fields(record)  # type: ignore[arg-type]  # any record class is a dataclass
    columns = [field.name.rstrip("_") for field in described]
    typed = [(index, *_PARSERS[field.type]) for index, field in enumerate(described) if field.type is not str]
    header, *rows = _read_rows(path)
    _check_header(header, columns, path)
    records = []
    for number, row in enumerate(rows, start=2):
        if len(row) != len(columns):
            raise InputError(f"has {len(row)} cells, expected {len(columns)}", file=path.name, row=number)
        cells: list[Any] = list(row)
        for index, parse, expected in typed:
            try:
                cells[index] = parse(row[index])
            except ValueError:
                raise InputError(
                    f"is not {expected}", field=columns[index], value=row[index], file=path.name, row=number
                ) from None
        records.append(record(*cells))
    return tuple(records)


def _shipped(record: type[Record]) -> tuple[Record, ...]:
    return read_records(record, DATA / FILES[record])


@cache
def _studies() -> dict[str, Study]:
    return {study.study_id: study for study in _shipped(Study)}


def studies() -> dict[str, Study]:
    """Return the studies by ``study_id``, in file order; the dictionary is the caller's own."""
    return dict(_studies())


@cache
def associations() -> tuple[Association, ...]:
    """Return the reported relations between a factor level and a site."""
    return _shipped(Association)


@cache
def counts() -> tuple[Count, ...]:
    """Return the printed counts."""
    return _shipped(Count)


@cache
def baseline() -> tuple[BaselineRow, ...]:
    """Return the published risks and hazards of recurrence over time."""
    return _shipped(BaselineRow)


@cache
def course() -> tuple[CourseRow, ...]:
    """Return the published course after metastasis: survival and further organs."""
    return _shipped(CourseRow)


@cache
def population() -> tuple[PopulationCell, ...]:
    """Return the covariate distribution of the reference population."""
    return _shipped(PopulationCell)


@cache
def predict_terms() -> tuple[PredictTerm, ...]:
    """Return the coefficients of PREDICT Breast v3.2."""
    return _shipped(PredictTerm)


@cache
def time_varying() -> tuple[TimeVaryingRow, ...]:
    """Return the effects on mortality that change over time."""
    return _shipped(TimeVaryingRow)


@cache
def markers() -> tuple[Marker, ...]:
    """Return the molecular markers and signatures."""
    return _shipped(Marker)


@cache
def marker_genes() -> tuple[MarkerGene, ...]:
    """Return the genes and regions of the markers."""
    return _shipped(MarkerGene)


@cache
def aliases() -> tuple[Alias, ...]:
    """Return the old gene symbols with today's."""
    return _shipped(Alias)


@cache
def review_claims() -> tuple[ReviewClaim, ...]:
    """Return the claims of the starting review, in its order."""
    return _shipped(ReviewClaim)


def fingerprint(folder: Path = DATA) -> str:
    """Return one SHA-256 (64 hexadecimal digits) over the names and bytes of all tables, names sorted.

    Parameters
    ----------
    folder
        Where the tables are; those of the package unless given.
    """
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.csv"), key=lambda path: path.name):
        content = path.read_bytes()
        # The length marks where a file ends, so that bytes moved from one file to the next are noticed.
        digest.update(f"{path.name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()
