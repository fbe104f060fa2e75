"""Formats of results: which one is asked for, and tables as CSV."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from organotropism.csv_files import records_csv
from organotropism.errors import InputError, one_of

_ENDINGS: Final = {
    ".txt": "text",
    ".json": "json",
    ".csv": "csv",
    ".html": "html",
    ".htm": "html",
    ".svg": "svg",
    ".png": "png",
    ".pdf": "pdf",
}


def chosen_format(word: str | None, out: str | None, allowed: Sequence[str]) -> str:
    """Format that the options ask for: `--format`, else the ending of `--out`, else the first allowed.

    Raises
    ------
    InputError
        For a format that is not allowed, or that contradicts the ending of the file.
    """
    by_name = None if out is None else _ENDINGS.get(Path(out).suffix.lower())
    if word is not None and by_name not in (None, word):
        raise InputError(f"contradicts --out {out}", field="--format", value=word, expected=by_name)
    found = word or by_name or allowed[0]
    if found not in allowed:
        field, value = ("--out", out) if word is None else ("--format", word)
        raise InputError(
            "is not a format of this command", field=field, value=value, expected=one_of(allowed)
        )
    return found


def csv_text(rows: Iterable[Mapping[str, Any]]) -> str:
    """Rows with the same keys, at least one, as CSV with a header."""
    listed = list(rows)
    return records_csv(listed, list(listed[0]))
