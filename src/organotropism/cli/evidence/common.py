"""What the actions on the evidence share: filters, formats, output."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from organotropism.cli.output import write_bytes, write_text
from organotropism.cli.parser import Parser
from organotropism.errors import InputError, did_you_mean, one_of

if TYPE_CHECKING:
    from organotropism.evidence import Finding

#: Known values are listed in a message up to this many.
_LISTED: Final = 20
_ENDINGS: Final = {
    ".txt": "text",
    ".csv": "csv",
    ".json": "json",
    ".bib": "bibtex",
    ".ris": "ris",
    ".svg": "svg",
    ".png": "png",
}
#: Filters of findings (`organotropism.evidence.map.selected`) and how they are explained.
FINDING_FILTERS: Final = {
    "factor": "subtype, age, n_category, grade, er, histology ..., or the name of a marker",
    "level": "TNBC, HR+/HER2+, older, positive, higher, lobular ...",
    "site": "bone, lung, liver, brain, any_distant, bone_only ...",
    "endpoint": "at_diagnosis, first_relapse, ever, time_to_site",
    "denominator": "all_patients or metastatic_patients",
    "compartment": "clinicopathological, primary tumour, microenvironment, exosome, ctc",
    "grade": "grades of evidence, such as A,B (the default: human breast cancer) or C",
    "species": "human, mouse or cell line, other cancer",
}


def add_output(parser: Parser, formats: Sequence[str]) -> None:
    """Add ``--format`` and ``--out``."""
    parser.add_argument("--format", metavar="WORD", help=f"{one_of(formats)}; default {formats[0]}")
    endings = [ending for ending, kind in _ENDINGS.items() if kind in formats]
    parser.add_argument("--out", metavar="FILE", help=f"write there; {one_of(endings)} sets the format")


def add_filters(parser: Parser, filters: Mapping[str, str]) -> None:
    """Add one option for each filter."""
    for name, explanation in filters.items():
        parser.add_argument(f"--{name}", metavar="WORD", help=explanation)


def read_format(given: argparse.Namespace, formats: Sequence[str]) -> str:
    """Format that the options ask for; the first of the allowed ones where they do not."""
    by_name = None if given.out is None else _ENDINGS.get(Path(given.out).suffix.lower())
    if given.format is not None and by_name not in (None, given.format):
        raise InputError(
            f"contradicts --out {given.out}", field="--format", value=given.format, expected=by_name
        )
    found: str = given.format or by_name or formats[0]
    if found not in formats:
        field, value = ("--format", given.format) if given.format else ("--out", given.out)
        raise InputError("is not a format", field=field, value=value, expected=one_of(formats))
    return found


def write(content: str | bytes, given: argparse.Namespace, *, coloured: bool = False) -> None:
    """Write to the file of ``--out``, or to standard output; `coloured` as for `write_text`."""
    target = None if given.out is None else Path(given.out)
    if isinstance(content, bytes):
        write_bytes(content, target)
    else:
        write_text(content, target, coloured=coloured)


def as_json(content: object) -> str:
    """Indented JSON text."""
    return json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def width() -> int:
    """Columns of the terminal, 80 where there is none."""
    return shutil.get_terminal_size().columns


def colour(given: argparse.Namespace) -> bool:
    """Whether headings are marked: on a terminal only."""
    return given.out is None and sys.stdout.isatty()


def chosen_findings(given: argparse.Namespace) -> list[Finding]:
    """Findings that match the options of `FINDING_FILTERS`.

    Raises
    ------
    InputError
        A value that no finding has, or nothing that has all of them.
    """
    from organotropism.evidence import findings, selected

    everything = findings()
    filters = {name: getattr(given, name) for name in FINDING_FILTERS if name != "grade"}
    filters = {name: _read(name, value, everything) for name, value in filters.items()}
    grades = None
    if given.grade is not None:
        grades = frozenset(part.strip() for part in given.grade.split(","))
        for grade in sorted(grades):
            _read("grade", grade, everything)
    found = selected(everything, grades=grades, **filters)
    if not found:
        raise InputError("no finding has all of this", expected="fewer filters, or --grade A,B,C,D,E")
    return found


def _read(name: str, value: str | None, everything: Sequence[Finding]) -> str | None:
    """The value of the findings that a given one stands for."""
    from organotropism.evidence.names import nearest

    if value is None:
        return None
    known = {getattr(row, name) for row in everything}
    if name == "factor":
        known |= {row.name for row in everything}
    if name == "level":
        known |= {row.comparison.level for row in everything}
    listed = sorted(text for text in known if text)
    near = nearest(value, tuple(listed))
    if near is None:
        expected = one_of(listed) if len(listed) <= _LISTED else "one of the evidence"
        raise InputError(
            f"is not a {name} of the evidence",
            field=f"--{name}",
            value=value,
            expected=f"{expected}{did_you_mean(value, listed)}",
        )
    return near
