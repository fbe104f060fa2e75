"""Generalised least squares for measurements that share studies: the mode and its covariance.

y = f(theta) + study intercepts + shared deviations + error. Every overlap group has its own level of
the rate, of each site, of prevalence, of the course and of death, so contrasts carry the
information. It has its own effects on the pattern and its own shape of the rate, and all disease found
at diagnosis has its own effects on the pattern. Rows
about the same contrast in one group share a deviation of SD tau. All of these are Gaussian and enter
the covariance of y through the derivatives of f: first-order, exact for deviations that are small on
the scale of the likelihood.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import minimize

from organotropism.learn.expected import predict_and_differentiate
from organotropism.learn.measurement import Measurement
from organotropism.learn.prior import BLOCKS, effect_sd, prior
from organotropism.learn.reference import Reference
from organotropism.process.layout import Layout

Array = NDArray[np.float64]
FAMILIES = ("rate", "site", "death")
#: SD of study intercepts by the block whose level they move. Any recurrence, local included, has a
#: level of its own: its excess over distant recurrence differs between studies too.
INTERCEPT_SD = {
    "rate.level": 0.4,
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
#: What of the rate differs between studies beside its level: who relapses, how strongly, and when.
RATE_SHAPE = ("rate.effects", "rate.slope", "rate.fade")
#: Scale of the half-normal prior of tau.
TAU_SCALE = 0.15
T_DEGREES = 4.0
#: The noise depends on the coefficients through the study levels. It is held fixed once the steps are
#: this small (posterior SD), renewed once at the mode so found, and held again.
_CLOSE, _SETTLED, _ROUNDS = 0.6, 0.01, 2
_LARGEST_STEP, _MEMORY = 1.0, 4
_STEPS = 40
_TAU_STEPS, _WEIGHT_STEPS, _WEIGHT_TOLERANCE = 12, 100, 1e-9
#: Largest last step, in posterior SD.
_TOLERANCE = 1e-7


@dataclass(frozen=True)
class Choices:
    """What cross-validation over studies decides between.

    Attributes
    ----------
    robust : Student t with 4 degrees of freedom for outlying rows, instead of normal
    tau_scale : scale of the half-normal prior of the between-study spread
    site_sd : SD of a study's own level of each site
    effect_spread : SD of a study's own effects on the pattern, in units of their prior SD
    rate_spread : the same for the shape of its rate: effects, slope of the index, and fading
    de_novo_spread : the same for what all disease at diagnosis has apart from relapse
    """

    robust: bool = True
    tau_scale: float = TAU_SCALE
    site_sd: float = INTERCEPT_SD["pattern.level"]
    effect_spread: float = 0.5
    rate_spread: float = 1.0
    de_novo_spread: float = 0.5


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
    intercepts: dict[tuple[str, str, int], Array]
    steps: int


def fit(
    layout: Layout,
    reference: Reference,
    rows: Sequence[Measurement],
    choices: Choices,
    progress: Callable[[int, float], None] = lambda step, change: None,
) -> Fit:
    """Fit the process to the measurements; iterates until the mode moves by 1e-7 posterior SD.

    Raises
    ------
    RuntimeError
        When the iterations do not settle.
    """
    mean, prior_cov = prior(layout)
    precision = np.asarray(np.linalg.inv(prior_cov), float)
    y = np.array([m.value for m in rows])
    theta, tau = mean.copy(), dict.fromkeys(FAMILIES, 0.2)
    weights: Array = np.ones(len(rows))
    past: list[tuple[Array, Array]] = []
    held: tuple[dict[tuple[str, str, int], Array], dict[str, float]] | None = None
    rounds = 0
    for step in range(1, _STEPS + 1):
        fitted, jacobian = predict_and_differentiate(layout, reference, theta, rows)
        columns = intercept_columns(layout, rows, jacobian) if held is None else held[0]
        linear = Linear(rows, y - fitted + jacobian @ theta, jacobian, columns, choices, mean, prior_cov)
        if held is None:
            tau = linear.settle(tau, weights, precision)[0]
        weights, new, covariance = linear.weigh(tau, weights, precision)
        scale = np.sqrt(np.diag(covariance))
        change = new - theta
        moved = float(np.abs(change / scale).max())
        progress(step, moved)
        if moved < _TOLERANCE and rounds == _ROUNDS:
            noise = linear.noise(tau, weights)
            return Fit(theta, covariance, tau, fitted, jacobian, noise, weights, columns, step)
        if held is None and moved < _CLOSE:
            held, past, rounds = (columns, tau), [], rounds + 1
        elif held is not None and moved < _SETTLED and rounds < _ROUNDS:
            held, past = None, []
        if held is None:
            theta = theta + change * min(1.0, _LARGEST_STEP / np.abs(change).max())
        else:
            past = [*past[-_MEMORY:], (change / scale, new)]
            theta = accelerated(past)
    raise RuntimeError("the fit to the literature did not settle")


def accelerated(past: Sequence[tuple[Array, Array]]) -> Array:
    """Next point of a fixed-point iteration from its last changes and images (Anderson 1965)."""
    change, image = past[-1]
    if len(past) == 1:
        return image
    changes = np.array([change - older for older, _ in past[:-1]]).T
    images = np.array([image - older for _, older in past[:-1]]).T
    mixing = np.linalg.lstsq(changes, change, rcond=1e-6)[0]
    moved: Array = image - images @ mixing
    return moved


def intercept_columns(
    layout: Layout, rows: Sequence[Measurement], jacobian: Array
) -> dict[tuple[str, str, int], Array]:
    """How each study's own level, effect on the pattern or shape of the rate moves the rows; per unit.

    Effects on the pattern differ also between disease found at diagnosis and relapse.
    """
    groups = np.array([m.group for m in rows])
    de_novo = np.array([m.de_novo for m in rows])
    columns = {}
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
    columns: dict[tuple[str, str, int], Array]
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
) -> dict[tuple[str, str, int], tuple[float, float]]:
    """Best linear prediction of each study's level of the rate, and its standard error.

    The coefficients vary with the posterior's own prior, so the level is not counted twice.
    """
    _, prior_covariance = prior(layout)
    y = np.array([m.value for m in rows])
    mean, _ = prior(layout)
    centre = y - result.fitted + result.jacobian @ (result.theta - mean)
    total = result.noise + result.jacobian @ prior_covariance @ result.jacobian.T
    factor = cho_factor(total, lower=True)
    found = {}
    for key, column in result.intercepts.items():
        if key[1] != "rate.level":
            continue
        sd = intercept_sd(key, choices)
        gain = sd**2 * cho_solve(factor, column)
        variance = float(sd**2 * (1 - gain @ column))
        found[key] = (float(gain @ centre), max(variance, 0.0) ** 0.5)
    return found


def intercept_sd(key: tuple[str, str, int], choices: Choices) -> float:
    """SD of one study's own level or effect."""
    group, block, k = key
    if block == EFFECTS:
        spread = choices.de_novo_spread if group == DE_NOVO else choices.effect_spread
        return spread * effect_sd(k)
    if block == OWN_TERM:
        return OWN_TERM_SD
    if block in RATE_SHAPE:
        return choices.rate_spread * BLOCKS[block][1]
    if block == "rate.level" and group.startswith(ANY_RECURRENCE):
        return ANY_RECURRENCE_SD
    return choices.site_sd if block == "pattern.level" else INTERCEPT_SD[block]
