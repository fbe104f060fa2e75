"""`organotropism markers` and `predict --markers` from the command line."""

import csv
import json
from io import StringIO
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from organotropism.evidence import markers
from organotropism.present import wording_markers

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
PATIENT = EXAMPLES / "patient.toml"
pytest.importorskip("altair", reason="the extra report draws the heat map")


@pytest.fixture
def score(run, model_file, tmp_path):
    """Score the example into a new folder."""

    def command(*options: object, file: Path = EXAMPLES / "expression.csv") -> tuple[object, Path]:
        out = tmp_path / "out"
        return run("markers", "score", file, "--out", out, "--model", model_file, *options), out

    return command


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(path.read_text(encoding="utf-8"))))


def test_list_filters(run) -> None:
    everything = json.loads(run("markers", "list", "--format", "json").out)
    assert len(everything) == 64
    exosome = run("markers", "list", "--compartment", "exosome", "--grade", "d", "--site", "liver").out
    assert "HOSHINO_LIVER_AVB5" in exosome
    assert "HOSHINO_LUNG_A6B4" not in exosome
    assert len(rows_of(run("markers", "list", "--grade", "A", "--format", "csv").out)) == sum(
        marker.evidence_grade == "A" for marker in markers()
    )


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(text)))


def test_show_tells_what_is_missing_and_disputed(run) -> None:
    maf = run("markers", "show", "maf_16q23_gain").out
    assert "copy number >=2.5" in maf
    assert "nothing: coleman_azure_maf" in " ".join(maf.split())
    lms = json.loads(run("markers", "show", "LMS", "--format", "json").out)[0]
    assert lms["moves the forecast"] == "rule not published in full"


@pytest.mark.parametrize(
    "words, message",
    [
        (["lst"], 'is no use of this command; expected list, show, score or effect (did you mean "list"?)'),
        (["list", "--site", "knee"], '--site: "knee" is not known'),
        (["list", "--grade", "F"], '"F" is not known'),
        (["list", "--format", "xml"], "is not a format"),
        (["show", "MAFF"], '"MAFF" is not a marker'),
        (["score", "none.csv", "--out", "x"], "none.csv: no such file"),
        (["score", "x.csv"], "--out"),
    ],
)
def test_mistakes_are_said(run, words: list[str], message: str) -> None:
    result = run("markers", *words)
    assert result.code == 2
    assert message in result.err


def test_help(run) -> None:
    assert "examples:" in run("markers").out
    with pytest.raises(SystemExit):
        run("markers", "score", "--help")


def test_score_writes_everything(score) -> None:
    result, out = score("--samples", EXAMPLES / "samples.csv", "--cutoffs", EXAMPLES / "cutoffs.toml")
    assert result.code == 0
    assert "24 samples, genes x samples" in result.err
    assert "PAM50 with scaling er-balanced" in result.err
    assert {p.name for p in out.iterdir()} == {
        "scores.csv", "markers.csv", "subtypes.csv", "heatmap.svg", "heatmap.png", "cards",
    }  # fmt: skip
    assert len(list((out / "cards").glob("*.html"))) == len(list((out / "cards").glob("*.txt"))) == 24
    status = {row["marker"]: row for row in rows(out / "markers.csv")}
    assert len(status) == 64
    assert status["CRYAB"]["basis"] == "given cut-off"
    assert status["LMS"]["remark"].startswith("gene list not published")
    assert status["HOSHINO_LUNG_A6B4"]["basis"] == "not measured"
    table = pl.read_csv(out / "scores.csv", infer_schema_length=None)
    assert table.height == 24 * sum(
        row["basis"] not in ("not measured", "not published") for row in status.values()
    )
    assert table["place"].is_between(0, 1).all()
    called = table.filter(pl.col("marker") == "CRYAB")
    assert (called["positive"] == (called["value"] >= 8).cast(pl.Float64)).all()
    card = (out / "cards" / "T01.txt").read_text(encoding="utf-8")
    assert "Marker card: T01" in card
    assert all(heading in card for heading in wording_markers.COMPARTMENTS.values())


@pytest.mark.parametrize("kind", ["parquet", "json"])
def test_scores_in_other_formats_are_the_same(score, tmp_path, run, model_file, kind: str) -> None:
    _, out = score("--cards", "none")
    other = tmp_path / "other"
    run(
        "markers", "score", EXAMPLES / "expression.csv", "--out", other, "--format", kind, "--cards", "none",
        "--model", model_file,
    )  # fmt: skip
    reader = {"parquet": pl.read_parquet, "json": pl.read_json}[kind]
    table, found = pl.read_csv(out / "scores.csv"), reader(other / f"scores.{kind}")
    assert found["marker"].to_list() == table["marker"].to_list()
    np.testing.assert_allclose(found["place"].to_numpy(), table["place"].to_numpy())
    assert not (out / "cards").exists()


def test_cards_of_some_samples_with_measured_markers(score, tmp_path) -> None:
    measured = tmp_path / "m.csv"
    measured.write_text("id,marker,value\nT02,MAF_16Q23_GAIN,1.9\nT02,HOSHINO_LUNG_A6B4,present\n")
    _, out = score("--cards", "T02, T05", "--measured", measured)
    assert {p.name for p in (out / "cards").iterdir()} == {"T02.html", "T02.txt", "T05.html", "T05.txt"}
    text = " ".join((out / "cards" / "T02.txt").read_text(encoding="utf-8").split())
    page = (out / "cards" / "T02.html").read_text(encoding="utf-8")
    assert "yes: hazard ×0.9" in page
    assert "to lung" in page
    assert "1.9" in text
    assert "HOSHINO_LUNG_A6B4" not in page.split("<h2>Not measured</h2>")[1]
    assert "MAF_16Q23_GAIN" in (out / "cards" / "T05.html").read_text().split("<h2>Not measured</h2>")[1]


def test_exosome_file_is_scored_as_such(score, tmp_path) -> None:
    file = tmp_path / "exo.csv"
    file.write_text("protein,a,b,c\nITGA6,1,2,3\nITGB4,1,2,3\nITGB3,3,2,1\nESR1,1,2,3\n")
    result, out = score("--compartment", "exosome", "--analyte", "protein", file=file)
    assert result.code == 0
    scored = set(pl.read_csv(out / "scores.csv")["marker"])
    assert scored == {"HOSHINO_LUNG_A6B4", "ITGB3_EXO_BRAIN", "ITGA6B4_CRC_LUNG"}
    assert not (out / "subtypes.csv").exists()


def test_nothing_is_written_where_something_is_wrong(score, tmp_path) -> None:
    result, out = score("--cards", "T99")
    assert result.code == 2
    assert '"T99" is not a sample of the file' in result.err
    assert list(tmp_path.iterdir()) == []
    out.mkdir()
    (out / "mine.txt").write_text("mine")
    result, _ = score()
    assert result.code == 2
    assert "exists; expected the name of a new folder" in result.err
    assert [p.name for p in out.iterdir()] == ["mine.txt"]


def test_names_of_samples_cannot_leave_the_folder_or_enter_the_page(score, tmp_path) -> None:
    file = tmp_path / "odd.csv"
    file.write_text('gene,../../x,"<script>alert(1)</script>",a b\nESR1,1,2,3\nCRYAB,1,2,3\n')
    result, out = score("--cards", "all", file=file)
    assert result.code == 0
    names = {p.name for p in (out / "cards").glob("*.html")}
    assert names == {"_.._x.html", "_script_alert_1___script_.html", "a_b.html"}
    page = (out / "cards" / "_script_alert_1___script_.html").read_text(encoding="utf-8")
    assert "<script>" not in page


def test_er_status_of_samples(score, tmp_path) -> None:
    table = tmp_path / "samples.csv"
    table.write_text("sample,er\nT01,perhaps\n")
    result, _ = score("--samples", table)
    assert 'row 2, er: "perhaps" is not an ER status' in result.err
    table.write_text("sample,er\nX,1\n")
    assert "names none of the samples" in score("--samples", table)[0].err
    table.write_text("sample,grade\nT01,1\n")
    assert "er: has no such column" in score("--samples", table)[0].err


@pytest.fixture
def with_markers(predict, tmp_path):
    """JSON forecast of the example patient with some markers, or without a file."""

    def command(*lines: str) -> dict[str, object]:
        options: list[object] = []
        if lines:
            (tmp_path / "m.csv").write_text("\n".join(["marker,value", *lines, ""]))
            options = ["--markers", tmp_path / "m.csv"]
        result = predict(PATIENT, "--format", "json", *options)
        assert result.code == 0, result.err
        found: dict[str, object] = json.loads(result.out)
        return found

    return command


def test_no_marker_of_grade_c_to_e_changes_any_number(with_markers) -> None:
    plain = with_markers()
    weak = [m.marker_id for m in markers() if m.evidence_grade in ("C", "D", "E")]
    assert len(weak) > 20
    for value in ("positive", "negative", "12.5"):
        # Every digit and every word of the document.
        assert with_markers(*(f"{name},{value}" for name in weak)) == plain


def test_no_marker_without_a_published_cutoff_changes_any_number(with_markers) -> None:
    others = [m.marker_id for m in markers() if m.marker_id != "MAF_16Q23_GAIN"]
    assert with_markers(*(f"{name},positive" for name in others)) == with_markers()


def test_maf_moves_bone_up_and_down(with_markers) -> None:
    plain, up, down = with_markers(), with_markers("MAF_16Q23_GAIN,3"), with_markers("MAF_16Q23_GAIN,2")

    def bone(document) -> float:
        return document["sites"]["bone"]["given_metastasis"]["risk"]

    assert bone(down) < bone(plain) < bone(up)
    assert down["any_distant"][0]["risk"] < plain["any_distant"][0]["risk"] < up["any_distant"][0]["risk"]
    assert up["markers"]["name"] == "MAF_16Q23_GAIN positive"
    assert up["markers"]["studies"] == ["pavlovic2015", "coleman_azure_maf"]


def test_text_tells_of_every_measured_marker(predict) -> None:
    text = " ".join(predict(PATIENT, "--no-intervals", "--markers", EXAMPLES / "markers.csv").out.split())
    assert "MAF_16Q23_GAIN 3.1, positive: points to bone. Moves the forecast: yes" in text
    assert "HOSHINO_LUNG_A6B4 present: points to lung. Moves the forecast: no: grade C" in text
    assert "CAPG_GIPC1 positive: points to bone. Moves the forecast: no: no published cut-off" in text


def test_table_of_patients_with_markers(predict, tmp_path) -> None:
    patients, measured = tmp_path / "p.csv", tmp_path / "m.csv"
    patients.write_text("id,er,her2\na,positive,negative\nb,positive,negative\nc,positive,negative\n")
    measured.write_text("id,marker,value\nb,MAF_16Q23_GAIN,3\nc,CD44,positive\nz,CD44,positive\n")
    result = predict(patients, "--no-intervals", "--markers", measured)
    assert result.code == 0
    table = pl.read_csv(StringIO(result.out))
    risks = {name: table.filter(pl.col("id") == name)["risk"].to_list() for name in "abc"}
    assert risks["a"] == pytest.approx(risks["c"], abs=1e-12)
    assert risks["b"][0] > risks["a"][0]
    assert "an id of" in result.err and "that is none of this table" in result.err


def test_table_of_patients_needs_ids(predict, tmp_path) -> None:
    (tmp_path / "p.csv").write_text("id,er,her2\na,positive,negative\n")
    result = predict(tmp_path / "p.csv", "--markers", EXAMPLES / "markers.csv")
    assert result.code == 2
    assert "has no id" in result.err


def test_document_with_markers_keeps_the_schema(with_markers) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    schema = ROOT / "src" / "organotropism" / "schema" / "forecast.schema.json"
    jsonschema.validate(with_markers("MAF_16Q23_GAIN,3"), json.loads(schema.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    "content, message",
    [
        ("id,marker,value\nnobody,CD44,positive\n", "holds no marker of this patient"),
        ("marker,value\nCD45,positive\n", '"CD45" is not a marker'),
    ],
)
def test_marker_files_that_do_not_fit(predict, tmp_path, content: str, message: str) -> None:
    (tmp_path / "m.csv").write_text(content)
    result = predict(PATIENT, "--markers", tmp_path / "m.csv")
    assert result.code == 2
    assert message in result.err
    absent = predict(PATIENT, "--markers", tmp_path / "none.csv")
    assert "no such file" in absent.err
