"""``organotropism app``: open the web application."""

from __future__ import annotations

import os
import sys
import threading
import time
import webbrowser
from collections.abc import Sequence
from dataclasses import replace
from typing import Final
from urllib.error import URLError
from urllib.request import urlopen

from organotropism.cli.parser import Parser
from organotropism.errors import InputError
from organotropism.patient_values import read_whole_number

_LONGEST_START: Final = 30.0
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
        import uvicorn

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
    uvicorn.run(
        "organotropism.app.main:create_app",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=settings.workers,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=settings.grace_seconds,
    )
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
