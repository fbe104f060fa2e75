"""Pages from templates: everything that comes from a request or a table is escaped."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import resources
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import HTMLResponse

from organotropism.evidence import studies
from organotropism.present import conflicts, evidence_words, wording, wording_figures
from organotropism.present.citations import Citation, cited
from organotropism.present.numbers import estimate, frequency, people, percent, ratio, years
from organotropism.process.document import RESEARCH_ONLY

if TYPE_CHECKING:
    from jinja2 import Environment

_FILES: Final = resources.files("organotropism.app")


@cache
def environment() -> Environment:
    """Templates of the package; an undefined name is an error, not a blank."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(
        loader=PackageLoader("organotropism.app"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters.update(
        percent=percent, estimate=estimate, frequency=frequency, people=people, ratio=ratio, years=years
    )
    made.globals.update(
        words=wording,
        figure_words=wording_figures,
        conflict_words=conflicts,
        evidence_words=evidence_words,
        research_only=RESEARCH_ONLY,
        version=version("organotropism"),
        static_version=static_version(),
        request_in_place=False,
        citations=citations(),
    )
    return made


@cache
def citations() -> dict[str, Citation]:
    """How each study is cited, by its id."""
    return cited(studies().values())


@cache
def static_version() -> str:
    """Mark of the scripts and styles, so that a browser keeps them until they change."""
    digest = hashlib.sha256()
    for file in sorted((_FILES / "static").iterdir(), key=lambda entry: entry.name):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def page(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """A page, or the part of one that is to be put in place.

    Parameters
    ----------
    template : name of the file
    values : what it shows
    """
    base = request.scope.get("root_path", "")

    def path(name: str, /, **parts: str) -> str:
        return f"{base}{request.app.url_path_for(name, **parts)}"

    text = environment().get_template(template).render(path=path, base=base, here=request.url.path, **values)
    return HTMLResponse(text, status)


def in_place(headers: Headers) -> bool:
    """Whether the page asks for a part to be put in place, rather than a browser for a page."""
    return headers.get("hx-request") == "true"
