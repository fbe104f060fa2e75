"""Parts of the process on the grid of the reference population, from which measurements are predicted.

All functions accept complex coefficients, so that derivatives come from the complex step, exact to
rounding (Squire & Trapp 1998, SIAM Review 40:110).
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from organotropism.learn.reference import Context, Reference
from organotropism.process import pattern, progression, rate
from organotropism.process.kernel import Strata, strata
from organotropism.process.layout import Layout
from organotropism.process.sets import SiteSets

Floats = NDArray[Any]
Array = NDArray[np.float64]
VISCERAL = ("lung", "liver", "brain")
#: Sites that registries record, and the ending of features among them.
RECORDED, OF_FOUR = ("bone", "lung", "liver", "brain"), "_of_four"
#: Cells of the time grid of an incidence: the integrand is smooth, 16 midpoints err below 1e-3 (relative).
_TIME_CELLS = 16
#: Step along the imaginary axis: its square vanishes beside one.
STEP = 1e-30


class Era(NamedTuple):
    """When women were diagnosed, and how treated: all ER-positive with endocrine therapy, or as usual."""

    year: float
    endocrine: bool = False


USUAL = Era(rate.USUAL_YEAR)


def feature_values(sets: SiteSets, name: str) -> Array:
    """(2**K,) value of a feature of the found set."""
    if name in sets.sites:
        return sets.any_of(name)
    if name.endswith(OF_FOUR):
        return _of_four(sets, name.removesuffix(OF_FOUR))
    special = {
        "any_distant": (sets.size > 0).astype(float),
        "multiple": sets.several,
        "single": (sets.size == 1).astype(float),
        "four": (sets.size >= 4).astype(float),
        "visceral": sets.any_of(*VISCERAL),
        "visceral_only": sets.any_of(*VISCERAL) * (1 - sets.any_of("bone")),
        "no_bone": (sets.size > 0) * (1 - sets.any_of("bone")),
        "bone_and_others": sets.several * sets.any_of("bone"),
    }
    if name in special:
        return special[name]
    return sets.exactly(name.removesuffix("_only"))


def _of_four(sets: SiteSets, name: str) -> Array:
    """Feature of the sites that a registry records, whatever else was found."""
    found = np.array([sets.any_of(site) for site in RECORDED])
    if name == "multiple":
        return (found.sum(0) >= 2).astype(float)
    held: Array = found[RECORDED.index(name.removesuffix("_only"))] * (found.sum(0) == 1)
    return held


class Parts:
    """The process at one coefficient vector; each part is computed once, when first needed.

    Parameters
    ----------
    layout, reference : Layout, Reference
    theta : (size,) real or complex
    base : the same at the real vector, whose parts are reused where `theta` does not change them
    """

    def __init__(
        self, layout: Layout, reference: Reference, theta: Floats, base: Parts | None = None
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

    def _unmoved(self, *parts: str) -> Parts | None:
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

    def log_rate(self, era: Era) -> Floats:
        """Log hazard of presentation on the grid, (grid, bands)."""
        if base := self._unmoved("rate"):
            return base.log_rate(era)
        key = ("rate", era)
        if key not in self._cache:
            self._cache[key] = rate.log_hazard(self.layout, self.theta, self.design(era))[0]
        return self._cache[key]

    def design(self, era: Era) -> rate.RateDesign:
        """Design of the rate, shared with `base`."""
        source = self._base or self
        designs = source.__dict__.setdefault("_designs", {})
        if era not in designs:
            designs[era] = self.reference.design(*era)
        found: rate.RateDesign = designs[era]
        return found

    @cached_property
    def prevalence(self) -> Floats:
        """P(stage IV at diagnosis) on the grid, (grid,)."""
        changed = self.layout.block(self.theta, "prevalence.subtype")[0]
        by_subtype = self.layout.block(self.theta, "prevalence.level")[0] + np.concatenate([[0.0], changed])
        share: Floats = 1 / (1 + np.exp(-by_subtype[self.reference.cells.subtype]))
        return share

    def masses(self, era: Era, horizon: float, start: float = 0.0) -> Floats:
        """P(presenting in each of the time cells from `start` to `horizon`) on the grid, (grid, cells).

        It is of women free of distant disease and alive at `start`, years since diagnosis.
        """
        if base := self._unmoved("rate"):
            return base.masses(era, horizon, start)
        key = ("masses", era, horizon, start)
        if key not in self._cache:
            clock = self._clock(horizon, start)
            self._cache[key] = clock.masses(self.log_rate(era), self.design(era).other)
        return self._cache[key]

    def _clock(self, horizon: float, start: float = 0.0) -> rate.Clock:
        return rate.Clock(self.layout.bands, start, (horizon - start,), (horizon - start) / _TIME_CELLS)

    def free(self, era: Era, until: float) -> Floats:
        """P(free of distant disease and alive at `until`) on the grid, (grid,)."""
        free: Floats = rate.free_until(self.layout.bands, self.log_rate(era), self.design(era).other, until)
        return free

    def free_time(self, era: Era, horizon: float) -> Floats:
        """Mean years alive and free of distant disease up to `horizon` on the grid, (grid,)."""
        edges = self._clock(horizon).edges
        band = np.searchsorted(self.layout.bands, (edges[:-1] + edges[1:]) / 2, side="right") - 1
        years: Floats = (self.masses(era, horizon) / np.exp(self.log_rate(era))[:, band]).sum(-1)
        return years

    def net_free(self, era: Era, until: float) -> Floats:
        """P(no distant disease by `until`) without other deaths, on the grid, (grid,)."""
        if base := self._unmoved("rate"):
            return base.net_free(era, until)
        key = ("net_free", era, until)
        if key not in self._cache:
            exposure = np.diff(np.minimum(np.r_[self.layout.bands, np.inf], until))
            self._cache[key] = np.exp(-np.exp(self.log_rate(era)) @ exposure)
        return self._cache[key]

    @cached_property
    def course(self) -> progression.Course:
        """Course from every starting set, rows = groups x 2**K, for subtype x lobular groups.

        Within a group the other covariates of the site effects are at their mean: their part in the
        later course is small against the starting set's.
        """
        if base := self._unmoved("progression", "death", "pattern.effects"):
            return base.course
        if self._base is not None and self._moved == {"pattern.effects"}:
            return self._base.course_with_effect(int(np.flatnonzero(np.imag(self.theta[0]))[0]))
        layout = self.layout
        effects = pattern.site_effects(layout, self.theta, self._group_means)
        rates = progression.hazards(layout, self.theta, effects, np.arange(8) // 2)
        count = layout.sets.count
        rates = progression.Hazards(*(np.repeat(part, count, axis=0) for part in vars(rates).values()))
        start = np.tile(np.eye(count), (8, 1))
        return progression.course(layout, rates, start, np.eye(count), (0.0, 15.0), living=np.eye(count))

    @cached_property
    def _group_means(self) -> Array:
        """Mean covariates of the pattern by group, (8, covariates)."""
        groups, share = self.groups, self.reference.share
        design = self._strata.design[self._strata.of_cell]
        means = [np.average(design[groups == g], axis=0, weights=share[groups == g]) for g in range(8)]
        return np.array(means)

    def course_with_effect(self, place: int) -> progression.Course:
        """Course with its derivative by the effect on the pattern at `place` as imaginary part.

        An effect enters through the gain of its site alone, by the slope times the covariate, so its
        derivative is that of the gain's level times both.
        """
        layout = self.layout
        q, k = divmod(place - layout.slices["pattern.effects"].start, len(layout.sites))
        source = self._course_by_gain(k)
        slope = float(layout.block(self.theta[0], "progression.slope").real)
        factor = np.repeat(slope * self._group_means[:, q], layout.sets.count)[:, None, None]
        parts = (source.value, source.slope_start, source.slope_end, source.living)
        return progression.Course(source.nodes, *(part.real + 1j * part.imag * factor for part in parts))

    def _course_by_gain(self, k: int) -> progression.Course:
        """Course with its derivative by the level of the gain of a site as imaginary part."""
        courses: dict[int, progression.Course] = self.__dict__.setdefault("_courses_by_gain", {})
        if k not in courses:
            moved = self.theta[0].astype(complex)
            moved[self.layout.slices["progression.level"].start + k] += 1j * STEP
            courses[k] = Parts(self.layout, self.reference, moved, self).course
        return courses[k]

    @cached_property
    def grouped(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Grid cells ordered by group, and the first of each group."""
        if self._base is not None:
            return self._base.grouped
        order = np.argsort(self.groups, kind="stable")
        return order, np.flatnonzero(np.diff(self.groups[order], prepend=-1))

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
                course.living,
            )
            shape = (8, self.layout.sets.count, len(times))
            self._cache[key] = reduced.at(times)[..., 0].reshape(shape)
        return self._cache[key]

    def alive(self, years: float) -> Floats:
        """P(alive) after `years` by group and starting set, (8, 2**K); log-linear between nodes."""
        nodes, living = self.course.nodes, self.course.living.sum(-1)
        i = int(np.clip(np.searchsorted(nodes, years, side="right") - 1, 0, len(nodes) - 2))
        part = (years - nodes[i]) / (nodes[i + 1] - nodes[i])
        log_alive = (1 - part) * np.log(living[:, i]) + part * np.log(living[:, i + 1])
        alive: Floats = np.exp(log_alive).reshape(8, -1)
        return alive

    def time_without(self, feature: str, times: Array) -> Floats:
        """Mean years alive without the feature up to each time since presentation, (8, 2**K, times)."""
        key = ("time_without", feature, tuple(times))
        if key not in self._cache:
            nodes = self.course.nodes
            living = self.course.living @ (1 - feature_values(self.layout.sets, feature))
            width = np.diff(nodes)
            whole = np.cumsum((living[:, :-1] + living[:, 1:]) / 2 * width, axis=1)
            before = np.concatenate([np.zeros_like(whole[:, :1]), whole], axis=1)
            i = np.clip(np.searchsorted(nodes, times, side="right") - 1, 0, len(nodes) - 2)
            into = times - nodes[i]
            slope = (living[:, i + 1] - living[:, i]) / width[i]
            years = before[:, i] + living[:, i] * into + slope * into**2 / 2
            self._cache[key] = years.reshape(8, self.layout.sets.count, len(times))
        return self._cache[key]

    def incidence(self, feature: str, era: Era, horizon: float, start: float = 0.0) -> Floats:
        """P(feature ever found by `horizon`) of women free at `start`, (grid,), death competing."""
        masses = self.masses(era, horizon, start)
        if feature == "any_distant":
            total: Floats = masses.sum(-1)
            return total
        held: Floats = np.einsum("gt,gt->g", masses, self.held("later", feature, horizon, start))
        return held

    def time_at_risk(self, feature: str, era: Era, horizon: float) -> Floats:
        """Mean years alive without the feature from diagnosis to `horizon`, on the grid, (grid,)."""
        if feature == "any_distant":
            return self.free_time(era, horizon)
        relapsed = np.einsum(
            "gt,gt->g", self.masses(era, horizon), self.held("time_without", feature, horizon)
        )
        years: Floats = self.free_time(era, horizon) + relapsed
        return years

    def held(self, what: str, feature: str, horizon: float, start: float = 0.0) -> Floats:
        """`later` or `time_without` at `horizon` of those presenting in each time cell, (grid, cells)."""
        if base := self._unmoved("pattern", "progression", "death"):
            return base.held(what, feature, horizon, start)
        key = ("held", what, feature, horizon, start)
        if key not in self._cache:
            edges = self._clock(horizon, start).edges
            later = getattr(self, what)(feature, horizon - (edges[:-1] + edges[1:]) / 2)
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
