"""Shapley values: what each player adds, averaged over all orders in which the players may come.

A game is a table of values, one per coalition: coalition number c holds player i when bit i of c is one.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import comb

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def shapley(values: Array) -> Array:
    """Shapley value of each player.

    Parameters
    ----------
    values : (2**n, ...) value of every coalition

    Returns
    -------
    (n, ...) values; they sum to that of all players minus that of none.

    References
    ----------
    Shapley LS. A value for n-person games. Contributions to the Theory of Games II, 1953:307-317.
    """
    count = len(values).bit_length() - 1
    if len(values) != 1 << count:
        raise ValueError(f"{len(values)} values are not those of all coalitions")
    coalitions = np.arange(len(values))
    size = np.array([int(number).bit_count() for number in coalitions])
    parts = np.zeros((count, *values.shape[1:]))
    for player in range(count):
        without = coalitions[coalitions >> player & 1 == 0]
        weights = [1.0 / (count * comb(count - 1, int(others))) for others in size[without]]
        parts[player] = np.tensordot(weights, values[without | 1 << player] - values[without], axes=1)
    return parts


def shapley_in_blocks(values: Array, blocks: Sequence[Sequence[int]]) -> Array:
    """Shapley values in two levels: the blocks share first, then the players of each block.

    The players of a block add up to the Shapley value of the block as one player. With one block, or
    with one player in each, these are the plain Shapley values.

    Parameters
    ----------
    values : (2**n, ...) value of every coalition
    blocks : numbers of the players of each block; every player is in one

    References
    ----------
    Owen G. Values of games with a priori unions. Lecture Notes in Economics and Mathematical Systems
    1977;141:76-88.
    """
    masks = [sum(1 << player for player in block) for block in blocks]
    if sum(masks) != len(values) - 1 or sum(map(len, blocks)) != len(values).bit_length() - 1:
        raise ValueError("every player must be in one block")
    parts = np.zeros((len(values).bit_length() - 1, *values.shape[1:]))
    others = len(blocks) - 1
    for number, block in enumerate(blocks):
        inner = _coalitions([1 << player for player in block])
        rest = [mask for place, mask in enumerate(masks) if place != number]
        for present, joined in enumerate(_coalitions(rest)):
            weight = 1.0 / (len(blocks) * comb(others, present.bit_count()))
            parts[list(block)] += weight * shapley(values[inner | joined])
    return parts


def _coalitions(masks: Sequence[int]) -> NDArray[np.int64]:
    """(2**len,) union of every choice among disjoint masks, in binary order."""
    chosen = np.zeros(1, np.int64)
    for mask in masks:
        chosen = np.concatenate([chosen, chosen | mask])
    return chosen
