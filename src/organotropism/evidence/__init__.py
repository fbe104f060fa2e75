"""The evidence room: published studies on where breast cancer spreads, as typed, checked tables."""

from organotropism.evidence.check import check
from organotropism.evidence.conflicts import Conflict, conflicts
from organotropism.evidence.findings import Finding, findings
from organotropism.evidence.forest import ForestGroup, forest
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
from organotropism.evidence.pool import Pooled, pool
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
    "cells",
    "check",
    "conflicts",
    "counts",
    "course",
    "findings",
    "fingerprint",
    "forest",
    "marker_genes",
    "markers",
    "pool",
    "population",
    "predict_terms",
    "read_residuals",
    "review_claims",
    "selected",
    "shipped_residuals",
    "studies",
    "time_varying",
]
