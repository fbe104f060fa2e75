"""Every forecast command of the guides does what it says, with the toy model instead of the literature's."""

import re
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("user-guide.md", "vignettes.md")
GUIDE = "\n".join((ROOT / "docs" / page).read_text(encoding="utf-8") for page in PAGES)
# Redirection is a matter of the shell, and tested in test_predict_table.py.
COMMANDS = re.findall(r"^    organotropism (predict [^<\n]*)$", GUIDE, re.MULTILINE)


@pytest.mark.parametrize("command", COMMANDS)
def test_command(predict, tmp_path, monkeypatch, command):
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    monkeypatch.chdir(tmp_path)
    result = predict(*command.split()[1:])
    assert result.code == 0
    written = {path.name for path in tmp_path.iterdir()} - {"examples"}
    assert written == set(re.findall(r"--out (\S+)", command))
    assert bool(result.out) != bool(written)


def test_commands_were_found():
    assert len(COMMANDS) > 16
