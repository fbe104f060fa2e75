"""A user's own studies: checked, joined to map and forest plots, and the difference they make to the model.

Nothing is kept on the server: the table travels in the page and comes back with every request.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from organotropism.app import evidence_view, models
from organotropism.app.cell_view import cell_view
from organotropism.app.evidence_view import Filters
from organotropism.app.pages import page
from organotropism.app.state import services
from organotropism.app.submission import Form, Submission
from organotropism.errors import InputError
from organotropism.evidence import Finding, findings, selected, shipped_residuals
from organotropism.evidence.export import as_csv
from organotropism.evidence.own import COLUMNS, MOST_BYTES, MOST_ROWS, OwnEvidence, read_own
from organotropism.files import scratch_folder
from organotropism.patient import Patient
from organotropism.process.model import Model
from organotropism.process.results import Forecast
from organotropism.vocabulary import SUBTYPES

if TYPE_CHECKING:
    from organotropism.learn.own_update import Update

router = APIRouter(include_in_schema=False)
_FILE: Final = "own evidence"
_EXAMPLE: Final = {
    "study_id": "example2026",
    "authors": "Example A et al.",
    "year": "2026",
    "title": "Sites of first relapse by subtype",
    "diagnosed": "2012-2020",
    "factor": "subtype",
    "level": "TNBC",
    "comparator": "HR+/HER2-",
    "site": "brain",
    "endpoint": "first_relapse",
    "denominator": "metastatic_patients",
    "measure": "OR",
    "estimate": "2.4",
    "ci_low": "1.5",
    "ci_high": "3.84",
    "adjusted": "yes",
}
_YEARS: Final = 10.0
#: Seconds of an update of the literature model, and of each row of it, as measured on one core.
_UPDATE_SECONDS: Final = 1.2
_ROW_SECONDS: Final = 0.012
#: Women who differ in subtype alone, of whom all else that the model uses is known.
_EXAMPLES: Final = tuple(
    Patient(
        subtype=subtype,
        pr="positive" if subtype.startswith("HR+") else "negative",
        age=55,
        size_mm=22,
        positive_nodes=1,
        grade=2,
        ki67=20,
        histology="ductal",
        detection="symptoms",
    )
    for subtype in SUBTYPES
)


@dataclass(frozen=True)
class Difference:
    """What the update changes for one woman: risk per site before and after, by site."""

    subtype: str
    sites: dict[str, tuple[float, float]]


def differences(before: Model, after: Model) -> list[Difference]:
    """Risk that each site is found within ten years, before and after, for women of each subtype."""
    pairs: list[tuple[Forecast, Forecast]] = list(
        zip(
            *(model.forecast(_EXAMPLES, (_YEARS,), intervals=False) for model in (before, after)), strict=True
        )
    )
    return [
        Difference(
            old.patient.clinical_subtypes[0],
            {
                site: (old.site(site, "ever", _YEARS).risk, new.site(site, "ever", _YEARS).risk)
                for site in before.layout.sites
            },
        )
        for old, new in pairs
    ]


@router.get("/evidence/own", name="own_evidence")
def blank(request: Request) -> Response:
    """What can be brought, and a form to bring it."""
    return page(request, "own.html", **_values())


@router.get("/evidence/own/template.csv", name="own_template")
def template() -> Response:
    """A table with one row to begin from."""
    row = {name: _EXAMPLE.get(name, "") for name in COLUMNS}
    headers = {"Content-Disposition": 'attachment; filename="own-evidence.csv"'}
    return Response(as_csv([row]), 200, headers, "text/csv; charset=utf-8")


@router.post("/evidence/own", name="own_joined")
async def joined(request: Request, form: Form) -> Response:
    """The table joined to the evidence, or one cell of the map with it."""
    return await services(request).lanes.long(request, _seconds(form), lambda: _joined(request, form))


def _joined(request: Request, form: Submission) -> Response:
    try:
        text = _table(form.texts.get("table", ""), form.files.get("file"))
        own = read_own(text, _FILE)
    except InputError as error:
        problems = [str(one) for one in (error, *error.others)]
        typed = form.texts.get("table", "")
        return page(request, "own.html", 422, **_values(problems, typed))
    brought = own.findings()
    every = [*selected(findings()), *selected(brought)]
    if "cell" in form.texts:
        return _cell(request, form.texts["cell"], every, own, text)
    questions = {tuple(row.comparison) for row in brought}
    shown = evidence_view.evidence_map([row for row in every if tuple(row.comparison) in questions])
    model = models.shipped("literature")
    update = _updated(model, own)
    return page(
        request,
        "own_result.html",
        own=own,
        map=shown,
        filters=Filters(),
        table=text,
        brought=brought,
        update=update,
        used=_used(update),
        differences=differences(model, update.model) if update.rows else [],
        years=_YEARS,
    )


@router.post("/evidence/own/model", name="own_model")
async def own_model(request: Request, form: Form) -> Response:
    """The updated model as a file, for the calculator and the command line."""
    return await services(request).lanes.long(request, _seconds(form), lambda: _own_model(form))


def _own_model(form: Submission) -> Response:
    own = read_own(_table(form.texts.get("table", ""), form.files.get("file")), _FILE)
    model = _updated(models.shipped("literature"), own).model
    with scratch_folder() as folder:
        file = folder / "model.json"
        model.save(file)
        content = file.read_bytes()
    headers = {"Content-Disposition": 'attachment; filename="literature-with-own.json"'}
    return Response(content, 200, headers, "application/json")


def _seconds(form: Submission) -> float:
    """Estimated seconds of the update, by the lines of the table."""
    lines = form.texts.get("table", "").count("\n") + form.files.get("file", b"").count(b"\n")
    return _UPDATE_SECONDS + _ROW_SECONDS * min(lines, MOST_ROWS)


def _updated(model: Model, own: OwnEvidence) -> Update:
    # Its optimiser takes as long to load as all the rest of the application.
    from organotropism.learn.own_update import updated

    return updated(model, own)


def _cell(request: Request, name: str, every: list[Finding], own: OwnEvidence, table: str) -> Response:
    factor, level, against, site = (name.split("|") + [""] * 4)[:4]
    chosen = evidence_view.in_cell(every, (factor, level, against), site)
    if not chosen:
        return page(request, "own.html", 404, **_values(["There is no such cell of the map."], table))
    view = cell_view(chosen, shipped_residuals(), own.studies)
    return page(request, "own_cell.html", cell=view, table=table)


def _table(typed: str, file: bytes | None) -> str:
    """The table as text; a file goes before what is typed."""
    if file is None:
        return typed.replace("\r\n", "\n")
    if len(file) > MOST_BYTES:
        raise InputError("is too large", file=_FILE, expected=f"at most {MOST_BYTES // 1000} kB")
    try:
        return file.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise InputError("is not UTF-8 text", file=_FILE, expected="CSV in UTF-8") from None


def _used(update: Update) -> list[dict[str, Any]]:
    """Each row that moved the model, with what was expected of it."""
    return [
        {"id": row.id, "published": row.value, "expected": float(expected), "residual": float(residual)}
        for row, expected, residual in zip(update.rows, update.expected, update.residuals, strict=True)
    ]


def _values(problems: Sequence[str] = (), table: str = "") -> dict[str, Any]:
    return {"columns": COLUMNS, "most_rows": MOST_ROWS, "problems": problems, "table": table}
