"""Rows of own evidence that must not count twice, and intervals that look mistyped."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from organotropism.errors import InputError
from organotropism.evidence.records import Association

#: How far the middle of an interval may lie from the estimate, in half-widths, beyond what rounding explains.
_LOPSIDED: Final = 0.25
#: Differences of logarithms of numbers printed with two digits.
_ROUNDING: Final = 0.05
_SAME: Final = ("study_id", "factor_std", "site_std", "endpoint_std", "denominator", "measure")
_SAME_PART: Final = ("population", "horizon_years", "adjusted")


class Repeats:
    """Rows seen so far, by the question that they answer."""

    def __init__(self) -> None:
        self._seen: dict[tuple[object, ...], tuple[int, Association]] = {}

    def of(self, row: Association, line: int) -> str | None:
        """What to say of a row that repeats an earlier one, which counts once; None of any other.

        Raises
        ------
        InputError
            It answers the same question as an earlier row, with other numbers.
        """
        sides = (row.level_std, row.comparator_std)
        question = (
            *(getattr(row, name) for name in (*_SAME, *_SAME_PART)),
            tuple(sorted(sides)) if row.log_ratio is not None else sides,
        )
        if question not in self._seen:
            self._seen[question] = (line, row)
            return None
        first_line, first = self._seen[question]
        turned = (first.level_std, first.comparator_std) != sides
        if turned and _close(first.log_ratio, row.log_ratio, -1) and _close(first.se, row.se, 1):
            return f"row {line} is row {first_line} with level and comparator exchanged: counted once"
        if not turned and replace(row, record_id=first.record_id) == first:
            return f"row {line} is the same as row {first_line}: counted once"
        raise InputError(
            f"answers the same question as row {first_line}, in other words or numbers",
            expected="one row for a question of a study; subgroups differ by their population",
        )


def _close(one: float | None, other: float | None, sign: int) -> bool:
    return one is not None and other is not None and abs(one - sign * other) <= _ROUNDING


def lopsided(cells: Mapping[str, str], share: bool) -> bool:
    """Whether an estimate lies far from the middle of its interval, on the log or logit scale.

    Parameters
    ----------
    cells : estimate, ci_low and ci_high, each a number as text, which tells how it was rounded
    share : whether they are percent
    """
    texts = [cells[name] for name in ("estimate", "ci_low", "ci_high")]
    numbers = [float(text) for text in texts]
    if min(numbers) <= 0 or (share and max(numbers) >= 100) or numbers[1] >= numbers[2]:
        return False
    estimate, low, high = (math.log(x / (100 - x)) if share else math.log(x) for x in numbers)
    off, at_low, at_high = (_rounded(text, share) for text in texts)
    half = (high - low) / 2
    return abs(estimate - (low + high) / 2) - off - (at_low + at_high) / 2 > _LOPSIDED * half


def _rounded(text: str, share: bool) -> float:
    """By how much rounding may have moved a number, on the log or logit scale."""
    number = float(text)
    digits = len(text.partition(".")[2])
    slope = 100 / (number * (100 - number)) if share else 1 / number
    return 0.5 * 10.0**-digits * slope


def told(lines: Sequence[int]) -> str:
    """What to say of rows whose intervals are lopsided."""
    rows = ("row " if len(lines) == 1 else "rows ") + ", ".join(map(str, lines))
    return (
        f"{rows}: the estimate lies far from the middle of its interval on the log scale; see whether a "
        "digit is mistyped. Until then it is shown, and does not move the model"
    )
