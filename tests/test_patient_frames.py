"""Patients from Python: dictionaries, frames of polars, pandas and pyarrow, or one clear error."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from organotropism import InputError, Patient, load_model
from organotropism.patient_frames import patients_of

FIELDS: dict[str, Any] = {"id": ["a", "b"], "er": ["positive", None], "age": [50.0, None], "grade": [3, None]}
WANTED = [Patient(id="a", er="positive", age=50, grade=3), Patient(id="b")]


def test_one_patient() -> None:
    for one in (WANTED[0], {"id": "a", "er": "positive", "age": np.float64(50), "grade": np.int64(3)}):
        assert patients_of(one) == WANTED[0]
    found = patients_of({"er": "positive", "involved": [{"site": "bone", "years": 1}]})
    assert isinstance(found, Patient)
    assert found.involved_sites == ("bone",)


def test_several_patients() -> None:
    frame = pl.DataFrame(FIELDS)
    for several in (WANTED, [frame.row(0, named=True), WANTED[1]], frame, frame.lazy(), FIELDS, iter(WANTED)):
        assert patients_of(several) == WANTED
    assert patients_of(frame.head(0)) == []


def test_frames_of_pandas_and_pyarrow() -> None:
    pandas = pytest.importorskip("pandas")
    pyarrow = pytest.importorskip("pyarrow")
    frame = pandas.DataFrame(FIELDS)
    nullable = frame.convert_dtypes().assign(radiotherapy=pandas.array([True, None], dtype="boolean"))
    assert patients_of(frame) == WANTED
    assert patients_of(frame.astype({"er": "category"})) == WANTED
    found = patients_of(nullable)
    assert isinstance(found, list)
    assert [patient.radiotherapy for patient in found] == [True, None]
    assert [patient.grade for patient in found] == [3, None]
    assert patients_of(pyarrow.table(FIELDS)) == WANTED


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("positive", "cannot be read as patients: str"),
        (5, "cannot be read as patients: int"),
        (None, "cannot be read as patients: NoneType"),
        ([1, 2], "row 1, patients: is no patient: int"),
        ([{"er": "positive"}, {"er": "maybe"}], 'row 2, er: "maybe" is not a receptor status'),
        ({"er": ["positive"], "age": [1, 2]}, "has columns of different lengths"),
        ({"er": ["positive", "negative"], "age": 50}, "has columns of different lengths"),
        (pl.DataFrame({"siz_mm": [4]}), 'row 1: "siz_mm" is not a known field'),
    ],
)
def test_anything_else_is_one_clear_error(given: object, message: str) -> None:
    with pytest.raises(InputError) as error:
        patients_of(given)
    assert message in str(error.value)


def test_a_model_takes_them_all() -> None:
    model = load_model()
    one = model.forecast({"er": "positive", "age": 50}, intervals=False)
    assert one.patient.er == "positive"
    table = model.forecast(pl.DataFrame(FIELDS).lazy(), intervals=False)
    assert len(table) == 2
    assert "no receptor is known: averaged over all subtypes" in table[1].warnings
    with pytest.raises(InputError, match="cannot be read as patients"):
        model.forecast("patients.csv")
