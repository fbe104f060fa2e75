"""The guide to the application: its requests are answered as it says, its addresses and variables exist."""

from __future__ import annotations

import re
import shlex
from dataclasses import fields
from pathlib import Path

import httpx
import pytest

from organotropism.app.settings import PREFIX, Settings

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "app.md").read_text(encoding="utf-8")
COMMANDS = [
    shlex.split(found.replace("\\\n", " "))
    for found in re.findall(r"^    (curl (?:.*\\\n)*.*)$", GUIDE, re.M)
]


def asked(client: httpx.Client, command: list[str]) -> httpx.Response:
    """What a command of curl asks for, sent to the server of the tests."""
    address = next(word for word in command if word.startswith("http://")).split(":8765")[1]
    name, _, media_type = command[command.index("-H") + 1].partition(": ")
    (flag,) = {"-d", "--data-binary"} & set(command)
    body = command[command.index(flag) + 1]
    content = (ROOT / body[1:]).read_bytes() if body.startswith("@") else body.encode()
    return client.post(address, content=content, headers={name: media_type})


def test_the_commands_were_found() -> None:
    assert len(COMMANDS) == GUIDE.count("curl ") == 2


@pytest.mark.parametrize("command", COMMANDS, ids=["patient", "bundle"])
def test_a_command_of_the_guide_is_answered(client: httpx.Client, command: list[str]) -> None:
    answer = asked(client, command)
    assert answer.status_code == 200
    found = answer.json()
    assert found.get("forecast", found)["horizons"] == [5, 10]


def test_the_table_of_requests_is_the_interface(client: httpx.Client) -> None:
    described = client.get("/api/v1/openapi.json").json()["paths"]
    listed: set[str] = set()
    for first in re.findall(r"^\| (`(?:GET|POST) /.*?) \|", GUIDE, re.M):
        whole, *more = re.findall(r"`([^`]+)`", first)
        method, path = whole.split()
        listed.add(f"{method} {path}")
        folder = path.rpartition("/")[0]
        listed |= {f"{method} {folder}/{name.removeprefix('.../')}" for name in more}
    assert "GET /health" in listed and client.get("/health").status_code == 200
    paths = {re.sub(r"\{.*?\}", "{id}", path): methods for path, methods in described.items()}
    assert listed - {"GET /health"} == {f"{m.upper()} {path}" for path, ms in paths.items() for m in ms}


def test_the_variables_and_their_defaults_are_those_of_the_settings() -> None:
    rows = dict(re.findall(r"^\| (`ORGANOTROPISM_.*?) \| .*? \| (.*?) \|$", GUIDE, re.M))
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert named == {PREFIX + field.name.upper() for field in fields(Settings)}
    for row, told in rows.items():
        for name in re.findall(r"`(\w+)`", row):
            default = str(getattr(Settings(), name.removeprefix(PREFIX).lower()))
            assert default in told, name
