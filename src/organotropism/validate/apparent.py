"""Has the model seen these patients? Told by id and digest of the cohort, never by its name alone.

The scores of a model learnt here are *apparent*, as good as they get. Cohort and model carry the random id
that import gave the cohort, which subsets inherit, and one digest of the whole (`cohort.identity`). Models
from before there were such marks can only be suspected, by name and counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from organotropism.cohort.identity import digest
from organotropism.cohort.schema import Cohort
from organotropism.process.model import Model
from organotropism.validate.where import presented

Kind = Literal["yes", "in part", "perhaps"]


@dataclass(frozen=True)
class Apparent:
    """Why the scores of a model in a cohort are not those in new patients.

    Attributes
    ----------
    kind : the same patients; a part of the same import, which may be the same ones; or not to be told
    why : a phrase without a full stop
    """

    kind: Kind
    why: str


def apparent(model: Model, cohort: Cohort) -> Apparent | None:
    """Whether the model, or one that it was learnt with as prior, saw patients of the cohort; None if not."""
    own = digest(cohort)
    found = [
        verdict
        for learnt in _cohorts(model.provenance)
        if (verdict := _judged(learnt, cohort, own)) is not None
    ]
    order: tuple[Kind, ...] = ("yes", "in part", "perhaps")
    return min(found, key=lambda verdict: order.index(verdict.kind)) if found else None


def _cohorts(provenance: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    learnt = provenance.get("learnt_from")
    if isinstance(learnt, Mapping) and "cohort" in learnt:
        yield learnt
    prior = provenance.get("prior_provenance")
    if isinstance(prior, Mapping):
        yield from _cohorts(prior)


def _judged(learnt: Mapping[str, Any], cohort: Cohort, own: str) -> Apparent | None:
    name = learnt["cohort"]
    if learnt.get("digest") == own:
        return Apparent(
            "yes", f"the model was learnt from these very patients (as {name}): its scores are apparent"
        )
    if cohort.cohort_id is not None and learnt.get("cohort_id") == cohort.cohort_id:
        return Apparent(
            "in part",
            f"the model was learnt from patients of the same import ({name}), of whom this cohort is another "
            "selection: where the two share patients its scores are apparent",
        )
    if "digest" in learnt:
        return None
    counted = {"patients": len(cohort), "sets_found": int(presented(cohort, cohort.sites).sum())}
    alike = all(learnt.get(key) == count for key, count in counted.items())
    if not alike and name != cohort.name:
        return None
    why = "which has as many patients and relapses" if alike else "which has the same name but other numbers"
    return Apparent(
        "perhaps",
        f"the model was learnt from {name}, {why}, and its file holds no digest of the patients: if they are "
        "these its scores are apparent",
    )
