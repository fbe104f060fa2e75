"""The JSON API for forecasts: the contract of ``predict --format json``, for one patient or a batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from organotropism.app import models
from organotropism.app.cost import seconds_of
from organotropism.app.json_response import Json, as_json, as_list
from organotropism.app.problem import MEDIA_TYPE, Problem, of_input
from organotropism.app.state import services
from organotropism.app.work import MOST_HORIZONS, computed, forecast_table
from organotropism.errors import InputError
from organotropism.patient import Patient
from organotropism.process.document import forecast_document
from organotropism.process.interrupt import checkpoint
from organotropism.process.model import AVERAGE, DEFAULT_MODEL, Model
from organotropism.process.results import DEFAULT_HORIZONS, ForecastTable, Options

#: Patients of one batch; with ranges a patient takes seconds, so fewer.
MOST_PATIENTS: Final = 200
MOST_PATIENTS_WITH_INTERVALS: Final = 5
#: A larger batch is refused before it is read, where there is no room for long work.
_FEW: Final = 20
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

    def chosen(self, request: Request) -> Model:
        """The model asked for."""
        return models.shipped(services(request).settings.model if self.model is None else self.model)

    async def answer(
        self,
        request: Request,
        read: Callable[[], list[Patient]],
        write: Callable[[ForecastTable], bytes],
        *,
        reasons: bool,
    ) -> Json:
        """Forecast what `read` returns and send what `write` makes of it; errors as those of `computed`."""
        patients: list[Patient] = []

        def cost() -> tuple[float, int]:
            patients.extend(read())
            seconds = seconds_of(self.chosen(request), patients, self.options(), reasons=reasons)
            return seconds, len(patients)

        def content() -> bytes:
            return write(forecast_table(self.chosen(request), patients, self.options()))

        return Json(await computed(request, cost, content))


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
        408: "The body did not come in time.",
        413: "The body is too large.",
        415: "The body is compressed, or of another kind than described.",
        422: "A field cannot be used, or too much is asked for; the answer names it and repeats no value.",
        503: "The server has too much to do; Retry-After says when to try again.",
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
async def forecast(request: Request, body: ForecastRequest) -> Json:
    """Forecast one patient; the answer equals that of ``organotropism predict --format json``."""
    return await body.answer(
        request,
        lambda: [Patient.parse(body.patient)],
        lambda table: as_json(forecast_document(table[0], reasons=body.reasons)),
        reasons=body.reasons,
    )


@router.post(
    "/forecasts",
    response_class=Json,
    responses=answers("One forecast per patient, in their order.", {"type": "array", "items": _FORECAST}),
    summary=f"Forecast up to {MOST_PATIENTS} patients",
)
async def forecasts(request: Request, body: BatchRequest) -> Json:
    """Forecast a batch: up to 200 patients, up to 5 with ``intervals``. One faulty patient refuses all."""
    if body.intervals and len(body.patients) > MOST_PATIENTS_WITH_INTERVALS:
        entry = {
            "field": "patients",
            "problem": "has too many items",
            "code": "too_many",
            "expected": f"at most {MOST_PATIENTS_WITH_INTERVALS} with intervals",
        }
        raise Problem(422, "The input cannot be used.", (entry,))

    if len(body.patients) > _FEW:
        services(request).lanes.check_room()

    def documents(table: ForecastTable) -> Iterator[dict[str, Any]]:
        for number in range(len(table)):
            checkpoint()
            yield forecast_document(table[number], reasons=body.reasons)

    return await body.answer(
        request,
        lambda: _patients(body.patients),
        lambda table: as_list(documents(table)),
        reasons=body.reasons,
    )


def _patients(records: Sequence[dict[str, Any]]) -> list[Patient]:
    patients = []
    for number, fields in enumerate(records):
        try:
            patients.append(Patient.parse(fields))
        except InputError as error:
            raise of_input(error, f"patients.{number}") from None
    return patients


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
