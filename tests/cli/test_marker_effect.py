"""``organotropism markers effect``: the example's known effects come back, and forecasts use them."""

import csv
import importlib.util
import json
from io import StringIO
from math import log
from pathlib import Path

import pytest

from cli.conftest import Run

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
COHORT, MEASURED = EXAMPLES / "marker_cohort.csv", EXAMPLES / "marker_cohort_measured.csv"
COMMAND = ("markers", "effect", COHORT, "--markers", MEASURED, "--new", "EXO_ITGAV:exosome")
FLAGS = ("--er", "positive", "--her2", "negative", "--grade", "3")


def truth() -> dict[str, tuple[float, tuple[float, ...]]]:
    spec = importlib.util.spec_from_file_location("made", EXAMPLES / "make_marker_cohort.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return dict(module.TRUTH)


@pytest.fixture
def effects(run: Run, tmp_path: Path) -> Path:
    file = tmp_path / "effects.json"
    assert run(*COMMAND, "--out", file).code == 0
    return file


def test_known_effects_come_back(run: Run) -> None:
    rows = list(csv.DictReader(StringIO(run(*COMMAND, "--format", "csv").out)))
    for marker, (share, effects) in truth().items():
        alone = [r for r in rows if r["marker"] == marker and r["source"] == "cohort alone"]
        assert [row["effect"] for row in alone] == ["rate", "bone", "lung", "liver", "brain", "other"]
        for row, true in zip(alone, effects, strict=True):
            assert abs(float(row["log_ratio"]) - true) < 3 * float(row["se"])
        # Three standard errors of a share of 1,500.
        assert int(alone[0]["positive"]) / 1500 == pytest.approx(share, abs=0.036)
    # The integrin was drawn to lead to the liver alone, and the cohort shows it.
    liver = next(r for r in rows if (r["marker"], r["effect"], r["source"]) == ("EXO_ITGAV", "liver", "both"))
    assert float(liver["low"]) > 1.3
    assert {row["source"] for row in rows if row["marker"] == "EXO_ITGAV"} == {"cohort alone", "both"}


def test_text_says_what_it_rests_on(run: Run) -> None:
    text = run(*COMMAND).out
    assert "EXO_ITGAV (exosome)" in text
    assert "1,500 patients positive" in text
    assert "silent" in text
    assert "For research" in text


def test_forecasts_use_the_effects(run: Run, effects: Path, tmp_path: Path) -> None:
    file = tmp_path / "markers.csv"
    file.write_text("marker,value\nEXO_ITGAV,positive\n", encoding="utf-8")
    use = ("--markers", file, "--marker-effects", effects)
    without, found = (
        json.loads(run("predict", *FLAGS, *options, "--format", "json", "--no-intervals").out)
        for options in ((), use)
    )
    assert found["markers"]["name"] == "EXO_ITGAV positive"
    given = [document["sites"]["liver"]["given_metastasis"]["risk"] for document in (without, found)]
    assert log(given[1] / (1 - given[1])) - log(given[0] / (1 - given[0])) > 0.4
    text = " ".join(run("predict", *FLAGS, *use, "--no-intervals").out.split())
    assert "EXO_ITGAV positive: effect estimated in marker example. Moves the forecast: yes" in text
    document = json.loads(run("explain", *FLAGS, *use, "--format", "json").out)
    assert document["blocks"]["EXO_ITGAV"] == "exosome"
    entry = next(
        e for e in document["risks"]["quantities"] if (e["quantity"], e["site"]) == ("given", "liver")
    )
    assert entry["by_block"]["exosome"] > 0.05
    assert sum(entry["by_block"].values()) == pytest.approx(entry["risk"] - entry["reference"], abs=1e-9)
    said = " ".join(run("explain", *FLAGS, *use).out.split())
    assert "no effect of circulating tumour cells or the microenvironment" in said


def test_own_effects_take_the_place_of_published_ones(run: Run, effects: Path, tmp_path: Path) -> None:
    file = tmp_path / "markers.csv"
    file.write_text("marker,value\nMAF_16Q23_GAIN,positive\n", encoding="utf-8")
    one, other = (
        json.loads(run("predict", *FLAGS, "--markers", file, *options, "--format", "json").out)["markers"]
        for options in ((), ("--marker-effects", effects))
    )
    assert one["whether"] != other["whether"]
    assert other["sites"]["lung"] != 0.0


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("markers", "effect", COHORT, "--markers", MEASURED), "is not a marker"),
        (("markers", "effect", COHORT, "--markers", "none.csv"), "no such file"),
        ((*COMMAND[:-1], "EXO_ITGAV:exosomes"), 'did you mean "exosome"?'),
        ((*COMMAND[:-1], "grade"), "cannot name a new marker"),
        ((*COMMAND, "--format", "xlsx"), "is not a format of this command"),
        (("predict", *FLAGS, "--marker-effects", "x.json"), "is for measured markers"),
        (
            ("predict", *FLAGS, "--markers", EXAMPLES / "markers.csv", "--marker-effects", "x.json"),
            "cannot be read",
        ),
    ],
)
def test_wrong_input_is_named(run: Run, arguments: tuple[object, ...], expected: str) -> None:
    result = run(*arguments)
    assert result.code == 2
    assert expected in result.err
    assert result.out == ""


def test_too_few_carriers_are_refused_and_nothing_written(run: Run, tmp_path: Path) -> None:
    lines = MEASURED.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines[1:] if line.endswith("EXO_ITGAV,negative")]
    kept += [line for line in lines[1:] if line.endswith("EXO_ITGAV,positive")][:4]
    few, out = tmp_path / "few.csv", tmp_path / "effects.json"
    few.write_text("\n".join([lines[0], *kept]) + "\n", encoding="utf-8")
    result = run("markers", "effect", COHORT, "--markers", few, "--new", "EXO_ITGAV", "--out", out)
    assert result.code == 2
    assert "too few positive patients to estimate an effect (4)" in result.err
    assert not out.exists()


def test_what_is_left_out_is_counted(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "more.csv"
    text = MEASURED.read_text(encoding="utf-8")
    file.write_text(f"{text}stranger,MAF_16Q23_GAIN,positive\n0-1,CRYAB,3.5\n", encoding="utf-8")
    said = run("markers", "effect", COHORT, "--markers", file, "--new", "EXO_ITGAV").out
    assert "1 ids that are none of the cohort" in said
    assert "1 numbers without a published cut-off" in said
