"""Patients from whatever holds them in Python: records, mappings, frames of polars and pandas."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from organotropism.errors import InputError
from organotropism.patient import Patient

_EXPECTED: Final = "a Patient, a mapping of its fields, several of these, or a frame of polars or pandas"
#: Types of pandas for what is missing; they compare with nothing.
_MISSING: Final = frozenset({"NAType", "NaTType"})


def patients_of(given: object) -> Patient | list[Patient]:
    """Read one patient, or several.

    Parameters
    ----------
    given : a `Patient`, or a mapping of its fields, for one; a sequence of these, a mapping of columns, or a
        frame (polars, eager or lazy, pandas, pyarrow) for several. NaN and the missing values of pandas are
        unknown.

    Raises
    ------
    InputError
        A patient that cannot be used, naming its number, or something else than patients.
    """
    if isinstance(given, Patient):
        return given
    if isinstance(given, Mapping):
        columns = _columns(given)
        return _parse(given) if columns is None else _all(columns)
    rows = _rows(given)
    if rows is None:
        raise InputError(
            f"cannot be read as patients: {type(given).__name__}", field="patients", expected=_EXPECTED
        )
    return _all(rows)


def _all(rows: Iterable[object]) -> list[Patient]:
    found = []
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, Patient | Mapping):
            raise InputError(
                f"is no patient: {type(row).__name__}", field="patients", row=number, expected=_EXPECTED
            )
        found.append(row if isinstance(row, Patient) else _parse(row, number))
    return found


def _parse(fields: Mapping[Any, object], row: int | None = None) -> Patient:
    return Patient.parse({str(name): _plain(value) for name, value in fields.items()}, row=row)


def _plain(value: object) -> object:
    """A value without the types of numpy and pandas."""
    if type(value).__name__ in _MISSING:
        return None
    plain = getattr(value, "item", None)
    return plain() if callable(plain) and getattr(value, "shape", None) == () else value


def _columns(given: Mapping[Any, object]) -> Iterable[Mapping[str, object]] | None:
    """Rows of a mapping of columns; None where it holds the fields of one patient.

    Raises
    ------
    InputError
        Columns of different lengths.
    """
    several = {"involved", "other_treatments"}
    columns = {name: value for name, value in given.items() if _is_column(value)}
    if not columns or set(columns) <= several:
        return None
    lists = {str(name): list(value) for name, value in columns.items()}  # type: ignore[call-overload]
    lengths = {len(values) for values in lists.values()}
    if len(columns) < len(given) or len(lengths) > 1:
        raise InputError(
            "has columns of different lengths",
            field="patients",
            expected="one value of every column for each patient",
        )
    return [dict(zip(lists, values, strict=True)) for values in zip(*lists.values(), strict=True)]


def _is_column(value: object) -> bool:
    array = hasattr(value, "__array__") and getattr(value, "shape", ()) != ()
    return array or isinstance(value, list | tuple)


def _rows(given: Any) -> Iterable[object] | None:
    """Rows of a frame or a collection; None of anything else."""
    if isinstance(given, str | bytes):
        return None
    if hasattr(given, "collect_schema") and hasattr(given, "collect"):
        given = given.collect()
    if hasattr(given, "iter_rows"):
        return list(given.iter_rows(named=True))
    if hasattr(given, "to_pylist"):
        return list(given.to_pylist())
    if hasattr(given, "iterrows") and hasattr(given, "to_dict"):
        return list(given.to_dict("records"))
    return list(given) if isinstance(given, Iterable) else None
