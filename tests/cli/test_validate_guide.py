"""The guide on validation does what it says, on a simulated cohort and with few bootstrap samples."""

import re
import shlex
from pathlib import Path

import pytest

from followed import simulated
from organotropism.cohort import write_cohort
from toy import toy_model

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "validate.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^    organotropism (validate .*)$", GUIDE, re.MULTILINE)
PYTHON = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    write_cohort(simulated(600), tmp_path / "cohort.parquet")
    toy_model().save(tmp_path / "model.json")
    lines = [f"{number},any,5,{number % 10 / 20}" for number in range(1, 601)]
    (tmp_path / "predictions.csv").write_text("id,site,years,risk\n" + "\n".join(lines) + "\n")
    monkeypatch.chdir(tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_command(run, tmp_path, command):
    result = run(*shlex.split(command), "--bootstrap", "3", "--folds", "2")
    assert result.code == 0, result.err
    named = set(re.findall(r"^\| `([\w.]+)`(?:, `([\w.]+)`)? \|", GUIDE, re.MULTILINE))
    files = {name for pair in named for name in pair if "." in name}
    assert {path.name for path in (tmp_path / "report").iterdir()} == files


@pytest.mark.parametrize("code", PYTHON)
def test_python(code, capsys):
    exec(compile(code, "docs/validate.md", "exec"), {})
    assert capsys.readouterr().out.startswith("any 5.0 ")


def test_the_guide_has_examples():
    assert len(COMMANDS) == 4
    assert len(PYTHON) == 1
