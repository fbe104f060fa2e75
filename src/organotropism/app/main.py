"""The application put together."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import anyio.to_thread
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import Response

from organotropism.app import (
    about,
    api,
    api_evidence,
    calculator,
    compare,
    explorer,
    models,
    problem,
    request_log,
)
from organotropism.app.headers import BodyLimit, Headers
from organotropism.app.json_response import Json
from organotropism.app.openapi import openapi
from organotropism.app.settings import Settings
from organotropism.app.state import Services
from organotropism.app.static_files import Static
from organotropism.errors import InputError

#: Requests of one process that compute at the same time; more would only wait for one another.
_THREADS: Final = 6


@asynccontextmanager
async def _running(app: FastAPI) -> AsyncIterator[None]:
    anyio.to_thread.current_default_thread_limiter().total_tokens = _THREADS
    yield


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application.

    Parameters
    ----------
    settings
        None: from the environment, as the server's processes start it.

    Raises
    ------
    InputError
        For settings that cannot be used.
    """
    settings = settings or Settings.from_environment(os.environ)
    request_log.configure(settings.log_level)
    models.shipped(settings.model)
    app = FastAPI(
        title="organotropism",
        version=version("organotropism"),
        root_path=settings.root_path,
        openapi_url="/api/v1/openapi.json",
        # Their pages load scripts from elsewhere.
        docs_url=None,
        redoc_url=None,
        lifespan=_running,
        middleware=[
            Middleware(request_log.RequestLog),
            Middleware(Headers),
            Middleware(TrustedHostMiddleware, allowed_hosts=list(settings.hosts), www_redirect=False),
            Middleware(BodyLimit),
        ],
        exception_handlers={
            InputError: _input_error,
            RequestValidationError: _request_error,
            HTTPException: _http_error,
            problem.Problem: _problem,
        },
    )
    app.state.services = Services(settings)
    app.openapi = partial(openapi, app)  # type: ignore[method-assign]  # the documented way to replace it
    for part in (calculator, compare, explorer, about, api, api_evidence):
        app.include_router(part.router)
    app.mount("/static", Static(directory=Path(__file__).parent / "static"), name="static")
    app.add_api_route("/health", health, response_class=Json, include_in_schema=False)
    return app


def health() -> Json:
    """Say that the server answers, and with which version and models."""
    return Json({"status": "ok", "version": version("organotropism"), "models": models.names()})


def _input_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, InputError)
    return problem.response(request.scope, problem.of_input(error))


def _request_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    details: Any = error.errors()
    return problem.response(request.scope, problem.of_request(iter(details)))


def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    text = {404: "There is nothing at this address.", 405: "This address does not take such a request."}
    detail = text.get(error.status_code, "The request cannot be read.")
    return problem.response(request.scope, problem.Problem(error.status_code, detail, (), error.headers))


def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, problem.Problem)
    return problem.response(request.scope, error)
