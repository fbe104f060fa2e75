"""Each rule of a cohort, with a cohort that breaks it and nothing else."""

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given

from cohorts import SITE_TIMES, cohorts, small_cohort
from organotropism.cohort import Cohort, check

INF, NAN = np.inf, np.nan


def changed(row: int, values: Any) -> np.ndarray[Any, Any]:
    times = np.array(SITE_TIMES)
    times[row] = values
    return times


def ids(*names: str | None) -> dict[str, pl.DataFrame]:
    return {"covariates": small_cohort().covariates.with_columns(pl.Series("id", names))}


BREACHES: dict[str, tuple[dict[str, Any], int]] = {
    "no id": (ids("a", None, "c", "d"), 1),
    "an id that another patient has": (ids("a", "b", "c", "b"), 3),
    "no follow-up time": ({"follow_up": np.array([8, NAN, 0, 4])}, 1),
    "follow-up ends before diagnosis": ({"follow_up": np.array([8, -1.0, 0, 4])}, 1),
    "no time of entry": ({"entry": np.array([0, 0, 0, NAN])}, 3),
    "entry before diagnosis": ({"entry": np.array([0, 0, 0, -0.1])}, 3),
    "entry not before the end of follow-up": ({"entry": np.array([0, 10.0, 0, 0])}, 1),
    "distant disease before diagnosis": (
        {"distant": np.array([2, INF, -1, 1]), "site_time": changed(2, [INF, INF, INF, -1, INF])},
        2,
    ),
    "distant disease after death or the end of follow-up": (
        {"site_time": changed(0, [2, INF, 9, INF, INF])},
        0,
    ),
    "a site before the first distant disease": ({"site_time": changed(0, [1.5, INF, 2, INF, INF])}, 0),
    "a site without distant disease": ({"distant": np.array([NAN, INF, 0, 1])}, 0),
    "distant disease at no site": ({"site_time": changed(2, INF)}, 2),
    "no site within the window of presentation": ({"site_time": changed(0, [2.5, INF, INF, INF, INF])}, 0),
    "a metastatic series with a patient without distant disease": (
        {"followed": np.array([True, False, True, True])},
        1,
    ),
}


@pytest.mark.parametrize("reason", BREACHES)
def test_each_rule_names_who_breaks_it(reason: str) -> None:
    changes, row = BREACHES[reason]
    found = check(small_cohort(**changes))
    assert [breach.reason for breach in found] == [reason]
    assert row in np.flatnonzero(found[0].rows)


@given(cohorts())
def test_consistent_cohorts_pass(cohort: Cohort) -> None:
    assert check(cohort) == []


def test_a_site_within_the_window_or_not_recorded_may_be_later() -> None:
    within = small_cohort(site_time=changed(0, [2.05, INF, 3, INF, INF]))
    assert check(within) == []
    assert within.found_at_presentation[0].tolist() == [True, False, False, False, False]
    some = small_cohort(site_time=changed(0, [NAN, INF, 3, INF, INF]))
    assert check(some) == []
