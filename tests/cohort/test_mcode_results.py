"""Results as laboratories send them: bounds, ranges, text, preliminary and corrected ones, and of whom."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from fuzz import draws
from mcode_bundles import (
    LOINC,
    NEGATIVE,
    PATIENT,
    POSITIVE,
    Resource,
    bundle,
    concept,
    marker,
    observation,
    patient,
    primary,
)
from organotropism.cohort.mcode import parse_bundle
from organotropism.cohort.mcode_patient import BundlePatient, patient_from_content
from organotropism.cohort.mcode_statements import read_statements

ER, PR, HER2 = "85337-4", "85339-0", "85319-2"
PERCENT_ER, PERCENT_PR, KI67, SIZE, NODES = "85329-1", "85325-9", "85330-9", "33728-7", "21893-3"
HL7 = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"


def forecast(*resources: Resource) -> BundlePatient:
    content = json.dumps(bundle(*resources)).encode()
    return patient_from_content(content, "bundle.json")


def told(code: str, **value: Any) -> Any:
    """What a patient's field becomes by one observation; None for unknown."""
    field = {PERCENT_ER: "er", ER: "er", KI67: "ki67", SIZE: "size_mm", NODES: "positive_nodes", HER2: "her2"}
    return forecast(patient(), primary(), observation(code, **value)).fields.get(field[code])


def percent(value: float | None, comparator: str | None = None, unit: str | None = "%") -> Resource:
    found = {"value": value, "comparator": comparator, "unit": unit, "code": unit}
    return {key: part for key, part in found.items() if part is not None}


@pytest.mark.parametrize(
    ("quantity", "status"),
    [
        (percent(1, "<"), "negative"),
        (percent(1, "<="), None),
        (percent(1, ">="), "positive"),
        (percent(1, ">"), "positive"),
        (percent(10, "<"), None),
        (percent(0.5, "<="), "negative"),
        (percent(90, ">"), "positive"),
        (percent(0, ">"), None),
        (percent(90, "ad"), None),
        (percent(90, "~"), None),
        (percent(1, "<", None), "negative"),
        # Without a unit .9 may be 90 % or .9 %; 1 is positive as either.
        (percent(0.9, None, None), None),
        (percent(0.05, "<", None), None),
        (percent(1, None, None), "positive"),
        (percent(0, None, None), "negative"),
        (percent(90), "positive"),
        (percent(0.9), "negative"),
    ],
)
def test_a_receptor_is_known_where_all_of_a_bound_lies_on_one_side_of_the_cut_off(
    quantity: Resource, status: str | None
) -> None:
    assert told(PERCENT_ER, valueQuantity=quantity) == status


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("<1%", "negative"),
        ("< 1 %", "negative"),
        ("less than 1 %", "negative"),
        (">=50", "positive"),
        ("≥ 50 %", "positive"),
        ("10-20 %", "positive"),
        ("0 - 10%", None),
        ("0,5 %", "negative"),
        ("1,000 %", None),
        ("95", "positive"),
        # Allred's score of 2 is negative, 2 % is positive.
        ("2", None),
        ("positive", "positive"),
        ("see comment", None),
    ],
)
def test_a_receptor_as_text(text: str, status: str | None) -> None:
    assert told(PERCENT_ER, valueString=text) == status
    assert told(PERCENT_ER, valueCodeableConcept={"text": text}) == status


@pytest.mark.parametrize(
    ("low", "high", "status"),
    [
        (percent(10), percent(20), "positive"),
        (percent(0), percent(0.9), "negative"),
        (percent(0), percent(10), None),
        (percent(50), None, "positive"),
        (None, percent(0.5), "negative"),
        (percent(0.1, unit="1"), percent(20), None),
    ],
)
def test_a_receptor_as_a_range(low: Resource | None, high: Resource | None, status: str | None) -> None:
    ends = {name: end for name, end in (("low", low), ("high", high)) if end}
    assert told(PERCENT_ER, valueRange=ends) == status


def test_the_interpretation_decides_where_the_bound_does_not() -> None:
    for code, status in (("POS", "positive"), ("NEG", "negative"), ("DET", "positive"), ("ND", "negative")):
        assert told(PERCENT_ER, valueQuantity=percent(10, "<"), interpretation=[concept(code, HL7)]) == status
    assert told(PERCENT_ER, valueQuantity=percent(1), interpretation=[concept("<", HL7)]) == "negative"
    # A weak stain of HER2 is detected and negative.
    assert told(HER2, valueCodeableConcept=concept("260373001")) is None
    assert told(ER, valueCodeableConcept=concept("260373001")) == "positive"


def test_numbers_that_a_bound_does_not_tell_are_unknown_and_said_to_be() -> None:
    millimetres = {"unit": "mm", "code": "mm"}
    for code, field, value in (
        (KI67, "ki67", {"valueQuantity": percent(5, "<")}),
        (KI67, "ki67", {"valueRange": {"low": percent(10), "high": percent(20)}}),
        (KI67, "ki67", {"valueString": ">30%"}),
        (SIZE, "size_mm", {"valueQuantity": {"value": 50, "comparator": ">"} | millimetres}),
        (SIZE, "size_mm", {"valueString": "<= 2 cm"}),
        (NODES, "positive_nodes", {"valueQuantity": {"value": 10, "comparator": ">="}}),
    ):
        found = forecast(patient(), primary(), observation(code, **value))
        assert field not in found.fields
        assert [note for note in found.notes if note.startswith(f"{field}: only a bound")]
        assert not any("could not be read" in note for note in found.notes)


def test_numbers_as_text_and_in_other_units() -> None:
    assert told(SIZE, valueString="2,5 cm") == 25
    assert told(SIZE, valueString="25 mm") == 25
    assert told(SIZE, valueQuantity={"value": 25, "unit": "mm", "code": "cm"}) is None
    assert told(KI67, valueString="20 %") == 20
    assert told(KI67, valueQuantity=percent(0.2, None, "1")) == 20
    assert told(KI67, valueQuantity=percent(0.2, None, None)) is None
    assert told(NODES, valueString="3") == 3
    assert told(NODES, valueString="3 mm") is None


def test_a_bound_on_one_focus_hides_the_size_unless_another_is_larger() -> None:
    def size(value: float, comparator: str | None = None) -> Resource:
        return observation(
            SIZE, valueQuantity=percent(value, comparator, "mm"), focus=[{"reference": f"B/{value}"}]
        )

    for resources, mm in (
        ((size(20), size(10)), 20),
        ((size(20), size(50, ">")), None),
        ((size(50, ">"), size(60)), None),
    ):
        assert forecast(patient(), primary(), *resources).fields.get("size_mm") == mm
    component = [
        {"code": concept(SIZE, LOINC), "valueQuantity": percent(value, sign, "mm")}
        for value, sign in ((20, None), (5, "<"))
    ]
    assert told(SIZE, component=component) == 20


@pytest.mark.parametrize(
    ("results", "status"),
    [
        ((("preliminary", NEGATIVE), ("final", POSITIVE)), "positive"),
        ((("final", NEGATIVE), ("preliminary", POSITIVE)), "negative"),
        ((("preliminary", NEGATIVE), ("amended", POSITIVE)), "positive"),
        ((("final", NEGATIVE), ("corrected", POSITIVE)), "positive"),
        ((("final", NEGATIVE), ("amended", POSITIVE)), "positive"),
        ((("final", NEGATIVE), ("entered-in-error", POSITIVE)), "negative"),
        ((("entered-in-error", NEGATIVE),), None),
        ((("cancelled", NEGATIVE), ("preliminary", POSITIVE)), "positive"),
        ((("final", NEGATIVE), ("final", POSITIVE)), None),
        ((("corrected", NEGATIVE), ("corrected", POSITIVE)), None),
    ],
)
def test_the_final_and_the_corrected_result_win(
    results: tuple[tuple[str, str], ...], status: str | None
) -> None:
    resources = [marker(ER, value) | {"status": stage} for stage, value in results]
    found = forecast(patient(), primary(), *resources)
    assert found.fields.get("er") == status
    alone = {stage for stage, _ in results} == {"cancelled", "preliminary"}
    assert any("preliminary results" in note for note in found.notes) == alone


def test_a_result_is_replaced_only_by_one_of_the_same_tumour_and_time() -> None:
    early = marker(ER, POSITIVE) | {"status": "preliminary"}
    # Two years later it is of the metastasis.
    later = marker(ER, NEGATIVE, "2012-03-05")
    assert forecast(patient(), primary(), early, later).fields["er"] == "positive"
    corrected = marker(ER, NEGATIVE, "2010-03-20") | {"status": "corrected"}
    assert forecast(patient(), primary(), marker(ER, POSITIVE), corrected).fields["er"] == "negative"
    foci = [{"specimen": {"reference": f"Specimen/{number}"}} for number in (1, 2)]
    apart = [marker(ER, POSITIVE) | foci[0], marker(ER, NEGATIVE) | {"status": "corrected"} | foci[1]]
    assert "er" not in forecast(patient(), primary(), *apart).fields


def test_a_preliminary_m1_gives_way_to_a_final_m0() -> None:
    m1 = observation("399387003", "http://snomed.info/sct", valueCodeableConcept=concept("1229916009"))
    m0 = observation("399387003", "http://snomed.info/sct", valueCodeableConcept=concept("1229901006"))
    found = read_statements(
        parse_bundle(json.dumps(bundle(patient(), primary(), m1 | {"status": "preliminary"}, m0)))
    )
    assert found.course.m == "M0"
    assert found.ignored == {"Observation that is preliminary, beside a final one": [1]}


ADDRESS = "https://ehr.example/fhir/Patient/p"
HOSPITAL = {"system": "urn:mrn", "value": "17"}


def owned(subject: Any, contained: Any = None, **changes: Any) -> dict[str, list[int]]:
    """Reasons for which a primary cancer with a subject is not used; empty where it is."""
    condition = primary(subject=subject) | ({} if contained is None else {"contained": contained})
    content = bundle(patient(identifier=[HOSPITAL], **changes), condition)
    content["entry"][0]["fullUrl"] = ADDRESS
    statements = read_statements(parse_bundle(json.dumps(content)))
    assert (statements.problem is None) == (statements.ignored == {})
    return statements.ignored


@pytest.mark.parametrize(
    "subject",
    [
        PATIENT,
        {"reference": ADDRESS},
        {"reference": f"{ADDRESS}/_history/3"},
        {"reference": "Patient/p/_history/1"},
        {"reference": "urn:uuid:p"},
        {"reference": "URN:UUID:P"},
        {"identifier": HOSPITAL},
        {"identifier": {"value": "17"}},
        {"reference": "Patient?identifier=urn:mrn|17"},
        {"reference": "Patient?identifier=urn%3Amrn%7C17"},
        {"reference": "Patient/unknown", "identifier": HOSPITAL},
    ],
)
def test_references_to_the_patient(subject: Resource) -> None:
    assert owned(subject) == {}


@pytest.mark.parametrize(
    ("subject", "reason"),
    [
        ({"reference": "Patient/q"}, "Condition of another patient"),
        ({"reference": "Patient/pp"}, "Condition of another patient"),
        ({"reference": "Group/p"}, "Condition of another patient"),
        ({"reference": "urn:uuid:q"}, "Condition of another patient"),
        ({}, "Condition without a reference to a patient"),
        (None, "Condition without a reference to a patient"),
        ({"reference": "#p1"}, "Condition that refers to a contained patient who is not in it"),
        (
            {"identifier": {"system": "urn:other", "value": "17"}},
            "Condition whose patient is named by an identifier that the Patient resource does not have",
        ),
        (
            {"reference": "Patient?identifier=urn:mrn|18"},
            "Condition whose patient is named by an identifier that the Patient resource does not have",
        ),
    ],
)
def test_the_true_reason_why_a_resource_is_not_hers(subject: Any, reason: str) -> None:
    assert owned(subject) == {reason: [1]}


def test_a_contained_patient_is_hers_unless_it_differs() -> None:
    reference = {"reference": "#p1"}
    stub = {"resourceType": "Patient", "id": "p1"}
    assert owned(reference, [stub]) == {}
    assert owned(reference, [stub | {"birthDate": "1960-03-01", "gender": "unknown"}]) == {}
    assert owned(reference, [stub | {"identifier": [HOSPITAL]}]) == {}
    for other in ({"birthDate": "1970-01-01"}, {"identifier": [{"system": "urn:mrn", "value": "18"}]}):
        assert owned(reference, [stub | other]) == {"Condition of another patient": [1]}


def test_the_reason_for_the_patient_names_what_was_lost() -> None:
    content = bundle(patient(), primary(subject={"reference": "Patient/q"}))
    statements = read_statements(parse_bundle(json.dumps(content)))
    assert statements.problem == "no primary breast cancer (Condition of another patient)"


def _told_percent(draw: random.Random, truth: float) -> tuple[Resource, bool]:
    """A way in which a laboratory may tell a percentage, and whether it decides about 1 %."""
    above, below = draw.choice([1.0, 5.0, 10.0, 50.0]), draw.choice([0.5, 1.0, 10.0, 50.0])
    # The lowest of these bounds that is above the truth, and the highest below it.
    above = next(bound for bound in (above, 1.0, 10.0, 50.0, 100.0) if bound > truth)
    below = next(bound for bound in (below, 10.0, 1.0, 0.5, 0.0) if bound <= truth)
    form = draw.choice(["exact", "text", "less", "text less", "more", "text more", "range"])
    decided = {"less": above <= 1, "text less": above <= 1, "more": below >= 1, "text more": below >= 1}
    value: Resource = {
        "exact": {"valueQuantity": percent(truth)},
        "text": {"valueString": f"{truth:g} %"},
        "less": {"valueQuantity": percent(above, "<")},
        "text less": {"valueString": f"<{above:g}%"},
        "more": {"valueQuantity": percent(below, ">=")},
        "text more": {"valueCodeableConcept": {"text": f">= {below:g} %"}},
        "range": {"valueRange": {"low": percent(below), "high": percent(above)}},
    }[form]
    if form == "range":
        return value, below >= 1 or above < 1
    return value, decided.get(form, True)


def test_what_is_told_in_any_way_is_read_as_the_truth_or_as_unknown() -> None:
    """Each receptor by its percentage, with preliminary and foreign results that contradict it."""
    for draw in draws():
        truth = {code: draw.choice([0.0, 0.5, 1.0, 3.0, 20.0, 95.0]) for code in (PERCENT_ER, PERCENT_PR)}
        mm, unit = draw.choice([5.0, 17.0, 52.0, 100.0]), draw.choice(["mm", "cm"])
        subject = draw.choice([PATIENT, {"reference": ADDRESS}, {"reference": f"{ADDRESS}/_history/2"}])
        size = {"value": mm if unit == "mm" else mm / 10, "unit": unit, "comparator": draw.choice(["", ">"])}
        resources = [
            observation(SIZE, valueQuantity={key: part for key, part in size.items() if part != ""}),
            marker(HER2, NEGATIVE),
        ]
        decided = {}
        for code, value in truth.items():
            result, decided[code] = _told_percent(draw, value)
            resources.append(observation(code, **result) | {"status": draw.choice(["final", "amended"])})
            wrong = marker({PERCENT_ER: ER, PERCENT_PR: PR}[code], NEGATIVE if value >= 1 else POSITIVE)
            resources.append(wrong | draw.choice([{"status": "preliminary"}, {"status": "entered-in-error"}]))
            resources.append(wrong | {"subject": {"reference": "Patient/q"}})
        draw.shuffle(resources)
        resources = [r | {"subject": subject} if r["subject"] == PATIENT else r for r in resources]
        content = bundle(patient(), primary(), *resources)
        content["entry"][0]["fullUrl"] = ADDRESS
        found = patient_from_content(json.dumps(content).encode(), "bundle.json")
        for code, field in ((PERCENT_ER, "er"), (PERCENT_PR, "pr")):
            status = "positive" if truth[code] >= 1 else "negative"
            assert found.fields.get(field) == (status if decided[code] else None)
            assert decided[code] or any(note.startswith(f"{field}: only a bound") for note in found.notes)
        assert found.fields["her2"] == "negative"
        assert found.fields.get("size_mm") == (None if size["comparator"] else pytest.approx(mm))
