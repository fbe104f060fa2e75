"""Losses that depend on the outcome, and cohorts of one outcome alone: what would bias every result."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from organotropism.cohort.schema import Cohort
from organotropism.errors import InputError

Bools = NDArray[np.bool_]

#: Shares lost that differ by this much, and by half as much again, are too far apart whatever the numbers.
_FAR, _TIMES = 0.05, 1.5
#: Smaller differences count from this many standard errors on, and from half a percent.
_ERRORS, _LEAST = 3.3, 0.005


@dataclass
class Split:
    """Patients with and without an outcome: how many there were, and how many are lost."""

    with_it: int = 0
    lost_with: int = 0
    without: int = 0
    lost_without: int = 0

    def add(self, outcome: Bools, lost: Bools) -> None:
        """Count further patients, arrays (n,)."""
        self.with_it += int(outcome.sum())
        self.lost_with += int((outcome & lost).sum())
        self.without += int((~outcome).sum())
        self.lost_without += int((~outcome & lost).sum())

    def join(self, more: Split) -> None:
        """Add the counts of a further part."""
        self.with_it += more.with_it
        self.lost_with += more.lost_with
        self.without += more.without
        self.lost_without += more.lost_without

    @property
    def differs(self) -> bool:
        """Whether so many more are lost on one side that what is left is no sample of the whole."""
        if not self.with_it or not self.without or not self.lost_with + self.lost_without:
            return False
        a, b = self.lost_with / self.with_it, self.lost_without / self.without
        difference, less = abs(a - b), min(a, b)
        pooled = (self.lost_with + self.lost_without) / (self.with_it + self.without)
        error = math.sqrt(pooled * (1 - pooled) * (1 / self.with_it + 1 / self.without))
        # Cases lost are never too few to tell; of others lost some are always without a follow-up time.
        far = difference >= _FAR and max(a, b) >= _TIMES * less and (a > b or difference > 2 * error)
        return far or (difference >= _LEAST and difference > _ERRORS * error)

    def sentence(self, outcome: str, lost: str) -> str:
        """The numbers, as a sentence of a warning."""
        a, b = self.lost_with / self.with_it, self.lost_without / self.without
        return (
            f"of {self.with_it:,} patients {outcome}, {self.lost_with:,} ({a:.0%}) {lost}; of the"
            f" {self.without:,} others, {self.lost_without:,} ({b:.0%}). Those left are no fair sample: see"
            " the reasons below"
        )


def warnings(distant: Split, died: Split, cohort: Mapping[str, Any]) -> Iterator[str]:
    """What must be said before anything is learnt from a cohort or validated on it.

    Parameters
    ----------
    distant, died : of the patients that the mapping chose and the models speak of
    cohort : counts as `report.Report.describe` makes them; empty where there is no cohort
    """
    if distant.differs:
        yield distant.sentence("with distant disease", "are set aside or lose it as not recorded")
    if died.differs:
        yield died.sentence("who died", "are set aside")
    if not cohort:
        return
    if died.with_it and not cohort["died"]:
        yield f"{died.with_it:,} deaths were read, and none of them is among the patients used"
    if not cohort["followed_from_diagnosis"]:
        return
    recorded = cohort["patients"] - cohort["distant_disease_not_recorded"]
    if not recorded:
        yield "distant disease is recorded of nobody: neither whether nor where can be learnt or validated"
    elif cohort["distant_disease"] == recorded:
        yield (
            "everyone of whom it is recorded has distant disease: a series from diagnosis needs the patients"
            ' without it, too. A series of metastatic patients is series = "incident metastatic"'
        )
    elif not cohort["distant_disease"]:
        yield "nobody has distant disease: look whether the mapping names the right columns of it"


def refuse_cases_alone(cohort: Cohort) -> None:
    """Refuse to learn, or to score, whether and when on patients who all had the outcome.

    Raises
    ------
    InputError
        Patients were followed from diagnosis, and every one of whom it is recorded had distant disease later.
    """
    members = cohort.followed & ~np.isnan(cohort.distant) & ~cohort.stage_iv
    if members.any() and cohort.presented[members].all():
        raise InputError(
            "holds, of patients followed from diagnosis, those with distant disease alone: a rate would be"
            " that of relapsed patients",
            expected="the patients without distant disease as well, or a mapping with"
            ' series = "incident metastatic"',
        )
