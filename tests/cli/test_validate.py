"""The command `validate`: a folder of files, whole or not at all."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from followed import simulated
from organotropism.cli import main
from organotropism.cohort import write_cohort

FILES = {"report.html", "numbers.csv", "numbers.json", "tripod_ai.csv", "model_card.md"}


@pytest.fixture(scope="module")
def cohort_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cohort") / "cohort.parquet"
    write_cohort(simulated(600), path)
    return path


@pytest.fixture
def validate(run, model_file, cohort_file, tmp_path):
    def command(*arguments):
        return run("validate", model_file, cohort_file, "--out", tmp_path / "report", *arguments)

    return command


def test_writes_a_report_whose_two_tables_of_numbers_are_the_same(validate, tmp_path):
    result = validate("--horizons", "5", "--bootstrap", "5", "--landmark", "2", "--recalibrate")
    assert (result.code, result.err) == (0, "")
    assert "600 patients" in result.out
    assert result.out.splitlines()[-1] == f"wrote {tmp_path / 'report' / 'report.html'}"
    assert [path.name for path in tmp_path.iterdir()] == ["report"]
    assert {path.name for path in (tmp_path / "report").iterdir()} == FILES
    document = json.loads((tmp_path / "report" / "numbers.json").read_text())
    with (tmp_path / "report" / "numbers.csv").open() as file:
        table = list(csv.reader(file))
    assert document["columns"] == table[0]
    assert len(document["numbers"]) == len(table) - 1
    for row, texts in zip(document["numbers"], table[1:], strict=True):
        assert ["" if cell is None else str(cell) for cell in row] == texts
    assert {row[document["columns"].index("measure")] for row in document["numbers"]} <= set(
        document["meaning"]
    )
    assert document["settings"]["landmarks"] == [2.0]


@pytest.mark.slow
def test_comparison_with_outside_predictions(validate, tmp_path):
    outside = tmp_path / "outside.csv"
    lines = [f"{number},any,5,{number % 10 / 20},simple score" for number in range(1, 601)]
    outside.write_text("id,site,years,risk,model\n" + "\n".join(lines) + "\n")
    result = validate("--horizons", "5", "--bootstrap", "5", "--folds", "2", "--compare", "--with", outside)
    assert result.code == 0
    document = json.loads((tmp_path / "report" / "numbers.json").read_text())
    rows = [dict(zip(document["columns"], row, strict=True)) for row in document["numbers"]]
    models = {row["model"] for row in rows if row["section"] == "comparison" and row["measure"] == "auc"}
    usual = {"toy (this model)", "null", "PREDICT index", "NPI", "Cox", "Fine-Gray", "literature"}
    left_out = set(document["left_out"])
    assert models | left_out == usual | {"cohort alone", "both", "simple score"}
    assert not left_out & {*usual, "simple score"} - {"Fine-Gray"}
    page = (tmp_path / "report" / "report.html").read_text()
    assert "simple score" in page
    assert "predictions made elsewhere" in page


@pytest.mark.slow
def test_several_at_once(run, model_file, cohort_file, tmp_path):
    other = tmp_path / "other.csv"
    write_cohort(replace(simulated(600, seed=9), name="other"), other)
    out = tmp_path / "report"
    result = run(
        *("validate", model_file, "--cohort", cohort_file, other, "--out", out),
        *("--horizons", "5", "--bootstrap", "5", "--folds", "2"),
    )
    assert (result.code, result.err) == (0, "")
    assert {path.name for path in out.iterdir()} == {
        *("report.html", "numbers.csv", "numbers.json", "simulated-toy", "other-toy")
    }
    assert {path.name for path in (out / "other-toy").iterdir()} == FILES
    with (out / "numbers.csv").open() as file:
        table = list(csv.DictReader(file))
    assert {row["cohort"] for row in table} == {"simulated", "other", ""}
    assert {row["section"] for row in table if row["cohort"] == ""} == {"spread"}


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["MODEL"], "COHORT: is missing"),
        (["MODEL", "MODEL", "COHORT"], "more than a model and a cohort.*--cohort"),
        (["MODEL", "--cohort", "COHORT", "COHORT"], "same name"),
        (["MODEL", "MODEL", "--cohort", "COHORT", "--optimism", "5"], "--optimism"),
    ],
)
def test_what_of_several_cannot_be_used(run, model_file, cohort_file, tmp_path, arguments, message):
    given = [{"MODEL": model_file, "COHORT": cohort_file}.get(word, word) for word in arguments]
    result = run("validate", *given, "--out", tmp_path / "report")
    assert result.code == 2
    assert re.search(message, result.err), result.err
    assert list(tmp_path.iterdir()) == []


def test_an_earlier_report_is_replaced_and_other_folders_are_not(validate, tmp_path):
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "thesis.docx").write_text("years of work")
    result = validate()
    assert result.code == 2
    assert "holds other files" in result.err
    assert (tmp_path / "report" / "thesis.docx").read_text() == "years of work"
    (tmp_path / "report" / "thesis.docx").rename(tmp_path / "report" / "report.html")
    assert validate("--horizons", "5", "--bootstrap", "0").code == 0
    assert {path.name for path in (tmp_path / "report").iterdir()} == FILES


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--horizons", "10,5"], "--horizons: .*ascending"),
        (["--horizons", "five"], "--horizons"),
        (["--bootstrap", "-1"], "--bootstrap.*0 to"),
        (["--folds", "1"], "--folds.*2 to"),
        (["--horizons", "19"], "beyond the follow-up"),
        (["--with", "nowhere.csv"], "nowhere.csv"),
        (["--landmark", "0"], "--landmark"),
        (["--boot", "5"], "is not an option"),
    ],
)
def test_what_cannot_be_used_is_refused_and_nothing_is_written(validate, tmp_path, arguments, message):
    result = validate(*arguments)
    assert result.code == 2
    assert re.search(message, result.err), result.err
    assert "Traceback" not in result.err
    assert list(tmp_path.iterdir()) == []


def test_a_cohort_that_is_none(run, model_file, tmp_path):
    file = tmp_path / "cohort.csv"
    file.write_text("a,b\n1,2\n")
    result = run("validate", model_file, file, "--out", tmp_path / "report")
    assert result.code == 2
    assert str(file) in result.err
    assert not (tmp_path / "report").exists()


def test_missing_extra_is_said_at_once(validate, monkeypatch, tmp_path):
    from organotropism.present import extras

    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr(extras, "import_module", missing)
    result = validate()
    assert result.code == 2
    assert 'pip install "organotropism[report]"' in result.err
    assert list(tmp_path.iterdir()) == []


def test_help_has_examples(capsys):
    with pytest.raises(SystemExit, match="0"):
        main(["validate", "--help"])
    printed = capsys.readouterr().out
    assert "examples:" in printed
    assert "--landmark" in printed
