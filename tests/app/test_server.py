"""Run for real: started by the command, logged without a value, stopped without a broken answer."""

from __future__ import annotations

import json
import os
import re
import threading
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


def test_a_defect_is_told_by_its_place_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import asyncio

    from organotropism.app import about, request_log
    from organotropism.app.main import create_app

    def broken() -> list[str]:
        raise ValueError("Zyxwvut")

    monkeypatch.setattr(about.models, "names", broken)
    monkeypatch.setattr(about.models, "shipped", lambda name: None)
    lines: list[str] = []
    with monkeypatch.context() as patch:
        patch.setattr("organotropism.app.main.models.names", lambda: ["literature"])
        app = create_app(Settings(allowed_hosts="*"))
    monkeypatch.setattr(about.models, "names", broken)
    (handler,) = request_log.log.handlers
    monkeypatch.setattr(handler, "emit", lambda record: lines.append(handler.format(record)))

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as asking:
            return await asking.get("/about")

    answer = asyncio.run(ask())
    assert answer.status_code == 500
    assert "Zyxwvut" not in answer.text and "Traceback" not in answer.text
    assert answer.headers["content-security-policy"]
    failed = json.loads(lines[0])
    assert failed["event"] == "failed"
    assert re.fullmatch(r"ValueError in app/about\.py:\d+", failed["error"])
    assert "Zyxwvut" not in "".join(lines)


def test_a_request_under_way_is_finished_when_the_server_is_stopped(tmp_path: Path) -> None:
    running = start_server(tmp_path)
    # With ranges and much unknown: takes long enough for the server to be stopped meanwhile.
    body = {"patient": {"er": "positive", "her2": "negative", "age": 50, "grade": 2}, "intervals": True}
    answers: list[httpx.Response] = []

    def ask() -> None:
        answers.append(httpx.post(f"{running.url}/api/v1/forecast", json=body, timeout=300))

    asking = threading.Thread(target=ask)
    asking.start()
    while not os.path.exists(f"/proc/{running.process.pid}"):  # pragma: no cover
        break
    threading.Event().wait(1.0)
    assert not answers
    code = stop_server(running)
    asking.join(300)
    assert answers and answers[0].status_code == 200
    assert code in (0, -15)
    assert "Traceback" not in running.log_file.read_text()


def test_several_workers_and_the_environment(tmp_path: Path) -> None:
    running = start_server(tmp_path, "--workers", "2", ORGANOTROPISM_ROOT_PATH="/breast")
    try:
        text = httpx.get(f"{running.url}/", timeout=60).text
        assert 'action="/breast/"' in text and 'href="/breast/static/app.css' in text
    finally:
        stop_server(running)


def cpu_seconds(server: Server) -> float:
    """Processor time that a process has used so far (Linux)."""
    fields = Path(f"/proc/{server.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="no /proc to read processor time from")
def test_it_starts_in_a_second_and_a_half(tmp_path: Path) -> None:
    # Processor time, so that a busy machine does not count; on a quiet one it is what the clock shows.
    running = start_server(tmp_path)
    used = cpu_seconds(running)
    stop_server(running)
    assert used < 1.5


def test_the_first_page_comes_at_once(tmp_path: Path) -> None:
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
