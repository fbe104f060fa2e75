"""Contexts: which women of the reference population a published level means."""

from __future__ import annotations

import numpy as np
import pytest

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


def test_levels_without_a_counterpart_are_refused(reference: Reference) -> None:
    """T4, per-year ages and men have no place on the grid."""
    assert restrict(reference, EVERYONE, "t_category", "T4") is None
    assert restrict(reference, EVERYONE, "age", "per year") is None
    assert population_context(reference, "male") is None
