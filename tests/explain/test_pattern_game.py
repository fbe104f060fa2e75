"""Explained entropy of the pattern: against direct computation, and the parts against what they claim."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from organotropism.explain.pattern_game import PatternGame
from organotropism.process.layout import Layout
from toy import toy_model

Array = NDArray[np.float64]
EXACT = 1e-12
LAYOUT = Layout(("bone", "lung", "brain"))


def game(seed: int, factors: int = 4, strata: int = 12) -> PatternGame:
    rng = np.random.default_rng(seed)
    theta = rng.normal(scale=0.5, size=LAYOUT.size)
    weights = rng.random(strata)
    # Each factor is a covariate times an effect by site.
    covariate, effect = rng.normal(size=(factors, strata)), rng.normal(scale=0.6, size=(factors, 3))
    return PatternGame(LAYOUT, weights / weights.sum(), covariate[:, :, None] * effect[:, None, :], theta)


def mutual_information(played: PatternGame, effects: Array) -> float:
    """From the joint distribution of stratum and set, by definition."""
    joint = np.zeros((len(played.weights), 8))
    level = LAYOUT.block(played.theta, "pattern.level") + played.weights @ played.effects.sum(0)
    pairs = LAYOUT.block(played.theta, "pattern.pair")
    for stratum, weight in enumerate(played.weights):
        for number in range(1, 8):
            held = [site for site in range(3) if number >> site & 1]
            total = sum(level[site] + effects[stratum, site] for site in held)
            total += sum(
                pairs[place] for place, pair in enumerate(LAYOUT.sets.pairs) if set(pair) <= set(held)
            )
            joint[stratum, number] = np.exp(total)
        joint[stratum] *= weight / joint[stratum].sum()
    apart = joint.sum(1, keepdims=True) * joint.sum(0, keepdims=True)
    present = joint > 0
    return float((joint[present] * np.log(joint[present] / apart[present])).sum())


def centred(played: PatternGame) -> Array:
    return played.effects - np.einsum("s,fsk->fk", played.weights, played.effects)[:, None, :]


@settings(max_examples=15)
@given(st.integers(0, 2**32 - 1))
def test_parts_add_up_to_the_mutual_information(seed: int) -> None:
    played = game(seed)
    everything = centred(played).sum(0)
    expected = mutual_information(played, everything)
    assert played.information(everything[None])[0] == pytest.approx(expected, abs=EXACT)
    for blocks in ([[0, 1, 2, 3]], [[0, 2], [1, 3]]):
        parts = played.parts(blocks)
        assert parts.how_many.sum() + parts.where.sum() == pytest.approx(expected, abs=EXACT)


def with_effect(played: PatternGame, factor: int, effect: Array) -> PatternGame:
    """The game with the effects of one factor replaced, its covariate kept standard."""
    covariate = np.random.default_rng(factor).normal(size=len(played.weights))
    effects = played.effects.copy()
    effects[factor] = covariate[:, None] * effect
    return replace(played, effects=effects)


def share_of_sites(played: PatternGame) -> Array:
    marginal = played._marginal(centred(played).sum(0))[1]
    share: Array = marginal / marginal.sum()
    return share


@pytest.mark.parametrize("seed", range(4))
def test_a_factor_without_effect_gets_nothing(seed: int) -> None:
    parts = with_effect(game(seed), 1, np.zeros(3)).parts([[0, 1], [2, 3]])
    assert parts.how_many[1] == pytest.approx(0.0, abs=EXACT)
    assert parts.where[1] == pytest.approx(0.0, abs=EXACT)


@pytest.mark.parametrize("seed", range(4))
def test_a_common_effect_is_how_many_and_a_balanced_one_where(seed: int) -> None:
    common = with_effect(game(seed), 1, np.full(3, 0.8)).parts([[0, 1], [2, 3]])
    assert common.where[1] == pytest.approx(0.0, abs=EXACT)
    assert common.how_many[1] > 0.001
    # Balanced means weighted by how often each site is found, which depends on the effect in turn.
    balanced = np.array([0.9, -0.7, 0.2])
    for _ in range(200):
        played = with_effect(game(seed), 1, balanced)
        balanced = balanced - share_of_sites(played) @ balanced
    parts = with_effect(game(seed), 1, balanced).parts([[0, 1], [2, 3]])
    # As far as the iteration for the balance has come.
    assert parts.how_many[1] == pytest.approx(0.0, abs=1e-9)
    assert parts.where[1] > 0.001


def test_a_block_gets_what_its_factors_get_as_one() -> None:
    played = game(5)
    merged = np.stack([played.effects[:2].sum(0), played.effects[2], played.effects[3]])
    one = replace(played, effects=merged).parts([[0], [1, 2]])
    apart = played.parts([[0, 1], [2, 3]])
    assert apart.where[:2].sum() == pytest.approx(one.where[0], abs=EXACT)
    assert apart.how_many[2:] == pytest.approx(one.how_many[1:], abs=EXACT)


def test_entropy_is_that_of_the_set_among_all_who_present() -> None:
    layout = toy_model().layout
    played = PatternGame(layout, np.ones(1), np.zeros((1, 1, 5)), toy_model().theta)
    parts = played.parts([[0]])
    assert 0 < parts.entropy < np.log(31)
    assert parts.where == pytest.approx(np.zeros(1), abs=EXACT)
