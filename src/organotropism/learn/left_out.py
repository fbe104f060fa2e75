"""What whole groups of studies that are left out say: of the design term, and of the intervals.

Everything is refitted with the derivatives at the shipped model, the spread between studies and the weights
of far rows held. Run it with ``python -m organotropism.learn.left_out``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from organotropism.learn.fit import (
    ANY_RECURRENCE,
    HOSPITAL,
    Choices,
    Linear,
    intercept_columns,
    intercept_sd,
    linearised,
)
from organotropism.learn.literature import Evidence, measurements
from organotropism.learn.prior import prior
from organotropism.process.model import load_model

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]
#: Absolute numbers of which each group has one vote, by the part of the process that they measure.
ABSOLUTE = {
    "risk of distant disease": ("incidence", "net_risk", "hazard"),
    "share of presentations": ("share", "share_at_diagnosis"),
    "survival": ("survival",),
}


@dataclass(frozen=True)
class Vote:
    """A group held against a fit without it.

    Attributes
    ----------
    group : overlap group, or study
    rows : how many numbers it has
    z : mean difference of published from predicted over its standard deviation: coefficients, spread between
        studies and sampling
    """

    group: str
    rows: int
    z: float


@dataclass(frozen=True)
class LeftOut:
    """The evidence, linearised once.

    Attributes
    ----------
    source : the evidence
    target, jacobian : linearised rows and their derivatives
    columns : levels and effects of their own, of every study
    tau, weights : spread between studies by family, and weights (rows,), held
    """

    source: Evidence
    target: Array
    jacobian: Array
    columns: dict[tuple[str, str, int], Array]
    tau: dict[str, float]
    weights: Array
    choices: Choices

    @classmethod
    def shipped(cls) -> LeftOut:
        """At the shipped literature model."""
        source, model = measurements(), load_model("literature")
        fitted, jacobian = linearised(source.layout, source.reference, model.theta, source.rows)
        y = np.array([m.value for m in source.rows])
        target = y - fitted + jacobian @ model.theta
        columns = intercept_columns(source.layout, source.rows, jacobian)
        tau = dict(model.provenance["between_study_sd"])
        found = cls(source, target, jacobian, columns, tau, np.ones(len(y)), Choices())
        weights = found.linear(np.ones(len(y), bool)).robust_weights(tau, y - fitted)
        return replace(found, weights=weights)

    def linear(self, rows: Bools) -> Linear:
        """The problem of some of the rows."""
        chosen = [m for m, use in zip(self.source.rows, rows, strict=True) if use]
        columns = {key: column[rows] for key, column in self.columns.items() if column[rows].any()}
        mean, covariance = prior(self.source.layout)
        return Linear(chosen, self.target[rows], self.jacobian[rows], columns, self.choices, mean, covariance)

    def marginal(self, rows: Bools) -> tuple[Array, Array]:
        """Rows less their prior mean, and their covariance before any data."""
        linear = self.linear(rows)
        spread = linear.jacobian @ linear.prior_covariance @ linear.jacobian.T
        total = linear.noise(self.tau, self.weights[rows]) + spread
        return linear.target - linear.jacobian @ linear.prior_mean, total

    def log_evidence(self) -> float:
        """Log marginal likelihood of all rows, up to a constant."""
        centred, total = self.marginal(np.ones(len(self.target), bool))
        factor = cho_factor(total, lower=True)
        return float(-centred @ cho_solve(factor, centred) / 2 - np.log(np.diag(factor[0])).sum())

    def hospital(self, rows: Bools) -> tuple[float, float]:
        """Level of single hospitals from some of the rows, log hazard, and its standard error."""
        column, variance = self.columns[HOSPITAL][rows], intercept_sd(HOSPITAL, self.choices) ** 2
        centred, total = self.marginal(rows)
        gain = variance * cho_solve(cho_factor(total, lower=True), column)
        return float(gain @ centred), float(variance * (1 - gain @ column)) ** 0.5

    def votes(self, kinds: tuple[str, ...]) -> list[Vote]:
        """Every group with absolute numbers of these kinds, against the fit without the whole group."""
        groups = np.array([m.group for m in self.source.rows])
        absolute = np.array([m.kind in kinds and m.against is None for m in self.source.rows])
        found = []
        for group in dict.fromkeys(groups[absolute].tolist()):
            if not group.startswith(ANY_RECURRENCE):
                found.append(self._vote(group, groups != group, absolute & (groups == group)))
        return found

    def _vote(self, group: str, others: Bools, mine: Bools) -> Vote:
        precision = np.asarray(np.linalg.inv(prior(self.source.layout)[1]), float)
        theta, covariance = self.linear(others).solve(self.tau, self.weights[others], precision)
        linear = self.linear(mine)
        difference = linear.target - linear.jacobian @ theta
        spread = linear.noise(dict.fromkeys(self.tau, 0.0), np.ones(len(difference)))
        spread = spread + linear.jacobian @ covariance @ linear.jacobian.T
        if not all(m.population_based for m in linear.rows):
            level, se = self.hospital(others)
            column = self.columns[HOSPITAL][mine]
            difference = difference - level * column
            known = se**2 - intercept_sd(HOSPITAL, self.choices) ** 2
            spread = spread + known * np.outer(column, column)
        count = len(difference)
        return Vote(group, count, float(difference.mean() / (spread.sum() / count**2) ** 0.5))


def main() -> None:
    """Print the design term with each group left out, and the votes."""
    found = LeftOut.shipped()
    everything = np.ones(len(found.target), bool)
    level, se = found.hospital(everything)
    print(f"single hospitals against registries and trials, log hazard: {level:.3f} (SE {se:.3f})")
    groups = np.array([m.group for m in found.source.rows])
    for group in sorted({key[0] for key in found.columns if key[1] == "rate.level"} - {HOSPITAL[0]}):
        without, its_se = found.hospital(groups != group)
        print(f"  without {group}: {without:.3f} (SE {its_se:.3f}), moves {(without - level) / se:+.2f} SE")
    for name, kinds in ABSOLUTE.items():
        votes = found.votes(kinds)
        z = np.array([vote.z for vote in votes])
        print(f"{name}: {len(z)} groups, root mean square z {(z**2).mean() ** 0.5:.2f},", end=" ")
        print(f"inside the 95 % interval {np.mean(np.abs(z) < 1.96):.0%}")
        for vote in sorted(votes, key=lambda vote: vote.z):
            print(f"  {vote.group} ({vote.rows}): {vote.z:+.2f}")


if __name__ == "__main__":
    main()
