"""Predictions of published numbers: derivatives, and agreement with the forecast."""

from __future__ import annotations

import numpy as np
import pytest

from organotropism.learn.expected import Expected, predict, predict_and_differentiate
from organotropism.learn.expected_parts import USUAL, feature_values
from organotropism.learn.levels import restrict
from organotropism.learn.literature import Evidence, measurements
from organotropism.learn.measurement import Measurement
from organotropism.learn.reference import EVERYONE
from organotropism.process import rate
from organotropism.process.kernel import Kernel
from toy import toy_model


@pytest.fixture(scope="module")
def source() -> Evidence:
    """All rows."""
    return measurements()


def test_derivatives_equal_central_differences(source: Evidence) -> None:
    """Along random directions, for one row of every kind and feature."""
    picked = {(m.functional, m.from_years > 0, m.follow_up, m.endocrine): m for m in source.rows}
    rows = list(picked.values())
    model = toy_model()
    _, jacobian = predict_and_differentiate(source.layout, source.reference, model.theta, rows)
    rng = np.random.default_rng(3)
    for _ in range(3):
        step = rng.normal(size=source.layout.size) * 1e-4
        forth = predict(source.layout, source.reference, model.theta + step, rows)
        back = predict(source.layout, source.reference, model.theta - step, rows)
        # Central differences err by the third derivative times 1e-12, by rounding over 1e-4, and by the
        # scheme of the course where its number of steps differs between the two: some 1e-8.
        assert jacobian @ step == pytest.approx((forth - back) / 2, abs=1e-7)


def test_t4_is_t3_and_its_step(source: Evidence) -> None:
    """At once after diagnosis the ratio of hazards is the step, the women being the same otherwise."""
    place, theta = source.layout.slices["rate.t4"], toy_model().theta
    t3, t4 = (restrict(source.reference, EVERYONE, "t_category", level) for level in ("T3", "T4"))
    assert t3 is not None and t4 is not None
    row = Measurement("", "", "", "hazard", "any_distant", "log", 0.0, 0.1, t4, t3, years=1e-3)
    # Women leave the faster the higher their hazard: by 1e-3 years, less than 1e-3 of it.
    assert predict(source.layout, source.reference, theta, [row])[0] == pytest.approx(
        float(theta[place][0]), abs=1e-3
    )
    folded = theta.copy()
    folded[place] = -folded[place]
    assert predict(source.layout, source.reference, folded, [row])[0] == pytest.approx(
        float(theta[place][0]), abs=1e-3
    )


def test_registries_of_four_organs_say_nothing_of_others(source: Evidence) -> None:
    sets = source.layout.sets
    bone, with_other, with_lung = (sets.number(x) for x in (["bone"], ["bone", "other"], ["bone", "lung"]))
    only, several = (feature_values(sets, f"{name}_of_four") for name in ("bone_only", "multiple"))
    assert [only[bone], only[with_other], only[with_lung]] == [1.0, 1.0, 0.0]
    assert [several[bone], several[with_other], several[with_lung]] == [0.0, 0.0, 1.0]
    assert feature_values(sets, "multiple")[with_other] == 1.0


def test_whole_population_equals_the_forecast(source: Evidence) -> None:
    """Population averages equal the forecast of a patient of whom nothing is known.

    Differences come from averaging the index over PR, Ki-67 and detection on the log scale, from the
    group mean in the later course and from 16 time cells: together below 3 % of the risk.
    """
    model = toy_model()
    expected = Expected(source.layout, source.reference, model.theta)
    cells = model.population.everyone(model.index, round(rate.USUAL_YEAR))
    rows = rate.design(cells, model.index, source.reference.centre, model.layout.bands)
    risks = Kernel(model.layout, cells, rows, 0.0, (10.0,)).risks(model.theta[None])
    for k, site in enumerate(model.layout.sites):
        ours = float(source.reference.share @ expected.incidence(site, USUAL, 10.0))
        assert ours == pytest.approx(risks.ever[0, 0, k, 0], rel=0.03)
    any_distant = float(source.reference.share @ expected.incidence("any_distant", USUAL, 10.0))
    assert any_distant == pytest.approx(risks.any[0, 0, 0], rel=0.02)


def test_shares_at_presentation_by_hand(source: Evidence) -> None:
    """P(bone | stage IV) in TNBC, summed by hand over the sets."""
    model = toy_model()
    m = next(m for m in source.rows if m.id == "c023")
    expected = Expected(source.layout, source.reference, model.theta)
    weights = source.reference.weights(m.context) * expected.prevalence
    found = expected.found(de_novo=True)
    by_hand = sum(w * sum(f[i] for i in range(1, 32) if i & 1) for w, f in zip(weights, found, strict=True))
    by_hand /= weights.sum()
    assert expected(m).real == pytest.approx(np.log(by_hand / (1 - by_hand)), abs=1e-10)
