"""Simulated courses: their own rules; that they agree with the forecasts, tests/process shows."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from organotropism.cohort import Simulated, simulate
from organotropism.cohort.simulate import PATIENTS_AT_ONCE
from organotropism.errors import InputError
from organotropism.patient import Patient
from organotropism.process.layout import Layout
from organotropism.process.model import Model
from toy import toy_model

WINDOW = 30 / 365.25
TNBC = Patient(er="negative", pr="negative", her2="negative", age=45, grade=3, size_mm=40, positive_nodes=6)
LUMINAL = Patient(er="positive", her2="negative", grade=1)


def constant(rate: float, death: float, gain: float, burden: float = 0.0) -> Model:
    """Two sites, found together or alone equally often, and hazards per year that never change."""
    toy = toy_model()
    layout = Layout(("bone", "skin"))
    theta = np.zeros(layout.size)
    values = {"rate.level": rate, "death.level": death, "progression.level": gain}
    for block, value in values.items():
        theta[layout.slices[block]] = np.log(value)
    theta[layout.slices["progression.several"]] = burden
    return replace(
        toy, layout=layout, theta=theta, covariance=np.eye(layout.size), between=(), support={}, baselines={}
    )


def same(a: Simulated, b: Simulated) -> bool:
    return all(np.array_equal(getattr(a, name), getattr(b, name)) for name in Simulated.__dataclass_fields__)


def test_the_seed_decides() -> None:
    patients = [TNBC, LUMINAL] * 50
    first = simulate(toy_model(), patients, seed=1)
    assert same(first, simulate(toy_model(), patients, seed=1))
    assert not same(first, simulate(toy_model(), patients, seed=2))


@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1), st.sampled_from([20.0, 7.5]))
def test_courses_keep_the_order_of_events(seed: int, years: float) -> None:
    courses = simulate(toy_model(), [TNBC, LUMINAL] * 300, seed, years)
    assert courses.site_time.shape == courses.at_presentation.shape == (600, 5)
    presents = np.isfinite(courses.any_time)
    assert 0 < presents.sum() < 600
    assert np.array_equal(courses.at_presentation.any(1), presents)
    np.testing.assert_array_equal(courses.site_time.min(1), courses.any_time)
    np.testing.assert_array_equal(
        courses.at_presentation, (courses.site_time == courses.any_time[:, None]) & presents[:, None]
    )
    later = np.isfinite(courses.site_time) & ~courses.at_presentation
    gap = (courses.site_time - np.where(presents, courses.any_time, 0.0)[:, None])[later]
    assert np.all(gap >= WINDOW - 1e-12)
    for time in (courses.any_time[:, None], courses.site_time):
        found = np.isfinite(time)
        assert np.all((time < courses.death_time[:, None]) | ~found)
        assert np.all((time > 0) & (time[found].max() <= years))
    died = courses.death_time[np.isfinite(courses.death_time)]
    assert 0 < died.min() < died.max() <= years


def test_a_shorter_observation_leaves_out_what_comes_later() -> None:
    whole = simulate(toy_model(), [TNBC] * 500, seed=3)
    short = simulate(toy_model(), [TNBC] * 500, seed=3, years=4.0)
    for name in ("any_time", "site_time", "death_time"):
        time = getattr(whole, name)
        np.testing.assert_array_equal(getattr(short, name), np.where(time <= 4.0, time, np.inf))


# 40,000 courses: frequencies are off by 4 standard errors, .01 at most, with probability 6e-5 each.
def test_constant_hazards_give_exponential_times() -> None:
    model = constant(rate=0.3, death=0.5, gain=0.2)
    theta = model.theta.copy()
    # No index, no effects: the rate is its level, whoever the patient.
    courses = simulate(replace(model, theta=theta), [Patient(subtype="HR+/HER2-", age=30)] * 40_000, seed=4)
    other_death = 0.005  # at thirty, over the first years
    for years in (1.0, 3.0):
        expected = 0.3 / (0.3 + other_death) * -np.expm1(-(0.3 + other_death) * years)
        assert np.mean(courses.any_time <= years) == pytest.approx(expected, abs=0.015)
    early = courses.any_time < 5.0
    survival = courses.death_time[early] - courses.any_time[early]
    sets = courses.at_presentation[early]
    # Three sets, equally likely: {bone}, {skin}, both.
    for found in ([True, False], [False, True], [True, True]):
        assert np.mean((sets == found).all(1)) == pytest.approx(1 / 3, abs=0.012)
    # Death takes the sick at .5 a year, wherever the disease is.
    for years in (0.5, 2.0, 10.0):
        assert np.mean(survival > years) == pytest.approx(np.exp(-0.5 * years), abs=0.012)
    # The second site comes at .2 a year from day 30 on, unless death is first.
    bone_alone = (sets == [True, False]).all(1)
    wait = (courses.site_time[early, 1] - courses.any_time[early])[bone_alone]
    for years in (1.0, 5.0):
        expected = np.exp(-0.5 * WINDOW) * 0.2 / 0.7 * -np.expm1(-0.7 * (years - WINDOW))
        assert np.mean(wait <= years) == pytest.approx(expected, abs=0.02)


def test_unknown_covariates_are_drawn_by_their_weights() -> None:
    """Among women of whom only HER2 is known, the rate mixes: here it is nil for one subtype."""
    model = constant(rate=1.0, death=0.5, gain=0.2)
    theta = model.theta.copy()
    theta[model.layout.names.index("rate.effects[TNBC]")] = -50.0
    unknown = Patient(her2="negative", age=30)
    courses = simulate(replace(model, theta=theta), [unknown] * 20_000, seed=5)
    cells = model.population.expand([unknown], model.index, [2010.0])
    luminal = cells.weight[cells.subtype == 0].sum()
    assert 0.2 < luminal < 0.8
    # At one a year all of the others present within 15 years, but for the few who die before (.5 %).
    assert np.mean(courses.any_time < 15.0) == pytest.approx(luminal, abs=0.016)


def test_every_patient_of_a_mixed_table_is_herself() -> None:
    """More different patients than are expanded at once, in any order, with repeats."""
    never, always = Patient(subtype="TNBC"), Patient(subtype="HR+/HER2-")
    model = constant(rate=20.0, death=0.5, gain=0.2)
    theta = model.theta.copy()
    theta[model.layout.names.index("rate.effects[TNBC]")] = -60.0
    table = []
    for number in range(2 * PATIENTS_AT_ONCE + 50):
        kind = never if number % 3 else always
        table += [kind.model_copy(update={"id": str(number), "age": 40.0, "grade": 2})] * (1 + number % 2)
    order = np.random.default_rng(0).permutation(len(table))
    table = [table[i] for i in order]
    courses = simulate(replace(model, theta=theta), table, seed=6)
    # At twenty a year nobody waits for five years; exp(-60) leaves nobody of the others.
    presents = [patient.subtype == "HR+/HER2-" for patient in table]
    assert (courses.any_time < 5.0).tolist() == presents


def test_involved_sites_and_years_free_play_no_part() -> None:
    free = LUMINAL.model_copy(update={"free_for": 5.0})
    assert same(simulate(toy_model(), [LUMINAL] * 200, 7), simulate(toy_model(), [free] * 200, 7))


@pytest.mark.parametrize("years", [0.0, -1.0, 20.5, float("nan"), float("inf")])
def test_an_observation_beyond_the_evidence_is_refused(years: float) -> None:
    with pytest.raises(InputError, match=r"years: .* cannot be simulated; expected more than 0 to 20"):
        simulate(toy_model(), [TNBC], seed=1, years=years)


def test_nobody_cannot_be_simulated() -> None:
    with pytest.raises(InputError, match="no patient to simulate"):
        simulate(toy_model(), [], seed=1)
