"""What must hold of the scores whatever the data: identities, brute force, hand-worked tables."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from followed import follow_up
from organotropism.validate import accuracy, calibration, discrimination, smooth
from organotropism.validate.aalen_johansen import incidence, influence, log_log_interval, ones, pseudo_values
from organotropism.validate.censoring import known_at, last_horizon
from organotropism.validate.concordance import concordance
from organotropism.validate.counting import Clock
from organotropism.validate.decision import decision_curve
from organotropism.validate.outcome import Outcome

SHAPES = st.tuples(st.integers(20, 120), st.integers(0, 10_000), st.booleans(), st.sampled_from([None, 1.0]))
#: Sums of some hundred doubles in another order.
ROUNDING = 1e-10


@given(SHAPES)
def test_weighted_shares_are_the_aalen_johansen_estimates(shape: tuple) -> None:
    clock, _ = follow_up(shape[0], shape[1], grid=shape[3])
    weights = (
        np.random.default_rng(shape[1]).uniform(0.2, 3, (1, shape[0])) if shape[2] else ones(clock.outcome)
    )
    t = min(4.0, last_horizon(clock.outcome, 3))
    found = incidence(clock, weights)
    known = known_at(clock, weights, t)
    assert known.weight.sum() == pytest.approx(1, abs=ROUNDING)
    assert (known.weight * known.case).sum() == pytest.approx(float(found.at(t)[0]), abs=ROUNDING)


@given(SHAPES)
def test_influence_is_the_derivative(shape: tuple) -> None:
    clock, _ = follow_up(shape[0], shape[1], late=shape[2], grid=shape[3])
    weights, t, step = ones(clock.outcome), 4.0, 1e-6
    for i in range(3):
        moved = np.repeat(weights, 2, axis=0)
        moved[:, i] += (-step, step)
        low, high = incidence(clock, moved).at(t)
        # Central differences: an error of the order of the step's square, and rounding over the step.
        assert influence(clock, weights, t)[0, i] == pytest.approx((high - low) / (2 * step), abs=1e-7)


@given(SHAPES)
def test_weights_are_repeated_patients(shape: tuple) -> None:
    clock, risk = follow_up(shape[0], shape[1], grid=shape[3])
    o, t = clock.outcome, 3.0
    drawn = np.random.default_rng(shape[1]).integers(0, len(o), len(o))
    weights = np.bincount(drawn, minlength=len(o))[None].astype(float)
    again = Clock(Outcome("bone", drawn, o.entry[drawn], o.time[drawn], o.kind[drawn], np.ones(len(drawn))))
    pairs = [
        (incidence(c, w).at(t), discrimination.auc(known_at(c, w, t), r), concordance(c, w, r, t))
        for c, w, r in ((clock, weights, risk), (again, ones(again.outcome), risk[drawn]))
    ]
    np.testing.assert_allclose(pairs[0], pairs[1], atol=ROUNDING)


@given(st.integers(0, 10_000), st.booleans())
def test_auc_and_concordance_by_all_pairs(seed: int, ties: bool) -> None:
    clock, risk = follow_up(40, seed, grid=1.0 if ties else None)
    risk = np.round(risk, 1) if ties else risk
    o, t, weights = clock.outcome, 4.0, ones(clock.outcome)
    known = known_at(clock, weights, t)
    w = known.weight[0]
    won = total = 0.0
    for i, j in itertools.product(range(len(o)), repeat=2):
        if known.case[i] and not known.case[j]:
            total += w[i] * w[j]
            won += w[i] * w[j] * ((risk[i] > risk[j]) + (risk[i] == risk[j]) / 2)
    if total > 0:
        assert float(discrimination.auc(known, risk)[0]) == pytest.approx(won / total, abs=ROUNDING)
    assert float(concordance(clock, weights, risk, t)[0]) == pytest.approx(
        _wolbers(o, risk, t), abs=ROUNDING, nan_ok=True
    )


def _wolbers(o: Outcome, risk: np.ndarray, t: float) -> float:
    """The C-index by its definition, pair by pair, with a Kaplan-Meier of the censoring by its definition."""

    def uncensored(time: float, *, before: bool) -> float:
        chance = 1.0
        for u in np.unique(o.time[o.kind == 0]):
            if u < time or (u == time and not before):
                at_risk = (o.time > u).sum() + ((o.time == u) & (o.kind == 0)).sum()
                chance *= 1 - ((o.time == u) & (o.kind == 0)).sum() / at_risk
        return chance

    won = total = 0.0
    for i in np.flatnonzero((o.kind == 1) & (o.time <= t)):
        first = uncensored(o.time[i], before=True)
        for j in range(len(o)):
            if o.time[j] > o.time[i] or (o.time[j] == o.time[i] and o.kind[j] == 0):
                chance = uncensored(o.time[i], before=False)
            elif o.kind[j] == 2:
                chance = uncensored(o.time[j], before=True)
            else:
                continue
            if chance > 0:
                total += 1 / (first * chance)
                won += ((risk[i] > risk[j]) + (risk[i] == risk[j]) / 2) / (first * chance)
    return won / total if total else float("nan")


@given(st.integers(0, 10_000), st.floats(0.2, 3))
def test_ranks_alone_decide_discrimination(seed: int, power: float) -> None:
    clock, risk = follow_up(60, seed)
    weights = ones(clock.outcome)
    known = known_at(clock, weights, 4.0)
    assert discrimination.auc(known, risk) == pytest.approx(
        discrimination.auc(known, risk**power), nan_ok=True
    )
    found = [concordance(clock, weights, r, 4.0)[0] for r in (risk, risk**power)]
    assert found[0] == pytest.approx(found[1], nan_ok=True)


def test_the_observed_risk_for_all_is_calibrated_and_has_no_ipa() -> None:
    clock, _ = follow_up(300, 1)
    weights, t = ones(clock.outcome), 5.0
    level = float(incidence(clock, weights).at(t)[0])
    risk = np.full(300, level)
    pseudo = pseudo_values(clock, weights, t)
    line = calibration.calibration_line(pseudo, weights, risk)
    assert float(line.intercept[0]) == pytest.approx(0, abs=1e-8)  # to the tolerance of the iteration
    assert np.isnan(line.slope[0])
    assert float(accuracy.ipa(known_at(clock, weights, t), risk)[0]) == pytest.approx(0, abs=ROUNDING)
    curve = smooth.smooth_curve(pseudo, weights, risk)
    assert float(smooth.distances(curve, weights, risk)["ici"][0]) == pytest.approx(0, abs=ROUNDING)


@pytest.mark.parametrize("shift, spread", [(0.0, 1.0), (-0.7, 1.0), (0.3, 1.6)])
def test_a_known_miscalibration_is_found(shift: float, spread: float) -> None:
    """Risks moved by a known line: intercept and slope move by as much, whatever the sampling error."""
    clock, risk = follow_up(400, 2)
    weights, t = ones(clock.outcome), 5.0
    pseudo = pseudo_values(clock, weights, t)
    own = calibration.calibration_line(pseudo, weights, risk)
    moved = calibration.inverse_cloglog(shift + spread * calibration.cloglog(risk))
    line = calibration.calibration_line(pseudo, weights, moved)
    # Both to the tolerance of the iteration.
    assert float(line.slope[0] * spread) == pytest.approx(float(own.slope[0]), abs=1e-7)
    back = line.slope_intercept[0] + line.slope[0] * shift
    assert float(back) == pytest.approx(float(own.slope_intercept[0]), abs=1e-7)


def test_perfect_predictions() -> None:
    clock, _ = follow_up(200, 3)
    t, weights = 4.0, ones(clock.outcome)
    known = known_at(clock, weights, t)
    risk = np.where(known.case, 1.0, 0.0)
    assert float(discrimination.auc(known, risk)[0]) == 1
    assert float(accuracy.brier(known, risk)[0]) == 0
    assert float(accuracy.ipa(known, risk)[0]) == 1
    assert discrimination.roc(known, risk).true_positive[1] == pytest.approx(1)


#: Ten women, horizon 5 years: five at risk .30 and above. Among these five: event at 1, death at 2, censored
#: at 3, event at 4, free at 6. Worked out by hand: at 1 of 5, 1/5 has the event, 4/5 are left; at 2 death
#: takes 1/4 of them: 3/5 are left; at 3 one is censored; at 4 one of two has it: 3/10. Together 1/2.
#: All ten, the others being: event at 2.5, death at 3.5, and free at 6, 7, 8. At 1: 1/10. Left 9/10. At 2
#: death: 8/10. At 2.5 one of eight: 1/10. Left 7/10. At 3 one censored, six remain. At 3.5 death of one of
#: six: left 7/12. At 4 one of five: 7/60. Together 1/10 + 1/10 + 7/60 = 19/60.
HAND = {
    "time": [1.0, 2.0, 3.0, 4.0, 6.0, 2.5, 3.5, 6.0, 7.0, 8.0],
    "kind": [1, 2, 0, 1, 0, 1, 2, 0, 0, 0],
    "risk": [0.6, 0.5, 0.4, 0.3, 0.3, 0.1, 0.1, 0.1, 0.1, 0.1],
}


def test_decision_curve_worked_out_by_hand() -> None:
    time, kind, risk = (np.array(HAND[name]) for name in ("time", "kind", "risk"))
    clock = Clock(Outcome("bone", np.arange(10), np.zeros(10), time, kind, np.ones(10)))
    curve = decision_curve(clock, ones(clock.outcome), risk, 5.0, np.array([0.05, 0.2, 0.45]))
    # Above .05 are all; above .2 the five: share 1/2, half of them with the event, odds 1/4; above .45 two,
    # of whom one has the event at 1 and one dies at 2: share 1/5, incidence 1/2, odds 9/11.
    everyone = [19 / 60 - 41 / 60 * odds for odds in (1 / 19, 1 / 4, 9 / 11)]
    by_hand = [everyone[0], 1 / 4 - 1 / 4 * 1 / 4, 1 / 10 - 1 / 10 * 9 / 11]
    assert curve.everyone[0] == pytest.approx(everyone, abs=1e-12)
    assert curve.model[0] == pytest.approx(by_hand, abs=1e-12)


def test_last_horizon_counts_those_still_followed() -> None:
    n = 30
    outcome = Outcome("bone", np.arange(n), np.zeros(n), np.arange(1.0, n + 1), np.zeros(n, int), np.ones(n))
    assert last_horizon(outcome, 10) == 21.0  # 21, 22, ..., 30 are ten patients
    assert last_horizon(outcome, 31) == 0.0


def test_interval_on_the_log_log_scale() -> None:
    low, high = log_log_interval(0.2, 0.02)
    # exp(+-1.96 * .02 / (.8 * .22314)) = exp(+-.21959): 1 - .8 ** .80285 and 1 - .8 ** 1.24557
    assert (low, high) == pytest.approx((0.16403, 0.24266), abs=2e-5)
    assert np.isnan(log_log_interval(0.0, 0.0)).all()
