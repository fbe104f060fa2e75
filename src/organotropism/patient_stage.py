"""Anatomic stage I to III of breast cancer: what it says of T and N, and what contradicts it.

The table is that of the AJCC manual, 7th edition (2010), which the 8th (2018) keeps as its anatomic stage.
The prognostic stage of the 8th edition mixes in grade and receptors and is another thing.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

STAGES: Final = ("I", "IA", "IB", "II", "IIA", "IIB", "III", "IIIA", "IIIB", "IIIC")
PROGNOSTIC: Final = (
    "is a prognostic stage (AJCC 8, from 2018), which is not read: it mixes grade and receptors into T and N"
)
T_CATEGORIES: Final = ("T1", "T2", "T3", "T4")
N_CATEGORIES: Final = ("N0", "N1", "N2", "N3")
SIZES_MM: Final = {"T1": (0.0, 20.0), "T2": (20.0, 50.0), "T3": (50.0, 300.0)}
"""Above and up to, in mm; T4 is any size."""
NODE_NUMBERS: Final = {"N0": (0, 0), "N1": (1, 3), "N2": (4, 9), "N3": (10, 60)}
"""Fewest and most positive nodes."""
_ROWS: Final = {
    "T1": ("IA", "IIA", "IIIA", "IIIC"),
    "T2": ("IIA", "IIB", "IIIA", "IIIC"),
    "T3": ("IIB", "IIIA", "IIIA", "IIIC"),
    "T4": ("IIIB", "IIIB", "IIIB", "IIIC"),
}
#: T1 with micrometastases only (N1mi) is IB; N does not tell them from other N1.
_MICROMETASTASES: Final = {("T1", "N1"): "IB"}


def stage_of(t: str, n: str) -> str:
    """Anatomic stage of a T and an N category, such as IIA of T2 and N0; N1 is read as more than N1mi."""
    return _ROWS[t][N_CATEGORIES.index(n)]


def t_of_size(size_mm: float | None) -> tuple[str, ...]:
    """T categories that a size leaves open; all where it is not known."""
    if size_mm is None:
        return T_CATEGORIES
    return (*(name for name, (above, up_to) in SIZES_MM.items() if above < size_mm <= up_to), "T4")


def n_of_nodes(nodes: int | None) -> tuple[str, ...]:
    """N categories that a number of positive nodes leaves open; all where it is not known."""
    return tuple(name for name, (low, high) in NODE_NUMBERS.items() if nodes is None or low <= nodes <= high)


def holds(stage: str, substage: str) -> bool:
    """Whether a stage is or contains a substage: II contains IIA."""
    return substage in (stage, f"{stage}A", f"{stage}B", f"{stage}C")


def compatible(stage: str, t: Collection[str], n: Collection[str]) -> frozenset[tuple[str, str]]:
    """Pairs of T and N that have the stage; none where what is known contradicts it.

    Two rarer ways to a stage count only where no usual one is left: growth into skin or chest wall (T4,
    stage III at any size), unless T4 is stated, and micrometastases (T1 N1mi, stage IB).

    Parameters
    ----------
    stage : one of `STAGES`
    t, n : categories that what else is known leaves open
    """
    pairs = [(x, y) for x in t for y in n]
    usual = [pair for pair in pairs if holds(stage, stage_of(*pair)) and (pair[0] != "T4" or len(t) == 1)]
    rare = [
        pair
        for pair in pairs
        if holds(stage, stage_of(*pair)) or holds(stage, _MICROMETASTASES.get(pair, ""))
    ]
    return frozenset(usual or rare)
