"""Speed of the command line: cold starts, and a large table; times are also given as ratios within this run.

Run with ``python benchmarks/predict.py [--patients N] [--model FILE]``. The peers are what cannot be avoided:
Python importing numpy for a cold start, and the Python interface called patient by patient for the table.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import organotropism as ot

EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "patient.toml"
REPEATS = 5
ONE_BY_ONE = 200
UNKNOWN_SHARE = {"grade": 0.05, "size_mm": 0.05, "positive_nodes": 0.05, "ki67": 0.5, "detection": 0.5}


def run(*command: str) -> tuple[float, float]:
    """Seconds and peak memory (MB) of one child process."""
    start = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - start
    if status:
        sys.exit(f"failed: {' '.join(command)}")
    return seconds, usage.ru_maxrss / 1000


def best(*command: str) -> float:
    """Shortest of several runs, in seconds; the first, which fills the disk cache, does not count."""
    return min(run(*command)[0] for _ in range(REPEATS + 1))


def write_patients(path: Path, count: int) -> None:
    """Write simulated patients as a registry might have them, some fields unknown."""
    rng = random.Random(1)
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = None
        for number in range(count):
            er = rng.random() < 0.8
            row: dict[str, object] = {
                "id": f"sim-{number}",
                "age": rng.randint(25, 85),
                "er": "positive" if er else "negative",
                "pr": "positive" if er and rng.random() < 0.85 else "negative",
                "her2": "positive" if rng.random() < 0.15 else "negative",
                "grade": rng.choice([1, 2, 2, 3]),
                "size_mm": rng.randint(3, 80),
                "positive_nodes": rng.choice([0, 0, 0, 1, 2, 5]),
                "histology": "lobular" if rng.random() < 0.12 else "ductal",
                "ki67": rng.randint(1, 80),
                "detection": rng.choice(["screen", "symptoms"]),
                "year_of_diagnosis": rng.randint(2000, 2017),
                "chemotherapy": rng.choice(["none", "third generation"]),
                "m": "M0",
            }
            row |= {name: "" for name, share in UNKNOWN_SHARE.items() if rng.random() < share}
            writer = writer or csv.DictWriter(file, row.keys())
            if number == 0:
                writer.writeheader()
            writer.writerow(row)


def cold(model: str) -> None:
    """Print times from nothing to the answer."""
    python = sys.executable
    peer = best(python, "-c", "import numpy")
    print(f"python -c 'import numpy'            {peer:6.2f} s")
    command = (python, "-m", "organotropism")
    for name, arguments in (
        ("organotropism --help", ("--help",)),
        ("predict, one patient", ("predict", str(EXAMPLE), "--model", model)),
        ("predict, no intervals", ("predict", str(EXAMPLE), "--model", model, "--no-intervals")),
    ):
        seconds = best(*command, *arguments)
        print(f"{name:36}{seconds:6.2f} s   {seconds / peer:5.1f} x import numpy")


def table(model: str, count: int) -> None:
    """Print time and memory of a large table, against the interface patient by patient."""
    with tempfile.TemporaryDirectory() as folder:
        patients, out = Path(folder) / "patients.csv", Path(folder) / "forecasts.csv"
        write_patients(patients, count)
        arguments = ("predict", str(patients), "--no-intervals", "--out", str(out), "--model", model)
        seconds, memory = run(sys.executable, "-m", "organotropism", *arguments)
        with open(patients, newline="", encoding="utf-8") as file:
            rows = [row for row, _ in zip(csv.DictReader(file), range(ONE_BY_ONE), strict=False)]
    loaded = ot.load_model(model)
    start = time.perf_counter()
    for row in rows:
        loaded.forecast(ot.Patient.parse(row), intervals=False).to_frame()
    single = (time.perf_counter() - start) / len(rows)
    each = seconds / count
    print(f"table of {count:,} patients: {seconds:.1f} s, peak memory {memory:.0f} MB")
    print(f"per patient {1e6 * each:.0f} µs; one by one {1e6 * single:.0f} µs ({single / each:.0f} times)")


def main() -> None:
    """Read the options and measure."""
    parser = argparse.ArgumentParser(description="Speed of `organotropism predict`.")
    parser.add_argument("--patients", type=int, default=100_000)
    parser.add_argument("--model", default="literature")
    given = parser.parse_args()
    cold(given.model)
    table(given.model, given.patients)


if __name__ == "__main__":
    main()
