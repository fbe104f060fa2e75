"""Definitions and evidence that several test files of this room use."""

from markers.cohorts import TABLE
from organotropism import evidence
from organotropism.markers.definitions import define
from organotropism.markers.effects import MarkerEvidence

DEFINITIONS = define(evidence.markers(), evidence.marker_genes(), TABLE)
BY_ID = {definition.id: definition for definition in DEFINITIONS}
EVIDENCE = MarkerEvidence(
    {record.record_id: record for record in evidence.associations()},
    {record.count_id: record for record in evidence.counts()},
    evidence.studies(),
)
SHARES = {"bone": 0.5, "lung": 0.3, "liver": 0.25, "brain": 0.1, "other": 0.1}
