"""A cohort of which little is known is fitted slowly, which is said beforehand."""

from __future__ import annotations

import polars as pl

from cohorts import small_cohort
from organotropism.cli.learn_cohort import unknown_of_most

KNOWN = {
    "age": 50.0,
    "er": "positive",
    "her2": "negative",
    "grade": 2,
    "t": "T2",
    "positive_nodes": 1,
    "pr": "positive",
    "histology": "ductal",
    "detection": "screen",
    "ki67": 10.0,
}


def told(**covariates: object) -> list[str]:
    cohort = small_cohort()
    ids = [str(number) for number in range(len(cohort))]
    values = {name: [value] * len(cohort) for name, value in covariates.items()}
    return list(unknown_of_most(small_cohort(covariates=pl.DataFrame({"id": ids} | values))))


def test_what_is_unknown_of_most_patients_is_named_before_a_slow_fit() -> None:
    assert told(**KNOWN) == []
    (line,) = told(age=50.0, er="positive", her2="negative")
    assert line.startswith(
        "unknown of most patients: grade, histology, size_mm, positive_nodes, pr, detection, ki67."
    )
    assert "many times the time" in line
