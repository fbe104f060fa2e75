"""Genes of a cohort on the scales that rules use: z-scores, and ranks within the cohort."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from organotropism.markers.expression import Array, Expression
from organotropism.markers.ranks import average_ranks


def rank_fraction(values: Array) -> Array:
    """Place (n,) of each value within the cohort, 0 to 1: (rank - 1/2) / n, ties averaged, NaN stays.

    It depends on the order of the values alone, so on no strictly rising transform of them.
    """
    fraction = np.full(len(values), np.nan)
    seen = ~np.isnan(values)
    if seen.any():
        fraction[seen] = (average_ranks(values[seen][:, None])[:, 0] - 0.5) / seen.sum()
    return fraction


class CohortValues:
    """Values of one cohort; ranks are worked out once per gene.

    Parameters
    ----------
    expression : Expression
    """

    def __init__(self, expression: Expression) -> None:
        self.expression = expression
        self._ranks: dict[str, Array] = {}

    def __len__(self) -> int:
        return len(self.expression.samples)

    def present(self, symbols: Sequence[str]) -> tuple[str, ...]:
        """Those of the genes that were measured."""
        return tuple(symbol for symbol in symbols if symbol in self.expression)

    def values(self, symbol: str) -> Array:
        """Values (n,) as measured."""
        return self.expression.rows([symbol])[0]

    def toward(self, symbol: str, up: bool) -> Array:
        """Rank (n,) of a gene, counted from its other end where low expression points to the site."""
        if symbol not in self._ranks:
            self._ranks[symbol] = rank_fraction(self.values(symbol))
        return self._ranks[symbol] if up else 1.0 - self._ranks[symbol]

    def z(self, symbols: Sequence[str]) -> Array:
        """z-scores (genes, n) within the cohort; NaN for a gene that does not vary."""
        values = self.expression.rows(symbols)
        seen = (~np.isnan(values)).sum(1, keepdims=True)
        mean = np.nansum(values, axis=1, keepdims=True) / np.maximum(seen, 1)
        squares = np.nansum((values - mean) ** 2, axis=1, keepdims=True)
        sd = np.sqrt(squares / np.maximum(seen - 1, 1))
        # Against rounding: a gene is constant where its spread is that of its last digits.
        varies = sd > 1e-9 * np.maximum(np.abs(mean), 1.0)
        with np.errstate(invalid="ignore", divide="ignore"):
            scores: Array = np.where(varies, (values - mean) / sd, np.nan)
        return scores
