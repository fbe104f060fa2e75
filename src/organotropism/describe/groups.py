"""The groups of a description: everyone, and the levels of one factor, decided once for every table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from organotropism.cohort.schema import Cohort
from organotropism.describe.disclosure import merged_groups
from organotropism.describe.factors import UNKNOWN, factor_of

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

ALL: Final = "all"


@dataclass(frozen=True, eq=False)
class Groups:
    """Groups of n patients that do not overlap.

    Attributes
    ----------
    by : name of the factor; empty where there is one group
    labels : of the groups, those whose level is not known last
    codes : (n,) number of each patient's group
    known : number of groups whose level is known; these are compared by tests
    """

    by: str
    labels: tuple[str, ...]
    codes: Ints
    known: int

    def take(self, rows: Ints) -> Groups:
        """The same groups of some of the patients, by number."""
        return Groups(self.by, self.labels, self.codes[rows], self.known)

    def parts(self) -> list[tuple[str, Bools]]:
        """Everyone, then each group, with its members (n,)."""
        everyone = [(ALL, np.ones(len(self.codes), bool))]
        if len(self.labels) < 2:
            return everyone
        return everyone + [(label, self.codes == place) for place, label in enumerate(self.labels)]


def groups_of(cohort: Cohort, by: str | None, minimum: int = 0) -> Groups:
    """Groups by a factor; groups of fewer than `minimum` patients stand together with the next smallest.

    Raises
    ------
    InputError
        A factor that the cohort does not have.
    """
    if by is None:
        return Groups("", (ALL,), np.zeros(len(cohort), np.int64), 1)
    factor = factor_of(cohort, by)
    names = {-1: UNKNOWN, **dict(enumerate(factor.levels))}
    home = merged_groups(factor.codes, len(factor.levels), minimum)
    # Groups with patients of whom the level is not known come last and are no part of a comparison.
    homes = sorted(set(home.values()), key=lambda place: (_members(home, place)[0] == -1, place))
    codes = np.full(len(cohort), -1)
    for group, place in home.items():
        codes[factor.codes == group] = homes.index(place)
    labels = tuple(" or ".join(names[g] for g in _sorted_members(home, place)) for place in homes)
    known = sum(-1 not in _members(home, place) for place in homes)
    return Groups(by, labels, codes, known)


def _members(home: dict[int, int], place: int) -> list[int]:
    return sorted(group for group, other in home.items() if other == place)


def _sorted_members(home: dict[int, int], place: int) -> list[int]:
    return sorted(_members(home, place), key=lambda group: (group == -1, group))
