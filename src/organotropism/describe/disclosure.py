"""Small cells: which numbers of a table must not be shown, so that none can be worked out from the others.

A count from one to below the minimum is hidden (primary suppression). Where a row or a column of the table
then hides one cell alone, or cells that speak of too few together, its total would give them away: the next
smallest of that line is hidden too (complementary suppression), until no line does.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

HIDDEN: Final = "hidden"


def hidden(counts: Ints, minimum: int) -> Bools:
    """Cells (rows, columns) that are not shown, when the totals of all rows and columns are.

    Parameters
    ----------
    counts : (rows, columns), the cells that add up to the totals
    minimum : fewest patients that a cell may speak of; below 2 nothing is hidden
    """
    masked: Bools = (counts > 0) & (counts < minimum)
    while True:
        before = masked.copy()
        for lines, masks in ((counts, masked), (counts.T, masked.T)):
            for line, mask in zip(lines, masks, strict=True):
                _hide_more(line, mask, minimum)
        if np.array_equal(before, masked):
            return masked


def _hide_more(line: Ints, mask: Bools, minimum: int) -> None:
    """Hide further cells of a line, in place, while its total would tell what is hidden."""
    while mask.any() and not mask.all() and (mask.sum() == 1 or line[mask].sum() < minimum):
        shown = np.flatnonzero(~mask)
        # Patients before empty cells: an empty cell protects nobody.
        mask[shown[np.lexsort((line[shown], line[shown] == 0))[0]]] = True


def merged_groups(codes: Ints, levels: int, minimum: int) -> dict[int, int]:
    """Which groups stand together so that each has at least the minimum: number of group to number of group.

    The smallest is joined to the next smallest until none is too small or one is left.
    """
    parts = {group: [group] for group in range(-1, levels) if (codes == group).any()}
    sizes = {group: int((codes == group).sum()) for group in parts}
    while len(parts) > 1 and min(sizes.values()) < minimum:
        small, other = sorted(sizes, key=lambda group: (sizes[group], group))[:2]
        parts[other] += parts.pop(small)
        sizes[other] += sizes.pop(small)
    return {group: home for home, members in parts.items() for group in members}
