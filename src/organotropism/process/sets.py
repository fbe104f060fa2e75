"""The sets of colonised sites: the state space of the process."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

MAX_SITES = 8


@dataclass(frozen=True)
class SiteSets:
    """All subsets of `sites`; set number i holds site s when bit s of i is one.

    Set 0 is empty, so the 2**K - 1 patterns at presentation are the sets 1, 2, ...

    Parameters
    ----------
    sites : tuple of str
        One to eight site names, in the order of the bits.
    """

    sites: tuple[str, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.sites) <= MAX_SITES or len(set(self.sites)) != len(self.sites):
            raise ValueError(f"a model has 1 to {MAX_SITES} different sites, got {self.sites}")

    @property
    def count(self) -> int:
        """Number of sets, 2**K, the empty one included."""
        return 1 << len(self.sites)

    @cached_property
    def membership(self) -> NDArray[np.float64]:
        """(2**K, K) array, 1 where the set holds the site."""
        bits = np.arange(self.count)[:, None] >> np.arange(len(self.sites))
        return (bits & 1).astype(float)

    @cached_property
    def size(self) -> NDArray[np.float64]:
        """(2**K,) number of sites in each set."""
        size: NDArray[np.float64] = self.membership.sum(1)
        return size

    @cached_property
    def several(self) -> NDArray[np.float64]:
        """(2**K,) 1 where the set holds more than one site."""
        return (self.size > 1).astype(float)

    @cached_property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """Pairs of site numbers, in the order of the pair coefficients."""
        return tuple(combinations(range(len(self.sites)), 2))

    @cached_property
    def pair_membership(self) -> NDArray[np.float64]:
        """(2**K, pairs) 1 where the set holds both sites of the pair."""
        both = [self.membership[:, a] * self.membership[:, b] for a, b in self.pairs]
        return np.array(both).T.reshape(self.count, len(self.pairs))

    def number(self, found: Iterable[str]) -> int:
        """Return the number of the set that holds exactly the named sites."""
        return sum(1 << self.sites.index(name) for name in set(found))

    def exactly(self, *names: str) -> NDArray[np.float64]:
        """(2**K,) indicator of one exact set."""
        indicator = np.zeros(self.count)
        indicator[self.number(names)] = 1.0
        return indicator

    def any_of(self, *names: str) -> NDArray[np.float64]:
        """(2**K,) indicator of the sets that hold at least one of the named sites."""
        columns = [self.sites.index(name) for name in names]
        held: NDArray[np.float64] = (self.membership[:, columns].sum(1) > 0).astype(float)
        return held
