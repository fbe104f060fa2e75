"""The index of PREDICT Breast v3.2: the shape of whether and when, and death of other causes.

Functional forms as published by the authors of PREDICT (R package predictv30r 0.3.2, MIT licence,
University of Cambridge). The coefficients travel with the model file; nothing is fitted here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from organotropism.process.cells import Cells

Array = NDArray[np.float64]
#: PREDICT was derived on ages and sizes inside these ranges; the forms diverge at their ends.
AGE_RANGE = (25.0, 85.0)
SIZE_RANGE_MM = (1.0, 150.0)
NODES_RANGE = (0.0, 20.0)
#: The adjuvant trials of trastuzumab were reported in 2005 (Piccart-Gebhart, N Engl J Med 353:1659; Romond,
#: N Engl J Med 353:1673). Of earlier diagnoses it is known that it was not given.
TRASTUZUMAB_FROM = 2005
#: Treatments with an effect in PREDICT, as fields of a patient.
TREATMENTS = ("endocrine_therapy", "chemotherapy", "anti_her2_therapy", "radiotherapy", "bisphosphonate")


@dataclass(frozen=True)
class Index:
    """Coefficients of the index, by name; log hazard ratios unless said otherwise.

    Parameters
    ----------
    coefficients : mapping
        `er_negative` and `er_positive`: age (two), size, nodes, grade, screen, her2_positive and
        her2_negative (one value per year since diagnosis), ki67_positive, ki67_negative,
        pr_positive, pr_negative, adjustment; `treatment`: one value per treatment;
        `other_death`: age (two), year, baseline (three).
    """

    coefficients: Mapping[str, Any]

    def terms(self, cells: Cells) -> dict[str, Array]:
        """Log hazard ratio (n,) of each field but HER2; the index is their sum."""
        neg, pos = self.coefficients["er_negative"], self.coefficients["er_positive"]
        er = cells.er_positive
        age = (np.clip(cells.age, *AGE_RANGE) - 24.0) / 100.0
        size = np.clip(cells.size_mm, *SIZE_RANGE_MM)
        nodes = np.log1p(np.clip(cells.nodes, *NODES_RANGE))

        def by_er(key: str) -> Array:
            value: Array = np.where(er, pos[key], neg[key])
            return value

        def marker(positive: NDArray[np.bool_], name: str) -> Array:
            return np.where(positive, by_er(f"{name}_positive"), by_er(f"{name}_negative"))

        return {
            "age": np.where(
                er,
                pos["age"][0] * age**-0.5 + pos["age"][1] * age**2,
                neg["age"][0] * age + neg["age"][1] * age * np.log(age),
            ),
            "size": np.where(er, pos["size"] * (1.0 - np.exp(-size / 20.0)), neg["size"] * np.log(size)),
            "nodes": by_er("nodes") * nodes,
            "grade": by_er("grade") * cells.grade,
            "detection": by_er("screen") * cells.screen,
            "ki67": marker(cells.ki67_positive, "ki67"),
            "pr": marker(cells.pr_positive, "pr"),
        }

    def her2(self, cells: Cells, edges: Array) -> Array:
        """Log hazard ratio of HER2, (n, intervals), averaged over the years of each interval.

        In ER-positive disease it fades within nine years of diagnosis.
        """
        values = np.zeros((len(cells), len(edges) - 1))
        for er, stratum in ((True, "er_positive"), (False, "er_negative")):
            for positive, key in ((True, "her2_positive"), (False, "her2_negative")):
                rows = (cells.er_positive == er) & (cells.her2_positive == positive)
                values[rows] = _yearly_mean(self.coefficients[stratum][key], edges)
        return values

    def relapse(self, cells: Cells, edges: Array) -> Array:
        """Log hazard ratio (n, intervals) between `edges`, years since diagnosis."""
        return sum(self.terms(cells).values())[:, None] + self.her2(cells, edges)  # type: ignore[index]

    def treatment(
        self, er_positive: bool, her2_positive: bool, stated: Mapping[str, str | bool | None]
    ) -> float:
        """Log hazard ratio of the stated treatments against the average treated population.

        `stated` holds the treatments that apply to the patient by field name, None where unknown.
        PREDICT's constant (`adjustment`) lifts the hazard of its treated population to that of an
        untreated one; here it is shared among the treatments that apply, in proportion to their
        effects, and an unknown treatment keeps its share. So everything known gives PREDICT's own
        sum, everything unknown gives zero, and unknown lies between given and not given.
        """
        effects = self.coefficients["treatment"]
        applies = [
            name
            for name in stated
            if not (name == "endocrine_therapy" and not er_positive)
            and not (name == "anti_her2_therapy" and not her2_positive)
        ]
        stratum = self.coefficients["er_positive" if er_positive else "er_negative"]
        full = {name: abs(min(effects[name].values())) for name in applies}
        share = stratum["adjustment"] / sum(full.values())
        return float(
            sum(
                effects[name].get(str(stated[name]), 0.0) + share * full[name]
                for name in applies
                if stated[name] is not None
            )
        )

    def before_trastuzumab(self, er_positive: bool) -> float:
        """Log hazard ratio of HER2-positive disease without trastuzumab, all else unknown."""
        stated = {name: False if name == "anti_her2_therapy" else None for name in TREATMENTS}
        return self.treatment(er_positive, True, stated)

    def with_endocrine(self) -> float:
        """Log hazard ratio of ER-positive disease with endocrine therapy, all else unknown."""
        return self.treatment(True, False, {n: n == "endocrine_therapy" or None for n in TREATMENTS})

    def other_death(self, age: Array, year: Array, edges: Array) -> Array:
        """Yearly hazard of death of other causes, (n, len(edges) - 1), per year.

        The cumulative baseline is exact at `edges`; within an interval the hazard is constant.
        """
        terms = self.coefficients["other_death"]
        scaled = ((np.clip(age, *AGE_RANGE) - 24.0) / 100.0) ** 3
        index = terms["age"][0] * scaled + terms["age"][1] * scaled * np.log(np.cbrt(scaled))
        index = index + terms["year"] * (year - 2000.0)
        a, b, c = terms["baseline"]
        decades = np.maximum(edges, 1e-12) / 10.0
        cumulative = np.where(edges > 0, np.exp(a + b * np.log(decades) + c * decades), 0.0)
        hazard: Array = np.exp(index)[:, None] * (np.diff(cumulative) / np.diff(edges))
        return hazard


def _yearly_mean(values: list[float], edges: Array) -> Array:
    """Mean over each interval of a step function with one value a year, then zero."""
    years = np.arange(len(values) + 1, dtype=float)
    integral = np.interp(edges, years, np.r_[0.0, np.cumsum(values)])
    mean: Array = np.diff(integral) / np.diff(edges)
    return mean
