"""The application put together."""

from __future__ import annotations

import os
import threading
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
    api_mcode,
    calculator,
    compare,
    explorer,
    models,
    own_evidence,
    problem,
    request_log,
)
from organotropism.app.headers import BodyLimit, Headers
from organotropism.app.json_response import Json
from organotropism.app.openapi import openapi
from organotropism.app.result import result
from organotropism.app.settings import PREFIX, Settings
from organotropism.app.state import Services
from organotropism.app.static_files import Static
from organotropism.app.submission import Submission
from organotropism.app.work import RangeQueue
from organotropism.errors import InputError

#: Requests of one process that compute at the same time; more would only wait for one another.
_THREADS: Final = 6
#: How long the first page has the processor to itself.
_QUIET_SECONDS: Final = 0.5


@asynccontextmanager
async def _running(app: FastAPI) -> AsyncIterator[None]:
    anyio.to_thread.current_default_thread_limiter().total_tokens = _THREADS
    warming = threading.Timer(_QUIET_SECONDS, _warm_up, [app.state.services.settings])
    warming.daemon = True
    warming.start()
    yield
    warming.cancel()


def _warm_up(settings: Settings) -> None:
    """Load what the first forecast needs, while the first page is being read."""
    form = Submission({"subtype": "TNBC", "age": "60"})
    result(form, models.shipped(settings.model), RangeQueue())


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
    if settings.model not in models.names():
        raise InputError("no such model", field=PREFIX + "MODEL", value=settings.model)
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
            # Outermost, so that the answer to a defect carries them too.
            Middleware(Headers),
            Middleware(request_log.RequestLog),
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
    for part in (calculator, compare, explorer, own_evidence, about, api, api_mcode, api_evidence):
        app.include_router(part.router)
    app.mount("/static", Static(directory=Path(__file__).parent / "static"), name="static")
    app.add_api_route("/health", health, response_class=Json, include_in_schema=False)
    return app


def health() -> Json:
    """Say that the server answers, and with which version and models."""
    return Json({"status": "ok", "version": version("organotropism"), "models": models.names()})


async def _input_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, InputError)
    return problem.response(request.scope, problem.of_input(error))


async def _request_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    details: Any = error.errors()
    return problem.response(request.scope, problem.of_request(iter(details)))


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    text = {404: "There is nothing at this address.", 405: "This address does not take such a request."}
    detail = text.get(error.status_code, "The request cannot be read.")
    return problem.response(request.scope, problem.Problem(error.status_code, detail, (), error.headers))


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, problem.Problem)
    return problem.response(request.scope, error)
