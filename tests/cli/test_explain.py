"""``organotropism explain`` from the outside."""

import csv
import json
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree

import pytest

from cli.conftest import Run

FLAGS = ("--er", "positive", "--her2", "negative", "--grade", "3", "--positive-nodes", "2")


@pytest.fixture
def explain(run: Run, model_file: Path) -> Run:
    """Run `explain` with the toy model."""
    return lambda *arguments: run("explain", "--model", model_file, *arguments)


def test_text_holds_both_scales_and_what_is_missing(explain: Run) -> None:
    result = explain(*FLAGS)
    assert result.code == 0
    for words in (
        "average of the reference population",
        "this patient",
        "Log scale",
        "of this primary tumour",
    ):
        assert words in result.out
    assert "no effect of exosomes" in result.out
    assert "For research" in result.out
    assert max(map(len, result.out.splitlines())) <= 100


def test_text_after_metastasis(explain: Run) -> None:
    result = explain(*FLAGS, "--involved", "bone@1")
    assert result.code == 0
    assert "with the same sites" in result.out
    assert "log rate" not in result.out


def test_json_and_csv_add_up(explain: Run) -> None:
    document = json.loads(explain(*FLAGS, "--format", "json").out)
    for entry in document["risks"]["quantities"]:
        difference = entry["risk"] - entry["reference"]
        assert sum(entry["by_factor"].values()) == pytest.approx(difference, abs=1e-9)
    rows = list(csv.DictReader(StringIO(explain(*FLAGS, "--format", "csv").out)))
    brain = [r for r in rows if (r["quantity"], r["site"], r["years"]) == ("ever", "brain", "10.0")]
    assert {row["factor"] for row in brain} == {"subtype", "grade", "nodes"}
    total = sum(float(row["part"]) for row in brain)
    assert total == pytest.approx(float(brain[0]["risk"]) - float(brain[0]["reference"]), abs=1e-9)


def test_figure_and_page(explain: Run, tmp_path: Path) -> None:
    assert explain(*FLAGS, "--out", tmp_path / "all.svg").code == 0
    root = ElementTree.fromstring((tmp_path / "all.svg").read_text(encoding="utf-8"))
    texts = [element.text or "" for element in root.iter()]
    assert root.get("role") == "img"
    assert "Brain" in texts
    assert any("Steps in percentage points" in text for text in texts)
    assert explain(*FLAGS, "--site", "brain", "--format", "svg").out.count("Bone") == 0
    page = explain(*FLAGS, "--format", "html").out
    assert page.startswith("<!doctype html>")
    assert "<svg" in page
    assert "http://" not in page.replace("http://www.w3.org/2000/svg", "")


def test_markers_are_reasons(explain: Run, tmp_path: Path) -> None:
    file = tmp_path / "markers.csv"
    file.write_text("marker,value\nMAF_16Q23_GAIN,3.1\nHOSHINO_LUNG_A6B4,present\n", encoding="utf-8")
    document = json.loads(explain(*FLAGS, "--markers", file, "--format", "json").out)
    assert document["blocks"]["MAF_16Q23_GAIN"] == "primary tumour"
    assert document["known"]["MAF_16Q23_GAIN"] == "positive"
    for entry in document["risks"]["quantities"]:
        difference = entry["risk"] - entry["reference"]
        assert sum(entry["by_factor"].values()) == pytest.approx(difference, abs=1e-9)
    bone = next(e for e in document["risks"]["quantities"] if (e["quantity"], e["site"]) == ("ever", "bone"))
    assert bone["by_factor"]["MAF_16Q23_GAIN"] > 0.01
    # Exosomal integrins in mice move nothing, and the text says so.
    assert "HOSHINO_LUNG_A6B4" not in document["known"]
    text = explain(*FLAGS, "--markers", file).out
    assert "MAF_16Q23_GAIN positive" in text
    assert "no: grade C never moves a number" in " ".join(text.split())
    assert "MAF_16Q23_GAIN positive" in explain(*FLAGS, "--markers", file, "--format", "svg").out


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((), "no patient"),
        ((*FLAGS, "--quantity", "never"), "ever, first or only"),
        ((*FLAGS, "--site", "brian"), 'did you mean "brain"?'),
        ((*FLAGS, "--involved", "bone@1", "--site", "bone"), "is not a site that is open"),
        ((*FLAGS, "--markers", "none.csv"), "no such file"),
        ((*FLAGS, "--format", "xlsx"), "is not a format of this command"),
        ((*FLAGS, "--format", "csv", "--out", "x.json"), "contradicts --out x.json"),
        ((*FLAGS, "--horizons", "30"), "where the evidence ends"),
    ],
)
def test_wrong_input_is_named_and_nothing_written(
    explain: Run, arguments: tuple[str, ...], expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = explain(*arguments)
    assert result.code == 2
    assert expected in result.err
    assert result.out == ""
    assert list(tmp_path.iterdir()) == []
