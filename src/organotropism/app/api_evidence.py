"""The JSON API for the evidence: studies, associations, claims, and how the model fits each row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query

from organotropism import evidence
from organotropism.app.api import PROBLEMS, answers
from organotropism.app.json_response import Json
from organotropism.app.problem import Problem
from organotropism.vocabulary import Denominator, Endpoint, Factor, Grade

router = APIRouter(prefix="/api/v1/evidence", tags=["evidence"])

_PAGE: Final = answers(
    "Number of rows that match, and those of the page.",
    {
        "type": "object",
        "required": ["total", "offset", "rows"],
        "properties": {
            "total": {"type": "integer"},
            "offset": {"type": "integer"},
            "rows": {"type": "array", "items": {"type": "object"}},
        },
    },
)
_STUDY: Final = answers("The study and what is known from it.", {"type": "object", "required": ["study"]})
_NO_STUDY: Final[dict[int | str, dict[str, Any]]] = {404: {**PROBLEMS[422], "description": "No such study."}}
_Limit = Annotated[int, Query(ge=1, le=1000, description="Most rows of the answer.")]
_Offset = Annotated[int, Query(ge=0, le=1_000_000, description="Rows to pass over.")]
_Word = Annotated[str | None, Query(max_length=100)]


def _page(rows: Iterable[Any], limit: int, offset: int, **filters: object) -> Json:
    """The rows that have every value asked for."""
    wanted = {name: value for name, value in filters.items() if value is not None}
    records: list[Mapping[str, Any]] = [row if isinstance(row, dict) else asdict(row) for row in rows]
    found = [row for row in records if all(row[name] == value for name, value in wanted.items())]
    part: Sequence[Mapping[str, Any]] = found[offset : offset + limit]
    return Json({"total": len(found), "offset": offset, "rows": list(part)})


@router.get("/studies", response_class=Json, responses=_PAGE, summary="Studies")
def studies(limit: _Limit = 100, offset: _Offset = 0, overlap_group: _Word = None) -> Json:
    """The studies, in the order of the table."""
    return _page(evidence.studies().values(), limit, offset, overlap_group=overlap_group)


@router.get(
    "/studies/{study_id}",
    response_class=Json,
    responses={**_STUDY, **_NO_STUDY},
    summary="One study",
)
def study(study_id: Annotated[str, Path(max_length=100)]) -> Json:
    """One study with all that is known from it."""
    found = evidence.studies().get(study_id)
    if found is None:
        raise Problem(404, "There is no such study.")
    return Json(
        {
            "study": asdict(found),
            "associations": [asdict(row) for row in evidence.associations() if row.study_id == study_id],
            "counts": [asdict(row) for row in evidence.counts() if row.study_id == study_id],
            "claims": [asdict(row) for row in evidence.review_claims() if study_id in row.study_id],
            "residuals": [
                asdict(row) for row in evidence.shipped_residuals().values() if row.study == study_id
            ],
        }
    )


@router.get("/associations", response_class=Json, responses=_PAGE, summary="Associations")
def associations(
    limit: _Limit = 100,
    offset: _Offset = 0,
    site: _Word = None,
    factor: Factor | None = None,
    endpoint: Endpoint | None = None,
    denominator: Denominator | None = None,
    grade: Grade | None = None,
    usable: _Word = None,
    study_id: _Word = None,
) -> Json:
    """Reported relations between a factor level and a site; filters are combined."""
    return _page(
        evidence.associations(),
        limit,
        offset,
        site_std=site,
        factor_std=factor,
        endpoint_std=endpoint,
        denominator=denominator,
        evidence_grade=grade,
        usable=usable,
        study_id=study_id,
    )


@router.get("/claims", response_class=Json, responses=_PAGE, summary="Claims of the review")
def claims(limit: _Limit = 200, offset: _Offset = 0, verdict: _Word = None) -> Json:
    """Factual claims of the starting review, each with what its source says."""
    return _page(evidence.review_claims(), limit, offset, verdict=verdict)


@router.get("/residuals", response_class=Json, responses=_PAGE, summary="Published against fitted")
def fitted(limit: _Limit = 100, offset: _Offset = 0, site: _Word = None, study: _Word = None) -> Json:
    """Published and fitted value of every row that the literature model learned from or set aside."""
    return _page(evidence.shipped_residuals().values(), limit, offset, site=site, study=study)
