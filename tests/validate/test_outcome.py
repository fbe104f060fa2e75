"""Who is looked at for which outcome, and from when."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from organotropism.cohort import Cohort
from organotropism.validate.late_entry import entry_weights
from organotropism.validate.outcome import ANY, CENSORED, DEATH, EVENT, outcome_of, without_rows

INF, NAN = np.inf, np.nan
#: distant, bone, lung, follow-up, died, entry, followed
PATIENTS = {
    "bone then lung": (2.0, 2.0, 3.0, 5.0, True, 0.0, True),
    "lung at the end of follow-up": (5.0, INF, 5.0, 5.0, False, 0.0, True),
    "died free": (INF, INF, INF, 4.0, True, 0.0, True),
    "free": (INF, INF, INF, 9.0, False, 0.0, True),
    "stage IV": (0.0, 0.0, INF, 3.0, True, 0.0, True),
    "of a metastatic series": (2.0, 2.0, INF, 3.0, True, 0.0, False),
    "sites not recorded": (2.0, NAN, NAN, 3.0, True, 0.0, True),
    "relapse not recorded": (NAN, NAN, NAN, 3.0, True, 0.0, True),
    "seen late": (INF, INF, INF, 9.0, False, 6.0, True),
    "no follow-up": (INF, INF, INF, 0.0, False, 0.0, True),
}


@pytest.fixture
def cohort() -> Cohort:
    columns = np.array([values for values in PATIENTS.values()], float).T
    distant, bone, lung, follow_up, died, entry, followed = columns
    return Cohort(
        "by hand",
        pl.DataFrame({"id": list(PATIENTS), "er": ["positive"] * len(PATIENTS)}),
        ("bone", "lung"),
        entry,
        follow_up,
        died > 0,
        distant,
        np.stack([bone, lung], axis=1),
        followed > 0,
    )


def seen(cohort: Cohort, name: str, landmark: float = 0.0) -> dict[str, tuple[float, int]]:
    found = outcome_of(cohort, name, landmark)
    names = cohort.covariates["id"].to_list()
    assert (found.entry == 0).all()
    parts = zip(found.rows, found.time, found.kind, strict=True)
    return {names[row]: (float(time), int(kind)) for row, time, kind in parts}


def test_any(cohort: Cohort) -> None:
    assert seen(cohort, ANY) == {
        "bone then lung": (2.0, EVENT),
        "lung at the end of follow-up": (5.0, EVENT),
        "died free": (4.0, DEATH),
        "free": (9.0, CENSORED),
        "sites not recorded": (2.0, EVENT),
        "seen late": (9.0, CENSORED),
    }


def test_a_site_found_later_counts_and_death_after_another_site_competes(cohort: Cohort) -> None:
    assert seen(cohort, "lung") == {
        "bone then lung": (3.0, EVENT),
        "lung at the end of follow-up": (5.0, EVENT),
        "died free": (4.0, DEATH),
        "free": (9.0, CENSORED),
        "seen late": (9.0, CENSORED),
    }
    assert seen(cohort, "bone")["lung at the end of follow-up"] == (5.0, CENSORED)


def test_landmark_keeps_who_is_free_and_counts_from_there(cohort: Cohort) -> None:
    assert seen(cohort, ANY, 4.0) == {
        "lung at the end of follow-up": (1.0, EVENT),
        "free": (5.0, CENSORED),
        "seen late": (5.0, CENSORED),
    }
    # Free of bone but not of distant disease: no longer a patient free of distant disease.
    assert "bone then lung" not in seen(cohort, "lung", 2.5)


def test_rows_without_predictions_are_left_out(cohort: Cohort) -> None:
    missing = np.array([name == "free" for name in PATIENTS])
    kept = without_rows(outcome_of(cohort, ANY), missing)
    assert [list(PATIENTS)[row] for row in kept.rows] == [
        name for name in seen(cohort, ANY) if name != "free"
    ]


def test_late_entry_becomes_weights() -> None:
    """Two from the start, leaving at .5 and 2; one entered at 1. Of the two there just after 1 one is new.

    So half had entered before 1: who left before that stands for two.
    """
    weight = entry_weights(np.array([0.0, 0.0, 1.0]), np.array([0.5, 2.0, 4.0]))
    assert weight == pytest.approx(np.array([2.0, 1.0, 1.0]) / (4 / 3))


def test_nobody_late_nobody_weighted(cohort: Cohort) -> None:
    early = cohort.take(cohort.entry == 0)
    assert (outcome_of(early, "lung").weight == 1).all()
    assert np.ptp(outcome_of(cohort, "lung").weight) > 0
