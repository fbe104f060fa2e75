"""The guide on validation does what it says, on a simulated cohort and with few bootstrap samples."""

import re
import shlex
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from followed import simulated
from organotropism.cohort import write_cohort
from organotropism.cohort.mapping import parse_mapping
from organotropism.cohort.table import import_table
from toy import toy_model

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "validate.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^    organotropism (validate .*)$", GUIDE, re.MULTILINE)
MAPPING = re.findall(r"```toml\n(.*?)```", GUIDE, re.DOTALL)
PYTHON = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    for name in ("cohort", "one", "two"):
        write_cohort(replace(simulated(600), name=name), tmp_path / f"{name}.parquet")
    series = simulated(900)
    found = series.found_at_presentation[series.presented & ~series.stage_iv]
    lines = ["Subtype,Bone,Lung,Liver,Brain,Other", *("TNBC," + ",".join(map(str, row)) for row in found * 1)]
    (tmp_path / "series.csv").write_text("\n".join(lines) + "\n")
    mapping = parse_mapping(tomllib.loads(MAPPING[0]))
    read = import_table(tmp_path / "series.csv", mapping).cohort
    assert read is not None and read.sites_recorded.all()
    write_cohort(read, tmp_path / "series.parquet")
    toy_model().save(tmp_path / "model.json")
    lines = [f"{number},any,5,{number % 10 / 20}" for number in range(1, 601)]
    (tmp_path / "predictions.csv").write_text("id,site,years,risk\n" + "\n".join(lines) + "\n")
    monkeypatch.chdir(tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_command(run, tmp_path, command):
    result = run(*shlex.split(command), "--bootstrap", "3", "--folds", "2")
    assert result.code == 0, result.err
    if "--cohort" in command:
        pairs = {f"{cohort}-{model}" for cohort in ("one", "two") for model in ("literature", "default")}
        files = {"report.html", "numbers.csv", "numbers.json"}
        assert {path.name for path in (tmp_path / "report").iterdir()} == files | pairs
        return
    named = set(re.findall(r"^\| `([\w.]+)`(?:, `([\w.]+)`)? \|", GUIDE, re.MULTILINE))
    files = {name for pair in named for name in pair if "." in name}
    assert {path.name for path in (tmp_path / "report").iterdir()} == files


@pytest.mark.parametrize("code", PYTHON)
def test_python(code, capsys):
    exec(compile(code, "docs/validate.md", "exec"), {})
    assert capsys.readouterr().out.startswith("any 5.0 ")


def test_the_guide_has_examples():
    assert len(COMMANDS) == 6
    assert (len(PYTHON), len(MAPPING)) == (1, 1)
