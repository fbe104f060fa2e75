"""Levels that are ranges of age, size, nodes or grade, as shares of the classes of the reference grid.

A level is read as a range of whole years, millimetres or nodes. Where its end cuts a class, the level holds
the share of the class's whole numbers that lie in it, for the population is only known by class.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

Range = tuple[int, int]
Weights = tuple[float, ...]

#: First and last whole number of each class. The open ends are closed where few women lie beyond.
AGES: Final = ((25, 39), (40, 49), (50, 59), (60, 69), (70, 79), (80, 94))
SIZES: Final = ((1, 10), (11, 20), (21, 30), (31, 50), (51, 100))
NODES: Final = ((0, 0), (1, 1), (2, 3), (4, 9), (10, 29))
_MOST: Final = 1000
#: T4 is larger than 50 mm or grows into skin or chest wall; the grid has no class of its own for it.
_T: Final = {
    **{"1": (1, 20), "1a": (1, 5), "1b": (6, 10), "1c": (11, 20)},
    **{"2": (21, 50), "3": (51, _MOST), "4": (51, _MOST)},
}
_N: Final = {"0": (0, 0), "1": (1, 3), "2": (4, 9), "3": (10, _MOST)}
_NODE_WORDS: Final = {
    **dict.fromkeys(("n+", "node-positive", "nodepositive", "positive", "regional"), (1, _MOST)),
    **dict.fromkeys(("node-negative", "nodenegative", "negative", "localised"), (0, 0)),
    "localised,node-negative": (0, 0),
    # Written so, these are numbers of nodes; with N before the second number too they are categories.
    "n1-3": (1, 3),
    "n4-9": (4, 9),
}
_GRADES: Final = {
    **dict.fromkeys(("1", "i", "low", "well", "welldifferentiated"), 0),
    **dict.fromkeys(("2", "ii", "intermediate", "moderate", "moderatelydifferentiated"), 1),
    **dict.fromkeys(("3", "iii", "high", "poor", "poorlydifferentiated"), 2),
}
_SIGNS: Final = (
    (re.compile(r"^(?:under|below|youngerthan|lessthan|smallerthan)"), "<"),
    (re.compile(r"^(?:over|above|olderthan|morethan|largerthan)"), ">"),
    (re.compile(r"^(?:atleast)"), ">="),
    (re.compile(r"^(?:atmost|upto)"), "<="),
)
_AND_OVER: Final = re.compile(r"^(\d+(?:\.\d+)?)(mm|cm)?(?:\+|(?:and|or)(?:over|more|older|above|larger))$")
_RANGE: Final = re.compile(r"(?P<low>\d+(?:\.\d+)?)-(?P<high>\d+(?:\.\d+)?)")
_SIGNED: Final = re.compile(r"(?P<sign>[<>]=?)(?P<number>\d+(?:\.\d+)?)")


def age_weights(level: str) -> Weights | None:
    """Shares of the classes of age in a level such as ``<40``, ``50-69`` or ``>=70`` (completed years)."""
    found = _range(re.sub(r"(years?|yrs?|y)$", "", _plain(level)))
    if found is None:
        return None
    first, last = AGES[0][0], AGES[-1][1]
    return _shares((min(found[0], last), max(found[1], first)), AGES)


def size_weights(level: str) -> Weights | None:
    """Shares of the classes of size in a T category, a range of them, or a size in mm or cm.

    A size on the border of two classes belongs to the lower, as in T: ``2-5 cm`` is above 2 cm, as T2 is.
    """
    text = re.sub(r"^[cp](?=t)", "", _plain(level))
    categories = re.fullmatch(r"t([1-4][abc]?)(?:(?:-|/)t?([1-4][abc]?))?", text)
    if categories:
        return _between(categories[1], categories[2], _T, SIZES)
    unit = re.search(r"(mm|cm)", text)
    if unit is None:
        return None
    scale = 10 if unit[1] == "cm" else 1
    found = _range(re.sub(r"mm|cm", "", text), scale)
    if found is None or found[1] < 1:
        return None
    if "-" in text and found[0] in {last for _, last in SIZES}:
        found = (found[0] + 1, found[1])
    return _shares((found[0], min(max(found[1], 1), _MOST)), SIZES)


def node_weights(level: str) -> Weights | None:
    """Shares of the classes of nodes in an N category, a range of them, or a number of positive nodes."""
    text = re.sub(r"^[cp](?=n)", "", _plain(level)).replace("ten", "10")
    if text in _NODE_WORDS:
        return _shares(_NODE_WORDS[text], NODES)
    categories = re.fullmatch(r"n([0-3])(?:(?:-|/)n?([0-3]))?", text)
    if categories:
        return _between(categories[1], categories[2], _N, NODES)
    number = re.fullmatch(r"(.*\d\+?(?:(?:and|or)(?:over|more|above))?)(?:positive)?(?:lymph)?nodes?", text)
    if number is None:
        return None
    found = _range(number[1]) or ((int(number[1]),) * 2 if number[1].isdigit() else None)
    return None if found is None else _shares(found, NODES)


def grade_weights(level: str) -> Weights | None:
    """Grades in a level such as ``3``, ``grade I-II`` or ``high``."""
    parts = re.split(r"-|/", _plain(level))
    ends = [_GRADES.get(re.sub(r"^(grade|g)(?=[123i])", "", part)) for part in parts]
    if None in ends or len(ends) > 2:
        return None
    first, last = ends[0], ends[-1]
    return tuple(float(first <= grade <= last) for grade in range(3))  # type: ignore[operator]


def _plain(level: str) -> str:
    """The level in lower case, without blanks, with one kind of dash and of sign."""
    text = re.sub(r"\s+", "", level.casefold())
    text = re.sub(r"[\u2010-\u2015\u2212]", "-", text).replace("\u2264", "<=").replace("\u2265", ">=")
    for words, sign in _SIGNS:
        text = words.sub(sign, text)
    return text


def _range(text: str, scale: int = 1) -> Range | None:
    """Whole numbers of a range such as ``<40``, ``40-49`` or ``70+``; None where it is none."""
    over = _AND_OVER.match(text)
    if over:
        return _whole(over[1], scale), _MOST
    signed = _SIGNED.fullmatch(text)
    if signed:
        number = _whole(signed["number"], scale)
        return {
            "<": (0, number - 1),
            "<=": (0, number),
            ">": (number + 1, _MOST),
            ">=": (number, _MOST),
        }[signed["sign"]]
    ends = _RANGE.fullmatch(text)
    if ends is None:
        return None
    low, high = _whole(ends["low"], scale), _whole(ends["high"], scale)
    return (low, high) if low <= high else None


def _whole(text: str, scale: int) -> int:
    return round(float(text) * scale)


def _between(first: str, last: str | None, of: dict[str, Range], classes: Sequence[Range]) -> Weights | None:
    if first not in of or (last or first) not in of:
        return None
    return _shares((of[first][0], of[last or first][1]), classes)


def _shares(level: Range, classes: Sequence[Range]) -> Weights | None:
    """Share of the whole numbers of each class that lie in the level; None where none do."""
    low, high = min(level[0], classes[-1][1]), level[1]
    shares = [max(0, min(high, last) - max(low, first) + 1) / (last - first + 1) for first, last in classes]
    return tuple(shares) if any(shares) else None
