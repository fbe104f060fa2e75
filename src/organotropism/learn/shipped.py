"""PREDICT's index and the reference population, read from the evidence tables."""

from __future__ import annotations

from typing import Any

import numpy as np

from organotropism import evidence
from organotropism.process.index import Index
from organotropism.process.population import Population
from organotropism.vocabulary import SUBTYPES

_STRATA = {"ER negative": "er_negative", "ER positive": "er_positive"}
_TERMS = {
    "size": "size",
    "positive nodes": "nodes",
    "grade": "grade",
    "screen detected": "screen",
    "PR positive": "pr_positive",
    "PR negative": "pr_negative",
    "Ki-67 positive": "ki67_positive",
    "Ki-67 negative": "ki67_negative",
    "baseline adjustment": "adjustment",
}
_HER2 = {"HER2 positive": "her2_positive", "HER2 negative": "her2_negative"}
_TREATMENTS = {
    "endocrine therapy": ("endocrine_therapy", "True"),
    "chemotherapy second generation": ("chemotherapy", "second generation"),
    "chemotherapy third generation": ("chemotherapy", "third generation"),
    "trastuzumab": ("anti_her2_therapy", "True"),
    "bisphosphonates (postmenopausal)": ("bisphosphonate", "True"),
    "radiotherapy": ("radiotherapy", "True"),
}
#: Years that a constant HER2 effect is written out for: all years of the model.
_YEARS = 20
#: Share detected by screening that PREDICT assumes where unknown.
_SCREENED = 0.204


def predict_index() -> Index:
    """Index of PREDICT v3.2 from `predict3.csv`."""
    found: dict[str, Any] = {
        "er_negative": {"age": [], "ki67_positive": 0.0, "ki67_negative": 0.0},
        "er_positive": {"age": []},
        "treatment": {},
        "other_death": {"age": []},
    }
    for row in evidence.predict_terms():
        if row.part == "other death":
            _other_death(found["other_death"], row)
        elif row.term in _TREATMENTS:
            name, level = _TREATMENTS[row.term]
            found["treatment"].setdefault(name, {})[level] = row.coefficient[0]
        elif row.applies_to in _STRATA:
            stratum = found[_STRATA[row.applies_to]]
            if row.term == "age":
                stratum["age"].append(row.coefficient[0])
            elif row.term in _TERMS:
                stratum[_TERMS[row.term]] = row.coefficient[0]
            elif row.term in _HER2:
                values = list(row.coefficient)
                stratum[_HER2[row.term]] = values * _YEARS if len(values) == 1 else values
    return Index(found)


def _other_death(terms: dict[str, Any], row: evidence.PredictTerm) -> None:
    if row.term == "age":
        terms["age"].append(row.coefficient[0])
    elif row.term == "year of diagnosis":
        terms["year"] = row.coefficient[0]
    elif row.term.startswith("cumulative"):
        terms["baseline"] = list(row.coefficient)


def reference_population() -> Population:
    """Reference population from `population.csv`, as counts per class.

    Detection and Ki-67 are not in that table: the share detected by screening is PREDICT's, and the
    share of Ki-67-positive disease is the one around which PREDICT's two coefficients balance.
    """
    levels = {
        "grade": ("1", "2", "3"),
        "age": ("<40", "40-49", "50-59", "60-69", "70-79", "80+"),
        "size_mm": ("<=10", "11-20", "21-30", "31-50", ">50"),
        "pr": ("negative", "positive"),
        "positive_nodes": ("0", "1", "2-3", "4-9", "10+"),
    }
    cells = {(c.factor, c.level, c.given_level): float(c.n) for c in evidence.population()}
    counts: dict[str, Any] = {"subtype": [cells["subtype", name, ""] for name in SUBTYPES]}
    for factor, names in levels.items():
        given = levels["size_mm"] if factor == "positive_nodes" else SUBTYPES
        counts[factor] = [[cells.get((factor, name, g), 0.0) for name in names] for g in given]
    histology = [
        [cells.get(("histology", name, g), 0.0) for name in ("ductal", "mixed", "other", "lobular")]
        for g in SUBTYPES
    ]
    counts["lobular"] = [[sum(row[:3]), row[3]] for row in histology]
    counts["detection"] = [1 - _SCREENED, _SCREENED]
    terms = predict_index().coefficients["er_positive"]
    low, high = abs(terms["ki67_negative"]), abs(terms["ki67_positive"])
    counts["ki67"] = np.round([high / (low + high), low / (low + high)], 6).tolist()
    return Population(counts)
