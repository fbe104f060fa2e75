"""The evidence map as the page shows it: filters, rows of questions, columns of sites."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Final

from organotropism.errors import InputError, one_of
from organotropism.evidence import Cell, Finding, cells, selected
from organotropism.present import evidence_words as words
from organotropism.vocabulary import Factor, Grade

#: Sites as the evidence names them, in the order of the columns.
SITES: Final = (
    *("bone", "lung", "liver", "brain", "any_distant", "visceral", "multiple"),
    *("bone_only", "lung_only", "liver_only", "brain_only", "visceral_only", "single"),
    *("distant_lymph_node", "pleura", "skin_soft_tissue", "other"),
)
COMPARTMENTS: Final = ("clinicopathological", "primary tumour", "microenvironment", "exosome", "ctc")
SPECIES: Final = ("human", "mouse or cell line", "other cancer")
GRADES: Final = {
    Grade.A: "A: human, repeated",
    Grade.B: "B: human, one cohort",
    Grade.C: "C: mouse or cell line",
    Grade.D: "D: other cancer",
    Grade.E: "E: statement of the review",
}
_ORDER: Final = [str(factor) for factor in Factor]


@dataclass(frozen=True)
class Filters:
    """What is chosen of the evidence; blank is all, and for grades A and B."""

    factor: str = ""
    endpoint: str = ""
    denominator: str = ""
    compartment: str = ""
    species: str = ""
    grade: str = ""

    def __post_init__(self) -> None:
        allowed = {
            "factor": _ORDER,
            "endpoint": words.ENDPOINTS,
            "denominator": words.DENOMINATORS,
            "compartment": COMPARTMENTS,
            "species": SPECIES,
            "grade": GRADES,
        }
        for name, known in allowed.items():
            value = getattr(self, name)
            if value and value not in known:
                raise InputError("is not one of the words", field=name, value=value, expected=one_of(known))

    def choose(self, findings: Iterable[Finding]) -> list[Finding]:
        """The findings that pass."""
        grades = (self.grade,) if self.grade else (Grade.A, Grade.B)
        found = selected(
            findings,
            endpoint=self.endpoint or None,
            denominator=self.denominator or None,
            compartment=self.compartment or None,
            species=self.species or None,
            grades=grades,
        )
        return [row for row in found if self.factor in ("", row.factor)]

    def given(self) -> dict[str, str]:
        """Those that are set, as they stand in an address."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if value}


@dataclass(frozen=True)
class MapRow:
    """One question with its cell for each site, None where nothing is known."""

    factor: str
    label: str
    cells: tuple[Cell | None, ...]


@dataclass(frozen=True)
class EvidenceMap:
    """Rows of the map and the sites that are its columns."""

    sites: tuple[str, ...]
    rows: tuple[MapRow, ...]
    findings: int
    studies: int


def evidence_map(findings: Sequence[Finding]) -> EvidenceMap:
    """Lay out findings: clinical factors first, then by how much is known."""
    by_question: dict[tuple[str, ...], dict[str, Cell]] = {}
    for cell in cells(findings):
        by_question.setdefault(tuple(cell.comparison), {})[cell.site] = cell
    present = {site for row in by_question.values() for site in row}
    sites = tuple(site for site in SITES if site in present)
    factor_of = {tuple(row.comparison): row.factor for row in findings}
    rows = [
        MapRow(factor_of[question], words.row_label(*question), tuple(known.get(site) for site in sites))
        for question, known in by_question.items()
    ]
    rows.sort(key=lambda row: (_ORDER.index(row.factor), -sum(cell.weight for cell in row.cells if cell)))
    return EvidenceMap(sites, tuple(rows), len(findings), len({row.study for row in findings}))


def in_cell(findings: Iterable[Finding], question: tuple[str, str, str], site: str) -> list[Finding]:
    """Findings behind one cell."""
    return [row for row in findings if tuple(row.comparison) == question and row.site == site]
