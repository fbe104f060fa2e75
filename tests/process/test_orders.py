"""Orders that no patient may break: T and N, and age without a jump."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from organotropism import load_model
from organotropism.patient import Patient
from organotropism.process import rate

MODELS = ("literature", "default", "metabric")
RECEPTORS = [
    {"er": "positive", "pr": "positive", "her2": "negative"},
    {"er": "positive", "pr": "negative", "her2": "positive"},
    {"er": "negative", "pr": "negative", "her2": "positive"},
    {"er": "negative", "pr": "negative", "her2": "negative"},
]
HORIZONS = (2.0, 5.0, 10.0, 15.0)


def risks(name: str, patients: list[dict[str, Any]]) -> Any:
    """Risk of any distant disease, (patients, horizons)."""
    model = load_model(name)
    records = [Patient(**fields) for fields in patients]
    return model.forecast(records, HORIZONS, intervals=False).risks.any[0]


@settings(max_examples=8)
@given(
    name=st.sampled_from(MODELS),
    receptors=st.sampled_from(RECEPTORS),
    age=st.integers(25, 85),
    grade=st.integers(1, 3),
    n=st.sampled_from(["N0", "N1", "N2", "N3"]),
    t=st.sampled_from(["T1", "T2", "T3", "T4"]),
    year=st.sampled_from([1990, 2000, 2008, 2017]),
)
def test_risk_rises_with_t_and_n(
    name: str, receptors: dict[str, str], age: int, grade: int, n: str, t: str, year: int
) -> None:
    known = {**receptors, "age": age, "grade": grade, "year_of_diagnosis": year, "histology": "ductal"}
    # The later of two horizons may hold nobody new: at risks next to one the order is that of rounding.
    by_t = risks(name, [{**known, "n": n, "t": category} for category in ("T1", "T2", "T3", "T4")])
    assert (np.diff(by_t[:3], axis=0) > -1e-12).all() and (by_t[3] >= by_t[2]).all()
    by_n = risks(name, [{**known, "t": t, "n": category} for category in ("N0", "N1", "N2", "N3")])
    assert (np.diff(by_n, axis=0) > -1e-12).all()


@pytest.mark.parametrize("name", MODELS)
def test_age_bends_but_does_not_jump(name: str) -> None:
    """Log hazard over ages a tenth of a year apart: steps below .01, changes of step below .001.

    From 32 years on: nearer to 24 the index of ER-positive disease, (age - 24)^-1/2, is steep itself. There
    it moves by .04 a year at most, so by .004 a step; the softplus bends slopes of some .03 a year over 2
    years.
    """
    model = load_model(name)
    ages = np.arange(32.0, 84.5, 0.1)
    for receptors in RECEPTORS:
        known = {**receptors, "grade": 2, "size_mm": 22, "positive_nodes": 1, "histology": "ductal"}
        known |= {"detection": "symptoms", "ki67": 12}
        patients = [Patient(**known, age=float(age)) for age in ages]
        cells = model.population.expand(patients, model.index, [2010.0] * len(ages))
        rows = rate.design(cells, model.index, model.centre, model.layout.bands)
        step = np.diff(rate.log_hazard(model.layout, model.theta[None], rows)[0, :, 1])
        assert np.abs(step).max() < 0.01
        assert np.abs(np.diff(step)).max() < 0.001


def test_t4_is_t3_and_a_step_and_inflammatory_is_t4() -> None:
    known = {**RECEPTORS[3], "age": 50, "grade": 3, "n": "N2"}
    found = risks("default", [{**known, "t": "T3"}, {**known, "t": "T4"}, {**known, "inflammatory": True}])
    assert (found[1] > found[0]).all()
    np.testing.assert_array_equal(found[1], found[2])


def test_t4_keeps_the_size_that_is_stated() -> None:
    known = {**RECEPTORS[0], "age": 50, "grade": 2, "n": "N1", "size_mm": 30}
    found = risks("default", [{**known, "t": "T2"}, {**known, "t": "T4"}])
    assert (found[1] > found[0]).all()
