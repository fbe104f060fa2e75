"""The forecast against a multistate model worked out in R by three routes (tests/oracles/forecast.R)."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from organotropism.process.cells import Cells
from organotropism.process.kernel import Kernel, Risks
from organotropism.process.layout import AGE_TERMS, COVARIATES, RATE_COVARIATES, Layout
from organotropism.process.rate import LAST_YEAR, RateDesign
from organotropism.process.state import History, risks
from organotropism.vocabulary import SUBTYPES

pytestmark = pytest.mark.oracle

ORACLES = Path(__file__).resolve().parents[1] / "oracles"
INPUT = json.loads((ORACLES / "forecast_input.json").read_text(encoding="utf-8"))
RESULT = json.loads((ORACLES / "forecast.json").read_text(encoding="utf-8"))
SCENARIOS = {scenario["name"]: scenario for scenario in INPUT["scenarios"]}
ROUTES = {scenario["name"]: scenario for scenario in RESULT["scenarios"]}
HORIZONS = tuple(map(float, INPUT["horizons"]))
TNBC = SUBTYPES.index("TNBC")
ER_POSITIVE = 1

Scenario = dict[str, Any]
Array = NDArray[np.float64]


def coefficients(scenario: Scenario, layout: Layout) -> Array:
    """One coefficient vector (1, size) that makes a patient with TNBC the patient of the scenario."""
    theta = np.zeros((1, layout.size))
    blocks = {
        "rate.level": np.log([scenario["rate"]] * 2),
        "pattern.level": scenario["alpha"],
        "pattern.pair": scenario["J"],
        "progression.level": np.log(scenario["gain"]),
        "progression.shape": np.log(scenario["gain_shape"][1:]),
        "progression.several": scenario["gain_several"],
        "progression.slope": scenario["gain_slope"],
        "death.level": np.log(scenario["death"]),
        "death.shape": np.log(scenario["death_shape"][1:]),
        "death.several": scenario["death_several"],
    }
    at_site = dict(zip(scenario["sites"], scenario["death_site"], strict=True))
    blocks |= {f"death.{site}": at_site.pop(site, 0.0) for site in ("liver", "brain")}
    assert not any(at_site.values()), "only liver and brain change the hazard of death"
    for name, value in blocks.items():
        theta[0, layout.slices[name]] = np.ravel(value)
    layout.block(theta, "pattern.effects")[0, COVARIATES.index("TNBC")] = scenario["tilt"]
    return theta


def patient() -> Cells:
    """One patient with TNBC whose other scores of the pattern are zero."""
    return Cells(
        patient=np.zeros(1, np.int64),
        weight=np.ones(1),
        subtype=np.array([TNBC]),
        er_positive=np.array([True]),  # which level of the rate applies; both are the scenario's
        her2_positive=np.array([False]),
        pr_positive=np.array([False]),
        ki67_positive=np.array([False]),
        lobular=np.array([False]),
        t4=np.array([False]),
        screen=np.zeros(1),
        grade=np.array([2.0]),
        age=np.array([55.0]),
        size_mm=np.array([10.0]),
        nodes=np.zeros(1),
        year=np.array([2010.0]),
        offset=np.zeros(1),
    )


def rate_design(scenario: Scenario) -> RateDesign:
    """Rate that consists of its level alone, with the scenario's death of other causes."""
    bands = np.array(scenario["bands"])
    band = np.searchsorted(bands, np.arange(LAST_YEAR), side="right") - 1
    return RateDesign(
        er=np.array([ER_POSITIVE]),
        index=np.zeros((1, len(bands))),
        fading=np.zeros((1, len(bands))),
        age=np.zeros((1, len(AGE_TERMS))),
        t4=np.zeros(1),
        effects=np.zeros((1, len(RATE_COVARIATES))),
        decades=np.zeros(1),
        offset=np.zeros(1),
        other=np.array(scenario["other_death"])[None, band],
    )


def forecast(name: str, **options: float) -> Risks:
    scenario = SCENARIOS[name]
    layout = Layout(tuple(scenario["sites"]), tuple(scenario["bands"]), tuple(scenario["since"]))
    theta, cells, rows = coefficients(scenario, layout), patient(), rate_design(scenario)
    now, window = float(scenario["now"]), float(scenario["window"])
    if scenario["involved"]:
        history = History(now, [(0.0, layout.sets.number(scenario["involved"]))], 0.0)
        return risks(layout, theta, cells, rows, history, HORIZONS, window)
    return Kernel(layout, cells, rows, now, HORIZONS, window, **options).risks(theta)


def largest_difference(found: Risks, name: str, route: str) -> float:
    """Largest absolute difference over quantities, sites and horizons."""
    sites = SCENARIOS[name]["sites"]
    worst = 0.0
    for h, horizon in enumerate(HORIZONS):
        expected = ROUTES[name][route][f"{horizon:g}"]
        worst = max(worst, abs(found.any[0, 0, h] - expected["any"]))
        for quantity in ("first", "only", "ever"):
            values = getattr(found, quantity)[0, 0, :, h]
            assert values.shape == (len(sites),)
            worst = max(worst, np.abs(values - [expected[quantity][site] for site in sites]).max())
    return worst


def of_route(*routes: str) -> list[tuple[str, str]]:
    return [(name, route) for name, results in ROUTES.items() for route in routes if route in results]


# Masses of presentation sit in the middle of the cells of the clock (1/12 year), which costs step^2 / 24
# times the presentation density (to .07 per year) times the hazard of a further site (to .15 per year): 3e-6
# at most, less by half or more as patients die. Runge-Kutta and interpolation between its nodes add < 1e-7.
@pytest.mark.parametrize("name, route", of_route("generator", "renewal"))
def test_forecast_equals_exact_solution(name: str, route: str) -> None:
    assert largest_difference(forecast(name), name, route) < 2e-6


# Cells eight times shorter bring the first error down by 64, to 5e-8; Runge-Kutta and interpolation remain.
@pytest.mark.parametrize("name", [name for name, scenario in SCENARIOS.items() if not scenario["involved"]])
def test_error_falls_with_the_square_of_the_step(name: str) -> None:
    assert largest_difference(forecast(name, step=1 / 96), name, "renewal") < 1e-7


# mstate's product integral is the inexact side: (I + A step)^(t / step) is off exp(A t) by t step / 2 times
# the second derivative of the curve. A curve g (1 - exp(-k t)) / k has t times that at most g / e; g is .07
# per year (brain after bone, the fastest), so the error is 6e-5. Anything beyond 1e-4 is not mstate's.
@pytest.mark.parametrize("name, route", of_route("product"))
def test_forecast_equals_mstate(name: str, route: str) -> None:
    assert INPUT["step"] == 0.005
    assert largest_difference(forecast(name), name, route) < 1e-4


@pytest.mark.parametrize("name", [name for name, results in ROUTES.items() if "given" in results])
def test_sets_found_at_presentation(name: str) -> None:
    # The same closed form on both sides: only rounding differs.
    found, expected = forecast(name), ROUTES[name]
    given = [expected["given"][site] for site in SCENARIOS[name]["sites"]]
    np.testing.assert_allclose(found.given[0, 0], given, rtol=0, atol=1e-12)
    assert found.several[0, 0] == pytest.approx(expected["several"], abs=1e-12)


def test_every_scenario_has_an_exact_route() -> None:
    assert {name for name, _ in of_route("generator", "renewal")} == set(SCENARIOS)
