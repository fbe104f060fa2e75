"""The account of an import as text and as a page; both show the same counts and no value of a patient."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any, Final

from organotropism.present.console import WIDEST, plain_table, rendered
from organotropism.process.document import RESEARCH_ONLY

if TYPE_CHECKING:
    from rich.console import RenderableType

_KINDS: Final = {
    "missing": "missing",
    "unknown_codes": "unknown codes",
    "out_of_range": "out of range",
    "contradictory": "contradictory",
    "misspelt": "misspelt",
}
_RARE: Final = {"contradictory", "misspelt"}
_EXPLAINED: Final = (
    "Cells: of the rows that the mapping chose. Missing: nothing stands there. Unknown codes, values out of"
    " range and contradictory values (another column contradicts them) are left out; misspelt words were"
    " understood. A patient is never set aside because a covariate is unknown."
)
_NUMBERED: Final = "Row numbers are lines of text files and rows of sheets; in Parquet, records from 1."


@dataclass(frozen=True)
class _Block:
    """One table of the report; the first column is text, the others numbers unless said otherwise."""

    title: str
    headers: Sequence[str]
    rows: Sequence[Sequence[str]]
    texts: int = 1
    after: str = ""


def import_report_text(report: Mapping[str, Any], *, width: int = WIDEST, colour: bool = False) -> str:
    """Text of a report.

    Parameters
    ----------
    report : as `cohort.report.Report.to_dict` returns it
    width : columns, of which at most `WIDEST` are used
    colour : whether to mark headings for a terminal
    """
    return rendered(_text_parts(report), width=width, colour=colour)


def _text_parts(report: Mapping[str, Any]) -> Iterator[RenderableType]:
    from rich.text import Text

    yield Text(_title(report), style="bold")
    for line in _summary(report):
        yield Text(line)
    for warning in report.get("warnings", ()):
        yield Text()
        yield Text(f"WARNING: {warning}.", style="bold")
    for block in _blocks(report):
        yield Text()
        yield Text(block.title, style="bold")
        table = plain_table(*block.headers, left=block.texts)
        for row in block.rows:
            table.add_row(*row)
        yield table
        if block.after:
            yield Text(block.after)


def import_report_html(report: Mapping[str, Any]) -> str:
    """A page of a report: one file, no scripts, nothing loaded from elsewhere.

    Parameters
    ----------
    report : as `cohort.report.Report.to_dict` returns it
    """
    parts = [f"<h1>{escape(_title(report))}</h1>"]
    parts += [f"<p>{escape(line)}</p>" for line in _summary(report)]
    parts += [
        f'<p class="warning"><strong>Warning:</strong> {escape(warning)}.</p>'
        for warning in report.get("warnings", ())
    ]
    for block in _blocks(report):
        parts.append(_html_table(block))
        if block.after:
            parts.append(f"<p>{escape(block.after)}</p>")
    parts.append(f"<footer><p>{escape(RESEARCH_ONLY)}</p></footer>")
    return _PAGE.format(title=escape(_title(report)), body="\n".join(parts))


def _html_table(block: _Block) -> str:
    head = "".join(f'<th scope="col">{escape(header)}</th>' for header in block.headers)
    rows = []
    for row in block.rows:
        first, *others = row
        cells = "".join(
            f"<td>{escape(cell)}</td>" if number < block.texts - 1 else f'<td class="n">{escape(cell)}</td>'
            for number, cell in enumerate(others)
        )
        rows.append(f'<tr><th scope="row">{escape(first)}</th>{cells}</tr>')
    body = "\n".join(rows)
    # A table wider than the screen scrolls by itself, also by keyboard.
    return (
        f'<div tabindex="0" role="region" aria-label="{escape(block.title)}"><table>'
        f"<caption>{escape(block.title)}</caption>\n<thead><tr>{head}</tr></thead>\n"
        f"<tbody>\n{body}\n</tbody></table></div>"
    )


def _title(report: Mapping[str, Any]) -> str:
    cohort = report["cohort"]
    return "Import report" if cohort is None else f"Import report: {cohort['name']}"


def _summary(report: Mapping[str, Any]) -> Iterator[str]:
    first = report["tables"][0]
    yield (
        f"{_number(first['rows_read'])} rows read = {_number(first['rows_used'])} used"
        f" + {_number(first['rows_set_aside'])} set aside ({first['file']})."
    )
    cohort = report["cohort"]
    if cohort is None:
        yield "No patient can be used: there is no cohort."
        return
    yield (
        f"{_number(cohort['patients'])} patients, {_number(cohort['distant_disease'])} with distant disease"
        f" ({_number(cohort['at_diagnosis'])} of them at diagnosis), {_number(cohort['died'])} died."
    )
    if cohort["followed_from_diagnosis"] == 0:
        yield "A series of metastatic patients: it teaches where, and the course after, but not whether."
    if cohort["distant_disease_not_recorded"]:
        yield f"Of {_number(cohort['distant_disease_not_recorded'])} distant disease is not recorded."
    if cohort["entered_late"]:
        yield f"{_number(cohort['entered_late'])} came under observation after diagnosis (left truncation)."
    yield f"Sites found within {cohort['window_days']:g} days of the first are one presentation."


def _blocks(report: Mapping[str, Any]) -> Iterator[_Block]:
    rows = [
        (
            table["file"],
            table["role"],
            *(_number(table[f"rows_{kind}"]) for kind in ("read", "used", "set_aside")),
        )
        for table in report["tables"]
    ]
    yield _Block("Tables", ("File", "Rows are", "Read", "Used", "Set aside"), rows, texts=2)
    for table in report["tables"]:
        if table["reasons"]:
            yield _counted(f"Set aside: {table['file']}", "Reason", "reason", table["reasons"])
    if report["columns"]:
        yield _columns(report["columns"])
    yield from _numbered_cells(report)
    if report["notes"]:
        yield _counted("Notes", "Assumed or changed", "note", report["notes"])
    if report["cohort"] is not None:
        rows = [
            (site, *(_number(found[state]) for state in ("found", "not_found", "not_recorded")))
            for site, found in report["cohort"]["sites"].items()
        ]
        yield _Block("Sites", ("Site", "Found", "Not found", "Not recorded"), rows)


def _columns(columns: Sequence[Mapping[str, Any]]) -> _Block:
    """What stands in each column; rare kinds only where there are any."""
    kinds = [kind for kind in _KINDS if kind not in _RARE or any(column[kind] for column in columns)]
    rows = [
        (f"{c['field']}: {c['column']}", _number(c["cells"]), *(_number(c[kind]) for kind in kinds))
        for c in columns
    ]
    headers = ("Field: column", "Cells", *(_KINDS[kind].capitalize() for kind in kinds))
    return _Block("Columns", headers, rows, after=_EXPLAINED)


def _counted(title: str, header: str, key: str, entries: Sequence[Mapping[str, Any]]) -> _Block:
    """Texts with their counts, and with their row numbers where the report has them."""
    numbered = any("row_numbers" in entry for entry in entries)
    rows = []
    for entry in entries:
        row = [str(entry[key]), _number(entry["rows"])]
        rows.append([row[0], _listed(entry["row_numbers"]), row[1]] if numbered else row)
    headers = (header, "Row numbers", "Rows") if numbered else (header, "Rows")
    return _Block(title, headers, rows, texts=2 if numbered else 1, after=_NUMBERED if numbered else "")


def _numbered_cells(report: Mapping[str, Any]) -> Iterator[_Block]:
    rows = [
        (column["field"], _KINDS[kind], _listed(numbers))
        for column in report["columns"]
        for kind, numbers in column.get("row_numbers", {}).items()
        if numbers
    ]
    if rows:
        yield _Block("Cells by row", ("Field", "Kind", "Row numbers"), rows, texts=3, after=_NUMBERED)


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(str(number) for number in numbers)


def _number(value: int) -> str:
    return f"{value:,}"


_PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font: 1rem/1.5 system-ui, sans-serif; color: #1b1b1b; background: #fff; max-width: 60rem;
  margin: 2rem auto; padding: 0 1rem; }}
h1 {{ font-size: 1.6rem; line-height: 1.2; }}
div {{ overflow-x: auto; margin: 1.5rem 0; }}
.warning {{ border-left: .3rem solid #a03000; padding-left: .75rem; }}
table {{ border-collapse: collapse; }}
caption {{ text-align: left; font-weight: 600; padding: 0 0 .4rem; }}
th, td {{ text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0;
  border-bottom: 1px solid #c8c8c8; overflow-wrap: anywhere; }}
thead th {{ border-bottom: 2px solid #555; overflow-wrap: normal; }}
tbody th {{ font-weight: 400; }}
thead th:nth-child(n+2), td.n {{ min-width: 3.5rem; }}
td.n {{ text-align: right; font-variant-numeric: tabular-nums; }}
footer {{ color: #555; border-top: 1px solid #c8c8c8; }}
@media print {{ body {{ margin: 0; max-width: none; }} }}
</style>
</head>
<body>
<main>
{body}
</main>
</body>
</html>
"""
