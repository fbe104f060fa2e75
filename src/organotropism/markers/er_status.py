"""ER status of samples, from a table that lies beside the expression."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from organotropism.errors import InputError
from organotropism.markers.expression import Array
from organotropism.markers.tables import MISSING, TextTable

_WORDS = {
    "1": 1.0,
    "1.0": 1.0,
    "positive": 1.0,
    "pos": 1.0,
    "+": 1.0,
    "er+": 1.0,
    "0": 0.0,
    "0.0": 0.0,
    "negative": 0.0,
    "neg": 0.0,
    "-": 0.0,
    "er-": 0.0,
}
_UNKNOWN = {"unknown", "indeterminate", "?"}
_NAMES = ("sample", "sample_id", "id", "patient_id")


def read_er(path: str | Path, samples: Sequence[str]) -> Array:
    """ER status (samples,): 1 positive, 0 negative, NaN unknown or not in the table.

    Parameters
    ----------
    path : CSV or TSV with a column ``er`` and one of sample names (named sample or id, else the first)
    samples : names to look for

    Raises
    ------
    InputError
        No column ``er``, a status that is none, or none of the samples.
    """
    table = TextTable.of(Path(path))
    columns = {name.lower(): name for name in table.header}
    if "er" not in columns:
        raise InputError("has no such column", file=str(path), row=1, field="er")
    # The first column comes first: R writes the names of the samples there, without a header.
    candidates = [table.header[0], *(columns[name] for name in _NAMES if name in columns)]
    rows = list(table.rows())
    wanted = set(samples)
    named = max(candidates, key=lambda name: sum(row[name] in wanted for _, row in rows))
    status: dict[str, float] = {}
    for number, row in rows:
        text = row[columns["er"]].strip()
        if text in MISSING or text.lower() in _UNKNOWN:
            continue
        if text.lower() not in _WORDS:
            raise InputError(
                "is not an ER status",
                file=str(path),
                row=number,
                field=columns["er"],
                value=text,
                expected="positive, negative, 1, 0 or NA",
            )
        status[row[named]] = _WORDS[text.lower()]
    if not any(row[named] in wanted for _, row in rows):
        raise InputError("names none of the samples", file=str(path), field=named)
    return np.array([status.get(sample, np.nan) for sample in samples])
