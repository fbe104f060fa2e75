"""Every command and every block of Python in docs/evidence.md does what it says."""

import re
from pathlib import Path

import pytest

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "evidence.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^    organotropism (evidence [^<\n]*)$", GUIDE, re.MULTILINE)
BLOCKS = re.findall(r"^```python\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("command", COMMANDS)
def test_command(run, tmp_path, monkeypatch, command):
    monkeypatch.chdir(tmp_path)
    result = run(*command.split())
    assert (result.code, result.err) == (0, "")
    written = {path.name for path in tmp_path.iterdir()}
    assert written == set(re.findall(r"--out (\S+)", command))
    assert bool(result.out) != bool(written)


@pytest.mark.parametrize("block", BLOCKS)
def test_python(block, capsys):
    exec(compile(block, "docs/evidence.md", "exec"), {})
    assert capsys.readouterr().out


def test_commands_and_blocks_were_found():
    assert len(COMMANDS) > 8
    assert len(BLOCKS) == 2


def test_every_action_is_explained():
    from organotropism.cli.evidence import ACTIONS

    explained = set(re.findall(r"^\| `(\w+)(?: ID)?` \|", GUIDE, re.MULTILINE))
    assert set(ACTIONS) <= explained
