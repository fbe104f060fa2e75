"""The evidence explorer: the map, what is behind each cell, studies, claims, conflicts, downloads."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields
from functools import cache
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from organotropism import evidence
from organotropism.app import downloads, evidence_view
from organotropism.app.cell_view import ConflictView, cell_view
from organotropism.app.evidence_view import Filters
from organotropism.app.pages import in_place, page
from organotropism.app.problem import Problem
from organotropism.errors import InputError
from organotropism.evidence import (
    BaselineRow,
    CourseRow,
    Study,
    find_conflicts,
    findings,
    selected,
    shipped_residuals,
)
from organotropism.evidence.claims import checked_claims
from organotropism.present import evidence_words
from organotropism.present.citations import METABRIC
from organotropism.vocabulary import Factor

router = APIRouter(include_in_schema=False)
_Word = Annotated[str, Query(max_length=200)]
PREDICT = "predict3"


def read_filters(
    factor: _Word = "",
    endpoint: _Word = "",
    denominator: _Word = "",
    compartment: _Word = "",
    species: _Word = "",
    grade: _Word = "",
) -> Filters:
    """The filters of an address; words that are none are as good as no address."""
    try:
        return Filters(factor, endpoint, denominator, compartment, species, grade)
    except InputError as error:
        raise Problem(404, "There is no such choice of the evidence.") from error


_Filters = Annotated[Filters, Depends(read_filters)]


def choices() -> dict[str, Any]:
    """Words of the filters with their labels."""
    return {
        "factor": {str(factor): factor.replace("_", " ") for factor in Factor if factor != Factor.BASELINE},
        "endpoint": evidence_words.ENDPOINTS,
        "denominator": {word: label for word, label in evidence_words.DENOMINATORS.items() if label},
        "compartment": {word: word for word in evidence_view.COMPARTMENTS},
        "species": {word: word for word in evidence_view.SPECIES},
        "grade": evidence_view.GRADES,
    }


@router.get("/evidence", name="evidence_map")
def evidence_page(request: Request, filters: _Filters) -> Response:
    """The map of factors by sites."""
    shown = evidence_view.evidence_map(filters.choose(findings()))
    template = "part_map.html" if in_place(request.headers) else "evidence.html"
    return page(
        request,
        template,
        map=shown,
        filters=filters,
        choices=choices(),
        tables=downloads.TABLES,
        own=False,
    )


@router.get("/evidence/cell", name="cell")
def cell_page(
    request: Request, filters: _Filters, question: _Word, level: _Word, site: _Word, against: _Word = ""
) -> Response:
    """Forest plot and findings behind one cell of the map."""
    chosen = evidence_view.in_cell(filters.choose(findings()), (question, level, against), site)
    if not chosen:
        raise Problem(404, "There is no evidence on this question with these choices.")
    view = cell_view(chosen, shipped_residuals())
    return page(request, "cell.html", cell=view, filters=filters, own=False)


@cache
def shipped_conflicts() -> tuple[ConflictView, ...]:
    """Conflicts of the shipped evidence in people, with the account of each."""
    found = find_conflicts(selected(findings()), shipped_residuals())
    return tuple(ConflictView.of(conflict) for conflict in found)


@router.get("/evidence/conflicts", name="conflicts")
def conflicts_page(request: Request) -> Response:
    """Where the literature disagrees, and what accounts for it."""
    return page(request, "conflicts.html", conflicts=shipped_conflicts())


@router.get("/evidence/claims", name="claims")
def claims_page(request: Request, verdict: _Word = "") -> Response:
    """Verdicts on the claims of the starting review."""
    every = checked_claims()
    verdicts = Counter(checked.claim.verdict for checked in every)
    shown = [checked for checked in every if verdict in ("", checked.claim.verdict)]
    return page(request, "claims.html", claims=shown, verdicts=verdicts, verdict=verdict, total=len(every))


@router.get("/evidence/markers", name="markers")
def markers_page(request: Request) -> Response:
    """Molecular markers: where they point, and which of them may move a number."""
    from organotropism.app.markers_view import marker_rows

    return page(request, "markers.html", rows=marker_rows())


@router.get("/evidence/study/{study_id}", name="study_page")
def study_page(request: Request, study_id: Annotated[str, Path(max_length=100)]) -> Response:
    """One study: what was read of it, its records, claims that rest on it, and how the model fits them."""
    if study_id == PREDICT:
        return page(request, "predict.html", terms=evidence.predict_terms())
    if study_id == METABRIC.study:
        return page(request, "cohort.html", citation=METABRIC)
    rates = [row for row in evidence.baseline() if row.study_id == study_id]
    course = [row for row in evidence.course() if row.study_id == study_id]
    rated: list[BaselineRow | CourseRow] = [*rates, *course]
    study = evidence.studies().get(study_id) or next(map(_study_of, rated), None)
    if study is None:
        raise Problem(404, "There is no such study.")
    return page(
        request,
        "study.html",
        study=study,
        records=[row for row in evidence.associations() if row.study_id == study_id],
        counts=[row for row in evidence.counts() if row.study_id == study_id],
        rates=rates,
        course=course,
        claims=[claim for claim in evidence.review_claims() if study_id in claim.study_id],
        residuals={key: row for key, row in shipped_residuals().items() if row.study == study_id},
    )


def _study_of(row: BaselineRow | CourseRow) -> Study:
    """A study that has rates alone, which stand in tables with columns of their own for its citation."""
    blank: dict[str, Any] = dict.fromkeys((field.name for field in fields(Study)), "")
    said = ("study_id", "authors_short", "year", "doi", "pmid", "url", "read_level")
    return Study(**{**blank, "n_total": row.n, **{name: getattr(row, name) for name in said}})


@router.get("/evidence/studies", name="studies")
def studies_page(request: Request) -> Response:
    """All studies."""
    return page(request, "studies.html", studies=list(evidence.studies().values()))


@router.get("/evidence/download/{name}.csv", name="download")
def download(request: Request, name: Annotated[str, Path(max_length=40)]) -> Response:
    """One table as CSV."""
    if name not in downloads.TABLES:
        raise Problem(404, "There is no such table.")
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(downloads.table(name), 200, headers, "text/csv; charset=utf-8")
