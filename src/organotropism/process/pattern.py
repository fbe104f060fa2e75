"""Pattern: which set of sites is found at presentation.

P(A | x) is proportional to exp(sum over s in A of (level_s + x'effects_s + de novo * de_novo_s) +
sum over pairs in A of pair_su), over the non-empty sets: exact, 31 sets for five sites. (Log-linear
model of the joint distribution of binary responses; Cox 1972, Applied Statistics 21:113.)
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from organotropism.process.cells import Cells
from organotropism.process.layout import COVARIATES, Layout

Floats = NDArray[Any]
Array = NDArray[np.float64]


def scores(cells: Cells) -> Array:
    """Covariates of the pattern, (n, covariates), small whole numbers.

    Subtype against HR+/HER2- and lobular are indicators; age is the decade (under 40, 40s, ..., 70
    and over) counted from the fifties, positive nodes 0, 1 (1-3), 2 (4 or more), size 0 (to 20 mm),
    1 (to 50 mm), 2 (over), grade minus two. Few values keep the number of strata small.
    """
    values = np.array(
        [
            cells.subtype == 1,
            cells.subtype == 2,
            cells.subtype == 3,
            cells.lobular,
            np.clip(cells.age // 10, 3, 7) - 5,
            (cells.nodes >= 1).astype(int) + (cells.nodes >= 4),
            (cells.size_mm > 20).astype(int) + (cells.size_mm > 50),
            np.round(cells.grade) - 2,
        ],
        float,
    ).T
    assert values.shape[1] == len(COVARIATES)
    return values


def site_effects(layout: Layout, theta: Floats, design: Array) -> Floats:
    """x'effects per site, (draws, n, sites): the part of the log odds that the covariates explain."""
    effects: Floats = np.einsum("nq,dqk->dnk", design, layout.block(theta, "pattern.effects"))
    return effects


def log_weights(layout: Layout, theta: Floats, design: Array, de_novo: bool = False) -> Floats:
    """Unnormalised log probabilities of the non-empty sets, (draws, n, 2**K - 1)."""
    sets = layout.sets
    level = layout.block(theta, "pattern.level")
    if de_novo:
        level = level + layout.block(theta, "pattern.de_novo")
    linear = level[:, None, :] + site_effects(layout, theta, design)
    pair = layout.block(theta, "pattern.pair") @ sets.pair_membership[1:].T
    weights: Floats = linear @ sets.membership[1:].T + pair[:, None, :]
    return weights


def probabilities(layout: Layout, theta: Floats, design: Array, de_novo: bool = False) -> Floats:
    """P(A | presentation, x) over all sets, (draws, n, 2**K); the empty set has probability 0."""
    weights = log_weights(layout, theta, design, de_novo)
    weights = np.exp(weights - weights.real.max(-1, keepdims=True))
    weights = weights / weights.sum(-1, keepdims=True)
    return np.concatenate([np.zeros_like(weights[..., :1]), weights], axis=-1)
