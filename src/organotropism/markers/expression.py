"""Expression of the genes that the panels need: one row per gene, duplicates settled, coverage known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from organotropism.errors import InputError
from organotropism.markers.genes import Identifiers
from organotropism.markers.names import Names

Array = NDArray[np.float64]
BY_GENE, BY_SAMPLE = "genes x samples", "samples x genes"


@dataclass(frozen=True)
class Source:
    """Where the values came from.

    Attributes
    ----------
    file : name as given, "" for arrays
    orientation : "genes x samples" or "samples x genes"
    rows_of_genes : genes or probes in the file
    found_by : how many of them were matched by symbol, former symbol, Entrez, Ensembl or probe
    notes : what has to be known of the names
    """

    file: str
    orientation: str
    rows_of_genes: int
    found_by: dict[str, int]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Expression:
    """Expression of the genes of the panels.

    Attributes
    ----------
    samples : names, in the order of the file
    symbols : today's symbols, one per row of `values`, in alphabetical order
    values : (genes, samples) as measured, log scale; NaN where missing
    chosen : of genes measured more than once, the identifier that was kept and how many there were
    source : Source
    """

    samples: tuple[str, ...]
    symbols: tuple[str, ...]
    values: Array
    chosen: dict[str, tuple[str, int]]
    source: Source

    @cached_property
    def _places(self) -> dict[str, int]:
        return {symbol: row for row, symbol in enumerate(self.symbols)}

    def __contains__(self, symbol: object) -> bool:
        return symbol in self._places

    def rows(self, symbols: Iterable[str]) -> Array:
        """Values (n, samples) of genes that are present."""
        return self.values[[self._places[symbol] for symbol in symbols]]


def collect(found: Sequence[tuple[str, str, Array]], samples: Sequence[str], source: Source) -> Expression:
    """Build an `Expression` from the rows that were matched, one per gene.

    Of several rows of a gene the most variable is kept: the largest standard deviation, times
    ``1 + log((n + 1) / (missing + 1))`` so that a probe with many gaps does not win by them (the rule of
    genefu's ``geneid.map``); the first in the file where they tie. Rows without any value are left out.

    Parameters
    ----------
    found : (symbol, identifier, values (samples,)) in the order of the file

    Raises
    ------
    InputError
        Without samples, without a value, or where a sample occurs twice.
    """
    if not samples:
        raise InputError("holds no sample", file=source.file)
    twice = [name for name, count in Counter(samples).items() if count > 1]
    if twice:
        raise InputError("is the name of more than one sample", file=source.file, value=twice[0])
    candidates: dict[str, list[tuple[str, Array]]] = {}
    for symbol, identifier, values in found:
        if not np.isnan(values).all():
            candidates.setdefault(symbol, []).append((identifier, values))
    if not candidates:
        raise InputError("holds no value of a gene of the panels, only blanks", file=source.file or None)
    symbols = tuple(sorted(candidates))
    kept, chosen = [], {}
    for symbol in symbols:
        rows = candidates[symbol]
        spread = [_spread(values) for _, values in rows] if len(rows) > 1 else [0.0]
        identifier, values = rows[int(np.argmax(spread))]
        kept.append(values)
        if len(rows) > 1:
            chosen[symbol] = (identifier, len(rows))
    return Expression(tuple(samples), symbols, np.array(kept, float), chosen, source)


def _spread(values: Array) -> float:
    seen = values[~np.isnan(values)]
    if len(seen) < 2:
        return 0.0
    gaps = len(values) - len(seen)
    return float(seen.std(ddof=1) * (np.log((len(values) + 1) / (gaps + 1)) + 1))


def expression(
    values: ArrayLike, genes: Sequence[str], samples: Sequence[str], identifiers: Identifiers
) -> Expression:
    """Take expression from an array.

    Parameters
    ----------
    values : (genes, samples)
    genes : gene or probe of each row
    samples : name of each column
    identifiers : how to read `genes`

    Raises
    ------
    InputError
        The array has another shape, or none of its genes is known.
    """
    matrix: NDArray[Any] = np.asarray(values)
    if matrix.shape != (len(genes), len(samples)):
        raise InputError(
            f"has shape {matrix.shape}", field="values", expected=f"({len(genes)}, {len(samples)})"
        )
    names = Names(identifiers, "")
    hits = [(row, name, hit) for row, name in enumerate(genes) if (hit := names.find(name))]
    source = Source("", BY_GENE, len(genes), dict(names.by), names.settle())
    found = [(hit[0], name, matrix[row].astype(float)) for row, name, hit in hits]
    return collect(found, samples, source)
