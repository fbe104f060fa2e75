"""What the process predicts for each measurement, given the coefficients.

All functions accept complex coefficients, so that derivatives come from the complex step, exact to
rounding (Squire & Trapp 1998, SIAM Review 40:110).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from organotropism.learn.measurement import Measurement
from organotropism.learn.reference import Context, Reference
from organotropism.process import pattern, progression, rate
from organotropism.process.interrupt import checkpoint
from organotropism.process.kernel import Strata, strata
from organotropism.process.layout import Layout
from organotropism.process.sets import SiteSets

Floats = NDArray[Any]
Array = NDArray[np.float64]
VISCERAL = ("lung", "liver", "brain")
#: Cells of the time grid of an incidence: the integrand is smooth, 16 midpoints err below 1e-3 (relative).
_TIME_CELLS = 16
#: Years over which presentation weighs the relapsed patients of a series.
SERIES_YEARS = 10.0
_STEP = 1e-30


def feature_values(sets: SiteSets, name: str) -> Array:
    """(2**K,) value of a feature of the found set."""
    if name in sets.sites:
        return sets.any_of(name)
    special = {
        "any_distant": (sets.size > 0).astype(float),
        "multiple": sets.several,
        "single": (sets.size == 1).astype(float),
        "four": (sets.size >= 4).astype(float),
        "visceral": sets.any_of(*VISCERAL),
        "visceral_only": sets.any_of(*VISCERAL) * (1 - sets.any_of("bone")),
        "no_bone": (sets.size > 0) * (1 - sets.any_of("bone")),
    }
    if name in special:
        return special[name]
    return sets.exactly(name.removesuffix("_only"))


class Expected:
    """Predictions at one coefficient vector; parts are computed once, when first needed.

    Parameters
    ----------
    layout, reference : Layout, Reference
    theta : (size,) real or complex
    base : predictions at the real vector, whose course is reused when `theta` does not change it
    """

    def __init__(
        self, layout: Layout, reference: Reference, theta: Floats, base: Expected | None = None
    ) -> None:
        self.layout, self.reference, self.theta = layout, reference, theta[None]
        self._base = base
        self._cache: dict[object, Floats] = {}
        self._strata: Strata = strata(reference.cells) if base is None else base._strata
        self._weights: dict[Context, Array] = {} if base is None else base._weights
        self._moved = {layout.names[i].split("[")[0] for i in np.flatnonzero(np.imag(theta))}

    def weights(self, context: Context) -> Array:
        """Population shares of a context, (grid,)."""
        if context not in self._weights:
            self._weights[context] = self.reference.weights(context)
        return self._weights[context]

    def _unmoved(self, *parts: str) -> Expected | None:
        """`base`, where the perturbed coefficient does not enter through any of `parts`."""
        return None if any(name.startswith(parts) for name in self._moved) else self._base

    def found(self, de_novo: bool) -> Floats:
        """P(A | presentation) on the grid, (grid, 2**K)."""
        if base := self._unmoved("pattern"):
            return base.found(de_novo)
        key = ("found", de_novo)
        if key not in self._cache:
            by_stratum = pattern.probabilities(self.layout, self.theta, self._strata.design, de_novo)
            self._cache[key] = by_stratum[0][self._strata.of_cell]
        return self._cache[key]

    def log_rate(self, year: float) -> Floats:
        """Log hazard of presentation on the grid, (grid, bands)."""
        if base := self._unmoved("rate"):
            return base.log_rate(year)
        key = ("rate", year)
        if key not in self._cache:
            self._cache[key] = rate.log_hazard(self.layout, self.theta, self.design(year))[0]
        return self._cache[key]

    def design(self, year: float) -> rate.RateDesign:
        """Design of the rate, shared with `base`."""
        source = self._base or self
        designs = source.__dict__.setdefault("_designs", {})
        if year not in designs:
            designs[year] = self.reference.design(year)
        found: rate.RateDesign = designs[year]
        return found

    def presenting(self, de_novo: bool) -> Floats:
        """Relative chance of entering a series of metastatic patients, (grid,)."""
        if de_novo:
            return self.prevalence
        return self.incidence("any_distant", rate.YEAR_ZERO, SERIES_YEARS)

    @cached_property
    def prevalence(self) -> Floats:
        """P(stage IV at diagnosis) on the grid, (grid,)."""
        changed = self.layout.block(self.theta, "prevalence.subtype")[0]
        by_subtype = self.layout.block(self.theta, "prevalence.level")[0] + np.concatenate([[0.0], changed])
        share: Floats = 1 / (1 + np.exp(-by_subtype[self.reference.cells.subtype]))
        return share

    def masses(self, year: float, horizon: float) -> Floats:
        """P(presenting in each of the time cells up to `horizon`) on the grid, (grid, cells)."""
        if base := self._unmoved("rate"):
            return base.masses(year, horizon)
        key = ("masses", year, horizon)
        if key not in self._cache:
            clock = rate.Clock(self.layout.bands, 0.0, (horizon,), horizon / _TIME_CELLS)
            self._cache[key] = clock.masses(self.log_rate(year), self.design(year).other)
        return self._cache[key]

    @cached_property
    def course(self) -> progression.Course:
        """Course from every starting set, rows = groups x 2**K, for subtype x lobular groups.

        Within a group the other covariates of the site effects are at their mean: their part in the
        later course is small against the starting set's.
        """
        if base := self._unmoved("progression", "death", "pattern.effects"):
            return base.course
        groups, layout = self.groups, self.layout
        design = self._strata.design[self._strata.of_cell]
        share = self.reference.share
        mean = np.array(
            [np.average(design[groups == g], axis=0, weights=share[groups == g]) for g in range(8)]
        )
        effects = pattern.site_effects(layout, self.theta, mean)
        rates = progression.hazards(layout, self.theta, effects, np.arange(8) // 2)
        count = layout.sets.count
        rates = progression.Hazards(*(np.repeat(part, count, axis=0) for part in vars(rates).values()))
        start = np.tile(np.eye(count), (8, 1))
        return progression.course(layout, rates, start, np.eye(count), (0.0, 15.0))

    @property
    def groups(self) -> NDArray[np.int64]:
        """Group of each grid cell: subtype times two plus lobular."""
        cells = self.reference.cells
        return cells.subtype * 2 + cells.lobular

    def later(self, feature: str, times: Array) -> Floats:
        """E(feature of the found set | group, starting set) after `times`, (8, 2**K, times)."""
        key = ("later", feature, tuple(times))
        if key not in self._cache:
            values = feature_values(self.layout.sets, feature)
            course = self.course
            reduced = progression.Course(
                course.nodes,
                (course.value @ values)[..., None],
                (course.slope_start @ values)[..., None],
                (course.slope_end @ values)[..., None],
                course.alive,
            )
            shape = (8, self.layout.sets.count, len(times))
            self._cache[key] = reduced.at(times)[..., 0].reshape(shape)
        return self._cache[key]

    def alive(self, years: float) -> Floats:
        """P(alive) after `years` by group and starting set, (8, 2**K); log-linear between nodes."""
        course = self.course
        i = int(np.clip(np.searchsorted(course.nodes, years, side="right") - 1, 0, len(course.nodes) - 2))
        part = (years - course.nodes[i]) / (course.nodes[i + 1] - course.nodes[i])
        log_alive = (1 - part) * np.log(course.alive[:, i]) + part * np.log(course.alive[:, i + 1])
        alive: Floats = np.exp(log_alive).reshape(8, -1)
        return alive

    def incidence(self, feature: str, year: float, horizon: float) -> Floats:
        """P(feature found by `horizon`) on the grid, (grid,), death competing."""
        masses = self.masses(year, horizon)
        if feature == "any_distant":
            total: Floats = masses.sum(-1)
            return total
        held: Floats = np.einsum("gt,gt->g", masses, self.held(feature, horizon))
        return held

    def held(self, feature: str, horizon: float) -> Floats:
        """P(feature found by `horizon` | presented in a time cell) on the grid, (grid, cells)."""
        if base := self._unmoved("pattern", "progression", "death"):
            return base.held(feature, horizon)
        key = ("held", feature, horizon)
        if key not in self._cache:
            edges = rate.Clock(self.layout.bands, 0.0, (horizon,), horizon / _TIME_CELLS).edges
            later = self.later(feature, horizon - (edges[:-1] + edges[1:]) / 2)
            found = self.found(False)
            held = np.zeros((len(found), later.shape[-1]), dtype=np.result_type(found, later))
            for group in range(8):
                rows = self.groups == group
                held[rows] = found[rows] @ later[group]
            self._cache[key] = held
        return self._cache[key]

    def share(self, feature: str, de_novo: bool) -> Floats:
        """P(feature at presentation) on the grid, (grid,)."""
        if base := self._unmoved("pattern"):
            return base.share(feature, de_novo)
        key = ("share", feature, de_novo)
        if key not in self._cache:
            self._cache[key] = self.found(de_novo) @ feature_values(self.layout.sets, feature)
        return self._cache[key]

    def series(self, context: Context, de_novo: bool) -> Floats:
        """Shares of the grid cells in a series of metastatic patients, up to a factor, (grid,)."""
        return self.weights(context) * self.presenting(de_novo)

    def by_group(self, m: Measurement, context: Context, de_novo: bool) -> Floats:
        """Joint shares of groups and sets at presentation in a series, (8, 2**K)."""
        members = (self.groups == np.arange(8)[:, None]) * self.series(context, de_novo)
        joint = members @ self.found(de_novo)
        if m.given:
            joint = joint * feature_values(self.layout.sets, m.given)
        if m.kind == "later":
            joint = joint * (1 - feature_values(self.layout.sets, m.feature))
        return joint / joint.sum()

    def probability(self, m: Measurement, context: Context) -> Floats:
        """Probability or hazard that `m` measures, in one context."""
        if m.kind in ("share", "share_at_diagnosis"):
            return self._share(m, context)
        if m.kind == "prevalence":
            stage_iv = self.series(context, de_novo=True)
            return stage_iv @ self.share(m.feature, de_novo=True)
        if m.kind in ("course", "later"):
            joint = self.by_group(m, context, de_novo=False)
            return (joint * self.later(m.feature, np.array([m.years]))[..., 0]).sum()
        if m.kind == "survival":
            joint = self.by_group(m, context, m.population == "de novo")
            return 1 - (joint * self.alive(m.years)).sum()
        if m.kind == "incidence":
            return self._incidence(m, context)
        return self._period(m, context)

    def _share(self, m: Measurement, context: Context) -> Floats:
        de_novo = m.kind == "share_at_diagnosis"
        series = self.series(context, de_novo)
        if not m.given:
            return series @ self.share(m.feature, de_novo) / series.sum()
        sets = self.layout.sets
        selected = series @ self.found(de_novo) * feature_values(sets, m.given)
        share: Floats = selected @ feature_values(sets, m.feature) / selected.sum()
        return share

    def _incidence(self, m: Measurement, context: Context) -> Floats:
        weights = self.weights(context)
        whole = weights @ self.incidence(m.feature, m.year, m.years)
        if m.from_years == 0:
            return whole
        before = weights @ self.incidence(m.feature, m.year, m.from_years)
        return (whole - before) / (1 - before)

    def _period(self, m: Measurement, context: Context) -> Floats:
        """Net risk, or mean yearly hazard, between two times among those free at the first."""
        weights = self.weights(context)
        begin, end = (weights @ self.still_free(m.year, t) for t in (m.from_years, m.years))
        risk: Floats = 1 - end / begin
        return risk if m.kind == "net_risk" else -np.log(1 - risk) / (m.years - m.from_years)

    def still_free(self, year: float, until: float) -> Floats:
        """P(no distant disease by `until`) without other deaths, on the grid, (grid,)."""
        key = ("free", year, until)
        if key not in self._cache:
            exposure = np.diff(np.minimum(np.r_[self.layout.bands, np.inf], until))
            self._cache[key] = np.exp(-np.exp(self.log_rate(year)) @ exposure)
        return self._cache[key]

    def __call__(self, m: Measurement) -> complex:
        """Prediction of a measurement on its own scale."""
        if m.kind == "death_ratio":
            place = self.layout.names.index
            return complex(sum(weight * self.theta[0, place(name)] for name, weight in m.terms))
        value = _scale(self.probability(m, m.context), m)
        if m.against is None:
            return complex(value)
        return complex(value - _scale(self.probability(m, m.against), m))


def _scale(p: Floats, m: Measurement) -> Floats:
    if m.scale == "log":
        return np.log(p)
    return np.log(-np.log(1 - p)) if m.scale == "cloglog" else np.log(p / (1 - p))


def predict(layout: Layout, reference: Reference, theta: Array, rows: Sequence[Measurement]) -> Array:
    """Predicted values, (rows,)."""
    expected = Expected(layout, reference, theta)
    return np.array([expected(m).real for m in rows])


def predict_and_differentiate(
    layout: Layout, reference: Reference, theta: Array, rows: Sequence[Measurement]
) -> tuple[Array, Array]:
    """Predicted values (rows,) and their derivatives (rows, size) by the complex step."""
    base = Expected(layout, reference, theta)
    values = np.array([base(m).real for m in rows])
    jacobian = np.zeros((len(rows), layout.size))
    for j in range(layout.size):
        checkpoint()
        moved = theta.astype(complex)
        moved[j] += 1j * _STEP
        expected = Expected(layout, reference, moved, base)
        touched = [i for i, m in enumerate(rows) if _touches(layout.names[j], m)]
        for i in touched:
            jacobian[i, j] = expected(rows[i]).imag / _STEP
    return values, jacobian


def _touches(name: str, m: Measurement) -> bool:
    """Whether a coefficient can enter a prediction; it spares most of the work."""
    part = name.split(".", maxsplit=1)[0]
    if m.kind in ("net_risk", "hazard") or (m.kind == "incidence" and m.feature == "any_distant"):
        return part == "rate"
    if m.kind == "death_ratio":
        return part == "death"
    if part == "rate":
        return not m.de_novo
    if part == "prevalence" or name.startswith("pattern.de_novo"):
        return m.de_novo
    return part == "pattern" or m.kind in ("course", "later", "survival", "incidence")
