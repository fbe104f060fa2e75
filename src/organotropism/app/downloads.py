"""Tables of the evidence to take along, safe to open in a spreadsheet."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import Any, Final

from organotropism import evidence
from organotropism.evidence.export import as_csv

TABLES: Final[dict[str, tuple[str, Callable[[], Iterable[Any]]]]] = {
    "studies": ("studies", lambda: evidence.studies().values()),
    "associations": ("relations of factor and site", evidence.associations),
    "counts": ("counts", evidence.counts),
    "baseline": ("rates over time", evidence.baseline),
    "course": ("course after metastasis", evidence.course),
    "markers": ("molecular markers", evidence.markers),
    "claims": ("claims and verdicts", evidence.review_claims),
    "residuals": ("published against fitted", lambda: evidence.shipped_residuals().values()),
}


def table(name: str) -> str:
    """One table as CSV; text that a spreadsheet would take for a formula begins with an apostrophe."""
    return as_csv([asdict(row) for row in TABLES[name][1]()])
