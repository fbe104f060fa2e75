"""Why: each factor's part in whether/when, how many and where, and what is still unknown.

On the log scale the parts are linear, so they add up exactly: whether/when to the difference of the
patient's mean log hazard from the reference population's, how many + where to the difference of
x'effects per site.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from organotropism.patient import Patient
from organotropism.process import rate
from organotropism.process.cells import Cells
from organotropism.process.layout import COVARIATES, Layout
from organotropism.vocabulary import SUBTYPES

Array = NDArray[np.float64]
#: Patient fields behind each factor of an explanation.
FACTORS = {
    "subtype": ("subtype", "er", "pr", "her2"),
    "histology": ("histology",),
    "age": ("age",),
    "nodes": ("positive_nodes", "n", "anatomic_stage"),
    "size": ("size_mm", "t", "anatomic_stage", "inflammatory"),
    "grade": ("grade",),
    "detection": ("detection",),
    "pr": ("pr",),
    "ki67": ("ki67",),
    "treatment": ("endocrine_therapy", "chemotherapy", "anti_her2_therapy", "radiotherapy", "bisphosphonate"),
    "year": ("year_of_diagnosis",),
}
_PATTERN_COLUMNS = {
    "subtype": [0, 1, 2],
    "histology": [3],
    "age": [4],
    "nodes": [5],
    "size": [6],
    "grade": [7],
}
_STUDIES_SHOWN = 3


@dataclass(frozen=True)
class Contribution:
    """Part of one factor for one site; all three are differences on the log scale.

    Attributes
    ----------
    whether : log hazard ratio of presenting, mean over the years of the forecast
    how_many : common change of the log odds of every site, given presentation
    where : change of this site's log odds beyond `how_many`: tropism
    studies : ids of the studies that carry most of the information
    """

    factor: str
    value: str
    whether: float
    how_many: float
    where: float
    studies: tuple[str, ...]


def whether(
    layout: Layout, theta: Array, rows: rate.RateDesign, terms: Mapping[str, Array], years: Array
) -> dict[str, Array]:
    """Parts (n,) of the log hazard of each cell, by factor; they sum to it.

    Parameters
    ----------
    terms : terms of the index by factor, (n,)
    years : (bands,) share of the forecast's time in each band
    """
    fade = np.r_[0.0, layout.block(theta, "rate.fade")] @ years
    slope = layout.block(theta, "rate.slope")[rows.er]
    parts = {name: (slope + (name != "nodes") * fade) * value for name, value in terms.items()}
    parts["age"] = parts["age"] + (layout.block(theta, "rate.age")[rows.er] * rows.age).sum(1)
    parts["size"] = parts["size"] + rate.t4_step(layout, theta) * rows.t4
    effects = layout.block(theta, "rate.effects") * rows.effects
    parts["histology"] = effects[:, 3]
    parts["treatment"] = rows.offset
    parts["year"] = layout.block(theta, "rate.year")[rows.er] * rows.decades
    total = rate.log_hazard(layout, theta[None], rows)[0] @ years
    parts["subtype"] = total - np.sum(list(parts.values()), axis=0)
    return parts


def where(layout: Layout, theta: Array, design: Array) -> dict[str, Array]:
    """x'effects (n, sites) of each row of `design`, by factor."""
    effects = layout.block(theta, "pattern.effects")
    assert design.shape[1] == len(COVARIATES)
    return {name: design[:, columns] @ effects[columns] for name, columns in _PATTERN_COLUMNS.items()}


def contributions(
    layout: Layout,
    of_patient: tuple[dict[str, float], dict[str, Array]],
    of_reference: tuple[dict[str, float], dict[str, Array]],
    marginal: Array,
    values: Mapping[str, str],
    support: Mapping[str, Any],
) -> dict[str, tuple[Contribution, ...]]:
    """Contributions per site, largest first.

    Parameters
    ----------
    of_patient, of_reference : means of the results of `whether` and `where` over the cells
    marginal : (sites,) P(site | presentation) in the reference population: weights of `how_many`
    values : what is known of each factor, as text
    support : studies by coefficient name
    """
    share = marginal / marginal.sum()
    whether_parts = {name: of_patient[0][name] - of_reference[0][name] for name in of_patient[0]}
    zero = np.zeros(len(layout.sites))
    by_site: dict[str, tuple[Contribution, ...]] = {}
    for k, site in enumerate(layout.sites):
        entries = []
        for factor in FACTORS:
            change = of_patient[1].get(factor, zero) - of_reference[1].get(factor, zero)
            how_many = float(share @ change)
            entry = Contribution(
                factor,
                values.get(factor, "unknown"),
                whether_parts.get(factor, 0.0),
                how_many,
                float(change[k]) - how_many,
                _studies(support, factor, site),
            )
            entries.append(entry)
        by_site[site] = ranked(entries)
    return by_site


def ranked(entries: Iterable[Contribution]) -> tuple[Contribution, ...]:
    """Contributions to one site, largest first."""
    return tuple(sorted(entries, key=_size, reverse=True))


def _size(entry: Contribution) -> float:
    return max(abs(entry.whether), abs(entry.how_many + entry.where))


def _studies(support: Mapping[str, Any], factor: str, site: str) -> tuple[str, ...]:
    """Studies with the largest share of the information on a factor and site."""
    total: dict[str, float] = {}
    names = {"subtype": COVARIATES[:3], "histology": ("lobular",)}.get(factor, (factor,))
    for name in names:
        for study, share in support.get(f"pattern.effects[{name}, {site}]", {}).items():
            total[study] = total.get(study, 0.0) + share
    ranked = sorted(total, key=lambda study: -total[study])[:_STUDIES_SHOWN]
    return (*ranked, "predict3") if factor not in ("histology", "year") else tuple(ranked)


@dataclass(frozen=True)
class Unknown:
    """What knowing one more field could tell.

    Attributes
    ----------
    field : name of the patient field
    site : site whose forecast it would move most
    years : horizon
    values : risk of `ever` there for each value of the field
    spread : standard deviation of that risk over the values, weighted by how likely they are
    """

    field: str
    site: str
    years: float
    values: Mapping[str, float]
    spread: float


def unknown(
    cells: Cells, weights: Array, ever: Array, sites: tuple[str, ...], years: float, patient: Patient
) -> list[Unknown]:
    """Rank the unknown fields by how much each would narrow the forecast.

    Parameters
    ----------
    weights : (n,) shares of the cells
    ever : (n, sites) risk of each cell at the last horizon
    """
    found: list[Unknown] = []
    for name, label, classes in _open_axes(cells, patient):
        groups, of_cell = np.unique(classes, return_inverse=True)
        # In ER-negative disease PR alone may decide the subtype, and then is one field, not two.
        if len(groups) < 2 or any(entry.field == name for entry in found):
            continue
        inside = np.eye(len(groups))[of_cell.ravel()].T * weights  # (groups, n)
        share = inside.sum(1)
        means = inside @ ever / share[:, None]
        spread = np.sqrt(share @ (means - share @ means) ** 2)
        k = int(spread.argmax())
        values = {label(group): float(mean) for group, mean in zip(groups, means[:, k], strict=True)}
        found.append(Unknown(name, sites[k], years, values, float(spread[k])))
    return sorted(found, key=lambda entry: -entry.spread)


def stated(patient: Patient) -> dict[str, str]:
    """What is known of each factor, as text."""
    texts = {}
    for factor, names in FACTORS.items():
        values = {name: getattr(patient, name) for name in names}
        shown = [f"{name} {value}" for name, value in values.items() if value is not None]
        texts[factor] = ", ".join(shown) or "unknown"
    if patient.clinical_subtype is not None:
        texts["subtype"] = patient.clinical_subtype
    return texts


def _open_axes(cells: Cells, patient: Patient) -> list[tuple[str, Any, NDArray[Any]]]:
    def number(unit: str) -> Any:
        return lambda value: f"{value:g}{unit}"

    def sign(value: Any) -> str:
        return "positive" if value else "negative"

    receptors = "/".join(name for name in ("er", "pr", "her2") if getattr(patient, name) is None)
    return [
        (receptors or "subtype", lambda value: SUBTYPES[value], cells.subtype),
        ("grade", number(""), cells.grade),
        ("histology", lambda value: "lobular" if value else "other than lobular", cells.lobular),
        ("age", number(" years"), cells.age),
        ("size_mm", number(" mm"), cells.size_mm),
        ("positive_nodes", number(""), cells.nodes),
        ("pr", sign, cells.pr_positive),
        ("detection", lambda value: "screen" if value else "symptoms", cells.screen),
        ("ki67", sign, cells.ki67_positive),
    ]
