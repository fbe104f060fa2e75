"""Expected risks against the mean of many draws, and what the intervals cover.

    python benchmarks/expected.py --patients 40 --draws 4000

The draws are populations: coefficients from the distribution that the model gives a new population. Over
random patients the mean of their risks is held against the number shown, and the share of them whose own risk
lies within the interval shown against 95 %. Neither depends on the 256 draws that the intervals come from.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from organotropism import load_model
from organotropism.learn.literature import example_patients
from organotropism.process.kernel import Kernel
from organotropism.process.model import Model
from organotropism.process.prepare import prepare
from organotropism.process.results import Options

Array = NDArray[np.float64]
HORIZONS = (5.0, 10.0)
QUANTITIES = ("any", "first", "only", "ever", "given", "several")
STEP = 0.25


def measure(model: Model, patients: int, draws: int, seed: int) -> list[tuple[str, Array, Array]]:
    """Of each quantity and site: errors of the mean relative to itself, and shares covered, by patient."""
    populations = model.draws(draws, seed)
    names: dict[str, list[tuple[Array, Array]]] = defaultdict(list)
    for number, patient in enumerate(example_patients(patients)):
        table = model.forecast([patient], HORIZONS)
        cells, rows = prepare(model, [patient], Options(HORIZONS))
        drawn = Kernel(model.layout, cells, rows, patient.now, HORIZONS, model.window_years, STEP).risks(
            populations
        )
        for name in QUANTITIES:
            own = getattr(drawn, name)[:, 0].reshape(draws, -1)
            shown, low, high = (
                getattr(part, name)[0, 0].ravel() for part in (table.risks, table.low, table.high)
            )
            covered = ((own >= low) & (own <= high)).mean(0)
            labels = _labels(name, model.layout.sites)
            for label, error, share in zip(labels, shown / own.mean(0) - 1, covered, strict=True):
                names[label].append((error, share))
        sys.stderr.write(f"\r{number + 1} of {patients} patients")
    sys.stderr.write("\n")
    return [(name, *(np.array(part) for part in zip(*found, strict=True))) for name, found in names.items()]


def _labels(name: str, sites: tuple[str, ...]) -> list[str]:
    places = [f"{name} {site}" for site in sites] if name in ("first", "only", "ever", "given") else [name]
    if name in ("given", "several"):
        return places
    return [f"{place}, {h:g} years" for place in places for h in HORIZONS]


def main() -> None:
    """Print one line for each quantity."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--patients", type=int, default=40)
    parser.add_argument("--draws", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=99)
    parser.add_argument("--model", default="default")
    given = parser.parse_args()
    found = measure(load_model(given.model), given.patients, given.draws, given.seed)
    print("| quantity | mean error | largest error | covered | least and most |\n|---|---:|---:|---:|---|")
    for name, error, share in found:
        print(
            f"| {name} | {100 * error.mean():+.2f} % | {100 * np.abs(error).max():.2f} % "
            f"| {100 * share.mean():.1f} % | {100 * share.min():.1f} to {100 * share.max():.1f} |"
        )
    shares = np.concatenate([share for *_, share in found])
    print(f"\nall: {100 * shares.mean():.2f} % covered")


if __name__ == "__main__":
    main()
