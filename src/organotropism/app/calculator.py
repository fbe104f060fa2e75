"""The calculator: a form, and the forecast of what is in it."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any, Final, Literal

from fastapi import APIRouter, Request
from starlette.responses import Response

from organotropism.app import models
from organotropism.app.fields import FIELDS, FOUND, GROUPS
from organotropism.app.pages import citations, in_place, page
from organotropism.app.result import horizons_shown, result
from organotropism.app.state import services
from organotropism.app.submission import HORIZONS, Form, Submission
from organotropism.app.work import forecast_one
from organotropism.errors import InputError
from organotropism.present.figures import curve_horizons
from organotropism.present.html import forecast_page
from organotropism.process.model import AVERAGE, Model
from organotropism.process.results import Options

router = APIRouter(include_in_schema=False)
_NO_RECEPTOR: Final = "no receptor is known"
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
        text = f"{text}; expected {one.expected}" if one.expected else text
        messages[name] = f"{messages[name]} {text}" if name in messages else text
    return messages


@router.get("/", name="calculator")
def blank(request: Request) -> Response:
    """The form without a case."""
    form = Submission()
    return page(request, "calculator.html", **form_values(request, form), result=None, errors={})


@router.post("/", name="forecast_page")
def filled(request: Request, form: Form) -> Response:
    """The forecast of the case: the part of the page that shows it, or the whole page."""
    shown, errors, status = None, {}, 200
    if not form.blank or form.files:
        try:
            shown = result(form, chosen_model(request, form), services(request).queue)
        except InputError as error:
            errors = errors_by_field(error)
            waits = error.problem == _NO_RECEPTOR and not error.others
            errors, status = ({}, 200) if waits else (errors, 422)
    values = {**form_values(request, form), "result": shown, "errors": errors}
    if in_place(request.headers):
        # A browser reports every other status as an error of the page.
        return page(request, "part_result.html", 200, **values, request_in_place=True)
    return page(request, "calculator.html", status, **values)


@router.post("/export/{kind}", name="export")
def export(request: Request, kind: Literal["json", "csv", "html"], form: Form) -> Response:
    """The forecast of the case as a file; where it cannot be made, the page that says why."""
    try:
        model, patient = chosen_model(request, form), form.patient()
        shown = horizons_shown(form.horizon(), patient.now)
        drawn = curve_horizons(shown, patient.now) if kind == "html" else shown
        options = Options(drawn, form.flag("ranges"), form.year(), form.baseline())
        forecast = forecast_one(model, patient, options, services(request).queue)
    except InputError as error:
        values = {**form_values(request, form), "result": None, "errors": errors_by_field(error)}
        return page(request, "calculator.html", 422, **values)
    if kind == "json":
        text = json.dumps(forecast.to_dict(), indent=2, allow_nan=False) + "\n"
        return _file(text, "application/json", kind)
    if kind == "html":
        return _file(forecast_page([forecast], shown, citations()), "text/html; charset=utf-8", kind)
    content = StringIO()
    forecast.to_frame().write_csv(content)
    return _file(content.getvalue(), "text/csv; charset=utf-8", kind)


def _file(content: str | bytes, media_type: str, kind: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="forecast.{kind}"'}
    return Response(content, 200, headers, media_type)
