"""Descriptions against what R's packages print of the same patients."""

import json
from pathlib import Path

import numpy as np
import pytest

from cohorts import small_cohort
from organotropism.describe.baseline import category_difference, mean_difference, number_difference
from organotropism.describe.curves import gray
from organotropism.describe.follow_up import quantile_time
from organotropism.describe.groups import Groups
from organotropism.describe.intervals import at_times, greenwood, incidence_of, log_log_bands, wilson
from organotropism.validate.counting import Clock
from organotropism.validate.outcome import Outcome

pytestmark = pytest.mark.oracle
ORACLES = Path(__file__).resolve().parent.parent / "oracles"
GIVEN = json.loads((ORACLES / "describe_input.json").read_text(encoding="utf-8"))
R = json.loads((ORACLES / "describe.json").read_text(encoding="utf-8"))
TIME, KIND, ENTRY, GROUP = (np.array(GIVEN[name]) for name in ("time", "kind", "entry", "group"))
GRID = np.array(GIVEN["horizons"])
# The same sums in another order of double precision numbers.
CLOSE = {"rtol": 1e-9, "atol": 1e-12}


def clock(kind: np.ndarray, entry: np.ndarray) -> Clock:
    return Clock(Outcome("bone", np.arange(len(kind)), entry, TIME, kind, np.ones(len(kind))))


def test_incidence_with_late_entry_and_its_variance() -> None:
    own = clock(KIND, ENTRY)
    found = incidence_of(own)
    event = at_times(own.times, found.event[0], GRID, 0.0)
    free = at_times(own.times, found.free[0], GRID, 1.0)
    np.testing.assert_allclose(event, R["event"], **CLOSE)
    np.testing.assert_allclose(1 - free - event, R["death"], **CLOSE)
    np.testing.assert_allclose(at_times(own.times, greenwood(own), GRID, 0.0), R["variance"], **CLOSE)


def test_survival_with_its_interval_and_quantiles() -> None:
    own = clock((KIND == 2).astype(int), np.zeros(len(KIND)))
    dead = incidence_of(own).event[0]
    low, high = log_log_bands(dead, np.sqrt(greenwood(own)))
    for name, values in (("value", 1 - dead), ("low", 1 - high), ("high", 1 - low)):
        np.testing.assert_allclose(at_times(own.times, values, GRID, 1.0), R["survival"][name], **CLOSE)
    ends = [own.times[np.flatnonzero(np.nan_to_num(band) >= 0.25)[:1]] for band in (high, low)]
    found = [quantile_time(own, 0.25), *(float(end[0]) if len(end) else None for end in ends)]
    assert found == [pytest.approx(value) for value in R["survival"]["lower_quartile"]]


def test_reverse_kaplan_meier() -> None:
    own = clock((KIND != 2).astype(int), ENTRY)
    np.testing.assert_allclose([quantile_time(own, q) for q in (0.25, 0.5, 0.75)], R["reverse"], **CLOSE)


def test_gray() -> None:
    pytest.importorskip("comprisk")
    cohort = small_cohort(entry=np.zeros(4))
    everyone = Outcome("bone", np.zeros(len(KIND), int), np.zeros(len(KIND)), TIME, KIND, np.ones(len(KIND)))
    found = gray(cohort, everyone, Groups("group", ("a", "b", "c"), GROUP, 3))
    assert found["df"] == R["gray"]["df"]
    # The matrix of the test is inverted in another way.
    assert found["statistic"] == pytest.approx(R["gray"]["statistic"], rel=1e-6)
    assert found["p_value"] == pytest.approx(R["gray"]["p_value"], rel=1e-6)


def test_wilson() -> None:
    np.testing.assert_allclose([wilson(*pair) for pair in GIVEN["counts"]], R["wilson"], **CLOSE)


def test_standardised_differences() -> None:
    size, grade = np.array(GIVEN["size"]), np.array(GIVEN["grade"])
    pairs = [(0, 1), (0, 2), (1, 2)]
    sizes = [number_difference(size[a == GROUP], size[b == GROUP]) for a, b in pairs]
    counts = [np.bincount(grade[g == GROUP], minlength=4)[1:] for g in range(3)]
    grades = [category_difference(counts[a], counts[b]) for a, b in pairs]
    assert mean_difference(sizes) == pytest.approx(R["size_difference"], rel=1e-9)
    assert mean_difference(grades) == pytest.approx(R["grade_difference"], rel=1e-9)
