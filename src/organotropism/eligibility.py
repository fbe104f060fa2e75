"""Of whom the model speaks: what is refused, and what is answered with a warning."""

from __future__ import annotations

import re
from typing import Final

from organotropism.clinical_terms import read_age
from organotropism.patient import Patient

_USUAL_AGE: Final = (25, 85)
_USUAL_SIZE_MM: Final = (1, 150)
_MOST_USUAL_NODES: Final = 20

_FLAGGED: Final = {
    "neoadjuvant": "neoadjuvant: size and nodes after treatment are not those at diagnosis",
    "pregnant": "pregnant: hardly any of the evidence is from pregnancy",
    "previous_cancer": "previous_cancer: a metastasis may come from the earlier cancer",
    "bilateral": "bilateral: the forecast is for one cancer; the fields should be those of the higher risk",
    "inflammatory": "inflammatory: taken as T4; the risk is at least the one forecast, and earlier",
}

_UNCOVERED: Final = {
    "CDK4/6 inhibitors": re.compile(r"palbociclib|ribociclib|abemaciclib|dalpiciclib|cdk ?4", re.I),
    "antibody-drug conjugates": re.compile(
        r"deruxtecan|emtansine|sacituzumab|govitecan|\bt-?dm1\b|\bt-?dxd\b|antibody[- ]drug", re.I
    ),
    "PARP inhibitors": re.compile(r"olaparib|talazoparib|niraparib|\bparp", re.I),
    "immunotherapy": re.compile(
        r"pembrolizumab|atezolizumab|durvalumab|nivolumab|immunotherapy|\bpd-?l?1\b", re.I
    ),
}
"""Treatments newer than the evidence."""


def check_eligibility(patient: Patient) -> list[str]:
    """Say where the evidence is thin for this patient.

    Returns
    -------
    list of str
        Warnings, one line each, without values of the record; empty where there is nothing to say.

    Raises
    ------
    IneligibleError
        Below 18 years. In situ cancers, phyllodes tumours, sarcomas and benign disease are refused in the
        same way when the record is read.
    """
    read_age(patient.age)
    return [*_person(patient), *_tumour(patient), *_treatment(patient)]


def _person(patient: Patient) -> list[str]:
    warnings = []
    if patient.sex == "male":
        warnings.append("sex male: the evidence is almost only from women")
    if patient.age is not None and not _USUAL_AGE[0] <= patient.age <= _USUAL_AGE[1]:
        warnings.append(
            f"age: few patients of the evidence are outside {_USUAL_AGE[0]} to {_USUAL_AGE[1]} years"
        )
    warnings += [text for field, text in _FLAGGED.items() if getattr(patient, field)]
    return warnings


def _tumour(patient: Patient) -> list[str]:
    warnings = []
    if all(value is None for value in (patient.er, patient.pr, patient.her2, patient.subtype)):
        warnings.append("no receptor is known: averaged over all subtypes")
    low, high = _USUAL_SIZE_MM
    if patient.size_mm is not None and not low <= patient.size_mm <= high:
        warnings.append(
            f"size_mm: few tumours of the evidence are outside {low} to {high} mm; check the unit"
        )
    if patient.positive_nodes is not None and patient.positive_nodes > _MOST_USUAL_NODES:
        warnings.append(f"positive_nodes: few patients of the evidence have more than {_MOST_USUAL_NODES}")
    if patient.er == "negative" and patient.pr == "positive":
        warnings.append("er negative with pr positive: rare, and often not confirmed by a second test")
    if patient.m is None and not any(found.years == 0 for found in patient.involved):
        warnings.append("M unknown: taken as M0")
    if patient.pam50 is not None:
        warnings.append("pam50: not used by this model")
    return warnings


def _treatment(patient: Patient) -> list[str]:
    warnings = []
    chemotherapy = patient.chemotherapy not in {None, "none"}
    if patient.neoadjuvant and (chemotherapy or patient.endocrine_therapy or patient.anti_her2_therapy):
        warnings.append("neoadjuvant with systemic treatment: effects used are those of adjuvant treatment")
    if _untreated(patient):
        warnings.append(
            "untreated: adjusted from treated women by randomised effects, not observed in untreated women"
            " of this year"
        )
    kinds = [
        [kind for kind, names in _UNCOVERED.items() if names.search(name)]
        for name in patient.other_treatments
    ]
    newer = {kind for named in kinds for kind in named}
    warnings += [f"{kind}: newer than the evidence, not used" for kind in _UNCOVERED if kind in newer]
    if not all(kinds):
        warnings.append("other_treatments: not used by this model")
    return warnings


def _untreated(patient: Patient) -> bool:
    """Whether no systemic treatment was given: some is stated, and none of it was."""
    stated = (patient.chemotherapy, patient.endocrine_therapy, patient.anti_her2_therapy)
    known = [value for value in stated if value is not None]
    return bool(known) and all(value in ("none", False) for value in known)
