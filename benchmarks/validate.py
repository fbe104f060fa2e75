"""Time and memory of a validation, and of its AUC and Brier score beside comprisk's, in the same run.

python benchmarks/validate.py [PATIENTS]
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import resource
import sys
import time

import numpy as np

from organotropism import load_model
from organotropism.cohort import Flaws, simulate_cohort
from organotropism.validate import accuracy, discrimination
from organotropism.validate.censoring import known_at
from organotropism.validate.counting import Clock
from organotropism.validate.outcome import ANY, outcome_of
from organotropism.validate.predictions import predict
from organotropism.validate.resample import blocks, samples
from organotropism.validate.validation import Settings, validate

BOOTSTRAP, HORIZONS = 200, (5.0, 10.0)


def clocked(action):
    """Result, wall time and processor time in seconds."""
    wall, own = time.perf_counter(), time.process_time()
    result = action()
    return result, time.perf_counter() - wall, time.process_time() - own


def main(patients: int) -> None:
    """Print a table in Markdown."""
    model = load_model("literature")
    flaws = Flaws(follow_up=(5, 20), lost=0.02, missing={"pr": 0.3, "her2": 0.3, "ki67": 1, "detection": 1})
    cohort = simulate_cohort(model, patients, 1, flaws=flaws)
    print("| what | wall, s | processor, s |\n|---|---|---|")
    settings = Settings(HORIZONS, BOOTSTRAP)
    _, wall, own = clocked(lambda: validate(model, cohort, settings))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    what = f"validate, {patients:,} patients, 6 outcomes, 2 horizons, 200 bootstraps"
    print(f"| {what} | {wall:.1f} | {own:.1f} |")
    print(f"| peak memory, MB | {peak:.0f} | |")
    _peer(cohort, predict(model, cohort, HORIZONS))


def _peer(cohort, predictions) -> None:
    try:
        from comprisk import score_cr
    except ImportError:
        print("| comprisk is not installed | | |")
        return
    outcome = outcome_of(cohort, ANY)
    risk = np.stack([predictions.at(ANY, h)[outcome.rows] for h in HORIZONS], axis=1)
    clock, counts = Clock(outcome), samples(len(cohort), BOOTSTRAP, 1)

    def ours():
        found = []
        for k, horizon in enumerate(HORIZONS):
            for weights in blocks(counts, outcome.rows, outcome.weight):
                known = known_at(clock, weights, horizon)
                found.append((discrimination.auc(known, risk[:, k])[0], accuracy.brier(known, risk[:, k])[0]))
        return found

    def theirs(bootstrap=BOOTSTRAP):
        return score_cr(
            {"model": risk},
            outcome.time,
            outcome.kind,
            np.array(HORIZONS),
            n_bootstrap=bootstrap,
            n_jobs=1,
            random_state=1,
        )

    theirs(2)  # compiles once
    found, wall, own = clocked(ours)
    print(f"| AUC and Brier, one outcome, 2 horizons, 200 bootstraps | {wall:.2f} | {own:.2f} |")
    peer, peer_wall, peer_own = clocked(theirs)
    print(f"| the same, comprisk score_cr | {peer_wall:.2f} | {peer_own:.2f} |")
    print(f"| ratio | {peer_wall / wall:.1f} | {peer_own / own:.1f} |")
    print(f"\nAUC at 5 years {found[0][0]:.6f}; comprisk:\n{peer}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2400)
