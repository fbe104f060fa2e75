"""Numbers of the rows that an account speaks of: all are counted, the first few thousand are kept."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final

import numpy as np

MOST_KEPT: Final = 10_000
"""Nobody looks up more rows than this by hand, and memory must not grow with the source."""


class RowNumbers(Collection[int]):
    """Numbers of rows.

    Its length is the number of all rows; iterating gives those kept, in the order in which they came.

    Parameters
    ----------
    rows : numbers to begin with
    """

    def __init__(self, rows: Iterable[int] = ()) -> None:
        self._count = 0
        self._kept = array("q")
        self.extend(rows)

    def extend(self, rows: Iterable[int]) -> None:
        """Count further rows, and keep their numbers while there is room."""
        if isinstance(rows, RowNumbers):
            more: Sequence[int] = rows._kept
        else:
            more = rows.tolist() if isinstance(rows, np.ndarray) else list(rows)
        self._kept.extend(more[: max(0, MOST_KEPT - len(self._kept))])
        self._count += len(rows) if isinstance(rows, RowNumbers) else len(more)

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[int]:
        return iter(self._kept)

    def __contains__(self, row: object) -> bool:
        return row in self._kept

    def __eq__(self, other: object) -> bool:
        """Whether the other one holds the same numbers; it may be a list."""
        if not isinstance(other, Collection):
            return NotImplemented
        return len(self) == len(other) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]  # numbers may be added

    def __repr__(self) -> str:
        return f"RowNumbers({self._count} rows)"
