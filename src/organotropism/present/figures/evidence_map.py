"""The evidence map: factor levels by sites, with how much evidence there is and which way it points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import sqrt
from typing import Any, Final

from organotropism.present import evidence_words as words
from organotropism.present.figures.look import FAINT, INK, QUIET
from organotropism.present.figures.svg import document, line, text

#: Blue and orange are told apart by colour-blind readers, and the triangles in grey print too.
COLOURS: Final = {"increases": "#1f5a85", "decreases": "#c8660a", "none": "#7b8790"}
#: Sites with a column of their own unless others are asked for.
SITES: Final = ("bone", "lung", "liver", "brain", "other", "visceral", "any_distant", "multiple")
_MARGIN, _CELL, _ROW, _TOP = 10, 84, 34, 84
#: Width of a letter of a label, about, and letters of a label at most.
_LETTER, _LETTERS = 7.0, 44
#: Half the side of a mark of one group of patients, and of one of the most that are drawn larger still.
_SMALLEST, _LARGEST, _MOST = 4.0, 11.0, 15


def evidence_map(cells: Sequence[Mapping[str, Any]], title: str, sites: Sequence[str] | None = None) -> str:
    """Evidence map as SVG text.

    Direction is told by triangle and colour, groups of patients by number and size, a conflict by hatching.

    Parameters
    ----------
    cells : as `organotropism.evidence.map.cell_record` gives them, in the order of the rows
    title : what the map shows
    sites : columns, in order; those of `SITES` that have evidence unless given
    """
    held = {cell["site"] for cell in cells}
    columns = [site for site in (sites or SITES) if site in held]
    rows = list(dict.fromkeys(_row(cell) for cell in cells if cell["site"] in columns))
    by_place = {(_row(cell), cell["site"]): cell for cell in cells}
    labels = {row: _shortened(words.row_label(*row)) for row in rows}
    left = 2 * _MARGIN + _LETTER * max(len(label) for label in labels.values())
    body = [_HATCH, text(_MARGIN, 20, title, size=15, weight="bold")]
    for number, site in enumerate(columns):
        body.append(_column(site, left + _CELL * (number + 0.5)))
    width = left + _CELL * len(columns)
    factor, y = "", float(_TOP)
    for row in rows:
        if row[0] != factor:
            factor = row[0]
            body.append(line(_MARGIN, y, width, y, FAINT))
        body.append(text(_MARGIN, y + _ROW / 2 + 5, labels[row], size=13))
        for number, site in enumerate(columns):
            cell = by_place.get((row, site))
            if cell is not None:
                body.append(_cell(cell, left + _CELL * (number + 0.5), y + _ROW / 2))
        y += _ROW
    body += [line(_MARGIN, y, width, y, FAINT), *_legend(y + 26)]
    description = words.map_description([cell for cell in cells if cell["site"] in columns], title)
    return document(max(width, 560) + _MARGIN, y + 106, "".join(body), title, description)


def _row(cell: Mapping[str, Any]) -> tuple[str, str, str]:
    return cell["factor"], cell["level"], cell["against"]


def _shortened(label: str) -> str:
    return label if len(label) <= _LETTERS else f"{label[: _LETTERS - 1]}…"


def _column(site: str, x: float) -> str:
    """Heading of a column, in up to three lines."""
    lines = words.site(site).replace(" or ", " / ").split(" ")
    joined: list[str] = []
    for word in lines:
        if joined and len(joined[-1]) + len(word) < 9:
            joined[-1] += f" {word}"
        else:
            joined.append(word)
    start = _TOP - 10 - 14 * (len(joined) - 1)
    return "".join(
        text(x, start + 14 * number, part, size=12, anchor="middle") for number, part in enumerate(joined)
    )


_HATCH: Final = (
    '<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate(45)"><path d="M0 0v6" stroke="#9aa5ad" stroke-width="1.6"/></pattern></defs>'
)


def _cell(cell: Mapping[str, Any], x: float, y: float) -> str:
    """Marks of the directions found, beside one another, each with its number of groups of patients."""
    found = [word for word in ("increases", "decreases", "none") if cell[word]]
    back = _box(x, y) if cell["conflict"] else ""
    # Three directions stand a little closer than two.
    step = (_CELL - 6) / len(found) if len(found) > 1 else 0.0
    start = x - step * (len(found) - 1) / 2
    marks = [_mark(word, cell[word], start + step * number, y) for number, word in enumerate(found)]
    return f"<g>{back}{''.join(marks)}</g>"


def _box(x: float, y: float) -> str:
    width, height = _CELL - 4, _ROW - 4
    return (
        f'<rect x="{x - width / 2:g}" y="{y - height / 2:g}" width="{width}" height="{height}" rx="3" '
        f'fill="url(#hatch)" stroke="{QUIET}"/>'
    )


def _mark(direction: str, groups: int, x: float, y: float) -> str:
    """A triangle up or down, or a dot, with its number; white around so that it is read on hatching."""
    half = _SMALLEST + (_LARGEST - _SMALLEST) * sqrt((min(groups, _MOST) - 1) / (_MOST - 1))
    left, style = x - 5, f'fill="{COLOURS[direction]}" stroke="#fff" stroke-width="1.5" paint-order="stroke"'
    if direction == "none":
        shape = f'<circle cx="{left:.1f}" cy="{y:g}" r="{0.75 * half:.1f}" {style}/>'
    else:
        up = -1 if direction == "increases" else 1
        tip, base = y + up * half * 0.95, y - up * half * 0.8
        shape = f'<path d="M{left:.1f} {tip:.1f}L{left - half:.1f} {base:.1f}H{left + half:.1f}Z" {style}/>'
    number = (
        f'<text x="{left + half + 2:.1f}" y="{y + 4:g}" font-size="11" fill="{INK}" stroke="#fff" '
        f'stroke-width="2.5" paint-order="stroke">{groups}</text>'
    )
    return shape + number


def _legend(y: float) -> list[str]:
    marks = [
        (_mark("increases", 4, _MARGIN + 14, y - 4), words.DIRECTIONS["increases"], 30, 0),
        (_mark("decreases", 4, _MARGIN + 134, y - 4), words.DIRECTIONS["decreases"], 150, 0),
        (_mark("none", 4, _MARGIN + 254, y - 4), words.DIRECTIONS["none"], 270, 0),
    ]
    box = (
        f'<rect x="{_MARGIN}" y="{y + 14}" width="22" height="16" rx="3" fill="url(#hatch)" '
        f'stroke="{QUIET}"/>'
    )
    return [
        *(mark + text(_MARGIN + x, y + drop, meaning, size=12) for mark, meaning, x, drop in marks),
        box + text(_MARGIN + 30, y + 27, words.LEGEND_CONFLICT, size=12),
        text(_MARGIN, y + 52, words.LEGEND_MAP, size=12, colour=QUIET),
    ]
