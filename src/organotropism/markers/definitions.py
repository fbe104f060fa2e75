"""What each marker is: compartment, analyte, genes with signs, kind of rule, site and grade of evidence."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from organotropism.markers.genes import GeneTable
from organotropism.markers.records import GeneRecord, MarkerRecord
from organotropism.vocabulary import Compartment, Grade


class Kind(StrEnum):
    """Kind of rule; each has one scorer."""

    SIGNED_SET = "signed set"
    MEAN = "mean of genes"
    SINGLE = "one marker"
    ALL = "all together"
    PANEL = "separate parts"
    QUARTILE = "quartile"
    STATED = "by another assay"
    UNPUBLISHED = "not published in full"


class Analyte(StrEnum):
    """What an assay measures."""

    RNA = "rna"
    PROTEIN = "protein"


_NOT_EXECUTABLE = ("needs gene list", "no")
#: Verdict and brackets around what the record says is missing: "no (genes not read)", "partial: ...".
_VERDICT = re.compile(r"^(?:no|yes|partial)?[:\s]*\(?(.*?)\)?$")


@dataclass(frozen=True)
class Definition:
    """One marker or signature as published.

    Attributes
    ----------
    id, compartment, analyte, rule, cutoff, direction, model_system, evidence_level, notes : as recorded
    sites : sites it points to, in the words of the record
    away : sites it points away from
    grade : A to E; C to E never move a number
    acts_on : aggressiveness (whether or when), tropism (where), both or unknown
    executable : yes, needs cut-off, needs gene list, no
    lacking : what was never published, as recorded
    studies : ids
    kind : kind of rule
    up, down, unsigned : today's symbols of its genes by sign
    regions : chromosomal regions with their sign
    """

    id: str
    compartment: Compartment
    analyte: str
    rule: str
    cutoff: str
    sites: tuple[str, ...]
    away: tuple[str, ...]
    direction: str
    model_system: str
    evidence_level: str
    grade: Grade
    acts_on: str
    executable: str
    lacking: str
    notes: str
    studies: tuple[str, ...]
    kind: Kind
    up: tuple[str, ...]
    down: tuple[str, ...]
    unsigned: tuple[str, ...]
    regions: tuple[tuple[str, int | None], ...]

    @property
    def genes(self) -> tuple[str, ...]:
        """All genes, up first."""
        return (*self.up, *self.down, *self.unsigned)

    @property
    def published_cutoff(self) -> bool:
        """Whether the rule and its cut-off were published, so that a value can be called."""
        return self.executable == "yes"

    @property
    def moves_numbers(self) -> bool:
        """Whether evidence of this grade may move a forecast at all; whether it does, `effects` decides."""
        return self.grade in (Grade.A, Grade.B)

    def measured_by(self, analyte: Analyte) -> bool:
        """Whether an assay of this analyte measures the marker as it was published."""
        text = self.analyte.lower()
        words = ("rna",) if analyte == Analyte.RNA else ("protein", "surface")
        return any(word in text for word in words)


def define(
    markers: Iterable[MarkerRecord], genes: Iterable[GeneRecord], table: GeneTable
) -> tuple[Definition, ...]:
    """Definitions of all markers from the records of the evidence, in their order."""
    by_marker: dict[str, list[GeneRecord]] = {}
    for gene in genes:
        by_marker.setdefault(gene.marker_id, []).append(gene)
    return tuple(_definition(marker, by_marker.get(marker.marker_id, []), table) for marker in markers)


def _definition(marker: MarkerRecord, genes: list[GeneRecord], table: GeneTable) -> Definition:
    def signed(sign: int | None) -> tuple[str, ...]:
        found = [
            table.current(gene.current_symbol or gene.symbol)
            for gene in genes
            if gene.feature_type == "gene" and gene.sign == sign
        ]
        # Old symbols of one gene would count it twice.
        return tuple(dict.fromkeys(found))

    toward, _, away = marker.site.partition("(up),")
    return Definition(
        id=marker.marker_id,
        compartment=Compartment(marker.compartment),
        analyte=marker.analyte,
        rule=marker.rule,
        cutoff=marker.cutoff,
        sites=_parts(toward),
        away=_parts(away),
        direction=marker.direction,
        model_system=marker.model_system,
        evidence_level=marker.evidence_level,
        grade=Grade(marker.evidence_grade),
        acts_on=marker.direct_factor,
        executable=marker.executable,
        lacking=marker.complete,
        notes=marker.notes,
        studies=tuple(marker.source_study_id),
        kind=_kind(marker, sum(gene.feature_type == "gene" for gene in genes)),
        up=signed(1),
        down=signed(-1),
        unsigned=signed(None),
        regions=tuple((gene.symbol, gene.sign) for gene in genes if gene.feature_type == "region"),
    )


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.replace("(down)", "").split(";") if part.strip())


def _kind(marker: MarkerRecord, genes: int) -> Kind:
    """Kind of rule from the words of the record."""
    rule = marker.rule.lower()
    if marker.executable in _NOT_EXECUTABLE or "linear predictor" in rule:
        return Kind.UNPUBLISHED
    if marker.analyte.startswith(("copy number", "histology")) or genes == 0:
        return Kind.STATED
    if rule.startswith("mean z(up)"):
        return Kind.SIGNED_SET
    if rule.startswith("weighted sum or mean"):
        return Kind.MEAN
    if marker.cutoff == "quartile":
        return Kind.QUARTILE
    if genes == 1:
        return Kind.SINGLE
    return Kind.ALL if rule.startswith(("both", "all", "each")) else Kind.PANEL


def unpublished(definition: Definition) -> str:
    """What was not published of a rule that cannot be carried out, as far as the sources were read."""
    what = {"needs gene list": "gene list", "no": "complete rule"}.get(definition.executable, "coefficients")
    remarks = [f"{what} not published in what was read", detail(definition.lacking)]
    if definition.executable == "no":
        remarks += [definition.direction if definition.direction != "increases" else "", definition.notes]
    return "; ".join(remark for remark in remarks if remark)


def no_cutoff(definition: Definition) -> str:
    """That no cut-off was published, and what else the record says is missing."""
    return "; ".join(filter(None, ["no published cut-off", detail(definition.lacking)]))


def detail(lacking: str) -> str:
    """What a record says is missing, without its verdict."""
    match = _VERDICT.match(lacking)
    found = match[1] if match else lacking
    return "" if found in ("cut-off", "no", "yes") else found
