"""The commands, programs and mappings of the guide to cohorts do what it says."""

import re
import shlex
import shutil
import tomllib
from pathlib import Path

import pytest

from organotropism.cohort import read_cohort
from organotropism.cohort.mapping import TableMapping, parse_mapping
from organotropism.cohort.mapping_sections import Events, Further, Source, Spec, Times

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "cohorts.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^    organotropism (cohort .*)$", GUIDE, re.MULTILINE)
OWN = [command for command in COMMANDS if " metabric/" not in command]
WITH_DATA = [command for command in COMMANDS if " metabric/" in command]
PROGRAMS = re.findall(r"^```python\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
MAPPINGS = re.findall(r"^```toml\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """A folder with the examples, as a user of the guide has it."""
    folder = tmp_path / "clone"
    folder.mkdir()
    shutil.copytree(ROOT / "examples", folder / "examples")
    monkeypatch.chdir(folder)
    return folder


def out_of(command):
    return re.search(r"--out (\S+)", command).group(1)


def test_commands_of_one_table(run, clone):
    for command in OWN:
        result = run(*shlex.split(command))
        assert result.code == 0, command + result.err
        assert (clone / out_of(command)).is_file()
    assert len(OWN) == 6
    assert len(read_cohort("cohort.parquet")) == 800
    assert len(read_cohort("example.csv")) == 800
    assert (clone / "report.html").is_file()
    assert (clone / "report.json").is_file()


@pytest.mark.parametrize("command", WITH_DATA, ids=range(len(WITH_DATA)))
def test_commands_on_metabric(run, clone, shared, command):
    (clone / "metabric").symlink_to((shared / "data" / "metabric").resolve())
    result = run(*shlex.split(command))
    assert result.code == 0, result.err
    cohort = read_cohort(out_of(command))
    if "metabric.toml" in command:
        assert (len(cohort), int(cohort.presented.sum())) == (2340, 524)
        assert "gives 2,340 patients with 524 distant relapses" in GUIDE
    else:
        assert len(cohort) > 1700


@pytest.mark.parametrize("program", PROGRAMS, ids=range(len(PROGRAMS)))
def test_programs(clone, program):
    exec(compile(program, "guide", "exec"), {})


def test_mappings():
    (portal,) = (text for text in MAPPINGS if "first_of" in text)
    assert len(parse_mapping(tomllib.loads(portal)).times.follow_up.parts) == 2
    whole, part = (tomllib.loads(text) for text in MAPPINGS if text != portal)
    assert parse_mapping(whole | part).events[0].file == "relapses.csv"


def test_everything_was_found():
    assert (len(WITH_DATA), len(PROGRAMS), len(MAPPINGS)) == (3, 3, 3)


def test_every_key_of_a_mapping_is_explained():
    for part in (TableMapping, Source, Spec, Further, Times, Events):
        for name in part.model_fields:
            assert f"`{name}`" in GUIDE or f"[{name}" in GUIDE or f"{name} =" in GUIDE, name
