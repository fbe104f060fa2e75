"""Choices of the literature fit, compared by cross-validation over studies.

Each overlap group of studies is left out in turn; the rest is refitted with the derivatives at the
shipped model, and the rows left out are scored by their joint predictive density. Nothing but the
published evidence enters. Run it with ``python -m organotropism.learn.crossvalidate``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from organotropism.learn import levels
from organotropism.learn.fit import FAMILIES, Choices, Linear, intercept_columns, linearised
from organotropism.learn.literature import Evidence, measurements
from organotropism.learn.measurement import Measurement
from organotropism.learn.prior import prior
from organotropism.process.model import load_model

Array = NDArray[np.float64]
FOLDS = 10


def score(source: Evidence, theta: Array, fitted: Array, jacobian: Array, choices: Choices) -> float:
    """Mean log predictive density per row of the groups left out."""
    rows = source.rows
    groups = np.array([m.group for m in rows])
    order = np.random.default_rng(0).permutation(np.unique(groups))
    total = 0.0
    for fold in range(FOLDS):
        held = np.isin(groups, order[fold::FOLDS])
        total += _fold(source, theta, fitted, jacobian, choices, held)
    return total / len(rows)


def _fold(
    source: Evidence,
    theta: Array,
    fitted: Array,
    jacobian: Array,
    choices: Choices,
    held: NDArray[np.bool_],
) -> float:
    mean, covariance = prior(source.layout)
    y = np.array([m.value for m in source.rows])
    target = y - fitted + jacobian @ theta

    def part(mask: NDArray[np.bool_]) -> Linear:
        chosen: Sequence[Measurement] = [m for m, use in zip(source.rows, mask, strict=True) if use]
        columns = intercept_columns(source.layout, chosen, jacobian[mask])
        return Linear(chosen, target[mask], jacobian[mask], columns, choices, mean, covariance)

    train, every = part(~held), part(np.ones(len(y), bool))
    weights: Array = np.ones(len(y))
    precision = np.asarray(np.linalg.inv(covariance), float)
    tau, weights[~held], _, _ = train.settle(dict.fromkeys(FAMILIES, 0.2), weights[~held], precision)
    # Jointly normal, so that what disease at diagnosis has apart from relapse is learnt from the others too.
    total = every.noise(tau, weights) + jacobian @ covariance @ jacobian.T
    centred = target - jacobian @ mean
    across = total[np.ix_(held, ~held)]
    gain = np.linalg.solve(total[np.ix_(~held, ~held)], across.T).T
    residual = centred[held] - gain @ centred[~held]
    spread = total[np.ix_(held, held)] - gain @ across.T
    _, log_determinant = np.linalg.slogdet(2 * np.pi * spread)
    return float(-0.5 * (residual @ np.linalg.solve(spread, residual) + log_determinant))


def candidates() -> Iterator[Choices]:
    """The choices compared: each setting varied alone, with and without the t distribution."""
    for robust in (False, True):
        base = replace(Choices(), robust=robust)
        yield base
        for tau_scale in (0.15, 0.6):
            yield replace(base, tau_scale=tau_scale)
        for site_sd in (0.3, 0.8):
            yield replace(base, site_sd=site_sd)
        for level_sd in (0.2, 0.25, 0.35, 0.4):
            yield replace(base, level_sd=level_sd)
        for spread in (0.5, 1.5):
            yield replace(base, de_novo_age=spread)
        for spread in (0.0, 0.25, 1.0):
            yield replace(base, effect_spread=spread)
            yield replace(base, de_novo_spread=spread)
        for spread in (0.0, 0.5, 1.5):
            yield replace(base, rate_spread=spread)


def main() -> None:
    """Print the score of every choice, best last."""
    source = measurements()
    theta = load_model("literature").theta
    fitted, jacobian = linearised(source.layout, source.reference, theta, source.rows)
    scored = [(score(source, theta, fitted, jacobian, c), str(c)) for c in candidates()]
    for error in (0.1, 0.15, 0.3):
        rows = tuple(replace(m, se=error) if m.id.startswith("baseline-") else m for m in source.rows)
        value = score(replace(source, rows=rows), theta, fitted, jacobian, Choices())
        scored.append((value, f"standard error of a point of a curve {error:.2f}"))
    for share in (0.2, levels.LUMINAL_B_HER2, 0.5):
        levels.LUMINAL_B_HER2 = share
        mixed = measurements()
        fitted, jacobian = linearised(mixed.layout, mixed.reference, theta, mixed.rows)
        value = score(mixed, theta, fitted, jacobian, Choices())
        scored.append((value, f"HER2-positive share of luminal B {share:.2f}"))
    for value, name in sorted(scored):
        print(f"{value:8.4f}  {name}")


if __name__ == "__main__":
    main()
