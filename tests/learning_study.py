"""Learning from METABRIC, held against what it left out: five folds, and the learning curve.

    python tests/learning_study.py metabric.parquet [--curve] [--out results.json]

The folds are those of the shared numerical reference. Scores per site and for any distant disease at 5 and
10 years: AUC with death competing, observed over expected (Aalen-Johansen over mean prediction), and the log
score weighted by the inverse probability of not being censored; overall the log density of whole courses.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import metabric
from organotropism import Model, load_model
from organotropism.cohort import Cohort, read_cohort
from organotropism.learn.cohort import learn_cohort
from organotropism.learn.score import log_density

Array = NDArray[np.float64]
HORIZONS = (5.0, 10.0)
FRACTIONS = (0.05, 0.1, 0.25, 0.5, 1.0)
MODELS = ("literature", "alone", "both")


@dataclass(frozen=True)
class HeldOut:
    """Predictions of patients who were left out: risk (n, sites and any, horizons), log density (n,)."""

    risk: Array
    density: Array


def risks(model: Model, cohort: Cohort) -> Array:
    """Risk of each site and of any distant disease, (n, sites + 1, horizons)."""
    found = model.forecast(cohort.patients(), horizons=HORIZONS, intervals=False).risks
    return np.concatenate([found.ever[0], found.any[0][:, None]], axis=1)


def folds(count: int) -> NDArray[np.int64]:
    """Fold of each patient, as in the reference."""
    return np.random.default_rng(0).integers(0, 5, count)


def cross_validate(
    cohort: Cohort, literature: Model, fraction: float = 1.0, seed: int = 1, models: Sequence[str] = MODELS
) -> dict[str, HeldOut]:
    """Predict every fold with models learned from a fraction of the others."""
    count, rng = len(cohort), np.random.default_rng(seed)
    fold = folds(count)
    found = {
        name: HeldOut(np.zeros((count, len(cohort.sites) + 1, len(HORIZONS))), np.zeros(count))
        for name in models
    }
    for number in range(5):
        train, held = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        if fraction < 1:
            train = np.sort(rng.permutation(train)[: round(fraction * len(train))])
        for name in models:
            prior = {"literature": literature, "alone": None, "both": literature}[name]
            model = literature if name == "literature" else learn_cohort(cohort.take(train), prior).model
            part = cohort.take(held)
            found[name].risk[held] = risks(model, part)
            found[name].density[held] = log_density(model, part)
    return found


def log_score(event: Array, years: Array, dead: NDArray[np.bool_], risk: Array, t: float) -> float:
    """Mean log score at `t`, death without the event a control; weighted for censoring (Kaplan-Meier)."""
    order = np.argsort(years, kind="stable")
    at_risk = len(years) - np.arange(len(years))
    free = np.r_[1.0, np.cumprod(1 - ~dead[order] / at_risk)]

    def uncensored(time: Array) -> Array:
        return free[np.searchsorted(years[order], time, side="left")]

    case = event <= t
    known = case | dead | (years > t)
    until = np.minimum(np.where(case, event, years), t)
    weight = np.where(known, 1 / np.maximum(uncensored(until), 1e-9), 0.0)
    return float(np.mean(weight * np.where(case, np.log(risk), np.log1p(-risk))))


def scores(cohort: Cohort, held: HeldOut) -> dict[str, dict[str, dict[str, float]]]:
    """Scores by site and horizon."""
    event = np.c_[cohort.site_time, cohort.distant]
    found: dict[str, dict[str, dict[str, float]]] = {}
    for k, site in enumerate((*cohort.sites, "any")):
        for h, t in enumerate(HORIZONS):
            follow_up = (event[:, k], cohort.follow_up, cohort.died)
            risk = held.risk[:, k, h]
            found.setdefault(site, {})[f"{t:g}"] = {
                "auc": metabric.auc(*follow_up, risk, t),
                "o_e": metabric.aalen_johansen(*follow_up, t) / float(risk.mean()),
                "log_score": log_score(*follow_up, risk, t),
            }
    return found


def study(cohort: Cohort, fractions: Sequence[float]) -> list[dict[str, Any]]:
    """Scores of all models by fraction of the cohort."""
    literature, records = load_model("literature"), []
    for fraction in fractions:
        for name, held in cross_validate(cohort, literature, fraction).items():
            record: dict[str, Any] = {"fraction": fraction, "model": name}
            record |= {"density": float(held.density.mean()), "scores": scores(cohort, held)}
            records.append(record)
            print(f"{fraction:5.0%} {name:10} log density {record['density']:.4f}")
            for site, by_time in record["scores"].items():
                line = "  ".join(
                    f"{t:>2} y AUC {s['auc']:.3f} O/E {s['o_e']:.2f} log {s['log_score']:.4f}"
                    for t, s in by_time.items()
                )
                print(f"      {site:6} {line}", flush=True)
    return records


def main() -> None:
    """Run the study and write what it found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("cohort", help="METABRIC, as `organotropism cohort import` wrote it")
    parser.add_argument("--curve", action="store_true", help="learn from 5, 10, 25 and 50 %% as well")
    parser.add_argument("--out", type=Path, help="JSON of all scores")
    given = parser.parse_args()
    records = study(read_cohort(given.cohort), FRACTIONS if given.curve else (1.0,))
    if given.out is not None:
        given.out.write_text(json.dumps(records, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
