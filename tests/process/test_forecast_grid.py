"""Forecasts do not depend on the grids of time that they are computed on."""

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from organotropism.patient import Patient
from organotropism.process import pattern, progression, rate
from organotropism.process.cells import Cells
from organotropism.process.kernel import Kernel
from organotropism.process.model import Model
from organotropism.process.prepare import prepare
from organotropism.process.results import Options
from process.cases import KNOWN, fields, largest_difference, models, shaken

STEP = 1 / 12
FINE = 1 / 120
HORIZONS = (0.5, 2.0, 5.0, 10.0, 15.0)


def hazards_of(model: Model, cells: Cells) -> progression.Hazards:
    scores = pattern.scores(cells)
    effects = pattern.site_effects(model.layout, model.theta[None], scores)
    return progression.hazards(model.layout, model.theta[None], effects, cells.subtype)


# A cell's mass of presentation is set in its middle. It comes earlier than that by rate x step^2 / 12 on
# average, which misses rate x gain x step^2 / 12 of P(site found), and bending of the course within the cell
# misses exit x gain x step^2 / 24 at most, with the hazards of presenting, of a further site and of leaving
# a set. The kernel shortens the cells where the rate is above 1 per year, so 1e-4 holds for every patient.
@settings(max_examples=40)
@given(models(), fields(most_unknown=1), st.sampled_from([0.0, 2.2]))
def test_error_of_the_time_grid(model: Model, stated: dict[str, Any], start: float) -> None:
    cells, rows = prepare(model, [Patient(**stated)], Options())
    fastest = float(np.exp(rate.log_hazard(model.layout, model.theta[None], rows)).max())
    after = hazards_of(model, cells)
    gain = np.exp(after.gain + np.maximum(after.several, 0.0)[:, None, None])
    death = np.exp(after.death[:, None] + after.death_by_set[..., None]).max()
    bound = gain.max() * (2 * fastest + gain.sum(1).max() + death) * STEP**2 / 24
    coarse, fine = (
        Kernel(model.layout, cells, rows, start, HORIZONS, model.window_years, step).risks(model.theta[None])
        for step in (STEP, FINE)
    )
    error = largest_difference(coarse, fine)
    # Runge-Kutta and interpolation add what the next tests bound.
    assert error <= bound + 1e-6
    assert error <= 1e-4


# Only `ever` depends on the grid: all else is in closed form.
@settings(max_examples=20)
@given(models(), fields(most_unknown=1))
def test_everything_but_ever_is_exact(model: Model, stated: dict[str, Any]) -> None:
    cells, rows = prepare(model, [Patient(**stated)], Options())
    coarse, fine = (
        Kernel(model.layout, cells, rows, 0.0, HORIZONS, model.window_years, step).risks(model.theta[None])
        for step in (1.0, FINE)
    )
    for name in ("any", "first", "only", "given", "several"):
        np.testing.assert_allclose(getattr(coarse, name), getattr(fine, name), rtol=0, atol=1e-12)


def course_of(
    model: Model, cells: Cells, step: float, exit_per_step: float = progression.EXIT_PER_STEP
) -> progression.Course:
    hazards = hazards_of(model, cells)
    start = pattern.probabilities(model.layout, model.theta[None], pattern.scores(cells))[0]
    membership = model.layout.sets.membership
    times = (0.0, 20.0)
    return progression.course(
        model.layout, hazards, start, membership, times, model.window_years, step, exit_per_step
    )


TIMES = np.linspace(0.0, 20.0, 401)


# Interpolation by cubics leaves gain x exit^3 x interval^4 / 384, with the hazards of a site and of leaving
# a set: 8e-5 for the fastest of these (.5 and 1 per year) over the longest interval while patients are many
# (half a year; it is a quarter in the first year, when hazards are higher, and one after the sixth).
@settings(max_examples=15)
@given(models(sd=0.1), fields(most_unknown=0))
def test_course_does_not_depend_on_its_nodes(model: Model, stated: dict[str, Any]) -> None:
    cells, _ = prepare(model, [Patient(**stated)], Options())
    coarse, fine = (course_of(model, cells, step).at(TIMES) for step in (0.5, 0.05))
    assert np.abs(coarse - fine).max() < 1e-4


# The classical Runge-Kutta scheme leaves (exit x step)^5 / 120 in each step; with exit x step below .35 and
# at most all alive the sum stays below .35^4 / 120 = 1.3e-4 times P(a further site), which is below .8.
@settings(max_examples=15)
@given(models(), fields(most_unknown=0))
def test_course_does_not_depend_on_the_steps_between_nodes(model: Model, stated: dict[str, Any]) -> None:
    cells, _ = prepare(model, [Patient(**stated)], Options())
    coarse, fine = course_of(model, cells, 0.5), finely_stepped(model, cells)
    assert np.abs(coarse.value - fine.value).max() < 1e-4
    np.testing.assert_allclose(coarse.living, fine.living, rtol=0, atol=1e-4)


def finely_stepped(model: Model, cells: Cells) -> progression.Course:
    return course_of(model, cells, 0.5, progression.EXIT_PER_STEP / 10)


def test_steps_are_shorter_where_hazards_are_higher() -> None:
    model = shaken(1, sd=0.0)
    model.theta[model.layout.slices["progression.level"]] += np.log(20.0)
    cells, _ = prepare(model, [Patient(**KNOWN)], Options())
    coarse, fine = course_of(model, cells, 0.5), finely_stepped(model, cells)
    error = np.abs(coarse.value - fine.value).max()
    assert 0 < error < 1e-4


def test_extreme_hazards_neither_hang_nor_break() -> None:
    # A cohort too small for its coefficients can put hazards at millions a year: what follows is certain.
    model = shaken(1, sd=0.0)
    model.theta[model.layout.slices["progression.level"]] = 15.0
    cells, _ = prepare(model, [Patient(**KNOWN)], Options())
    course = course_of(model, cells, 0.5)
    # Within a year every site was found but in those who had died; deaths are below one in four.
    np.testing.assert_allclose(course.at(np.array([1.0])), 1.0, atol=0.25)
    assert np.isfinite(course.value).all()
    assert (course.living <= 1).all()
    # Shares that no longer change differ by rounding, some 1e-16.
    assert (np.diff(course.value, axis=1) >= -1e-12).all()
