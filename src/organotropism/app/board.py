"""What the processes of one server tell one another: requests under way, and seconds of work taken on.

Each process writes a file of its own, named by its number, in a folder that the first process makes; the
others read it. So nothing has to be locked, and what a killed process leaves behind can be read and removed.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Final

FOLDER: Final = "ORGANOTROPISM_BOARD"
_FORM: Final = struct.Struct("<qd")


@dataclass(frozen=True)
class Load:
    """Of one process: requests begun and not finished, and seconds of long computations taken on."""

    requests: int = 0
    seconds: float = 0.0


class Board:
    """The load of this process, and that of all.

    Parameters
    ----------
    folder : shared by the processes of a server; None: this process is alone
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._lock = Lock()
        self._own = Load()
        self._file = None
        if folder is not None:
            self._file = os.open(folder / str(os.getpid()), os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
            self._write()

    @classmethod
    def of_environment(cls) -> Board:
        """The board in the folder that the first process named, if it did."""
        named = os.environ.get(FOLDER)
        return cls(Path(named) if named and Path(named).is_dir() else None)

    @property
    def own(self) -> Load:
        """The load of this process."""
        return self._own

    def add(self, requests: int = 0, seconds: float = 0.0) -> None:
        """Change the load of this process."""
        with self._lock:
            self._own = Load(self._own.requests + requests, max(0.0, self._own.seconds + seconds))
            self._write()

    def seconds(self) -> float:
        """Seconds of work taken on by all processes."""
        if self._folder is None:
            return self._own.seconds
        return sum(read(file).seconds for file in self._folder.iterdir())

    def crowded(self) -> bool:
        """Whether another process has clearly fewer requests under way than this one."""
        if self._folder is None:
            return False
        others = [read(file).requests for file in self._folder.iterdir() if file.name != str(os.getpid())]
        return bool(others) and self._own.requests > min(others) + 1

    def close(self) -> None:
        """Take this process off the board."""
        if self._file is not None and self._folder is not None:
            os.close(self._file)
            self._file = None
            (self._folder / str(os.getpid())).unlink(missing_ok=True)

    def _write(self) -> None:
        if self._file is not None:
            os.lseek(self._file, 0, os.SEEK_SET)
            os.write(self._file, _FORM.pack(self._own.requests, self._own.seconds))


def read(file: Path) -> Load:
    """The load in one file of the folder; none where the process has just left or not yet written."""
    try:
        return Load(*_FORM.unpack(file.read_bytes()))
    except (OSError, struct.error):
        return Load()
