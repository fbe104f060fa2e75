"""The number shown is the mean over the distribution of the coefficients."""

from dataclasses import replace

import numpy as np
import pytest

from organotropism.patient import Patient
from organotropism.process.kernel import Kernel
from organotropism.process.model import Between, Model
from organotropism.process.nodes import matched_normals
from organotropism.process.prepare import prepare
from organotropism.process.results import Options
from process.cases import KNOWN, QUANTITIES, certain
from toy import toy_model

HORIZONS = (5.0, 10.0)
WOMEN = (
    KNOWN,
    {**KNOWN, "er": "positive", "pr": "positive", "grade": 1, "size_mm": 12, "positive_nodes": 0},
    {**KNOWN, "free_for": 3.0, "age": 30, "positive_nodes": 15},
)


def spread_like(level: float, site: float) -> Model:
    """The toy model with spreads between studies as large as those of models of the literature, or less."""
    toy = toy_model()
    names = toy.layout.names
    rates = tuple(name for name in names if name.startswith("rate.level"))
    sites = [name for name in names if name.startswith(("pattern.level", "progression.level"))]
    between = (Between(rates, level), *(Between((name,), site) for name in sites))
    return replace(toy, between=between)


@pytest.mark.parametrize(("level", "site"), [(0.4, 0.5), (0.1, 0.1)])
@pytest.mark.parametrize("stated", WOMEN)
def test_means_are_those_of_many_draws(stated: dict[str, object], level: float, site: float) -> None:
    model, patient = spread_like(level, site), Patient(**stated)
    found = model.forecast([patient], HORIZONS, intervals=False).risks
    cells, rows = prepare(model, [patient], Options(HORIZONS))
    kernel = Kernel(model.layout, cells, rows, patient.now, HORIZONS, model.window_years, 0.25)
    drawn = kernel.risks(model.draws(2000, seed=11))
    for name in QUANTITIES:
        risks = getattr(drawn, name)
        # One per cent is allowed; beside it the mean of the draws has its own error, four of which are less
        # than .02: the means of risks that differ by half of themselves, of a thousand pairs.
        np.testing.assert_allclose(getattr(found, name)[0], risks.mean(0), rtol=0.03, err_msg=name)
        mode = getattr(certain(model).forecast([patient], HORIZONS, intervals=False).risks, name)[0]
        if level > 0.2 and name in ("first", "only"):
            # Brain is rare, so its mean is higher; later most have presented, where risks are concave.
            assert np.all(getattr(found, name)[0][:, 3, 0] > mode[:, 3, 0])


def test_intervals_do_not_change_the_number() -> None:
    model, patient = toy_model(), Patient(**KNOWN)
    with_them, without = (model.forecast([patient], HORIZONS, intervals=i).risks for i in (True, False))
    for name in QUANTITIES:
        np.testing.assert_array_equal(getattr(with_them, name), getattr(without, name))


def test_without_spread_it_is_the_risk_at_the_coefficients() -> None:
    model, patient = certain(toy_model()), Patient(**KNOWN)
    found = model.forecast([patient], HORIZONS, intervals=False).risks
    cells, rows = prepare(model, [patient], Options(HORIZONS))
    exact = Kernel(model.layout, cells, rows, 0.0, HORIZONS, model.window_years).risks(model.theta[None])
    for name in QUANTITIES:
        # Rounding; `ever` has longer steps of the course, as test_forecast_grid bounds them.
        allowed = 1e-4 if name == "ever" else 1e-12
        np.testing.assert_allclose(getattr(found, name), getattr(exact, name), rtol=0, atol=allowed)


def test_matched_normals_have_exact_second_moments() -> None:
    normals = matched_normals(40, 20, seed=3)
    np.testing.assert_allclose(normals.T @ normals / 40, np.eye(20), atol=1e-12)
    assert matched_normals(5, 20, seed=3).shape == (5, 20)
