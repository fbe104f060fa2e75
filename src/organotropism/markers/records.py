"""What this room reads of the records of the evidence, which the caller hands in."""

from __future__ import annotations

from typing import Protocol


class AliasRecord(Protocol):
    """A record of `aliases.csv`."""

    @property
    def symbol(self) -> str:
        """Old symbol."""

    @property
    def current_symbol(self) -> str:
        """Today's symbol."""

    @property
    def entrez(self) -> int:
        """NCBI (Entrez) gene id."""


class MarkerRecord(Protocol):
    """A record of `markers.csv`."""

    @property
    def marker_id(self) -> str:
        """Id of the marker."""

    @property
    def compartment(self) -> str:
        """Where it is measured."""

    @property
    def analyte(self) -> str:
        """What is measured: RNA, protein, copy number and the like."""

    @property
    def rule(self) -> str:
        """How it is called, as recorded."""

    @property
    def cutoff(self) -> str:
        """Published cut-off, or blank."""

    @property
    def site(self) -> str:
        """Sites it points to, separated by semicolons."""

    @property
    def direction(self) -> str:
        """Increases, mixed, contradictory and the like."""

    @property
    def model_system(self) -> str:
        """In whom or what it was found."""

    @property
    def evidence_level(self) -> str:
        """Grade with its reason."""

    @property
    def source_study_id(self) -> tuple[str, ...]:
        """Ids of the studies."""

    @property
    def complete(self) -> str:
        """Whether the rule was published in full, and what lacks."""

    @property
    def notes(self) -> str:
        """Remarks."""

    @property
    def evidence_grade(self) -> str:
        """A to E."""

    @property
    def direct_factor(self) -> str:
        """Aggressiveness, tropism, both or unknown."""

    @property
    def executable(self) -> str:
        """Yes, needs cut-off, needs gene list, or no."""


class GeneRecord(Protocol):
    """A record of `marker_genes.csv`."""

    @property
    def marker_id(self) -> str:
        """Id of the marker."""

    @property
    def symbol(self) -> str:
        """Symbol or region as published."""

    @property
    def sign(self) -> int | None:
        """1, -1, or None where unpublished or contradictory."""

    @property
    def current_symbol(self) -> str:
        """Today's symbol where it is known to differ."""

    @property
    def feature_type(self) -> str:
        """Gene or region."""


class AssociationRecord(Protocol):
    """A record of `associations.csv`."""

    @property
    def record_id(self) -> str:
        """Id of the record."""

    @property
    def study_id(self) -> str:
        """Id of the study."""

    @property
    def factor(self) -> str:
        """Factor as worded in the source."""

    @property
    def level(self) -> str:
        """Level as worded in the source."""

    @property
    def factor_std(self) -> str:
        """Kind of factor."""

    @property
    def level_std(self) -> str:
        """Level, standardised."""

    @property
    def site_std(self) -> str:
        """Site, standardised."""

    @property
    def endpoint_std(self) -> str:
        """Endpoint, standardised."""

    @property
    def denominator(self) -> str:
        """All patients or metastatic patients."""

    @property
    def direction(self) -> str:
        """Increases, decreases, none."""

    @property
    def measure(self) -> str:
        """OR, HR, RR, percent and the like."""

    @property
    def estimate(self) -> float | None:
        """Printed estimate."""

    @property
    def ci_low(self) -> float | None:
        """Lower 95 % limit as printed."""

    @property
    def ci_high(self) -> float | None:
        """Upper 95 % limit as printed."""

    @property
    def adjusted(self) -> str:
        """Yes, no or blank."""

    @property
    def evidence_grade(self) -> str:
        """A to E."""


class CountRecord(Protocol):
    """A record of `counts.csv`."""

    @property
    def study_id(self) -> str:
        """Id of the study."""

    @property
    def n_patients(self) -> int | None:
        """Patients of the stratum."""


class StudyRecord(Protocol):
    """A record of `studies.csv`."""

    @property
    def n_total(self) -> int | None:
        """Patients of the study."""
