"""Studies on one contrast, pooled within site, endpoint and denominator, with the model's own value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final

from organotropism.evidence.findings import Finding
from organotropism.evidence.residuals import Residual, fitted_value
from organotropism.meta_analysis import Pooled, random_effects

#: Overlap group of published meta-analyses: they hold some of the single studies.
META_ANALYSES: Final = "pooled meta-analyses"
Key = tuple[str, str, str, str, str, str]


@dataclass(frozen=True, slots=True)
class Entry:
    """One study of a forest plot.

    Attributes
    ----------
    finding : its contrast, with log ratio and standard error
    fitted : log ratio that the literature model expects of it, None where it did not learn from it
    weight : share of the pooled effect, None where it is not pooled
    left_out : why it is not pooled, or blank
    """

    finding: Finding
    fitted: float | None
    weight: float | None
    left_out: str


@dataclass(frozen=True, slots=True)
class ForestGroup:
    """Studies that ask the same: contrast, site, endpoint and denominator.

    Attributes
    ----------
    factor, level, comparator, site, endpoint, denominator : what they have in common
    entries : studies, pooled ones first, each group of patients pooled once; published meta-analyses only
        where there is nothing else
    pooled : random-effects result, None for a single group of patients
    model : log ratio that the model expects, averaged with the weights of the pool; None unless the model
        learnt from every pooled study
    """

    factor: str
    level: str
    comparator: str
    site: str
    endpoint: str
    denominator: str
    entries: tuple[Entry, ...]
    pooled: Pooled | None
    model: float | None


def forest_groups(findings: Iterable[Finding], residuals: Mapping[str, Residual]) -> list[ForestGroup]:
    """Groups of a forest plot, in the order in which they first appear.

    Findings without a ratio and its standard error are left out, and those that are context only: mice,
    cell lines, other cancers and other outcomes are never pooled.

    Parameters
    ----------
    findings : chosen with `organotropism.evidence.map.selected`
    residuals : of the literature model, by row id
    """
    groups: dict[Key, list[Finding]] = {}
    for row in findings:
        if row.log_ratio is not None and row.se is not None and row.usable != "context":
            key = (row.name, row.level, row.comparator, row.site, row.endpoint, row.denominator)
            groups.setdefault(key, []).append(row)
    return [_group(key, rows, residuals) for key, rows in groups.items()]


def independent(rows: Sequence[Finding]) -> dict[str, Finding]:
    """The one finding to pool of each group of patients, by group.

    Rows marked ``independent_set`` no, and shares derived where a ratio is printed, come last; then adjusted
    before unadjusted, everyone before a subgroup, and the smaller standard error.
    """
    chosen: dict[str, Finding] = {}
    for row in sorted(rows, key=_rank):
        chosen.setdefault(row.group, row)
    return {row.group: chosen[row.group] for row in rows}


def numbers(row: Finding) -> tuple[float, float]:
    """Log ratio and standard error of a finding that has them."""
    assert row.log_ratio is not None
    assert row.se is not None
    return row.log_ratio, row.se


def _rank(row: Finding) -> tuple[bool, bool, bool, bool, float]:
    return (
        row.independent == "no",
        row.derived,
        row.adjusted != "yes",
        bool(row.population),
        row.se if row.se is not None else float("inf"),
    )


def _left_out(row: Finding, chosen: Mapping[str, Finding]) -> str:
    if row.group not in chosen:
        return "a pooled analysis, which may hold the other studies"
    return f"same patients as {chosen[row.group].id}"


def _group(key: Key, rows: Sequence[Finding], residuals: Mapping[str, Residual]) -> ForestGroup:
    chosen = independent(rows)
    if len(chosen) > 1:
        chosen.pop(META_ANALYSES, None)
    kept = list(chosen.values())
    pooled = None
    if len(kept) > 1:
        pooled = random_effects(*zip(*(numbers(row) for row in kept), strict=True))
    weights = pooled.weights if pooled else (1.0,)
    entries = [
        Entry(row, fitted_value(row, residuals), weight, "")
        for row, weight in zip(kept, weights, strict=True)
    ]
    fitted = [entry.fitted for entry in entries]
    model = None
    if None not in fitted:
        model = sum(w * f for w, f in zip(weights, fitted, strict=True) if f is not None)
    others = [
        Entry(row, fitted_value(row, residuals), None, _left_out(row, chosen))
        for row in rows
        if row is not chosen.get(row.group)
    ]
    return ForestGroup(*key, tuple(entries + others), pooled, model)


def forest_record(group: ForestGroup) -> dict[str, object]:
    """A group as plain dictionaries and lists, for JSON and for figures."""
    record = asdict(group)
    record["entries"] = [
        asdict(entry.finding) | {"fitted": entry.fitted, "weight": entry.weight, "left_out": entry.left_out}
        for entry in group.entries
    ]
    return record
