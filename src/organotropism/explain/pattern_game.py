"""How much each factor explains of the pattern of sites: entropy that it removes, how many and where apart.

The uncertainty of the pattern is the entropy of the set of sites found at presentation among all who present;
what a factor explains is the mutual information of set and factor. Players are the factors, each twice: its
common effect on every site (how many) and its effects beyond that (where); one that is absent is held at its
mean among those who present, on the log scale. So a factor without effect on the pattern gets nothing,
however much it goes with others that have one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from organotropism.explain.shapley import shapley_in_blocks
from organotropism.process.layout import Layout

Array = NDArray[np.float64]


@dataclass(frozen=True)
class PatternParts:
    """What is explained of the pattern, in nats.

    Attributes
    ----------
    entropy : of the set of sites among those who present
    how_many, where : (factors,) what each factor explains through either
    """

    entropy: float
    how_many: Array
    where: Array


@dataclass(frozen=True)
class PatternGame:
    """The pattern under chosen effects of chosen factors.

    Parameters
    ----------
    layout : Layout
    weights : (strata,) shares of those who present, sum one
    effects : (factors, strata, sites) log odds of each site by factor
    theta : (size,) coefficients
    """

    layout: Layout
    weights: Array
    effects: Array
    theta: Array

    def parts(self, blocks: Sequence[Sequence[int]]) -> PatternParts:
        """Divide what is explained: how many and where share first, then blocks, then their factors."""
        effects = self.effects - (self.effects.transpose(0, 2, 1) @ self.weights)[:, None, :]
        everything = effects.sum(0)
        nats, marginal = self._marginal(everything)
        share = marginal / marginal.sum()
        common = np.repeat((effects @ share)[..., None], len(self.layout.sites), axis=2)
        beyond = effects - common
        values = []
        for players, rest in ((common, beyond.sum(0)), (beyond, common.sum(0))):
            chosen = _coalitions(players)
            # The other kind of effect comes before all of this kind, or after: the mean of both orders.
            before, after = self.information(chosen), self.information(chosen + rest)
            values.append(0.5 * shapley_in_blocks(np.stack([before, after], axis=1), blocks).sum(1))
        return PatternParts(nats, values[0], values[1])

    def information(self, effects: Array) -> Array:
        """Mutual information (games,) of set and covariates under the log odds (games, strata, sites)."""
        return np.array([self._information(one) for one in effects])

    def _information(self, effects: Array) -> float:
        probability, log_weight, log_total = self._sets(effects)
        within = log_total - np.einsum("sa,sa->s", probability, log_weight)
        return float(entropy(self.weights @ probability) - self.weights @ within)

    def _marginal(self, effects: Array) -> tuple[float, Array]:
        """Entropy of the set of sites, and P(site), among those who present."""
        mean = self.weights @ self._sets(effects)[0]
        return float(entropy(mean)), mean @ self.layout.sets.membership[1:]

    def _sets(self, effects: Array) -> tuple[Array, Array, Array]:
        """Probability and log weight (strata, sets) of the non-empty sets, and log of the sum of weights."""
        sets = self.layout.sets
        level = self.layout.block(self.theta, "pattern.level") + self._mean_effects
        pair = self.layout.block(self.theta, "pattern.pair") @ sets.pair_membership[1:].T
        log_weight = (level + effects) @ sets.membership[1:].T + pair
        weight = np.exp(log_weight)
        total = weight.sum(1)
        return weight / total[:, None], log_weight, np.log(total)

    @property
    def _mean_effects(self) -> Array:
        """(sites,) mean of the log odds of all factors among those who present."""
        return self.weights @ self.effects.sum(0)


def _coalitions(effects: Array) -> Array:
    """(2**n, ...) sum of the effects (n, ...) of every coalition."""
    chosen = np.zeros((1, *effects.shape[1:]))
    for effect in effects:
        chosen = np.concatenate([chosen, chosen + effect])
    return chosen


def entropy(probability: Array) -> float:
    """Entropy, in nats, of a distribution."""
    from scipy.special import entr

    return float(entr(probability).sum())
