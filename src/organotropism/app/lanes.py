"""Two lanes for computing: short work side by side, long work one at a time; both bounded.

The loop that answers `/health` and the static files computes nothing. What a request costs is known before
it is computed (`cost`), so that short and long work part ways, and what would not fit is refused at once.
Nothing is computed for a client that has left.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from math import ceil
from typing import Final, TypeVar

from starlette.requests import Request

from organotropism.app.board import Board
from organotropism.app.problem import Problem
from organotropism.process.interrupt import watched

T = TypeVar("T")

#: Work of at most so many estimated seconds is short.
SHORT_SECONDS: Final = 1.0
#: Threads of the short lane; more would only take turns at the interpreter.
_SHORT_THREADS: Final = 2
#: How long short work may wait for its turn before it is refused.
_SHORT_WAIT_SECONDS: Final = 1.0
#: Estimated seconds of long work that may be taken on for each process of the server.
_HELD_SECONDS: Final = 45.0
#: How long the long lane stands back, at each of its checkpoints, for short work under way.
_STAND_BACK_SECONDS: Final = 0.02
#: Steps in which the progress of long work is told, and weight of the latest work in the pace.
_TOLD_SECONDS: Final = 0.5
_PACE_WEIGHT: Final = 0.3
#: Seconds of processor time after which a computation is ended, whatever was estimated.
_MOST_SECONDS: Final = 120.0


class Gone(Exception):
    """The client has left; nobody waits for an answer."""


class _Ticket:
    """Asked by the computation at its checkpoints whether it is still wanted.

    Parameters
    ----------
    step_back : called at each checkpoint with the seconds of processor time used so far
    """

    def __init__(self, step_back: Callable[[float], None] | None = None) -> None:
        self.gone = threading.Event()
        self._step_back = step_back
        self._begin = 0.0

    def run(self, task: Callable[[], T]) -> T:
        """Compute in this thread."""
        self._begin = time.thread_time()
        with watched(self.ask):
            self.ask()
            return task()

    def ask(self) -> None:
        if self.gone.is_set():
            raise Gone
        used = time.thread_time() - self._begin
        if used > _MOST_SECONDS:
            raise Problem(503, "The computation took longer than a request may take; please ask for less.")
        if self._step_back is not None:
            self._step_back(used)


class _ShortWork:
    """How much short work is under way; long work waits a moment while there is any."""

    def __init__(self) -> None:
        self._count = 0
        self._none = threading.Event()
        self._none.set()

    def __enter__(self) -> None:
        self._count += 1
        self._none.clear()

    def __exit__(self, *_: object) -> None:
        self._count -= 1
        if self._count == 0:
            self._none.set()

    def stand_back(self) -> None:
        self._none.wait(_STAND_BACK_SECONDS)


class _Left:
    """Seconds of one long computation that are still ahead, as they stand on the board."""

    def __init__(self, board: Board, seconds: float) -> None:
        self._board = board
        self._seconds = seconds
        self._used = 0.0
        board.add(seconds=seconds)

    def used(self, seconds: float) -> None:
        """Tell how many are behind; small steps are told together."""
        seconds = min(seconds, self._seconds)
        if seconds - self._used > _TOLD_SECONDS or seconds == self._seconds:
            self._board.add(seconds=self._used - seconds)
            self._used = seconds


class Lanes:
    """Where requests compute.

    Parameters
    ----------
    board : load of all processes of the server
    processes : how many there are
    """

    def __init__(self, board: Board, processes: int = 1) -> None:
        self.board = board
        self._processes = processes
        self._short = ThreadPoolExecutor(_SHORT_THREADS, "short")
        self._long = ThreadPoolExecutor(1, "long")
        self._short_turns = asyncio.Semaphore(_SHORT_THREADS)
        self._long_turns = asyncio.Semaphore(1)
        self._short_work = _ShortWork()
        self._pace = 1.0

    async def short(self, request: Request, task: Callable[[], T]) -> T:
        """Compute what takes a moment.

        Raises
        ------
        Problem
            503, where it would wait longer than a second for its turn.
        Gone
            Where the client left.
        """
        ticket = _Ticket()
        leaving = _leaving(request, ticket)
        try:
            if not await _turn(self._short_turns, leaving, _SHORT_WAIT_SECONDS):
                raise _busy(1.0)
            try:
                with self._short_work:
                    return await _compute(self._short, ticket, task)
            finally:
                self._short_turns.release()
        finally:
            ticket.gone.set()
            leaving.cancel()

    async def long(self, request: Request, seconds: float, task: Callable[[], T]) -> T:
        """Compute what takes some estimated seconds, one at a time in each process.

        Raises
        ------
        Problem
            503, where the processes of the server have taken on as much as they may.
        Gone
            Where the client left.
        """
        self.check_room(seconds)
        left = _Left(self.board, seconds)

        def step_back(used: float) -> None:
            left.used(used)
            self._short_work.stand_back()

        ticket = _Ticket(step_back)
        leaving = _leaving(request, ticket)
        try:
            await _turn(self._long_turns, leaving, None)
            begin = time.monotonic()
            try:
                done = await _compute(self._long, ticket, task)
                # How an estimated second compares with one of the clock, while the machine is as busy as now.
                measured = min(max((time.monotonic() - begin) / seconds, 0.1), 10.0)
                self._pace += _PACE_WEIGHT * (measured - self._pace)
                return done
            finally:
                self._long_turns.release()
        finally:
            left.used(seconds)
            ticket.gone.set()
            leaving.cancel()

    def check_room(self, seconds: float = SHORT_SECONDS) -> None:
        """Refuse long work where the processes of the server have taken on as much as they may.

        Raises
        ------
        Problem
            503, which says when there will be room: the work ahead, at the pace of late.
        """
        held = self.board.seconds()
        if held and held + seconds > _HELD_SECONDS * self._processes:
            raise _busy(held / self._processes * self._pace)

    def close(self) -> None:
        """Begin nothing more."""
        for pool in (self._short, self._long):
            pool.shutdown(wait=False, cancel_futures=True)


def _busy(seconds: float) -> Problem:
    # The client's next connection may reach a process with less to do.
    headers = {"Retry-After": str(max(1, ceil(seconds))), "Connection": "close"}
    return Problem(503, "The server is busy; please try again later.", (), headers)


def _leaving(request: Request, ticket: _Ticket) -> asyncio.Task[None]:
    """A task that ends when the client has left, and tells the ticket."""

    async def wait() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass
        ticket.gone.set()

    return asyncio.create_task(wait())


async def _turn(turns: asyncio.Semaphore, leaving: asyncio.Task[None], seconds: float | None) -> bool:
    """Wait for a turn; False where it did not come in time.

    Raises
    ------
    Gone
        Where the client left before its turn came; the turn is then another's.
    """
    turn = asyncio.create_task(turns.acquire())
    try:
        await asyncio.wait({turn, leaving}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    except asyncio.CancelledError:
        _give_up(turn, turns)
        raise
    if leaving.done():
        _give_up(turn, turns)
        raise Gone
    if not turn.done():
        _give_up(turn, turns)
        return False
    return True


def _give_up(turn: asyncio.Task[bool], turns: asyncio.Semaphore) -> None:
    if turn.done():
        turns.release()
    else:
        turn.cancel()


async def _compute(pool: ThreadPoolExecutor, ticket: _Ticket, task: Callable[[], T]) -> T:
    """Compute in a thread; when the request is cancelled, the thread is told, and waited for.

    A thread cannot be stopped from outside: until it has come to its next checkpoint the turn is not free.
    """
    context = copy_context()
    computing = asyncio.get_running_loop().run_in_executor(pool, context.run, ticket.run, task)
    try:
        return await asyncio.shield(computing)
    except asyncio.CancelledError:
        ticket.gone.set()
        await asyncio.wait({computing})
        computing.exception()
        raise
