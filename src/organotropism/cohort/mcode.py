"""Bundles of FHIR R4 with mCODE STU4 profiles: the elements that are read, and one bundle as typed resources.

Everything else in a bundle is ignored, and every resource that is not used is counted with the reason.
Profiles: https://hl7.org/fhir/us/mcode/ (version 4.0.0).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from organotropism.cohort.mcode_subject import Subject


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
    """A number with its unit; `code` is UCUM's. With a comparator the number is a bound."""

    value: float | None = None
    comparator: str | None = None
    unit: str | None = None
    code: str | None = None


class Range(Element):
    """Between which numbers a number lies."""

    low: Quantity | None = None
    high: Quantity | None = None


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
    valueRange: Range | None = None


class Meta(Element):
    """Profiles and security labels."""

    profile: tuple[str, ...] = ()
    security: tuple[Coding, ...] = ()


class Resource(Element):
    """What all resources have."""

    id: str | None = None
    meta: Meta = Meta()
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


class Stage(Element):
    """The stage of a condition; its parts stand in observations, if they do."""

    summary: CodeableConcept | None = None


class Condition(Resource):
    """PrimaryCancerCondition and SecondaryCancerCondition."""

    code: CodeableConcept | None = None
    bodySite: tuple[CodeableConcept, ...] = ()
    verificationStatus: CodeableConcept | None = None
    onsetDateTime: str | None = None
    onsetPeriod: Period | None = None
    recordedDate: str | None = None
    stage: tuple[Stage, ...] = ()
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
    valueRange: Range | None = None
    valueInteger: int | None = None
    valueBoolean: bool | None = None
    valueString: str | None = None
    interpretation: tuple[CodeableConcept, ...] = ()
    component: tuple[Component, ...] = ()
    focus: tuple[Reference, ...] = ()
    specimen: Reference | None = None
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
    rows : where each of them stands
    read : number of entries
    ignored : reason to the rows of the entries that are not used for it
    notes : what was assumed
    """

    patient: PatientResource
    resources: list[Resource] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    read: int = 0
    ignored: dict[str, list[int]] = field(default_factory=dict)
    notes: set[str] = field(default_factory=set)

    def add(self, found: Resource | str, row: int) -> None:
        """Add a resource of the patient, or the reason why one is not used.

        Parameters
        ----------
        row : where it stands
        """
        if isinstance(found, str):
            self.ignored.setdefault(found, []).append(row)
        else:
            self.resources.append(found)
            self.rows.append(row)

    def of(self, kind: type[Kind]) -> Iterator[Kind]:
        """The resources of a type."""
        return (resource for resource in self.resources if isinstance(resource, kind))


def parse_bundle(text: str | bytes, row: int = 1) -> Bundle:
    """Read the text of one bundle.

    Parameters
    ----------
    row : where the bundle stands

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
    kind = type_of(content)
    if kind != "Bundle":
        raise NotOnePatient("not a FHIR bundle" if kind is None else "a resource that is not a bundle")
    entries = content.get("entry")
    entries = entries if isinstance(entries, list) else []
    patients = [entry for entry in entries if type_of(_resource(entry)) == "Patient"]
    if len(patients) != 1:
        raise NotOnePatient("no patient in the bundle" if not patients else "several patients in one bundle")
    patient = read_resource(patients[0]["resource"])
    if not isinstance(patient, PatientResource):
        raise NotOnePatient("a patient that does not follow FHIR")
    bundle = Bundle(patient, read=len(entries))
    subject = Subject.of(patients[0])
    for entry in entries:
        if entry is not patients[0]:
            bundle.add(_of_patient(entry, subject, bundle.notes), row)
    return bundle


def _resource(entry: object) -> object:
    return entry.get("resource") if isinstance(entry, dict) else None


def type_of(content: object) -> str | None:
    """The type of what may be a resource."""
    kind = content.get("resourceType") if isinstance(content, dict) else None
    return kind if isinstance(kind, str) else None


def is_read(kind: str) -> bool:
    """Whether resources of a type are read."""
    return kind in _TYPES


def read_resource(content: object) -> Resource | str:
    """Read one resource; else why it is not used."""
    kind = type_of(content)
    if kind is None:
        return "an entry without a resource"
    model = _TYPES.get(kind)
    if model is None:
        # Whatever stands there is not repeated, but for the names of FHIR.
        return f"type {kind if kind in OTHER_TYPES else 'unknown'}, which is not read"
    try:
        resource = model.model_validate(content)
    except (ValidationError, RecursionError):
        return f"{kind} that does not follow FHIR"
    if resource.status in _VOID:
        return f"{kind} that was entered in error, cancelled or only planned"
    return resource


def _of_patient(entry: object, subject: Subject, notes: set[str]) -> Resource | str:
    """The resource of an entry, if it is one of the patient; takes note of what was assumed for it."""
    content = _resource(entry)
    found = read_resource(content)
    if isinstance(found, str) or not isinstance(content, dict):
        return found
    reason, note = subject.owns(content, str(type_of(content)))
    if note is not None:
        notes.add(note)
    return found if reason is None else reason


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
