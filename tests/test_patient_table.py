"""Tables of patients as people have them: delimiters, comments, columns of no use, cohorts, no receptor."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from fuzz import draws
from organotropism.errors import InputError
from organotropism.patient import Patient
from organotropism.patient_columns import COHORT_NOTE, Columns
from organotropism.patient_file import iter_patients


def read(path: Path, ignore: bool = False) -> tuple[list[tuple[int, Patient]], list[str]]:
    columns = Columns(str(path), ignore)
    rows = [row for part in iter_patients(path, columns=columns) for row in part]
    return rows, columns.notes


def test_semicolons_tabs_and_decimal_commas(tmp_path: Path) -> None:
    for mark, name in ((";", "x.csv"), ("\t", "x.csv"), (",", "x.tsv"), ("\t", "x.tsv")):
        comma = "12,5" if mark != "," else "12.5"
        lines = [mark.join(cells) for cells in (("id", "er", "size_mm"), ("a", "positive", comma))]
        file = tmp_path / name
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        ((row, patient),), notes = read(file)
        assert (row, patient.size_mm, patient.er, notes) == (2, 12.5, "positive", [])


def test_unknown_columns_are_an_error_or_listed_once(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text("ward,er,,age\n3,positive,x,50\n4,negative,y,60\n", encoding="utf-8")
    with pytest.raises(InputError, match='"ward" is not a known field'):
        read(file)
    rows, notes = read(file, ignore=True)
    assert [patient.age for _, patient in rows] == [50, 60]
    assert notes == ["columns that are no fields of a patient are not used: ward, (no name)"]
    file.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(InputError, match="has no column that is a field of a patient"):
        read(file, ignore=True)
    lines = tmp_path / "x.ndjson"
    lines.write_text('{"er": "positive", "ward": 1}\n{"age": 50, "bed": 2}\n', encoding="utf-8")
    with pytest.raises(InputError, match='row 1: "ward" is not a known field'):
        read(lines)
    rows, notes = read(lines, ignore=True)
    assert len(rows) == 2
    assert notes == ["columns that are no fields of a patient are not used: ward, bed"]
    many = tmp_path / "many.csv"
    many.write_text(
        "er," + ",".join(f"g{k}" for k in range(400)) + "\npositive" + "," * 400, encoding="utf-8"
    )
    rows, (note,) = read(many, ignore=True)
    assert rows[0][1].er == "positive"
    assert note.endswith("g49 and 350 more")


HEAD = '# {"format": "organotropism-cohort/1", "name": "x", "sites": ["bone", "lung"], "window_years": 0.08}'
COURSE = {"entry": 0.0, "follow_up": 5.0, "died": False, "followed": True}


def test_a_cohort_is_a_table(tmp_path: Path) -> None:
    inf, nan = float("inf"), None
    rows = [
        {"id": "a", "er": "positive", **COURSE, "distant": inf, "site_time.bone": inf, "site_time.lung": inf},
        {"id": "b", "er": None, **COURSE, "distant": 0.0, "site_time.bone": 0.0, "site_time.lung": 3.0},
        {"id": "c", "er": "negative", **COURSE, "distant": nan, "site_time.bone": nan, "site_time.lung": nan},
    ]
    frame = pl.DataFrame(rows).with_columns(pl.lit(1.0).alias("extra.score"))
    (tmp_path / "x.csv").write_text(HEAD + "\n" + frame.write_csv(), encoding="utf-8")
    frame.write_parquet(tmp_path / "x.parquet", metadata={"organotropism": HEAD[2:]})
    for file, first in ((tmp_path / "x.csv", 3), (tmp_path / "x.parquet", 1)):
        found, notes = read(file)
        assert [row for row, _ in found] == [first, first + 1, first + 2]
        assert [patient.m for _, patient in found] == ["M0", "M1", None]
        assert [site.site for site in found[1][1].involved] == ["bone"]
        assert notes == [COHORT_NOTE]
    # Without the head that says so these columns are unknown ones.
    frame.write_parquet(tmp_path / "y.parquet")
    with pytest.raises(InputError, match='"follow_up" is not a known field'):
        read(tmp_path / "y.parquet")


def test_blank_rows_are_no_patients_and_rows_without_a_receptor_are(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text("id,er,age\na,,50\n,,\n  , ,\nb,positive,\n\n", encoding="utf-8")
    rows, _ = read(file)
    assert [(row, patient.id) for row, patient in rows] == [(2, "a"), (5, "b")]
    assert len(rows[0][1].clinical_subtypes) == 4


def _written(draw: random.Random, file: Path) -> list[dict[str, object]]:
    """A table with several faults at once, and its patients."""
    mark = draw.choice(",;\t")
    comma = mark != "," and draw.random() < 0.5
    names = draw.sample(["er", "her2", "age", "size_mm", "ki67", "ward", "Bemerkung"], draw.randint(4, 7))
    names.insert(draw.randrange(len(names)), "id")
    patients, lines = [], [mark.join(names)]
    for number in range(draw.randint(1, 6)):
        values: dict[str, object] = {
            "id": f"p{number}",
            "er": draw.choice(["positive", "negative", None]),
            "her2": draw.choice(["positive", "negative", None]),
            "age": draw.choice([None, 50.0, 61.5]),
            "size_mm": draw.choice([None, 7.5, 22.0, 104.25]),
            "ki67": draw.choice([None, 0.5, 30.0]),
        }
        patients.append({name: values[name] for name in names if name in values})
        cells = ["" if (value := values.get(name, "x")) is None else str(value) for name in names]
        lines.append(mark.join(cell.replace(".", ",") if comma else cell for cell in cells))
        if draw.random() < 0.2:
            lines.append(mark * (len(names) - 1))
    head = [[], ["# list of the ward"], [f"sep={mark}"]][draw.randrange(3)]
    text = draw.choice(["\n", "\r\n"]).join([*head, *lines])
    file.write_bytes((draw.choice(["", "\ufeff"]) + text).encode())
    return patients


def test_tables_with_several_faults_at_once(tmp_path: Path) -> None:
    for draw in draws():
        patients = _written(draw, tmp_path / "x.csv")
        rows, notes = read(tmp_path / "x.csv", ignore=True)
        assert len(rows) == len(patients)
        for (_, found), wanted in zip(rows, patients, strict=True):
            assert {name: getattr(found, name) for name in wanted} == wanted
        assert len(notes) <= 1


def test_not_a_number_of_numpy_is_no_patient_value(tmp_path: Path) -> None:
    frame = pl.DataFrame({"er": ["positive", "negative"], "age": [np.nan, 50.0]})
    frame.write_parquet(tmp_path / "x.parquet")
    assert [patient.age for _, patient in read(tmp_path / "x.parquet")[0]] == [None, 50]
