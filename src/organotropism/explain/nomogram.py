"""Nomograms: points for each factor that add up to a risk, and how far that is from the forecast itself.

The forecast is no sum of factors on any scale, so a nomogram is its best additive approximation over the
reference population: weighted least squares on the complementary log-log scale of a risk with a horizon, on
the logit scale of one given metastasis. Every nomogram states its error against the forecast.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from organotropism.explain.nomogram_axes import Axis, axes_of, population_sample
from organotropism.process import rate
from organotropism.process.cells import Cells
from organotropism.process.document import RESEARCH_ONLY
from organotropism.process.forecast import POINT_STEP
from organotropism.process.kernel import Kernel, Risks
from organotropism.process.model import Model
from organotropism.vocabulary import SUBTYPES

Array = NDArray[np.float64]
QUANTITIES: Final = ("ever", "first", "only", "any", "given_metastasis", "several")
#: Quantities that are not of one site, and those that have no horizon.
OF_NO_SITE: Final = ("any", "several")
WITHOUT_HORIZON: Final = ("given_metastasis", "several")
LONGEST: Final = 100.0
#: Risks are held this far from 0 and 1 for the transformation.
_EDGE: Final = 1e-9


@dataclass(frozen=True)
class Target:
    """The risk that a nomogram gives.

    Attributes
    ----------
    quantity : one of `QUANTITIES`
    site : None for any and several
    horizon : years from diagnosis, None given metastasis
    subtype : clinical subtype that it is for, None: subtype is a factor
    year : year of diagnosis
    """

    quantity: str
    site: str | None
    horizon: float | None
    subtype: str | None
    year: int


@dataclass(frozen=True)
class Accuracy:
    """Difference between nomogram and forecast over the reference population, in probability.

    Attributes
    ----------
    mean, percentile_95, largest : absolute difference; the largest is over all combinations of covariates,
        however rare
    explained : share of the variance of the forecast, on the transformed scale, that the points hold
    """

    mean: float
    percentile_95: float
    largest: float
    explained: float


@dataclass(frozen=True)
class Scale:
    """Points of one factor.

    Attributes
    ----------
    axis : the factor and its levels or knots
    points : of each level or knot; between knots they are interpolated
    unknown : mean over the population, for a woman in whom the factor is not known
    """

    axis: Axis
    points: Array
    unknown: float


@dataclass(frozen=True)
class Nomogram:
    """Points that add up to a risk.

    Attributes
    ----------
    model, version : whose forecast
    target : which risk
    scales : one a factor
    intercept, slope : transformed risk = intercept + slope * total points
    accuracy : difference from the forecast
    """

    model: str
    version: str
    target: Target
    scales: tuple[Scale, ...]
    intercept: float
    slope: float
    accuracy: Accuracy

    @property
    def most(self) -> float:
        """Largest total."""
        return float(sum(scale.points.max() for scale in self.scales))

    def risk(self, total: Array | float) -> Array:
        """Risk at a total of points."""
        value: Array = _back(self.target.quantity, self.intercept + self.slope * np.asarray(total))
        return value

    def total(self, risk: float) -> float:
        """Total of points at a risk, which may lie beyond the ends of the scale."""
        return float((_forth(self.target.quantity, np.array(risk)) - self.intercept) / self.slope)

    def points(self, values: Mapping[str, float]) -> float:
        """Total of a patient: the number of each level, or the value of a numeric factor, by factor.

        A factor that is left out counts as unknown.
        """
        return float(
            sum(
                np.interp(values[scale.axis.factor], scale.axis.positions, scale.points)
                if scale.axis.factor in values
                else scale.unknown
                for scale in self.scales
            )
        )

    def rows(self) -> Iterator[dict[str, Any]]:
        """The nomogram as a table: points of every level, and risks at totals ten points apart."""
        for scale in self.scales:
            for label, points in zip(scale.axis.labels, scale.points, strict=True):
                yield _row("points", scale.axis.factor, label, float(points), None)
            yield _row("points", scale.axis.factor, "unknown", scale.unknown, None)
        for total in np.arange(0.0, self.most + 10.0, 10.0):
            yield _row("total", "", "", float(total), float(self.risk(total)))

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values."""
        return {
            "model": {"name": self.model, "version": self.version},
            "purpose": RESEARCH_ONLY,
            "target": asdict(self.target),
            "scale": "logit" if _is_logit(self.target.quantity) else "complementary log-log",
            "intercept": self.intercept,
            "per_point": self.slope,
            "accuracy": asdict(self.accuracy),
            "table": list(self.rows()),
        }


def nomogram(model: Model, target: Target) -> Nomogram:
    """Approximate a risk by points.

    Parameters
    ----------
    model : Model
    target : Target
        A quantity, site and horizon that the model's forecasts have.
    """
    cells = population_sample(model, None if target.subtype is None else SUBTYPES.index(target.subtype))
    cells.year[:] = target.year
    return _Fit(model, target, cells).result


@dataclass(frozen=True)
class _Fit:
    """Least squares of the transformed risk on the axes."""

    model: Model
    target: Target
    cells: Cells

    @cached_property
    def weights(self) -> Array:
        """Shares of the cells; given metastasis, of those who present."""
        if self.target.quantity not in WITHOUT_HORIZON:
            return self.cells.weight
        weight = (
            self.cells.weight
            * self.kernel.presented(
                rate.log_hazard(self.model.layout, self.model.theta[None], self.kernel.rows)
            )[0]
        )
        return weight / weight.sum()

    @cached_property
    def kernel(self) -> Kernel:
        model = self.model
        rows = rate.design(self.cells, model.index, model.centre, model.layout.bands)
        horizon = self.target.horizon or 1.0
        return Kernel(model.layout, self.cells.apart(), rows, 0.0, (horizon,), model.window_years, POINT_STEP)

    @cached_property
    def risk(self) -> Array:
        """Risk (cells,) of the forecast itself."""
        return _pick(self.kernel.risks(self.model.theta[None]), self.target, self.model.layout.sites)

    @property
    def result(self) -> Nomogram:
        axes = axes_of(self.target.subtype is None, self.target.quantity in WITHOUT_HORIZON)
        bases = [axis.basis(axis.values(self.cells)) for axis in axes]
        # The first column of each axis is its reference: the intercept stands for all of them.
        design = np.hstack([np.ones((len(self.cells), 1)), *(basis[:, 1:] for basis in bases)])
        value = _forth(self.target.quantity, self.risk)
        root = np.sqrt(self.weights)[:, None]
        found = np.linalg.lstsq(design * root, value * root[:, 0], rcond=None)[0]
        effects, start = [], 1
        for basis in bases:
            effects.append(np.r_[0.0, found[start : start + basis.shape[1] - 1]])
            start += basis.shape[1] - 1
        lowest = [effect.min() for effect in effects]
        longest = max(effect.max() - low for effect, low in zip(effects, lowest, strict=True))
        slope = max(longest, _EDGE) / LONGEST
        scales = tuple(
            Scale(axis, points, float(self.weights @ (basis @ points)))
            for axis, basis, points in zip(
                axes, bases, [(e - low) / slope for e, low in zip(effects, lowest, strict=True)], strict=True
            )
        )
        fitted = design @ found
        return Nomogram(
            model=self.model.name,
            version=self.model.version,
            target=self.target,
            scales=scales,
            intercept=float(found[0] + sum(lowest)),
            slope=float(slope),
            accuracy=self._accuracy(value, fitted),
        )

    def _accuracy(self, value: Array, fitted: Array) -> Accuracy:
        difference = np.abs(_back(self.target.quantity, fitted) - self.risk)
        order = np.argsort(difference)
        place = int(np.searchsorted(np.cumsum(self.weights[order]), 0.95))
        residual = self.weights @ (value - fitted) ** 2
        variance = self.weights @ (value - self.weights @ value) ** 2
        return Accuracy(
            mean=float(self.weights @ difference),
            percentile_95=float(difference[order[min(place, len(order) - 1)]]),
            largest=float(difference.max()),
            # Where the risk is the same for everybody there is nothing left to explain.
            explained=float(1.0 - residual / variance) if variance > 0 else 1.0,
        )


def _pick(risks: Risks, target: Target, sites: tuple[str, ...]) -> Array:
    if target.quantity == "any":
        return risks.any[0, :, 0]
    if target.quantity == "several":
        return risks.several[0]
    k = sites.index(str(target.site))
    if target.quantity == "given_metastasis":
        return risks.given[0, :, k]
    picked: Array = getattr(risks, target.quantity)[0, :, k, 0]
    return picked


def _is_logit(quantity: str) -> bool:
    return quantity in WITHOUT_HORIZON


def _forth(quantity: str, risk: Array) -> Array:
    held = np.clip(risk, _EDGE, 1.0 - _EDGE)
    value: Array = np.log(held / (1.0 - held)) if _is_logit(quantity) else np.log(-np.log1p(-held))
    return value


def _back(quantity: str, value: Array) -> Array:
    risk: Array = 1.0 / (1.0 + np.exp(-value)) if _is_logit(quantity) else -np.expm1(-np.exp(value))
    return risk


def _row(kind: str, factor: str, level: str, points: float, risk: float | None) -> dict[str, Any]:
    return {"kind": kind, "factor": factor, "level": level, "points": points, "risk": risk}
