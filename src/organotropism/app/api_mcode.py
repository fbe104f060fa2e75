"""The JSON API for health records: a FHIR bundle with mCODE profiles in, the forecast out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Request
from pydantic import ConfigDict, Field

from organotropism.app.api import Choices, answers
from organotropism.app.json_response import Json, as_json
from organotropism.app.problem import Problem, of_input
from organotropism.errors import InputError
from organotropism.patient import Patient
from organotropism.process.document import forecast_document
from organotropism.process.results import ForecastTable

if TYPE_CHECKING:
    from organotropism.cohort.mcode_patient import BundlePatient

router = APIRouter(prefix="/api/v1", tags=["forecasts"])

#: What FHIR calls JSON, and what everyone else does.
_MEDIA_TYPES: Final = ("application/fhir+json", "application/json")
_NAME: Final = "bundle"
_COUNT: Final = {"type": "integer", "minimum": 0}
_ANSWER: Final = {
    "type": "object",
    "required": ["forecast", "bundle"],
    "properties": {
        "forecast": {"$ref": "#/components/schemas/Forecast"},
        "bundle": {
            "type": "object",
            "description": "What became of the resources, and what was assumed.",
            "required": ["resources_read", "resources_used", "ignored", "notes"],
            "properties": {
                "resources_read": _COUNT,
                "resources_used": _COUNT,
                "ignored": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["reason", "resources"],
                        "properties": {"reason": {"type": "string"}, "resources": _COUNT},
                    },
                },
                "notes": {"type": "array", "items": {"type": "string"}},
            },
        },
    },
}
_BUNDLE: Final = {
    "type": "object",
    "description": "FHIR R4 Bundle of one patient with mCODE (STU 4) profiles. What is not read is counted.",
    "required": ["resourceType", "entry"],
    "properties": {
        "resourceType": {"const": "Bundle"},
        "entry": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "fullUrl": {"type": "string"},
                    "resource": {
                        "type": "object",
                        "required": ["resourceType"],
                        "properties": {"resourceType": {"type": "string"}},
                    },
                },
            },
        },
    },
}
_DESCRIBED: Final = {
    "requestBody": {
        "required": True,
        "content": {media_type: {"schema": _BUNDLE} for media_type in _MEDIA_TYPES},
    }
}


class BundleChoices(Choices):
    """Options of the forecast of a bundle, in the address, where everything is text."""

    model_config = ConfigDict(strict=False)

    reasons: bool = Field(default=True, description="Whether to compute contributions and unknown.")


async def read_bundle(request: Request) -> bytes:
    """The body, where it is said to be FHIR in JSON."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in _MEDIA_TYPES:
        expected = {
            "field": "content-type",
            "problem": "is not that of FHIR",
            "code": "not_a_choice",
            "expected": _MEDIA_TYPES[0],
        }
        raise Problem(415, "The body has to be FHIR in JSON.", (expected,))
    return await request.body()


@router.post(
    "/forecast/mcode",
    response_class=Json,
    responses=answers("The forecast, and the account of the bundle.", _ANSWER),
    summary="Forecast the patient of an mCODE bundle",
    openapi_extra=_DESCRIBED,
)
async def forecast_bundle(
    request: Request,
    content: Annotated[bytes, Depends(read_bundle)],
    choices: Annotated[BundleChoices, Query()],
) -> Json:
    """Forecast from a FHIR R4 bundle; ``forecast`` equals the answer of ``organotropism predict BUNDLE``."""
    found: list[BundlePatient] = []

    def read() -> list[Patient]:
        found.append(_read(content))
        return [_patient(found[0].fields)]

    def write(table: ForecastTable) -> bytes:
        account = found[0].report.tables[1]
        return as_json(
            {
                "forecast": forecast_document(table[0], reasons=choices.reasons),
                "bundle": {
                    "resources_read": account.read,
                    "resources_used": account.used,
                    "ignored": [
                        {"reason": reason, "resources": len(rows)} for reason, rows in account.aside.items()
                    ],
                    "notes": list(found[0].notes),
                },
            }
        )

    return await choices.answer(request, read, write, reasons=choices.reasons)


def _read(content: bytes) -> BundlePatient:
    # The cohort's readers are needed for nothing else here, and take a moment to load.
    from organotropism.cohort.mcode import NOT_JSON
    from organotropism.cohort.mcode_patient import patient_from_content

    try:
        return patient_from_content(content, _NAME)
    except InputError as error:
        # The reader of bundles makes its messages of fixed texts and counts, never of values.
        status = 400 if error.problem.endswith(NOT_JSON) else 422
        entry = {"field": _NAME, "problem": error.problem, "code": error.code}
        raise Problem(status, "The bundle cannot be used.", (entry,)) from None


def _patient(fields: Any) -> Patient:
    """The patient of the record; what is wrong with it is told by field, as for any record."""
    try:
        return Patient.parse(fields)
    except InputError as error:
        raise of_input(error, _NAME) from None
