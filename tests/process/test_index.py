"""PREDICT's index against its published formula, written out again from the table of coefficients."""

import csv
from importlib import resources
from itertools import product
from math import exp, log, sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from organotropism.patient import Patient
from organotropism.process.cells import Cells
from toy import toy_model

Key = tuple[str, str, str]


@pytest.fixture(scope="module")
def predict() -> dict[Key, list[float]]:
    """Coefficients by part, stratum and term; two terms of age become one list."""
    text = (resources.files("organotropism.evidence") / "data" / "predict3.csv").read_text(encoding="utf-8")
    found: dict[Key, list[float]] = {}
    for row in csv.DictReader(text.splitlines()):
        key = (row["part"], row["applies_to"], row["term"])
        found.setdefault(key, []).extend(float(value) for value in row["coefficient"].split(";"))
    return found


def cells_of(**stated: Any) -> Cells:
    model = toy_model()
    return model.population.expand([Patient(**stated)], model.index, [2010.0])


KNOWN = {
    "age": 52.0,
    "size_mm": 23.0,
    "positive_nodes": 2,
    "grade": 3,
    "detection": "symptoms",
    "ki67": 40,
    "histology": "other",
}
EDGES = np.array([0.0, 2.0, 5.0, 10.0, 20.0])


def by_hand(
    predict: dict[Key, list[float]], er: bool, her2: bool, pr: bool, stated: dict[str, Any]
) -> list[float]:
    """Index in the bands 0-2, 2-5, 5-10 and 10-20 years."""
    stratum = "ER positive" if er else "ER negative"

    def term(name: str) -> list[float]:
        return predict["breast cancer death", stratum, name]

    a, (a1, a2) = (stated["age"] - 24) / 100, term("age")
    total = a1 / sqrt(a) + a2 * a * a if er else a1 * a + a2 * a * log(a)
    mm = stated["size_mm"]
    total += term("size")[0] * (1 - exp(-mm / 20) if er else log(mm))
    total += term("positive nodes")[0] * log(1 + stated["positive_nodes"])
    total += term("grade")[0] * stated["grade"]
    total += term("screen detected")[0] * (stated["detection"] == "screen")
    total += term("PR positive" if pr else "PR negative")[0]
    if er:
        total += term("Ki-67 positive" if stated["ki67"] > 10 else "Ki-67 negative")[0]
    values = term("HER2 positive" if her2 else "HER2 negative")
    years = [*values, *[0.0] * 20][:20] if er else values * 20
    means = [sum(years[0:2]) / 2, sum(years[2:5]) / 3, sum(years[5:10]) / 5, sum(years[10:20]) / 10]
    return [total + mean for mean in means]


@pytest.mark.parametrize("er, her2, pr", list(product((True, False), repeat=3)))
def test_index_is_predicts(predict: dict[Key, list[float]], er: bool, her2: bool, pr: bool) -> None:
    sign = {True: "positive", False: "negative"}
    for changed in (
        {},
        {"age": 33.0},
        {"size_mm": 80.0, "grade": 1},
        {"positive_nodes": 0, "ki67": 10},
        {"detection": "screen"},
    ):
        stated = {**KNOWN, **changed}
        cells = cells_of(er=sign[er], her2=sign[her2], pr=sign[pr], **stated)
        found = toy_model().index.relapse(cells, EDGES)[0]
        np.testing.assert_allclose(found, [by_hand(predict, er, her2, pr, stated)], rtol=1e-12)


def test_index_of_one_patient_in_figures() -> None:
    """ER-negative, HER2-negative, PR-negative, 52 years, 23 mm, 2 nodes, grade 3: by pocket calculator."""
    cells = cells_of(er="negative", her2="negative", pr="negative", **KNOWN)
    found = toy_model().index.relapse(cells, EDGES)[0]
    #        age .28: 1.75607 x .28 + 4.55527 x .28 x ln .28 = .49170 - 1.62367
    # size, nodes, grade: .74433 x 3.13549 + .63086 x 1.09861 + .34623 x 3 = 2.33384 + .69307 + 1.03869
    #        PR, HER2: .0296 - .08589; seven figures, each rounded at the fifth decimal, allow 4e-5
    np.testing.assert_allclose(found[0], np.full(4, 2.87734), atol=5e-5)


@pytest.mark.parametrize(
    "field, beyond, end",
    [
        ("age", 19, 25),
        ("age", 99, 85),
        ("size_mm", 0.4, 1),
        ("size_mm", 290, 150),
        ("positive_nodes", 44, 20),
    ],
)
def test_index_is_held_at_the_ends_of_its_range(field: str, beyond: float, end: float) -> None:
    for er in ("positive", "negative"):
        at = [
            cells_of(er=er, her2="negative", pr="negative", **{**KNOWN, field: value})
            for value in (beyond, end)
        ]
        beyond_index, end_index = (toy_model().index.relapse(cells, EDGES)[0] for cells in at)
        np.testing.assert_array_equal(beyond_index, end_index)


def test_other_death_is_predicts(predict: dict[Key, list[float]]) -> None:
    def term(name: str) -> list[float]:
        return predict["other death", "all", name]

    def cumulative(age: float, year: float, t: float) -> float:
        a, (a1, a2), (b0, b1, b2) = (
            ((age - 24) / 100) ** 3,
            term("age"),
            term("cumulative baseline hazard at t years"),
        )
        index = a1 * a + a2 * a * log((age - 24) / 100) + term("year of diagnosis")[0] * (year - 2000)
        return exp(index + b0 + b1 * log(t / 10) + b2 * t / 10) if t else 0.0

    years = np.arange(21.0)
    for age, year in ((30.0, 2000.0), (55.0, 2010.0), (84.0, 2017.0)):
        found = toy_model().index.other_death(np.array([age]), np.array([year]), years)
        expected = np.diff([cumulative(age, year, t) for t in years])
        np.testing.assert_allclose(found[0], expected, rtol=1e-9)
    assert found.sum() > 2.0  # at 84 years survival over 20 years is a matter of per cent


NAMES = {
    "endocrine_therapy": {True: "endocrine therapy"},
    "chemotherapy": {
        "second generation": "chemotherapy second generation",
        "third generation": "chemotherapy third generation",
    },
    "anti_her2_therapy": {True: "trastuzumab"},
    "radiotherapy": {True: "radiotherapy"},
    "bisphosphonate": {True: "bisphosphonates (postmenopausal)"},
}
KINDS = {
    "endocrine_therapy": [True, False],
    "chemotherapy": ["none", "second generation", "third generation"],
    "anti_her2_therapy": [True, False],
    "radiotherapy": [True, False],
    "bisphosphonate": [True, False],
}
treatments = st.fixed_dictionaries({name: st.sampled_from(values) for name, values in KINDS.items()})


@settings(max_examples=60)
@given(st.booleans(), st.booleans(), treatments)
def test_all_treatments_known_is_predicts_own_sum(er: bool, her2: bool, stated: dict[str, Any]) -> None:
    table = dict(predict_rows())
    expected = table["ER positive" if er else "ER negative", "baseline adjustment"]
    for name, value in stated.items():
        term = NAMES[name].get(value)
        if (
            term is None
            or (name == "endocrine_therapy" and not er)
            or (name == "anti_her2_therapy" and not her2)
        ):
            continue
        expected += next(effect for (_, found), effect in table.items() if found == term)
    assert toy_model().index.treatment(er, her2, stated) == pytest.approx(expected, abs=1e-12)


def predict_rows() -> list[tuple[tuple[str, str], float]]:
    text = (resources.files("organotropism.evidence") / "data" / "predict3.csv").read_text(encoding="utf-8")
    rows = [row for row in csv.DictReader(text.splitlines()) if row["part"] == "breast cancer death"]
    return [((row["applies_to"], row["term"]), float(row["coefficient"].split(";")[0])) for row in rows]


@settings(max_examples=60)
@given(st.booleans(), st.booleans(), treatments, st.sampled_from([*KINDS]))
def test_an_unknown_treatment_lies_between_given_and_not(
    er: bool, her2: bool, stated: dict[str, Any], hidden: str
) -> None:
    index = toy_model().index
    unknown = index.treatment(er, her2, {**stated, hidden: None})
    known = [index.treatment(er, her2, {**stated, hidden: value}) for value in KINDS[hidden]]
    without_effect = (hidden == "endocrine_therapy" and not er) or (
        hidden == "anti_her2_therapy" and not her2
    )
    if without_effect:
        assert known == pytest.approx([unknown] * len(known), abs=1e-12)
    else:
        assert min(known) < unknown < max(known)


def test_nothing_known_of_treatment_shifts_nothing() -> None:
    for er, her2 in product((True, False), repeat=2):
        assert toy_model().index.treatment(er, her2, dict.fromkeys(KINDS)) == 0.0
