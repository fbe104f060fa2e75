"""Markers that were measured in patients, as a laboratory reports them: a number, or positive or negative."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from organotropism.errors import InputError, did_you_mean, one_of
from organotropism.markers.cutoffs import SCORE, Cutoffs
from organotropism.markers.definitions import Definition
from organotropism.markers.tables import MISSING, TextTable

_COLUMNS = ("marker", "value")
_WORDS = {
    "positive": True,
    "high": True,
    "present": True,
    "amplified": True,
    "negative": False,
    "low": False,
    "absent": False,
    "not amplified": False,
}
#: Published cut-offs as numbers: a value of at least this is positive.
PUBLISHED = {"MAF_16Q23_GAIN": 2.5}


@dataclass(frozen=True)
class Reading:
    """One marker of one patient.

    Attributes
    ----------
    marker : id of the marker
    text : value as given
    positive : None where a number has no cut-off to be held against
    by_published_rule : whether the call rests on the published cut-off, or on the laboratory's word
    """

    marker: str
    text: str
    positive: bool | None
    by_published_rule: bool


Readings = Mapping[str, tuple[Reading, ...]]


def read_measured(
    path: str | Path,
    definitions: Sequence[Definition],
    cutoffs: Cutoffs | None = None,
    further: Collection[str] = (),
) -> dict[str, tuple[Reading, ...]]:
    """Read a CSV or TSV with columns ``marker``, ``value`` and, for several patients, ``id`` first.

    Parameters
    ----------
    further : names of markers that have no definition; a number has no cut-off to be held against

    Returns
    -------
    dict
        Readings by id; "" where there is no column ``id``.

    Raises
    ------
    InputError
        A column is missing, a marker unknown or given twice, a value neither a number nor one of the words.
    """
    table = TextTable.of(Path(path))
    for name in _COLUMNS:
        if name not in table.header:
            raise InputError(
                "has no such column", file=str(path), row=1, field=name, expected="[id,] marker, value"
            )
    known: dict[str, Definition | None] = {definition.id: definition for definition in definitions}
    known = dict.fromkeys(further) | known
    found: dict[str, dict[str, Reading]] = {}
    for number, row in table.rows():
        name, text = row["marker"].strip(), row["value"].strip()
        if name not in known:
            raise InputError(
                f"is not a marker{did_you_mean(name, known)}",
                file=str(path),
                row=number,
                field="marker",
                value=name,
                expected="an id as `organotropism markers list` prints them",
            )
        mine = found.setdefault(row.get("id", "").strip(), {})
        if name in mine:
            raise InputError("is given twice", file=str(path), row=number, field="marker", value=name)
        if text not in MISSING:
            given = (cutoffs or {}).get(name, {})
            mine[name] = _reading(name, known[name], text, given, str(path), number)
    return {patient: tuple(mine.values()) for patient, mine in found.items()}


def _reading(
    name: str, definition: Definition | None, text: str, cutoffs: Mapping[str, float], file: str, row: int
) -> Reading:
    if text.lower() in _WORDS:
        published = definition is not None and definition.published_cutoff
        return Reading(name, text, _WORDS[text.lower()], published)
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InputError(
            "is not a value of a marker",
            file=file,
            row=row,
            field=name,
            value=text,
            expected=f"a number, {one_of(_WORDS)}",
        )
    if name in PUBLISHED:
        return Reading(name, text, value >= PUBLISHED[name], True)
    given = cutoffs.get(SCORE, next(iter(cutoffs.values())) if len(cutoffs) == 1 else None)
    if given is None or definition is None:
        return Reading(name, text, None, False)
    return Reading(name, text, (value >= given) is not bool(definition.down), False)
