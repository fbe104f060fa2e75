"""Tables to take along, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from io import StringIO
from typing import Any, Final

from organotropism import evidence

#: A spreadsheet takes a cell that begins with one of these for a formula.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")

TABLES: Final[dict[str, tuple[str, Callable[[], Iterable[Any]]]]] = {
    "studies": ("studies", lambda: evidence.studies().values()),
    "associations": ("relations between a factor and a site", evidence.associations),
    "counts": ("printed counts", evidence.counts),
    "baseline": ("rates over time", evidence.baseline),
    "course": ("course after metastasis", evidence.course),
    "markers": ("molecular markers", evidence.markers),
    "claims": ("claims of the review with verdicts", evidence.review_claims),
    "residuals": ("published against fitted", lambda: evidence.shipped_residuals().values()),
}


def safe(value: object) -> object:
    """A cell that no spreadsheet takes for a formula: text that looks like one begins with an apostrophe."""
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value


def as_csv(rows: Iterable[Mapping[str, object]]) -> str:
    """Rows as CSV with a header, formula-safe; blank without rows."""
    content = StringIO()
    writer = None
    for row in rows:
        if writer is None:
            writer = csv.DictWriter(content, list(row), lineterminator="\n")
            writer.writeheader()
        writer.writerow({name: safe(_joined(value)) for name, value in row.items()})
    return content.getvalue()


def table(name: str) -> str:
    """One table of the evidence as CSV."""
    return as_csv(asdict(row) for row in TABLES[name][1]())


def _joined(value: object) -> object:
    return ";".join(map(str, value)) if isinstance(value, tuple) else value
