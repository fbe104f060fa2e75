"""Evidence in the formats of other programs: CSV, BibTeX, RIS."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from organotropism.csv_files import records_csv
from organotropism.evidence.load import studies

#: "Xiao W et al.", "Pan H et al. (EBCTCG)", "Yang et al.": family name, initials.
_AUTHOR: Final = re.compile(
    r"(?P<family>.+?)(?: (?P<initials>[A-Z][A-Z-]*))?(?P<others> et al\.)?(?: \(.*\))?"
)
_TEX: Final = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#",
    "_": r"\_", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Citation:
    """What is known of a source, as far as it is known.

    Attributes
    ----------
    key : study id
    author : first author as ``Family, Initials``, blank where only a description is known
    others : whether there are more authors
    title, journal, doi, pmid, url : blank where unknown; a title in brackets is a description
    year : None where unknown
    note : how it was read, and whether the citation was confirmed
    """

    key: str
    author: str
    others: bool
    year: int | None
    title: str
    journal: str
    doi: str
    pmid: str
    url: str
    note: str


def as_csv(rows: Sequence[Mapping[str, object]]) -> str:
    """Comma-separated text with a header line.

    A cell of text that a spreadsheet would take for a formula gets an apostrophe in front; numbers are
    written as they are. Several values in one cell are separated by ``;``.

    Parameters
    ----------
    rows : records with the same keys, at least one
    """
    return records_csv([{key: _cell(value) for key, value in row.items()} for row in rows], list(rows[0]))


def _cell(value: object) -> object:
    return ";".join(str(part) for part in value) if isinstance(value, list | tuple) else value


def citations(keys: Iterable[str] | None = None) -> list[Citation]:
    """Sources by study id, in the order of the tables; all unless `keys` are given.

    References of the starting review that could not be identified have nothing to cite and are left out.
    """
    found: dict[str, Citation] = {}
    for study in studies().values():
        if study.authors_short or (study.title and not study.title.startswith("[")):
            note = f"read: {study.read_level}; citation {'' if study.verified == 'yes' else 'not '}confirmed"
            found[study.study_id] = _citation(
                study.study_id,
                study.authors_short,
                study.year,
                title=study.title,
                journal=study.journal,
                doi=study.doi,
                pmid=study.pmid,
                url=study.url,
                note=note,
            )
    if keys is None:
        return list(found.values())
    wanted = set(keys)
    return [citation for key, citation in found.items() if key in wanted]


def _citation(
    key: str,
    authors: str,
    year: int | None,
    *,
    title: str = "",
    journal: str = "",
    doi: str = "",
    pmid: str = "",
    url: str = "",
    note: str = "",
) -> Citation:
    author, others = _first_author(authors)
    # Where no title is known, the words that describe the source stand for it, in brackets as in studies.csv.
    shown = title or (f"({authors})" if not author else "")
    return Citation(key, author, others, year, shown, journal, doi, pmid, url, note)


def _first_author(text: str) -> tuple[str, bool]:
    """First author as ``Family, Initials`` and whether there are others; blank for a description."""
    first = text.split(",", maxsplit=1)[0]
    match = _AUTHOR.fullmatch(first)
    if match is None or not (match["initials"] or match["others"]):
        return "", False
    name = ", ".join(part for part in (match["family"], match["initials"]) if part)
    return name, first != text or match["others"] is not None


def as_bibtex(rows: Iterable[Citation]) -> str:
    """BibTeX entries: articles where a journal is known, else misc."""
    return "\n".join(_bibtex(row) for row in rows)


def _bibtex(row: Citation) -> str:
    author = f"{_tex(row.author)} and others" if row.others else _tex(row.author)
    fields = {
        "author": author,
        # Two braces keep the capitals of gene names.
        "title": f"{{{_tex(row.title)}}}" if row.title else "",
        "journal": _tex(row.journal),
        "year": "" if row.year is None else str(row.year),
        "doi": row.doi,
        "pmid": row.pmid,
        "url": row.url if row.url.startswith("http") else "",
        "note": _tex(row.note),
    }
    lines = [f"  {name} = {{{value}}},\n" for name, value in fields.items() if value]
    kind = "article" if row.journal and row.author and row.year else "misc"
    return f"@{kind}{{{row.key},\n{''.join(lines)}}}\n"


def _tex(text: str) -> str:
    return "".join(_TEX.get(char, char) for char in text)


def as_ris(rows: Iterable[Citation]) -> str:
    """RIS records (one tag a line, two spaces, hyphen, blank; CRLF), as reference managers read them."""
    return "".join(_ris(row) for row in rows)


def _ris(row: Citation) -> str:
    others = "; first author only" if row.others else ""
    tags = (
        ("TY", "JOUR" if row.journal else "GEN"),
        ("ID", row.key),
        ("AU", row.author),
        ("TI", row.title),
        ("JO", row.journal),
        ("PY", "" if row.year is None else str(row.year)),
        ("DO", row.doi),
        ("AN", f"PMID {row.pmid}" if row.pmid else ""),
        ("UR", row.url if row.url.startswith("http") else ""),
        ("N1", f"{row.note}{others}"),
    )
    lines = [f"{tag}  - {value}\r\n" for tag, value in tags if value]
    return f"{''.join(lines)}ER  - \r\n\r\n"
