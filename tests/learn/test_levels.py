"""Contexts: which women of the reference population a published level means."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from organotropism.learn.level_ranges import age_weights
from organotropism.learn.levels import population_context, restrict
from organotropism.learn.reference import EVERYONE, SHAPE, Reference
from organotropism.learn.shipped import predict_index, reference_population


@pytest.fixture(scope="module")
def reference() -> Reference:
    """Grid of the shipped population."""
    return Reference(reference_population(), predict_index(), (0.0, 2.0, 5.0, 10.0))


def marginal(weights: np.ndarray, axis: int) -> np.ndarray:
    """Shares of the classes of one axis."""
    return weights.reshape(SHAPE).sum(tuple(i for i in range(6) if i != axis))


def test_grid_keeps_the_population(reference: Reference) -> None:
    """Shares of subtypes are the registry's (164,630, 22,798, 10,009, 25,965 of 223,402)."""
    expected = np.array([164630, 22798, 10009, 25965]) / 223402
    # half a patient per cell moves the shares by less than 1e-5
    assert marginal(reference.share, 0) == pytest.approx(expected, abs=1e-5)
    assert reference.share.sum() == pytest.approx(1)


def test_mixed_labels_are_mixtures(reference: Reference) -> None:
    """Luminal B is one third HER2-positive; HER2+ keeps the population's own mix."""
    context = restrict(reference, EVERYONE, "subtype", "luminal B")
    assert context is not None
    assert marginal(reference.weights(context), 0) == pytest.approx([2 / 3, 1 / 3, 0, 0])
    context = restrict(reference, EVERYONE, "subtype", "HER2+")
    assert context is not None
    assert marginal(reference.weights(context), 0) == pytest.approx(
        [0, 22798 / 32807, 10009 / 32807, 0], abs=1e-4
    )


def test_adjusted_contrasts_hold_the_other_factors(reference: Reference) -> None:
    """Standardised subtypes have the whole population's grades; reweighted ones their own."""
    fixed = restrict(reference, EVERYONE, "subtype", "TNBC", standardised=True)
    own = restrict(reference, EVERYONE, "subtype", "TNBC")
    assert fixed is not None
    assert own is not None
    grades = marginal(reference.share, 1)
    assert marginal(reference.weights(fixed), 1) == pytest.approx(grades)
    assert marginal(reference.weights(own), 1)[2] > grades[2] + 0.2


#: Factor, level, and the classes that hold it: grades 1 to 3; ages under 40 to 80 and over; sizes to 10,
#: 20, 30, 50 mm and over; nodes 0, 1, 2-3, 4-9, 10 and over.
RANGES = [
    *(("grade", text, (0, 0, 1)) for text in ("3", "III", "G3", "grade 3", "grade III", "high")),
    *(("grade", text, (1, 1, 0)) for text in ("1-2", "grade I-II", "G1-G2", "G1/2")),
    *(("age", text, (0, 0, 0, 0, 1, 1)) for text in (">=70", "70+", "70 and over", ">69", "\u2265 70 years")),
    ("age", "under 50", (1, 1, 0, 0, 0, 0)),
    ("age", "50-64", (0, 0, 1, 0.5, 0, 0)),
    ("age", "<=40", (1, 0.1, 0, 0, 0, 0)),
    *(("t_category", text, (0, 0, 0, 0, 1)) for text in ("T3", "T4", "T3-T4", "T3-4", "pT3")),
    ("t_category", "T1-T2", (1, 1, 1, 1, 0)),
    ("t_category", "T1c", (0, 1, 0, 0, 0)),
    *(("tumour_size", text, (0, 0, 1, 1, 0)) for text in ("2-5 cm", "21-50 mm", "2.1-5 cm")),
    # Of 11, 12, ... 20 mm nine are below 2 cm.
    ("tumour_size", "<2 cm", (1, 0.9, 0, 0, 0)),
    ("tumour_size", ">50 mm", (0, 0, 0, 0, 1)),
    *(("n_category", text, (0, 0, 0, 0, 1)) for text in ("N3", "10+ nodes", "ten or more nodes")),
    *(("n_category", text, (0, 1, 1, 0, 0)) for text in ("N1", "pN1", "1-3 nodes", "N1-3")),
    *(("n_category", text, (0, 1, 1, 1, 1)) for text in ("N1-N3", "N+", "node-positive", ">=1 nodes")),
    ("n_category", "N2", (0, 0, 0, 1, 0)),
    ("n_category", "2 nodes", (0, 0, 0.5, 0, 0)),
]
AXIS = {"grade": 1, "age": 3, "t_category": 4, "tumour_size": 4, "n_category": 5}


@pytest.mark.parametrize(("factor", "level", "classes"), RANGES)
def test_ranges_hold_their_share_of_each_class(
    reference: Reference, factor: str, level: str, classes: tuple[float, ...]
) -> None:
    context = restrict(reference, EVERYONE, factor, level)
    assert context is not None
    own = marginal(reference.share, AXIS[factor]) * np.array(classes)
    assert marginal(reference.weights(context), AXIS[factor]) == pytest.approx(own / own.sum())


def test_anatomic_stage_is_what_size_and_nodes_say(reference: Reference) -> None:
    """The AJCC table, written out: rows T1, T1, T2, T2, T3, columns N0, N1, N1, N2, N3."""
    table = ["IA IIA IIA IIIA IIIC"] * 2 + ["IIA IIB IIB IIIA IIIC"] * 2 + ["IIB IIIA IIIA IIIA IIIC"]
    cells = np.array([row.split() for row in table])
    for level in ("IA", "IIA", "IIB", "IIIA", "IIIC"):
        context = restrict(reference, EVERYONE, "stage", level)
        assert context is not None
        found = reference.weights(context).reshape(SHAPE).sum((0, 1, 2, 3)) > 0
        assert np.array_equal(found, cells == level)
    ranges = {"I": "IA", "stage I": "IA", "II": "IIA IIB", "I-IIA": "IA IIA", "advanced": "IIIA IIIC"}
    for level, substages in ranges.items():
        context = restrict(reference, EVERYONE, "stage", level)
        assert context is not None
        found = reference.weights(context).reshape(SHAPE).sum((0, 1, 2, 3)) > 0
        assert np.array_equal(found, np.isin(cells, substages.split()))


def test_an_adjusted_level_keeps_the_proportions_of_its_classes(reference: Reference) -> None:
    """At fixed other factors too, luminal B is one third HER2-positive and N+ mostly one to three nodes."""
    for factor, level, axis in (("subtype", "luminal B", 0), ("n_category", "N+", 5), ("age", ">=65", 3)):
        natural = restrict(reference, EVERYONE, factor, level)
        fixed = restrict(reference, EVERYONE, factor, level, standardised=True)
        assert natural is not None
        assert fixed is not None
        assert marginal(reference.weights(fixed), axis) == pytest.approx(
            marginal(reference.weights(natural), axis)
        )
        others = [i for i in range(6) if i != axis]
        for other in others:
            assert marginal(reference.weights(fixed), other) == pytest.approx(
                marginal(reference.share, other)
            )


@given(st.integers(20, 95), st.integers(20, 95))
def test_ages_below_and_from_a_limit_are_everyone(first: int, second: int) -> None:
    low, high = sorted((first, second))
    below, above = age_weights(f"<{low}"), age_weights(f">={low}")
    assert below is not None
    assert above is not None
    if 25 < low <= 94:
        assert np.array(below) + np.array(above) == pytest.approx(np.ones(6))
    within = age_weights(f"{low}-{high}")
    assert within is not None
    assert min(within) >= 0
    assert 0 < max(within) <= 1


def test_levels_without_a_counterpart_are_refused(reference: Reference) -> None:
    """Levels without a cut-off, per-year ages, in situ and metastatic disease have no place on the grid."""
    for factor, level in (
        *(("age", text) for text in ("per year", "older", "70-60", "young")),
        *(("grade", text) for text in ("higher", "4", "1-2-3")),
        *(("t_category", text) for text in ("larger", "T0", "T5", "20")),
        *(("n_category", text) for text in ("higher", "N4", "nodes")),
        *(("stage", text) for text in ("0", "IV", "IB", "higher", "III-I", "")[:5]),
        *(("histology", "mucinous"), ("race", "Black"), ("menopause", "premenopausal")),
    ):
        assert restrict(reference, EVERYONE, factor, level) is None, (factor, level)
    assert population_context(reference, "male") is None


@pytest.mark.parametrize("label", ["age >=70", "grade 3", "stage II", "N+", "T1-T2", "lobular", "TNBC"])
def test_subgroups_by_any_factor_are_populations(reference: Reference, label: str) -> None:
    context = population_context(reference, label)
    assert context is not None
    assert 0 < (reference.weights(context) > 0).sum() < (reference.share > 0).sum()
