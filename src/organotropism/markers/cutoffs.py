"""Cut-offs of the user, for markers whose own were never published."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from organotropism.errors import InputError, did_you_mean, one_of
from organotropism.markers.definitions import Definition, Kind

#: Name of the cut-off of a score made of several genes.
SCORE = "score"
Cutoffs = Mapping[str, Mapping[str, float]]
_BY_SCORE = (Kind.SIGNED_SET, Kind.MEAN)
_BY_GENE = (Kind.SINGLE, Kind.ALL, Kind.PANEL, Kind.QUARTILE)


def read_cutoffs(path: str | Path, definitions: Sequence[Definition]) -> Cutoffs:
    """Read a TOML file with one table per marker: ``SYMBOL = number``, or ``score = number``.

    Raises
    ------
    InputError
        The file is no TOML, or names a marker, gene or score that there is no cut-off for.
    """
    file = str(path)
    try:
        with open(path, "rb") as handle:
            content = tomllib.load(handle)
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", file=file) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"is not valid TOML ({error})", file=file) from error
    known = {definition.id: definition for definition in definitions}
    return {name: _table(name, table, known, file) for name, table in content.items()}


def _table(name: str, table: object, known: Mapping[str, Definition], file: str) -> dict[str, float]:
    if name not in known:
        raise InputError(
            f"is not a marker{did_you_mean(name, known)}",
            file=file,
            value=name,
            expected="an id as `organotropism markers list` prints them",
        )
    definition = known[name]
    takes = (SCORE,) if definition.kind in _BY_SCORE else definition.genes
    if definition.kind not in (*_BY_SCORE, *_BY_GENE):
        raise InputError(f"takes no cut-off: {definition.kind}", file=file, field=name)
    if not isinstance(table, dict):
        raise InputError("is not a table", file=file, field=name, expected=f"[{name}] and a line for each")
    for key, value in table.items():
        if key not in takes:
            raise InputError("has no cut-off here", file=file, field=name, value=key, expected=one_of(takes))
        if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value):
            raise InputError("is not a number", file=file, field=f"{name}.{key}", value=value)
    return {key: float(value) for key, value in table.items()}
