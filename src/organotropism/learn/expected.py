"""What the process predicts for each measurement, given the coefficients.

Each kind of measurement has its functional here: a share, an incidence with death competing, a mean
cause-specific hazard, a risk with death removed, survival. Contrasts are differences of it between the women
of the level and those of the comparator, on the scale of the measure.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from math import sqrt

import numpy as np

from organotropism.learn.expected_parts import STEP, USUAL, Array, Era, Floats, Parts, feature_values
from organotropism.learn.measurement import Measurement
from organotropism.learn.reference import Context, Reference
from organotropism.process.interrupt import checkpoint
from organotropism.process.layout import Layout

#: Years over which presentation weighs the relapsed patients of a series.
SERIES_YEARS = 10.0
#: A crude share is averaged over follow-up times spread evenly from half to one and a half times their
#: median; two Gauss points do it, exact for a share that is cubic in time.
_FOLLOW_UP = (1 - 0.5 / sqrt(3), 1 + 0.5 / sqrt(3))
#: Kinds that look beyond the presentation.
_WITH_COURSE = (
    *("course", "later", "survival", "later_site_hazard", "incidence", "incidence_all_stages"),
    "site_hazard",
)


class Expected(Parts):
    """Predictions of measurements at one coefficient vector; parameters as of `Parts`."""

    def series(self, context: Context, presentation: str) -> dict[bool, Floats]:
        """Shares of the grid cells in a series of patients with distant disease, up to one factor.

        The keys say whether it was found at diagnosis; a mixed series holds both in the proportion in which
        they arise.
        """
        weights = self.weights(context)
        if presentation == "diagnosis":
            return {True: weights * self.prevalence}
        relapse = weights * self.incidence("any_distant", USUAL, SERIES_YEARS)
        if presentation == "relapse":
            return {False: relapse}
        return {True: weights * self.prevalence, False: relapse * (1 - self.prevalence)}

    def at_presentation(self, m: Measurement, context: Context) -> Floats:
        """Joint shares of groups and sets at presentation in a series, (8, 2**K), among the `given`."""
        order, starts = self.grouped
        parts = self.series(context, m.presentation)
        members = sum(shares[:, None] * self.found(de_novo) for de_novo, shares in parts.items())
        joint = np.add.reduceat(np.asarray(members)[order], starts, axis=0)
        if m.given:
            joint = joint * feature_values(self.layout.sets, m.given)
        if m.kind in ("later", "later_site_hazard"):
            joint = joint * (1 - feature_values(self.layout.sets, m.feature))
        normal: Floats = joint / joint.sum()
        return normal

    def value(self, m: Measurement, context: Context) -> Floats:
        """Probability or hazard that `m` measures, in one context."""
        if m.kind in ("share", "course", "later", "survival", "later_site_hazard"):
            return self._of_series(m, context)
        if m.kind == "prevalence":
            return self.series(context, "diagnosis")[True] @ self.share(m.feature, de_novo=True)
        if m.kind in ("site_hazard", "first_site_hazard"):
            return self._hazard(m, context)
        if m.kind in ("net_risk", "hazard"):
            return self._net(m, context)
        return _over_follow_up(m, lambda years: self._incidence(m, context, years))

    def _of_series(self, m: Measurement, context: Context) -> Floats:
        joint = self.at_presentation(m, context)
        if m.kind == "share":
            share: Floats = (joint @ feature_values(self.layout.sets, m.feature)).sum()
            return share
        if m.kind == "survival":
            return 1 - (joint * self.alive(m.years)).sum()

        def found(years: float) -> Floats:
            later: Floats = (joint * self.later(m.feature, np.array([years]))[..., 0]).sum()
            return later

        if m.kind == "later_site_hazard":
            at_risk = (joint * self.time_without(m.feature, np.array([m.years]))[..., 0]).sum()
            return found(m.years) / at_risk
        return _over_follow_up(m, found)

    def _incidence(self, m: Measurement, context: Context, years: float) -> Floats:
        """P(found by `years`), of those free and alive at `from_years` where the period starts later."""
        era, weights = Era(m.year, m.endocrine), self.weights(context)
        if m.from_years:
            weights = weights * self.free(era, m.from_years)
            weights = weights / weights.sum()
        if m.kind == "first_incidence":
            return weights @ self._first(m.feature, era, years, m.from_years)
        incidence = self.incidence(m.feature, era, years, m.from_years)
        if m.kind == "incidence_all_stages":
            later = self.later(m.feature, np.array([years]))[..., 0][self.groups]
            at_diagnosis = (self.found(True) * later).sum(-1)
            incidence = self.prevalence * at_diagnosis + (1 - self.prevalence) * incidence
        return weights @ incidence

    def _first(self, feature: str, era: Era, years: float, start: float = 0.0) -> Floats:
        """P(first relapse with the feature by `years`) on the grid, (grid,)."""
        return self.incidence("any_distant", era, years, start) * self.share(feature, de_novo=False)

    def _hazard(self, m: Measurement, context: Context) -> Floats:
        """Events over the years at risk between the two times, death competing."""
        era, weights = Era(m.year, m.endocrine), self.weights(context)
        first = m.kind == "first_site_hazard"

        def until(years: float) -> tuple[Floats, Floats]:
            events = self._first(m.feature, era, years) if first else self.incidence(m.feature, era, years)
            at_risk = self.time_at_risk("any_distant" if first else m.feature, era, years)
            return weights @ events, weights @ at_risk

        events, at_risk = until(m.years)
        if m.from_years:
            before = until(m.from_years)
            events, at_risk = events - before[0], at_risk - before[1]
        return events / at_risk

    def _net(self, m: Measurement, context: Context) -> Floats:
        """Net risk, or mean yearly hazard, between two times among those free at the first."""
        era, weights = Era(m.year, m.endocrine), self.weights(context)
        begin, end = (weights @ self.net_free(era, t) for t in (m.from_years, m.years))
        risk: Floats = 1 - end / begin
        return risk if m.kind == "net_risk" else -np.log(1 - risk) / (m.years - m.from_years)

    def __call__(self, m: Measurement) -> complex:
        """Prediction of a measurement on its own scale."""
        if m.kind == "death_ratio":
            place = self.layout.names.index
            return complex(sum(weight * self.theta[0, place(name)] for name, weight in m.terms))
        value = _scale(self._of(m.context).value(m, m.context), m)
        if m.against is not None:
            value = value - _scale(self._of(m.against).value(m, m.against), m)
        return complex(value + m.excess)

    def _of(self, context: Context) -> Expected:
        """Predictions for the women of a context: T4 has a hazard of its own."""
        return self._with_t4 if context.t4 else self

    @cached_property
    def _with_t4(self) -> Expected:
        base = None if self._base is None else self._base.__dict__.get("_with_t4")
        return Expected(self.layout, replace(self.reference, t4=True), self.theta[0], base)


def _over_follow_up(m: Measurement, found: Callable[[float], Floats]) -> Floats:
    """Value at a horizon, or its mean over the follow-up times."""
    if not m.follow_up:
        return found(m.years)
    early, late = (found(m.years * part) for part in _FOLLOW_UP)
    return (early + late) / 2


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
        checkpoint()
        moved = theta.astype(complex)
        moved[j] += 1j * STEP
        expected = Expected(layout, reference, moved, base)
        touched = [i for i, m in enumerate(rows) if _touches(layout.names[j], m)]
        for i in touched:
            jacobian[i, j] = expected(rows[i]).imag / STEP
    return values, jacobian


def _touches(name: str, m: Measurement) -> bool:
    """Whether a coefficient can enter a prediction; it spares most of the work."""
    part = name.split(".", maxsplit=1)[0]
    if m.kind == "death_ratio":
        return part == "death"
    if m.kind in ("net_risk", "hazard"):
        return part == "rate"
    if m.presentation != "mixed":
        if m.feature == "any_distant" and m.kind in ("incidence", "first_incidence", "site_hazard"):
            return part == "rate"
        if part == "rate":
            return m.presentation == "relapse"
        if part == "prevalence" or name.startswith("pattern.de_novo"):
            return m.presentation == "diagnosis"
    return part in ("rate", "prevalence", "pattern") or m.kind in _WITH_COURSE
