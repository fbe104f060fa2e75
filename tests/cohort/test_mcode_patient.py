"""One bundle as the patient of a forecast: fields, clock, and errors without values."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mcode_bundles import (
    ER,
    PATIENT,
    Resource,
    bundle,
    concept,
    marker,
    no_metastasis,
    patient,
    primary,
    secondary,
    visit,
    whole,
)
from organotropism.cohort.mcode_patient import BundlePatient, is_fhir, patient_from_bundle
from organotropism.errors import InputError
from organotropism.patient import Patient

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "mcode_bundle.json"
M1 = {
    "resourceType": "Observation",
    "subject": PATIENT,
    "code": concept("399387003"),
    "effectiveDateTime": "2010-03-01",
    "valueCodeableConcept": {"text": "cM1"},
}


def read(tmp_path: Path, content: Resource) -> BundlePatient:
    path = tmp_path / "b.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    assert is_fhir(path)
    return patient_from_bundle(path)


def test_the_example_is_read_whole() -> None:
    found = patient_from_bundle(EXAMPLE)
    record = Patient.parse(found.fields)
    assert record.now == 0.0
    known = {
        "age",
        "sex",
        "year_of_diagnosis",
        "er",
        "pr",
        "her2",
        "ki67",
        "grade",
        "size_mm",
        "positive_nodes",
    }
    assert known | {"m", "histology", "detection"} <= found.fields.keys()
    # Only the tumour that the size refers to is not read.
    assert found.report.tables[1].aside == {"type BodyStructure, which is not read": [1]}


def test_just_diagnosed(tmp_path: Path) -> None:
    found = read(tmp_path, bundle(patient(), primary(), ER))
    assert found.fields["er"] == "positive"
    assert "free_for" not in found.fields


def test_a_visit_does_not_say_that_she_is_free_and_a_denial_does(tmp_path: Path) -> None:
    assert "free_for" not in read(tmp_path, whole()).fields
    denied = read(tmp_path, whole(no_metastasis("2015-03-01")))
    assert denied.fields["free_for"] == pytest.approx(5.0, abs=0.01)


def test_metastases_are_involved_sites(tmp_path: Path) -> None:
    found = read(tmp_path, whole(secondary(), secondary("94381002", "2014-03-01")))
    assert found.fields["involved"] == [{"site": "bone", "years": 3.0}, {"site": "liver", "years": 4.0}]
    assert any("taken as free" in note for note in found.notes)
    assert Patient.parse(found.fields).now == 4.0


def test_stage_iv(tmp_path: Path) -> None:
    found = read(tmp_path, whole(M1, secondary(onset="2010-03-01")))
    assert found.fields["m"] == "M1"
    assert found.fields["involved"] == [{"site": "bone", "years": 0.0}]
    Patient.parse(found.fields)


def test_what_could_not_be_read_is_named_without_its_value(tmp_path: Path) -> None:
    content = whole(
        marker("85319-2", "Zebedee"), marker("85339-0", "10828004"), marker("85339-0", "260385009")
    )
    notes = " ".join(read(tmp_path, content).notes)
    assert "contradictory, taken as unknown: pr" in notes
    assert "could not be read, taken as unknown: her2" in notes
    assert "Zebedee" not in notes


REFUSED: dict[str, tuple[Any, str]] = {
    "another resource": (patient(), "a resource that is not a bundle"),
    "dead": (whole(of=patient(deceasedDateTime="2014-03-01")), "a patient who died"),
    "contradiction": (whole(secondary(), no_metastasis("2014-03-01")), "asserted and denied"),
    "no site": (whole(secondary("128462008")), "not its first sites"),
    "M1 alone": (whole(M1), "not its first sites"),
    "no date": (whole(secondary(onset=None)), "without a date"),
    "too late": (
        bundle(patient(), primary(), ER, secondary(onset="2031-01-01"), visit("2032-01-01")),
        "20 years after diagnosis",
    ),
    "in situ": (
        bundle(patient(), primary(code=concept("D05.1", "http://hl7.org/fhir/sid/icd-10-cm")), ER),
        "in situ",
    ),
}


@pytest.mark.parametrize("content, message", REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_forecast(tmp_path: Path, content: Resource, message: str) -> None:
    with pytest.raises(InputError, match=message) as found:
        read(tmp_path, content)
    assert "b.json" in str(found.value)
    assert "1960" not in str(found.value)


@pytest.mark.parametrize("text", ["{}", "[]", "{", '{"resourceType": 7}', '{"er": "positive"}'])
def test_other_json_is_not_fhir(tmp_path: Path, text: str) -> None:
    path = tmp_path / "p.json"
    path.write_text(text)
    assert not is_fhir(path)
    assert not is_fhir(tmp_path)
    assert not is_fhir(tmp_path / "no.json")
