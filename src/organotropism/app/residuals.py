"""How the literature model fits each published number, as the package ships it."""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources
from typing import Any, Final

_NUMBERS: Final = ("published", "se", "fitted", "residual", "weight")


@cache
def rows() -> tuple[dict[str, Any], ...]:
    """One record per row of evidence, used or set aside; numbers are None where set aside."""
    file = resources.files("organotropism") / "models" / "literature_residuals.csv"
    with file.open(encoding="utf-8", newline="") as stream:
        return tuple(
            {name: _typed(name, value) for name, value in row.items()} for row in csv.DictReader(stream)
        )


def _typed(name: str, value: str) -> str | float | None:
    if name in _NUMBERS:
        return float(value) if value else None
    return value
