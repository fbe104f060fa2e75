import io
import json
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from organotropism.cli import predict_table
from organotropism.patient_file import iter_patients
from toy import toy_model

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "patients.csv"
TABLE = """id,er,her2,age,free_for
a,positive,negative,50,
,negative,negative,60,
c,positive,positive,70,{last}
"""


def frame(text):
    types = {"id": pl.String, "low": pl.Float64, "high": pl.Float64}
    return pl.read_csv(io.StringIO(text), schema_overrides=types)


@pytest.fixture
def expected():
    patients = [patient for part in iter_patients(EXAMPLE) for _, patient in part]
    return toy_model().forecast(patients, intervals=False).to_frame()


@pytest.mark.parametrize("name", [None, "out.csv", "out.parquet"])
@pytest.mark.parametrize("part", [3, 100])
def test_table_equals_the_api(predict, tmp_path, monkeypatch, expected, name, part):
    monkeypatch.setattr(predict_table, "_PART", part)
    out = [] if name is None else ["--out", tmp_path / name]
    result = predict(EXAMPLE, "--no-intervals", *out)
    assert result.code == 0
    if name is None:
        found = frame(result.out)
    else:
        assert result.out == ""
        assert [path.name for path in tmp_path.iterdir()] == [name]
        file = tmp_path / name
        found = pl.read_parquet(file) if name.endswith("parquet") else frame(file.read_text())
    # The fastest patient of a part sets the step of the integrator, whose local error is below 1e-6; steps
    # that differ by a factor near one leave a small part of that (3e-9 here).
    # The mean over the coefficients is taken at steps of the whole part, too: at most a ten-thousandth.
    assert_frame_equal(found, expected, rel_tol=0, abs_tol=1e-4)


def test_intervals(predict, monkeypatch):
    monkeypatch.setattr(predict_table, "_PART_WITH_INTERVALS", 3)
    found = frame(predict(EXAMPLE, "--horizons", "3").out)
    inside = found.select(
        ((pl.col("low") <= pl.col("risk")) & (pl.col("risk") <= pl.col("high"))).all()
    ).item()
    assert inside
    assert found["years"].drop_nulls().unique().to_list() == [3.0]


def test_json_is_one_document_a_line(predict):
    lines = predict(EXAMPLE, "--no-intervals", "--format", "json").out.splitlines()
    assert [json.loads(line)["patient"]["id"] for line in lines] == [f"sim-{n}" for n in range(1, 9)]


def test_patients_without_id_have_their_number(predict, tmp_path, monkeypatch):
    monkeypatch.setattr(predict_table, "_PART", 1)
    file = tmp_path / "patients.csv"
    file.write_text(TABLE.format(last=""))
    assert frame(predict(file, "--no-intervals").out)["id"].unique(maintain_order=True).to_list() == [
        "a",
        "2",
        "c",
    ]


def test_warnings_are_counted(predict, tmp_path):
    file = tmp_path / "patients.csv"
    file.write_text(TABLE.format(last="12"))
    err = predict(file, "--no-intervals").err
    assert "warning for 3 patients: M unknown: taken as M0\n" in err
    assert "warning for 1 patient: no forecast at 10 years" in err


def test_standard_input(model_file):
    command = [sys.executable, "-m", "organotropism", "predict", "-", "--table", "--no-intervals"]
    with open(EXAMPLE, "rb") as patients:
        done = subprocess.run(
            [*command, "--model", str(model_file)], stdin=patients, capture_output=True, check=True, text=True
        )
    assert frame(done.stdout)["id"].n_unique() == 8


def test_any_name_may_hold_a_table(predict, tmp_path):
    file = tmp_path / "patients.txt"
    file.write_bytes(EXAMPLE.read_bytes())
    assert predict(file, "--no-intervals").code == 2
    assert frame(predict(file, "--table", "--no-intervals").out)["id"].n_unique() == 8


BAD = {
    "late row": (TABLE.format(last="25"), "patients.csv, row 4, free_for: 25 is out of range"),
    "no horizon": (TABLE.format(last="19"), "patients.csv, row 4, horizons: "),
    "empty": ("", "patients.csv: has no header"),
    "no rows": ("id,er\n", "patients.csv: has no patients"),
    "unknown column": (
        "id,er,grad\n",
        'patients.csv, row 1: "grad" is not a known field (did you mean "grade"?)',
    ),
    "twice": ("id,er\na,neg\na,pos\n", "patients.csv, row 3, id: "),
    "random": (bytes(range(256)) * 1000, "patients.csv: "),
}


@pytest.mark.parametrize("content, message", BAD.values(), ids=BAD)
@pytest.mark.parametrize("name", [None, "out.csv", "out.parquet", "out.ndjson"])
def test_bad_table_writes_nothing(predict, tmp_path, monkeypatch, content, message, name):
    monkeypatch.setattr(predict_table, "_PART", 1)
    monkeypatch.chdir(tmp_path)
    Path("patients.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    result = predict("patients.csv", "--no-intervals", *([] if name is None else ["--out", name]))
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith(message)
    assert [path.name for path in tmp_path.iterdir()] == ["patients.csv"]


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--age", "50"], '"--age" is for one patient; expected a column age in patients.csv'),
        (["--format", "text"], '--format: "text" is not a format for a table of patients'),
        (["--out", "a.txt"], '--out: "a.txt" is not a format for a table of patients'),
        (["--horizons", "10,5"], 'horizons: "10, 5" are not years from now'),
        (["--baseline", "x"], 'baseline: "x" is not a baseline'),
        (["--out", "patients.csv"], '--out: "patients.csv" is the table of patients; expected another file'),
    ],
)
def test_options_that_do_not_fit(predict, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    content = TABLE.format(last="")
    Path("patients.csv").write_text(content)
    result = predict("patients.csv", *arguments)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith(message)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"patients.csv": content}


def test_existing_result_survives_a_bad_table(predict, tmp_path):
    file, out = tmp_path / "patients.csv", tmp_path / "out.csv"
    out.write_text("earlier")
    file.write_text(TABLE.format(last="25"))
    assert predict(file, "--no-intervals", "--out", out).code == 2
    assert out.read_text() == "earlier"


def test_progress_bar_on_a_terminal(predict, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    result = predict(EXAMPLE, "--no-intervals")
    assert result.code == 0
    assert frame(result.out)["id"].n_unique() == 8
