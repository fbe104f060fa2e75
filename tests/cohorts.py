"""Cohorts for tests: small, and with everything that can be missing."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from hypothesis import strategies as st

from organotropism.cohort import Cohort
from organotropism.vocabulary import SITES

#: Bone at 2 years and liver at 3; free; stage IV at brain; relapse whose sites nobody recorded.
DISTANT = (2.0, np.inf, 0.0, 1.0)
SITE_TIMES = (
    (2.0, np.inf, 3.0, np.inf, np.inf),
    (np.inf,) * 5,
    (np.inf, np.inf, np.inf, 0.0, np.inf),
    (np.nan,) * 5,
)


def small_cohort(**changes: Any) -> Cohort:
    """Four patients; `changes` replace fields."""
    fields: dict[str, Any] = {
        "name": "four",
        "covariates": pl.DataFrame(
            {
                "id": ["a", "b", "c", "d"],
                "age": [50.5, None, 70.0, 44.0],
                "er": ["positive", "negative", None, None],
                "grade": [1, 2, 3, None],
                "radiotherapy": [True, False, None, True],
            }
        ),
        "sites": tuple(str(site) for site in SITES),
        "entry": np.array([0.0, 0.0, 0.0, 0.5]),
        "follow_up": np.array([8.0, 10.0, 0.0, 4.0]),
        "died": np.array([True, False, False, True]),
        "distant": np.array(DISTANT),
        "site_time": np.array(SITE_TIMES),
        "followed": np.ones(4, bool),
        "extra": pl.DataFrame({"centre": ["x", None, "y", "x"]}),
    }
    return Cohort(**fields | changes)


def same(a: Cohort, b: Cohort) -> bool:
    """Whether two cohorts are equal in everything, NaN equal to NaN."""
    arrays = ("entry", "follow_up", "died", "distant", "site_time", "followed")
    extra = a.extra is None if b.extra is None else a.extra is not None and a.extra.equals(b.extra)
    return (
        (a.name, a.sites, a.window_years) == (b.name, b.sites, b.window_years)
        and a.covariates.equals(b.covariates)
        and extra
        and all(np.array_equal(getattr(a, name), getattr(b, name), equal_nan=True) for name in arrays)
    )


@st.composite
def cohorts(draw: st.DrawFn) -> Cohort:
    """Consistent cohorts of 1 to 8 patients, with sites in every state."""
    n = draw(st.integers(1, 8))
    end = np.array(draw(st.lists(st.floats(0.01, 30), min_size=n, max_size=n)))
    state = draw(st.lists(st.sampled_from(["free", "found", "unknown", "stage IV"]), min_size=n, max_size=n))
    part = np.array(draw(st.lists(st.floats(0.01, 1), min_size=n, max_size=n)))
    site = np.array(draw(st.lists(st.integers(0, 4), min_size=n, max_size=n)))
    distant = np.full(n, np.inf)
    times = np.full((n, 5), np.inf)
    for i, kind in enumerate(state):
        if kind == "found":
            distant[i] = times[i, site[i]] = end[i] * part[i]
        elif kind == "stage IV":
            distant[i] = times[i, site[i]] = 0.0
        elif kind == "unknown":
            distant[i], times[i] = np.nan, np.nan
    age = st.none() | st.floats(18, 110)
    ids = draw(
        st.lists(st.text("abc é,\"'\n;#0", min_size=1, max_size=6), min_size=n, max_size=n, unique=True)
    )
    return Cohort(
        name=draw(st.text(min_size=1, max_size=5).filter(str.isprintable)),
        covariates=pl.DataFrame(
            {
                "id": pl.Series(ids, dtype=pl.String),
                "age": pl.Series(draw(st.lists(age, min_size=n, max_size=n)), dtype=pl.Float64),
            }
        ),
        sites=tuple(str(name) for name in SITES),
        entry=np.zeros(n),
        follow_up=end,
        died=np.array(draw(st.lists(st.booleans(), min_size=n, max_size=n))),
        distant=distant,
        site_time=times,
        followed=np.ones(n, bool),
        window_years=draw(st.floats(0.01, 0.3)),
    )
