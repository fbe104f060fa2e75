"""Rules that a cohort must keep, each with the patients who break it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from organotropism.cohort.schema import Cohort

Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Breach:
    """A rule, and who breaks it.

    Attributes
    ----------
    reason : what is wrong, as a phrase
    rows : (n,) the patients concerned
    """

    reason: str
    rows: Bools


def check(cohort: Cohort) -> list[Breach]:
    """Return the rules that patients of the cohort break; empty where all is well.

    Parameters
    ----------
    cohort : its arrays must have the shapes that `Cohort` names
    """
    with np.errstate(invalid="ignore"):
        return [breach for breach in (*_observation(cohort), *_disease(cohort)) if breach.rows.any()]


def _observation(cohort: Cohort) -> Iterator[Breach]:
    ids = cohort.covariates["id"]
    yield Breach("no id", ids.is_null().to_numpy())
    yield Breach("an id that another patient has", (ids.is_duplicated() & ids.is_not_null()).to_numpy())
    entry, end = cohort.entry, cohort.follow_up
    yield Breach("no follow-up time", ~np.isfinite(end))
    yield Breach("follow-up ends before diagnosis", end < 0)
    yield Breach("no time of entry", ~np.isfinite(entry))
    yield Breach("entry before diagnosis", entry < 0)
    # Nobody enters by dying; a patient seen only at diagnosis has neither entry nor follow-up.
    yield Breach("entry not before the end of follow-up", (entry > 0) & (entry >= end))


def _disease(cohort: Cohort) -> Iterator[Breach]:
    distant, sites = cohort.distant, cohort.site_time
    first = np.where(np.isnan(sites), np.inf, sites).min(1, initial=np.inf)
    dated, recorded = np.isfinite(first), cohort.sites_recorded
    yield Breach("distant disease before diagnosis", (distant < 0) | (sites < 0).any(1))
    late = np.isfinite(sites) & (sites > cohort.follow_up[:, None])
    presented = np.isfinite(distant)
    yield Breach(
        "distant disease after death or the end of follow-up",
        late.any(1) | (presented & (distant > cohort.follow_up)),
    )
    yield Breach("a site before the first distant disease", presented & dated & (first < distant))
    yield Breach("a site without distant disease", ~presented & dated)
    beyond = first > distant + cohort.window_years
    yield Breach("distant disease at no site", presented & recorded & ~dated)
    yield Breach("no site within the window of presentation", presented & recorded & dated & beyond)
    yield Breach("a metastatic series with a patient without distant disease", ~cohort.followed & ~presented)
