"""Scripts and styles, kept by the browser until the version in their address changes."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

from organotropism.app.problem import Problem

router = APIRouter(include_in_schema=False)
_TYPES: Final = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "txt": "text/plain; charset=utf-8",
}


@cache
def files() -> dict[str, bytes]:
    """Every file by its name: few and small, so they are kept, and answered without a thread."""
    folder = resources.files("organotropism.app") / "static"
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}


@router.get("/static/{name}", name="static")
async def static(name: str) -> Response:
    """One file."""
    content = files().get(name)
    if content is None:
        raise Problem(404, "There is nothing at this address.")
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(content, 200, headers, _TYPES[name.rpartition(".")[2]])
