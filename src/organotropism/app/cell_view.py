"""What is behind one cell of the evidence map: forest plots, and every finding with its study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from organotropism.evidence import Cell, Finding, Residual, Study, cells, forest_groups, studies
from organotropism.evidence.conflicts import Conflict, conflict_record, find_conflicts
from organotropism.evidence.forest import forest_record
from organotropism.present import conflicts as words
from organotropism.present import evidence_words
from organotropism.present.figures.forest import forest_plot


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
    figure: Markup | None
    rows: tuple[FindingRow, ...]
    conflict: ConflictView | None


def cell_view(
    chosen: Sequence[Finding], residuals: Mapping[str, Residual], own: Mapping[str, Study] | None = None
) -> CellView:
    """Open a cell.

    Parameters
    ----------
    chosen : its findings, at least one
    residuals : of the literature model, by row id
    own : studies that a user brought, by id
    """
    (cell,) = cells(chosen)
    title = f"{evidence_words.row_label(*cell.comparison)} and {evidence_words.site(cell.site)}"
    groups = [forest_record(group) for group in forest_groups(chosen, residuals)]
    # The figure escapes every text itself.
    figure = Markup(forest_plot(groups, title)) if groups else None
    conflict = next(map(ConflictView.of, find_conflicts(chosen, residuals)), None)
    return CellView(
        title=title,
        cell=cell,
        figure=figure,
        rows=tuple(_row(finding, own or {}) for finding in chosen),
        conflict=conflict,
    )


def _row(finding: Finding, own: Mapping[str, Study]) -> FindingRow:
    study = own.get(finding.study) or studies().get(finding.study)
    label = f"{study.authors_short or finding.study} {study.year or ''}".strip() if study else finding.study
    ratio = ""
    if finding.log_ratio is not None and finding.se is not None:
        ratio = evidence_words.ratio_interval(finding.log_ratio, finding.se)
    return FindingRow(finding, label, ratio, finding.study in own)
