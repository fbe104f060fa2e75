"""Least squares for measurements that share studies: closed forms, coverage, outliers."""

from __future__ import annotations

import numpy as np
import pytest

from organotropism.learn.expected import predict_and_differentiate
from organotropism.learn.fit import (
    FAMILIES,
    Choices,
    Linear,
    intercept_columns,
    intercept_sd,
)
from organotropism.learn.literature import measurements
from organotropism.learn.prior import prior
from organotropism.learn.update import accelerated
from toy import toy_model

TAU = {"rate": 0.15, "site": 0.25, "death": 0.2}
CHOICES = Choices(robust=False)


@pytest.fixture(scope="module")
def problem() -> Linear:
    """The rows on shares at presentation, linearised at the toy model."""
    source = measurements()
    rows = [m for m in source.rows if m.kind in ("share", "share_at_diagnosis")]
    theta = toy_model().theta
    _, jacobian = predict_and_differentiate(source.layout, source.reference, theta, rows)
    mean, covariance = prior(source.layout)
    columns = intercept_columns(source.layout, rows, jacobian)
    return Linear(rows, np.zeros(len(rows)), jacobian, columns, CHOICES, mean, covariance)


def draw(problem: Linear, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients from the prior and rows from the model with explicit random effects."""
    theta = rng.multivariate_normal(problem.prior_mean, problem.prior_covariance)
    y = problem.jacobian @ theta
    for key, column in problem.columns.items():
        y = y + column * rng.normal(0, intercept_sd(key, CHOICES))
    deviation: dict[tuple[str, ...], float] = {}
    for i, m in enumerate(problem.rows):
        y[i] += deviation.setdefault(m.effect, rng.normal(0, TAU[m.family])) + rng.normal(0, m.se)
    return theta, y


def at(problem: Linear, target: np.ndarray, choices: Choices = CHOICES) -> Linear:
    """The same problem with other data."""
    return Linear(
        problem.rows,
        target,
        problem.jacobian,
        problem.columns,
        choices,
        problem.prior_mean,
        problem.prior_covariance,
    )


def test_intervals_cover_the_truth(problem: Linear) -> None:
    """95 % intervals of all coefficients hold the truth in 94-96 % of simulated literatures.

    200 literatures of 104 coefficients; those that the rows inform are correlated, so the Monte
    Carlo error of the mean coverage is about .3 %.
    """
    rng = np.random.default_rng(11)
    precision = np.linalg.inv(problem.prior_covariance)
    covered = []
    for _ in range(200):
        theta, y = draw(problem, rng)
        estimate, covariance = at(problem, y).solve(TAU, np.ones(len(y)), precision)
        covered.append(np.abs(estimate - theta) <= 1.959964 * np.sqrt(np.diag(covariance)))
    assert 0.94 < np.mean(covered) < 0.96


def test_the_data_move_what_they_speak_of(problem: Linear) -> None:
    """Posterior SD shrinks for subtype effects, stays the prior's where the rows are silent."""
    _, covariance = problem.solve(TAU, np.ones(len(problem.rows)), np.linalg.inv(problem.prior_covariance))
    names = toy_model().layout.names
    shrunk = np.sqrt(np.diag(covariance) / np.diag(problem.prior_covariance))
    assert shrunk[names.index("pattern.effects[TNBC, bone]")] < 0.6
    assert shrunk[names.index("death.liver")] == pytest.approx(1)


def test_spread_between_studies_is_recovered(problem: Linear) -> None:
    """Mean estimate of tau over 30 literatures, true .25; the half-normal prior pulls a little."""
    rng = np.random.default_rng(5)
    start = dict.fromkeys(FAMILIES, 0.2)
    found = [
        at(problem, draw(problem, rng)[1]).best_tau(start, np.ones(len(problem.rows)))["site"]
        for _ in range(30)
    ]
    # one estimate has a standard error near .06, the mean of 30 near .011
    assert np.mean(found) == pytest.approx(0.25, abs=0.035)


def test_a_row_far_out_loses_weight(problem: Linear) -> None:
    """An error of three in one log odds: its weight falls below one half, most others stay near 1."""
    rng = np.random.default_rng(2)
    _, y = draw(problem, rng)
    y[10] += 5.0
    robust = at(problem, y, Choices(robust=True))
    _, weights, _, _ = robust.settle(TAU, np.ones(len(y)), np.linalg.inv(problem.prior_covariance))
    assert weights[10] < 0.5
    assert np.median(weights) > 0.9


def test_rows_of_one_study_and_contrast_do_not_add_up(problem: Linear) -> None:
    """Repeating a row of one overlap group cannot push the error below the shared spread."""
    i = next(i for i, m in enumerate(problem.rows) if m.id == "c023")
    rows = [problem.rows[i]] * 50
    jacobian = np.repeat(problem.jacobian[[i]], 50, axis=0)
    columns = intercept_columns(toy_model().layout, rows, jacobian)
    many = Linear(
        rows, np.zeros(50), jacobian, columns, CHOICES, problem.prior_mean, problem.prior_covariance
    )
    noise = many.noise(TAU, np.ones(50))
    information = np.ones(50) @ np.linalg.solve(noise, np.ones(50))
    assert 1 / information > TAU["site"] ** 2


def test_acceleration_finds_the_fixed_point_of_a_linear_map() -> None:
    """A map with ratios -.9 and .5 alternates for long; three steps of memory solve it exactly."""
    matrix, goal = np.diag([-0.9, 0.5]), np.array([2.0, -1.0])
    x, past = np.zeros(2), []
    for _ in range(4):
        image = goal + matrix @ (x - goal)
        past.append((image - x, image))
        x = accelerated(past)
    assert x == pytest.approx(goal, abs=1e-9)
