"""Requests as structured log lines, without any value of a patient.

A line holds the route as it was declared, never the address that was asked for, and no query, header or
body. What goes wrong inside is logged by its kind and place alone, since a message may repeat a value.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import time
from contextvars import ContextVar
from typing import Any, Final
from uuid import uuid4

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from organotropism.app.board import Board
from organotropism.app.lanes import Gone
from organotropism.app.problem import failure
from organotropism.errors import place_inside

LOGGER: Final = "organotropism.app"
HEADER: Final = b"x-request-id"
request_id: ContextVar[str] = ContextVar("request_id", default="")
#: Status in the log of a request whose client left before it was answered; as nginx has it.
CLIENT_LEFT: Final = 499
_GIVEN_ID: Final = re.compile(rb"[A-Za-z0-9-]{8,64}")
log: Final = logging.getLogger(LOGGER)


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, event, and what the event adds."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        entry: dict[str, Any] = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
            + f".{record.msecs:03.0f}Z",
            "level": record.levelname.lower(),
            "event": record.getMessage(),
        }
        entry.update(getattr(record, "entry", {}))
        if record.exc_info and record.exc_info[1] is not None:
            # The kind and the place; a message or a traceback might hold values.
            error = record.exc_info[1]
            entry["error"] = f"{type(error).__name__}{place_inside(error)}"
        return json.dumps(entry)


def _wanted(record: logging.LogRecord) -> bool:
    """Leave out what the server says of each malformed request; it is told less often and with its number."""
    return record.getMessage() != "Invalid HTTP request received."


def configure(level: str) -> None:
    """Send the logs of the application, its server and its loop to standard error as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    handler.addFilter(_wanted)
    for name in (LOGGER, "uvicorn", "uvicorn.error", "asyncio"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = ([handler] if name != "uvicorn.error" else []), name != LOGGER
        logger.setLevel(level.upper())
    for name in ("uvicorn", "asyncio"):
        logging.getLogger(name).propagate = False
    # Its lines hold addresses as they were asked for.
    logging.getLogger("uvicorn.access").disabled = True


class RequestLog:
    """Gives each request an id, logs it, and answers for what went wrong inside."""

    def __init__(self, app: ASGIApp, board: Board) -> None:
        self.app = app
        self._board = board

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        self._board.add(requests=1)
        try:
            await self._serve(scope, receive, send)
        finally:
            self._board.add(requests=-1)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        identity = _identity(scope)
        token = request_id.set(identity)
        status, size, begin = 0, 0, time.perf_counter()

        async def watched(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = [*message.get("headers", []), (HEADER, identity.encode())]
                if self._board.crowded() and all(name != b"connection" for name, _ in headers):
                    # A connection belongs to one process for good; the client's next may reach another.
                    headers.append((b"connection", b"close"))
                message["headers"] = headers
            elif message["type"] == "http.response.body":
                size += len(message.get("body", b""))
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Gone:
            status = CLIENT_LEFT
        except Exception:
            log.exception("failed", extra={"entry": {"request_id": identity}})
            if status == 0:
                await failure(scope)(scope, receive, watched)
        finally:
            request_id.reset(token)
            entry = {
                "request_id": identity,
                "method": scope["method"],
                "route": getattr(scope.get("route"), "path", None),
                "status": status,
                "ms": round(1000 * (time.perf_counter() - begin), 1),
                "bytes": size,
            }
            log.info("request", extra={"entry": entry})


def _identity(scope: Scope) -> str:
    """The id that a proxy has given, if it looks like one, else a new one."""
    given = next((value for name, value in scope["headers"] if name == HEADER), b"")
    return given.decode() if _GIVEN_ID.fullmatch(given) else uuid4().hex
