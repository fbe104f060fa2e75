"""Connections: how long a client may let the server wait, how many there may be, what is no HTTP."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import sys
import time
from typing import Any, Final, cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from organotropism.app.headers import HEADERS
from organotropism.app.lingering import Lingering
from organotropism.app.problem import MEDIA_TYPE, Problem
from organotropism.app.request_log import LOGGER

#: How long the head of a request may take from the connection, or the answer before it.
HEAD_SECONDS: Final = 10.0
#: How long a client may leave an answer unread.
WRITE_SECONDS: Final = 60.0
#: Most connections of one process, and descriptors of files that are left for everything else.
_MOST_CONNECTIONS: Final = 1_000
_OTHER_FILES: Final = 64
#: Refused or closed connections are told in the log once in so many seconds, with their number.
_LOG_SECONDS: Final = 10.0
log: Final = logging.getLogger(LOGGER)


def most_connections() -> int:
    """Most connections of one process, fewer where the system allows it few open files."""
    try:
        import resource
    except ImportError:  # not on Windows
        return _MOST_CONNECTIONS
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if files == resource.RLIM_INFINITY:
        return _MOST_CONNECTIONS
    return max(8, min(_MOST_CONNECTIONS, files - _OTHER_FILES, files))


class Seldom:
    """Lines of the log that an attack would otherwise multiply: one in a while, with how many there were."""

    def __init__(self) -> None:
        self._count = 0
        self._last = -_LOG_SECONDS

    def say(self, event: str, reason: str) -> None:
        """Count an event, and log it where the last line is old enough."""
        self._count += 1
        now = time.monotonic()
        if now - self._last >= _LOG_SECONDS:
            log.warning(event, extra={"entry": {"reason": reason, "connections": self._count}})
            self._count, self._last = 0, now


_crowded, _slow, _malformed, _no_files = Seldom(), Seldom(), Seldom(), Seldom()


def out_of_files(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Handle what goes wrong in the loop itself: without descriptors left no connection can be accepted."""
    error = context.get("exception")
    if isinstance(error, OSError) and "accept" in str(context.get("message")):
        _no_files.say("refused", "no file descriptor is left for a connection")
        return
    log.error("failed in the loop", exc_info=error, extra={"entry": {}})


class Protocol(H11Protocol):
    """HTTP/1.1 with limits."""

    _limit: asyncio.TimerHandle | None = None
    _write_limit: asyncio.TimerHandle | None = None
    _since: float = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request; where there are too many connections, one has to go."""
        super().connection_made(transport)
        # The loop does so only for a socket that names its protocol, which one shared by processes does not:
        # head and body of an answer would be 40 ms apart.
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._lingering = Lingering(transport, self._client_sends)
        self.transport = cast(asyncio.Transport, self._lingering)
        self._await_request()
        if len(self.connections) > most_connections():
            _make_room(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        for timer in (self._limit, self._write_limit):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read what came, unless the last answer has been given."""
        if self._lingering.lingers:
            self._lingering.discard(data)
        else:
            super().data_received(data)

    def handle_events(self) -> None:
        """Read what came; once the head of a request is whole, its time is no longer limited here."""
        before = self.cycle
        super().handle_events()
        if self.cycle is not before and not self.cycle.response_complete:
            self._since = self.loop.time()
            if self._limit is not None:
                self._limit.cancel()

    def on_response_complete(self) -> None:
        """Begin to wait for the next request, if that has not come already."""
        before = self.cycle
        super().on_response_complete()
        if self.cycle is before and not self.transport.is_closing():
            self._await_request()

    def pause_writing(self) -> None:
        """The client does not read: limit how long."""
        super().pause_writing()
        self._write_limit = self.loop.call_later(WRITE_SECONDS, self._abort)

    def resume_writing(self) -> None:
        """The client reads on."""
        super().resume_writing()
        if self._write_limit is not None:
            self._write_limit.cancel()

    @property
    def waits_for_client(self) -> bool:
        """Whether it is the client's turn: to send a request, the rest of it, or to read."""
        cycle = self.cycle
        return cycle is None or cycle.response_complete or cycle.more_body or self.flow.write_paused

    @property
    def since(self) -> float:
        """When the client's turn, or the request under way, began."""
        return self._since

    def _should_upgrade(self) -> bool:
        """There is nothing to upgrade to; such a request is answered as any other."""
        return False

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP with a problem document, and close."""
        error = sys.exc_info()[1]
        status = error.error_status_hint if isinstance(error, h11.RemoteProtocolError) else 400
        _malformed.say("malformed", "not a request in HTTP")
        if self.cycle is not None and not self.cycle.response_complete:
            # Part of a body was malformed: the request cannot be served any more.
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if self.conn.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            self._refuse(Problem(status, "This is not a request in HTTP/1.1 as the server understands it."))
        else:
            self.transport.close()

    def refuse_crowded(self) -> None:
        """Answer that there are too many connections, and close."""
        self._refuse(Problem(503, "There are too many connections.", (), {"Retry-After": "10"}))

    def _refuse(self, problem: Problem) -> None:
        body = json.dumps(problem.document()).encode()
        told = {
            **HEADERS,
            **problem.headers,
            "Content-Type": MEDIA_TYPE,
            "Content-Length": str(len(body)),
            "Cache-Control": "no-store",
            "Connection": "close",
        }
        lines = [f"HTTP/1.1 {problem.status} {problem.document()['title']}"]
        lines += [f"{name}: {value}" for name, value in told.items()]
        self.transport.write("\r\n".join([*lines, "", ""]).encode() + body)
        self._lingering.linger()

    def _client_sends(self) -> bool:
        """Whether the body of the request has not come to its end."""
        return self.conn.their_state is h11.SEND_BODY

    def _await_request(self) -> None:
        if self._limit is not None:
            self._limit.cancel()
        self._since = self.loop.time()
        self._limit = self.loop.call_later(HEAD_SECONDS, self._too_slow)

    def _too_slow(self) -> None:
        _slow.say("closed", "no request came in time")
        if not self.transport.is_closing():
            self.transport.close()
        # What it still has to send, the client may never read.
        self._limit = self.loop.call_later(HEAD_SECONDS, self._abort)

    def _abort(self) -> None:
        _slow.say("closed", "an answer was not read in time")
        self.transport.abort()


def _make_room(latest: Protocol) -> None:
    """Close the connection that has waited longest for its client; where none does, refuse the latest."""
    others = [one for one in latest.connections if isinstance(one, Protocol) and one is not latest]
    waiting = [one for one in others if one.waits_for_client]
    if waiting:
        _crowded.say("closed", "too many connections: the one that waited longest for its client")
        oldest = min(waiting, key=lambda one: one.since)
        latest.connections.discard(oldest)
        oldest.transport.abort()
    else:
        _crowded.say("refused", "too many connections, all with a request under way")
        latest.refuse_crowded()
