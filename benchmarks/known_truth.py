"""Known truth: cohorts simulated from a model, learned from without any prior, and compared with the truth.

    python benchmarks/known_truth.py --cohorts 200 --patients 30000 --out benchmarks/known_truth.json

Per coefficient: mean bias in standard errors with its Monte Carlo error, and how often the 95 % interval
holds the truth. Receptors, grade, histology, detection and Ki-67 are missing in a share of the patients, some
have stage IV disease, follow-up ends after 5 to 20 years and some are lost before.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import scipy
from scipy.stats import binom

from organotropism import load_model
from organotropism.cohort import simulate_cohort
from organotropism.cohort.simulate_cohort import Flaws
from organotropism.learn.cohort import learn_cohort
from organotropism.process.model import Model

MISSING = {"her2": 0.2, "grade": 0.1, "pr": 0.2, "histology": 0.05, "detection": 0.2, "ki67": 0.2}
FLAWS = Flaws(follow_up=(5.0, 20.0), lost=0.01, missing=MISSING)
YEARS = (1992, 2015)
Z95 = 1.959963984540054


def fits(
    truth: Model, cohorts: int, patients: int, first_seed: int, kept: Path | None
) -> tuple[np.ndarray, np.ndarray]:
    """Estimates and standard errors, (cohorts, coefficients); `kept` holds those of an interrupted run."""
    found = list(np.load(kept)) if kept is not None and kept.exists() else []
    for number in range(len(found), cohorts):
        began = time.perf_counter()
        cohort = simulate_cohort(
            truth, patients, first_seed + number, flaws=FLAWS, years=YEARS, stage_iv=True, name="simulated"
        )
        fit = learn_cohort(cohort, None)
        found.append(np.array([fit.both.mean, fit.both.sd]))
        if kept is not None:
            np.save(kept, np.array(found))
        seconds = time.perf_counter() - began
        print(f"cohort {number + 1} of {cohorts}: {seconds:.1f} s", file=sys.stderr, flush=True)
    mean, sd = np.array(found).swapaxes(0, 1)
    return mean, sd


def summary(truth: Model, mean: np.ndarray, sd: np.ndarray) -> dict[str, Any]:
    """Bias and coverage per coefficient, and whether what is required holds."""
    count = len(mean)
    away = mean - truth.theta
    bias = away.mean(0) / sd.mean(0)
    error = away.std(0, ddof=1) / np.sqrt(count) / sd.mean(0)
    covered = (np.abs(away) <= Z95 * sd).mean(0)
    band = binom.ppf([0.0005, 0.9995], count, 0.95) / count
    rows = [
        {
            "coefficient": name,
            "truth": round(float(truth.theta[i]), 4),
            "mean": round(float(mean[:, i].mean()), 4),
            "se": round(float(sd[:, i].mean()), 4),
            "sd_of_estimates": round(float(mean[:, i].std(ddof=1)), 4),
            "bias_in_se": round(float(bias[i]), 3),
            "monte_carlo_se": round(float(error[i]), 3),
            "coverage": round(float(covered[i]), 3),
        }
        for i, name in enumerate(truth.layout.names)
    ]
    return {
        "largest_bias_beyond_allowed": round(float((np.abs(bias) - 0.1 - 3 * error).max()), 3),
        "mean_coverage": round(float(covered.mean()), 4),
        "band_99.9": [round(float(x), 3) for x in band],
        "lowest_coverage": round(float(covered.min()), 3),
        "highest_coverage": round(float(covered.max()), 3),
        "coefficients": rows,
    }


def main() -> None:
    """Simulate, fit, and write the results."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cohorts", type=int, default=200)
    parser.add_argument("--patients", type=int, default=30_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, help="file for the results; by default they are printed")
    parser.add_argument("--kept", type=Path, metavar="FILE.npy", help="estimates so far, to go on from")
    given = parser.parse_args()
    truth = load_model("literature")
    mean, sd = fits(truth, given.cohorts, given.patients, given.seed, given.kept)
    result = {
        "cohorts": given.cohorts,
        "patients": given.patients,
        "first_seed": given.seed,
        "truth": f"{truth.name} {truth.version} {truth.checksum}",
        "missing": MISSING,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        **summary(truth, mean, sd),
    }
    text = json.dumps(result, indent=1)
    if given.out is None:
        print(text)
    else:
        given.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
