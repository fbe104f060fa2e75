"""The calculator: a form, and the forecast of what is in it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final, Literal

from fastapi import APIRouter, Request
from starlette.responses import Response

from organotropism.app import models
from organotropism.app.fields import FIELDS, FOUND, GROUPS
from organotropism.app.pages import citations, in_place, page
from organotropism.app.result import drawn, result, seconds_of_page
from organotropism.app.state import services
from organotropism.app.submission import HORIZONS, Form, Submission
from organotropism.app.work import computed, forecast_one
from organotropism.csv_files import frame_csv
from organotropism.errors import InputError
from organotropism.present.html import forecast_page
from organotropism.process.model import AVERAGE, Model

router = APIRouter(include_in_schema=False)
_OPTIONS: Final = frozenset({"horizon", "year", "baseline", "model", "model_file"})


def chosen_model(request: Request, form: Submission) -> Model:
    """The model that the form asks for; a file that was brought goes before the list."""
    content = form.files.get("model_file")
    if content is not None:
        return services(request).brought.read(content)
    return models.shipped(form.texts.get("model") or services(request).settings.model)


def form_values(request: Request, form: Submission) -> dict[str, Any]:
    """What the form itself needs."""
    settings = services(request).settings
    try:
        model = chosen_model(request, form)
    except InputError:
        model = models.shipped(settings.model)
    return {
        "groups": GROUPS,
        "form": form,
        "models": models.names(),
        "chosen_model": form.texts.get("model") or settings.model,
        "baselines": {
            AVERAGE: "population-based: registries and trials",
            **{k: b.label for k, b in model.baselines.items()},
        },
        "covered": model.years,
        "horizons": HORIZONS,
        "found": FOUND,
    }


def errors_by_field(error: InputError) -> dict[str, str]:
    """Message of each field of the form, and under a blank name those of none."""
    messages: dict[str, str] = {}
    for one in (error, *error.others):
        name = (one.field or "").partition(".")[0]
        if name == "involved":
            name = FOUND + "bone"
        if name not in FIELDS and name not in _OPTIONS:
            name = ""
        text = one.problem if one.value is None else f"“{one.value}” {one.problem}"
        text = (f"{text}; expected {one.expected}" if one.expected else text) + one.hint
        messages[name] = f"{messages[name]} {text}" if name in messages else text
    return messages


@router.get("/", name="calculator")
def blank(request: Request) -> Response:
    """The form without a case."""
    form = Submission()
    return page(request, "calculator.html", **form_values(request, form), result=None, errors={})


async def served(
    request: Request, form: Submission, cases: Sequence[Submission], make: Callable[[], Response]
) -> Response:
    """Make a page of the forecasts of one or more cases, where work of its cost belongs."""

    def cost() -> tuple[float, int]:
        try:
            model = chosen_model(request, form)
        except InputError:
            return 0.0, 1  # the page says so
        return sum(seconds_of_page(case, model) for case in cases), 1

    return await computed(request, cost, make)


@router.post("/", name="forecast_page")
async def filled(request: Request, form: Form) -> Response:
    """The forecast of the case: the part of the page that shows it, or the whole page."""
    return await served(request, form, [form], lambda: _filled(request, form))


def _filled(request: Request, form: Submission) -> Response:
    shown, errors, status = None, {}, 200
    if not form.blank or form.files:
        try:
            shown = result(form, chosen_model(request, form))
        except InputError as error:
            errors, status = errors_by_field(error), 422
    values = {**form_values(request, form), "result": shown, "errors": errors}
    if in_place(request.headers):
        # A browser reports every other status as an error of the page.
        return page(request, "part_result.html", 200, **values, request_in_place=True)
    return page(request, "calculator.html", status, **values)


@router.post("/export/{kind}", name="export")
async def export(request: Request, kind: Literal["json", "csv", "html"], form: Form) -> Response:
    """The forecast of the case as a file; where it cannot be made, the page that says why."""
    return await served(request, form, [form], lambda: _export(request, kind, form))


def _export(request: Request, kind: str, form: Submission) -> Response:
    try:
        model, patient = chosen_model(request, form), form.patient()
        shown, options = drawn(form, patient)
        if kind != "html":
            options = replace(options, horizons=shown)
        forecast = forecast_one(model, patient, options)
    except InputError as error:
        values = {**form_values(request, form), "result": None, "errors": errors_by_field(error)}
        return page(request, "calculator.html", 422, **values)
    if kind == "json":
        text = json.dumps(forecast.to_dict(), indent=2, allow_nan=False) + "\n"
        return _file(text, "application/json", kind)
    if kind == "html":
        return _file(forecast_page([forecast], shown, citations()), "text/html; charset=utf-8", kind)
    return _file(frame_csv(forecast.to_frame()), "text/csv; charset=utf-8", kind)


def _file(content: str | bytes, media_type: str, kind: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="forecast.{kind}"'}
    return Response(content, 200, headers, media_type)
