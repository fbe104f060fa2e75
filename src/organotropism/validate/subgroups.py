"""Subgroups in which a model is looked at: subtype, age, nodes, period of diagnosis."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from organotropism.patient import Patient

Bools = NDArray[np.bool_]

UNKNOWN: Final = "unknown"


def _subtype(patient: Patient) -> str:
    """Clinical subtype; where it is open, what is known of the receptors."""
    if patient.clinical_subtype is not None:
        return patient.clinical_subtype
    known = {"ER": patient.er, "HER2": patient.her2}
    if not any(known.values()):
        return UNKNOWN
    return ", ".join(f"{name} {status or UNKNOWN}" for name, status in known.items())


def _age(patient: Patient) -> str:
    if patient.age is None:
        return UNKNOWN
    return next(
        label for end, label in ((50, "under 50"), (70, "50-69"), (200, "70 and over")) if patient.age < end
    )


def _nodes(patient: Patient) -> str:
    if patient.positive_nodes is not None:
        return next(
            label
            for last, label in ((0, "0"), (3, "1-3"), (1000, "4 or more"))
            if patient.positive_nodes <= last
        )
    return {"N0": "0", "N1": "1-3", "N2": "4 or more", "N3": "4 or more"}.get(patient.n or "", UNKNOWN)


def _period(patient: Patient) -> str:
    year = patient.year_of_diagnosis
    return UNKNOWN if year is None else f"{year // 10 * 10}-{year // 10 * 10 + 9}"


GROUPINGS: Final[dict[str, Callable[[Patient], str]]] = {
    "subtype": _subtype,
    "age": _age,
    "nodes": _nodes,
    "period": _period,
}
"""What the patients are grouped by, each with the label of a patient's group."""

_ORDER: Final = ("under 50", "50-69", "70 and over", "0", "1-3", "4 or more")


def subgroups(patients: tuple[Patient, ...]) -> dict[tuple[str, str], Bools]:
    """Masks (n,) of the patients in each group, by grouping and label; unknown is a group, the last."""
    found: dict[tuple[str, str], Bools] = {}
    for grouping, label_of in GROUPINGS.items():
        labels = np.array([label_of(patient) for patient in patients])
        names = sorted(set(labels.tolist()), key=lambda name: (name == UNKNOWN, _place(name), name))
        found |= {(grouping, name): labels == name for name in names}
    return found


def _place(name: str) -> int:
    return _ORDER.index(name) if name in _ORDER else -1
