"""One record, marker, study or claim with everything that is known of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, Final

from organotropism.errors import InputError, did_you_mean
from organotropism.evidence.catalogue import items
from organotropism.evidence.claims import checked_claims
from organotropism.evidence.findings import Finding, findings
from organotropism.evidence.load import (
    associations,
    baseline,
    counts,
    course,
    marker_genes,
    markers,
    review_claims,
    studies,
)
from organotropism.evidence.names import study_ids
from organotropism.evidence.residuals import Residual, fitted_value, residual_of
from organotropism.evidence.search import search

Part = dict[str, Any]
#: So many answers of a search are named where nothing has an id.
_SUGGESTED: Final = 5


def show(identity: str, residuals: Mapping[str, Residual]) -> Part:
    """Everything known of one id.

    Parameters
    ----------
    identity : of an association, count, rate, course row, marker, study or claim of the review, in any case;
        of a study also first author and year
    residuals : of the literature model, by row id

    Returns
    -------
    dict
        ``id``, ``kind``, then the parts that apply: ``record`` (its row, blank cells left out), ``contrasts``
        (as read here, with the model's value), ``model`` (published and fitted value, residual, or why it is
        not used), ``studies``, ``claims`` of the review, ``markers``, ``genes``, ``records``.

    Raises
    ------
    InputError
        Nothing has this id; the message names what a search finds.
    """
    known = _meant(identity)
    for kind, table in _TABLES.items():
        row = table().get(known)
        if row is not None:
            parts = {"id": known, "kind": kind, "record": _filled(asdict(row))}
            return {name: part for name, part in (parts | _more(known, kind, row, residuals)).items() if part}
    found = search(identity)
    hits = () if found.read_as else found.hits[:_SUGGESTED]
    expected = "an id as `organotropism evidence list` gives it"
    if hits:
        named = "; ".join(f"{hit.id} ({hit.kind})" for hit in hits)
        expected = f"one of what `organotropism evidence search` finds: {named}"
    else:
        expected += did_you_mean(identity, [name for table in _TABLES.values() for name in table()])
    raise InputError(
        "is no record, marker, study or claim of the evidence", value=identity, expected=expected
    )


def _meant(identity: str) -> str:
    """The id that is meant: whatever its case, or of the study that is named by author and year."""
    key = identity.strip().casefold()
    known = (name for table in _TABLES.values() for name in table() if name.casefold() == key)
    named = study_ids(identity)
    return next(known, named[0] if len(named) == 1 else identity)


_TABLES: dict[str, Callable[[], Mapping[str, Any]]] = {
    "association": lambda: {row.record_id: row for row in associations()},
    "count": lambda: {row.count_id: row for row in counts()},
    "rate": lambda: {row.record_id: row for row in baseline()},
    "course": lambda: {row.record_id: row for row in course()},
    "marker": lambda: {row.marker_id: row for row in markers()},
    "study": studies,
    "claim": lambda: {row.claim_id: row for row in review_claims()},
}


def _more(identity: str, kind: str, row: Any, residuals: Mapping[str, Residual]) -> Part:
    """Parts beside the row itself."""
    if kind == "claim":
        return _of_claim(identity)
    if kind == "study":
        return {
            "records": [item.id for item in items() if identity in item.study],
            "claims": [_claim(row) for row in review_claims() if identity in row.study_id],
        }
    if kind == "marker":
        return {
            "genes": [_filled(asdict(gene)) for gene in marker_genes() if gene.marker_id == identity],
            "studies": [_study(study) for study in row.source_study_id],
            "claims": [_claim(c.claim) for c in checked_claims() if identity in c.markers],
        }
    return {
        "contrasts": [_contrast(f, residuals) for f in findings() if identity in f.records],
        "model": _model(identity, row, residuals),
        "same": _same(identity, row),
        "studies": [_study(row.study_id)],
        "claims": [_claim(claim) for claim in review_claims() if identity in claim.record_ids],
    }


def _of_claim(identity: str) -> Part:
    checked = next(row for row in checked_claims() if row.claim.claim_id == identity)
    return {
        "ends_in": checked.ends_in,
        "records": list(checked.records),
        "markers": list(checked.markers),
        "studies": [_study(study) for study in checked.claim.study_id],
    }


def _contrast(finding: Finding, residuals: Mapping[str, Residual]) -> Part:
    comparison = finding.comparison
    return _filled(
        {
            "id": finding.id,
            "level": finding.level,
            "against": finding.comparator,
            "question": f"{comparison.level} against {comparison.against}",
            "direction": finding.direction,
            "log_ratio": finding.log_ratio,
            "se": finding.se,
            "fitted": fitted_value(finding, residuals),
            "residual": residual_of(finding, residuals),
        }
    )


def _model(identity: str, row: Any, residuals: Mapping[str, Residual]) -> Part:
    known = residuals.get(identity)
    if known is not None:
        return _filled({k: v for k, v in asdict(known).items() if k not in ("id", "study")})
    return {"status": "not used", "reason": getattr(row, "usable_reason", "")}


def _same(identity: str, row: Any) -> list[str]:
    """Ids of the same finding or number in another row."""
    linked = [getattr(row, "duplicate_of", ""), getattr(row, "count_id", "")]
    linked += [
        other.record_id for other in associations() if identity in (other.duplicate_of, other.count_id)
    ]
    return [name for name in linked if name and name != identity]


def _study(identity: str) -> Part:
    study = studies().get(identity)
    # Some sources of rates and of the course stand in their rows alone.
    return {"study_id": identity} if study is None else _filled(asdict(study))


def _claim(row: Any) -> Part:
    return {name: getattr(row, name) for name in ("claim_id", "claim", "verdict", "source_says")}


def _filled(cells: Part) -> Part:
    """Cells that hold something; ``from_`` under its own name."""
    return {name.rstrip("_"): value for name, value in cells.items() if value not in ("", None, ())}
