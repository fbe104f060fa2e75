"""Two cases side by side."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import Response

from organotropism.app.calculator import chosen_model, errors_by_field, form_values, served
from organotropism.app.fields import FIELDS
from organotropism.app.pages import in_place, page
from organotropism.app.result import Result, result
from organotropism.app.submission import Form, Submission
from organotropism.errors import InputError
from organotropism.present.figures import render, risk_bars

router = APIRouter(include_in_schema=False)
CASES = ("a", "b")


@router.get("/compare", name="compare")
def blank(request: Request) -> Response:
    """Two cases, both blank."""
    return page(request, "compare.html", **_values(request, Submission(), {}, {}))


@router.post("/compare/start", name="compare_start")
async def start(request: Request, form: Form) -> Response:
    """Two cases, both the one of the calculator, to change one of them."""
    others = {name: text for name, text in form.texts.items() if name not in FIELDS}
    twice = {f"{case}-{name}": form.texts[name] for case in CASES for name in FIELDS if name in form.texts}
    return await _served(request, Submission({**others, **twice}, form.files))


@router.post("/compare", name="compare_forecast")
async def filled(request: Request, form: Form) -> Response:
    """The forecasts of both cases."""
    return await _served(request, form)


async def _served(request: Request, form: Submission) -> Response:
    given = {case: Submission({**form.texts, **form.part(f"{case}-").texts}, form.files) for case in CASES}
    given = {case: one for case, one in given.items() if not one.blank}
    # One of them may be computed twice, see below.
    cases = [one for one in given.values() for _ in CASES]
    return await served(request, form, cases, lambda: _compared(request, form, given))


def _compared(request: Request, form: Submission, given: dict[str, Submission]) -> Response:
    results: dict[str, Result] = {}
    errors: dict[str, dict[str, str]] = {}
    for case, one in given.items():
        try:
            results[case] = _result(request, form, one)
        except InputError as error:
            errors[case] = errors_by_field(error)
    # Where the evidence reaches less far for one of them, both are shown as far as that.
    common = min((one.horizon for one in results.values()), default=0.0)
    for case in CASES:
        if case in results and results[case].horizon > common:
            nearer = Submission({**given[case].texts, "horizon": f"{common:g}"})
            results[case] = _result(request, form, nearer)
    values = _values(request, form, results, errors)
    if in_place(request.headers):
        return page(request, "part_compare.html", 200, **values, request_in_place=True)
    return page(request, "compare.html", 422 if errors else 200, **values)


def _result(request: Request, form: Submission, one: Submission) -> Result:
    return result(one, chosen_model(request, form))


def _values(
    request: Request, form: Submission, results: dict[str, Result], errors: dict[str, dict[str, str]]
) -> dict[str, Any]:
    bars = None
    if len(results) == len(CASES):
        forecasts = [one.forecast for one in results.values()]
        bars = Markup(render(risk_bars(forecasts, [f"Case {case.upper()}" for case in CASES])).decode())
    return {
        **form_values(request, form),
        "results": results,
        "errors": errors,
        "bars": bars,
        "cases": CASES,
    }
