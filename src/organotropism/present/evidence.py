"""Records of the evidence and claims of the review, as text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from organotropism.present import evidence_words as words
from organotropism.present.console import plain_table, rendered

if TYPE_CHECKING:
    from rich.console import RenderableType

_READ: Final = {
    "full text": "full",
    "abstract": "abstr.",
    "review only": "review",
    "summary of the paper": "summ.",
    "news summary": "news",
}
_LISTING: Final = (
    "grade: of the evidence, A to E (blank for counts, rates and course). read: full text, abstract or the "
    "starting review only; * citation not confirmed in the paper. resid.: residual in the literature model, "
    "standard errors; blank where the row was not used. `organotropism evidence show ID` tells everything."
)
#: Parts of `organotropism.evidence.show.show` and their headings, in order.
_PARTS: Final = {
    "record": "Record",
    "contrasts": "As a contrast",
    "model": "In the literature model",
    "same": "The same number or finding",
    "ends_in": "Ends in",
    "studies": "Study",
    "claims": "Claims of the starting review",
    "records": "Records",
    "markers": "Markers",
    "genes": "Genes",
}
_COLUMNS: Final = {"verified": "citation confirmed", "authors_short": "authors"}
_NOT_CONFIRMED: Final = "no: some citation detail was not confirmed in the paper"


def listing_text(rows: Sequence[Mapping[str, Any]], *, width: int, colour: bool) -> str:
    """One line for each record.

    Parameters
    ----------
    rows : records of the catalogue, each with its residual
    width : columns of the terminal
    colour : whether to mark headings
    """
    table = plain_table("id", "site", "what", "number", "counted", "grade", "read", "resid.", left=7)
    table.columns[0].no_wrap = True
    for row in rows:
        residual = row["residual"]
        table.add_row(
            row["id"],
            ", ".join(words.site(name) for name in row["site"]),
            _what(row),
            words.number(row),
            _counted(row),
            row["grade"],
            _READ.get(row["read_level"], row["read_level"]) + ("*" if row["verified"] == "no" else ""),
            "" if residual is None else f"{residual:+.1f}",
        )
    count = f"{len(rows)} record{'' if len(rows) == 1 else 's'}."
    return rendered([table, f"{count} {_LISTING}"], width=width, colour=colour)


def _what(row: Mapping[str, Any]) -> str:
    against = f" against {row['comparator']}" if row["comparator"] else ""
    named = row["marker"] if row["kind"] != "marker" else ""
    factor = named or (
        "" if row["factor"] in ("subtype", "marker", "baseline") else row["factor"].replace("_", " ")
    )
    among = f" (in {row['population']})" if row["population"] not in ("", row["level"]) else ""
    what = f"{factor}: {row['level']}" if factor and row["level"] else factor or row["level"]
    return f"{what}{against}{among}"


def _counted(row: Mapping[str, Any]) -> str:
    who = {"all_patients": "all", "metastatic_patients": "metastatic"}.get(row["denominator"], "")
    when = words.ENDPOINTS.get(row["endpoint"], row["endpoint"])
    horizon = f" {row['years']:g} y" if row["years"] is not None else ""
    return ", ".join(part for part in (who, f"{when}{horizon}".strip()) if part)


def record_text(shown: Mapping[str, Any], *, width: int, colour: bool) -> str:
    """Everything known of one id.

    Parameters
    ----------
    shown : as `organotropism.evidence.show.show` gives it
    width : columns of the terminal
    colour : whether to mark headings
    """
    parts: list[RenderableType] = [_heading(f"{shown['id']} ({shown['kind']})")]
    for name, heading in _PARTS.items():
        if name in shown:
            parts += ["", _heading(heading), *_part(shown[name])]
    return rendered(parts, width=width, colour=colour)


def _part(content: Any) -> Iterable[RenderableType]:
    if isinstance(content, str):
        return [content]
    if isinstance(content, Mapping):
        return [_cells(content)]
    if all(isinstance(entry, str) for entry in content):
        return [", ".join(content)]
    if "symbol" in content[0]:
        return [", ".join(_gene(gene) for gene in content)]
    return [part for entry in content for part in (_cells(entry), "")][:-1]


def _gene(gene: Mapping[str, Any]) -> str:
    sign = {1: "+", -1: "-"}.get(gene.get("sign", 0), "")
    today = f" (now {gene['current_symbol']})" if gene.get("current_symbol") else ""
    return f"{gene['symbol']}{sign}{today}"


def _cells(cells: Mapping[str, Any]) -> RenderableType:
    table = plain_table("", "", left=2)
    table.show_header = False
    for name, value in cells.items():
        table.add_row(_column(name, cells), _value(name, value))
    return table


def _column(name: str, cells: Mapping[str, Any]) -> str:
    """Name of a column; the printed wording is told from the standard one beside it."""
    if f"{name}_std" in cells:
        return f"{name} as printed"
    return _COLUMNS.get(name, name.removesuffix("_std").replace("_", " "))


def _value(name: str, value: Any) -> str:
    if name == "verified":
        return "yes" if value == "yes" else _NOT_CONFIRMED
    if isinstance(value, tuple | list):
        return ", ".join(str(part) for part in value)
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def claims_text(rows: Sequence[Mapping[str, Any]], *, width: int, colour: bool) -> str:
    """Claims of the starting review, each with verdict, what the source says, and where it ends.

    Parameters
    ----------
    rows : as `organotropism.evidence.claims.claim_record` gives them
    width : columns of the terminal
    colour : whether to mark headings
    """
    table = plain_table("id", "claim; verdict, what the source says; where it ends", left=2)
    table.columns[0].no_wrap = True
    for row in rows:
        table.add_row(row["id"], row["claim"])
        table.add_row("", f"{row['verdict']}: {row['source_says']}")
        table.add_row("", f"{_end(row)}\n")
    verdicts = Counter(row["verdict"] for row in rows)
    counted = ", ".join(f"{count} {verdict}" for verdict, count in verdicts.most_common())
    ends = Counter(row["ends_in"] for row in rows)
    ended = ", ".join(
        f"{count} in {end}" if end != "not identified" else f"{count} {end}" for end, count in ends.items()
    )
    plural = "" if len(rows) == 1 else "s"
    return rendered(
        [table, f"{len(rows)} claim{plural}: {counted}. They end {ended}."], width=width, colour=colour
    )


def _end(row: Mapping[str, Any]) -> str:
    """Where a claim ends, and how its studies were read."""
    linked = (*row["records"], *row["markers"])
    end = (
        f"{row['ends_in']}{'' if len(linked) < 2 else 's'} {', '.join(linked)}" if linked else row["ends_in"]
    )
    if not row["read_level"]:
        return str(end)
    return f"{end} (read: {row['read_level']}{', citation not confirmed' if row['verified'] == 'no' else ''})"


def _heading(text: str) -> RenderableType:
    from rich.text import Text

    return Text(text, style="bold")


def map_text(cells: Sequence[Mapping[str, Any]], *, width: int, colour: bool) -> str:
    """The evidence map as a list: groups of patients by what they find.

    Parameters
    ----------
    cells : as `organotropism.evidence.map.cell_record` gives them
    width : columns of the terminal
    colour : whether to mark headings
    """
    table = plain_table("contrast", "site", "points", "more", "less", "none", "studies", left=3)
    for cell in cells:
        table.add_row(
            words.row_label(cell["factor"], cell["level"], cell["against"]),
            words.site(cell["site"]),
            "conflict" if cell["conflict"] else words.DIRECTIONS[cell["direction"]],
            *(str(cell[word] or "-") for word in ("increases", "decreases", "none")),
            str(cell["studies"]),
        )
    return rendered([table, words.LEGEND_COUNTS], width=width, colour=colour)
