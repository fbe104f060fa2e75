"""The evidence explorer."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from organotropism.app.pages import page

router = APIRouter(include_in_schema=False)


@router.get("/evidence", name="evidence_map")
def evidence_map(request: Request) -> Response:
    return page(request, "about.html", models=[])


@router.get("/evidence/conflicts", name="conflicts")
def conflicts(request: Request) -> Response:
    return page(request, "about.html", models=[])


@router.get("/evidence/own", name="own_evidence")
def own(request: Request) -> Response:
    return page(request, "about.html", models=[])


@router.get("/evidence/study/{study_id}", name="study_page")
def study(request: Request, study_id: str) -> Response:
    return page(request, "about.html", models=[])
