"""Shapley values against their definition, the mean over all orders, and against the axioms."""

from collections.abc import Iterable, Sequence
from itertools import chain, permutations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from organotropism.explain.shapley import shapley, shapley_in_blocks

Array = NDArray[np.float64]
#: Sums of a few hundred numbers near one: rounding stays far below.
EXACT = 1e-12


def random_game(players: int, seed: int, columns: int = 2) -> Array:
    return np.random.default_rng(seed).normal(size=(1 << players, columns))


def mean_over_orders(values: Array, orders: Iterable[Sequence[int]]) -> Array:
    """What each player adds when players come one by one, averaged over the orders."""
    listed = list(orders)
    total = np.zeros((len(listed[0]), *values.shape[1:]))
    for order in listed:
        coalition = 0
        for player in order:
            total[player] += values[coalition | 1 << player] - values[coalition]
            coalition |= 1 << player
    return total / len(listed)


games = st.tuples(st.integers(1, 5), st.integers(0, 2**32 - 1)).map(lambda drawn: random_game(*drawn))


@settings(max_examples=20)
@given(games)
def test_is_the_mean_over_all_orders(values: Array) -> None:
    players = len(values).bit_length() - 1
    assert shapley(values) == pytest.approx(mean_over_orders(values, permutations(range(players))), abs=EXACT)


@settings(max_examples=20)
@given(games)
def test_nothing_is_lost(values: Array) -> None:
    assert shapley(values).sum(0) == pytest.approx(values[-1] - values[0], abs=EXACT)


@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1))
def test_players_who_add_the_same_get_the_same_and_who_adds_nothing_gets_nothing(seed: int) -> None:
    base = random_game(3, seed)  # by whether player 0 is in, and by how many of players 1 and 2 are
    values = np.array(
        [base[(c & 1) + 2 * ((c >> 1 & 1) + (c >> 2 & 1))] for c in range(16)]
    )  # player 3 changes nothing
    parts = shapley(values)
    assert parts[1] == pytest.approx(parts[2], abs=EXACT)
    assert parts[3] == pytest.approx(np.zeros(2), abs=EXACT)
    assert abs(parts[0]).max() > 0


@settings(max_examples=10)
@given(st.integers(0, 2**32 - 1), st.floats(-3, 3))
def test_is_linear_in_the_game(seed: int, factor: float) -> None:
    one, other = random_game(4, seed), random_game(4, seed + 1)
    # Numbers up to ten: rounding grows with them.
    assert shapley(one + factor * other) == pytest.approx(shapley(one) + factor * shapley(other), abs=1e-11)


BLOCKS = [[[0, 1, 2, 3]], [[0], [1], [2], [3]], [[0, 2], [1, 3]], [[1], [3, 0, 2]], [[2, 3], [0], [1]]]


@pytest.mark.parametrize("blocks", BLOCKS)
def test_in_blocks_is_the_mean_over_the_orders_that_keep_blocks_together(blocks: list[list[int]]) -> None:
    values = random_game(4, 7)
    orders = [
        list(chain.from_iterable(inner))
        for outer in permutations(blocks)
        for inner in product(*(permutations(block) for block in outer))
    ]
    assert shapley_in_blocks(values, blocks) == pytest.approx(mean_over_orders(values, orders), abs=EXACT)


@pytest.mark.parametrize("blocks", BLOCKS)
def test_a_block_gets_the_value_of_a_single_player(blocks: list[list[int]]) -> None:
    values = random_game(4, 8)
    masks = [sum(1 << player for player in block) for block in blocks]
    joined = [
        sum(mask for place, mask in enumerate(masks) if choice >> place & 1)
        for choice in range(1 << len(blocks))
    ]
    by_block = [shapley_in_blocks(values, blocks)[block].sum(0) for block in blocks]
    assert np.array(by_block) == pytest.approx(shapley(values[joined]), abs=EXACT)


def test_a_game_needs_all_coalitions_and_every_player_a_block() -> None:
    with pytest.raises(ValueError, match="not those of all coalitions"):
        shapley(np.zeros((6, 1)))
    for blocks in ([[0]], [[0, 1], [1]]):
        with pytest.raises(ValueError, match="one block"):
            shapley_in_blocks(np.zeros((4, 1)), blocks)
