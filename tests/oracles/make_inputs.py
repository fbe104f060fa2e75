"""Write the inputs that the R scripts of this folder and the Python tests both read.

Only ``Generator.random`` is drawn from, and everything else is its inverse transform: uniform doubles are
the part of numpy's streams that has not changed between versions, so the files can be made again exactly.
"""

from __future__ import annotations

import csv
import itertools
import json
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

HERE = Path(__file__).parent
BANDS = [0.0, 2.0, 5.0, 10.0]

Array = NDArray[np.float64]


def rate(patients: int = 400) -> dict[str, Any]:
    """Follow-up of patients with a piecewise-constant hazard and three covariates."""
    rng = np.random.default_rng(20)
    positive = (rng.random(patients) < 0.3).astype(float)
    size = np.round(2 * rng.random(patients) - 1, 3)
    nodes = np.floor(3 * rng.random(patients))
    relative = np.exp(0.5 * positive + 0.8 * size + 0.4 * nodes - 0.4)
    hazard, starts = np.array([0.05, 0.06, 0.03, 0.02]), np.array(BANDS)
    # cumulative hazard at the start of each band
    reached = np.concatenate([[0.0], np.cumsum(hazard[:-1] * np.diff(starts))])
    target = -np.log1p(-rng.random(patients)) / relative
    band = np.searchsorted(reached, target, side="right") - 1
    onset = starts[band] + (target - reached[band]) / hazard[band]
    censored = 1 + 17 * rng.random(patients)
    return {
        "bands": BANDS,
        "covariates": ["positive", "size", "nodes"],
        "years": np.maximum(np.round(np.minimum(onset, censored), 4), 1e-3).tolist(),
        "event": (onset <= censored).astype(int).tolist(),
        "x": [positive.tolist(), size.tolist(), nodes.tolist()],
    }


def found_sets(rng: np.random.Generator, alpha: Array, pairs: Array, delta: Array, x: Array) -> list[str]:
    """Draw one non-empty set per patient from the log-linear pattern, as text such as ``"101"``."""
    k = len(alpha)
    sets = np.array(list(itertools.product([0.0, 1.0], repeat=k)))[1:]
    both = np.array([[s[a] * s[b] for a, b in itertools.combinations(range(k), 2)] for s in sets])
    weight = np.exp((alpha + x @ delta) @ sets.T + both @ pairs)
    share = np.cumsum(weight / weight.sum(1, keepdims=True), axis=1)
    drawn = np.minimum((share < rng.random(len(x))[:, None]).sum(1), len(sets) - 1)
    return ["".join(str(int(v)) for v in sets[i]) for i in drawn]


def pattern() -> dict[str, Any]:
    """Sets of sites found at presentation, at two, three and five sites, with two covariates each."""
    rng = np.random.default_rng(21)
    n2, n3, n5 = 500, 600, 800
    x2 = np.c_[np.round(2 * rng.random(n2) - 1, 3), rng.random(n2) < 0.4]
    x3 = np.c_[rng.random(n3) < 0.4, np.floor(3 * rng.random(n3)) - 1]  # six strata, for the counts
    x5 = np.c_[np.round(2 * rng.random(n5) - 1, 3), rng.random(n5) < 0.3]
    weight = 1 + np.floor(3 * rng.random(n5))
    two = found_sets(rng, np.array([0.6, -0.3]), np.array([-0.5]), np.array([[0.4, -0.6], [-0.7, 0.5]]), x2)
    three = found_sets(
        rng,
        np.array([0.5, -0.4, -0.2]),
        np.array([-0.3, 0.2, 0.4]),
        np.array([[0.5, -0.4, 0.1], [-0.3, 0.6, 0.2]]),
        x3,
    )
    five = found_sets(
        rng,
        np.array([0.6, -0.5, -0.4, -1.2, -0.6]),
        np.array([-0.4, 0.3, -0.2, 0.1, 0.4, 0.2, -0.1, 0.3, 0.1, 0.2]),
        np.array([[0.4, -0.3, 0.2, -0.5, 0.1], [-0.6, 0.4, 0.3, 0.8, 0.1]]),
        x5,
    )
    return {
        "two_sites": {"found": two, "x": x2.T.tolist(), "weight": [1] * n2},
        "three_sites": {"found": three, "x": x3.T.tolist(), "weight": [1] * n3},
        "five_sites": {"found": five, "x": x5.T.tolist(), "weight": weight.tolist()},
    }


def pam50(samples: int = 12) -> dict[str, Any]:
    """Expression of the genes of PAM50: tumours around each centroid, with ties and missing values."""
    rng = np.random.default_rng(22)
    with (HERE.parents[1] / "src/organotropism/markers/data/pam50_centroids.csv").open() as handle:
        rows = list(csv.DictReader(handle))
    centroids = np.array([[float(v) for v in list(row.values())[2:]] for row in rows])
    own = centroids[:, np.arange(samples) % 5]
    level = 6 + 4 * rng.random((len(rows), 1))
    values = np.round(level + own + 2 * rng.random(own.shape) - 1, 1)
    gaps = rng.random(own.shape) < 0.04
    listed = [
        [None if gap else value for value, gap in zip(*pair, strict=True)]
        for pair in zip(values.tolist(), gaps.tolist(), strict=True)
    ]
    return {"genes": [row["symbol"] for row in rows], "values": listed}


def pool() -> dict[str, Any]:
    """Meta-analyses of 2 to 30 log ratios at four levels of between-study spread, and edge cases."""
    rng = np.random.default_rng(22)
    sets = []
    for k, tau in itertools.product(range(2, 31), (0.0, 0.1, 0.5, 2.0)):
        # standard errors over a factor of 20, as between a registry and a hospital
        error = np.exp(np.log(0.03) + np.log(20) * rng.random(k))
        deviation = np.array([NormalDist().inv_cdf(p) for p in rng.random(k)])
        value = 0.4 + np.sqrt(error**2 + tau**2) * deviation
        name = f"k {k}, tau {tau:g}"
        sets.append({"name": name, "y": np.round(value, 4).tolist(), "se": np.round(error, 4).tolist()})
    edge: dict[str, tuple[list[float], list[float]]] = {
        "equal standard errors": ([0.1, 0.5, 0.9, 1.6], [0.2] * 4),
        "no spread at all": ([0.3] * 5, [0.1, 0.2, 0.3, 0.2, 0.1]),
        "one registry among small studies": ([0.26, 0.9, -0.4, 1.2], [0.004, 0.5, 0.6, 0.7]),
        "opposite registries": ([0.5, -0.4], [0.03, 0.06]),
        "spread just below its expectation": ([0.0, 0.28], [0.2, 0.2]),
        "spread just above its expectation": ([0.0, 0.29], [0.2, 0.2]),
        "one far out": ([0.1, 0.2, 0.15, 0.12, 8.0], [0.1, 0.15, 0.1, 0.2, 0.3]),
    }
    sets += [{"name": name, "y": y, "se": se} for name, (y, se) in edge.items()]
    return {"sets": sets}


def validation() -> dict[str, Any]:
    """Follow-up with death competing and predicted risks: plain, tied, heavily censored, entered late."""
    rng = np.random.default_rng(22)

    def cohort(patients: int, last: float, grid: float | None, late: float) -> dict[str, Any]:
        x = np.sqrt(-2 * np.log1p(-rng.random(patients))) * np.cos(2 * np.pi * rng.random(patients))
        event = -np.log1p(-rng.random(patients)) / (0.06 * np.exp(0.9 * x - 0.3))
        death = -np.log1p(-rng.random(patients)) / (0.05 * np.exp(-0.3 * x))
        censored = last * (0.05 + rng.random(patients))
        entry = np.where(rng.random(patients) < late, 4 * rng.random(patients), 0.0)
        time = np.minimum(np.minimum(event, death), censored)
        kind = np.where(time == censored, 0, np.where(time == event, 1, 2))
        keep = time > entry + 0.01
        good, poor = (
            1 - np.exp(-np.exp(0.9 * x - 1.1)),
            1 - np.exp(-np.exp(0.3 * x - 0.6 + rng.random(patients))),
        )
        digits = 4 if grid is None else 1
        if grid is not None:
            time = np.maximum(np.ceil(time / grid) * grid, grid)
        columns = {"entry": (entry, 4), "time": (time, 5), "good": (good, digits), "poor": (poor, digits)}
        result = {name: np.round(values[keep], places).tolist() for name, (values, places) in columns.items()}
        return {"kind": kind[keep].tolist(), **result}

    return {
        "horizons": [1, 2.5, 5, 7],
        "cohorts": {
            "plain": cohort(300, 15, None, 0),
            "ties": cohort(250, 15, 0.5, 0),
            "heavy censoring": cohort(400, 7.5, None, 0),
            "late entry": cohort(300, 15, None, 0.5),
            "late entry with ties": cohort(250, 15, 0.5, 0.5),
        },
    }


def cohorts(patients: int = 300) -> dict[str, Any]:
    """Follow-up with two predictions, late entry, sets of four sites; scores of a model in four cohorts."""
    rng = np.random.default_rng(23)
    score = 2 * rng.random(patients) - 1
    distant = -np.log1p(-rng.random(patients)) / (0.09 * np.exp(score))
    death, censored = -np.log1p(-rng.random(patients)) / 0.04, 3 + 14 * rng.random(patients)
    end = np.maximum(np.round(np.minimum(death, censored), 3), 0.01)
    distant = np.maximum(np.round(distant, 3), 0.01)
    late = rng.random(patients) < 0.3
    entry = np.where(late, np.round(0.9 * end * rng.random(patients), 3), 0.0)
    other = score + rng.random(patients) - 0.5
    found = np.floor(1 + 15 * rng.random(patients)).astype(int)  # bits: bone 1, lung 2, liver 4, brain 8
    pattern = rng.random((patients, 32)) + 0.2
    pattern[:, 0] = 0.0
    pattern = np.round(pattern / pattern.sum(1, keepdims=True), 6)
    return {
        "landmark": 2.0,
        "horizon": 5.0,
        "distant": [value if value <= last else None for value, last in zip(distant, end, strict=True)],
        "end": end.tolist(),
        "died": (death <= censored).astype(int).tolist(),
        "entry": entry.tolist(),
        "risk": np.round(1 / (1 + np.exp(0.7 - score)), 5).tolist(),
        "other": np.round(1 / (1 + np.exp(0.5 - other)), 5).tolist(),
        "found": found.tolist(),
        "pattern": pattern.tolist(),
        "auc": [[0.71, 0.66, 0.76], [0.74, 0.72, 0.755], [0.64, 0.55, 0.72], [0.69, 0.65, 0.735]],
        "o_e": [[0.81, 0.7, 0.93], [1.33, 1.29, 1.37], [0.95, 0.7, 1.3], [1.1, 0.9, 1.35]],
    }


def describe(patients: int = 240) -> dict[str, Any]:
    """Follow-up with death competing, with late entry and without, three groups, ties, and small tables."""
    rng = np.random.default_rng(24)
    group = np.floor(3 * rng.random(patients)).astype(int)
    event = -np.log1p(-rng.random(patients)) / (0.06 * np.exp(0.5 * group))
    death, censored = -np.log1p(-rng.random(patients)) / 0.05, 1 + 14 * rng.random(patients)
    time = np.maximum(np.round(np.minimum(np.minimum(event, death), censored), 1), 0.1)
    kind = np.where(censored < np.minimum(event, death), 0, np.where(event < death, 1, 2))
    # The first third is there from the start, so that no early risk set is a handful.
    late = rng.random(patients) * 0.8 * time * (np.arange(patients) >= patients // 3)
    size = np.round(10 + 20 * rng.random(patients) + 6 * group, 1)
    grade = np.floor(1 + 3 * rng.random(patients) ** (1 + 0.4 * group)).astype(int)
    return {
        "time": time.tolist(),
        "kind": kind.tolist(),
        "entry": (np.floor(20 * late) / 20).tolist(),
        "group": group.tolist(),
        "size": size.tolist(),
        "grade": grade.tolist(),
        "horizons": [1.0, 3.0, 5.0, 8.0],
        "counts": [[0, 12], [3, 17], [40, 91], [5, 5]],
    }


def separation(patients: int = 600) -> dict[str, Any]:
    """An index of prognosis, skewed and with ties, and left-truncated follow-up that depends on it."""
    rng = np.random.default_rng(22)
    smooth = rng.random((patients, 12)).sum(1) - 6
    index = np.round(smooth + 0.8 * (rng.random(patients) < 0.2), 2)
    onset = -np.log1p(-rng.random(patients)) / (0.05 * np.exp(index))
    censored = 1 + 14 * rng.random(patients)
    years = np.maximum(np.round(np.minimum(onset, censored), 2), 0.01)
    entry = np.floor(50 * years * rng.random(patients) * (rng.random(patients) < 0.4)) / 100
    return {
        "index": index.tolist(),
        "entry": entry.tolist(),
        "years": years.tolist(),
        "event": (onset <= censored).astype(int).tolist(),
    }


def write(name: str, content: dict[str, Any]) -> None:
    """Write one input beside this script."""
    (HERE / f"{name}_input.json").write_text(json.dumps(content) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write("rate", rate())
    write("pattern", pattern())
    write("pam50", pam50())
    write("pool", pool())
    write("separation", separation())
    write("validation", validation())
    write("cohorts", cohorts())
    write("describe", describe())
