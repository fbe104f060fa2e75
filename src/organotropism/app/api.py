"""The JSON API for forecasts: the contract of ``predict --format json``, for one patient or a batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from organotropism.app import models
from organotropism.app.json_response import Json
from organotropism.app.problem import MEDIA_TYPE, Problem, of_input
from organotropism.app.state import services
from organotropism.app.work import MOST_HORIZONS, forecast_table
from organotropism.errors import InputError
from organotropism.patient import Patient
from organotropism.process.document import forecast_document
from organotropism.process.model import AVERAGE, DEFAULT_MODEL, Model
from organotropism.process.results import DEFAULT_HORIZONS, ForecastTable, Options

#: Patients of one batch; with ranges a patient takes seconds, so fewer.
MOST_PATIENTS: Final = 200
MOST_PATIENTS_WITH_INTERVALS: Final = 5
_FIRST: Final = f"that of the server, {DEFAULT_MODEL} unless ORGANOTROPISM_MODEL names another"

_Years = Annotated[float, Field(gt=0, le=20, allow_inf_nan=False)]


class Choices(BaseModel):
    """Options of a forecast."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)

    horizons: list[_Years] = Field(
        default=list(DEFAULT_HORIZONS),
        min_length=1,
        max_length=MOST_HORIZONS,
        description="Years from now, ascending.",
    )
    intervals: bool = Field(default=False, description="Whether to compute 95 % intervals: takes seconds.")
    year: int | None = Field(
        default=None, ge=1900, le=2200, description="Year of diagnosis whose level of risk to use."
    )
    baseline: str = Field(
        default=AVERAGE, max_length=200, description="Study whose level of risk to use, or average."
    )
    model: str | None = Field(
        default=None, max_length=200, description=f"One of GET /models; left out: {_FIRST}."
    )

    def options(self) -> Options:
        """As the process takes them."""
        return Options(tuple(self.horizons), self.intervals, self.year, self.baseline)

    def forecast(self, patients: Sequence[Patient], request: Request) -> ForecastTable:
        """Forecast patients as chosen; errors as those of `forecast_table`."""
        server = services(request)
        model = models.shipped(server.settings.model if self.model is None else self.model)
        return forecast_table(model, patients, self.options(), server.queue)


class ForecastRequest(Choices):
    """One patient to forecast."""

    patient: dict[str, Any]
    reasons: bool = Field(default=True, description="Whether to compute contributions and unknown.")


class BatchRequest(Choices):
    """Patients to forecast."""

    patients: list[dict[str, Any]] = Field(min_length=1, max_length=MOST_PATIENTS)
    reasons: bool = Field(default=False, description="Whether to compute contributions and unknown.")


PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {
    status: {
        "description": text,
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for status, text in {
        400: "The body is not JSON.",
        413: "The body is too large.",
        422: "A field cannot be used; the answer names it and repeats no value.",
        503: "Too many forecasts with ranges at once; Retry-After says when to try again.",
    }.items()
}
_FORECAST: Final = {"$ref": "#/components/schemas/Forecast"}

router = APIRouter(prefix="/api/v1", tags=["forecasts"])


def answers(what: str, form: dict[str, Any]) -> dict[int | str, dict[str, Any]]:
    """Answers of an operation for its description: what comes, its schema, and the problems."""
    return {**PROBLEMS, 200: {"description": what, "content": {"application/json": {"schema": form}}}}


@router.post(
    "/forecast",
    response_class=Json,
    responses=answers("The forecast.", _FORECAST),
    summary="Forecast one patient",
)
def forecast(request: Request, body: ForecastRequest) -> Json:
    """Forecast one patient; the answer equals that of ``organotropism predict --format json``."""
    table = body.forecast([Patient.parse(body.patient)], request)
    return Json(forecast_document(table[0], reasons=body.reasons))


@router.post(
    "/forecasts",
    response_class=Json,
    responses=answers("One forecast per patient, in their order.", {"type": "array", "items": _FORECAST}),
    summary=f"Forecast up to {MOST_PATIENTS} patients",
)
def forecasts(request: Request, body: BatchRequest) -> Json:
    """Forecast a batch: up to 200 patients, up to 5 with ``intervals``. One faulty patient refuses all."""
    if body.intervals and len(body.patients) > MOST_PATIENTS_WITH_INTERVALS:
        raise Problem(
            422,
            "The input cannot be used.",
            (
                {
                    "field": "patients",
                    "problem": "has too many items",
                    "expected": f"at most {MOST_PATIENTS_WITH_INTERVALS} with intervals",
                },
            ),
        )
    patients = []
    for number, fields in enumerate(body.patients):
        try:
            patients.append(Patient.parse(fields))
        except InputError as error:
            raise of_input(error, f"patients.{number}") from None
    table = body.forecast(patients, request)
    return Json([forecast_document(table[i], reasons=body.reasons) for i in range(len(table))])


@router.get(
    "/models",
    response_class=Json,
    responses=answers("One entry per model.", {"type": "array", "items": {"type": "object"}}),
    summary="The models that can be chosen",
)
def listed_models() -> Json:
    """Name, version, sites, baselines and provenance of each shipped model."""
    return Json([describe(models.shipped(name)) for name in models.names()])


def describe(model: Model) -> dict[str, Any]:
    """What identifies a model, and what can be chosen in it."""
    return {
        "name": model.name,
        "version": model.version,
        "checksum": model.checksum,
        "speaks_of": model.speaks_of,
        "sites": list(model.layout.sites),
        "years_of_diagnosis": list(model.years),
        "baselines": {key: entry.label for key, entry in model.baselines.items()},
        "provenance": dict(model.provenance),
    }
