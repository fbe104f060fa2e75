"""What the tests of the application share: a case, and a server started as the command starts it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

#: A case of which everything that the model uses is known, so that forecasts are fast.
CASE = {
    "age": "46",
    "er": "negative",
    "pr": "negative",
    "her2": "positive",
    "size_mm": "24",
    "positive_nodes": "2",
    "grade": "3",
    "ki67": "30",
    "histology": "ductal",
    "detection": "symptoms",
}


@dataclass
class Server:
    """A server of its own process, and what it has logged."""

    process: subprocess.Popen[bytes]
    url: str
    log_file: Path
    seconds_to_start: float

    def entries(self) -> list[dict[str, Any]]:
        """Lines of the log that are JSON."""
        lines = self.log_file.read_text().splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def wait_for(self, request_id: str) -> dict[str, Any]:
        """The line of one request, which is written just after its answer."""
        for _ in range(100):
            found = [
                e for e in self.entries() if e.get("request_id") == request_id and e["event"] == "request"
            ]
            if found:
                return found[0]
            time.sleep(0.05)
        raise AssertionError("the request is not in the log")


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def start_server(folder: Path, *arguments: str, **environment: str) -> Server:
    """Start `organotropism app` and wait until it answers."""
    port = free_port()
    log = folder / "server.log"
    command = [sys.executable, "-m", "organotropism", "app", "--no-browser", "--port", str(port), *arguments]
    begin = time.perf_counter()
    with log.open("wb") as stream:
        process = subprocess.Popen(command, stderr=stream, env={**os.environ, **environment})
    url = f"http://127.0.0.1:{port}"
    while True:
        try:
            if httpx.get(f"{url}/health", timeout=1).status_code == 200:
                break
        except httpx.TransportError:
            pass
        assert process.poll() is None, log.read_text()
        assert time.perf_counter() - begin < 200, log.read_text()
        time.sleep(0.02)
    return Server(process, url, log, time.perf_counter() - begin)


def stop_server(server: Server) -> int:
    """Ask the server to stop, as a service manager does; returns its exit code."""
    server.process.send_signal(signal.SIGTERM)
    return server.process.wait(100)
