"""What the application is and does with what it is told."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from organotropism.app import models
from organotropism.app.pages import page

router = APIRouter(include_in_schema=False)


@router.get("/about", name="about")
def about(request: Request) -> Response:
    """Models, privacy, interfaces and credits."""
    return page(request, "about.html", models=[models.shipped(name) for name in models.names()])
