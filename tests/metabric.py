"""METABRIC as the tests read it: prepared and scored as in the shared numerical reference.

Never used in learning. Nothing of it is kept in the repository.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from organotropism import Patient

SITES = ("BONE", "LUNG", "LIVER", "BRAIN", "OTHER")
DAYS = 365.25
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Cohort:
    """Patients with a complete relapse history; times in years, inf = not found.

    Attributes
    ----------
    patients : covariates as recorded: age, ER, HER2, grade, size, nodes, histology, year
    event : (n, 6) time of each site and of any distant relapse
    years, dead : follow-up
    training_centre : women of centre 1 diagnosed from 2000, who may have been in PREDICT's own data
    """

    patients: list[Patient]
    event: Array
    years: Array
    dead: NDArray[np.bool_]
    training_centre: NDArray[np.bool_]


def load(folder: Path) -> Cohort:
    """Read the two tables and HER2 from the study folder."""
    her2: dict[str, str] = {}
    sample = folder / "cbioportal" / "data_clinical_sample.txt"
    lines = [line for line in sample.read_text().splitlines() if not line.startswith("#")]
    for row in csv.DictReader(lines, delimiter="\t"):
        her2.setdefault(row["PATIENT_ID"], row["HER2_STATUS"])
    first: dict[str, dict[str, float]] = {}
    with (folder / "relapse_events.csv").open() as file:
        for row in csv.DictReader(file):
            if row["TYPE.RELAPSE"] == "DISTANT" and row["TIME.RELAPSE"] not in ("", "NA"):
                site = row["SITE"] if row["SITE"] in SITES else "OTHER"
                times = first.setdefault(row["METABRIC.ID"], {})
                times[site] = min(times.get(site, np.inf), float(row["TIME.RELAPSE"]) / DAYS)
    patients, event, years, dead, training = [], [], [], [], []
    with (folder / "clinical_relapse.tsv").open() as file:
        for row in csv.DictReader(file, delimiter="\t"):
            times = first.get(row["METABRIC.ID"], {})
            if not _eligible(row) or (row["DR"] == "1" and not times):
                continue
            follow_up = float(row["T"]) / DAYS
            at = [min(max(times[s], 1e-3), follow_up) if s in times else np.inf for s in SITES]
            patients.append(_patient(row, her2.get(row["METABRIC.ID"], "")))
            event.append([*at, min(at)])
            years.append(follow_up)
            dead.append(row["Death"] == "1")
            training.append(row["Cohort"] == "1" and int(row["Date.Of.Diagnosis"][:4] or 0) >= 2000)
    return Cohort(patients, np.array(event), np.array(years), np.array(dead), np.array(training))


def _eligible(row: dict[str, str]) -> bool:
    return (
        row["Complete.Rec.History"] == "YES"
        and _number(row["T"]) > 0
        and _number(row["Stage"]) != 4
        and row["Histological.Type"] not in ("DCIS", "PHYL", "BENIGN")
    )


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _patient(row: dict[str, str], her2: str) -> Patient:
    size, nodes, grade = (_number(row[c]) for c in ("Size", "Lymph.Nodes.Positive", "Grade"))
    year = row["Date.Of.Diagnosis"][:4]
    kinds = {"ILC": "lobular", "IDC": "ductal", "IDC+ILC": "mixed"}
    fields = {
        "age": _number(row["Age.At.Diagnosis"]),
        "er": "positive" if row["ER.Status"] == "pos" else "negative",
        "her2": {"+": "positive", "-": "negative"}.get(her2),
        "size_mm": size if size > 0 else None,
        "positive_nodes": nodes if nodes >= 0 else None,
        "grade": grade if grade in (1, 2, 3) else None,
        "histology": kinds.get(row["Histological.Type"], "other" if row["Histological.Type"] else None),
        "year_of_diagnosis": year if year.isdigit() else None,
    }
    return Patient.parse(fields)


def auc(event: Array, years: Array, dead: NDArray[np.bool_], risk: Array, t: float) -> float:
    """AUC at `t`, death competing: dead without the event by `t` are controls."""
    case = event <= t
    control = ~case & ((years > t) | dead)
    ranks = rankdata(np.r_[risk[case], risk[control]])
    n = int(case.sum())
    return float((ranks[:n].sum() - n * (n + 1) / 2) / (n * control.sum()))


def aalen_johansen(event: Array, years: Array, dead: NDArray[np.bool_], t: float) -> float:
    """Cumulative incidence of the event at `t`, death competing."""
    time = np.minimum(event, years)
    kind = np.where(event <= years, 1, np.where(dead, 2, 0))
    order = np.argsort(time, kind="stable")
    time, kind = time[order], kind[order]
    at_risk = len(time) - np.arange(len(time))
    survival = np.cumprod(1 - (kind > 0) / at_risk)
    before = np.r_[1.0, survival[:-1]]
    return float((before / at_risk * (kind == 1))[time <= t].sum())
