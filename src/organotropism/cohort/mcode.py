"""Bundles of FHIR R4 with mCODE STU4 profiles: the elements that are read, and one bundle as typed resources.

Everything else in a bundle is ignored, and every resource that is not used is counted with the reason.
Profiles: https://hl7.org/fhir/us/mcode/ (version 4.0.0).
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

EPOCH: Final = date(1970, 1, 1)
_DATE: Final = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2})(?:[T ].*)?)?)?")
#: The middle of a year or month stands for one that is not told any finer.
_MID_MONTH, _MID_YEAR = 15, (7, 1)


class Element(BaseModel):
    """A part of a resource; what is not named here is ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


class Coding(Element):
    """A code of a code system."""

    system: str | None = None
    code: str | None = None
    display: str | None = None


class CodeableConcept(Element):
    """A concept, by one code or several, or by text."""

    coding: tuple[Coding, ...] = ()
    text: str | None = None


class Quantity(Element):
    """A number with its unit; `code` is UCUM's."""

    value: float | None = None
    unit: str | None = None
    code: str | None = None


class Reference(Element):
    """A reference to another resource of the bundle."""

    reference: str | None = None


class Period(Element):
    """A span of time."""

    start: str | None = None
    end: str | None = None


def _start(period: Period | None) -> str | None:
    return None if period is None else period.start


class Extension(Element):
    """An extension with a coded value."""

    url: str = ""
    valueCodeableConcept: CodeableConcept | None = None


class Component(Element):
    """One part of an observation."""

    code: CodeableConcept | None = None
    valueQuantity: Quantity | None = None


class Meta(Element):
    """Profiles and security labels."""

    profile: tuple[str, ...] = ()
    security: tuple[Coding, ...] = ()


class Resource(Element):
    """What all resources have."""

    id: str | None = None
    meta: Meta = Meta()
    subject: Reference | None = None
    status: str | None = None

    def conforms_to(self, profile: str) -> bool:
        """Whether the resource says that it follows a profile, given by the end of its address."""
        return any(name.partition("|")[0].endswith(f"/{profile}") for name in self.meta.profile)

    def dates(self) -> tuple[str | None, ...]:
        """The times at which something of the patient was recorded, as written."""
        return ()


class PatientResource(Resource):
    """CancerPatient."""

    gender: str | None = None
    birthDate: str | None = None
    deceasedBoolean: bool | None = None
    deceasedDateTime: str | None = None


class Condition(Resource):
    """PrimaryCancerCondition and SecondaryCancerCondition."""

    code: CodeableConcept | None = None
    bodySite: tuple[CodeableConcept, ...] = ()
    verificationStatus: CodeableConcept | None = None
    onsetDateTime: str | None = None
    onsetPeriod: Period | None = None
    recordedDate: str | None = None
    extension: tuple[Extension, ...] = ()

    @property
    def onset(self) -> str | None:
        """When it began, else when it was recorded."""
        return self.onsetDateTime or _start(self.onsetPeriod) or self.recordedDate

    @property
    def verification(self) -> str:
        """Code of the verification status; empty where it is left out."""
        codings = self.verificationStatus.coding if self.verificationStatus else ()
        return next((coding.code for coding in codings if coding.code), "")

    def dates(self) -> tuple[str | None, ...]:
        """Onset and record."""
        return self.onset, self.recordedDate


class Observation(Resource):
    """TumorMarkerTest, TNM categories, TumorSize, HistologicGrade, HistoryOfMetastaticCancer and the like."""

    code: CodeableConcept | None = None
    valueCodeableConcept: CodeableConcept | None = None
    valueQuantity: Quantity | None = None
    valueInteger: int | None = None
    valueBoolean: bool | None = None
    valueString: str | None = None
    interpretation: tuple[CodeableConcept, ...] = ()
    component: tuple[Component, ...] = ()
    effectiveDateTime: str | None = None
    effectivePeriod: Period | None = None

    @property
    def effective(self) -> str | None:
        """When it was true of the patient."""
        return self.effectiveDateTime or _start(self.effectivePeriod)

    def dates(self) -> tuple[str | None, ...]:
        """When it was true of the patient."""
        return (self.effective,)


class Medication(Resource):
    """CancerRelatedMedicationRequest and CancerRelatedMedicationAdministration, and MedicationStatement."""

    medicationCodeableConcept: CodeableConcept | None = None
    doNotPerform: bool | None = None
    authoredOn: str | None = None
    effectiveDateTime: str | None = None
    effectivePeriod: Period | None = None

    @property
    def when(self) -> str | None:
        """When it was given, else ordered."""
        return (
            self.effectiveDateTime or (self.effectivePeriod and self.effectivePeriod.start) or self.authoredOn
        )

    def dates(self) -> tuple[str | None, ...]:
        """When it was given or ordered."""
        return (self.when,)


class Procedure(Resource):
    """RadiotherapyCourseSummary, mammography; others only for their dates."""

    code: CodeableConcept | None = None
    reasonCode: tuple[CodeableConcept, ...] = ()
    performedDateTime: str | None = None
    performedPeriod: Period | None = None

    @property
    def when(self) -> str | None:
        """When it was done or began."""
        return self.performedDateTime or _start(self.performedPeriod)

    def dates(self) -> tuple[str | None, ...]:
        """When it was done or began."""
        return (self.when,)


class Encounter(Resource):
    """A contact with the patient: only its date is read."""

    period: Period | None = None

    def dates(self) -> tuple[str | None, ...]:
        """Beginning and end."""
        return (self.period.start, self.period.end) if self.period else ()


_TYPES: Final[dict[str, type[Resource]]] = {
    "Patient": PatientResource,
    "Condition": Condition,
    "Observation": Observation,
    "MedicationRequest": Medication,
    "MedicationAdministration": Medication,
    "MedicationStatement": Medication,
    "Procedure": Procedure,
    "Encounter": Encounter,
}
#: Status of what was planned, cancelled or wrong.
_VOID: Final = frozenset(
    {"entered-in-error", "cancelled", "not-done", "not-taken", "preparation", "intended", "draft"}
    | {"registered", "planned", "unknown"}
)
Kind = TypeVar("Kind", bound=Resource)
NOT_JSON: Final = "not JSON"
"""Why a text that cannot even be parsed is not a bundle."""


class NotOnePatient(Exception):
    """A text that is not the bundle of one patient; the message says why, without a value of it."""


@dataclass
class Bundle:
    """One bundle.

    Attributes
    ----------
    patient : the patient
    resources : of the patient, those of the types above
    read : number of entries
    ignored : reason to the number of entries that are not used for it
    """

    patient: PatientResource
    resources: list[Resource] = field(default_factory=list)
    read: int = 0
    ignored: Counter[str] = field(default_factory=Counter)

    def of(self, kind: type[Kind]) -> Iterator[Kind]:
        """The resources of a type."""
        return (resource for resource in self.resources if isinstance(resource, kind))


def parse_bundle(text: str | bytes) -> Bundle:
    """Read the text of one bundle.

    Raises
    ------
    NotOnePatient
        No JSON, another resource than a bundle, no patient in it, or several.
    """
    try:
        content = json.loads(text)
    # Undecodable bytes are a ValueError, brackets without end a RecursionError.
    except (ValueError, RecursionError):
        raise NotOnePatient(NOT_JSON) from None
    kind = content.get("resourceType") if isinstance(content, dict) else None
    if kind != "Bundle":
        raise NotOnePatient(
            "a resource that is not a bundle" if isinstance(kind, str) else "not a FHIR bundle"
        )
    entries = content.get("entry")
    entries = entries if isinstance(entries, list) else []
    patients = [entry for entry in entries if _type(entry) == "Patient"]
    if len(patients) != 1:
        raise NotOnePatient("no patient in the bundle" if not patients else "several patients in one bundle")
    try:
        patient = PatientResource.model_validate(patients[0]["resource"])
    except (ValidationError, RecursionError):
        raise NotOnePatient("a patient that does not follow FHIR") from None
    bundle = Bundle(patient, read=len(entries))
    names = _names(patients[0], patient)
    for entry in entries:
        if entry is not patients[0]:
            _add(bundle, entry, names)
    return bundle


def _type(entry: object) -> str | None:
    resource = entry.get("resource") if isinstance(entry, dict) else None
    kind = resource.get("resourceType") if isinstance(resource, dict) else None
    return kind if isinstance(kind, str) else None


def _names(entry: Mapping[str, Any], patient: PatientResource) -> frozenset[str]:
    """What other entries may call the patient."""
    address = entry.get("fullUrl")
    names = {address} if isinstance(address, str) else set()
    return frozenset(names | ({f"Patient/{patient.id}"} if patient.id else set()))


def _add(bundle: Bundle, entry: Any, names: frozenset[str]) -> None:
    kind = _type(entry)
    if kind is None:
        bundle.ignored["an entry without a resource"] += 1
        return
    model = _TYPES.get(kind)
    if model is None:
        # Whatever stands there is not repeated, but for the names of FHIR.
        named = kind if kind in OTHER_TYPES else "unknown"
        bundle.ignored[f"type {named}, which is not read"] += 1
        return
    try:
        resource = model.model_validate(entry["resource"])
    except (ValidationError, RecursionError):
        bundle.ignored[f"{kind} that does not follow FHIR"] += 1
        return
    name = resource.subject.reference if resource.subject else None
    if name is None:
        bundle.ignored[f"{kind} without a reference to a patient"] += 1
    elif name not in names and not any(name.endswith(f"/{known}") for known in names):
        bundle.ignored[f"{kind} of another patient"] += 1
    elif resource.status in _VOID:
        bundle.ignored[f"{kind} that was entered in error, cancelled or only planned"] += 1
    else:
        bundle.resources.append(resource)


#: Types of a bundle of mCODE that are not read, by name in the report; others are "unknown".
OTHER_TYPES: Final = frozenset(
    (
        *("AllergyIntolerance", "BodyStructure", "CarePlan", "CareTeam", "Claim", "Coverage", "Device"),
        *("DiagnosticReport", "DocumentReference", "ExplanationOfBenefit", "FamilyMemberHistory", "Goal"),
        *("Group", "ImagingStudy", "Immunization", "Location", "Media", "Medication", "MolecularSequence"),
        *("Organization", "Practitioner", "PractitionerRole", "Provenance", "Questionnaire"),
        *("QuestionnaireResponse", "RelatedPerson", "ResearchSubject", "RiskAssessment", "ServiceRequest"),
        "Specimen",
    )
)


@dataclass(frozen=True)
class When:
    """A date.

    Attributes
    ----------
    days : since 1970-01-01
    whole : whether the day is known; else it is the middle of a month or a year
    """

    days: int
    whole: bool


@lru_cache(maxsize=10_000)
def read_date(text: str | None) -> When | None:
    """Read a date of FHIR, of which day or month may be left out; None where there is none to be read."""
    match = _DATE.fullmatch((text or "")[:40].strip())
    if match is None:
        return None
    year, month, day = (int(part) if part else None for part in match.groups())
    if year is None or not 1900 <= year <= 2100:
        return None
    try:
        if month is None:
            found = date(year, *_MID_YEAR)
        else:
            found = date(year, month, day if day is not None else _MID_MONTH)
    except ValueError:
        return None
    return When((found - EPOCH).days, day is not None)
