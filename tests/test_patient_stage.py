"""Anatomic stage: the AJCC table, what it leaves open, and what contradicts it."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from organotropism.errors import IneligibleError, InputError
from organotropism.learn.shipped import predict_index, reference_population
from organotropism.patient import Patient
from organotropism.patient_stage import N_CATEGORIES, STAGES, T_CATEGORIES, compatible, holds, stage_of

#: Anatomic stage groups of the AJCC Cancer Staging Manual, 7th edition, breast: T by row, N0 to N3.
AJCC = {
    "T1": "IA IIA IIIA IIIC",
    "T2": "IIA IIB IIIA IIIC",
    "T3": "IIB IIIA IIIA IIIC",
    "T4": "IIIB IIIB IIIB IIIC",
}


def patient(**fields: Any) -> Patient:
    return Patient(er="positive", her2="negative", **fields)


def cells(**fields: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Size, nodes and weight of every combination left open."""
    found = reference_population().expand([patient(**fields)], predict_index(), [2010.0])
    return found.size_mm, found.nodes, found.weight


def test_the_table_is_that_of_the_manual() -> None:
    for t, row in AJCC.items():
        assert [stage_of(t, n) for n in N_CATEGORIES] == row.split()


@pytest.mark.parametrize(
    ("text", "stage"),
    [
        *(("2", "II"), ("stage iia", "IIA"), ("IIIC", "IIIC"), (3, "III"), ("Anatomic stage 1", "I")),
        *(("AJCC stage 3b", "IIIB"), ("anatomic: IB", "IB"), ("2.0", "II"), ("unknown", None), ("", None)),
    ],
)
def test_stages_are_read_as_they_are_written(text: object, stage: str | None) -> None:
    assert patient(anatomic_stage=text).anatomic_stage == stage


@pytest.mark.parametrize("text", ["IIC", "V", "early", "IIa-b", "T2N0", "5", ["II"]])
def test_what_is_no_stage_is_refused(text: object) -> None:
    with pytest.raises(InputError, match=r"anatomic_stage.*is not an anatomic stage.*IIA"):
        patient(anatomic_stage=text)


def test_other_stages_say_what_to_give_instead() -> None:
    with pytest.raises(InputError, match=r"prognostic stage \(AJCC 8, from 2018\), which is not read"):
        patient(anatomic_stage="prognostic stage IB")
    with pytest.raises(InputError, match=r"prognostic stage .* not read"):
        patient(prognostic_stage="IB")
    for name in ("stage", "AJCC stage", "tumor_stage"):
        with pytest.raises(InputError, match=r"does not say which stage.*anatomic_stage.*prognostic"):
            patient(**{name: "II"})
    with pytest.raises(InputError, match=r"anatomic_stage.*is metastatic.*involved"):
        patient(anatomic_stage="IV")
    with pytest.raises(IneligibleError, match="in situ"):
        patient(anatomic_stage="0")


@given(st.sampled_from(STAGES), st.sampled_from(T_CATEGORIES), st.sampled_from(N_CATEGORIES))
def test_a_stage_agrees_with_t_and_n_or_is_refused(stage: str, t: str, n: str) -> None:
    substages = {AJCC[t].split()[N_CATEGORIES.index(n)]}
    if (t, n) == ("T1", "N1"):
        substages.add("IB")  # micrometastases
    if any(holds(stage, substage) for substage in substages):
        assert patient(anatomic_stage=stage, t=t, n=n).stage_categories == {(t, n)}
    else:
        with pytest.raises(InputError, match=rf"anatomic_stage.*contradicts t {t} and n {n}"):
            patient(anatomic_stage=stage, t=t, n=n)


@pytest.mark.parametrize(
    "fields",
    [
        {"anatomic_stage": "I", "size_mm": 25},
        {"anatomic_stage": "I", "positive_nodes": 5},
        {"anatomic_stage": "II", "positive_nodes": 4},
        {"anatomic_stage": "II", "size_mm": 60, "positive_nodes": 1},
        {"anatomic_stage": "IIIA", "size_mm": 20, "positive_nodes": 0},
        {"anatomic_stage": "III", "t": "T2", "positive_nodes": 0},
        {"anatomic_stage": "IIIB", "positive_nodes": 12},
    ],
)
def test_sizes_and_nodes_contradict_too(fields: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=r"anatomic_stage.*contradicts") as caught:
        patient(**fields)
    for name in fields.keys() - {"anatomic_stage"}:
        assert f"{name} {fields[name]}" in str(caught.value)


@pytest.mark.parametrize("stage", ["I", "II", "III", "IIA", "IIIA", "IIIC"])
def test_a_stage_averages_over_its_sizes_and_nodes(stage: str) -> None:
    """The weights are those of the population, kept where T and N have the stage."""
    size, nodes, weight = cells()
    t = np.array(["T1" if x <= 20 else "T2" if x <= 50 else "T3" for x in size])
    n = np.array(["N0" if x == 0 else "N1" if x <= 3 else "N2" if x <= 9 else "N3" for x in nodes])
    inside = np.array([holds(stage, stage_of(*pair)) for pair in zip(t, n, strict=True)])
    expected = weight[inside] / weight[inside].sum()
    found = cells(anatomic_stage=stage)
    assert np.array_equal(found[0], size[inside])
    assert np.array_equal(found[1], nodes[inside])
    assert found[2] == pytest.approx(expected)


def test_what_is_known_narrows_it_further() -> None:
    size, nodes, _ = cells(anatomic_stage="IIA", positive_nodes=0)
    assert set(size) == {25, 40}
    assert set(nodes) == {0}
    _, nodes, _ = cells(anatomic_stage="IIA", size_mm=15)
    assert set(nodes) == {1, 2.5}
    # Rarer ways to a stage count where no usual one is left: micrometastases, and T4 of any size.
    assert set(cells(anatomic_stage="I", size_mm=15, positive_nodes=1)[1]) == {1}
    assert set(cells(anatomic_stage="IB")[1]) == {1, 2.5}
    assert set(cells(anatomic_stage="III", size_mm=30, positive_nodes=0)[0]) == {30}
    assert cells(anatomic_stage="IIIB")[1].max() < 10


def test_a_stage_adds_nothing_where_size_and_nodes_are_known() -> None:
    known = cells(size_mm=25, positive_nodes=1)
    for stage in ("II", "IIB"):
        for with_stage, without in zip(
            cells(anatomic_stage=stage, size_mm=25, positive_nodes=1), known, strict=True
        ):
            assert np.array_equal(with_stage, without)


def test_patients_of_different_stages_do_not_mix() -> None:
    """Expanded together, each has the cells that it has alone."""
    stages = [None, "I", "II", "III", "II", None, "IIIC"]
    together = reference_population().expand(
        [patient(anatomic_stage=stage) for stage in stages], predict_index(), [2010.0] * len(stages)
    )
    for number, stage in enumerate(stages):
        mine = together.patient == number
        _, nodes, weight = cells(anatomic_stage=stage)
        assert np.array_equal(together.nodes[mine], nodes)
        assert together.weight[mine] == pytest.approx(weight)


def test_every_pair_has_one_stage_and_every_stage_a_pair() -> None:
    pairs = list(product(T_CATEGORIES, N_CATEGORIES))
    found = [compatible(stage, T_CATEGORIES, N_CATEGORIES) for stage in ("I", "II", "III")]
    assert sum(len(group) for group in found) == len(set().union(*found))
    # T4 is a rarer way to stage III: it is not among the usual pairs unless it is known.
    assert set().union(*found) == {pair for pair in pairs if pair[0] != "T4"}
    assert all(compatible(stage, T_CATEGORIES, N_CATEGORIES) for stage in STAGES)
