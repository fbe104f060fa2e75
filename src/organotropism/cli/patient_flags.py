"""The fields of a patient as command-line flags, generated from the record."""

from __future__ import annotations

import argparse
from types import UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from organotropism.patient import Patient
from organotropism.patient_problems import range_of

_PREFIX: Final = "patient_"
_LISTS: Final = {"involved": "SITE@YEARS", "other_treatments": "NAME"}


def add_patient_flags(parser: argparse.ArgumentParser) -> None:
    """Add one flag per field of `Patient`; their texts are read as those of a file are."""
    group = parser.add_argument_group(
        "the patient", "each flag replaces the field of the file; `unknown` takes it away"
    )
    for name, field in Patient.model_fields.items():
        metavar, remark = (_LISTS[name], "may be repeated") if name in _LISTS else _values(field)
        text = (field.description or "").rstrip(".") + (f" ({remark})" if remark else "")
        group.add_argument(
            "--" + name.replace("_", "-"),
            dest=_PREFIX + name,
            action="append" if name in _LISTS else "store",
            metavar=metavar,
            help=text.replace("%", "%%"),
        )


def flags_given(arguments: argparse.Namespace) -> dict[str, str | list[str] | None]:
    """Text of each flag, None where it was not given."""
    return {name: getattr(arguments, _PREFIX + name) for name in Patient.model_fields}


def _values(field: FieldInfo) -> tuple[str, str]:
    """What may follow the flag, and a remark on it: the allowed words, or a number and its range."""
    annotation: Any = field.annotation
    parts = get_args(annotation) if get_origin(annotation) in (Union, UnionType) else (annotation,)
    for part in parts:
        if get_origin(part) is Literal:
            return "WORD", ", ".join(str(word) for word in get_args(part))
        if part is bool:
            return "yes|no", ""
        if part in (int, float):
            return "N", range_of(field)
    return "TEXT", ""
