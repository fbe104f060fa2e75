"""Deaths without distant disease in METABRIC and Rotterdam against the model's hazard, by age at diagnosis.

    python benchmarks/other_deaths.py ../shared/data

The model lets women die without distant disease at PREDICT's hazard of other causes, of age and of years
since diagnosis, at the calendar years of PREDICT (2000 to 2017). Observed are deaths before any distant
disease was recorded; expected is the hazard summed over the time that each woman was alive and free of it,
at most 20 years; once more as if PREDICT's calendar effect held in her own year. Prints the table of
docs/validation.md, with exact Poisson limits of the observed numbers.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from scipy.stats import chi2

from organotropism import load_model
from organotropism.process.index import Index

_DAYS: Final = 365.25
_AGES: Final = ((0, 50, "under 50"), (50, 65, "50-65"), (65, 75, "65-75"), (75, 200, "75 and over"))
_YEARS: Final = np.arange(21.0)


class Woman(NamedTuple):
    """Age and year of diagnosis, years free of distant disease and alive, and how they ended."""

    age: float
    year: float
    free: float
    died: bool
    of_cancer: bool


def metabric(folder: Path) -> Iterator[Woman]:
    """Women of METABRIC with a complete history of recurrences and without stage IV."""
    with (folder / "metabric" / "clinical_relapse.tsv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            recorded = "NA" not in (row["T"], row["Age.At.Diagnosis"], row["Death"])
            if row["Complete.Rec.History"] != "YES" or row["Stage"] == "4" or not recorded:
                continue
            distant = row["DR"] == "1"
            year = row["Date.Of.Diagnosis"][:4]
            yield Woman(
                float(row["Age.At.Diagnosis"]),
                float(year) if year.isdigit() else 2000.0,
                float(row["TDR"] if distant else row["T"]) / _DAYS,
                row["Death"] == "1" and not distant,
                row["DeathBreast"] == "1",
            )


def rotterdam(folder: Path) -> Iterator[Woman]:
    """Women of the Rotterdam cohort; causes of death are not recorded."""
    with (folder / "rotterdam" / "rotterdam.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            free = float(row["met"] or row["fu"])
            died = row["dead"] == "Dead" and not row["met"]
            yield Woman(float(row["age"]), float(row["year"]), free, died, False)


def expected(index: Index, women: list[Woman], own_year: bool = False) -> float:
    """Deaths that the hazard of other causes lets expect of `women`, in the years of PREDICT or their own."""
    age, year, free = (np.array([getattr(w, name) for w in women]) for name in ("age", "year", "free"))
    hazard = index.other_death(age, year if own_year else np.clip(year, 2000.0, 2017.0), _YEARS)
    exposure = np.clip(free[:, None] - _YEARS[:-1], 0.0, 1.0)
    return float((hazard * exposure).sum())


def ratio(observed: int, expectation: float) -> str:
    """Observed over expected with exact 95 % limits."""
    low = chi2.ppf(0.025, 2 * observed) / 2 if observed else 0.0
    high = chi2.ppf(0.975, 2 * observed + 2) / 2
    return f"{observed / expectation:.2f} ({low / expectation:.2f}-{high / expectation:.2f})"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("data", type=Path, help="folder with metabric/ and rotterdam/")
    folder = parser.parse_args().data
    index = load_model().index
    headers = ("cohort", "age", "women", "deaths", "expected", "O/E", "own year", "not of breast cancer")
    lines = [f"| {' | '.join(headers)} |", "|---|---|---:|---:|---:|---|---|---|"]
    for name, women in (("METABRIC", list(metabric(folder))), ("Rotterdam", list(rotterdam(folder)))):
        for youngest, oldest, label in _AGES:
            own = [w for w in women if youngest <= w.age < oldest]
            seen = [w for w in own if w.died and w.free <= _YEARS[-1]]
            count = expected(index, own)
            of_year = len(seen) / expected(index, own, own_year=True)
            others = sum(not w.of_cancer for w in seen)
            cells = (
                *(name, label, f"{len(own)}", f"{len(seen)}", f"{count:.1f}", ratio(len(seen), count)),
                *(f"{of_year:.2f}", ratio(others, count) if name == "METABRIC" else "not recorded"),
            )
            lines.append(f"| {' | '.join(cells)} |")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
