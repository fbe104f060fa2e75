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

from organotropism.process import era
from organotropism.process.cells import Cells

#: Mean of the index in ER-negative and ER-positive disease of the reference population: of all of it, and
#: without the nodes.
Centre = tuple[tuple[float, float], tuple[float, float]]
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

    def relapse(self, cells: Cells, edges: Array) -> tuple[Array, Array]:
        """Log hazard ratios (n, intervals) between `edges`, years since diagnosis: all, and without nodes."""
        terms = self.terms(cells)
        whole: Array = np.sum(list(terms.values()), axis=0)[:, None] + self.her2(cells, edges)
        return whole, whole - terms["nodes"][:, None]

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
        shares = self._shares(er_positive, her2_positive, tuple(stated))
        adjustment = self.coefficients["er_positive" if er_positive else "er_negative"]["adjustment"]
        return float(
            sum(
                effects[name].get(str(stated[name]), 0.0) + adjustment * share
                for name, share in shares.items()
                if stated[name] is not None
            )
        )

    def unknown_share(
        self, er_positive: bool, her2_positive: bool, stated: Mapping[str, str | bool | None]
    ) -> float:
        """Share of all that treatment does which the treatments not stated (None) have."""
        shares = self._shares(er_positive, her2_positive, tuple(stated))
        return float(sum(share for name, share in shares.items() if stated[name] is None))

    def _shares(self, er_positive: bool, her2_positive: bool, names: tuple[str, ...]) -> dict[str, float]:
        """Share of each treatment that applies, in proportion to its effect; they sum to one."""
        effects = self.coefficients["treatment"]
        full = {
            name: abs(min(effects[name].values()))
            for name in names
            if not (name == "endocrine_therapy" and not er_positive)
            and not (name == "anti_her2_therapy" and not her2_positive)
        }
        return {name: value / sum(full.values()) for name, value in full.items()}

    def as_treated(
        self, er_positive: NDArray[np.bool_], her2_positive: NDArray[np.bool_], nodes: Array, year: Array
    ) -> Array:
        """Log hazard ratio (n,) of women of whose treatment nothing is known but the year.

        It is that of the year: what was in use later had not yet been (`era.py`), and no trastuzumab was
        given before `TRASTUZUMAB_FROM`.
        """
        early = her2_positive & (year < TRASTUZUMAB_FROM)
        none_given = {name: False if name == "anti_her2_therapy" else None for name in TREATMENTS}
        without = np.array([self.treatment(er, True, none_given) for er in (False, True)])
        share = np.array([self.unknown_share(er, True, none_given) for er in (False, True)])
        number = er_positive.astype(int)
        lift = np.where(early, share[number], 1.0) * era.uptake(er_positive, nodes, year)
        offset: Array = np.where(early, without[number], 0.0) + lift
        return offset

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
