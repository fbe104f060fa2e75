"""What a request is held to before anything is made of it: its host, its method, its body, and the crowd."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from organotropism.app.lanes import Gone
from organotropism.app.problem import Problem, response

#: Most bytes of a request: a model file, a table of studies, a bundle of records.
MOST_BYTES: Final = 6_000_000
#: Most bytes of the head of a request; how much of one the server reads at once depends on how it comes in.
_MOST_HEAD: Final = 32_768
#: Most bytes of records in JSON: 200 patients have some 100,000.
MOST_JSON_BYTES: Final = 1_000_000
_JSON_PATHS: Final = ("/api/v1/forecast", "/api/v1/forecasts")
#: Bytes of bodies held at the same time, by one process.
_MOST_HELD: Final = 120_000_000
#: How long a body may take, and how long nothing of it may come.
_BODY_SECONDS: Final = 60.0
_SILENT_SECONDS: Final = 10.0
#: Of a body that is too large so much is read on, and so long, for the client to see the answer.
_MOST_DRAINED: Final = 24_000_000
_DRAIN_SECONDS: Final = 5.0
#: A body is handed on in pieces, so that reading a form does not hold up others.
_PIECE: Final = 32_768
#: Requests of one process that are served at the same time; those beyond it are refused at once.
MOST_REQUESTS: Final = 64
_CLOSE: Final = {"Connection": "close"}


class Hosts:
    """Answer to HTTP/1 alone, to the server's own names alone (``*``: any), and to no endless head."""

    def __init__(self, app: ASGIApp, names: Sequence[str]) -> None:
        self.app = app
        self._names = frozenset(name.lower() for name in names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http" and _head_size(scope) > _MOST_HEAD:
            problem = Problem(431, "The head of the request is too long.", (), _CLOSE)
            await response(scope, problem)(scope, receive, send)
            return
        if scope["type"] == "http" and not scope["http_version"].startswith("1."):
            problem = Problem(505, "The server speaks HTTP/1.1.", (), _CLOSE)
            await response(scope, problem)(scope, receive, send)
            return
        if scope["type"] == "http" and "*" not in self._names:
            given = _header(scope, b"host").decode("latin-1").lower()
            end = given.rfind("]") + 1  # an address of IPv6 has colons of its own
            name = given[:end] if end else given.partition(":")[0]
            if name not in self._names and not any(
                known.startswith("*.") and name.endswith(known[1:]) for known in self._names
            ):
                problem = Problem(400, "The server does not answer to this host name.", (), _CLOSE)
                await response(scope, problem)(scope, receive, send)
                return
        await self.app(scope, receive, send)


class Head:
    """Answer HEAD as GET, without the body."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def without_body(message: Message) -> None:
            await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

        inner = {**scope, "method": "GET"}
        try:
            await self.app(inner, receive, without_body)
        finally:
            scope["route"] = inner.get("route")


class Crowd:
    """Refuse requests beyond `most` at the same time; what needs no computing is always answered."""

    def __init__(self, app: ASGIApp, most: int = MOST_REQUESTS) -> None:
        self.app = app
        self.most = most
        self._served = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["path"].endswith("/health") or "/static/" in scope["path"]:
            await self.app(scope, receive, send)
            return
        if self._served >= self.most:
            problem = Problem(
                503, "The server is busy; please try again later.", (), {"Retry-After": "2", **_CLOSE}
            )
            await response(scope, problem)(scope, receive, send)
            return
        self._served += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self._served -= 1


class Body:
    """Read the whole body first: within its size, its time, and what the process can hold."""

    def __init__(self, app: ASGIApp, most: int = MOST_BYTES) -> None:
        self.app = app
        self.most = most
        self._held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["method"] in {"GET", "HEAD"}:
            await self.app(scope, receive, send)
            return
        body = bytearray()
        try:
            try:
                await self._read(scope, receive, body)
            except Problem as problem:
                await response(scope, problem)(scope, receive, send)
                return
            await self.app(scope, _Replay(body, receive), send)
        finally:
            self._held -= len(body)

    async def _read(self, scope: Scope, receive: Receive, body: bytearray) -> None:
        """Fill `body`.

        Raises
        ------
        Problem
            For a body that is encoded, too large or too slow, or where too many are held.
        Gone
            Where the client left before its end: half a request is none.
        """
        if _header(scope, b"content-length") and _header(scope, b"transfer-encoding"):
            # A proxy may read the one and this server the other: two requests out of one.
            raise Problem(400, "The request states two lengths.", (), _CLOSE)
        encoding = _header(scope, b"content-encoding").strip().lower()
        if encoding not in {b"", b"identity"}:
            headers = {"Accept-Encoding": "identity", **_CLOSE}
            raise Problem(415, "The body may not be compressed.", (), headers)
        most = MOST_JSON_BYTES if scope["path"].endswith(_JSON_PATHS) else self.most
        most = min(most, self.most)
        large = Problem(413, f"A request may bring at most {most // 1_000_000} MB here.", (), _CLOSE)
        stated = int(_header(scope, b"content-length")[:20] or b"0")
        if stated > _MOST_DRAINED or (stated > most and _header(scope, b"expect")):
            raise large
        end = time.monotonic() + _BODY_SECONDS
        more = True
        while more:
            piece, more = await _next(receive, min(_SILENT_SECONDS, end - time.monotonic()))
            body += piece
            self._held += len(piece)
            if len(body) > most or stated > most:
                await _drain(receive, more)
                raise large
            if self._held > _MOST_HELD:
                raise Problem(
                    503, "The server is busy; please try again later.", (), {"Retry-After": "5", **_CLOSE}
                )


class _Replay:
    """Hand on the body in pieces, letting others have their turn between two, then what else comes."""

    def __init__(self, body: bytearray, receive: Receive) -> None:
        self._body = body
        self._receive = receive
        self._place: int | None = 0

    async def __call__(self) -> Message:
        if self._place is None:
            return await self._receive()
        if self._place:
            await asyncio.sleep(0)
        begin, end = self._place, self._place + _PIECE
        more = end < len(self._body)
        self._place = end if more else None
        return {"type": "http.request", "body": bytes(self._body[begin:end]), "more_body": more}


async def _next(receive: Receive, seconds: float) -> tuple[bytes, bool]:
    """The next piece of a body, and whether more follows."""
    try:
        message = await asyncio.wait_for(receive(), max(seconds, 0.0))
    except TimeoutError:
        raise Problem(408, "The body of the request did not come in time.", (), _CLOSE) from None
    if message["type"] == "http.disconnect":
        raise Gone
    return message.get("body", b""), message.get("more_body", False)


async def _drain(receive: Receive, more: bool) -> None:
    """Read on and keep nothing: a connection that is closed while the client sends loses the answer."""
    end, drained = time.monotonic() + _DRAIN_SECONDS, 0
    while more and drained < _MOST_DRAINED:
        try:
            piece, more = await _next(receive, end - time.monotonic())
        except Problem:
            return
        drained += len(piece)


def _head_size(scope: Scope) -> int:
    fields = sum(len(name) + len(value) for name, value in scope["headers"])
    return fields + len(scope.get("raw_path") or b"") + len(scope["query_string"])


def _header(scope: Scope, name: bytes) -> bytes:
    found: bytes = next((value for key, value in scope["headers"] if key == name), b"")
    return found
