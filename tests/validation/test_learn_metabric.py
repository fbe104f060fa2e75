"""What the project requires of learning from METABRIC, on patients left out of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import learning_study as study
from organotropism import load_model
from organotropism.cohort import Cohort
from organotropism.cohort.mapping import read_mapping
from organotropism.cohort.table import import_table
from organotropism.learn.default import NOTICE

pytestmark = pytest.mark.slow
MAPPING = Path(__file__).resolve().parents[2] / "examples" / "metabric.toml"
Held = dict[str, study.HeldOut]


@pytest.fixture(scope="module")
def cohort(shared: Path) -> Cohort:
    """METABRIC through the shipped mapping."""
    read = import_table(shared / "data" / "metabric" / "clinical_relapse.tsv", read_mapping(MAPPING)).cohort
    assert read is not None
    return read


@pytest.fixture(scope="module")
def held(cohort: Cohort) -> Held:
    """Predictions of five folds."""
    return study.cross_validate(cohort, load_model("literature"))


def test_discrimination_is_not_below_the_literature(cohort: Cohort, held: Held) -> None:
    """AUC at least that of the literature less .005, every site and horizon."""
    literature, both = (study.scores(cohort, held[name]) for name in ("literature", "both"))
    short = {
        (site, t): (both[site][t]["auc"], literature[site][t]["auc"])
        for site in both
        for t in both[site]
        if both[site][t]["auc"] < literature[site][t]["auc"] - 0.005
    }
    assert not short


def test_whole_courses_are_foreseen_better_than_by_either_alone(held: Held) -> None:
    density = {name: found.density.mean() for name, found in held.items()}
    assert density["both"] > density["literature"]
    assert density["both"] > density["alone"]


def test_observed_over_expected_of_the_metabric_model(cohort: Cohort) -> None:
    model = load_model("metabric")
    found = study.HeldOut(study.risks(model, cohort), np.zeros(len(cohort)))
    ratios = {(s, t): v["o_e"] for s, by in study.scores(cohort, found).items() for t, v in by.items()}
    # The risks are means over the coefficients: above the mode, the more the rarer a site is (brain).
    assert all(0.8 <= ratio <= 1.1 for ratio in ratios.values()), ratios


@pytest.mark.parametrize("fraction", [0.05, 0.25])
def test_the_prior_helps_a_small_cohort(cohort: Cohort, fraction: float) -> None:
    """Better log score than the cohort alone, for every site (mean of 5 and 10 years)."""
    found = study.cross_validate(cohort, load_model("literature"), fraction, models=("alone", "both"))
    assert found["both"].density.mean() > found["alone"].density.mean()
    by_model = {name: study.scores(cohort, value) for name, value in found.items()}
    for site in cohort.sites:
        alone, both = (
            np.mean([by_model[name][site][t]["log_score"] for t in ("5", "10")]) for name in ("alone", "both")
        )
        assert both > alone, site


def test_the_shipped_models_carry_the_notice_and_no_patient() -> None:
    for name in ("default", "metabric"):
        model = load_model(name)
        assert model.provenance["notice"] == NOTICE
        assert model.provenance["holds_no_patient_data"] is True
        assert load_model("literature").layout == model.layout
