"""Pages, figures, comparisons and expected presentations of `predict`."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from organotropism.cli import predict_page
from organotropism.patient_file import read_patient
from organotropism.present.numbers import estimate
from toy import toy_model

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "patient.toml"
TABLE = ROOT / "examples" / "patients.csv"
METASTATIC = ["--subtype", "TNBC", "--involved", "bone@2", "--age", "50", "--grade", "3", "--size-mm", "20"]


@pytest.mark.parametrize("option", [["--format", "html"], ["--out", "page.html"], ["--out", "page.htm"]])
def test_page(predict, tmp_path, monkeypatch, option):
    monkeypatch.chdir(tmp_path)
    result = predict(EXAMPLE, *option)
    assert (result.code, result.err) == (0, "")
    page = result.out or next(tmp_path.iterdir()).read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    forecast = toy_model().forecast(read_patient(EXAMPLE))
    assert f">{estimate(forecast.any(10)).partition(' (')[0]}<" in page
    assert "Kennecke 2010" in page


def test_horizons_of_a_page(predict):
    page = predict(EXAMPLE, "--format", "html", "--horizons", "2,7.5").out
    assert set(re.findall(r'data-years="([\d.]+)"', page)) == {"2", "7.5"}
    late = predict(EXAMPLE, "--free-for", "12", "--format", "html", "--no-intervals")
    assert set(re.findall(r'data-years="([\d.]+)"', late.out)) == {"5"}
    assert "no forecast at 10 years" in late.out


@pytest.mark.parametrize("figure", [None, "body", "curves", "icons", "bars", "expected"])
@pytest.mark.parametrize("kind, start", [("svg", b"<svg"), ("png", b"\x89PNG"), ("pdf", b"%PDF")])
def test_figures(predict, tmp_path, figure, kind, start):
    wanted = [] if figure is None else ["--figure", figure]
    file = tmp_path / f"figure.{kind}"
    result = predict(EXAMPLE, "--no-intervals", *wanted, "--out", file)
    assert (result.code, result.out, result.err) == (0, "", "")
    assert file.read_bytes().startswith(start)
    if kind == "svg":
        title = re.findall(r"<title[^>]*>([^<]*)<", file.read_text(encoding="utf-8"))[0]
        words = {
            None: "by organ",
            "curves": "over time",
            "icons": "numbers of people",
            "expected": "Expected first",
        }
        assert words.get(figure, "by organ") in title


def test_a_figure_is_svg_by_default(predict):
    assert predict(EXAMPLE, "--no-intervals", "--figure", "body").out.startswith("<svg")


def test_comparison(predict, tmp_path):
    other = tmp_path / "other.toml"
    other.write_text('er = "negative"\nher2 = "negative"\nage = 40\ngrade = 3\nsize_mm = 30\n')
    page = predict(EXAMPLE, "--compare", other, "--no-intervals").out
    assert "Two patients compared" in page
    assert "B: TNBC" in page or "B: HR+/HER2- or TNBC" in page
    figure = predict(EXAMPLE, "--compare", other, "--no-intervals", "--format", "svg").out
    assert "Risks of A and B within 10 years" in figure


def test_table_of_patients(predict, tmp_path):
    file = tmp_path / "pages.html"
    result = predict(TABLE, "--no-intervals", "--out", file)
    assert (result.code, result.out, result.err) == (0, "", "")
    page = file.read_text(encoding="utf-8")
    assert page.count('<article class="patient"') == 8
    assert "sim-8" in page
    assert predict(TABLE, "--no-intervals", "--format", "html").out == page


def test_too_many_patients_for_one_document(predict, tmp_path, monkeypatch):
    monkeypatch.setattr(predict_page, "MOST_PAGES", 7)
    result = predict(TABLE, "--no-intervals", "--out", tmp_path / "pages.html")
    assert result.code == 2
    assert result.err == '--format: "html" is for at most 7 patients; expected a shorter table\n'
    assert list(tmp_path.iterdir()) == []


def test_expected_presentations(predict):
    text = predict(EXAMPLE, "--expected").out
    assert "Per 1,000 such women" in text
    rows = list(csv.DictReader(io.StringIO(predict(EXAMPLE, "--expected", "--format", "csv").out)))
    assert len(rows) == 60
    document = json.loads(predict(EXAMPLE, "--expected", "--format", "json").out)
    assert [float(row["in_the_year"]) for row in rows] == [row["in_the_year"] for row in document["rows"]]
    forecast = toy_model().forecast(read_patient(EXAMPLE))
    last = next(row for row in document["rows"] if (row["site"], row["year"]) == ("liver", 10))
    # Horizons mark the intervals over which the mean is taken: they move a risk by some 5e-8 of itself.
    assert last["by_the_end"] == pytest.approx(1000 * forecast.site("liver", "first", 10).risk, rel=1e-6)
    assert "advise against" in document["note"]
    short = json.loads(predict(EXAMPLE, "--expected", "--format", "json", "--horizons", "3").out)
    assert {row["year"] for row in short["rows"]} == {1, 2, 3}
    assert predict(EXAMPLE, "--expected", "--no-intervals", "--format", "svg").out.startswith("<svg")


BAD = {
    "figure": ([EXAMPLE, "--figure", "pie"], '--figure: "pie" is not a figure; expected body, curves'),
    "figure as text": (
        [EXAMPLE, "--figure", "body", "--format", "text"],
        '--format: "text" is not a format for a figure; expected svg, png or pdf',
    ),
    "figure of a table": ([TABLE, "--figure", "body"], '"--figure" is for one patient'),
    "table as svg": ([TABLE, "--format", "svg"], '"svg" is not a format for a table of patients'),
    "expected of a table": ([TABLE, "--expected"], '"--expected" is for one patient'),
    "expected of metastatic": ([*METASTATIC, "--expected"], "involved: presentations are expected of"),
    "expected figure": (
        [EXAMPLE, "--expected", "--figure", "body"],
        '--figure: "body" contradicts --expected',
    ),
    "compare and expected": (
        [EXAMPLE, "--compare", EXAMPLE, "--expected"],
        '"--expected" contradicts --compare',
    ),
    "compare and figure": (
        [EXAMPLE, "--compare", EXAMPLE, "--figure", "body"],
        '"--figure" contradicts --compare',
    ),
    "compare as text": (
        [EXAMPLE, "--compare", EXAMPLE, "--format", "text"],
        '"text" is not a format for a comparison; expected html, svg',
    ),
    "compare with nothing": ([EXAMPLE, "--compare", "none.toml"], "none.toml: cannot be read"),
    "horizons descend": (
        [EXAMPLE, "--format", "html", "--horizons", "10,5"],
        'horizons: "10, 5" are not years from now',
    ),
    "horizons far": (
        [EXAMPLE, "--format", "html", "--horizons", "5,25"],
        'horizons: "5, 25" end more than 20 years after diagnosis',
    ),
    "expected far": ([EXAMPLE, "--expected", "--horizons", "25"], "end more than 20 years after diagnosis"),
    "expected soon": ([EXAMPLE, "--expected", "--horizons", "0.5"], "horizons: leave no whole year"),
}


@pytest.mark.parametrize("arguments, message", BAD.values(), ids=BAD)
def test_bad_input(predict, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    result = predict("--no-intervals", *arguments)
    assert (result.code, result.out) == (2, "")
    assert message in result.err
    assert list(tmp_path.iterdir()) == []


def test_binary_output_is_not_sent_to_a_terminal(predict, monkeypatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    result = predict(EXAMPLE, "--no-intervals", "--figure", "body", "--format", "png")
    assert result.code == 2
    assert "cannot be shown on a terminal; expected --out FILE" in result.err


@pytest.mark.slow
def test_a_page_takes_less_than_three_seconds(tmp_path):
    # Time of the processor, not of the clock: other work of the machine is no fault of the page.
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [
        sys.executable,
        "-m",
        "organotropism",
        "predict",
        str(EXAMPLE),
        "--out",
        str(tmp_path / "a.html"),
    ]
    subprocess.run(command, check=True, env={**os.environ, "OPENBLAS_NUM_THREADS": "1"})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    taken = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert taken < 3
