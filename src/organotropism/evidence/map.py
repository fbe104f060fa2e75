"""The evidence map: how much evidence there is on a level of a factor at a site, and which way it points."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Final, Literal

from organotropism.evidence.findings import Finding, by_comparison
from organotropism.evidence.levels import Comparison
from organotropism.vocabulary import Factor, Grade

#: Endpoints that are not the spread of a cancer in a patient.
NOT_SPREAD: Final = ("survival", "experimental", "expression", "other")
_HUMAN: Final = ("A", "B")
#: Order of sites in tables and figures.
SITE_ORDER: Final = (
    *("bone", "lung", "liver", "brain", "pleura", "distant_lymph_node", "skin_soft_tissue", "other"),
    *("visceral", "any_distant", "multiple", "single"),
    *("bone_only", "lung_only", "liver_only", "brain_only", "visceral_only"),
)
_FACTORS: Final = tuple(str(factor) for factor in Factor)
_LEVELS: Final = (
    *("HR+/HER2-", "luminal B", "HR+/HER2+", "HER2+", "HR-/HER2+", "TNBC", "non-luminal"),
    *("positive", "lobular", "ductal", "older", "higher", "larger", "Black", "Hispanic"),
)
Direction = Literal["increases", "decreases", "none", "mixed"]


@dataclass(frozen=True, slots=True)
class Cell:
    """Evidence on one question at one site.

    Attributes
    ----------
    comparison, site : level of a factor against the rest, and the site
    direction : where most groups of patients point; mixed where as many point either way
    increases, decreases, none : groups of patients that find each; a group with both stands in both
    weight : groups of patients in all, so that studies of the same patients count once
    rows, studies : findings and studies
    conflict : whether some increase and some decrease
    ids : ids of the findings, for links
    """

    comparison: Comparison
    site: str
    direction: Direction
    increases: int
    decreases: int
    none: int
    weight: int
    rows: int
    studies: int
    conflict: bool
    ids: tuple[str, ...]


def selected(
    findings: Iterable[Finding],
    *,
    factor: str | None = None,
    level: str | None = None,
    site: str | None = None,
    endpoint: str | None = None,
    denominator: str | None = None,
    compartment: str | None = None,
    grades: Iterable[str] | None = None,
    species: str | None = None,
) -> list[Finding]:
    """Findings that match; a filter that is None lets all pass.

    Parameters
    ----------
    findings : to choose from
    factor : standardised factor, or the name of a marker
    level : a level as read here (TNBC, older, positive, luminal B ...)
    site, endpoint, denominator : as in associations.csv; without an endpoint, people's survival and gene
        expression are left out, which are no spread
    compartment : clinicopathological, primary tumour, microenvironment, exosome or ctc
    grades : grades of evidence; human breast cancer (A and B) unless given, all where a species is given
    species : human, mouse or cell line, other cancer
    """
    wanted = {"site": site, "endpoint": endpoint, "denominator": denominator}
    wanted |= {"compartment": compartment, "species": species}
    exact = {name: value for name, value in wanted.items() if value is not None}
    kept = frozenset(grades or (_HUMAN if species is None else Grade))
    return [
        row
        for row in findings
        if row.grade in kept
        and all(getattr(row, name) == value for name, value in exact.items())
        and (endpoint is not None or row.species != "human" or row.endpoint not in NOT_SPREAD)
        and factor in (None, row.factor, row.name)
        and level in (None, row.level, row.comparison.level)
    ]


def cells(findings: Iterable[Finding]) -> list[Cell]:
    """Cells of the map, by factor, level and site in the order of the vocabularies.

    Parameters
    ----------
    findings : chosen with `selected`
    """
    found = [_cell(question, site, rows) for (question, site), rows in by_comparison(findings).items()]
    return sorted(found, key=_order)


def _order(cell: Cell) -> tuple[int, str, int, str, int, str]:
    question = cell.comparison
    return (
        _rank(question.factor, _FACTORS),
        question.factor,
        _rank(question.level, _LEVELS),
        question.level,
        _rank(cell.site, SITE_ORDER),
        cell.site,
    )


def _rank(value: str, order: tuple[str, ...]) -> int:
    return order.index(value) if value in order else len(order)


def _cell(question: Comparison, site: str, rows: list[Finding]) -> Cell:
    up, down, null = (
        len({row.group for row in rows if row.direction == word})
        for word in ("increases", "decreases", "none")
    )
    return Cell(
        comparison=question,
        site=site,
        direction=_majority(up, down, null),
        increases=up,
        decreases=down,
        none=null,
        weight=len({row.group for row in rows}),
        rows=len(rows),
        studies=len({row.study for row in rows}),
        conflict=up > 0 and down > 0,
        ids=tuple(row.id for row in rows),
    )


def _majority(increases: int, decreases: int, none: int) -> Direction:
    if increases == decreases:
        return "mixed" if increases else "none"
    if max(increases, decreases) < none:
        return "none"
    return "increases" if increases > decreases else "decreases"


def cell_record(cell: Cell) -> dict[str, object]:
    """A cell as a plain dictionary, for JSON and for figures: factor, level, against, site, and the rest."""
    return {**cell.comparison._asdict(), **{k: v for k, v in asdict(cell).items() if k != "comparison"}}
