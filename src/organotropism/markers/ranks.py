"""Ranks with ties averaged."""

from __future__ import annotations

import numpy as np

from organotropism.markers.expression import Array


def average_ranks(values: Array) -> Array:
    """Ranks from 1 within each column of (n, columns), equal values sharing the mean of their ranks.

    As `scipy.stats.rankdata`, whose import alone would take longer than the rest of a small file.
    """
    order = np.argsort(values, axis=0, kind="stable")
    ordered = np.take_along_axis(values, order, axis=0)
    rows = np.arange(len(values))[:, None]
    new = np.ones(values.shape, bool)
    new[1:] = ordered[1:] != ordered[:-1]
    first = np.maximum.accumulate(np.where(new, rows, 0), axis=0)
    ends = np.ones(values.shape, bool)
    ends[:-1] = new[1:]
    last = np.minimum.accumulate(np.where(ends, rows, len(values))[::-1], axis=0)[::-1]
    ranks = np.empty(values.shape)
    np.put_along_axis(ranks, order, (first + last) / 2 + 1, axis=0)
    return ranks
