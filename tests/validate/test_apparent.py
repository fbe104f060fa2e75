"""Whether a model has seen the patients is told by id and digest, whatever the names."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from cohorts import small_cohort
from followed import simulated
from organotropism.cohort import read_cohort, write_cohort
from organotropism.cohort.identity import digest
from organotropism.cohort.tabulate import tabulate
from organotropism.learn.cohort import _identity
from organotropism.process.model import Model
from organotropism.validate.apparent import apparent
from toy import toy_model


def learnt_from(**learnt: Any) -> Model:
    return replace(toy_model(), provenance={"learnt_from": learnt})


def test_a_renamed_training_cohort_is_known_again_and_a_namesake_is_not() -> None:
    cohort = replace(simulated(300), cohort_id="a1")
    identity = _identity(tabulate(cohort))
    assert identity == {"cohort_id": "a1", "digest": digest(cohort)}
    model = learnt_from(cohort="simulated", **identity)
    renamed = replace(cohort, name="hospital", cohort_id="another import").take(np.arange(300)[::-1])
    found = apparent(model, renamed)
    assert found is not None and found.kind == "yes"
    namesake = replace(simulated(300, seed=8), cohort_id="b2")
    assert namesake.name == cohort.name
    assert apparent(model, namesake) is None


def test_a_subset_inherits_the_id() -> None:
    cohort = replace(simulated(300), cohort_id="a1")
    part = replace(cohort.take(np.arange(150)), name="test half")
    assert part.cohort_id == "a1"
    found = apparent(learnt_from(cohort="simulated", **_identity(tabulate(cohort))), part)
    assert found is not None and found.kind == "in part"


def test_what_the_prior_was_learnt_from_counts() -> None:
    cohort = replace(simulated(300), cohort_id="a1")
    prior = {"learnt_from": {"cohort": "first", **_identity(tabulate(cohort))}}
    later = {"cohort": "second", "digest": "sha256:0", "cohort_id": "c3"}
    model = replace(toy_model(), provenance={"learnt_from": later, "prior_provenance": prior})
    found = apparent(model, cohort)
    assert found is not None and found.kind == "yes" and "first" in found.why


def test_without_a_digest_it_is_only_suspected() -> None:
    cohort = simulated(300)
    sets = int((cohort.presented & ~cohort.stage_iv & cohort.sites_recorded).sum())
    alike = apparent(learnt_from(cohort="elsewhere", patients=300, sets_found=sets), cohort)
    assert alike is not None and alike.kind == "perhaps"
    namesake = apparent(learnt_from(cohort="simulated", patients=299, sets_found=sets), cohort)
    assert namesake is not None and namesake.kind == "perhaps"
    assert apparent(learnt_from(cohort="elsewhere", patients=299, sets_found=sets), cohort) is None
    assert apparent(toy_model(), cohort) is None


def test_digest_is_of_the_patients_and_holds_none_of_them(tmp_path) -> None:
    cohort = small_cohort(cohort_id="a1")
    own = digest(cohort)
    other_labels = cohort.covariates.with_columns(id=pl.Series(["1", "2", "3", "4"]))
    assert digest(replace(cohort, covariates=other_labels, name="x", extra=None)) == own
    assert digest(cohort.take(np.array([2, 0, 3, 1]))) == own
    assert digest(replace(cohort, follow_up=cohort.follow_up + 0.01)) != own
    assert digest(cohort.take(np.arange(3))) != own
    for name in ("cohort.parquet", "cohort.csv"):
        write_cohort(cohort, tmp_path / name)
        again = read_cohort(tmp_path / name)
        assert (again.cohort_id, digest(again)) == ("a1", own)
