"""Memory of importing bundles of mCODE, and bulk exports of single resources: peak against patients.

Run with ``python benchmarks/mcode_memory.py [--patients N N]``. Patients are simulated, and written as NDJSON
of bundles and as a folder of NDJSON with one resource a line, by type; each import is a process of its own.
The floor is what Python takes to import the libraries alone.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TextIO

#: Simulated at once; the bundles of larger files are those of as many patients over again, with other ids.
AT_ONCE = 10_000


def run(*command: str) -> tuple[float, float]:
    """Seconds and peak memory (MB) of one child process."""
    start = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - start
    if status:
        sys.exit(f"failed: {' '.join(command)}")
    return seconds, usage.ru_maxrss / 1000


def organotropism(*arguments: str) -> tuple[float, float]:
    """Run a command of the package."""
    return run(sys.executable, "-m", "organotropism", *arguments)


def write(folder: Path, patients: int) -> tuple[Path, Path]:
    """The same patients as a file of bundles and as a bulk export."""
    bundles, bulk = folder / "bundles.ndjson", folder / "bulk"
    bulk.mkdir()
    files: dict[str, TextIO] = {}
    with open(bundles, "w", encoding="utf-8") as lines:
        for seed, start in enumerate(range(0, patients, AT_ONCE), start=1):
            part = folder / "part.ndjson"
            size = str(min(AT_ONCE, patients - start))
            arguments = ("--patients", size, "--seed", str(seed), "--stage-iv", "--missing", "0.1")
            organotropism("cohort", "simulate", *arguments, "--format", "mcode", "--out", str(part))
            # Line by line: a child's peak is at least that of its parent when it was started.
            for line in open(part, encoding="utf-8"):  # noqa: SIM115
                name = json.loads(line)["id"]
                renamed = line.replace(f'"{name}', f'"{seed}-{name}').replace(f"/{name}", f"/{seed}-{name}")
                lines.write(renamed)
                for entry in json.loads(renamed)["entry"]:
                    kind = entry["resource"]["resourceType"]
                    if kind not in files:
                        files[kind] = open(bulk / f"{kind}.ndjson", "w", encoding="utf-8")  # noqa: SIM115
                    files[kind].write(json.dumps(entry["resource"]) + "\n")
            part.unlink()
    for file in files.values():
        file.close()
    return bundles, bulk


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, nargs="+", default=[10_000, 100_000])
    given = parser.parse_args()
    libraries = "import numpy, polars, pydantic, organotropism.cohort.mcode_import"
    print(f"{'libraries alone':34}{run(sys.executable, '-c', libraries)[1]:8.0f} MB")
    for patients in given.patients:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            for source in write(folder, patients):
                out = str(folder / "cohort.parquet")
                seconds, peak = organotropism(
                    "cohort", "import", "--from", "mcode", str(source), "--out", out
                )
                size = (
                    sum(f.stat().st_size for f in source.glob("*"))
                    if source.is_dir()
                    else source.stat().st_size
                )
                label = f"{patients:,} patients, {source.name}"
                print(f"{label:34}{peak:8.0f} MB {seconds:8.1f} s {size / 1e6:10.0f} MB on disk", flush=True)


if __name__ == "__main__":
    main()
