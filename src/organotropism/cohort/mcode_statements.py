"""What one bundle of mCODE says of a patient at diagnosis: the primary cancer, markers, stage, treatments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from organotropism.cohort.mcode import (
    Bundle,
    Condition,
    Medication,
    Observation,
    PatientResource,
    Procedure,
    Resource,
)
from organotropism.cohort.mcode_codes import drugs, histology, meaning
from organotropism.cohort.mcode_course import M_CONTRADICTED, Course, is_secondary
from organotropism.cohort.mcode_dates import When, read_date
from organotropism.cohort.mcode_revisions import PRELIMINARY, replaced
from organotropism.cohort.mcode_values import BOUND, NOT_READ, Value, m_of_stage, value_of

#: Days. What was measured or given further from diagnosis than this is not of the primary tumour.
NEAR: Final = 366
#: Days before diagnosis within which a mammogram led to it.
BEFORE: Final = 183
_DAYS_IN_YEAR: Final = 365.25
#: Codes of `Meta.security` of records whose dates were moved: the calendar year tells nothing.
_MOVED: Final = frozenset({"ANONYED", "MASKED"})
_PARTIAL: Final = "dates of a month or a year alone: its middle is taken"
MOVED_NOTE: Final = "dates are marked as moved: the year of diagnosis is not taken"
BOUND_ONLY: Final = "{}: only a bound or a range is told, which does not decide the value: taken as unknown"
_FALSE: Final = frozenset({"refuted", "entered-in-error"})
#: Of several values the one whose first number is lowest counts, then the nearest to diagnosis.
_PRIORITY: Final = {"her2 ish": 0, "pathologic": 0, "her2": 1, "other": 1, "clinical": 2}


@dataclass
class Statements:
    """What a bundle says.

    Attributes
    ----------
    id : of the patient
    problem : why the patient cannot be used, None where she can
    diagnosis : of the primary cancer
    fields : field of the record to its word or number, or `NOT_READ`
    contradictory : fields of which the bundle says two things
    course : death, last contact and distant disease
    notes : what was assumed
    ignored : reasons to the rows of the resources that were not used
    entry : day since 1970-01-01 from which she was observed, where that is after the diagnosis
    """

    id: str | None
    problem: str | None = None
    diagnosis: When | None = None
    fields: dict[str, Value] = field(default_factory=dict)
    contradictory: set[str] = field(default_factory=set)
    course: Course = field(default_factory=Course)
    notes: set[str] = field(default_factory=set)
    ignored: dict[str, list[int]] = field(default_factory=dict)
    entry: int | None = None


@dataclass(frozen=True)
class Candidate:
    """One value of a field, and how well it speaks of the diagnosis."""

    priority: int
    distance: int
    value: Value


def read_statements(bundle: Bundle) -> Statements:
    """Read a bundle; nothing that stands in it is an error."""
    found = Statements(bundle.patient.id, ignored=bundle.ignored, notes=set(bundle.notes))
    primary = _primary(bundle, found)
    found.course.read_patient(bundle.patient)
    if primary is not None:
        found.diagnosis = _dated(primary.onset, found)
    candidates: dict[str, list[Candidate]] = {}
    medicines: list[tuple[str, When]] = []
    gone = replaced(bundle.resources, found.diagnosis.days if found.diagnosis else None, NEAR)
    for place, (resource, row) in enumerate(zip(bundle.resources, bundle.rows, strict=True)):
        for text in resource.dates():
            found.course.seen(_dated(text, found))
        reason = gone.get(place)
        if reason is None and resource is not primary:
            reason = _read(resource, found, candidates, medicines)
        if reason is not None:
            found.ignored.setdefault(reason, []).append(row)
    if primary is not None:
        _describe(bundle.patient, primary, found, candidates)
        _settle_m(primary, found)
    for name, values in candidates.items():
        choose(name, values, found)
    treatments(medicines, found)
    return found


def _read(
    resource: Resource,
    found: Statements,
    candidates: dict[str, list[Candidate]],
    medicines: list[tuple[str, When]],
) -> str | None:
    """Read one resource; returns why it was not used, if so."""
    if isinstance(resource, Condition):
        return found.course.read_condition(resource) if is_secondary(resource) else _other(resource)
    if isinstance(resource, Observation):
        return _observation(resource, found, candidates)
    if isinstance(resource, Medication):
        return _medication(resource, medicines)
    if isinstance(resource, Procedure):
        return _procedure(resource, found, candidates, medicines)
    # An encounter says that she was seen.
    return None


def _dated(text: str | None, found: Statements) -> When | None:
    when = read_date(text)
    if when is not None and not when.whole:
        found.notes.add(_PARTIAL)
    return when


def _primary(bundle: Bundle, found: Statements) -> Condition | None:
    """The earliest primary breast cancer; one in situ only where there is no other."""
    primaries = [
        condition
        for condition in bundle.of(Condition)
        if not is_secondary(condition) and _of_breast(condition) and condition.verification not in _FALSE
    ]
    primaries = [c for c in primaries if meaning("breast", c.code) != "in situ"] or primaries
    if not primaries:
        found.problem = "no primary breast cancer" + _lost(bundle.ignored)
        return None
    dated = [(when.days, number) for number, c in enumerate(primaries) if (when := read_date(c.onset))]
    if not dated:
        found.problem = "no date of diagnosis"
        return primaries[0]
    return primaries[min(dated)[1]]


def _lost(ignored: dict[str, list[int]]) -> str:
    """What became of conditions that may have been the primary cancer."""
    reasons = sorted(reason for reason in ignored if reason.startswith("Condition "))
    return f" ({'; '.join(reasons)})" if reasons else ""


def _of_breast(condition: Condition) -> bool:
    concepts = (condition.code, *condition.bodySite)
    if any(meaning("breast", concept) is not None for concept in concepts):
        return condition.conforms_to("mcode-primary-cancer-condition") or (
            meaning("breast", condition.code) is not None
        )
    texts = [c.text for c in concepts if c] + [code.display for c in concepts if c for code in c.coding]
    named = any("breast" in text[:200].casefold() for text in texts if text)
    return named and condition.conforms_to("mcode-primary-cancer-condition")


def _other(condition: Condition) -> str:
    if condition.verification in _FALSE:
        return "Condition that is refuted or entered in error"
    return (
        "Condition that is a further primary"
        if _of_breast(condition)
        else "Condition that is another disease"
    )


def _distance(when: When | None, found: Statements) -> int | None:
    """Days from diagnosis; far where no date is known of either."""
    if when is None or found.diagnosis is None:
        return NEAR
    days = abs(when.days - found.diagnosis.days)
    return days if days <= NEAR else None


def _observation(
    observation: Observation, found: Statements, candidates: dict[str, list[Candidate]]
) -> str | None:
    role = meaning("observation", observation.code)
    if role is None:
        return "Observation of another kind"
    if role == "history":
        return found.course.read_history(observation)
    name, _, basis = role.partition(" ")
    distance = _distance(read_date(observation.effective), found)
    if distance is None:
        return "Observation more than a year from diagnosis"
    value = value_of(name, observation)
    if value is None:
        return "Observation of a category after treatment or at recurrence"
    if name == "m":
        return found.course.read_m(value)
    if name == "stage":
        return found.course.read_stage(value)
    if observation.status == "preliminary":
        found.notes.add(PRELIMINARY)
    priority = _PRIORITY.get(role, _PRIORITY.get(basis, 0))
    candidates.setdefault(name, []).append(Candidate(priority, distance, value))
    return None


def _medication(medication: Medication, medicines: list[tuple[str, When]]) -> str | None:
    if medication.doNotPerform:
        return "Medication that was not to be given"
    kinds, when = drugs(medication.medicationCodeableConcept), read_date(medication.when)
    if not kinds:
        return "Medication that is no treatment of the record"
    if when is None:
        return "Medication without a date"
    medicines.extend((kind, when) for kind in kinds)
    return None


def _procedure(
    procedure: Procedure,
    found: Statements,
    candidates: dict[str, list[Candidate]],
    medicines: list[tuple[str, When]],
) -> str | None:
    kind, when = meaning("procedure", procedure.code), read_date(procedure.when)
    if kind is None:
        return "Procedure of another kind"
    if kind == "mammography":
        intent = next((m for c in procedure.reasonCode if (m := meaning("intent", c))), None)
        days = None if when is None or found.diagnosis is None else found.diagnosis.days - when.days
        if intent is None or days is None or not 0 <= days <= BEFORE:
            return "Procedure that did not lead to the diagnosis"
        # A mammogram of screening is followed by a diagnostic one.
        candidates.setdefault("detection", []).append(Candidate(0 if intent == "screen" else 1, 0, intent))
        return None
    if when is None:
        return "Procedure without a date"
    medicines.append((kind, when))
    return None


def _describe(
    patient: PatientResource, primary: Condition, found: Statements, candidates: dict[str, list[Candidate]]
) -> None:
    """Fields from the patient and the primary cancer itself."""
    for value in _histologies(primary):
        candidates.setdefault("histology", []).append(Candidate(-1, 0, value))
    if patient.gender in {"female", "male"}:
        found.fields["sex"] = patient.gender
    if found.diagnosis is None:
        return
    born = _dated(patient.birthDate, found)
    if born is not None:
        found.fields["age"] = (found.diagnosis.days - born.days) / _DAYS_IN_YEAR
    elif patient.birthDate is not None:
        found.fields["age"] = NOT_READ
    if any(label.code in _MOVED for label in patient.meta.security):
        found.notes.add(MOVED_NOTE)
    else:
        found.fields["year_of_diagnosis"] = int((primary.onset or "").strip()[:4])


def _settle_m(primary: Condition, found: Statements) -> None:
    """M of category and stages, where there is a diagnosis to speak of."""
    if found.diagnosis is None:
        return
    told = {m_of_stage(stage.summary) for stage in primary.stage if stage.summary}
    summary = next((word for word in ("M1", "M0") if word in told), None)
    note = found.course.settle_m(summary, found.diagnosis.days)
    if note is not None:
        found.notes.add(note)
    if note == M_CONTRADICTED:
        found.contradictory.add("m")


def _histologies(primary: Condition) -> Iterator[Value]:
    for extension in primary.extension:
        if extension.url.endswith("/mcode-histology-morphology-behavior"):
            yield histology(extension.valueCodeableConcept) or NOT_READ
    if meaning("breast", primary.code) == "in situ":
        yield "in situ"


def choose(name: str, values: list[Candidate], found: Statements) -> None:
    """The value that speaks best of the diagnosis; of two that speak equally well and differ, neither."""
    readable = [value for value in values if value.value not in (NOT_READ, BOUND)]
    bounds = [value for value in values if value.value == BOUND]
    if bounds and (not readable or (name == "size_mm" and _best(bounds) <= _best(readable))):
        # A focus of which only a bound is told may be the largest.
        found.fields[name] = BOUND
        found.notes.add(BOUND_ONLY.format(name))
        return
    if not readable:
        found.fields[name] = NOT_READ
        return
    best = _best(readable)
    told = {value.value for value in readable if (value.priority, value.distance) == best}
    if name == "size_mm":
        # The largest of several foci.
        told = {max(told, key=float)}
    if len(told) > 1:
        found.contradictory.add(name)
    else:
        found.fields[name] = told.pop()


def _best(values: list[Candidate]) -> tuple[int, int]:
    """Priority and distance of the value that speaks best of the diagnosis."""
    return min((value.priority, value.distance) for value in values)


def treatments(medicines: list[tuple[str, When]], found: Statements) -> None:
    """Treatments begun within a year of diagnosis and before distant disease; others are not adjuvant."""
    if found.diagnosis is None:
        return
    first = found.course.first
    given = {
        kind
        for kind, when in medicines
        if abs(when.days - found.diagnosis.days) <= NEAR and (first is None or when.days < first)
    }
    for name in ("endocrine_therapy", "anti_her2_therapy", "radiotherapy", "bisphosphonate"):
        if name in given:
            found.fields[name] = "yes"
    if "taxane" in given:
        found.fields["chemotherapy"] = "third generation"
    elif "anthracycline" in given:
        found.fields["chemotherapy"] = "second generation"
    elif "other chemotherapy" in given:
        found.notes.add("chemotherapy without anthracycline and taxane: its generation is not recorded")
