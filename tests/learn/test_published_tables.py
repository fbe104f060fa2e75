"""Published tables of every kind are learnt back, a small version of `benchmarks/published_tables.py`."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from organotropism.evidence.readings import Functional
from scripts import script

tables = script("benchmarks/published_tables.py")
REPLICATES = 12


def test_every_functional_is_among_the_tables() -> None:
    """None that the evidence may use is left out of the check."""
    assert {row.functional for row in tables.table()} == set(Functional)


@pytest.mark.slow
def test_tables_are_learnt_back() -> None:
    """No bias, and intervals that hold the truth."""
    errors, _ = tables.replicates(REPLICATES, 1)
    covered = np.abs(errors) <= tables.Z95
    # Coefficients are correlated: as if a fifth of the intervals were independent (as in test_known_truth).
    low, high = binom.ppf([0.0005, 0.9995], covered.size // 5, 0.95) / (covered.size // 5)
    assert low <= covered.mean() <= high
    # Mean of standard normal deviates, the largest of a hundred coefficients: 4.5 of its own errors.
    assert np.abs(errors.mean(0)).max() < 4.5 / REPLICATES**0.5
