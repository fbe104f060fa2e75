"""Several processes that serve, and one that watches over them: every start and every death is in the log."""

from __future__ import annotations

import logging
import os
import signal
import tempfile
import time
from pathlib import Path
from socket import socket
from typing import Final

from uvicorn.config import STARTUP_FAILURE, Config
from uvicorn.supervisors.multiprocess import Multiprocess, Process

from organotropism.app.board import FOLDER, read
from organotropism.app.request_log import LOGGER

#: A process that does not answer for so long is ended. One that gets a tenth of a core needs half a minute to
#: start and seconds for its first figure, and is not dead.
SILENT_SECONDS: Final = 120.0
#: Beyond the time that requests under way are given, before a process that does not stop is ended.
_STOP_SECONDS: Final = 10.0
log: Final = logging.getLogger(LOGGER)


class Worker(Process):
    """One process that serves."""

    def always_pong(self) -> None:
        """Answer the watching process, and stop when it is no more."""
        try:
            super().always_pong()
        except (EOFError, OSError):
            self.server.should_exit = True


class Supervisor(Multiprocess):
    """Starts the processes, replaces those that die, and tells what was lost with them."""

    def __init__(self, config: Config, sockets: list[socket], board: Path) -> None:
        super().__init__(config, sockets)
        self._board = board
        self._asked: dict[int, float] = {}

    def init_processes(self) -> None:
        """Start as many as were asked for."""
        self.processes = [self._start() for _ in range(self.processes_num)]

    def keep_subprocess_alive(self) -> None:
        """Replace what died; never wait for an answer, so that one hung process does not hide another."""
        for place, process in enumerate(self.processes):
            cause = self._cause(process)
            if cause is None or self.should_exit.is_set():
                continue
            process.kill()
            process.join()
            self._tell(process, cause or _ending(process.exitcode))
            if process.exitcode == STARTUP_FAILURE:
                # It would fail in the same way again.
                self.should_exit.set()
                return
            self.processes[place] = self._start()

    def join_all(self) -> None:
        """Wait for the processes to stop; end those that do not."""
        end = time.monotonic() + (self.config.timeout_graceful_shutdown or 0) + _STOP_SECONDS
        for process in self.processes:
            process.process.join(max(0.0, end - time.monotonic()))
            if process.process.is_alive():
                process.process.kill()
                process.process.join()
                self._tell(process, "did not stop when told to")

    def _start(self) -> Process:
        worker = Worker(self.config, self.sockets)
        worker.start()
        log.info("worker started", extra={"entry": {"worker": worker.pid}})
        return worker

    def _cause(self, process: Process) -> str | None:
        """Why a process has to be replaced: blank where it has ended, None where it lives."""
        if not process.process.is_alive():
            return ""
        number, now = process.pid or 0, time.monotonic()
        try:
            if number in self._asked and process.parent_conn.poll(0):
                process.parent_conn.recv()
                del self._asked[number]
            if number not in self._asked:
                process.parent_conn.send(b"ping")
                self._asked[number] = now
        except (OSError, EOFError):
            pass  # It is just ending; the next look will see it ended.
        if now - self._asked.get(number, now) > SILENT_SECONDS:
            return f"did not answer for {SILENT_SECONDS:.0f} s"
        return None

    def _tell(self, process: Process, cause: str) -> None:
        """Log a death with the number of requests that had begun, and take the process off the board."""
        number = process.pid or 0
        file = self._board / str(number)
        entry = {"worker": number, "cause": cause, "requests_lost": read(file).requests}
        file.unlink(missing_ok=True)
        self._asked.pop(number, None)
        log.error("worker died", extra={"entry": entry})


def _ending(exitcode: int | None) -> str:
    if exitcode is not None and exitcode < 0:
        return f"ended by {signal.Signals(-exitcode).name}"
    return f"exit code {exitcode}"


def serve(config: Config) -> None:
    """Serve with several processes until told to stop."""
    with tempfile.TemporaryDirectory(prefix="organotropism-") as folder:
        os.environ[FOLDER] = folder
        try:
            Supervisor(config, [config.bind_socket()], Path(folder)).run()
        finally:
            del os.environ[FOLDER]
