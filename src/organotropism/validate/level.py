"""Where the level is off: which parameter would have to move, by how much, and what that would change.

On the scale log(-log(1 - risk)), that of the log hazard, the shift that makes the mean risk the observed one.
For any distant disease it is what every `rate.level` would take; what a site needs beyond that is, to a first
approximation, what its `pattern.level` would take.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from organotropism.validate.outcome import ANY, Outcome
from organotropism.validate.recalibrate import apply_line, level_shift
from organotropism.validate.score import Scored

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Shift:
    """A level that is off.

    Attributes
    ----------
    outcome, horizon : a site or any; years at which the shift was found, the last with enough events
    parameter : of the model
    add : to the parameter, log scale
    observed, before, after : by horizon: observed risk, mean predicted risk, and that after the shift of the
        whole outcome
    """

    outcome: str
    horizon: float
    parameter: str
    add: float
    observed: dict[float, float]
    before: dict[float, float]
    after: dict[float, float]


def shifts(
    overall: Sequence[Scored], outcomes: Sequence[Outcome], risks: Mapping[tuple[str, float], Array]
) -> list[Shift]:
    """The levels whose O/E can be told from one; empty without intervals.

    Parameters
    ----------
    overall : scores of the model as it is
    risks : (N,) predictions by outcome and horizon
    """
    found: list[Shift] = []
    whole = 0.0
    for outcome in outcomes:
        scored = [entry for entry in overall if entry.outcome == outcome.name and entry.scores]
        if not scored or not _off(scored[-1]):
            continue
        last = scored[-1]
        needed = level_shift(risks[outcome.name, last.horizon][outcome.rows], 1.0, last.observed.value)
        if outcome.name == ANY:
            whole = needed
        after = {
            entry.horizon: float(
                apply_line(risks[outcome.name, entry.horizon][outcome.rows], needed, 1.0).mean()
            )
            for entry in scored
        }
        found.append(
            Shift(
                outcome.name,
                last.horizon,
                "rate.level" if outcome.name == ANY else f"pattern.level[{outcome.name}]",
                needed if outcome.name == ANY else needed - whole,
                {entry.horizon: entry.observed.value for entry in scored},
                {entry.horizon: entry.scores["expected"].value for entry in scored},
                after,
            )
        )
    return found


def _off(entry: Scored) -> bool:
    value = entry.scores["o_e"]
    return value.low is not None and value.high is not None and not value.low <= 1 <= value.high
