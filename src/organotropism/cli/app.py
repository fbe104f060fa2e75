"""``organotropism app``: open the web application."""

from __future__ import annotations

import os
import sys
import threading
import time
import webbrowser
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final
from urllib.error import URLError
from urllib.request import urlopen

from organotropism.cli.parser import Parser
from organotropism.errors import InputError
from organotropism.patient_values import read_whole_number

if TYPE_CHECKING:
    from organotropism.app.settings import Settings

_LONGEST_START: Final = 30.0
#: Connections that wait to be accepted; each is taken within a moment, so more would only be an attack.
_BACKLOG: Final = 512
_DESCRIPTION: Final = """\
Serve the web application: calculator, evidence explorer and JSON API (/api/v1). Without options it listens on
this machine alone and opens a browser. Stop it with Ctrl-C; requests under way are finished."""
_EPILOG: Final = """\
examples:
  organotropism app
  organotropism app --port 9000 --no-browser
  organotropism app --host 0.0.0.0 --workers 2 --no-browser

Every option, and more, can be set in the environment (ORGANOTROPISM_HOST, ...); see docs/app.md."""


def run(arguments: Sequence[str]) -> int:
    """Run the command until it is stopped; returns the exit code."""
    parser = Parser(
        prog="organotropism app",
        usage="organotropism app [--host NAME] [--port N] [--workers N] [--no-browser]",
        description=_DESCRIPTION,
        epilog=_EPILOG,
    )
    parser.add_argument(
        "--host", metavar="NAME", help="where to listen; default 127.0.0.1, this machine alone"
    )
    parser.add_argument("--port", metavar="N", help="default 8765")
    parser.add_argument("--workers", metavar="N", help="processes, one per core at most; default 1")
    parser.add_argument("--no-browser", action="store_true", help="open no browser")
    given = parser.read(arguments)
    try:
        import uvicorn  # noqa: F401

        from organotropism.app.settings import Settings
    except ImportError:
        problem = "the web application is not installed"
        raise InputError(problem, expected='pip install "organotropism[app]"') from None
    chosen = {
        "host": given.host,
        "port": _whole("--port", given.port),
        "workers": _whole("--workers", given.workers),
    }
    settings = replace(
        Settings.from_environment(os.environ),
        **{name: value for name, value in chosen.items() if value is not None},
    )
    os.environ.update(settings.to_environment())
    address = f"http://{_reachable(settings.host)}:{settings.port}{settings.root_path}/"
    print(f"organotropism: {address} (stop with Ctrl-C)", file=sys.stderr)
    if not given.no_browser:
        threading.Thread(target=_open, args=(address,), daemon=True).start()
    return _serve(settings)


def _serve(settings: Settings) -> int:
    """Serve until stopped; returns the exit code."""
    import uvicorn

    from organotropism.app import request_log

    request_log.configure(settings.log_level)
    config = uvicorn.Config(
        "organotropism.app.main:create_app",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=settings.workers,
        http="organotropism.app.protocol:Protocol",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        backlog=_BACKLOG,
        timeout_graceful_shutdown=settings.grace_seconds,
    )
    # Ctrl-C is how it is meant to be stopped.
    with suppress(KeyboardInterrupt):
        if settings.workers > 1:
            from organotropism.app.supervisor import serve

            serve(config)
        else:
            uvicorn.Server(config).run()
    return 0


def _whole(option: str, text: str | None) -> int | None:
    try:
        number = read_whole_number(text)
    except InputError as error:
        raise error.at(field=option) from None
    return number


def _reachable(host: str) -> str:
    """An address of this machine at which a server on `host` answers."""
    return {"0.0.0.0": "127.0.0.1", "::": "[::1]", "::1": "[::1]"}.get(host, host)


def _open(address: str) -> None:
    """Open the browser once the server answers."""
    end = time.monotonic() + _LONGEST_START
    while time.monotonic() < end:
        try:
            with urlopen(f"{address}health", timeout=1):
                break
        except (URLError, OSError):
            time.sleep(0.1)
    webbrowser.open(address)
