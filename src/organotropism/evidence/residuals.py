"""What the literature model makes of each row of evidence: its fitted value, residual and weight.

The records come from whoever fitted the model; `shipped_residuals` reads those of the shipped one.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from organotropism.evidence.findings import Finding


@dataclass(frozen=True, slots=True)
class Residual:
    """One row of evidence against the model.

    Attributes
    ----------
    id, study : record and study
    kind, site : what the row measures, and the site as the model reads it
    scale : logit, log or cloglog; `published`, `se` and `fitted` are on it
    residual : published less fitted, in standard errors that hold the row's own error, the level of its
        study and the spread between studies
    weight : 1, or less for a row that lies far out
    status, reason : used, or set aside and why
    """

    id: str
    study: str
    kind: str
    site: str
    scale: str
    published: float | None
    se: float | None
    fitted: float | None
    residual: float | None
    weight: float | None
    status: str
    reason: str


def read_residuals(rows: Iterable[Mapping[str, str]]) -> dict[str, Residual]:
    """Residual records by row id, from a table as text (blank where a row was set aside)."""

    def number(text: str) -> float | None:
        return float(text) if text else None

    return {
        row["id"]: Residual(
            id=row["id"],
            study=row["study"],
            kind=row["kind"],
            site=row["site"],
            scale=row["scale"],
            published=number(row["published"]),
            se=number(row["se"]),
            fitted=number(row["fitted"]),
            residual=number(row["residual"]),
            weight=number(row["weight"]),
            status=row["status"],
            reason=row["reason"],
        )
        for row in rows
    }


@cache
def _shipped() -> dict[str, Residual]:
    file = resources.files("organotropism") / "models" / "literature_residuals.csv"
    return read_residuals(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))


def shipped_residuals() -> dict[str, Residual]:
    """Residuals of the shipped literature model by row id; the dictionary is the caller's own."""
    return dict(_shipped())


def fitted_value(finding: Finding, residuals: Mapping[str, Residual]) -> float | None:
    """Log ratio that the model expects of a finding, turned like it; None where it did not learn from it."""
    values = [
        residual.fitted
        for record in finding.records
        if (residual := residuals.get(record)) is not None and residual.status == "used"
    ]
    if len(values) < len(finding.records) or finding.log_ratio is None or None in values:
        return None
    first, *others = (value for value in values if value is not None)
    if others:
        return first - others[0]
    return -first if finding.was_turned else first


def residual_of(finding: Finding, residuals: Mapping[str, Residual]) -> float | None:
    """Residual in standard errors of a printed contrast; None for shares, where it is of each share."""
    if finding.derived or fitted_value(finding, residuals) is None:
        return None
    value = residuals[finding.id].residual
    return -value if finding.was_turned and value is not None else value
