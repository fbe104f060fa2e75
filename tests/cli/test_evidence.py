import csv
import io
import json
from importlib import resources

import pytest

from organotropism.cli import evidence

COLUMNS = (
    "id,study,group,kind,site,factor,level,comparator,population,scale,published,se,fitted,residual,weight,"
    "status,reason"
)
RECORDS = f"""{COLUMNS}
a-1,smith2001,,contrast,bone,subtype,TNBC,HR+/HER2-,,log,-0.4,0.1,-0.3,-0.8,1,used,
a-2,smith2001,,contrast,brain,subtype,TNBC,HR+/HER2-,HER2-,log,0.9,0.2,0.4,2.1,0.9,used,
b-1,jones2010,,contrast,brain,grade,3,1,,log,0.7,0.2,0.1,-3.2,0.6,used,
b-2,jones2010,,,,,,,,,,,,,,set aside,no denominator
"""


@pytest.fixture(autouse=True)
def table(monkeypatch):
    monkeypatch.setattr(evidence, "_rows", lambda: list(csv.DictReader(io.StringIO(RECORDS))))


def ids(result):
    assert result.code == 0
    return [row["id"] for row in csv.DictReader(io.StringIO(result.out))]


@pytest.mark.parametrize(
    "arguments, expected",
    [
        ([], ["a-1", "a-2", "b-1", "b-2"]),
        (["--site", "brain"], ["a-2", "b-1"]),
        (["--study", "jones2010"], ["b-1", "b-2"]),
        (["--study", "smith2001", "--site", "bone"], ["a-1"]),
        (["--largest", "2"], ["b-1", "a-2"]),
        (["--largest", "1", "--study", "smith2001"], ["a-2"]),
    ],
)
def test_choice_of_rows(run, arguments, expected):
    assert ids(run("evidence", "residuals", "--format", "csv", *arguments)) == expected


def test_csv_is_the_table_as_it_is(run):
    assert run("evidence", "residuals", "--format", "csv").out == RECORDS


def test_json_has_numbers(run):
    rows = json.loads(run("evidence", "residuals", "--format", "json").out)
    assert [row["residual"] for row in rows] == [-0.8, 2.1, -3.2, None]
    assert rows[0]["level"] == "TNBC"


def test_text(run):
    lines = run("evidence", "residuals").out.splitlines()
    assert lines[1].split() == ["jones2010", "brain", "grade:", "3", "against", "1", "0.7", "0.1", "-3.2"]
    assert any(line.startswith("3 rows.") for line in lines)


def test_text_counts_rows_that_were_set_aside(run):
    assert "\n1 row, and 1 set aside." in run("evidence", "residuals", "--study", "jones2010").out


@pytest.mark.parametrize(
    "arguments, message",
    [
        (
            ["--site", "brian"],
            '--site: "brian" is not a site of the table; expected one of the table (did you mean "b',
        ),
        (["--study", "x"], '--study: "x" is not a study of the table; expected jones2010 or smith2001'),
        (["--largest", "0"], '--largest: "0" is not a number of rows'),
        (["--largest", "-1"], '--largest: "-1" is not a number of rows'),
        (["--format", "xml"], '--format: "xml" is not a format; expected text, csv or json'),
    ],
)
def test_bad_options(run, arguments, message):
    result = run("evidence", "residuals", *arguments)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith(message)


def test_check_of_the_evidence(run):
    result = run("evidence", "check")
    assert (result.code, result.out) == (0, "the evidence keeps all rules\n")


def test_check_that_fails(run, monkeypatch):
    monkeypatch.setattr("organotropism.evidence.check", lambda: ["counts.csv, row 2: wrong"])
    result = run("evidence", "check")
    assert (result.code, result.out) == (1, "counts.csv, row 2: wrong\n")


def test_shipped_residuals_have_the_columns(monkeypatch):
    monkeypatch.undo()
    file = resources.files("organotropism") / "models" / "literature_residuals.csv"
    if not file.is_file():
        pytest.skip("no literature model is shipped yet")
    rows = evidence._rows()
    assert {"study", "site", "residual", "status"} <= rows[0].keys()
    assert all(float(row["residual"]) == float(row["residual"]) for row in rows if row["status"] == "used")
