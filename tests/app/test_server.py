"""Run for real: started by the command, logged without a value, stopped without a broken answer."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from app_case import CASE, Server, start_server, stop_server
from organotropism.app.settings import LOOPBACK, Settings
from organotropism.cli import main
from organotropism.errors import InputError


def test_health(client: httpx.Client) -> None:
    answer = client.get("/health").json()
    assert answer["status"] == "ok"
    assert "literature" in answer["models"]


def test_each_request_has_an_id_and_one_line(client: httpx.Client, server: Server) -> None:
    answer = client.post("/", data=CASE)
    entry = server.wait_for(answer.headers["x-request-id"])
    assert (entry["method"], entry["route"], entry["status"]) == ("POST", "/", 200)
    assert entry["ms"] > 0 and entry["bytes"] == len(answer.content)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", entry["time"])
    given = client.get("/health", headers={"X-Request-ID": "abc-12345678"})
    assert given.headers["x-request-id"] == "abc-12345678"
    forged = client.get("/health", headers={"X-Request-ID": 'x"} {"event": "forged'})
    assert re.fullmatch(r"[0-9a-f]{32}", forged.headers["x-request-id"])


def test_no_value_of_a_patient_reaches_the_log(client: httpx.Client, server: Server) -> None:
    secret = "Zyxwvut"
    sent = [
        client.post("/", data={**CASE, "id": secret}),
        client.post("/", data={**CASE, "age": secret}),
        client.post("/api/v1/forecast", json={"patient": {"er": "positive", "id": secret, "age": 52}}),
        client.post("/api/v1/forecast", json={"patient": {"er": secret}}),
        client.get(f"/{secret}?name={secret}"),
        client.get(f"/evidence?factor={secret}"),
        client.get(f"/evidence/study/{secret}"),
        client.get("/health", headers={"User-Agent": secret, "Referer": secret}),
    ]
    for answer in sent:
        server.wait_for(answer.headers["x-request-id"])
    assert secret not in server.log_file.read_text()


def test_a_defect_is_told_by_its_place_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    from organotropism.app import about, request_log
    from organotropism.app.main import create_app

    def broken(*_: object, **__: object) -> None:
        raise ValueError("Zyxwvut")

    app = create_app(Settings(allowed_hosts="*"))
    monkeypatch.setattr(about, "page", broken)
    lines: list[str] = []
    (handler,) = request_log.log.handlers
    monkeypatch.setattr(handler, "emit", lambda record: lines.append(handler.format(record)))

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as asking:
            return await asking.get("/about")

    # In a thread of its own: the browser of other tests keeps a loop in this one.
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(asyncio.run, ask()).result()
    assert answer.status_code == 500
    assert "Zyxwvut" not in answer.text and "Traceback" not in answer.text
    assert answer.headers["content-security-policy"]
    failed = json.loads(lines[0])
    assert failed["event"] == "failed"
    assert re.fullmatch(r"ValueError in app/about\.py:\d+", failed["error"])
    assert "Zyxwvut" not in "".join(lines)


def test_a_request_under_way_is_finished_when_the_server_is_stopped(tmp_path: Path) -> None:
    running = start_server(tmp_path, ORGANOTROPISM_GRACE_SECONDS="240")
    # With ranges and much unknown: seconds of work, in which the server is told to stop.
    years = [0.5 * n for n in range(1, 41)]
    asked = {"patient": {"er": "positive"}, "intervals": True, "reasons": False, "horizons": years}
    body = json.dumps(asked)
    head = f"POST /api/v1/forecast HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n"
    with socket.create_connection(("127.0.0.1", int(running.url.rpartition(":")[2])), timeout=300) as line:
        line.sendall(f"{head}Content-Type: application/json\r\nConnection: close\r\n\r\n{body}".encode())
        time.sleep(1.0)
        running.process.send_signal(signal.SIGTERM)
        answer = b"".join(iter(lambda: line.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.rstrip().endswith(b"}")
    assert running.process.wait(60) in (0, -signal.SIGTERM)
    log = running.log_file.read_text()
    assert "Traceback" not in log
    assert log.index("Shutting down") < log.index('"route": "/api/v1/forecast"')


def test_several_workers_and_the_environment(tmp_path: Path) -> None:
    running = start_server(tmp_path, "--workers", "2", ORGANOTROPISM_ROOT_PATH="/breast")
    try:
        text = httpx.get(f"{running.url}/", timeout=60).text
        assert 'action="/breast/"' in text and 'href="/breast/static/app.css' in text
    finally:
        stop_server(running)


def quiet() -> None:
    """Skip where other work has the processor: the clock would measure that instead."""
    if os.getloadavg()[0] > (os.cpu_count() or 1):
        pytest.skip("the machine is busy")


def test_it_starts_in_a_second_and_a_half(tmp_path: Path) -> None:
    quiet()
    # Compiled modules are kept, as an installation keeps them; the first start makes them.
    kept = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(tmp_path / "compiled")}
    seconds = []
    for _ in range(4):
        running = start_server(tmp_path, **kept)
        seconds.append(running.seconds_to_start)
        stop_server(running)
    assert min(seconds) < 1.5


def test_the_first_page_comes_at_once(tmp_path: Path) -> None:
    quiet()
    running = start_server(tmp_path)
    seconds = [httpx.get(f"{running.url}/", timeout=60).elapsed.total_seconds() for _ in range(5)]
    stop_server(running)
    # The best of five, since other work of the machine is not the server's.
    assert min(seconds) < 0.3


def test_settings_come_from_the_environment() -> None:
    read = Settings.from_environment({"ORGANOTROPISM_PORT": "9000", "ORGANOTROPISM_HOST": "0.0.0.0"})
    assert (read.port, read.host, read.hosts) == (9000, "0.0.0.0", ("*",))
    assert Settings().hosts == LOOPBACK
    assert Settings(allowed_hosts="a.example, b.example").hosts == ("a.example", "b.example")
    assert Settings.from_environment(read.to_environment()) == read


@pytest.mark.parametrize(
    "name, value",
    [
        ("PORT", "0"),
        ("PORT", "x"),
        ("WORKERS", "0"),
        ("LOG_LEVEL", "loud"),
        ("ROOT_PATH", "x/"),
        ("MODEL", "x"),
    ],
)
def test_faulty_settings_are_told_by_their_variable(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from organotropism.app.main import create_app

    monkeypatch.setenv(f"ORGANOTROPISM_{name}", value)
    with pytest.raises(InputError) as raised:
        create_app()
    assert raised.value.field == f"ORGANOTROPISM_{name}"


@pytest.mark.parametrize("arguments", [["--port", "x"], ["--workers", "0"], ["--prot", "1"], ["more"]])
def test_faulty_options_are_told_in_a_line(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["app", *arguments]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_help_has_examples(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        main(["app", "--help"])
    assert raised.value.code == 0
    assert "examples:" in capsys.readouterr().out
