import csv
import io
import json
from pathlib import Path

import pytest

from organotropism.patient import Patient
from organotropism.patient_file import read_patient
from toy import toy_model

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "patient.toml"
KNOWN = ["--er", "positive", "--her2", "negative", "--age", "60", "--grade", "2", "--size-mm", "15"]


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_text_is_the_default(predict):
    result = predict(EXAMPLE)
    assert (result.code, result.err) == (0, "")
    first, second, *_ = result.out.splitlines()
    assert first.startswith("Level of risk: diagnosed 2015, ")
    assert second == "HR+/HER2-, age 52, 28 mm, 2 positive nodes, grade 2, ductal"


def test_json_is_the_document_of_the_api(predict):
    result = predict(EXAMPLE, "--format", "json")
    document = json.loads(result.out)
    expected = toy_model().forecast(read_patient(EXAMPLE)).to_dict()
    # The model that was read from a file has a checksum.
    del document["model"]["checksum"], expected["model"]["checksum"]
    assert document == json.loads(json.dumps(expected))


def test_csv_is_the_frame_of_the_api(predict):
    found = rows(predict(EXAMPLE, "--format", "csv").out)
    expected = toy_model().forecast(read_patient(EXAMPLE)).to_frame().rows(named=True)
    assert list(found[0]) == ["id", "site", "quantity", "years", "risk", "low", "high"]
    # CSV holds the shortest text that reads as the same number.
    assert [float(row["risk"]) for row in found] == [row["risk"] for row in expected]
    assert [row["site"] for row in found] == [row["site"] for row in expected]


def test_without_intervals(predict):
    found = rows(predict(EXAMPLE, "--format", "csv", "--no-intervals").out)
    assert {(row["low"], row["high"]) for row in found} == {("", "")}
    assert all(row["risk"] for row in found)


def test_flags_alone_equal_a_file(predict, tmp_path):
    file = tmp_path / "patient.json"
    file.write_text('{"er": "positive", "her2": "negative", "age": 60, "grade": 2, "size_mm": 15}')
    flags = json.loads(predict(*KNOWN, "--format", "json", "--no-intervals").out)
    assert flags == json.loads(predict(file, "--format", "json", "--no-intervals").out)


def test_flags_replace_fields_of_the_file(predict):
    document = json.loads(
        predict(EXAMPLE, "--size-mm", "35", "--ki67", "unknown", "--format", "json", "--no-intervals").out
    )
    assert document["patient"]["size_mm"] == 35
    assert "ki67" not in document["patient"]
    assert document["patient"]["age"] == 52


def test_every_field_has_a_flag(predict):
    from organotropism.cli.parser import Parser
    from organotropism.cli.patient_flags import add_patient_flags, flags_given

    parser = Parser(prog="x")
    add_patient_flags(parser)
    for name in Patient.model_fields:
        given = flags_given(parser.read(["--" + name.replace("_", "-"), "1"]))
        assert [field for field, value in given.items() if value is not None] == [name]


def test_involved_sites_may_be_repeated(predict):
    arguments = ["--subtype", "TNBC", "--involved", "bone@2.5", "--involved", "lung@2.7", "--as-of", "3"]
    document = json.loads(predict(*arguments, "--format", "json", "--no-intervals").out)
    assert document["state"]["metastatic"]
    assert document["state"]["years_since_diagnosis"] == 3
    assert [found["site"] for found in document["patient"]["involved"]] == ["bone", "lung"]


def test_horizons_year_and_baseline(predict):
    base = [*KNOWN, "--format", "json", "--no-intervals"]
    document = json.loads(predict(*base, "--horizons", "2,7.5", "--year", "2001").out)
    assert document["horizons"] == [2, 7.5]
    assert document["state"]["year_of_diagnosis_used"] == 2001
    other = json.loads(
        predict(*base, "--horizons", "2,7.5", "--year", "2001", "--baseline", "mariotto2018").out
    )
    assert other["state"]["baseline"] == "mariotto2018"
    # The toy's baseline has a higher level than the average.
    assert other["any_distant"][0]["risk"] > document["any_distant"][0]["risk"]


@pytest.mark.parametrize(
    "name, start",
    [("a.json", "{"), ("a.csv", "id,site,"), ("a.txt", "Level of risk: "), ("a", "Level of risk: ")],
)
def test_ending_of_out_sets_the_format(predict, tmp_path, name, start):
    result = predict(*KNOWN, "--no-intervals", "--out", tmp_path / name)
    assert (result.code, result.out) == (0, "")
    assert (tmp_path / name).read_text(encoding="utf-8").startswith(start)
    assert [path.name for path in tmp_path.iterdir()] == [name]


RANDOM = bytes(range(256)) * 4_000

BAD = {
    "negative size": (
        ["--er", "positive", "--size-mm", "-3"],
        "size_mm: -3 is out of range; expected more than 0",
    ),
    "er": (["--er", "maybe"], 'er: "maybe" is not a receptor status; expected positive, negative or unknown'),
    "contradiction": (
        ["--subtype", "TNBC", "--her2", "positive"],
        'subtype: "TNBC" contradicts her2 positive',
    ),
    "free for": (
        ["--er", "positive", "--free-for", "25"],
        "free_for: 25 is out of range; expected 0 to less than 20",
    ),
    "no patient": ([], "no patient is given; expected a file, or flags"),
    "no file": (["missing.toml"], "missing.toml: cannot be read (No such file"),
    "no model": ([*KNOWN, "--model", "missing"], 'model: "missing" no such model'),
    "horizons": ([*KNOWN, "--horizons", "5;10"], '--horizons: "5;10" are not years; expected years from now'),
    "horizon nan": ([*KNOWN, "--horizons", "nan"], '--horizons: "nan" are not years'),
    "horizon inf": ([*KNOWN, "--horizons", "1e999"], "--horizons:"),
    "horizon zero": ([*KNOWN, "--horizons", "0,5"], 'horizons: "0, 5" are not years from now'),
    "horizons descend": ([*KNOWN, "--horizons", "10,5"], 'horizons: "10, 5" are not years from now'),
    "horizon far": ([*KNOWN, "--horizons", "25"], "expected at most 20 years from now"),
    "year": ([*KNOWN, "--year", "now"], '--year: "now" is not a year'),
    "baseline": (
        [*KNOWN, "--baseline", "x"],
        'baseline: "x" is not a baseline; expected average, mariotto2018',
    ),
    "format": (
        [*KNOWN, "--format", "xml"],
        '--format: "xml" is not a format for one patient; expected text, json',
    ),
    "out": ([*KNOWN, "--out", "a.parquet"], '--out: "a.parquet" is not a format for one patient'),
    "both": (
        [*KNOWN, "--out", "a.csv", "--format", "json"],
        '--format: "json" contradicts --out a.csv; expected csv',
    ),
    "no folder": (
        [*KNOWN, "--out", "none/a.csv"],
        "none/a.csv: cannot be written (No such file or directory)",
    ),
    "child": (["--er", "positive", "--age", "12"], "age: "),
    "typo": (["typo.toml"], 'typo.toml: "agee" is not a known field (did you mean "age"?)'),
    "random": (["random.toml"], "random.toml: is too large for the file of one patient"),
    "random json": (["random.json"], "random.json: "),
    "damaged model": ([*KNOWN, "--model", "damaged.json"], "damaged.json: damaged model file"),
    "edited model": (
        [*KNOWN, "--model", "edited.json"],
        "edited.json, checksum: damaged or edited model file",
    ),
    "random model": ([*KNOWN, "--model", "random.toml"], "random.toml: not a readable text file"),
    "patient as table": (["typo.toml", "--table"], "typo.toml: is the file of one patient"),
}


@pytest.mark.parametrize("arguments, message", BAD.values(), ids=BAD)
def test_bad_input(predict, model_file, tmp_path, monkeypatch, arguments, message):
    model = model_file.read_text()
    files = {
        "typo.toml": b'agee = 52\ner = "positive"\n',
        "random.toml": RANDOM,
        "random.json": RANDOM[:900_000],
        "damaged.json": model[: len(model) // 2].encode(),
        "edited.json": model.replace('"version": "0"', '"version": "1"').encode(),
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    monkeypatch.chdir(tmp_path)
    result = predict(*arguments)
    assert (result.code, result.out) == (2, "")
    assert message in result.err
    assert "Traceback" not in result.err
    assert {path.name for path in tmp_path.iterdir()} == set(files)


def test_error_names_the_file_for_its_own_fields_alone(predict, tmp_path):
    file = tmp_path / "patient.toml"
    file.write_text('er = "perhaps"\n')
    result = predict(file, "--size-mm", "-1")
    assert f'{file}, er: "perhaps"' in result.err
    assert "\nsize_mm: -1 is out of range" in f"\n{result.err}"


def test_a_device_takes_the_output_and_is_not_replaced(predict):
    result = predict(*KNOWN, "--no-intervals", "--out", "/dev/null", "--format", "json")
    assert (result.code, result.err) == (0, "")
    assert not Path("/dev/null").is_file()


def test_receptors_may_come_from_flags_alone(predict, tmp_path):
    file = tmp_path / "patient.toml"
    file.write_text("age = 60\n")
    alone = predict(file, "--no-intervals")
    assert alone.code == 0
    assert "no receptor is known: averaged over all subtypes" in alone.out
    assert predict(file, "--no-intervals", "--format", "csv", "--er", "positive").code == 0
