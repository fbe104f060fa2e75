"""Bundles of mCODE for tests: parts to put together, as other systems write them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

Resource = dict[str, Any]
PROFILE = "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-"
SNOMED, LOINC = "http://snomed.info/sct", "http://loinc.org"
PATIENT = {"reference": "Patient/p"}


def concept(code: str, system: str = SNOMED, display: str | None = None) -> Resource:
    return {"coding": [{"system": system, "code": code} | ({"display": display} if display else {})]}


def patient(**changes: Any) -> Resource:
    return {"resourceType": "Patient", "id": "p", "gender": "female", "birthDate": "1960-03-01"} | changes


def primary(**changes: Any) -> Resource:
    return {
        "resourceType": "Condition",
        "meta": {"profile": [f"{PROFILE}primary-cancer-condition"]},
        "code": concept("254837009"),
        "subject": PATIENT,
        "onsetDateTime": "2010-03-01",
    } | changes


def secondary(code: str | None = "94222008", onset: str | None = "2013-03-01", **changes: Any) -> Resource:
    found: Resource = {
        "resourceType": "Condition",
        "meta": {"profile": [f"{PROFILE}secondary-cancer-condition|4.0.0"]},
        "code": concept(code or "128462008"),
        "subject": PATIENT,
    }
    return found | ({"onsetDateTime": onset} if onset else {}) | changes


def observation(code: str, system: str = LOINC, date: str | None = "2010-03-05", **value: Any) -> Resource:
    found: Resource = {
        "resourceType": "Observation",
        "status": "final",
        "code": concept(code, system),
        "subject": PATIENT,
    }
    return found | ({"effectiveDateTime": date} if date else {}) | value


def marker(code: str, value: str, date: str | None = "2010-03-05") -> Resource:
    return observation(code, date=date, valueCodeableConcept=concept(value))


def no_metastasis(date: str | None) -> Resource:
    return observation("1287652008", SNOMED, date, valueBoolean=False)


def visit(date: str) -> Resource:
    return {
        "resourceType": "Encounter",
        "status": "finished",
        "subject": PATIENT,
        "period": {"start": date, "end": date},
    }


def medicine(name: str, date: str, **changes: Any) -> Resource:
    return {
        "resourceType": "MedicationRequest",
        "status": "completed",
        "subject": PATIENT,
        "authoredOn": date,
        "medicationCodeableConcept": {"text": name},
    } | changes


POSITIVE, NEGATIVE = "10828004", "260385009"
ER, PR, HER2 = (marker(code, POSITIVE) for code in ("85337-4", "85339-0", "85319-2"))


def bundle(*resources: Resource, **changes: Any) -> Resource:
    entries = [{"resource": resource} for resource in resources]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries} | changes


def whole(*more: Resource, of: Resource | None = None) -> Resource:
    """A patient with a primary cancer that is ER positive, last seen in 2020, and more."""
    return bundle(patient() if of is None else of, primary(), ER, visit("2020-03-01"), *more)


def renamed(content: Resource, name: str) -> Resource:
    """The bundle of another patient."""
    text = (
        json.dumps(content)
        .replace('"Patient/p"', f'"Patient/{name}"')
        .replace('"id": "p"', f'"id": "{name}"')
    )
    found: Resource = json.loads(text)
    return found


def written(path: Path, *bundles: Resource | str) -> Path:
    lines = [found if isinstance(found, str) else json.dumps(found) for found in bundles]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
