"""``organotropism determinants`` from the outside."""

import csv
import json
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree

import pytest

from cli.conftest import Run

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "cohort.csv"


@pytest.fixture
def determinants(run: Run, model_file: Path) -> Run:
    """Run `determinants` with the toy model and few draws."""
    return lambda *arguments: run("determinants", model_file, *arguments, "--draws", "4")


def test_text_answers_and_says_what_is_missing(determinants: Run) -> None:
    result = determinants()
    assert result.code == 0
    for words in ("Whether and when:", "How many sites:", "Where:", "Open: at least", "microenvironment"):
        assert words in result.out
    lines = [line for line in result.out.splitlines() if line.startswith("exosomes")]
    assert lines[0].split() == ["exosomes", "?", "?", "?"]  # never as zero
    assert "mouse or cell" in result.out
    assert max(map(len, result.out.splitlines())) <= 100


def test_json_and_csv(determinants: Run) -> None:
    document = json.loads(determinants("--format", "json").out)
    assert {entry["block"] for entry in document["not_in_model"]} >= {"exosome", "ctc", "microenvironment"}
    rows = list(csv.DictReader(StringIO(determinants("--format", "csv").out)))
    assert len(rows) == len(document["numbers"])
    assert {row["block"] for row in rows} == {"", "clinicopathological", "primary tumour"}


def test_a_cohort_is_held_against_its_outcomes(determinants: Run) -> None:
    result = determinants(EXAMPLE)
    assert result.code == 0
    assert "Held against the outcomes of the cohort" in result.out
    observed = json.loads(determinants(EXAMPLE, "--format", "json").out)["observed"]
    assert observed["patients"] > observed["relapses"] > 0
    assert observed["d_error"] > 0


def test_figure_and_page(determinants: Run, tmp_path: Path) -> None:
    assert determinants("--out", tmp_path / "d.svg").code == 0
    root = ElementTree.fromstring((tmp_path / "d.svg").read_text(encoding="utf-8"))
    texts = [element.text or "" for element in root.iter()]
    assert any(text.startswith("? not in the model") for text in texts)
    page = determinants("--format", "html").out
    assert page.startswith("<!doctype html>")
    assert "<svg" in page


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--draws", "3"), "an even number"),
        (("--draws", "many"), "an even number"),
        (("--format", "xlsx"), "is not a format of this command"),
        (("no-such-file.parquet",), "no-such-file.parquet"),
    ],
)
def test_wrong_input_is_named(run: Run, model_file: Path, arguments: tuple[str, ...], expected: str) -> None:
    result = run("determinants", model_file, *arguments)
    assert result.code == 2
    assert expected in result.err
    assert result.out == ""
