"""Speed and memory of `organotropism markers score`: PAM50 and all signatures of a large cohort.

Run with ``python benchmarks/markers.py [--genes N] [--samples N] [--kinds csv,parquet,...]``. Each kind of
file is simulated, scored by the command line in a process of its own (heat map included, cards not), and
removed. Values have two decimals, so that text has its usual length.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from organotropism.cli.marker_evidence import genes
from organotropism.markers.pam50 import centroids

Array = NDArray[np.float32]
_AT_ONCE = 500


def names(count: int) -> list[str]:
    """The genes of the panels, and further ones that no panel needs."""
    known = sorted(genes().symbols)
    return [*known, *(f"OTHER{number}" for number in range(count - len(known)))][:count]


def blocks(rows: int, columns: int) -> Iterator[Array]:
    """Log expression, some rows at a time."""
    rng = np.random.default_rng(1)
    for start in range(0, rows, _AT_ONCE):
        yield rng.normal(8, 2, (min(_AT_ONCE, rows - start), columns)).astype(np.float32).round(2)


def write_text(path: Path, side: list[str], across: list[str]) -> None:
    """Write a CSV file in parts."""
    import polars as pl

    with path.open("wb") as file:
        file.write((",".join(["name", *across]) + "\n").encode())
        start = 0
        for block in blocks(len(side), len(across)):
            part = pl.DataFrame(block, schema=across)
            part.insert_column(0, pl.Series("name", side[start : start + len(block)]))
            part.write_csv(file, include_header=False, float_precision=2)
            start += len(block)


def write_parquet(path: Path, side: list[str], across: list[str]) -> None:
    """Write a Parquet file in row groups."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([("name", pa.string()), *((name, pa.float32()) for name in across)])
    with pq.ParquetWriter(path, schema) as writer:
        start = 0
        for block in blocks(len(side), len(across)):
            held = [pa.array(side[start : start + len(block)]), *(pa.array(column) for column in block.T)]
            writer.write_batch(pa.record_batch(held, schema=schema))
            start += len(block)


def write_h5ad(path: Path, side: list[str], across: list[str]) -> None:
    """Write an AnnData file."""
    import anndata

    data = anndata.AnnData(np.concatenate(list(blocks(len(side), len(across)))))
    data.obs_names, data.var_names = side, across
    data.write_h5ad(path)


WRITERS: dict[str, Callable[[Path, list[str], list[str]], None]] = {
    "csv": write_text,
    "parquet": write_parquet,
    "h5ad": write_h5ad,
}


def measure(path: Path, folder: Path) -> tuple[float, float, float]:
    """Seconds by the clock and of the processor, and peak memory (GB), of scoring one file."""
    out = folder / "out"
    command = [sys.executable, "-m", "organotropism", "markers", "score", str(path)]
    command += ["--out", str(out), "--scaling", "robust", "--format", "parquet"]
    start = time.perf_counter()
    child = os.posix_spawn(sys.executable, command, dict(os.environ))
    _, status, usage = os.wait4(child, 0)
    if status:
        sys.exit(f"failed on {path.name}")
    return time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1e6


def main() -> None:
    """Read the options and measure."""
    parser = argparse.ArgumentParser(description="Speed of `organotropism markers score`.")
    parser.add_argument("--genes", type=int, default=20_000)
    parser.add_argument("--samples", type=int, default=10_000)
    parser.add_argument("--kinds", default=",".join(WRITERS))
    given = parser.parse_args()
    across, down = names(given.genes), [f"S{number}" for number in range(given.samples)]
    assert set(centroids().symbols) <= set(across)
    print(f"{given.genes:,} genes x {given.samples:,} samples, {os.cpu_count()} cores")
    for kind in given.kinds.split(","):
        for way, side, head in (("samples x genes", down, across), ("genes x samples", across, down)):
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / f"expression.{kind}"
                # In a process of its own: a child's peak memory begins with that of its parent.
                writer = get_context("spawn").Process(target=WRITERS[kind], args=(path, side, head))
                writer.start()
                writer.join()
                size = path.stat().st_size / 1e9
                seconds, processor, memory = measure(path, Path(folder))
            used = f"{seconds:6.1f} s  {processor:6.1f} s of processor  {memory:5.2f} GB memory"
            print(f"{kind:8} {way}  {size:5.2f} GB file  {used}", flush=True)


if __name__ == "__main__":
    main()
