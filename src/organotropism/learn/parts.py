"""The parts of a cohort's likelihood: three hazards, the pattern, prevalence."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from organotropism.learn.scores import Scores
from organotropism.learn.units import Design
from organotropism.process import pattern

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
POISSON = {"rate": "rate.", "gain": "progression.", "death": "death."}


class State:
    """Linear predictors and what follows from them at one coefficient vector."""

    def __init__(self, data: Design, theta: Array) -> None:
        self.data, self.theta = data, theta
        layout = data.layout
        effects = layout.block(theta, "pattern.effects")
        #: (groups, sites) x'effects
        self.site_effects = data.scores @ effects
        self.designs = {name: getattr(data, name) for name in POISSON}
        self.slope = float(layout.block(theta, "progression.slope"))
        gain = data.gain
        with_slope = gain.design.copy()
        with_slope[:, -1] = self.site_effects[data.group[gain.cell], data.gain_site]
        self.designs["gain"] = replace(gain, design=with_slope)
        self.log_hazard = {
            name: rows.offset + rows.design @ theta[columns(data, POISSON[name])]
            for name, rows in self.designs.items()
        }
        #: (2, groups, sets) probabilities of the non-empty sets, in relapse and at diagnosis
        self.probability = np.stack(
            [
                pattern.probabilities(layout, theta[None], data.scores, de_novo=kind)[0, :, 1:]
                for kind in (False, True)
            ]
        )
        by_subtype = np.r_[0.0, layout.block(theta, "prevalence.subtype")]
        #: (4,) logit of stage IV at diagnosis, by subtype
        self.stage_iv = layout.block(theta, "prevalence.level") + by_subtype

    def posterior(self) -> tuple[Array, Array]:
        """(cells,) posterior of each cell within its unit, and (units,) log likelihood of each unit."""
        data = self.data
        log_weight = data.log_weight.copy()
        for name, rows in self.designs.items():
            value = rows.events * self.log_hazard[name] - rows.years * np.exp(self.log_hazard[name])
            log_weight += np.bincount(
                rows.cell, value * rows.counts.weighs[rows.source], minlength=len(log_weight)
            )
        found, row, cell = data.units.found, data.found_row, data.found_cell
        if len(row):
            p = self.probability[found.de_novo[row], data.group[cell], found.set_number[row] - 1]
            log_weight += np.bincount(cell, found.patients[row] * np.log(p), minlength=len(log_weight))
        enrolled, row, cell = data.units.enrolled, data.enrolled_row, data.enrolled_cell
        if len(row):
            logit = self.stage_iv[data.subtype[cell]]
            value = enrolled.stage_iv[row] * logit - enrolled.patients[row] * np.log1p(np.exp(logit))
            log_weight += np.bincount(cell, value, minlength=len(log_weight))
        unit = data.units.cells.patient
        top = np.maximum.reduceat(log_weight, data.starts)
        relative = np.exp(log_weight - top[unit])
        total = np.add.reduceat(relative, data.starts)
        return relative / total[unit], top + np.log(total)


def columns(data: Design, prefix: str) -> slice:
    """Places of all blocks whose name begins so."""
    parts = [part for name, part in data.layout.slices.items() if name.startswith(prefix)]
    return slice(parts[0].start, parts[-1].stop)


class Part(Protocol):
    """What every part of the likelihood gives."""

    columns: slice

    def add_scores(self, scores: Scores) -> None:
        """Add the score of each cell."""

    def information(self, weight: Array) -> Array:
        """(p, p) expected information of the complete data, the cells weighted (cells,)."""

    def add_cross(self, information: Array, weight: Array, observed: bool) -> None:
        """Add the information on coefficients of other parts; expected or, with the residuals, observed."""


class Poisson:
    """One of the three hazards."""

    def __init__(self, state: State, name: str) -> None:
        self.state, self.name = state, name
        self.rows = state.designs[name]
        self.columns = columns(state.data, POISSON[name])
        self.expected = self.rows.years * np.exp(state.log_hazard[name])
        self.residual = self.rows.events - self.expected
        self.teaches = self.rows.counts.teaches[self.rows.source]
        self.weighs = self.rows.counts.weighs[self.rows.source]

    def add_scores(self, scores: Scores) -> None:
        """Add the score of each cell; the later course bears on the effects of the pattern, too."""
        value = self.residual[:, None] * self.rows.design
        scores.add(self.columns, self.rows.by_cell, value, self.teaches, self.weighs)
        if self.name != "gain":
            return
        data = self.state.data
        by_site = (self.state.slope * self.residual)[:, None] * self.rows.design[:, : len(data.layout.sites)]

        def through_effects(value: Array) -> Array:
            effects = np.einsum("nq,nk->nqk", data.scores[data.group], value)
            return effects.reshape(len(value), -1)

        place = data.layout.slices["pattern.effects"]
        scores.add(place, self.rows.by_cell, by_site, self.teaches, self.weighs, through_effects)

    def information(self, weight: Array) -> Array:
        """(p, p) expected information of the complete data."""
        mean = weight[self.rows.cell] * self.expected * self.teaches
        information: Array = self.rows.design.T @ (mean[:, None] * self.rows.design)
        return information

    def skewness(self, weight: Array, inverse: Array) -> Array:
        """(p,) half the derivative of the log determinant of the information."""
        design = self.rows.design
        leverage = np.einsum("ni,ij,nj->n", design, inverse, design, optimize=True)
        half: Array = (leverage * weight[self.rows.cell] * self.expected * self.teaches / 2) @ design
        return half

    def add_cross(self, information: Array, weight: Array, observed: bool) -> None:
        """Add what the gains of sites tell of the effects of the pattern, and of both together."""
        if self.name != "gain":
            return
        data, weight = self.state.data, weight[self.rows.cell] * self.teaches
        place = data.layout.slices["pattern.effects"]
        x = data.scores[data.group[self.rows.cell]]
        mean = weight * self.expected * self.state.slope
        moved = mean[:, None] * self.rows.design
        if observed:
            moved[:, -1] -= weight * self.residual
        shape = (x.shape[1], len(data.layout.sites))
        cross, own = np.zeros((self.rows.design.shape[1], *shape)), np.zeros((*shape, *shape))
        for k in range(shape[1]):
            rows = data.gain_site == k
            cross[:, :, k] = moved[rows].T @ x[rows]
            own[:, k, :, k] = self.state.slope * (x[rows].T * mean[rows]) @ x[rows]
        cross = cross.reshape(len(cross), -1)
        information[self.columns, place] += cross
        information[place, self.columns] += cross.T
        information[place, place] += own.reshape(cross.shape[1], -1)


class Pattern:
    """The set found at presentation."""

    def __init__(self, state: State) -> None:
        self.state = state
        data, layout = state.data, state.data.layout
        self.columns = columns(data, "pattern.")
        self.features = np.hstack([layout.sets.membership[1:], layout.sets.pair_membership[1:]])
        #: (2, groups, features) expected features
        self.mean = state.probability @ self.features
        self.sites = len(layout.sites)

    def add_scores(self, scores: Scores) -> None:
        """Add the score of each cell."""
        data = self.state.data
        found, row, cell = data.units.found, data.found_row, data.found_cell
        if not len(row):
            return
        group, kind = data.group[cell], found.de_novo[row]
        missed = self.features[found.set_number[row] - 1] - self.mean[kind, group]
        missed = found.patients[row][:, None] * missed
        sites, pairs = missed[:, : self.sites], missed[:, self.sites :]
        effects = np.einsum("nq,nk->nqk", data.scores[group], sites).reshape(len(row), -1)
        value = np.hstack([sites, kind[:, None] * sites, pairs, effects])
        scores.add(self.columns, data.found_by_cell, value, found.teaches[row], np.ones(len(row), bool))

    def information(self, weight: Array) -> Array:
        """(p, p) expected information of the complete data."""
        by_group = self.patients_by_group(weight)
        size = self.columns.stop - self.columns.start
        total = np.zeros((size, size))
        for kind in (0, 1):
            used = np.flatnonzero(by_group[kind])
            if not len(used):
                continue
            p, mean, n = self.state.probability[kind, used], self.mean[kind, used], by_group[kind, used]
            second = np.einsum("gs,sa,sb->gab", p, self.features, self.features, optimize=True)
            spread = n[:, None, None] * (second - mean[:, :, None] * mean[:, None, :])
            expand = self.expansion(used, kind)
            total += np.einsum("gai,gab,gbj->ij", expand, spread, expand, optimize=True)
        return total

    def patients_by_group(self, weight: Array) -> Array:
        """(2, groups) expected number of taught patients."""
        data = self.state.data
        found, row, cell = data.units.found, data.found_row, data.found_cell
        total = np.zeros((2, len(data.scores)))
        taught = weight[cell] * found.patients[row] * found.teaches[row]
        np.add.at(total, (found.de_novo[row], data.group[cell]), taught)
        return total

    def expansion(self, groups: Ints, kind: int) -> Array:
        """(groups, features, p) how features of the sets follow from the coefficients."""
        data, sites = self.state.data, self.sites
        x = data.scores[groups]
        eye, pairs = np.eye(sites), self.features.shape[1] - sites
        size = self.columns.stop - self.columns.start
        expand = np.zeros((len(groups), self.features.shape[1], size))
        expand[:, :sites, :sites] = eye
        expand[:, :sites, sites : 2 * sites] = kind * eye
        expand[:, sites:, 2 * sites : 2 * sites + pairs] = np.eye(pairs)
        effects = np.einsum("gq,kl->gkql", x, eye).reshape(len(groups), sites, -1)
        expand[:, :sites, 2 * sites + pairs :] = effects
        return expand

    def skewness(self, weight: Array, inverse: Array) -> Array:
        """(p,) half the derivative of the log determinant of the information."""
        by_group, total = self.patients_by_group(weight), np.zeros(len(inverse))
        for kind in (0, 1):
            used = np.flatnonzero(by_group[kind])
            if not len(used):
                continue
            expand = self.expansion(used, kind)
            small = np.einsum("gai,ij,gbj->gab", expand, inverse, expand, optimize=True)
            away = self.features[None] - self.mean[kind, used][:, None, :]
            distance = np.einsum("gsa,gab,gsb->gs", away, small, away, optimize=True)
            pull = np.einsum("gs,gsa->ga", self.state.probability[kind, used] * distance, away)
            total += np.einsum("g,ga,gai->i", by_group[kind, used] / 2, pull, expand, optimize=True)
        return total

    def add_cross(self, information: Array, weight: Array, observed: bool) -> None:
        """The pattern depends on its own coefficients alone."""


class Prevalence:
    """Stage IV at diagnosis."""

    def __init__(self, state: State) -> None:
        self.state = state
        data = state.data
        self.columns = columns(data, "prevalence.")
        #: (subtypes, coefficients)
        self.design = np.hstack([np.ones((4, 1)), np.eye(4)[:, 1:]])
        self.p = 1 / (1 + np.exp(-state.stage_iv))

    def add_scores(self, scores: Scores) -> None:
        """Add the score of each cell."""
        data = self.state.data
        enrolled, row, cell = data.units.enrolled, data.enrolled_row, data.enrolled_cell
        if not len(row):
            return
        subtype = data.subtype[cell]
        missed = enrolled.stage_iv[row] - enrolled.patients[row] * self.p[subtype]
        value = missed[:, None] * self.design[subtype]
        scores.add(self.columns, data.enrolled_by_cell, value, enrolled.teaches[row], np.ones(len(row), bool))

    def information(self, weight: Array) -> Array:
        """(4, 4) expected information of the complete data."""
        data = self.state.data
        enrolled, row, cell = data.units.enrolled, data.enrolled_row, data.enrolled_cell
        taught = weight[cell] * enrolled.patients[row] * enrolled.teaches[row]
        n = np.bincount(data.subtype[cell], taught, minlength=4)
        information: Array = self.design.T @ ((n * self.p * (1 - self.p))[:, None] * self.design)
        return information

    def add_cross(self, information: Array, weight: Array, observed: bool) -> None:
        """Prevalence depends on its own coefficients alone."""


@dataclass(frozen=True)
class Jeffreys:
    """The Jeffreys penalty, half the log determinant of the information (Firth 1993, Biometrika 80:27).

    It keeps estimates finite where events are on one side only, and takes away the bias of first order. Its
    own second derivatives are left out.

    Attributes
    ----------
    parts : parts of the likelihood it applies to: those of `POISSON`, or the pattern
    precision : (size, size) of the weak prior; added to the information, so that a coefficient the cohort is
        nearly silent on is left to that prior
    """

    parts: tuple[str, ...]
    precision: Array

    def score(self, state: State, weight: Array, complete: Array) -> Array:
        """(size,) derivative of the penalty."""
        total = np.zeros(len(complete))
        for name in self.parts:
            part = Pattern(state) if name == "pattern" else Poisson(state, name)
            place = part.columns
            known = complete[place, place] + self.precision[place, place]
            inverse = np.asarray(np.linalg.inv(known), float)
            total[place] = part.skewness(weight, inverse)
        return total
