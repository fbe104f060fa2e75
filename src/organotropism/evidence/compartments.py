"""What is published on molecular markers by compartment: how much, of which grade, and which effects."""

from __future__ import annotations

from collections import Counter
from typing import Any

from organotropism.evidence.load import associations
from organotropism.vocabulary import Compartment


def by_compartment() -> tuple[dict[str, Any], ...]:
    """Published associations of molecular markers with a site of metastasis, one entry a compartment.

    Returns
    -------
    Dictionaries with `block`, `associations`, `grades` (number by grade), `effects` (number that are an
    effect in patients with an interval, for a stated site and denominator), `studies` (number these come
    from) and `reasons` (why the others are none, with their number, most frequent first).
    """
    found = []
    for compartment in Compartment:
        rows = [row for row in associations() if row.domain == compartment]
        effects = [row for row in rows if row.usable == "model"]
        why = Counter(_reason(row.usable_reason) for row in rows if row.usable != "model")
        found.append(
            {
                "block": str(compartment),
                "associations": len(rows),
                "grades": dict(sorted(Counter(row.evidence_grade for row in rows).items())),
                "effects": len(effects),
                "studies": len({row.study_id for row in effects}),
                "reasons": dict(why.most_common()),
            }
        )
    return tuple(found)


def _reason(text: str) -> str:
    """The reason without the record it points to."""
    return "duplicate of another row" if text.startswith("duplicate") else text
