"""Read expression from CSV, TSV (plain or gzip), Parquet or AnnData; only the genes needed are kept."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from organotropism.errors import InputError, one_of
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
from organotropism.markers.tables import TextTable
from organotropism.parquet_files import refusing_damage

if TYPE_CHECKING:
    import polars as pl

_TEXTS = (".csv", ".tsv", ".txt", ".gct")
ENDINGS = (*_TEXTS, *(f"{ending}.gz" for ending in _TEXTS), ".parquet", ".h5ad")
#: Columns beside the first that name genes in files with one row per gene, as those of cBioPortal.
_ID_COLUMNS = {
    *("hugo_symbol", "entrez_gene_id", "gene_symbol", "symbol", "gene", "gene_id", "entrez", "ensembl"),
    *("gene_name", "genename", "genesymbol", "identifier", "entrezid", "entrez_id", "ensembl_id"),
    "ensembl_gene_id",
}
#: Columns that may name genes, but mostly describe them.
_NOTES = {"description"}
_SAMPLES_AT_ONCE = 256


def read_expression(path: str | Path, identifiers: Identifiers, orientation: str | None = None) -> Expression:
    """Read a file of expression values.

    Parameters
    ----------
    path : .csv, .tsv, .txt (also .gz), .parquet or .h5ad
    identifiers : how genes or probes are named
    orientation : "genes x samples", "samples x genes", None: whichever of the header and the first column
        names more genes of the panels

    Raises
    ------
    InputError
        The file cannot be read or names no gene; or a cell is not a number (file, row and column are told).
    """
    path = Path(path)
    if not path.is_file():
        raise InputError("no such file", file=str(path))
    name = path.name.lower()
    if name.endswith(".parquet"):
        return _read_parquet(path, identifiers, orientation)
    if name.endswith(".h5ad"):
        from organotropism.markers.anndata_file import read_anndata

        return read_anndata(path, identifiers, orientation)
    if not name.endswith(ENDINGS):
        raise InputError("is not a kind of expression file", file=str(path), expected=one_of(ENDINGS))
    return _read_text(path, identifiers, orientation)


def decide(
    across: Iterable[str], down: Iterable[str], identifiers: Identifiers, orientation: str | None, file: str
) -> str:
    """Which way the file lies, from the names across its top and down its side.

    Raises
    ------
    InputError
        Both name as many genes.
    """
    if orientation is not None:
        return orientation
    counts = [sum(identifiers.find(name) is not None for name in across)]
    if counts[0] == 0:
        return BY_GENE  # if there are genes at all, and a file is not read twice to know
    counts.append(sum(identifiers.find(name) is not None for name in down))
    if counts[0] == counts[1]:
        raise InputError(
            "names as many genes in its header as in its first column",
            file=file,
            expected="the way it lies (--orientation genes-by-samples or samples-by-genes)",
        )
    return BY_SAMPLE if counts[0] > counts[1] else BY_GENE


def _read_text(path: Path, identifiers: Identifiers, orientation: str | None) -> Expression:
    table = TextTable.of(path)
    down = (first for _, first, _ in table.lines()) if orientation is None else ()
    way = decide(table.header[1:], down, identifiers, orientation, str(path))
    return _text_by_gene(table, identifiers) if way == BY_GENE else _text_by_sample(table, identifiers)


def _text_by_gene(table: TextTable, identifiers: Identifiers) -> Expression:
    header = table.header[1:]
    kinds = [_kind(name, place < table.annotations) for place, name in enumerate(header)]
    ids, notes, columns = (
        [place for place, kind in enumerate(kinds) if kind == wanted] for wanted in ("id", "note", "")
    )
    places = [place + 1 for place in columns]
    found: list[tuple[str, str, Array]] = []
    names = Names(identifiers, str(table.path))
    names.beside(header)
    for number, first, rest in table.lines():
        cells = table.split(number, rest) if ids or notes else None
        others = () if cells is None else [cells[place] for place in ids]
        hit = names.find(first, others, () if cells is None else [cells[place] for place in notes])
        if hit is None:
            continue
        cells = table.split(number, rest) if cells is None else [cells[place] for place in columns]
        found.append((hit[0], first, np.array(table.numbers(number, cells, places))))
    source = Source(str(table.path), BY_GENE, names.count, dict(names.by), names.settle())
    return collect(found, [header[place] for place in columns], source)


def _kind(name: str, annotation: bool) -> str:
    """Whether a column names genes (``id``), may do so (``note``), or holds values of a sample."""
    key = name.strip().lower().replace(" ", "_")
    if key in _ID_COLUMNS:
        return "id"
    return "note" if annotation or key in _NOTES else ""


def _text_by_sample(table: TextTable, identifiers: Identifiers) -> Expression:
    names = table.header[1:]
    reader = Names(identifiers, str(table.path))
    hits = [(place, hit) for place, name in enumerate(names) if (hit := reader.find(name))]
    notes = reader.settle()
    columns = [place + 1 for place, _ in hits]
    samples: list[str] = []
    blocks: list[Array] = []
    rows: list[list[float]] = []
    for number, first, rest in table.lines():
        cells = table.split(number, rest)
        samples.append(first)
        rows.append(table.numbers(number, [cells[place] for place, _ in hits], columns))
        if len(rows) == _SAMPLES_AT_ONCE:
            # A list of numbers takes four times the memory of an array.
            blocks.append(np.array(rows))
            rows = []
    blocks.append(np.array(rows).reshape(len(rows), len(hits)))
    values = np.concatenate(blocks).T
    found = [(hit[0], names[place], values[row]) for row, (place, hit) in enumerate(hits)]
    source = Source(str(table.path), BY_SAMPLE, len(names), dict(reader.by), notes)
    return collect(found, samples, source)


def _read_parquet(path: Path, identifiers: Identifiers, orientation: str | None) -> Expression:
    import polars as pl

    try:
        with open(path, "rb"):  # a missing file is no damaged one
            pass
        with refusing_damage("is not a readable Parquet file of numbers"):
            frame = pl.scan_parquet(path)
            schema = frame.collect_schema()
            texts = [name for name, kind in schema.items() if kind == pl.String]
            names = [name for name in schema if name not in texts]
            side = texts[0] if texts else None
            down = [] if side is None else frame.select(side).collect()[side].to_list()
            way = decide(names, map(str, down), identifiers, orientation, str(path))
            if way == BY_SAMPLE:
                return _parquet_by_sample(frame, names, down, identifiers, str(path))
            if side is None:
                raise InputError(
                    "has no text column", file=str(path), expected="a column that names the genes"
                )
            return _parquet_by_gene(frame, names, down, side, identifiers, str(path))
    except InputError as error:
        raise error.at(file=str(path)) from None
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", file=str(path)) from None


def _parquet_by_sample(
    frame: pl.LazyFrame, names: list[str], down: list[str], identifiers: Identifiers, file: str
) -> Expression:
    import polars as pl

    reader = Names(identifiers, file)
    hits = [(name, hit) for name in names if (hit := reader.find(name))]
    notes = reader.settle()
    part = frame.select(pl.col([name for name, _ in hits]).cast(pl.Float64)).collect()
    found = [(hit[0], name, part[name].to_numpy()) for name, hit in hits]
    samples = list(map(str, down)) or [str(row) for row in range(1, len(part) + 1)]
    return collect(found, samples, Source(file, BY_SAMPLE, len(names), dict(reader.by), notes))


def _parquet_by_gene(
    frame: pl.LazyFrame, names: list[str], down: list[str], side: str, identifiers: Identifiers, file: str
) -> Expression:
    import polars as pl

    reader = Names(identifiers, file)
    hits = [(name, hit) for name in map(str, down) if (hit := reader.find(name))]
    notes = reader.settle()
    wanted = {name for name, _ in hits}
    numbers = [name for name in names if not _kind(name, annotation=False)]
    part = frame.filter(pl.col(side).is_in(list(wanted))).select(pl.col(numbers).cast(pl.Float64)).collect()
    values = part.to_numpy()
    found = [(hit[0], name, values[row]) for row, (name, hit) in enumerate(hits)]
    return collect(found, numbers, Source(file, BY_GENE, len(down), dict(reader.by), notes))
