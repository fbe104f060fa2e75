"""The reference population against Bayes' rule by brute force, and what is drawn from it."""

from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from organotropism.patient import Patient
from organotropism.process.cells import Cells
from organotropism.process.population import Population
from organotropism.vocabulary import SUBTYPES
from process.cases import TREATMENTS, fields
from toy import toy_model

AGES = (35, 45, 55, 65, 75, 83)
SIZES = (8, 16, 25, 40, 65)
NODES = (0, 1, 2.5, 6, 13)
Cell = tuple[float, ...]


def expand(*patients: Patient) -> Cells:
    model = toy_model()
    return model.population.expand(patients, model.index, [2010.0] * len(patients))


def weights_of(cells: Cells) -> dict[Cell, float]:
    """Weights by (subtype, ER, PR, grade, lobular, age, size, nodes, screen, Ki-67)."""
    columns = (
        cells.subtype,
        cells.er_positive,
        cells.pr_positive,
        cells.grade,
        cells.lobular,
        cells.age,
        cells.size_mm,
        cells.nodes,
        cells.screen,
        cells.ki67_positive,
    )
    keys = zip(*(column.astype(float).tolist() for column in columns), strict=True)
    return dict(zip(keys, cells.weight.tolist(), strict=True))


def joint() -> dict[Cell, float]:
    """The joint distribution as its documentation describes it, worked out from the counts alone."""
    counts = {name: np.array(value, float) for name, value in toy_model().population.counts.items()}

    def share(name: str, given_level: int, level: int) -> float:
        row = counts[name][given_level] + 0.5
        return float(row[level] / row.sum())

    subtype = (counts["subtype"] + 0.5) / (counts["subtype"] + 0.5).sum()
    table: dict[Cell, float] = {}
    receptors: dict[tuple[int, int, int], float] = {}
    for s, same_her2 in ((0, 3), (1, 2)):
        # PR-positive women of the source's ER-negative disease with this HER2 status, per woman whose
        # hormone receptors are negative; they are counted among the hormone receptor positive.
        odds = share("pr", same_her2, 1) / share("pr", same_her2, 0)
        er_negative = float(subtype[same_her2] / subtype[s]) * odds
        receptors[s, 0, 1] = er_negative
        receptors[s, 1, 0] = (1 - er_negative) * share("pr", s, 0)
        receptors[s, 1, 1] = (1 - er_negative) * share("pr", s, 1)
    receptors[2, 0, 0] = receptors[3, 0, 0] = 1.0
    for (s, er, pr), receptor in receptors.items():
        for g, lob, a, z, n, screen, ki67 in product(
            range(3), range(2), range(6), range(5), range(5), range(2), range(2)
        ):
            p = subtype[s] * receptor * share("grade", s, g) * share("lobular", s, lob) * share("age", s, a)
            p *= share("size_mm", s, z) * share("positive_nodes", z, n)
            p *= counts["detection"][screen] * counts["ki67"][ki67]
            table[s, er, pr, g + 1, lob, AGES[a], SIZES[z], NODES[n], screen, ki67] = float(p)
    return table


@pytest.fixture(scope="module")
def everyone() -> dict[Cell, float]:
    return joint()


KEYS = ("subtype", "er", "pr", "grade", "lobular", "age", "size_mm", "positive_nodes", "screen", "ki67")
KNOWN: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"er": "positive", "her2": "negative"}, {"subtype": {0}, "er": {1}}),
    ({"er": "positive"}, {"subtype": {0, 1}, "er": {1}}),
    ({"er": "negative"}, {"subtype": {0, 1, 2, 3}, "er": {0}}),
    ({"er": "negative", "pr": "positive"}, {"subtype": {0, 1}, "er": {0}, "pr": {1}}),
    ({"er": "negative", "pr": "negative"}, {"subtype": {2, 3}}),
    ({"er": "negative", "her2": "positive", "grade": 2}, {"subtype": {1, 2}, "er": {0}, "grade": {2}}),
    ({"er": "positive", "age": 45, "t": "T2"}, {"er": {1}, "age": {45}, "size_mm": {25, 40}}),
    ({"er": "positive", "pr": "negative"}, {"er": {1}, "pr": {0}}),
    ({"subtype": "TNBC", "n": "N1"}, {"subtype": {3}, "positive_nodes": {1, 2.5}}),
    ({"subtype": "TNBC", "histology": "lobular"}, {"subtype": {3}, "lobular": {1}}),
    ({"er": "positive", "size_mm": 16, "n": "N2"}, {"er": {1}, "size_mm": {16}, "positive_nodes": {6}}),
    ({"er": "positive", "ki67": 50}, {"er": {1}, "ki67": {1}}),
    ({"er": "negative", "t": "T1", "detection": "screen"}, {"er": {0}, "size_mm": {8, 16}, "screen": {1}}),
    ({"er": "positive", "t": "T4", "n": "N3"}, {"er": {1}, "size_mm": {65}, "positive_nodes": {13}}),
]


@pytest.mark.parametrize("stated, means", KNOWN, ids=lambda value: "-".join(map(str, value.values())))
def test_weights_are_bayes_over_the_joint_distribution(
    stated: dict[str, Any], means: dict[str, set[float]], everyone: dict[Cell, float]
) -> None:
    at = [(KEYS.index(name), levels) for name, levels in means.items()]
    agreeing = {cell: p for cell, p in everyone.items() if all(cell[i] in levels for i, levels in at)}
    total = sum(agreeing.values())
    found = weights_of(expand(Patient(**stated)))
    assert found.keys() == agreeing.keys()
    for cell, weight in found.items():
        assert weight == pytest.approx(agreeing[cell] / total, rel=1e-10)


@settings(max_examples=40)
@given(st.lists(fields(most_unknown=2), min_size=1, max_size=4))
def test_weights_of_each_patient_sum_to_one(stated: list[dict[str, Any]]) -> None:
    patients = [Patient(**one) for one in stated]
    cells = expand(*patients)
    assert np.all(np.diff(cells.patient) >= 0)
    np.testing.assert_allclose(np.bincount(cells.patient, cells.weight), np.ones(len(patients)), rtol=1e-12)
    assert np.all(cells.weight > 0)
    alone = [weights_of(expand(patient)) for patient in patients]
    for number, expected in enumerate(alone):
        together = weights_of(cells.take(np.flatnonzero(cells.patient == number)))
        assert together == pytest.approx(expected, rel=1e-12)


@settings(max_examples=60)
@given(fields(most_unknown=3))
def test_cells_agree_with_what_is_known(stated: dict[str, Any]) -> None:
    patient = Patient(**stated)
    cells = expand(patient)
    known = {
        "grade": ("grade", float),
        "age": ("age", float),
        "size_mm": ("size_mm", float),
        "positive_nodes": ("nodes", float),
        "er": ("er_positive", lambda value: value == "positive"),
        "pr": ("pr_positive", lambda value: value == "positive"),
        "her2": ("her2_positive", lambda value: value == "positive"),
        "histology": ("lobular", lambda value: value == "lobular"),
        "detection": ("screen", lambda value: value == "screen"),
        "ki67": ("ki67_positive", lambda value: value > 10),
    }
    for name, (column, read) in known.items():
        if name in stated:
            assert set(getattr(cells, column).tolist()) == {read(stated[name])}, name
    hormone = cells.er_positive | cells.pr_positive
    assert np.array_equal(hormone, cells.subtype < 2)
    assert np.array_equal(cells.her2_positive, np.isin(cells.subtype, (1, 2)))
    assert {SUBTYPES[number] for number in cells.subtype} <= set(patient.clinical_subtypes)


def test_without_er_the_hormone_receptor_positive_are_taken_as_er_positive() -> None:
    cells = expand(Patient(her2="negative"))
    assert np.array_equal(cells.er_positive, cells.subtype == 0)
    assert not cells.pr_positive[cells.subtype == 3].any()
    stated = expand(Patient(subtype="HR+/HER2-"))
    among = cells.take(np.flatnonzero(cells.subtype == 0))
    np.testing.assert_allclose(among.weight / among.weight.sum(), stated.weight, rtol=1e-10)


def test_classes_end_where_the_t_and_n_categories_end() -> None:
    """Sizes and nodes at the edges fall with the T and N category that they define."""
    for t, first, last in (("T1", 1, 20), ("T2", 21, 50), ("T3", 51, 300)):
        for size in (first, last):
            both = weights_of(expand(Patient(er="positive", pr="negative", size_mm=size, t=t)))
            assert both == weights_of(expand(Patient(er="positive", pr="negative", size_mm=size)))
    # Nodes depend on the class of size: 20 mm is T1, 20.5 mm is not.
    shares = toy_model().population.shares["positive_nodes"]
    for size, row in ((10, 0), (10.5, 1), (20, 1), (20.5, 2), (30, 2), (50, 3), (50.5, 4)):
        cells = expand(Patient(subtype="TNBC", size_mm=size))
        none = cells.weight[cells.nodes == 0].sum()
        assert none == pytest.approx(shares[row, 0], rel=1e-10), size


def test_the_whole_population_is_the_joint_distribution(everyone: dict[Cell, float]) -> None:
    model = toy_model()
    cells = model.population.everyone(model.index, 2010)
    assert cells.weight.sum() == pytest.approx(1.0, rel=1e-12)
    assert set(cells.year) == {2010.0}
    columns = {"subtype": cells.subtype, "size_mm": cells.size_mm, "positive_nodes": cells.nodes}
    for axis, column in columns.items():
        for level in set(column.tolist()):
            expected = sum(p for cell, p in everyone.items() if cell[KEYS.index(axis)] == level)
            assert cells.weight[column == level].sum() == pytest.approx(expected, rel=1e-10)


def test_shares_may_be_given_instead_of_counts() -> None:
    counted = toy_model().population
    shares = {name: np.array(value, float) + 0.5 for name, value in counted.counts.items()}
    shares = {name: value / value.sum(-1, keepdims=True) for name, value in shares.items()}
    for name in ("detection", "ki67"):  # already shares
        shares[name] = np.array(counted.counts[name])
    for name, value in Population(shares).shares.items():
        np.testing.assert_allclose(value, counted.shares[name], rtol=1e-12, err_msg=name)


@settings(max_examples=40)
@given(fields(most_unknown=0), st.data())
def test_treatments_shift_the_rate_by_an_offset_that_unknown_leaves_at_zero(
    stated: dict[str, Any], data: st.DataObject
) -> None:
    for name in TREATMENTS:
        stated.pop(name, None)
    assert set(expand(Patient(**stated)).offset) == {0.0}
    name = data.draw(st.sampled_from([*TREATMENTS]))
    offsets = [expand(Patient(**stated, **{name: value})).offset.item() for value in TREATMENTS[name]]
    assert min(offsets) <= 0.0 <= max(offsets)
    her2_alone = name == "anti_her2_therapy" and stated["her2"] == "negative"
    er_alone = name == "endocrine_therapy" and stated["er"] == "negative"
    assert (min(offsets) < max(offsets)) != (her2_alone or er_alone)


def test_bisphosphonates_count_after_the_menopause_only() -> None:
    stated = {"er": "positive", "her2": "negative", "pr": "positive", "bisphosphonate": True}
    assert set(expand(Patient(**stated, menopausal_status="pre")).offset) == {0.0}
    assert expand(Patient(**stated, menopausal_status="post")).offset.max() < 0.0
