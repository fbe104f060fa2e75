"""Closing a connection so that the client sees the answer, even where it is still sending."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

#: How long, and for how many bytes, a client that has been answered may go on sending.
_SECONDS: Final = 5.0
_MOST_BYTES: Final = 24_000_000


class Lingering:
    """A transport that says at once that the answer was the last, and reads on before it closes.

    A connection that is closed with something unread is reset, and what the client has not yet read of the
    answer is lost with it (RFC 9112, 9.6). Everything else is left to the transport itself.

    Parameters
    ----------
    sending : whether the client may still be sending what it was answered to
    """

    def __init__(self, transport: asyncio.Transport, sending: Callable[[], bool]) -> None:
        self._transport = transport
        self._sending = sending
        self._left: int | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    @property
    def lingers(self) -> bool:
        """Whether what comes is to be given to `discard`."""
        return self._left is not None

    def is_closing(self) -> bool:
        """Whether nothing more can be sent."""
        return self.lingers or self._transport.is_closing()

    def close(self) -> None:
        """Close, at once or when the client has ended."""
        if self._sending():
            self.linger()
        elif not self.lingers:
            self._transport.close()

    def linger(self) -> None:
        """End what is sent; close when the client has ended too, or after some seconds."""
        if self.is_closing():
            return
        self._left = _MOST_BYTES
        self._transport.write_eof()
        self._transport.resume_reading()
        asyncio.get_running_loop().call_later(_SECONDS, self._transport.abort)

    def discard(self, data: bytes) -> None:
        """Take what comes after the answer."""
        self._left = (self._left or 0) - len(data)
        if self._left < 0:
            self._transport.abort()
