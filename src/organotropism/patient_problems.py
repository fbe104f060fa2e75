"""Turning pydantic's complaints about a patient record into input errors in the user's terms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from organotropism.errors import InputError, did_you_mean, gather
from organotropism.patient_stage import PROGNOSTIC

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError
    from pydantic.fields import FieldInfo
    from pydantic_core import ErrorDetails

_BARE_STAGES = frozenset(
    {
        "stage",
        "ajcc_stage",
        "tnm_stage",
        "stage_group",
        "stage_at_diagnosis",
        "clinical_stage",
        "tumour_stage",
    }
    | {"tumor_stage", "pathologic_stage", "pathological_stage", "uicc_stage"}
)
_OUT_OF_RANGE = frozenset({"greater_than", "greater_than_equal", "less_than", "less_than_equal"})


def input_error(error: ValidationError, model: type[BaseModel]) -> InputError:
    """Return the one error to raise for a record that did not validate.

    Parameters
    ----------
    error
        What pydantic found; each of its lines becomes one problem.
    model
        The class of the record, for its fields and their ranges.
    """
    return gather([_problem(details, model) for details in error.errors(include_url=False)])


def _problem(details: ErrorDetails, model: type[BaseModel]) -> InputError:
    path = [str(part) for part in details["loc"] if not isinstance(part, int)]
    cause = details.get("ctx", {}).get("error")
    if isinstance(cause, InputError):
        return cause.at(field=".".join(path) or None) if cause.field is None else _within(cause, path)
    name = ".".join(path) or None
    kind, value = details["type"], details["input"]
    if kind == "extra_forbidden":
        return unknown_field(path[-1], model)
    if kind in _OUT_OF_RANGE and len(path) == 1:
        field = model.model_fields[path[0]]
        return InputError(
            "is out of range",
            field=name,
            value=value,
            expected=range_of(field),
            code="out_of_range",
            safe=True,
        )
    if kind == "missing" or value is None:
        return InputError("is missing", field=name, code="missing", safe=True)
    return InputError(f"cannot be used ({details['msg']})", field=name, value=value)


def unknown_field(name: str, model: type[BaseModel]) -> InputError:
    """Problem of a name that is no field of the record, with the nearest field if there is one."""
    plain = name.casefold().replace("-", "_").replace(" ", "_")
    if "prognostic" in plain and "stage" in plain:
        return InputError(PROGNOSTIC, value=name, expected="anatomic_stage, or t and n")
    if plain in _BARE_STAGES and "anatomic_stage" in model.model_fields:
        return InputError(
            "does not say which stage it is",
            value=name,
            expected="anatomic_stage; a prognostic stage (AJCC 8, from 2018) is not read",
        )
    hint = did_you_mean(name.replace("-", "_").replace(" ", "_"), model.model_fields)
    return InputError("is not a known field", value=name, hint=hint, code="unknown_field", safe=True)


def _within(cause: InputError, path: list[str]) -> InputError:
    """Name the outer field too, where a problem arose in a nested record such as an involved site."""
    for problem in (cause, *cause.others):
        problem.field = ".".join([*path, problem.field or ""]).rstrip(".")
    return cause


def range_of(field: FieldInfo) -> str:
    """Allowed range of a numeric field with its unit: ``18 to 110 years``."""
    limits = {
        name: getattr(constraint, name)
        for constraint in field.metadata
        for name in ("gt", "ge", "lt", "le")
        if hasattr(constraint, name)
    }
    low = f"more than {limits['gt']:g}" if "gt" in limits else f"{limits['ge']:g}"
    high = f"less than {limits['lt']:g}" if "lt" in limits else f"{limits['le']:g}"
    extra: Any = field.json_schema_extra or {}
    return f"{low} to {high} {extra.get('unit', '')}".strip()
