"""The distribution of the coefficients, and fixed nodes that stand for it.

Expected risks are means over the distribution of the coefficients. Nodes with equal weights, in pairs
around the mode, give means that keep every order and every sum of the risks that they are means of.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from organotropism.process.layout import Layout

Array = NDArray[np.float64]
SEED: Final = 20_240_501
#: Pairs of nodes of the rate, which has 24 coefficients, and of the pattern, which has 55 at presentation.
RATE_PAIRS, PATTERN_PAIRS = 26, 64
#: What the pattern at presentation depends on: the coefficients of de novo disease are not among them.
PRESENTATION: Final = ("pattern.level", "pattern.pair", "pattern.effects")


@dataclass(frozen=True, eq=False)
class Spread:
    """Normal distribution of the coefficients.

    Attributes
    ----------
    layout : names and places of the coefficients
    theta : (size,) mean, which is the mode
    covariance : (size, size) of the estimates and between studies
    """

    layout: Layout
    theta: Array
    covariance: Array

    def nodes(self, part: tuple[str, ...], pairs: int, seed: int = SEED) -> Array:
        """(2 * pairs, size) coefficient vectors; those of other blocks than `part` stay at the mode.

        Mean and covariance are those of the distribution, exactly where there are at least as many pairs
        as coefficients.
        """
        moved = np.array([name.startswith(part) for name in self.layout.names])
        values, vectors = np.linalg.eigh(self.covariance[np.ix_(moved, moved)])
        # The symmetric root is the same on every machine, which the eigenvectors alone are not.
        root = vectors * np.sqrt(np.maximum(values, 0.0)) @ vectors.T
        steps = matched_normals(pairs, len(values), seed) @ root
        nodes = np.tile(self.theta, (2 * pairs, 1))
        nodes[:pairs, moved] += steps
        nodes[pairs:, moved] -= steps
        return nodes


def matched_normals(count: int, size: int, seed: int) -> Array:
    """(count, size) standard normal numbers whose second moments are exactly those of the distribution.

    What is linear in the coefficients then has exactly its variance, and a mean is exact up to the third
    order; the fourth remains random. With fewer rows than columns they are plain random numbers.
    """
    normals = np.random.default_rng(seed).standard_normal((count, size))
    if count < size:
        return normals
    values, vectors = np.linalg.eigh(normals.T @ normals / count)
    matched: Array = normals @ (vectors / np.sqrt(values)) @ vectors.T
    return matched


@dataclass(frozen=True, eq=False)
class Nodes:
    """What expected risks are computed from.

    Attributes
    ----------
    spread : distribution of the coefficients
    rate, pattern : (nodes, size) coefficient vectors in which one part of the process is moved
    """

    spread: Spread
    rate: Array
    pattern: Array

    @classmethod
    def of(cls, spread: Spread) -> Nodes:
        """The nodes of a distribution."""
        return cls(spread, spread.nodes(("rate",), RATE_PAIRS), spread.nodes(PRESENTATION, PATTERN_PAIRS))
