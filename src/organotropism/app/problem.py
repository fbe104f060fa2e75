"""What is answered when a request cannot be served: RFC 9457 documents for the API, plain pages for people.

An answer of the API names the field that is wrong and what is expected there, and repeats no value: the
messages of `InputError` quote what was given, so they are put together anew from the parts that the error
itself declares safe.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any, Final

from starlette.responses import HTMLResponse, Response
from starlette.types import Scope

from organotropism.errors import IneligibleError, InputError
from organotropism.patient import Patient

MEDIA_TYPE: Final = "application/problem+json"
#: Fields of a request beside those of the patient, which messages may name.
OPTIONS: Final = frozenset({"horizons", "intervals", "reasons", "year", "baseline", "model", "patients"})
_KNOWN: Final = frozenset(Patient.model_fields) | OPTIONS
#: What is said of a problem whose own words hold something of the patient; any other "cannot be used".
_UNSAFE: Final = {
    "past_evidence": "no horizon ends within the years after diagnosis that the evidence covers",
}
_MOST_SHOWN: Final = 20


class Problem(Exception):
    """An answer other than the one that was asked for.

    Attributes
    ----------
    status : HTTP status
    detail : one sentence, without any value of a patient
    errors : what is wrong, each with its field, problem and what is expected
    headers : headers of the response
    """

    def __init__(
        self,
        status: int,
        detail: str,
        errors: tuple[dict[str, str], ...] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = errors
        self.headers = dict(headers or {})

    def document(self) -> dict[str, Any]:
        """The members of RFC 9457."""
        body: dict[str, Any] = {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
        }
        return {**body, "errors": list(self.errors)} if self.errors else body


def response(scope: Scope, problem: Problem) -> Response:
    """The problem as a document for the API and as a page for anyone else."""
    if "/api/" in scope["path"]:
        body = json.dumps(problem.document()).encode()
        return Response(body, problem.status, problem.headers, MEDIA_TYPE)
    # Nothing here comes from the request, so nothing has to be escaped.
    title = HTTPStatus(problem.status).phrase
    page = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><link rel="icon" href="data:,">'
        f"<title>{title}</title><main><h1>{title}</h1><p>{problem.detail}</p>"
        f'<p><a href="{scope.get("root_path", "")}/">Back to the calculator</a></p></main></html>'
    )
    return HTMLResponse(page, problem.status, problem.headers)


def failure(scope: Scope) -> Response:
    """A defect of the program."""
    detail = "The server failed. The identifier of the request is in the header X-Request-ID."
    return response(scope, Problem(500, detail))


def of_input(error: InputError, patient: str = "") -> Problem:
    """An input that cannot be used.

    Parameters
    ----------
    patient
        Which one it was, such as ``patients.3``, where there are several.
    """
    every = [error, *error.others]
    errors = tuple(_entry(one, patient) for one in every[:_MOST_SHOWN])
    if isinstance(error, IneligibleError):
        return Problem(422, "The model does not speak of such a patient.", errors)
    return Problem(422, "The input cannot be used.", errors)


def of_request(details: Iterator[Mapping[str, Any]]) -> Problem:
    """A request that has not the form that the API describes."""
    errors = []
    for detail in details:
        names = [str(part) for part in detail["loc"][1:]]
        known = [name for name in names if name.isdigit() or name in _KNOWN or name in {"patient", "limit"}]
        kind = str(detail["type"])
        code = kind if kind in _SHAPES else "invalid"
        problem = _SHAPES.get(kind, "cannot be used")
        errors.append({"field": ".".join(known), "problem": problem, "code": code})
    unreadable = any(detail["problem"] == _SHAPES["json_invalid"] for detail in errors)
    return Problem(400 if unreadable else 422, "The request is not of the form described.", tuple(errors))


_SHAPES: Final = {
    "missing": "is missing",
    "json_invalid": "is not valid JSON",
    "extra_forbidden": "is not a known field",
    "int_parsing": "is not a whole number",
    "int_type": "is not a whole number",
    "float_type": "is not a number",
    "bool_type": "is neither true nor false",
    "list_type": "is not a list",
    "dict_type": "is not an object",
    "too_short": "has too few items",
    "too_long": "has too many items",
    "finite_number": "is not a finite number",
    "less_than_equal": "is out of range",
    "greater_than_equal": "is out of range",
    "literal_error": "is not one of the allowed words",
}


def _entry(error: InputError, patient: str) -> dict[str, str]:
    """One problem without values."""
    name = (error.field or "").partition(".")[0]
    place = [part for part in (patient, error.field if name in _KNOWN else None) if part]
    if error.safe:
        text = error.problem
    elif error.against:
        text = f"contradicts {' and '.join(error.against)}"
    else:
        text = _UNSAFE.get(error.code, "cannot be used")
    entry = {"field": ".".join(place), "problem": text, "code": error.code}
    return {**entry, "expected": error.expected} if error.safe and error.expected else entry
