"""``organotropism cohort``: import, suggest, simulate."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from organotropism.cohort import read_cohort

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "cohort.csv"
TABLE = "id,er,end,dead,bone\na,pos,5,1,2\nZebedee,?,6,0,\nb,neg,,0,\n"
MAPPING = """
[columns]
id = "id"
er = "er"
[times]
unit = "years"
follow_up = "end"
died = "dead"
empty = "not found"
[sites]
bone = "bone"
"""


@pytest.fixture
def files(tmp_path, monkeypatch):
    (tmp_path / "t.csv").write_text(TABLE)
    (tmp_path / "m.toml").write_text(MAPPING)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_import_writes_a_cohort_and_its_account(run, files):
    reports = ("--report", "r.html", "--report", "r.json", "--report", "r.txt")
    result = run("cohort", "import", "t.csv", "--map", "m.toml", "--out", "c.parquet", *reports)
    assert result.code == 0
    assert result.err == ""
    assert "3 rows read = 2 used + 1 set aside (t.csv)." in result.out
    assert len(read_cohort("c.parquet")) == 2
    content = json.loads((files / "r.json").read_text())
    assert content["tables"][0]["rows_used"] == 2
    assert (files / "r.txt").read_text().splitlines()[1] == result.out.splitlines()[1]
    assert "<h1>" in (files / "r.html").read_text()
    written = {path.name for path in files.iterdir()}
    assert written == {"t.csv", "m.toml", "c.parquet", "r.html", "r.json", "r.txt"}
    everything = result.out + "".join((files / f"r.{kind}").read_text() for kind in ("html", "json", "txt"))
    assert "Zebedee" not in everything


def test_rows_are_named_on_request(run, files):
    plain = run("cohort", "import", "t.csv", "--map", "m.toml", "--out", "c.csv")
    assert "Row numbers" not in plain.out
    named = run("cohort", "import", "t.csv", "--map", "m.toml", "--out", "c.csv", "--with-rows")
    assert ["no", "follow-up", "time", "4", "1"] in [line.split() for line in named.out.splitlines()]


def test_the_window_of_presentation(run, files):
    run("cohort", "import", "t.csv", "--map", "m.toml", "--out", "c.csv", "--window-days", "60")
    assert read_cohort("c.csv").window_years == 60 / 365.25
    bad = run("cohort", "import", "t.csv", "--map", "m.toml", "--out", "c.csv", "--window-days", "-1")
    assert (bad.code, "window_days: -1 is out of range" in bad.err) == (2, True)


def test_without_a_usable_patient_there_is_a_report_and_no_cohort(run, files):
    (files / "t.csv").write_text("id,er,end,dead,bone\na,pos,,1,2\n")
    result = run("cohort", "import", "t.csv", "--map", "m.toml", "--out", "c.csv", "--report", "r.json")
    assert result.code == 2
    assert result.err == "t.csv: has no patient that can be used: no follow-up time (1)\n"
    assert not (files / "c.csv").exists()
    assert json.loads((files / "r.json").read_text())["cohort"] is None


@pytest.mark.parametrize(
    "arguments, message",
    [
        (
            ("t.csv", "--out", "c.csv"),
            "--map: is missing; expected a mapping; `organotropism cohort suggest`",
        ),
        (("t.csv", "--map", "m.toml"), "the following arguments are required: --out"),
        (("t.csv", "--map", "m.toml", "--out", "c.xlsx"), "expected an ending .parquet or .csv"),
        (("t.csv", "--map", "m.toml", "--out", "t.csv"), "is the table itself"),
        (
            ("t.csv", "--map", "m.toml", "--out", "c.csv", "--report", "r.pdf"),
            "expected an ending .html, .json or .txt",
        ),
        (("t.csv", "--map", "no.toml", "--out", "c.csv"), "no.toml: cannot be read"),
        (("no.csv", "--map", "m.toml", "--out", "c.csv"), "no.csv: cannot be read"),
        (("t.csv", "--map", "m.toml", "--out", "no/c.csv"), "c.csv: cannot be written"),
        (("t.csv", "--map", "m.toml", "--out", "c.csv", "--relapses", "x"), "is only for --from cbioportal"),
        (("t.csv", "--from", "cbioportal", "--out", "c.csv"), "t.csv: is not a folder of a study"),
        (("t.csv", "--from", "sas", "--out", "c.csv"), "invalid choice"),
    ],
)
def test_import_refuses(run, files, arguments, message):
    result = run("cohort", "import", *arguments)
    assert result.code == 2
    assert message in result.err
    assert {path.name for path in files.iterdir()} == {"t.csv", "m.toml"}


def test_import_from_a_study_folder(run, files):
    (files / "study").mkdir()
    table = "#c\nPATIENT_ID\tOS_MONTHS\tOS_STATUS\tER_IHC\np1\t12\t1:DECEASED\tPositve\n"
    (files / "study" / "data_clinical_patient.txt").write_text(table)
    result = run("cohort", "import", "--from", "cbioportal", "study", "--out", "c.csv")
    assert result.code == 0
    assert "Import report: study" in result.out
    changes = files / "changes.toml"
    changes.write_text('name = "named"\n')
    named = run(
        "cohort",
        "import",
        "--from",
        "cbioportal",
        "study",
        "--map",
        changes,
        "--out",
        "c.csv",
        "--window-days",
        90,
    )
    assert "Import report: named" in named.out
    assert "within 90 days" in named.out


def test_suggest_writes_a_mapping(run, files):
    result = run("cohort", "suggest", "t.csv")
    assert result.code == 0
    assert 'bone = { time = "bone" }' in result.out
    assert run("cohort", "suggest", "t.csv", "--out", "new.toml").out == ""
    assert (files / "new.toml").read_text() == result.out


def test_suggested_mapping_of_the_example_imports_it(run, files):
    run("cohort", "suggest", EXAMPLE, "--out", "e.toml")
    result = run("cohort", "import", EXAMPLE, "--map", "e.toml", "--out", "e.parquet")
    assert "800 rows read = 800 used + 0 set aside" in result.out


def test_simulate(run, files, model_file):
    result = run(
        "cohort", "simulate", "--model", model_file, "--patients", 200, "--out", "s.csv", "--missing", "0.3"
    )
    assert result.code == 0
    assert result.out.startswith("wrote s.csv: 200 patients, ")
    cohort = read_cohort("s.csv")
    assert cohort.name == "s"
    assert 30 < cohort.covariates["er"].null_count() < 90
    run(
        "cohort",
        "simulate",
        "--model",
        model_file,
        "--patients",
        200,
        "--out",
        "t2.csv",
        "--missing",
        "0.3",
        "--name",
        "s",
    )
    assert (files / "t2.csv").read_bytes() == (files / "s.csv").read_bytes()


@pytest.mark.parametrize(
    "arguments, message",
    [
        (("--patients", "0"), "--patients: 0 is out of range"),
        (("--seed", "-1"), "--seed: -1 is out of range"),
        (("--missing", "2"), "missing: 2 is not a share"),
        (("--follow-up", "5", "30"), "follow_up: cannot be simulated"),
        (("--years", "2015", "2010"), "years: cannot be simulated"),
        (("--model", "nowhere"), "no such model"),
    ],
)
def test_simulate_refuses(run, files, model_file, arguments, message):
    given = () if "--model" in arguments else ("--model", model_file)
    result = run("cohort", "simulate", *given, "--out", "s.csv", *arguments)
    assert result.code == 2
    assert message in result.err
    assert not (files / "s.csv").exists()


def test_help_and_unknown_commands(run):
    assert "simulate" in run("cohort").out
    for command in ((), ("import",), ("suggest",), ("simulate",)):
        with pytest.raises(SystemExit) as ended:
            run("cohort", *command, "--help")
        assert ended.value.code == 0
    wrong = run("cohort", "imprt")
    assert wrong.code == 2
    assert 'did you mean "import"?' in wrong.err
