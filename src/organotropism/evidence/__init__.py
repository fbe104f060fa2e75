"""The evidence room: published studies on where breast cancer spreads, as typed, checked tables."""

from importlib import import_module
from typing import TYPE_CHECKING

from organotropism.evidence.check import check
from organotropism.evidence.compartments import by_compartment
from organotropism.evidence.findings import Finding, findings
from organotropism.evidence.load import (
    aliases,
    associations,
    baseline,
    counts,
    course,
    fingerprint,
    marker_genes,
    markers,
    population,
    predict_terms,
    review_claims,
    studies,
    time_varying,
)
from organotropism.evidence.map import Cell, cells, selected
from organotropism.evidence.records import (
    Alias,
    Association,
    BaselineRow,
    Count,
    CourseRow,
    Marker,
    MarkerGene,
    PopulationCell,
    PredictTerm,
    ReviewClaim,
    Study,
    TimeVaryingRow,
)
from organotropism.evidence.residuals import Residual, read_residuals, shipped_residuals

if TYPE_CHECKING:
    from organotropism.evidence.conflicts import Conflict, find_conflicts
    from organotropism.evidence.forest import ForestGroup, forest_groups
    from organotropism.meta_analysis import Pooled, random_effects

__all__ = [
    "Alias",
    "Association",
    "BaselineRow",
    "Cell",
    "Conflict",
    "Count",
    "CourseRow",
    "Finding",
    "ForestGroup",
    "Marker",
    "MarkerGene",
    "Pooled",
    "PopulationCell",
    "PredictTerm",
    "Residual",
    "ReviewClaim",
    "Study",
    "TimeVaryingRow",
    "aliases",
    "associations",
    "baseline",
    "by_compartment",
    "cells",
    "check",
    "counts",
    "course",
    "find_conflicts",
    "findings",
    "fingerprint",
    "forest_groups",
    "marker_genes",
    "markers",
    "population",
    "predict_terms",
    "random_effects",
    "read_residuals",
    "review_claims",
    "selected",
    "shipped_residuals",
    "studies",
    "time_varying",
]

#: What needs numpy: reading the tables does not.
_HOMES = {
    "Conflict": "organotropism.evidence.conflicts",
    "ForestGroup": "organotropism.evidence.forest",
    "Pooled": "organotropism.meta_analysis",
    "find_conflicts": "organotropism.evidence.conflicts",
    "forest_groups": "organotropism.evidence.forest",
    "random_effects": "organotropism.meta_analysis",
}


def __getattr__(name: str) -> object:
    """Import a name that needs numpy when it is first used (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value
