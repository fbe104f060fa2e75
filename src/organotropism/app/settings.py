"""Configuration of the application, from the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Final

from organotropism.errors import InputError
from organotropism.process.model import DEFAULT_MODEL

PREFIX: Final = "ORGANOTROPISM_"
LOOPBACK: Final = ("127.0.0.1", "localhost", "[::1]")
_LEVELS: Final = ("debug", "info", "warning", "error")
_MOST_WORKERS: Final = 64


@dataclass(frozen=True)
class Settings:
    """How one server runs; every field is read from ``ORGANOTROPISM_`` and its name in capitals.

    Attributes
    ----------
    host, port : where to listen
    workers : processes
    allowed_hosts : names under which the server may be addressed, parted by commas; ``*`` for any.
        Empty: those of the loopback interface when it listens there, else any
    root_path : prefix under which a proxy serves the application, such as ``/organotropism``
    model : shipped model that is chosen first
    log_level : debug, info, warning or error
    grace_seconds : how long requests under way may take once the server is told to stop
    """

    host: str = "127.0.0.1"
    port: int = 8765
    workers: int = 1
    allowed_hosts: str = ""
    root_path: str = ""
    model: str = DEFAULT_MODEL
    log_level: str = "info"
    grace_seconds: int = 20

    def __post_init__(self) -> None:
        _check(1 <= self.port <= 65535, "port", self.port, "1 to 65535")
        _check(1 <= self.workers <= _MOST_WORKERS, "workers", self.workers, f"1 to {_MOST_WORKERS}")
        _check(self.grace_seconds >= 0, "grace_seconds", self.grace_seconds, "0 or more")
        _check(self.log_level in _LEVELS, "log_level", self.log_level, ", ".join(_LEVELS))
        path_like = self.root_path == "" or (self.root_path.startswith("/") and self.root_path[-1] != "/")
        _check(path_like, "root_path", self.root_path, "a path such as /organotropism")

    @property
    def hosts(self) -> tuple[str, ...]:
        """Names under which the server may be addressed."""
        named = tuple(name.strip() for name in self.allowed_hosts.split(",") if name.strip())
        if named:
            return named
        return LOOPBACK if self.host in {"127.0.0.1", "localhost", "::1"} else ("*",)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Read the settings.

        Raises
        ------
        InputError
            For a value that cannot be used, naming the variable.
        """
        given: dict[str, str | int] = {}
        for field in fields(cls):
            text = environment.get(PREFIX + field.name.upper())
            if text is None or text == "":
                continue
            given[field.name] = _whole(field.name, text) if isinstance(field.default, int) else text
        return cls(**given)  # type: ignore[arg-type]  # each field was read by its own type

    def to_environment(self) -> dict[str, str]:
        """The settings as variables, for the processes that serve."""
        return {PREFIX + field.name.upper(): str(getattr(self, field.name)) for field in fields(self)}


def _whole(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise InputError("is not a whole number", field=PREFIX + name.upper(), value=text)
    return int(text)


def _check(holds: bool, name: str, value: object, expected: str) -> None:
    if not holds:
        raise InputError("cannot be used", field=PREFIX + name.upper(), value=value, expected=expected)
