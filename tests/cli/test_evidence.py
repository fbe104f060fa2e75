import csv
import io
import json

import numpy as np
import pytest

from organotropism.cli.evidence import ACTIONS, residuals

COLUMNS = (
    "id,study,group,kind,reading,site,factor,level,comparator,population,scale,published,se,fitted,residual,"
    "weight,status,reason"
)
RECORDS = f"""{COLUMNS}
a-1,smith2001,,share,share of bone,bone,subtype,TNBC,HR+/HER2-,,log,-0.4,0.1,-0.3,-0.8,1.0,used,
a-2,smith2001,,share,share of brain,brain,subtype,TNBC,HR+/HER2-,HER2-,log,0.9,0.2,0.4,2.1,0.9,used,
b-1,jones2010,,share,share of brain,brain,grade,3,1,,log,0.7,0.2,0.1,-3.2,0.6,used,
b-2,jones2010,,,,,,,,,,,,,,,set aside,no denominator
"""


@pytest.fixture(autouse=True)
def table(monkeypatch):
    monkeypatch.setattr(residuals, "_rows", lambda: list(csv.DictReader(io.StringIO(RECORDS))))


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
    shown = ["jones2010", "share", "of", "brain", "grade:", "3", "against", "1", "0.7", "0.1", "-3.2"]
    assert lines[1].split() == shown
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
    rows = residuals._rows()
    assert {"study", "site", "residual", "status"} <= rows[0].keys()
    assert all(float(row["residual"]) == float(row["residual"]) for row in rows if row["status"] == "used")


def test_the_command_lists_its_actions(run):
    result = run("evidence")
    assert result.code == 0
    assert all(f"\n  {name} " in result.out for name in ACTIONS)


@pytest.mark.parametrize("action", ACTIONS)
def test_every_action_explains_itself_with_examples(run, action, capfdbinary):
    with pytest.raises(SystemExit) as done:
        run("evidence", action, "--help")
    assert done.value.code == 0
    out = capfdbinary.readouterr().out.decode()
    assert f"usage: organotropism evidence {action}" in out
    assert action == "check" or "\nexamples:\n" in out


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["lst"], '"lst" is not an action; expected list, search'),
        (["list", "--site", "brian"], '--site: "brian" is not a site of the evidence'),
        (["list", "--study", "xiao2018", "--kind", "marker"], "no record has all of this"),
        (["list", "--format", "ris"], '--format: "ris" is not a format; expected text, csv or json'),
        (["list", "--out", "x.svg"], '--out: "x.svg" is not a format'),
        (["list", "--out", "x.csv", "--format", "json"], '--format: "json" contradicts --out x.csv'),
        (["show"], "the following arguments are required: ID"),
        (["show", "nothing"], '"nothing" is no record, marker, study or claim'),
        (["review", "--verdict", "wrong"], '--verdict: "wrong" is not of any claim; expected misquoted'),
        (["review", "--ends-in", "nowhere"], '--ends-in: "nowhere" is not of any claim; expected marker'),
        (["conflicts", "--level", "TNCB"], '--level: "TNCB" is not a level of the evidence'),
        (["conflicts", "--factor", "er", "--level", "TNBC"], "no finding has all of this"),
        (["forest", "--factor", "subtype"], "--site: is needed"),
        (["forest", "--factor", "subtype", "--site", "bone"], "--level: several levels match"),
        (["forest", "--factor", "PTHLH", "--site", "bone", "--grade", "E"], "no finding has all of this"),
        (["map", "--grade", "Z"], '--grade: "Z" is not a grade of the evidence; expected A, B, C, D or E'),
    ],
)
def test_what_cannot_be_answered(run, arguments, message):
    result = run("evidence", *arguments)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith(message)


def rows_of(result):
    assert result.code == 0
    return list(csv.DictReader(io.StringIO(result.out)))


def test_list(run):
    assert "xiao2018-13 " in run("evidence", "list", "--site", "brain", "--factor", "subtype").out
    rows = rows_of(run("evidence", "list", "--site", "brain", "--factor", "subtype", "--format", "csv"))
    assert {row["site"] for row in rows} == {"brain"}
    assert {"residual", "in_model", "read_level", "verified"} <= rows[0].keys()
    read = json.loads(
        run("evidence", "list", "--site", "brain", "--factor", "subtype", "--format", "json").out
    )
    assert [row["id"] for row in read] == [row["id"] for row in rows]


def test_show(run):
    assert run("evidence", "show", "xiao2018-05").out.startswith("xiao2018-05 (association)\n")
    assert json.loads(run("evidence", "show", "c017", "--format", "json").out)["record"]["n_patients"] == 1805
    (row,) = rows_of(run("evidence", "show", "c017", "--format", "csv"))
    assert (row["id"], row["n_with_site"]) == ("c017", "1150")


def test_review(run):
    rows = rows_of(run("evidence", "review", "--format", "csv"))
    assert len(rows) == 133
    assert {row["ends_in"] for row in rows} == {"record", "marker", "not identified"}
    misquoted = json.loads(run("evidence", "review", "--verdict", "misquoted", "--format", "json").out)
    assert [row["id"] for row in misquoted] == [row["id"] for row in rows if row["verdict"] == "misquoted"]
    assert "1 claim: " in run("evidence", "review", "--ends-in", "marker").out
    assert run("evidence", "review", "--study", "xiao2018").code == 0


def test_conflicts(run):
    short = run("evidence", "conflicts")
    assert short.code == 0
    assert "HR+/HER2+ and bone" in short.out
    one = run("evidence", "conflicts", "--factor", "subtype", "--level", "HR+/HER2+", "--site", "bone")
    assert one.out.startswith("HR+/HER2+ and bone: opposite directions\n")
    rows = rows_of(run("evidence", "conflicts", "--format", "csv"))
    told = json.loads(run("evidence", "conflicts", "--format", "json").out)
    assert [row["verdict"] for row in rows] == [conflict["verdict"] for conflict in told]
    assert all(conflict["account"] and conflict["title"] for conflict in told)
    none = run("evidence", "conflicts", "--factor", "race", "--level", "Hispanic")
    assert (none.code, none.out) == (0, "No conflict among these findings.\n")


def test_forest(run, tmp_path):
    asked = ("evidence", "forest", "--factor", "subtype", "--level", "TNBC", "--site", "brain")
    assert run(*asked).out.startswith("TNBC and brain\n")
    rows = rows_of(run(*asked, "--format", "csv"))
    assert {"xiao2018-13", "pooled"} <= {row["id"] for row in rows}
    groups = json.loads(run(*asked, "--format", "json").out)
    pooled = next(group["pooled"] for group in groups if group["pooled"])
    (line,) = [row for row in rows if row["id"] == "pooled"]
    assert float(line["log_ratio"]) == pooled["mean"]
    assert float(line["prediction_high"]) == pooled["prediction_high"]
    svg = run(*asked, "--format", "svg").out
    assert svg.startswith("<svg ")
    result = run(*asked, "--out", tmp_path / "forest.png")
    assert (result.code, result.out) == (0, "")
    assert (tmp_path / "forest.png").read_bytes().startswith(b"\x89PNG")
    # one number everywhere: the odds ratio of xiao2018
    for text in (run(*asked).out, svg):
        assert "1.95 (1.61-2.36)" in text


def test_map(run):
    rows = rows_of(run("evidence", "map", "--factor", "subtype", "--format", "csv"))
    cells = json.loads(run("evidence", "map", "--factor", "subtype", "--format", "json").out)
    assert [row["ids"] for row in rows] == [";".join(cell["ids"]) for cell in cells]
    assert run("evidence", "map", "--denominator", "metastatic_patients", "--format", "svg").out.startswith(
        "<svg "
    )
    assert "conflict" in run("evidence", "map").out
    assert "PTHLH" not in run("evidence", "map").out
    assert run("evidence", "map", "--species", "mouse or cell line", "--factor", "marker").code == 0


def test_export(run, tmp_path):
    rows = rows_of(run("evidence", "export", "--site", "liver"))
    assert {row["site"] for row in rows} >= {"liver"}
    assert run("evidence", "export", "--study", "xiao2018", "--format", "ris").out.startswith("TY  - JOUR")
    result = run("evidence", "export", "--site", "liver", "--out", tmp_path / "liver.bib")
    assert result.code == 0
    content = (tmp_path / "liver.bib").read_text(encoding="utf-8")
    keys = {study for row in rows for study in row["study"].split(";")}
    cited = {line.partition("{")[2].rstrip(",") for line in content.splitlines() if line.startswith("@")}
    assert cited <= keys
    assert len(cited) > 20
    # what is not cited could not be identified
    assert {key for key in keys - cited if not key.startswith("review_ref")} == set()


def test_a_picture_is_not_written_to_a_terminal(run, monkeypatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    result = run("evidence", "map", "--format", "png")
    assert result.code == 2
    assert "cannot be shown on a terminal; expected --out FILE" in result.err


def test_without_the_extra_a_picture_names_it(run, monkeypatch, tmp_path):
    monkeypatch.setitem(__import__("sys").modules, "vl_convert", None)
    result = run("evidence", "map", "--out", tmp_path / "map.png")
    assert result.code == 2
    assert 'pip install "organotropism[report]"' in result.err
    assert not (tmp_path / "map.png").exists()


def test_published(run):
    result = run("evidence", "published", "--study", "colzani2014")
    assert result.code == 0
    assert "colzani2014*" in result.out
    assert "rms z" in result.out
    rows = json.loads(run("evidence", "published", "--study", "colzani2014", "--format", "json").out)
    assert {row["study"] for row in rows} == {"colzani2014"}
    assert all(0 < row["low"] < row["published"] / np.exp(row["log_ratio"]) < row["high"] < 1 for row in rows)
    refused = run("evidence", "published", "--site", "spleen")
    assert refused.code == 2
    assert "has no published number to compare" in refused.err
