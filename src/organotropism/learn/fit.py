"""Generalised least squares for measurements that share studies: the mode and its covariance.

y = f(theta) + study intercepts + shared deviations + error. Every overlap group has its own level of
the rate, of each site, of prevalence, of the course and of death, so contrasts carry the
information. It has its own effects on the pattern and its own shape of the rate, and all disease found
at diagnosis has its own effects on the pattern. All single hospitals have a level of the rate of their own,
so that the coefficients speak of the population-based level, and the course of women diagnosed before 2005
a hazard of death of its own. Rows
about the same contrast in one group share a deviation of SD tau. All of these are Gaussian and enter
the covariance of y through the derivatives of f: first-order, exact for deviations that are small on
the scale of the likelihood.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import minimize

from organotropism.learn.expected import predict, predict_and_differentiate
from organotropism.learn.measurement import Measurement
from organotropism.learn.prior import BLOCKS, HELD, effect_sd, prior
from organotropism.learn.reference import Reference
from organotropism.process.layout import COVARIATES, Layout
from organotropism.vocabulary import SITES

Array = NDArray[np.float64]
#: Group (or what else a level belongs to), block and element.
Key = tuple[str, str, int]
FAMILIES = ("rate", "site", "death")
#: SD of study intercepts by the block whose level they move. Any recurrence, local included, has a
#: level of its own: its excess over distant recurrence differs between studies too.
LEVEL_SD = 0.4
INTERCEPT_SD = {
    "rate.level": LEVEL_SD,
    "pattern.level": 0.5,
    "prevalence.level": 0.3,
    "progression.level": 0.4,
    "death.level": 0.4,
}
ANY_RECURRENCE = "any recurrence, "
ANY_RECURRENCE_SD = 0.5
#: Block whose level the own term of a group moves (risks modelled from deaths, by age), and its SD.
OWN_TERM, OWN_TERM_SD = "rate.own_term", 0.4
EFFECTS, DE_NOVO = "pattern.effects", "all disease at diagnosis"
#: Level of the rate of all that is not population-based against registries and trials, log hazard.
HOSPITAL: Key = ("all single hospitals", "rate.level", 0)
DESIGN_SD = 0.3
#: Log hazard of death after presentation per decade of diagnosis before the years that the model speaks of.
COURSE_ERA: Key = ("diagnosed before 2005, per decade", "death.level", 0)
COURSE_YEAR, COURSE_ERA_SD = 2005.0, 0.2
#: What of the rate differs between studies beside its level: who relapses, how strongly, and when.
RATE_SHAPE = ("rate.effects", "rate.slope", "rate.fade", "rate.age")
#: Digits that the coefficients and their covariance are the same in on every machine.
DIGITS, COVARIANCE_DIGITS = 4, 7
#: Scale of the half-normal prior of tau.
TAU_SCALE = 0.15
T_DEGREES = 4.0
#: Steps, in posterior SD, below which the old derivatives serve for more of them, and after which the noise,
#: which depends on the coefficients through the levels of studies, is renewed once more and held.
_CLOSE, _SETTLED = 3.0, 0.1
_LARGEST_STEP, _STEPS = 1.0, 40
#: Steps with old derivatives between two new ones, and the change of a coefficient that ends them.
_CHORD_STEPS, _CHORD_TOLERANCE = 20, 1e-6
_TAU_STEPS, _WEIGHT_STEPS, _WEIGHT_TOLERANCE = 12, 100, 1e-9
#: Largest last step, in posterior SD; what it leaves is far below the digits kept.
_TOLERANCE = 1e-4


@dataclass(frozen=True)
class Choices:
    """What cross-validation over studies decides between.

    Attributes
    ----------
    robust : Student t with 4 degrees of freedom for outlying rows, instead of normal
    tau_scale : scale of the half-normal prior of the between-study spread
    level_sd : SD of a study's own level of the rate given its design
    site_sd : SD of a study's own level of each site
    effect_spread : SD of a study's own effects on the pattern, in units of their prior SD
    rate_spread : the same for the shape of its rate: effects, slope of the index, and fading
    de_novo_spread : the same for what all disease at diagnosis has apart from relapse, but for age
    de_novo_age : the same for its effects of age
    """

    robust: bool = True
    tau_scale: float = TAU_SCALE
    level_sd: float = LEVEL_SD
    site_sd: float = INTERCEPT_SD["pattern.level"]
    effect_spread: float = 0.5
    rate_spread: float = 1.0
    de_novo_spread: float = 0.5
    de_novo_age: float = 1.0


@dataclass(frozen=True)
class Fit:
    """Result of a fit to the literature.

    Attributes
    ----------
    theta, covariance : mode and covariance of the coefficients
    tau : between-study SD by family
    fitted, jacobian : predictions (rows,) at the mode and their derivatives
    noise : (rows, rows) covariance of y given theta
    weights : (rows,) 1, or less for rows that lie far out
    intercepts : columns of the study intercepts, by (group, block, element)
    """

    theta: Array
    covariance: Array
    tau: dict[str, float]
    fitted: Array
    jacobian: Array
    noise: Array
    weights: Array
    intercepts: dict[Key, Array]
    steps: int


def fit(
    layout: Layout,
    reference: Reference,
    rows: Sequence[Measurement],
    choices: Choices,
    progress: Callable[[int, float], None] = lambda step, change: None,
    start: Array | None = None,
) -> Fit:
    """Fit the process to the measurements; iterates until the mode moves by 1e-4 posterior SD.

    Parameters
    ----------
    start : (size,) where the steps begin, by default at the prior mean

    Raises
    ------
    RuntimeError
        When the iterations do not settle.
    """
    mean, prior_cov = prior(layout)
    precision = np.asarray(np.linalg.inv(prior_cov), float)
    y = np.array([m.value for m in rows])
    theta, tau = (mean if start is None else start).copy(), dict.fromkeys(FAMILIES, 0.2)
    weights: Array = np.ones(len(rows))
    columns: dict[Key, Array] = {}
    moved, settled = np.inf, False
    for step in range(1, _STEPS + 1):
        fitted, jacobian = linearised(layout, reference, theta, rows)
        if not settled:
            columns = intercept_columns(layout, rows, jacobian)
        linear = Linear(rows, y - fitted + jacobian @ theta, jacobian, columns, choices, mean, prior_cov)
        if not settled:
            tau = linear.settle(tau, weights, precision)[0]
        weights, new, covariance = linear.weigh(tau, weights, precision)
        change, before = new - theta, moved
        moved = float(np.abs(change / np.sqrt(np.diag(covariance))).max())
        progress(step, moved)
        if moved < _TOLERANCE and settled:
            return _at_mode(layout, reference, rows, choices, np.round(new, DIGITS), tau, step)
        settled = settled or before < _SETTLED
        theta = theta + change * min(1.0, _LARGEST_STEP / np.abs(change).max())
        if moved < _CLOSE:
            theta = _chord(layout, reference, linear, theta, (tau, weights, precision))
    raise RuntimeError("the fit to the literature did not settle")


def _chord(
    layout: Layout,
    reference: Reference,
    linear: Linear,
    theta: Array,
    at: tuple[dict[str, float], Array, Array],
) -> Array:
    """Further steps with the same derivatives, which cost a hundredth of new ones.

    Parameters
    ----------
    linear : the problem at the last derivatives
    at : spread between studies, weights and precision of the prior
    """
    tau, weights, precision = at
    y = np.array([m.value for m in linear.rows])
    for _ in range(_CHORD_STEPS):
        fitted = predict(layout, reference, theta, linear.rows)
        here = replace(linear, target=y - fitted + linear.jacobian @ theta)
        if linear.choices.robust:
            weights = here.robust_weights(tau, y - fitted)
        new, _ = here.solve(tau, weights, precision)
        change, theta = float(np.abs(new - theta).max()), new
        if change < _CHORD_TOLERANCE:
            break
    return theta


def linearised(
    layout: Layout, reference: Reference, theta: Array, rows: Sequence[Measurement]
) -> tuple[Array, Array]:
    """Predictions and their derivatives; what is taken from its source alone does not move."""
    fitted, jacobian = predict_and_differentiate(layout, reference, theta, rows)
    for block in HELD:
        jacobian[:, layout.slices[block]] = 0.0
    return fitted, jacobian


def _at_mode(
    layout: Layout,
    reference: Reference,
    rows: Sequence[Measurement],
    choices: Choices,
    theta: Array,
    tau: dict[str, float],
    steps: int,
) -> Fit:
    """The fit at its rounded mode, everything else from there: the same on every machine."""
    mean, prior_cov = prior(layout)
    precision = np.asarray(np.linalg.inv(prior_cov), float)
    fitted, jacobian = linearised(layout, reference, theta, rows)
    columns = intercept_columns(layout, rows, jacobian)
    y = np.array([m.value for m in rows])
    linear = Linear(rows, y - fitted + jacobian @ theta, jacobian, columns, choices, mean, prior_cov)
    weights: Array = np.ones(len(rows))
    if choices.robust:
        weights = linear.robust_weights(tau, y - fitted)
    covariance = np.round(linear.solve(tau, weights, precision)[1], COVARIANCE_DIGITS)
    noise = linear.noise(tau, weights)
    return Fit(theta, covariance, tau, fitted, jacobian, noise, weights, columns, steps)


def intercept_columns(layout: Layout, rows: Sequence[Measurement], jacobian: Array) -> dict[Key, Array]:
    """How each study's own level, effect on the pattern or shape of the rate moves the rows; per unit.

    Effects on the pattern differ also between disease found at diagnosis and relapse.
    """
    groups = np.array([m.group for m in rows])
    de_novo = np.array([m.de_novo for m in rows])
    columns: dict[Key, Array] = {}
    hospital = np.array([not m.population_based for m in rows])
    before = np.array([max(COURSE_YEAR - m.year, 0.0) / 10.0 for m in rows])
    for key, share in ((HOSPITAL, hospital), (COURSE_ERA, before)):
        element = jacobian[:, layout.slices[key[1]]].sum(1) * share
        if element.any():
            columns[key] = element
    for block in (*INTERCEPT_SD, EFFECTS, *RATE_SHAPE):
        part = jacobian[:, layout.slices[block]]
        common = block in INTERCEPT_SD and block != "pattern.level"
        elements = part.sum(1)[None] if common else part.T
        for k, element in enumerate(elements):
            for group in dict.fromkeys(groups[element != 0].tolist()):
                columns[group, block, k] = np.where(groups == group, element, 0.0)
            if block == EFFECTS and element[de_novo].any():
                columns[DE_NOVO, block, k] = np.where(de_novo, element, 0.0)
    level = jacobian[:, layout.slices["rate.level"]].sum(1)
    own = np.array([f"{m.group}, {m.own_term}" if m.own_term else "" for m in rows])
    for term in dict.fromkeys(own[own != ""].tolist()):
        columns[term, OWN_TERM, 0] = np.where(own == term, level, 0.0)
    return columns


@dataclass(frozen=True)
class Linear:
    """The problem linearised at one coefficient vector: y* = J theta + noise."""

    rows: Sequence[Measurement]
    target: Array
    jacobian: Array
    columns: dict[Key, Array]
    choices: Choices
    prior_mean: Array
    prior_covariance: Array

    def noise(self, tau: dict[str, float], weights: Array) -> Array:
        """Covariance (rows, rows) of the rows given the coefficients; far rows are widened."""
        spread = np.array([tau[m.family] for m in self.rows])
        total = self._own_error + self._same_effect * np.outer(spread, spread)
        covariance: Array = total / np.sqrt(np.outer(weights, weights)) + self._study_levels
        return covariance

    @cached_property
    def _own_error(self) -> Array:
        return np.diag([m.se**2 for m in self.rows])

    @cached_property
    def _same_effect(self) -> Array:
        keys: dict[tuple[str, ...], int] = {}
        effect = np.array([keys.setdefault(m.effect, len(keys)) for m in self.rows])
        return (effect[:, None] == effect).astype(float)

    @cached_property
    def _study_levels(self) -> Array:
        basis = np.array([intercept_sd(key, self.choices) * column for key, column in self.columns.items()])
        levels: Array = basis.T @ basis
        return levels

    def settle(
        self, tau: dict[str, float], weights: Array, precision: Array
    ) -> tuple[dict[str, float], Array, Array, Array]:
        """Spread, weights, mode and covariance that agree with one another."""
        for _ in range(_TAU_STEPS):
            old = tau
            tau = self.best_tau(tau, weights)
            weights, theta, covariance = self.weigh(tau, weights, precision)
            if tau == old:
                break
        return tau, weights, theta, covariance

    def weigh(self, tau: dict[str, float], weights: Array, precision: Array) -> tuple[Array, Array, Array]:
        """Weights, mode and covariance at a given spread between studies."""
        theta, covariance = self.solve(tau, weights, precision)
        for _ in range(_WEIGHT_STEPS if self.choices.robust else 0):
            old = weights
            weights = self.robust_weights(tau, self.target - self.jacobian @ theta)
            theta, covariance = self.solve(tau, weights, precision)
            if np.abs(weights - old).max() < _WEIGHT_TOLERANCE:
                break
        return weights, theta, covariance

    def best_tau(self, start: dict[str, float], weights: Array) -> dict[str, float]:
        """Between-study SD by family, at the maximum of marginal likelihood times half-normal prior."""
        centre = self.target - self.jacobian @ self.prior_mean
        spread = self.jacobian @ self.prior_covariance @ self.jacobian.T

        def loss(log_tau: Array) -> float:
            tau = dict(zip(FAMILIES, np.exp(log_tau), strict=True))
            factor = cho_factor(self.noise(tau, weights) + spread, lower=True)
            fit_term = centre @ cho_solve(factor, centre) / 2 + np.log(np.diag(factor[0])).sum()
            values = np.exp(log_tau) / self.choices.tau_scale
            return float(fit_term + (values**2).sum() / 2 - log_tau.sum())

        begin = np.log([start[family] for family in FAMILIES])
        found = minimize(loss, begin, method="BFGS", options={"gtol": 1e-7})
        # Two decimals are finer than the estimate, and keep the fit the same on every machine.
        return {family: round(float(np.exp(x)), 2) for family, x in zip(FAMILIES, found.x, strict=True)}

    def robust_weights(self, tau: dict[str, float], residual: Array) -> Array:
        """Weights of the t distribution, from each row's residual against its marginal spread."""
        variance = np.diag(self.noise(tau, np.ones(len(residual))))
        far: Array = (T_DEGREES + 1) / (T_DEGREES + residual**2 / variance)
        return np.minimum(far, 1.0)

    def solve(self, tau: dict[str, float], weights: Array, precision: Array) -> tuple[Array, Array]:
        """Mode and covariance of the coefficients."""
        factor = cho_factor(self.noise(tau, weights), lower=True)
        information = precision + self.jacobian.T @ cho_solve(factor, self.jacobian)
        covariance = np.linalg.inv(information)
        score = precision @ self.prior_mean + self.jacobian.T @ cho_solve(factor, self.target)
        return covariance @ score, (covariance + covariance.T) / 2


def intercept_means(
    layout: Layout, result: Fit, rows: Sequence[Measurement], choices: Choices
) -> dict[Key, tuple[float, float]]:
    """Best linear prediction of each study's level of the rate, and its standard error.

    The coefficients vary with the posterior's own prior, so the level is not counted twice.
    """
    mean, prior_covariance = prior(layout)
    y = np.array([m.value for m in rows])
    centre = y - result.fitted + result.jacobian @ (result.theta - mean)
    total = result.noise + result.jacobian @ prior_covariance @ result.jacobian.T
    factor = cho_factor(total, lower=True)
    hospitals = {m.group for m in rows if not m.population_based}
    found = {}
    for key, column in result.intercepts.items():
        if key[1] != "rate.level":
            continue
        before = intercept_sd(key, choices) ** 2
        reach = before * column
        if key[0] in hospitals:  # its level holds that of hospitals
            before += DESIGN_SD**2
            reach = reach + DESIGN_SD**2 * result.intercepts[HOSPITAL]
        gain = cho_solve(factor, reach)
        found[key] = (float(gain @ centre), max(float(before - gain @ reach), 0.0) ** 0.5)
    return found


def intercept_sd(key: Key, choices: Choices) -> float:
    """SD of one study's own level or effect, or of what all of a kind have."""
    group, block, k = key
    if key in (HOSPITAL, COURSE_ERA):
        return DESIGN_SD if key == HOSPITAL else COURSE_ERA_SD
    if block == EFFECTS:
        if group != DE_NOVO:
            return choices.effect_spread * effect_sd(k)
        of_age = k // len(SITES) == COVARIATES.index("age")
        return (choices.de_novo_age if of_age else choices.de_novo_spread) * effect_sd(k)
    if block == OWN_TERM:
        return OWN_TERM_SD
    if block in RATE_SHAPE:
        return choices.rate_spread * BLOCKS[block][1]
    if block == "rate.level" and group.startswith(ANY_RECURRENCE):
        return ANY_RECURRENCE_SD
    if block == "rate.level":
        return choices.level_sd
    return choices.site_sd if block == "pattern.level" else INTERCEPT_SD[block]
