"""Bring each gene to a common scale across the cohort before it is compared with centroids."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from organotropism.errors import InputError, one_of
from organotropism.markers.expression import Array

NONE, MEDIAN, ROBUST, ER_BALANCED = "none", "median", "robust", "er-balanced"
SCALINGS = (NONE, MEDIAN, ROBUST, ER_BALANCED)
#: Quantiles that the robust scaling maps to -1 and 1: genefu's model pam50.robust.
ROBUST_QUANTILES = (0.025, 0.975)


def scale(values: Array, how: str, er: Array | None = None) -> Array:
    """Scale genes across the samples of a cohort.

    Parameters
    ----------
    values : (genes, samples), NaN where missing
    how : none; median: minus the gene's median; robust: the gene's 2.5 and 97.5 % quantiles go to -1 and 1
        (genefu's pam50.robust); er-balanced: minus the gene's median where ER-negative and ER-positive
        tumours together weigh one half each. That is what the median of a random subset with as many
        ER-negative as ER-positive tumours estimates, without the draw, so with no sample left out and no
        dependence on order or seed.
    er : (samples,) 1 ER-positive, 0 ER-negative, NaN unknown; for er-balanced

    Raises
    ------
    InputError
        An unknown scaling; or er-balanced without a tumour of each ER status.
    """
    if how == NONE:
        return values
    if how == MEDIAN:
        return values - np.nanmedian(values, axis=1, keepdims=True)
    if how == ROBUST:
        low, high = (_quantile(values, q)[:, None] for q in ROBUST_QUANTILES)
        with np.errstate(invalid="ignore", divide="ignore"):
            scaled: Array = ((values - low) / (high - low) - 0.5) * 2
        # A gene that does not vary has no place on this scale: missing, as in genefu.
        return np.where(high > low, scaled, np.nan)
    if how == ER_BALANCED:
        if er is None or not (np.any(er == 1) and np.any(er == 0)):
            raise InputError(
                "needs the ER status of the samples, with at least one of each",
                field="scaling",
                value=how,
                expected="a column er (--samples FILE), or another scaling",
            )
        return values - _balanced_median(values, er)[:, None]
    raise InputError("is not a scaling", field="scaling", value=how, expected=one_of(SCALINGS))


def _quantile(values: Array, q: float) -> Array:
    """Quantile (genes,) as R computes it by default (type 7), to the last bit.

    numpy's differs in the last bit, which unties values that genefu sees as equal.
    """
    ordered = np.sort(values, axis=1)  # NaN last
    index = 1 + np.maximum((~np.isnan(values)).sum(1) - 1, 0) * q
    lower = np.floor(index).astype(int)
    rows, h = np.arange(len(values)), index - lower
    below, above = ordered[rows, lower - 1], ordered[rows, np.ceil(index).astype(int) - 1]
    quantile: Array = np.where((h > 0) & (above != below), (1 - h) * below + h * above, below)
    return quantile


def _balanced_median(values: Array, er: Array) -> Array:
    """Weighted median (genes,) in which each ER status weighs one half."""
    known = ~np.isnan(er)
    part, status = values[:, known], er[known]
    weight = np.zeros_like(part)
    for sign in (0.0, 1.0):
        seen = (status == sign) & ~np.isnan(part)
        total = seen.sum(1, keepdims=True)
        weight += np.where(seen, 0.5 / np.maximum(total, 1), 0.0)
    return _weighted_median(part, weight)


def _weighted_median(values: Array, weight: Array) -> Array:
    """Median (rows,) of rows with weights; halfway between the two middle values where the half is met."""
    order = np.argsort(values, axis=1, kind="stable")  # NaN last, with weight 0
    ordered = np.take_along_axis(values, order, axis=1)
    cumulative = np.cumsum(np.take_along_axis(weight, order, axis=1), axis=1)
    half = cumulative[:, -1:] / 2
    tolerance = 1e-9  # sums of thirds and sevenths miss the half by rounding
    rows = np.arange(len(values))
    lower: NDArray[np.int64] = (cumulative >= half - tolerance).argmax(1)
    upper: NDArray[np.int64] = (cumulative > half + tolerance).argmax(1)
    median: Array = (ordered[rows, lower] + ordered[rows, upper]) / 2
    return median
