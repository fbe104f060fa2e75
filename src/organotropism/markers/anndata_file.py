"""Read expression from an AnnData file (.h5ad), a block of samples at a time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from organotropism.errors import InputError
from organotropism.markers.expression import (
    BY_GENE,
    BY_SAMPLE,
    Array,
    Expression,
    Source,
    collect,
)
from organotropism.markers.genes import Identifiers
from organotropism.markers.names import Names
from organotropism.markers.read import decide

_ROWS_AT_ONCE = 512


def read_anndata(path: Path, identifiers: Identifiers, orientation: str | None) -> Expression:
    """Read ``X`` of an AnnData file, dense or sparse; genes are its variables (or its observations).

    Where the index of the variables names no gene of the panels, the first column of ``var`` that does is
    used, such as ``gene_ids``.

    Raises
    ------
    InputError
        The package anndata is missing, the file is none of its kind, or it names no gene.
    """
    try:
        import anndata  # type: ignore[import-untyped]
    except ImportError as error:
        raise InputError(
            "needs the package anndata",
            file=str(path),
            expected='pip install "organotropism[markers]"',
        ) from error
    try:
        data = anndata.read_h5ad(path, backed="r")
    except Exception as error:
        # h5py and anndata raise many kinds of error on a damaged file.
        raise InputError("is not a readable AnnData file", file=str(path)) from error
    try:
        across = _names(data.var, data.var_names, identifiers)
        down = _names(data.obs, data.obs_names, identifiers)
        way = decide(across, down, identifiers, orientation, str(path))
        by_sample = way == BY_SAMPLE
        names = across if by_sample else down
        samples = list(map(str, data.obs_names if by_sample else data.var_names))
        reader = Names(identifiers, str(path))
        hits = [(place, hit) for place, name in enumerate(names) if (hit := reader.find(name))]
        notes = reader.settle()
        values = _values(data.X, [place for place, _ in hits], by_sample)
    finally:
        data.file.close()
    found = [(hit[0], names[place], values[row]) for row, (place, hit) in enumerate(hits)]
    source = Source(str(path), way if by_sample else BY_GENE, len(names), dict(reader.by), notes)
    return collect(found, samples, source)


def _names(annotation: Any, index: Any, identifiers: Identifiers) -> list[str]:
    """The index, or the first column of the annotation, that names a gene of the panels; else the index."""
    columns = [index, *(annotation[name] for name in annotation.columns)]
    for column in columns:
        names = [str(name) for name in column]
        if any(identifiers.find(name) for name in names):
            return names
    return [str(name) for name in index]


def _values(matrix: Any, places: list[int], by_sample: bool) -> Array:
    """(genes, samples) of the wanted genes, read in blocks of rows."""
    blocks: list[NDArray[Any]] = []
    for start in range(0, matrix.shape[0], _ROWS_AT_ONCE):
        stop = min(start + _ROWS_AT_ONCE, matrix.shape[0])
        inside = [place - start for place in places if start <= place < stop]
        if not by_sample and not inside:
            continue
        block = matrix[start:stop]
        dense = block.toarray() if hasattr(block, "toarray") else np.asarray(block)
        blocks.append(dense[:, places].T if by_sample else dense[inside])
    return np.concatenate(blocks, axis=1 if by_sample else 0).astype(float)
