"""The published molecular markers: where each points, and why almost none of them moves a number."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from organotropism import evidence
from organotropism.app import models
from organotropism.markers.definitions import Definition, define
from organotropism.markers.effects import MarkerEvidence, effect, why_no_effect
from organotropism.markers.genes import gene_table
from organotropism.present.wording_markers import GRADES
from organotropism.process.model import DEFAULT_MODEL
from organotropism.process.why import site_shares

_NO_SHARE = "no published share of positive tumours"


@dataclass(frozen=True)
class MarkerRow:
    """One marker.

    Attributes
    ----------
    id, compartment, model_system, studies : as recorded
    points : sites it points to, and away from
    grade, evidence : letter of the evidence, and in words
    why_not : why it moves no number; blank where it does once it was measured
    """

    id: str
    compartment: str
    points: str
    grade: str
    evidence: str
    model_system: str
    why_not: str
    studies: tuple[str, ...]


@cache
def marker_rows() -> tuple[MarkerRow, ...]:
    """All markers, those that may move a number first."""
    records = MarkerEvidence(
        {record.record_id: record for record in evidence.associations()},
        {record.count_id: record for record in evidence.counts()},
        evidence.studies(),
    )
    shares = site_shares(models.shipped(DEFAULT_MODEL))
    defined = define(evidence.markers(), evidence.marker_genes(), gene_table(evidence.aliases()))
    rows = [_row(one, moves=effect(one, records, shares) is not None) for one in defined]
    return tuple(sorted(rows, key=lambda row: (row.why_not != "", row.grade)))


def _row(marker: Definition, *, moves: bool) -> MarkerRow:
    away = f"; away from {', '.join(marker.away)}" if marker.away else ""
    return MarkerRow(
        marker.id,
        str(marker.compartment),
        ", ".join(marker.sites) + away,
        str(marker.grade),
        GRADES[str(marker.grade)],
        marker.model_system,
        "" if moves else why_no_effect(marker) or _NO_SHARE,
        marker.studies,
    )
