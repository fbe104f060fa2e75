"""Every command of the guide to explanations does what it says, and its Python runs."""

import re
import shutil
from pathlib import Path

import pytest

from cli.conftest import Run

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "explain.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^    organotropism ((?:explain|determinants|nomogram) .*)$", GUIDE, re.MULTILINE)
PYTHON = re.findall(r"^```python\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_command(
    run: Run, model_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    monkeypatch.chdir(tmp_path)
    words = command.split()
    if words[0] == "determinants":
        arguments = [str(model_file) if word == "literature" else word for word in words] + ["--draws", "2"]
    else:
        arguments = [*words, "--model", str(model_file)]
    result = run(*arguments)
    assert result.code == 0
    written = {path.name for path in tmp_path.iterdir()} - {"examples"}
    assert written == set(re.findall(r"--out (\S+)", command))
    assert bool(result.out) != bool(written)


@pytest.mark.slow
@pytest.mark.parametrize("code", PYTHON)
def test_python(code: str) -> None:
    exec(compile(code, "docs/explain.md", "exec"), {})


def test_commands_and_code_were_found() -> None:
    assert len(COMMANDS) == 10
    assert len(PYTHON) == 1
