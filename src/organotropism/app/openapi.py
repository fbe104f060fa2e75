"""The OpenAPI document: that of the framework, with the package's own schemas of patient and forecast."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

_PROBLEM: Final = {
    "type": "object",
    "description": "RFC 9457. Names fields and repeats no value.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "problem", "code"],
                "properties": {name: {"type": "string"} for name in ("field", "problem", "code", "expected")},
            },
        },
    },
}


def _schema(name: str) -> dict[str, Any]:
    file = resources.files("organotropism") / "schema" / f"{name}.schema.json"
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


def _moved(value: Any, title: str) -> Any:
    """The same schema with references to its own definitions pointing to components."""
    if isinstance(value, dict):
        return {
            key: entry.replace("#/$defs/", f"#/components/schemas/{title}_")
            if key == "$ref" and isinstance(entry, str)
            else _moved(entry, title)
            for key, entry in value.items()
        }
    return [_moved(entry, title) for entry in value] if isinstance(value, list) else value


def _components(name: str, title: str) -> dict[str, Any]:
    schema = _moved(_schema(name), title)
    definitions = schema.pop("$defs", {})
    schema.pop("$schema", None)
    return {title: schema, **{f"{title}_{key}": entry for key, entry in definitions.items()}}


def openapi(app: FastAPI) -> dict[str, Any]:
    """The document of the application, made once."""
    if app.openapi_schema is None:
        document = get_openapi(
            title="organotropism",
            version=app.version,
            summary="Where a breast cancer spreads, when, and how sure one can be. For research only.",
            routes=app.routes,
        )
        schemas = document["components"]["schemas"]
        schemas.update(_components("patient", "Patient"))
        schemas.update(_components("forecast", "Forecast"))
        schemas["Problem"] = _PROBLEM
        patient = {"$ref": "#/components/schemas/Patient"}
        schemas["ForecastRequest"]["properties"]["patient"] = patient
        schemas["BatchRequest"]["properties"]["patients"]["items"] = patient
        # What the framework would answer, and this application does not.
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        app.openapi_schema = document
    return app.openapi_schema
