"""From when a cBioPortal study counts survival, as the lines above its header say."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from organotropism.cohort.source import encoding_of

_FROM: Final = re.compile(
    r"\b(?:from|since|after)\s+(?:the\s+)?(.{3,80}?)(?:\s+(?:to|until|till)\b|[.;,]|$)", re.I
)
_DIAGNOSIS: Final = re.compile(r"diagnos|\bdx\b|surgery|primary", re.I)
_MOST_LINES: Final = 20


def clock_of(file: Path, column: str) -> str | None:
    """What the lines above the header say that a column of survival counts from; None for the diagnosis.

    Parameters
    ----------
    file : a clinical table of a study: lines that begin with # describe its columns
    column : name of the column of survival
    """
    with open(file, encoding=encoding_of(file), errors="replace") as stream:
        lines = [line.rstrip("\r\n") for _, line in zip(range(_MOST_LINES), stream, strict=False)]
    above = [line.lstrip("#").split("\t") for line in lines if line.startswith("#")]
    header = next((line.split("\t") for line in lines if line and not line.startswith("#")), [])
    if column not in header:
        return None
    place = header.index(column)
    for cells in above:
        match = _FROM.search(cells[place]) if place < len(cells) else None
        if match is not None and not _DIAGNOSIS.search(match[1]):
            return match[1].strip()
    return None
