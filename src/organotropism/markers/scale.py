"""Whether expression is on a log scale, as all scores expect it, and log2 of it where it is not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import numpy as np

from organotropism.errors import InputError
from organotropism.markers.expression import Expression

LOG, LINEAR = "log", "linear"
SCALES: Final = (LOG, LINEAR)
#: No binary logarithm of a count or an intensity is higher: it is that of four thousand million.
_HIGHEST_LOG: Final = 32.0
#: Fewer values of a sample than these tell nothing of its scale.
_FEWEST: Final = 10
_SHOWN: Final = 3


def to_log2(expression: Expression) -> Expression:
    """log2(x + 1) of values on the linear scale, such as TPM, FPKM or intensities.

    Raises
    ------
    InputError
        A value is negative.
    """
    if (expression.values < 0).any():
        raise InputError(
            "holds negative values, which are of no linear scale",
            file=expression.source.file or None,
            expected="values on a log scale, without --scale linear; or intensities that are not below 0",
        )
    return replace(expression, values=np.log2(expression.values + 1))


def doubts(expression: Expression) -> Iterator[str]:
    """What speaks against the values being logarithms."""
    values = expression.values
    if not np.isfinite(values).any():
        return
    with np.errstate(invalid="ignore"):
        told = np.isfinite(values).sum(axis=0) >= min(_FEWEST, len(values))
        linear = (np.nan_to_num(values, nan=-np.inf).max(axis=0) > _HIGHEST_LOG) & told
    if linear.any() and not linear[told].all():
        names = [name for name, odd in zip(expression.samples, linear, strict=True) if odd]
        more = "" if len(names) <= _SHOWN else f" and {len(names) - _SHOWN:,} more"
        yield (
            f"{linear.sum():,} of {told.sum():,} samples hold values above {_HIGHEST_LOG:g}, which no "
            f"logarithm reaches, and the others do not: {', '.join(names[:_SHOWN])}{more}; samples on "
            "different scales cannot be compared"
        )
    elif linear.any():
        seen = values[np.isfinite(values)]
        whole = bool((seen == np.round(seen)).all())
        kind = (
            "all are whole numbers, as counts are: give them normalised (log2 CPM)"
            if whole
            else "they seem to be on the linear scale (TPM, FPKM, intensities)"
        )
        also = " without normalising" if whole else ""
        yield (
            f"the values go up to {seen.max():,.0f} and are no logarithms, which the scores expect; {kind}, "
            f"or use --scale linear to take log2(x + 1){also}"
        )
    elif _within_one(expression):
        yield (
            "all values lie between 0 and 1: they may be ranks, fractions or methylation, not expression on "
            "a log scale"
        )


def _within_one(expression: Expression) -> bool:
    seen = expression.values[np.isfinite(expression.values)]
    return len(seen) >= _FEWEST and bool(seen.min() >= 0 and seen.max() <= 1)
