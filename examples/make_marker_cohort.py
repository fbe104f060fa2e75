"""Write marker_cohort.csv and marker_cohort_measured.csv: simulated patients, two markers of known effect.

Run from the repository root: ``python examples/make_marker_cohort.py``.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import polars as pl

from organotropism.cohort.simulate_cohort import simulate_cohort
from organotropism.cohort.store import from_frame, to_frame, write_cohort
from organotropism.process.model import load_model
from organotropism.process.offsets import Offset, shifted, together

HERE = Path(__file__).parent
PATIENTS = 1500
#: Share of positive tumours, log hazard ratio, log odds ratios of bone, lung, liver, brain, other.
TRUTH = {
    "MAF_16Q23_GAIN": (0.21, (0.3, 0.6, 0.0, 0.0, 0.0, 0.0)),
    "EXO_ITGAV": (0.3, (0.0, 0.0, 0.0, 1.0, 0.0, 0.0)),
}


def offset(name: str, positive: bool) -> Offset:
    """What a marker adds to a patient, against an average tumour."""
    share, effect = TRUTH[name]
    moved = np.array(effect) * (1 - share if positive else -share)
    return Offset(name, float(moved[0]), moved[1:], np.zeros((6, 6)))


def main() -> None:
    """Simulate the patients of each combination of the markers, and write both files."""
    model, rng = load_model("literature"), np.random.default_rng(7)
    carried = np.column_stack([rng.random(PATIENTS) < share for share, _ in TRUTH.values()])
    frames, rows = [], []
    for number, calls in enumerate(np.unique(carried, axis=0)):
        count = int((carried == calls).all(1).sum())
        known = dict(zip(TRUTH, calls.tolist(), strict=True))
        moved = shifted(model, together([offset(name, positive) for name, positive in known.items()]))
        frame = to_frame(simulate_cohort(moved, count, 20 + number, stage_iv=True))
        frame = frame.with_columns(pl.Series("id", [f"{number}-{row}" for row in range(count)]))
        frames.append(frame)
        words = {name: "positive" if positive else "negative" for name, positive in known.items()}
        rows += [(name, marker, word) for name in frame["id"] for marker, word in words.items()]
    together_frame = pl.concat(frames, how="diagonal")
    write_cohort(from_frame(together_frame, "marker example"), HERE / "marker_cohort.csv")
    with (HERE / "marker_cohort_measured.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("id", "marker", "value"))
        writer.writerows(rows)


if __name__ == "__main__":
    main()
