"""The application put together."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache, partial
from importlib.metadata import version
from typing import Any, Final

import anyio.to_thread
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.routing import Match, Route

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
    static_files,
)
from organotropism.app.board import Board
from organotropism.app.headers import Headers
from organotropism.app.intake import Body, Crowd, Head, Hosts
from organotropism.app.json_response import Json
from organotropism.app.lanes import Lanes
from organotropism.app.openapi import openapi
from organotropism.app.protocol import out_of_files
from organotropism.app.result import result
from organotropism.app.settings import PREFIX, Settings
from organotropism.app.state import Services
from organotropism.app.submission import Submission
from organotropism.errors import InputError

_PARTS: Final = (
    *(calculator, compare, explorer, own_evidence, about, static_files),
    *(api, api_mcode, api_evidence),
)
#: Threads that make pages without a forecast.
_PAGE_THREADS: Final = 2
#: How long the interpreter stays with one thread while others wait. The loop asks for it several times a
#: request; with the usual 5 ms an answer of a millisecond takes thirty while a forecast is computed.
_SWITCH_SECONDS: Final = 0.0005
#: How long the first page has the processor to itself.
_QUIET_SECONDS: Final = 0.5


@asynccontextmanager
async def _running(app: FastAPI) -> AsyncIterator[None]:
    shared: Services = app.state.services
    anyio.to_thread.current_default_thread_limiter().total_tokens = _PAGE_THREADS
    sys.setswitchinterval(_SWITCH_SECONDS)
    asyncio.get_running_loop().set_exception_handler(out_of_files)
    warming = threading.Timer(_QUIET_SECONDS, _warm_up, [shared.settings])
    warming.daemon = True
    warming.start()
    # What the loop itself answers is read before it is asked for.
    static_files.files()
    models.names()
    _version()
    yield
    warming.cancel()
    shared.lanes.close()


def _warm_up(settings: Settings) -> None:
    """Load what the first forecast needs, while the first page is being read."""
    result(Submission({"subtype": "TNBC", "age": "60"}), models.shipped(settings.model))


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
    board = Board.of_environment()
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
            Middleware(request_log.RequestLog, board=board),
            Middleware(Hosts, names=settings.hosts),
            Middleware(Head),
            Middleware(Body),
            Middleware(Crowd),
        ],
        exception_handlers={
            InputError: _input_error,
            RequestValidationError: _request_error,
            HTTPException: _http_error,
            problem.Problem: _problem,
        },
    )
    app.state.services = Services(settings, Lanes(board, settings.workers))
    app.openapi = partial(openapi, app)  # type: ignore[method-assign]  # the documented way to replace it
    for part in _PARTS:
        app.include_router(part.router)
    app.add_api_route("/health", health, response_class=Json, include_in_schema=False)
    return app


async def health() -> Json:
    """Say that the server answers, and with which version and models; waits for nothing."""
    return Json({"status": "ok", "version": _version(), "models": list(models.names())})


@cache
def _version() -> str:
    return version("organotropism")


async def _input_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, InputError)
    return problem.response(request.scope, problem.of_input(error))


async def _request_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    details: Any = error.errors()
    return problem.response(request.scope, problem.of_request(iter(details)))


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    if error.status_code == 405:
        headers["Allow"] = ", ".join(_methods(request))
    text = {404: "There is nothing at this address.", 405: "This address does not take such a request."}
    detail = text.get(error.status_code, "The request cannot be read.")
    return problem.response(request.scope, problem.Problem(error.status_code, detail, (), headers))


def _methods(request: Request) -> list[str]:
    """Methods that some route takes at this address; the framework names those of the first alone."""
    found: set[str] = set()
    routes = [route for part in _PARTS for route in part.router.routes]
    for route in (*routes, *request.app.routes):
        if isinstance(route, Route) and route.matches(request.scope)[0] is not Match.NONE:
            found |= route.methods or set()
    return sorted(found | ({"HEAD"} if "GET" in found else set()))


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, problem.Problem)
    return problem.response(request.scope, error)
