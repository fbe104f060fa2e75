"""What is behind one cell of the evidence map: forest plots, and every finding with its study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp

from markupsafe import Markup

from organotropism.app.evidence_view import question_text
from organotropism.evidence import Cell, Finding, ForestGroup, Residual, cells, forest_groups, studies
from organotropism.evidence.conflicts import Conflict, conflict_record, find_conflicts
from organotropism.present import conflicts as words


@dataclass(frozen=True)
class FindingRow:
    """One finding as a line of the table.

    Attributes
    ----------
    label : authors and year
    ratio : ratio with its interval as text, blank without one
    own : whether a user brought it
    """

    finding: Finding
    label: str
    ratio: str
    own: bool = False


@dataclass(frozen=True)
class ConflictView:
    """A conflict and its account in words.

    Attributes
    ----------
    title, account : contrast and site; sentences, those that begin with a dash being items of a list
    studies : ids of all studies that it rests on
    """

    conflict: Conflict
    title: str
    account: tuple[str, ...]
    studies: tuple[str, ...]

    @classmethod
    def of(cls, conflict: Conflict) -> ConflictView:
        """Put a conflict into words."""
        record = conflict_record(conflict)
        ids = dict.fromkeys(row.finding.study for row in conflict.rows)
        return cls(conflict, words.title(record), tuple(words.account(record)), tuple(ids))


@dataclass(frozen=True)
class CellView:
    """One cell of the map, opened."""

    title: str
    cell: Cell
    forests: tuple[ForestGroup, ...]
    figures: tuple[Markup, ...]
    rows: tuple[FindingRow, ...]
    conflict: ConflictView | None


def cell_view(chosen: Sequence[Finding], residuals: Mapping[str, Residual]) -> CellView:
    """Open a cell.

    Parameters
    ----------
    chosen : its findings, at least one
    residuals : of the literature model, by row id
    """
    (cell,) = cells(chosen)
    groups = tuple(forest_groups(chosen, residuals))
    conflict = next(map(ConflictView.of, find_conflicts(chosen, residuals)), None)
    return CellView(
        title=question_text(*cell.comparison),
        cell=cell,
        forests=groups,
        figures=(),
        rows=tuple(_row(finding) for finding in chosen),
        conflict=conflict,
    )


def _row(finding: Finding) -> FindingRow:
    study = studies().get(finding.study)
    label = f"{study.authors_short or finding.study} {study.year or ''}".strip() if study else finding.study
    return FindingRow(finding, label, ratio_text(finding))


def ratio_text(finding: Finding) -> str:
    """A ratio and its 95 % interval, ``2.1 (1.6-2.8)``, blank where there is none."""
    if finding.log_ratio is None:
        return ""
    text = _two_digits(exp(finding.log_ratio))
    if finding.se is None:
        return text
    reach = 1.96 * finding.se
    low, high = (_two_digits(exp(finding.log_ratio + step)) for step in (-reach, reach))
    return f"{text} ({low}-{high})"


def _two_digits(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:.0f}"
