"""Determinants as text or page."""

from __future__ import annotations

from organotropism.explain.blocks import BLOCK_OF, BLOCKS
from organotropism.explain.determinants import Determinants, Key
from organotropism.present import wording_determinants as words
from organotropism.present.console import WIDEST
from organotropism.present.sections import Row, Section, sections_page, sections_text
from organotropism.process.document import RESEARCH_ONLY

_PARTS = ("whether", "how many", "where")


def determinants_text(found: Determinants, *, width: int = WIDEST, colour: bool = False) -> str:
    """Text of determinants.

    Parameters
    ----------
    width : columns, at most `WIDEST` are used
    colour : whether to mark headings for a terminal
    """
    head = Section(words.title(found), note="\n".join(words.answer(found)))
    return sections_text([head, *determinants_sections(found)], width=width, colour=colour)


def determinants_page(found: Determinants, figure: str) -> str:
    """The same as one page of HTML, with the figure (SVG)."""
    head = [Section(note=line) for line in words.answer(found)]
    return sections_page(words.title(found), [*head, Section(figure=figure), *determinants_sections(found)])


def determinants_sections(found: Determinants) -> list[Section]:
    """The tables, in the order in which they are read."""
    sections = [_explained(found)]
    if found.not_in_model:
        sections.append(_not_in_model(found))
    if found.observed is not None:
        sections.append(Section(words.OBSERVED, note=words.observed(found.observed)))
    sections += [_sites(found), _alone(found)]
    model = found.model
    return [*sections, Section(note=f"Model: {model.name}, version {model.version}. {RESEARCH_ONLY}")]


def factors_of(found: Determinants, block: str) -> list[str]:
    """Factors of a block that the population tells apart, largest part in any column first."""
    size: dict[str, float] = {}
    for key, number in found.numbers.items():
        if key.quantity == "explained" and key.part in _PARTS and BLOCK_OF.get(key.name) == block:
            size[key.name] = max(size.get(key.name, 0.0), number.value / found.get(key.part).value)
    return sorted(size, key=lambda name: -size[name])


def _explained(found: Determinants) -> Section:
    rows = []
    for block in BLOCKS:
        factors = factors_of(found, block)
        if not factors:
            rows.append(Row(words.block_label(block), (words.UNKNOWN_CELL,) * 3, "strong"))
            continue
        rows.append(Row(words.block_label(block), _cells(found, block), "strong"))
        rows += [Row(f"  {words.FACTORS[name]}", _cells(found, name)) for name in factors]
    rows.append(Row("all", _cells(found, "all"), "strong"))
    headers = (words.WHETHER, words.HOW_MANY, words.WHERE)
    return Section(words.EXPLAINED, headers, tuple(rows), words.NOTE)


def _cells(found: Determinants, name: str) -> tuple[str, ...]:
    """Explained of each part; a factor on which a part does not depend has none."""
    cells = []
    for part in _PARTS:
        number = found.numbers.get(Key(part, "explained", name))
        cells.append(words.NOT_MODELLED if number is None else words.percent(number))
    return tuple(cells)


def _not_in_model(found: Determinants) -> Section:
    rows = tuple(
        Row(words.marker_label(entry.block), words.not_in_model(entry)) for entry in found.not_in_model
    )
    headers = ("associations", "by grade", "effects in patients", "why the others are none")
    return Section(words.NOT_IN_MODEL, headers, rows, words.NOT_IN_MODEL_NOTE, words=3)


def _sites(found: Determinants) -> Section:
    sites = found.model.layout.sites
    names = sorted(
        {key.name for key in found.numbers if key.quantity == "share" and key.name in BLOCK_OF},
        key=lambda name: -max(found.get(site, "share", name).value for site in sites),
    )
    rows = [
        Row(words.FACTORS[name], tuple(words.whole(found.get(site, "share", name)) for site in sites))
        for name in names
    ]
    spread = tuple(f"{found.get(site, 'spread').value:.2f}" for site in sites)
    rows.append(Row(words.SPREAD, spread, "quiet"))
    return Section(words.SITES, tuple(sites), tuple(rows), words.SITES_NOTE)


def _alone(found: Determinants) -> Section:
    names = [key.name for key in found.numbers if key.part == "whether" and key.quantity == "alone"]
    names.sort(key=lambda name: -found.get("whether", "alone", name).value)
    parts = ("whether", "whether, years 0-5", "whether, years 5-10", "where")
    rows = tuple(
        Row(words.FACTORS[name], tuple(words.percent(found.get(part, "alone", name)) for part in parts))
        for name in names
    )
    headers = (words.WHETHER, "years 0-5", "years 5-10", words.WHERE)
    return Section(words.ALONE, headers, rows, words.ALONE_NOTE)
