import io
import json
import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from organotropism.errors import InputError
from organotropism.patient import Patient
from organotropism.patient_file import iter_patients, patient_from_flags, read_patient

ROOT = Path(__file__).resolve().parent.parent

TOML = """
age = 52
er = "Positive"
her2 = "unknown"
size_mm = 22.5
t = "T2"
endocrine_therapy = true
other_treatments = ["palbociclib"]
involved = [{site = "bone", years = 2.5}, {site = "lung", years = 3}]
as_of = 4
"""
JSON = json.dumps(
    {
        "age": 52,
        "er": "positive",
        "her2": None,
        "size_mm": 22.5,
        "t": "2",
        "endocrine_therapy": True,
        "other_treatments": ["palbociclib"],
        "involved": [{"site": "bone", "years": 2.5}, {"site": "lung", "years": 3}],
        "as_of": 4,
    }
)
FLAGS = {
    "--age": "52",
    "--er": "pos",
    "--her2": None,
    "--size-mm": "22.5",
    "t": "T2",
    "endocrine_therapy": "yes",
    "--other-treatments": ["palbociclib"],
    "--involved": ["bone@2.5", "lung@3"],
    "--as-of": "4",
}


def written(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def give_standard_input(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(content)))


def patients(path: Path, chunk: int = 10_000) -> list[tuple[int, Patient]]:
    return [row for part in iter_patients(path, chunk) for row in part]


def refusal(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        patients(path)
    message = str(caught.value)
    assert all(line.startswith(str(path)) for line in message.splitlines())
    return message.removeprefix(str(path))


# One patient


def test_toml_json_standard_input_and_flags_give_the_same_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = [
        read_patient(written(tmp_path, "p.toml", TOML)),
        read_patient(str(written(tmp_path, "p.JSON", "\ufeff" + JSON))),
        patient_from_flags(FLAGS),
    ]
    for content in (TOML, "  \n" + JSON):
        give_standard_input(monkeypatch, content.encode())
        records.append(read_patient("-"))
    assert all(record == records[0] for record in records)
    assert records[0].size_mm == 22.5


@pytest.mark.parametrize(
    ("name", "content", "part"),
    [
        ("p.toml", b"", "is empty"),
        ("p.json", b" \n\t", "is empty"),
        ("p.toml", b"\xff\xfe\x00", "is not UTF-8 text"),
        ("p.toml", b"er = ", "is not valid TOML"),
        ("p.toml", b"er = 'positive'\ner = 'negative'", "is not valid TOML"),
        ("p.json", b'{"er": ', "is not valid JSON"),
        ("p.json", b'{"er": "positive", "er": "negative"}', "er: is given twice"),
        ("p.json", b"[" * 100_000, "is not valid JSON"),
        ("p.toml", b"er = " + b"[" * 100_000, "is not valid TOML"),
        ("p.json", b'{"id": ' + b"9" * 5000 + b"}", "is not valid JSON"),
        ("p.json", b"[]", "a list is not a patient; expected a JSON object"),
        ("p.json", b'"positive"', "is not a patient"),
        ("p.json", b'{"er": "\\ud800"}', '"\\ud800" is not a receptor status'),
        ("p.json", b'{"er": "positive", "id": "\\ud800"}', 'id: "\\ud800" cannot be used'),
        ("p.json", b'{"er": "positive", "foo": 1}', '"foo" is not a known field'),
        ("p.toml", b"[patient]\ner = 'positive'", '"patient" is not a known field'),
        ("p.toml", b"[er]\nstatus = 'positive'", "er: a table is not a receptor status"),
        ("p.toml", b"er = 'positive'\nage = 2020-01-01", "age: a value of type date is not a number"),
        ("p.toml", b"er = 'positive'\nage = 1_000", "age: 1000 is out of range"),
        ("p.json", b'[{"age": 44}, {"er": "positive"}]', "is a list of 2 patients; expected one JSON object"),
        ("p.csv", b"er\npositive\n", "is a table, not the file of one patient"),
        ("p.txt", b"er = 'positive'", "is not a patient file; expected a .toml or .json file"),
    ],
)
def test_a_file_that_is_no_patient_gives_one_message_naming_it(
    tmp_path: Path, name: str, content: bytes, part: str
) -> None:
    path = written(tmp_path, name, content)
    with pytest.raises(InputError) as caught:
        read_patient(path)
    message = str(caught.value)
    assert message.startswith(f"{path}")
    assert part in message
    assert len(message.splitlines()) == 1


@pytest.mark.parametrize("name", ["none.toml", ".", "folder.toml", "null\0.json"])
def test_a_file_that_cannot_be_opened_gives_an_input_error(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(InputError, match=r"cannot be read|is not a patient file"):
        read_patient(tmp_path / name)


def test_a_huge_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.json"
    with path.open("wb") as stream:
        # A sparse file: reading 200 GB into memory would end the test otherwise.
        stream.truncate(200 * 10**9)
    with pytest.raises(InputError, match="is too large for the file of one patient"):
        read_patient(path)


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="no endless device on this system")
def test_an_endless_table_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "endless.csv"
    path.symlink_to("/dev/zero")
    assert "is too long to be a record" in refusal(path)


@pytest.mark.parametrize("content", [b"", b"\xff", b"{", b"[]", b"er = 1 2", b"x" * 1_000_001])
def test_bad_standard_input_is_named(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    give_standard_input(monkeypatch, content)
    with pytest.raises(InputError, match=r"^standard input"):
        read_patient("-")


def test_flags_name_the_field_and_refuse_unknown_ones() -> None:
    with pytest.raises(InputError, match=r"^size_mm: "):
        patient_from_flags({"--er": "positive", "--size-mm": "big"})
    with pytest.raises(InputError, match="did you mean"):
        patient_from_flags({"--er": "positive", "--size": "20"})


# Tables

CSV = "id,age,er,involved\na,50,positive,\nb,NA,negative,bone@1;lung@2\n"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.csv", CSV),
        ("t.CSV", "\ufeff" + CSV.replace("\n", "\r\n")),
        ("t.csv", CSV.replace("a,50", '" a ",50.0').replace("NA", "unknown") + "\n\n"),
        ("t.csv", CSV.replace("id,age", " id , age ")),
        ("t.csv", CSV.replace("\n", "\r")),
        ("t.csv", CSV.removesuffix("\n")),
        ("t.tsv", CSV.replace(",", "\t")),
    ],
)
def test_delimited_tables_are_read_in_the_forms_that_programs_write(
    tmp_path: Path, name: str, content: str
) -> None:
    first = Patient(id="a", age=50, er="positive")
    second = Patient.parse({"id": "b", "er": "negative", "involved": "bone@1;lung@2"})
    assert patients(written(tmp_path, name, content)) == [(2, first), (3, second)]


def test_every_kind_of_table_gives_the_same_patients(tmp_path: Path) -> None:
    path = ROOT / "examples" / "patients.csv"
    expected = [patient for _, patient in patients(path)]
    records: list[dict[str, Any]] = [json.loads(patient.model_dump_json()) for patient in expected]
    lines = "\n\n".join(json.dumps(record) for record in records)
    numbered = patients(written(tmp_path, "t.ndjson", lines))
    assert numbered == [(2 * number + 1, patient) for number, patient in enumerate(expected)]
    pl.DataFrame(records, infer_schema_length=None).write_parquet(tmp_path / "t.parquet")
    assert patients(tmp_path / "t.parquet") == list(enumerate(expected, start=1))
    pl.read_csv(path, infer_schema=False).write_parquet(tmp_path / "texts.parquet")
    assert [patient for _, patient in patients(tmp_path / "texts.parquet")] == expected


def test_the_example_files_are_read() -> None:
    assert read_patient(ROOT / "examples" / "patient.toml").clinical_subtype == "HR+/HER2-"
    found = [patient for _, patient in patients(ROOT / "examples" / "patients.csv")]
    assert len(found) == 8
    assert len({patient.clinical_subtype for patient in found}) == 4


def test_parts_are_of_the_size_asked(tmp_path: Path) -> None:
    path = written(tmp_path, "t.csv", "er\n" + "positive\n" * 7)
    parts = list(iter_patients(path, chunk=3))
    assert [[row for row, _ in part] for part in parts] == [[2, 3, 4], [5, 6, 7], [8]]


def test_parquet_rows_are_counted_across_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("organotropism.patient_file._PARQUET_ROWS", 2)
    pl.DataFrame({"er": ["positive"] * 5}).write_parquet(tmp_path / "t.parquet")
    assert [row for row, _ in patients(tmp_path / "t.parquet")] == [1, 2, 3, 4, 5]


def test_rows_are_read_only_as_far_as_needed(tmp_path: Path) -> None:
    path = written(tmp_path, "t.csv", "er\npositive\nnegative\nmaybe\n")
    parts = iter_patients(path, chunk=2)
    assert len(next(parts)) == 2
    with pytest.raises(InputError, match="row 4, er"):
        next(parts)


@pytest.mark.parametrize(
    "content", ["er\npositive\nmaybe\n", 'er\npositive\n"', "er,foo\n", "er\npositive\n\"'"]
)
def test_the_file_is_closed_although_the_error_is_kept(tmp_path: Path, content: str) -> None:
    path = written(tmp_path, "t.csv", content)
    opened: list[Any] = []

    def remembering(*arguments: Any, **options: Any) -> Any:
        opened.append(open(*arguments, **options))  # noqa: SIM115  (who closes it is the question)
        return opened[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("organotropism.patient_file.open", remembering, raising=False)
        with pytest.raises(InputError) as caught:
            patients(path)
    assert [stream.closed for stream in opened] == [True], caught.value


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", ": has no header; expected names of fields in the first line"),
        ("\n", ": has no header; expected names of fields in the first line"),
        ("er,age\n", ": has no patients; expected at least one row"),
        ("er,siz_mm\npositive,3\n", ', row 1: "siz_mm" is not a known field (did you mean "size_mm"?)'),
        ("er,\npositive,3\n", ', row 1: "" is not a known field'),
        ("er,er\npositive,negative\n", ', row 1: "er" is the name of two columns'),
        ("er" + ",x" * 300, ", row 1: has 301 columns; expected fields of a patient, or --ignore"),
        ("# title\nsep=;\ner;age\nmaybe;50\n", ', row 4, er: "maybe" is not a receptor status'),
        ("er;age\npositive;3,652\n", ", row 2, age: "),
        (
            "er,age\npositive,50\nmaybe,50\n",
            ', row 3, er: "maybe" is not a receptor status; expected positive',
        ),
        ("er,age\npositive\n", ", row 2: has 1 cells; expected 2"),
        ("er,age\npositive,50,7\n", ", row 2: has 3 cells; expected 2"),
        ('er,id\n\npositive,"two\nlines"\nmaybe,x\n', ', row 5, er: "maybe"'),
        ('er,age\npositive,"50"x\n', ", row 2: cannot be read as a table"),
        ('er,age\npositive,"50\n', ", row 2: cannot be read as a table"),
        ("er,id\npositive,a\npositive,b\npositive,a\n", ', row 4, id: "a" is the id of row 2 too'),
        ("er\n" + "p" * 140_000, ", row 2: cannot be read as a table"),
        ("er\n" + "p" * 1_000_001, ", row 2: is too long to be a record"),
        (b"er\n\xff\n", ": is not UTF-8 text"),
        (b"\x00\x01\x02\n\x03", ', row 1: "\\x00\\x01\\x02" is not a known field'),
    ],
)
def test_a_csv_that_cannot_be_used_names_the_row(tmp_path: Path, content: str | bytes, message: str) -> None:
    assert refusal(written(tmp_path, "t.csv", content)).startswith(message)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", ": has no patients"),
        ("\n \n", ": has no patients"),
        ('{"er": "positive"}\n{"er": "maybe"}\n', ', row 2, er: "maybe"'),
        ('{"er": "positive"}\n\n{"er"}\n', ", row 3: is not valid JSON"),
        ("[]\n", ", row 1: a list is not a patient"),
        ('{"er": "positive", "er": "negative"}', ", row 1, er: is given twice"),
        ('{"er": "positive", "foo": 1}', ', row 1: "foo" is not a known field'),
        (b"\xff\n", ": is not UTF-8 text"),
    ],
)
def test_ndjson_that_cannot_be_used_names_the_line(
    tmp_path: Path, content: str | bytes, message: str
) -> None:
    assert refusal(written(tmp_path, "t.ndjson", content)).startswith(message)


def test_parquet_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    assert "cannot be read as Parquet" in refusal(written(tmp_path, "junk.parquet", os.urandom(3000)))
    assert "cannot be read as Parquet" in refusal(written(tmp_path, "empty.parquet", b""))
    for name, frame, part in (
        ("columns", pl.DataFrame({"er": ["positive"], "foo": [1]}), '"foo" is not a known field'),
        ("values", pl.DataFrame({"er": ["positive", "maybe"]}), 'row 2, er: "maybe"'),
        ("rows", pl.DataFrame({"er": []}, schema={"er": pl.String}), "has no patients"),
    ):
        frame.write_parquet(tmp_path / f"{name}.parquet")
        assert part in refusal(tmp_path / f"{name}.parquet")


@pytest.mark.parametrize("name", ["none.csv", "none.parquet", "none.ndjson", "folder.csv", "null\0.csv"])
def test_a_table_that_cannot_be_opened_gives_an_input_error(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(InputError, match="cannot be read"):
        patients(tmp_path / name)


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    assert "expected a .csv, .tsv, .ndjson or .parquet file" in refusal(written(tmp_path, "t.xlsx", b"PK"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(["csv", "tsv", "ndjson", "toml", "json", "parquet"]),
    head=st.sampled_from([b"", b"er\n", b"id,er,age\n", b'{"er": ', b"er = ", b"PAR1"]),
    body=st.binary(max_size=200) | st.text(',;\t"\n\r+-1.ep{}[]:@\\', max_size=80).map(str.encode),
)
def test_any_bytes_are_read_or_refused(tmp_path: Path, kind: str, head: bytes, body: bytes) -> None:
    path = written(tmp_path, f"fuzz.{kind}", head + body)
    try:
        if kind in {"toml", "json"}:
            read_patient(path)
        else:
            patients(path)
    except InputError as error:
        assert str(path) in str(error)
