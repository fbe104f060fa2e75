"""Intrinsic subtype by PAM50: the nearest of five centroids by Spearman correlation.

Centroids of Parker et al., J Clin Oncol 2009;27:1160, as shipped by the R package genefu (Artistic-2.0).
For research: this is not the Prosigna assay, and no clinical decision rests on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

from organotropism.errors import InputError
from organotropism.markers.cohort_mix import default_scaling, mix_warnings
from organotropism.markers.expression import Array, Expression
from organotropism.markers.genes import read_shipped
from organotropism.markers.ranks import average_ranks
from organotropism.markers.scaling import scale

SUBTYPES = ("Basal", "Her2", "LumA", "LumB", "Normal")
UNCERTAIN = "uncertain"
#: Below this share of the 50 genes a warning is given; genefu gives none.
ENOUGH_GENES = 45
#: Fewer genes than this give no correlation (genefu: more than three complete pairs).
_FEWEST_GENES = 4
#: A best correlation below this is less than one standard error (0.15 with 50 genes) from none; the R package
#: pbcmc cuts there too.
LEAST_CORRELATION = 0.1
#: Least probability that the nearest centroid is nearer than the second, see `Pam50.confidence`.
LEAST_CONFIDENCE = 0.75


@dataclass(frozen=True)
class Centroids:
    """Centroids (genes, 5) and today's symbols of their genes."""

    symbols: tuple[str, ...]
    values: Array


@cache
def centroids() -> Centroids:
    """The five centroids of PAM50."""
    rows = read_shipped("pam50_centroids.csv")
    values = np.array([[float(row[name]) for name in SUBTYPES] for row in rows])
    return Centroids(tuple(row["symbol"] for row in rows), values)


@dataclass(frozen=True)
class Pam50:
    """PAM50 of a cohort.

    Attributes
    ----------
    samples : names
    correlations : (samples, 5) Spearman, in the order of `SUBTYPES`; NaN where there is no call
    confidence : (samples,) probability that the nearest centroid is nearer than the second, NaN where no
        call: one-sided p of the test of two dependent correlations that share the sample (Meng, Rosenthal
        and Rubin, Psychol Bull 1992;111:172), the genes taken as the sample
    genes_used : (samples,) number of genes behind each call
    missing : genes of the centroids that the cohort lacks
    scaling : how genes were scaled
    warnings : what the reader has to know
    """

    samples: tuple[str, ...]
    correlations: Array
    confidence: Array
    genes_used: NDArray[np.int64]
    missing: tuple[str, ...]
    scaling: str
    warnings: tuple[str, ...]

    @cached_property
    def _order(self) -> NDArray[np.int64]:
        # Stable, so that of equal correlations the first subtype is taken, as genefu does.
        return np.argsort(-self.correlations, axis=1, kind="stable")

    @cached_property
    def nearest(self) -> tuple[str | None, ...]:
        """Subtype of the nearest centroid: genefu's call; None where nothing could be compared."""
        return self._named(0)

    @cached_property
    def second(self) -> tuple[str | None, ...]:
        """Subtype of the second centroid."""
        return self._named(1)

    @cached_property
    def margin(self) -> Array:
        """(samples,) best correlation minus the second."""
        ordered = np.take_along_axis(self.correlations, self._order, axis=1)
        margin: Array = ordered[:, 0] - ordered[:, 1]
        return margin

    @cached_property
    def calls(self) -> tuple[str | None, ...]:
        """The nearest subtype, or "uncertain".

        Uncertain where `confidence` is below 0.75, odds of three to one that the two best stand in the
        right order. In three cohorts the sure calls were the same under robust and ER-balanced scaling
        in 81, 93 and 100 %, the uncertain ones (21 to 24 %) in 47, 52 and 67 %. Uncertain too where the
        best correlation is below 0.1: then no centroid is near.
        """
        best = self.correlations.max(1, initial=-1.0)
        sure = (self.confidence >= LEAST_CONFIDENCE) & (best >= LEAST_CORRELATION)
        return tuple(
            None if name is None else name if certain else UNCERTAIN
            for name, certain in zip(self.nearest, sure, strict=True)
        )

    def _named(self, place: int) -> tuple[str | None, ...]:
        called = [not np.isnan(row).any() for row in self.correlations]
        return tuple(
            SUBTYPES[number] if known else None
            for number, known in zip(self._order[:, place], called, strict=True)
        )


def pam50(expression: Expression, scaling: str | None = None, er: Array | None = None) -> Pam50:
    """Call the intrinsic subtype of each sample.

    With scaling "none" and "robust" calls and correlations equal those of genefu's models ``pam50`` and
    ``pam50.robust`` (probes mapped to genes by Entrez id, the most variable probe of a gene used).

    Parameters
    ----------
    expression : log-scale expression
    scaling : none, median, robust or er-balanced; None: `default_scaling`
    er : (samples,) 1 ER-positive, 0 ER-negative, NaN unknown

    Raises
    ------
    InputError
        None of the 50 genes is present; or the scaling cannot be done.
    """
    reference = centroids()
    present = [row for row, symbol in enumerate(reference.symbols) if symbol in expression]
    missing = tuple(s for row, s in enumerate(reference.symbols) if row not in set(present))
    if len(present) < _FEWEST_GENES:
        raise InputError(
            f"has {len(present)} of the 50 genes of PAM50",
            file=expression.source.file or None,
            expected=f"at least {_FEWEST_GENES}, better all",
        )
    how = default_scaling(er) if scaling is None else scaling
    values = scale(expression.rows(reference.symbols[row] for row in present), how, er)
    r, confidence, used = _compare(values, reference.values[present])
    warnings = (*_coverage(missing), *mix_warnings(how, len(expression.samples), er))
    return Pam50(expression.samples, r, confidence, used, missing, how, warnings)


def _coverage(missing: tuple[str, ...]) -> list[str]:
    if len(missing) <= 50 - ENOUGH_GENES:
        return []
    names = ", ".join(missing)
    return [f"{len(missing)} of the 50 genes of PAM50 are missing ({names}): calls rest on the others"]


def _compare(values: Array, reference: Array) -> tuple[Array, Array, NDArray[np.int64]]:
    """Correlations (samples, 5), confidence (samples,) and genes used (samples,).

    Samples that lack the same genes are compared together.
    """
    count = values.shape[1]
    correlations = np.full((count, len(SUBTYPES)), np.nan)
    confidence = np.full(count, np.nan)
    present = ~np.isnan(values)
    used: NDArray[np.int64] = present.sum(0)
    patterns, group = np.unique(present, axis=1, return_inverse=True)
    for number, pattern in enumerate(patterns.T):
        if pattern.sum() < _FEWEST_GENES:
            continue
        columns = np.flatnonzero(group.ravel() == number)
        ranks = _standard_ranks(reference[pattern])
        between = ranks.T @ ranks
        r = _standard_ranks(values[np.ix_(pattern, columns)]).T @ ranks
        correlations[columns] = r
        confidence[columns] = _confidence(r, between, int(pattern.sum()))
    return correlations, confidence, used


def _standard_ranks(values: Array) -> Array:
    """Ranks (ties averaged) of each column, centred, of unit length; NaN where a column is constant."""
    ranks = average_ranks(values)
    ranks = ranks - ranks.mean(0)
    length = np.sqrt((ranks**2).sum(0))
    with np.errstate(invalid="ignore", divide="ignore"):
        standard: Array = np.where(length > 0, ranks / length, np.nan)
    return standard


def _confidence(r: Array, between: Array, genes: int) -> Array:
    """P(nearest is nearer than second), (samples,), by Meng, Rosenthal and Rubin (1992)."""
    from scipy.special import ndtr

    order = np.argsort(-r, axis=1, kind="stable")
    first, second = (r[np.arange(len(r)), order[:, place]] for place in (0, 1))
    common = between[order[:, 0], order[:, 1]]
    mean_square = (first**2 + second**2) / 2
    with np.errstate(invalid="ignore", divide="ignore"):
        f = np.minimum((1 - common) / (2 * (1 - mean_square)), 1.0)
        h = (1 - f * mean_square) / (1 - mean_square)
        z = (np.arctanh(first) - np.arctanh(second)) * np.sqrt((genes - 3) / (2 * (1 - common) * h))
    probability: Array = ndtr(z)
    return probability
