"""Every command of the guide to formats does what it says, in order, with the toy model and small numbers."""

from __future__ import annotations

import io
import json
import re
import shutil
from importlib import resources
from pathlib import Path

import jsonschema
import pytest

from organotropism.cohort import Cohort, read_cohort, simulate_cohort
from organotropism.process.model import load_model

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^    organotropism ([^<\n]*)$", GUIDE, re.MULTILINE)
PREDICTIONS = [command for command in COMMANDS if command.startswith("predict")]
IMPORTS = [command for command in COMMANDS if not command.startswith("predict")]


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """A folder with what a clone has."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_commands_were_found():
    assert len(PREDICTIONS) == 3
    assert {command.split()[1] for command in IMPORTS} == {"simulate", "import", "cohort"}


@pytest.mark.parametrize("command", PREDICTIONS)
def test_one_bundle_to_one_forecast(predict, clone, command):
    if ".html" in command:
        pytest.importorskip("altair")
    result = predict(*command.split()[1:], "--no-intervals")
    assert result.code == 0
    written = {path.name for path in clone.iterdir()} - {"examples"}
    assert written == set(re.findall(r"--out (\S+)", command))
    assert re.search(r"mCODE: \d+ of \d+ resources used", result.err)


@pytest.fixture
def standard_input(monkeypatch):
    """Puts bytes on standard input."""

    def put(content: bytes) -> None:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))

    return put


@pytest.mark.parametrize("indented", [False, True])
def test_a_bundle_on_standard_input(predict, run, clone, standard_input, indented):
    name = "examples/mcode_bundle.json"
    bundle = json.loads((clone / name).read_text(encoding="utf-8"))
    content = json.dumps(bundle, indent=2 if indented else None).encode()
    arguments = ("--no-intervals", "--format", "json")
    standard_input(content)
    piped = predict("-", *arguments)
    assert piped == predict(name, *arguments)
    assert piped.code == 0
    standard_input(content)
    # The patient of the example was just diagnosed.
    imported = run("cohort", "import", "--from", "mcode", "-", "--out", "c.csv", "--absent", "not-found")
    assert imported.code == 2
    assert "standard input" in imported.err
    assert "no follow-up after diagnosis (1)" in imported.err


def test_bundles_on_standard_input(run, clone, standard_input):
    simulated = ("--patients", "20", "--format", "mcode", "--out", "b.ndjson")
    assert run("cohort", "simulate", *simulated).code == 0
    standard_input((clone / "b.ndjson").read_bytes())
    result = run("cohort", "import", "--from", "mcode", "-", "--out", "c.csv")
    assert result.code == 0, result.err
    assert "20" in result.out
    assert len(read_cohort(clone / "c.csv")) == 20


@pytest.mark.parametrize("content", [b"", b"{", b'{"resourceType": "Bundle"}', b"er = 'positive'\n", b"\xff"])
def test_standard_input_that_is_no_bundle(predict, standard_input, content):
    standard_input(content)
    result = predict("-", "--no-intervals")
    assert "Traceback" not in result.err
    assert result.code == (0 if b"positive" in content else 2)
    if result.code:
        assert "standard input" in result.err


def study(folder: Path, cohort: Cohort) -> None:
    """A study folder of the portal with the patients of a cohort."""
    folder.mkdir()
    head = "#a\tb\n#a\tb\n#STRING\tSTRING\n#1\t1\n"
    # Of fully known patients nothing has to be averaged over, which takes long.
    fields = [name for name in cohort.covariates.columns if name != "id"]
    patients = ["\t".join(["PATIENT_ID", *(name.upper() for name in fields), "OS_MONTHS", "OS_STATUS"])]
    events = ["PATIENT_ID\tSTART_DATE\tEVENT_TYPE\tSTATUS\tSITE"]
    for number, row in enumerate(cohort.covariates.iter_rows(named=True)):
        months = cohort.follow_up[number] * 12
        dead = "1:DECEASED" if cohort.died[number] else "0:LIVING"
        values = [str(row[name]) for name in fields]
        patients.append("\t".join([f"p{row['id']}", *values, f"{months:.3f}", dead]))
        for site, time in zip(cohort.sites, cohort.site_time[number], strict=True):
            if time < float("inf"):
                events.append(f"p{row['id']}\t{time * 365.25:.0f}\tSTATUS\tDistant relapse\t{site}")
    (folder / "data_clinical_patient.txt").write_text(head + "\n".join(patients) + "\n", encoding="utf-8")
    (folder / "data_timeline_status.txt").write_text("\n".join(events) + "\n", encoding="utf-8")


@pytest.mark.slow
def test_bundles_registries_and_a_study_folder(run, clone):
    """The commands build on one another; the last one learns a model from the study folder."""
    pytest.importorskip("duckdb")
    study(clone / "study", simulate_cohort(load_model("literature"), 300, 5))
    for command in IMPORTS:
        result = run(*command.split())
        assert result.code == 0, result.err
        for name in re.findall(r"--(?:out|report) (\S+)", command):
            assert (clone / name).stat().st_size > 0
    account = json.loads((clone / "account.json").read_text(encoding="utf-8"))
    schema = resources.files("organotropism") / "schema" / "import-report.schema.json"
    jsonschema.validate(account, json.loads(schema.read_text(encoding="utf-8")))
    assert account["reader"] == "mcode"
    assert account["tables"][0]["rows_read"] == 400
    assert len(read_cohort(clone / "cohort.parquet")) == 400
    assert load_model(str(clone / "model.json")).provenance["learnt_from"]["patients"] == 300


def test_an_account_with_rows_follows_the_schema_too(run, clone):
    name = "examples/mcode_bundle.json"
    arguments = ("--out", "c.csv", "--absent", "not-found", "--with-rows", "--report", "a.json")
    # A patient who was just diagnosed has no follow-up: not one for a cohort, but the account is written.
    result = run("cohort", "import", "--from", "mcode", name, *arguments)
    assert result.code == 2
    assert "no follow-up" in result.err
    account = json.loads((clone / "a.json").read_text(encoding="utf-8"))
    schema = resources.files("organotropism") / "schema" / "import-report.schema.json"
    jsonschema.validate(account, json.loads(schema.read_text(encoding="utf-8")))
    assert account["cohort"] is None
    assert account["tables"][0]["reasons"][0]["row_numbers"] == [1]
    assert not (clone / "c.csv").exists()


WRONG = {
    "mapping": ("--map", "examples/cohort.toml"),
    "window": ("--window-days", "400"),
    "relapses": ("--relapses", "x.csv"),
}


@pytest.mark.parametrize("arguments", WRONG.values(), ids=WRONG)
def test_options_of_other_readers(run, clone, arguments):
    result = run("cohort", "import", "--from", "mcode", "x.ndjson", "--out", "c.csv", *arguments)
    assert result.code == 2
    assert arguments[0] in result.err
    assert "Traceback" not in result.err
    table = ("examples/cohort.csv", "--map", "examples/cohort.toml", "--out", "c.csv")
    assert "--absent" in run("cohort", "import", *table, "--absent", "not-found").err
