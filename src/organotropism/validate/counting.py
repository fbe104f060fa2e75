"""Numbers at risk and events over time, for many weightings of the same patients at once.

A bootstrap sample is the same patients with other weights (how often each was drawn), so every
estimator here takes weights (samples, patients) and works on all samples together.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from organotropism.validate.outcome import CENSORED, DEATH, EVENT, Outcome

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Clock:
    """Places of the patients among the distinct times at which anybody leaves.

    A patient is at risk at time t when entry < t <= time. At equal times events come before censoring.
    """

    outcome: Outcome

    @cached_property
    def times(self) -> Array:
        """(m,) distinct times of leaving, ascending."""
        return np.unique(self.outcome.time)

    @cached_property
    def leaves(self) -> Ints:
        """(n,) place of each patient's time."""
        return np.searchsorted(self.times, self.outcome.time)

    @cached_property
    def enters(self) -> Ints:
        """(n,) first place at which each patient is at risk."""
        return np.searchsorted(self.times, self.outcome.entry, side="right")

    @cached_property
    def truncated(self) -> bool:
        """Whether anybody came under observation after the first time of leaving."""
        return bool((self.enters > 0).any())

    @cached_property
    def _groups(self) -> dict[str, tuple[Ints, Ints, Ints]]:
        """Who leaves (by kind, at all, or by an end) and who enters, sorted by place."""
        kind = self.outcome.kind
        everyone = np.ones(len(kind), bool)
        parts = {str(k): (self.leaves, kind == k) for k in (CENSORED, EVENT, DEATH)}
        parts |= {
            "left": (self.leaves, everyone),
            "ended": (self.leaves, kind != CENSORED),
            "entered": (self.enters, self.enters < len(self.times)),
        }
        return {name: _sorted(places, among) for name, (places, among) in parts.items()}

    def _count(self, weights: Array, group: str) -> Array:
        """Sum of weights (samples, n) of a group at each place, (samples, m)."""
        order, where, starts = self._groups[group]
        total = np.zeros((len(weights), len(self.times)))
        if len(order):
            total[:, where] = np.add.reduceat(weights[:, order], starts, axis=1)
        return total

    def at_risk(self, weights: Array) -> Array:
        """(samples, m) weight of the patients at risk at each time."""
        left = self._count(weights, "left")
        gone = np.cumsum(left, axis=1) - left
        if not self.truncated:
            return weights.sum(1, keepdims=True) - gone
        return np.cumsum(self._count(weights, "entered"), axis=1) - gone

    def events(self, weights: Array, kind: int) -> Array:
        """(samples, m) weight of the patients who leave at each time by `kind`."""
        return self._count(weights, str(kind))

    def ended(self, weights: Array) -> Array:
        """(samples, m) weight of the patients whose course ends at each time by the event or death."""
        return self._count(weights, "ended")

    def place(self, horizon: float) -> int:
        """Number of times up to and including `horizon`."""
        return int(np.searchsorted(self.times, horizon, side="right"))


def ratio(above: Array, below: Array) -> Array:
    """Divide, with 0 where there is nobody to divide by."""
    return np.divide(
        above, below, out=np.zeros(np.broadcast_shapes(above.shape, below.shape)), where=below > 0
    )


def _sorted(places: Ints, among: Bools) -> tuple[Ints, Ints, Ints]:
    """Members sorted by place, the distinct places, and where each begins."""
    members = np.flatnonzero(among)
    order = members[np.argsort(places[members], kind="stable")]
    where, starts = np.unique(places[order], return_index=True)
    return order, where, starts
