"""Cohorts that several test files of this room use."""

from collections.abc import Sequence

import numpy as np

from organotropism.evidence import aliases
from organotropism.markers import Expression, Identifiers, expression, gene_table
from organotropism.markers.pam50 import centroids

TABLE = gene_table(aliases())
BY_SYMBOL = Identifiers(TABLE)


def tumours(count: int = 40, seed: int = 1, noise: float = 0.5) -> tuple[np.ndarray, np.ndarray]:
    """Values (50, count) of the genes of PAM50 around their centroids, and the subtype of each sample."""
    rng = np.random.default_rng(seed)
    reference = centroids()
    own = np.arange(count) % 5
    values = 8 + 2 * rng.random((50, 1)) + reference.values[:, own]
    return values + noise * rng.standard_normal((50, count)), own


def as_expression(values: np.ndarray, genes: Sequence[str] | None = None) -> Expression:
    """An expression set with samples named s0, s1, ..."""
    names = centroids().symbols if genes is None else genes
    return expression(values, names, [f"s{i}" for i in range(values.shape[1])], BY_SYMBOL)
