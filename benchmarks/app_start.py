"""How long the application takes from the start of its process to its first page.

    python benchmarks/app_start.py --starts 5

Prints one JSON object: the least over the starts of the seconds until the server listens, from then until the
first page has come, and of both together; and the processor seconds of the server's process until then,
which other work on the machine changes less. Modules are compiled into a folder of their own by a start that
does not count, as an installation has them.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

_REQUEST = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
_LONGEST = 60.0


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def connected(port: int, end: float) -> socket.socket:
    """A connection, as soon as the server takes one."""
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=_LONGEST)
        except OSError:
            if time.perf_counter() > end:
                raise
            time.sleep(0.005)


def processor_seconds(process: int) -> float | None:
    """Processor time of a process so far (Linux), else None."""
    file = Path(f"/proc/{process}/stat")
    if not file.exists():
        return None
    user, system = file.read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def start(environment: dict[str, str]) -> dict[str, Any]:
    """Start the server once, ask for the first page, stop it."""
    port = free_port()
    command = [sys.executable, "-m", "organotropism", "app", "--no-browser", "--port", str(port)]
    begin = time.perf_counter()
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, env=environment)
    try:
        with connected(port, begin + _LONGEST) as line:
            listening = time.perf_counter()
            line.sendall(_REQUEST)
            answer = b"".join(iter(lambda: line.recv(65_536), b""))
        end = time.perf_counter()
        used = processor_seconds(process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(_LONGEST)
    assert answer.startswith(b"HTTP/1.1 200"), answer[:80]
    return {
        "seconds_to_listen": listening - begin,
        "seconds_of_first_page": end - listening,
        "seconds_to_first_page": end - begin,
        "processor_seconds": used,
    }


def main() -> None:
    """Read the options, start the server several times, print the least of each."""
    parser = argparse.ArgumentParser(description="Time from the start of the application to its first page.")
    parser.add_argument("--starts", type=int, default=5)
    starts = parser.parse_args().starts
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": folder, "PYTHONDONTWRITEBYTECODE": ""}
        start(environment)
        found = [start(environment) for _ in range(starts)]
    least = {name: min(one[name] for one in found) for name in found[0] if found[0][name] is not None}
    print(json.dumps({name: round(value, 2) for name, value in least.items()}, indent=2))


if __name__ == "__main__":
    main()
