"""Own studies move the model as the step of the fit would, towards their numbers and no further."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from organotropism import load_model
from organotropism.errors import InputError
from organotropism.evidence.own import OwnEvidence, read_own
from organotropism.learn.expected import predict_and_differentiate
from organotropism.learn.fit import FAMILIES, Choices, Linear, intercept_columns
from organotropism.learn.literature import measurements
from organotropism.learn.measurement import Measurement
from organotropism.learn.own_update import solved, updated
from organotropism.learn.prior import prior

COLUMNS = (
    "study_id,factor,level,comparator,site,endpoint,denominator,measure,estimate,ci_low,ci_high,adjusted\n"
)


def own(estimate: float, factor: float = 1.25, study: str = "mine2026") -> OwnEvidence:
    interval = f"{estimate},{estimate / factor},{estimate * factor}"
    row = f"{study},subtype,TNBC,HR+/HER2-,brain,first_relapse,metastatic_patients,OR,{interval},yes\n"
    return read_own(COLUMNS + row, "own.csv")


def expected_log_ratio() -> float:
    return float(updated(load_model("literature"), own(2.0)).expected[0])


def test_a_number_that_is_expected_moves_nothing_and_narrows() -> None:
    model = load_model("literature")
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
    update = updated(load_model("literature"), own(float(np.exp(published))))
    again = updated(replace(update.model, checksum=""), own(2.0, study="other2026")).expected[0]
    low, high = sorted((expected, published))
    assert low < again < high
    assert (again > expected) == more


def test_an_exact_number_weighs_more_than_a_vague_one() -> None:
    published = float(np.exp(expected_log_ratio() + 0.7))
    steps = [
        np.abs(
            updated(load_model("literature"), own(published, factor)).model.theta
            - load_model("literature").theta
        ).max()
        for factor in (3.0, 1.2)
    ]
    assert steps[0] < steps[1]


def test_rows_the_model_does_not_speak_of_are_set_aside() -> None:
    text = COLUMNS + "mine,race,Black,White,brain,ever,metastatic_patients,OR,2,1,4,yes\n"
    update = updated(load_model("literature"), read_own(text, "own.csv"))
    assert update.rows == ()
    assert update.aside[0].reason
    assert np.array_equal(update.model.theta, load_model("literature").theta)


def test_only_the_literature_model_knows_its_spread_between_studies() -> None:
    other = replace(load_model("literature"), provenance={})
    with pytest.raises(InputError, match="not learnt from the literature"):
        updated(other, own(2.0))


def test_it_is_the_last_step_of_the_fit_with_the_further_rows() -> None:
    """Rows of other patients, added to the step of the fit or afterwards to its result, give the same."""
    model, source, choices = load_model("literature"), measurements(), Choices(robust=False)
    # Effects of disease at diagnosis are shared by all studies, a level of the rate by all single hospitals,
    # and one of death by all women diagnosed before 2005: the further rows are of none of these.
    rows = [row for row in source.rows if not row.de_novo]
    first = [row for row in rows if row.kind == "share"][:40]
    groups = {row.group for row in first}
    further = [row for row in rows if row.population_based and row.year >= 2005]
    further = [row for row in further if row.group not in groups][:20]
    assert len(further) >= 5
    tau = dict.fromkeys(FAMILIES, 0.2)
    mean, spread = prior(model.layout)
    precision = np.linalg.inv(spread)

    def linear(part: list[Measurement]) -> Linear:
        fitted, jacobian = predict_and_differentiate(model.layout, source.reference, model.theta, part)
        target = np.array([row.value for row in part]) - fitted + jacobian @ model.theta
        columns = intercept_columns(model.layout, part, jacobian)
        return Linear(part, target, jacobian, columns, choices, mean, spread)

    theta, covariance = linear([*first, *further]).solve(tau, np.ones(len(first) + len(further)), precision)
    before, before_covariance = linear(first).solve(tau, np.ones(len(first)), precision)
    last = linear(further)
    noise = last.noise(tau, np.ones(len(further)))
    step, after_covariance = solved(
        before_covariance, last.jacobian, noise, last.target - last.jacobian @ before
    )
    scale = np.sqrt(np.diag(covariance))
    # Two ways through matrices with condition numbers near 1e6 agree to some 1e-10 of a standard deviation.
    assert np.abs((before + step - theta) / scale).max() < 1e-7
    assert np.abs((after_covariance - covariance) / np.outer(scale, scale)).max() < 1e-7


CONTRASTS = [
    *(("grade", "3", "1-2"), ("t_category", "T4", "T1-T2"), ("t_category", "T3", "T1")),
    *(("n_category", "N3", "N0"), ("n_category", ">=10 nodes", "1-3 nodes"), ("age", ">=70", "50-69")),
    *(("tumour_size", ">5 cm", "<=2 cm"), ("stage", "III", "I"), ("histology", "lobular", "ductal")),
    *(("er", "negative", "positive"), ("pr", "negative", "positive"), ("her2", "positive", "negative")),
]


def test_every_contrast_of_the_vocabulary_is_used() -> None:
    lines = [
        f"mine,{factor},{level},{comparator},any_distant,first_relapse,all_patients,HR,1.6,1.3,1.97,yes\n"
        for factor, level, comparator in CONTRASTS
    ]
    update = updated(load_model("literature"), read_own(COLUMNS + "".join(lines), "own.csv"))
    assert update.aside == ()
    assert [(row.factor, row.level, row.comparator) for row in update.rows] == CONTRASTS
    assert np.isfinite(update.expected).all()
    # What the model knows of each: none of the contrasts is empty.
    assert (np.abs(update.expected) > 1e-3).all()


def test_levels_that_the_population_does_not_tell_apart_are_no_contrast() -> None:
    text = COLUMNS + "mine,t_category,T3-T4,T3,any_distant,first_relapse,all_patients,HR,1.6,1.3,1.97,yes\n"
    update = updated(load_model("literature"), read_own(text, "own.csv"))
    assert update.rows == ()
    assert "not a contrast" in update.aside[0].reason
