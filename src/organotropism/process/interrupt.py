"""A long computation asks now and then whether it is still wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_asked: ContextVar[Callable[[], None] | None] = ContextVar("asked", default=None)


def checkpoint() -> None:
    """Ask whether to go on; called every few hundredths of a second. Whoever set `watched` may raise here."""
    ask = _asked.get()
    if ask is not None:
        ask()


@contextmanager
def watched(ask: Callable[[], None]) -> Iterator[None]:
    """Have `ask` called at every checkpoint inside, in this thread alone; what it raises ends the work."""
    token = _asked.set(ask)
    try:
        yield
    finally:
        _asked.reset(token)
