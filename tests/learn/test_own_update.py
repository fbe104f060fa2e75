"""Own studies move the model as a refit would, in the direction of the data and no further."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from organotropism import Model, load_model
from organotropism.errors import InputError
from organotropism.evidence.own import OwnEvidence, read_own
from organotropism.learn.literature import example_patients, learn
from organotropism.learn.own_update import updated

COLUMNS = (
    "study_id,factor,level,comparator,site,endpoint,denominator,measure,estimate,ci_low,ci_high,adjusted\n"
)


def own(estimate: float, factor: float = 1.25, study: str = "mine2026") -> OwnEvidence:
    interval = f"{estimate},{estimate / factor},{estimate * factor}"
    row = f"{study},subtype,TNBC,HR+/HER2-,brain,first_relapse,metastatic_patients,OR,{interval},yes\n"
    return read_own(COLUMNS + row, "own.csv")


def expected_log_ratio() -> float:
    return float(updated(load_model(), own(2.0)).expected[0])


def test_a_number_that_is_expected_moves_nothing_and_narrows() -> None:
    model = load_model()
    update = updated(model, own(float(np.exp(expected_log_ratio()))))
    # The table keeps four decimals of a logarithm.
    assert update.residuals[0] == pytest.approx(0, abs=1e-3)
    scale = np.sqrt(np.diag(model.covariance))
    assert np.abs((update.model.theta - model.theta) / scale).max() < 1e-3
    assert np.all(np.diag(update.model.covariance) <= np.diag(model.covariance) * (1 + 1e-9))
    assert np.diag(update.model.covariance).sum() < np.diag(model.covariance).sum()


@pytest.mark.parametrize("more", [True, False])
def test_it_moves_the_prediction_towards_the_number_and_not_past_it(more: bool) -> None:
    expected = expected_log_ratio()
    published = expected + (0.7 if more else -0.7)
    update = updated(load_model(), own(float(np.exp(published))))
    again = updated(replace(update.model, checksum=""), own(2.0, study="other2026")).expected[0]
    low, high = sorted((expected, published))
    assert low < again < high
    assert (again > expected) == more


def test_an_exact_number_weighs_more_than_a_vague_one() -> None:
    published = float(np.exp(expected_log_ratio() + 0.7))
    steps = [
        np.abs(updated(load_model(), own(published, factor)).model.theta - load_model().theta).max()
        for factor in (3.0, 1.2)
    ]
    assert steps[0] < steps[1]


def test_rows_the_model_does_not_speak_of_are_set_aside() -> None:
    text = COLUMNS + "mine,race,Black,White,brain,ever,metastatic_patients,OR,2,1,4,yes\n"
    update = updated(load_model(), read_own(text, "own.csv"))
    assert update.rows == ()
    assert update.aside[0].reason
    assert np.array_equal(update.model.theta, load_model().theta)


def test_only_the_literature_model_knows_its_spread_between_studies() -> None:
    other = replace(load_model(), provenance={})
    with pytest.raises(InputError, match="not learnt from the literature"):
        updated(other, own(2.0))


@pytest.mark.slow
def test_it_agrees_with_the_fit_to_everything() -> None:
    brought = own(4.0)
    shipped = load_model()
    quick = updated(shipped, brought).model
    full, residuals = learn(own=brought)
    assert full.name == quick.name == "literature with own evidence"
    assert [row["id"] for row in residuals if row["study"] == "mine2026"] == ["mine2026-own2"]
    # The shipped model is the fit without it, which another check of the project makes anew.
    patients = example_patients(40)

    def risks(model: Model) -> np.ndarray:
        return np.array(model.forecast(patients, (10.0,), intervals=False).rows()["risk"])

    moved, approximate = risks(full) - risks(shipped), risks(quick) - risks(shipped)
    # The refit also estimates the spread between studies and the weights of all rows anew, so the two steps
    # differ; they point the same way and agree to a third of the largest change.
    assert np.abs(moved).max() > 1e-3
    assert np.abs(moved - approximate).max() < np.abs(moved).max() / 3
