"""Bundles of mCODE: each element to its field, what is unknown or contradictory, and the account of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mcode_bundles import (
    ER,
    LOINC,
    NEGATIVE,
    PATIENT,
    POSITIVE,
    PROFILE,
    SNOMED,
    Resource,
    bundle,
    concept,
    marker,
    medicine,
    no_metastasis,
    observation,
    patient,
    primary,
    renamed,
    secondary,
    visit,
    whole,
    written,
)
from organotropism.cohort import Cohort, check
from organotropism.cohort.mcode_codes import table
from organotropism.cohort.mcode_course import LATER_STAGE, M_CONTRADICTED
from organotropism.cohort.mcode_import import import_mcode
from organotropism.cohort.table import Import
from organotropism.errors import InputError

Read = Callable[..., tuple[Cohort, Import]]
MONTH = 31 / 365.25


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads bundles into a cohort and checks the account."""

    def reader(*bundles: Resource | str, **options: Any) -> tuple[Cohort, Import]:
        result = import_mcode(written(tmp_path / "b.ndjson", *bundles), **options)
        for account in result.report.tables:
            assert account.read == account.used + sum(map(len, account.aside.values()))
        assert result.report.patients.read == len(bundles)
        assert result.cohort is not None, result.problem
        assert check(result.cohort) == []
        return result.cohort, result

    return reader


def field(cohort: Cohort, name: str) -> Any:
    """The value of a field of the only patient; None also where no bundle has it."""
    return cohort.covariates[name][0] if name in cohort.covariates.columns else None


def ignored(result: Import) -> set[str]:
    return set(result.report.tables[1].aside)


def quantity(value: Any, unit: str | None) -> Resource:
    return {"value": value} | ({"unit": unit} if unit else {})


VALUES = {
    "er by code": (marker("85337-4", NEGATIVE), "er", "negative"),
    "er by LOINC answer": (
        observation("85337-4", valueCodeableConcept=concept("LA6577-6", LOINC)),
        "er",
        "negative",
    ),
    "er by text": (observation("16112-5", valueCodeableConcept={"text": "Negative"}), "er", "negative"),
    "er of 1 %": (observation("85329-1", valueQuantity=quantity(1, "%")), "er", "positive"),
    "er of 0 %": (observation("85329-1", valueQuantity=quantity(0, "%")), "er", "negative"),
    "er by interpretation": (
        observation(
            "85337-4",
            interpretation=[
                concept("NEG", "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation")
            ],
        ),
        "er",
        "negative",
    ),
    "pr": (marker("85339-0", POSITIVE), "pr", "positive"),
    "her2": (marker("48676-1", NEGATIVE), "her2", "negative"),
    "her2 by score": (observation("85319-2", valueCodeableConcept={"text": "3+"}), "her2", "positive"),
    "her2 equivocal": (observation("85319-2", valueCodeableConcept={"text": "2+"}), "her2", None),
    "ki67": (observation("85330-9", valueQuantity=quantity(20, "%")), "ki67", 20.0),
    "ki67 as a fraction": (observation("85330-9", valueQuantity=quantity(0.2, "1")), "ki67", 20.0),
    "ki67 in another unit": (observation("85330-9", valueQuantity=quantity(20, "mg")), "ki67", None),
    "nodes": (observation("21893-3", valueInteger=3), "positive_nodes", 3),
    "nodes as a quantity": (
        observation("443527007", SNOMED, valueQuantity=quantity(4, "{count}")),
        "positive_nodes",
        4,
    ),
    "nodes out of range": (observation("21893-3", valueInteger=99), "positive_nodes", None),
    "size in cm": (observation("33728-7", valueQuantity=quantity(2.2, "cm")), "size_mm", 22.0),
    "size as a component": (
        observation(
            "21889-1",
            component=[
                {"code": concept("33728-7", LOINC), "valueQuantity": {"value": 15, "code": "mm"}},
                {"code": concept("33729-5", LOINC), "valueQuantity": {"value": 99, "code": "mm"}},
            ],
        ),
        "size_mm",
        15.0,
    ),
    "size without a unit": (observation("21889-1", valueQuantity=quantity(2.2, None)), "size_mm", None),
    "size in inches": (observation("21889-1", valueQuantity=quantity(2.2, "[in_i]")), "size_mm", None),
    "grade": (
        observation(
            "C18000",
            "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl",
            valueCodeableConcept=concept("1286893008"),
        ),
        "grade",
        2,
    ),
    "grade by name": (
        observation("44648-4", valueCodeableConcept={"text": "Nottingham grade 3"}),
        "grade",
        3,
    ),
    "T by code": (observation("384625004", SNOMED, valueCodeableConcept=concept("1229852009")), "t", "T2"),
    "T by name": (
        observation(
            "21905-5",
            valueCodeableConcept=concept(
                "1", display="American Joint Committee on Cancer cT4b (qualifier value)"
            ),
        ),
        "t",
        "T4",
    ),
    "T by AJCC": (
        observation("399504009", SNOMED, valueCodeableConcept=concept("cT3", "http://cancerstaging.org")),
        "t",
        "T3",
    ),
    "T after treatment": (
        observation("384625004", SNOMED, valueCodeableConcept={"text": "ypT1"}),
        "t",
        None,
    ),
    "N": (observation("371494008", SNOMED, valueCodeableConcept=concept("1229951001")), "n", "N1"),
    "histology": (
        observation(
            "59847-4", valueCodeableConcept=concept("8520/3", "http://terminology.hl7.org/CodeSystem/icd-o-3")
        ),
        "histology",
        "lobular",
    ),
    "another histology": (
        observation("59847-4", valueCodeableConcept=concept("8503/3", "urn:icd-o-3")),
        "histology",
        "other",
    ),
    "histology not specified": (
        observation("59847-4", valueCodeableConcept=concept("8010/3", "urn:icd-o-3")),
        "histology",
        None,
    ),
    "endocrine": (medicine("Tamoxifen 20 MG Oral Tablet", "2010-06-01"), "endocrine_therapy", True),
    "trastuzumab": (medicine("trastuzumab-qyyp", "2010-06-01"), "anti_her2_therapy", True),
    "taxane": (medicine("DOCETAXEL", "2010-06-01"), "chemotherapy", "third generation"),
    "anthracycline": (
        medicine("10 ML doxorubicin injection", "2010-06-01"),
        "chemotherapy",
        "second generation",
    ),
    "other chemotherapy": (medicine("carboplatin", "2010-06-01"), "chemotherapy", None),
    "too late to be adjuvant": (medicine("tamoxifen", "2014-06-01"), "endocrine_therapy", None),
    "cancelled": (medicine("tamoxifen", "2010-06-01", status="cancelled"), "endocrine_therapy", None),
}


@pytest.mark.parametrize("resource, name, value", VALUES.values(), ids=VALUES)
def test_an_element_feeds_its_field(read: Read, resource: Resource, name: str, value: Any) -> None:
    cohort, result = read(bundle(patient(), primary(), visit("2020-03-01"), resource))
    assert field(cohort, name) == (pytest.approx(value) if isinstance(value, float) else value)
    # The other fields stay as they are without it.
    plain, _ = read(bundle(patient(), primary(), visit("2020-03-01")))
    others = [column for column in plain.covariates.columns if column != name]
    assert cohort.covariates.select(others).equals(plain.covariates)
    # A value that cannot be read is counted, never silently missing.
    if value is None and name in {"ki67", "size_mm", "positive_nodes", "histology", "her2"}:
        counts = next(column.counts for column in result.report.columns if column.field == name)
        assert len(counts["unknown_codes"]) + len(counts["out_of_range"]) == 1


def test_a_patient_at_diagnosis(read: Read) -> None:
    extension = {
        "url": f"{PROFILE}histology-morphology-behavior",
        "valueCodeableConcept": concept("82711006"),
    }
    cohort, _ = read(bundle(patient(), primary(extension=[extension]), visit("2020-03-01")))
    assert field(cohort, "age") == pytest.approx(50.0, abs=0.01)
    assert field(cohort, "sex") == "female"
    assert field(cohort, "year_of_diagnosis") == 2010
    assert field(cohort, "histology") == "ductal"
    assert cohort.follow_up[0] == pytest.approx(10.0, abs=0.01)
    assert not cohort.died[0]
    # Nothing is said of distant disease, and nothing is assumed.
    assert np.isnan(cohort.distant[0])


def test_the_same_bundle_read_as_saying_all(read: Read) -> None:
    cohort, result = read(whole(secondary()), renamed(whole(), "q"), absent="not found")
    assert cohort.distant.tolist() == [pytest.approx(3.0, abs=0.01), np.inf]
    assert np.isposinf(cohort.site_time[0, 1:]).all()
    assert any("taken as none" in note for note in result.report.notes)


@pytest.mark.parametrize("written_date, years", [("2013-03-01", 3.0), ("2013-03", 3.04), ("2013", 3.33)])
def test_partial_dates_are_their_middle_and_are_counted(read: Read, written_date: str, years: float) -> None:
    cohort, result = read(whole(secondary(onset=written_date)))
    assert cohort.site_time[0, 0] == pytest.approx(years, abs=0.01)
    assert any("month or a year alone" in note for note in result.report.notes) == (len(written_date) < 10)


def test_refuted_is_not_found_and_silence_is_not_recorded(read: Read) -> None:
    refuted = secondary("94381002", verificationStatus=concept("refuted", "x"))
    cohort, _ = read(whole(secondary(), refuted))
    bone, lung, liver, brain, other = cohort.site_time[0]
    assert (bone, liver) == (pytest.approx(3.0, abs=0.01), np.inf)
    assert np.isnan([lung, brain, other]).all()


def test_the_earliest_of_several_dates_of_a_site_counts(read: Read) -> None:
    cohort, _ = read(
        whole(secondary(onset="2015-03-01"), secondary(onset="2014-03-01"), secondary(onset=None))
    )
    assert cohort.site_time[0, 0] == pytest.approx(4.0, abs=0.01)


@pytest.mark.parametrize(
    "code, site",
    [("C79.51", 0), ("C78.00", 1), ("C78.7", 2), ("C79.31", 3), ("C79.32", 3), ("C78.2", 4), ("C79.52", 4)],
)
def test_sites_by_icd(read: Read, code: str, site: int) -> None:
    found = secondary(code=None, meta={}) | {"code": concept(code, "http://hl7.org/fhir/sid/icd-10-cm")}
    cohort, _ = read(whole(found))
    assert np.isfinite(cohort.site_time[0]).nonzero()[0].tolist() == [site]


def test_a_body_site_tells_more_than_the_code(read: Read) -> None:
    cohort, _ = read(whole(secondary(code="128462008", bodySite=[concept("10200004")])))
    assert np.isfinite(cohort.site_time[0, 2])


def test_regional_disease_and_unclear_nodes_are_not_distant(read: Read) -> None:
    axilla = secondary(bodySite=[concept("68171009")])
    node = secondary("94392001")
    cohort, result = read(whole(axilla, node))
    assert np.isnan(cohort.distant[0])
    assert {
        "Condition that is regional disease, not distant",
        "Condition of lymph nodes that may be regional",
    } <= (ignored(result))


def test_distant_disease_at_an_unknown_site(read: Read) -> None:
    cohort, _ = read(whole(secondary("128462008")))
    assert cohort.distant[0] == pytest.approx(3.0, abs=0.01)
    assert np.isnan(cohort.site_time).all()


def test_m1_is_stage_iv_and_prevails_over_m0(read: Read) -> None:
    m0 = observation("399387003", SNOMED, valueCodeableConcept=concept("1229901006"))
    m1 = observation("371497001", SNOMED, valueCodeableConcept=concept("1229916009"))
    cohort, result = read(whole(m0, m1, secondary(onset="2010-02-20")))
    assert cohort.stage_iv.tolist() == [True]
    assert cohort.site_time[0, 0] == 0.0
    assert any("up to a month before the diagnosis" in note for note in result.report.notes)


AJCC = "http://cancerstaging.org"


def stage(code: str, system: str = AJCC, display: str | None = None, of: str = "399537006") -> Resource:
    return observation(of, SNOMED, valueCodeableConcept=concept(code, system, display))


def summary(text: str) -> Resource:
    return primary(stage=[{"summary": {"text": text}}])


STAGES = {
    "code of AJCC": (stage("IV"), "M1"),
    "number": (stage("4"), "M1"),
    "code of SNOMED CT": (stage("1222837003", SNOMED), "M1"),
    "name": (stage("0", SNOMED, "American Joint Committee on Cancer stage IV (qualifier value)"), "M1"),
    "LOINC": (observation("21908-9", valueCodeableConcept={"text": "Stage IV"}), "M1"),
    "earlier": (stage("IIIC"), "M0"),
    "earlier by name": (stage("0", SNOMED, "AJCC stage IA"), "M0"),
    "after treatment": (stage("0", SNOMED, "yp stage IV"), None),
    "at recurrence": (stage("0", SNOMED, "rStage IV"), None),
    "no stage": (stage("0", SNOMED, "stage unknown"), None),
    "far from diagnosis": (stage("IV") | {"effectiveDateTime": "2014-01-01"}, None),
}


@pytest.mark.parametrize("resource, m", STAGES.values(), ids=STAGES)
def test_a_stage_group_tells_m_and_nothing_else(read: Read, resource: Resource, m: str | None) -> None:
    cohort, _ = read(whole(resource), absent="not recorded")
    if m == "M1":
        assert cohort.stage_iv.all()
        # At which sites is not told.
        assert np.isnan(cohort.site_time).all()
    elif m == "M0":
        assert cohort.distant[0] == np.inf
        assert cohort.follow_up[0] < 0.01
    else:
        assert np.isnan(cohort.distant[0])
    assert set(cohort.covariates.columns) == {"id", "age", "sex", "year_of_diagnosis", "er"}


def test_the_stage_of_the_condition_is_read_likewise(read: Read) -> None:
    cohort, _ = read(bundle(patient(), summary("Stage IV"), ER, visit("2020-03-01")))
    assert cohort.stage_iv.all()
    # It is the latest stage: with a metastasis years later it is not that at diagnosis.
    later = bundle(patient(), summary("Stage IV"), ER, visit("2020-03-01"), secondary())
    cohort, result = read(later)
    assert cohort.distant[0] == pytest.approx(3.0, abs=0.01)
    assert LATER_STAGE in result.report.notes
    cohort, _ = read(
        bundle(patient(), summary("Stage IV"), stage("IV"), ER, visit("2020-03-01"), secondary())
    )
    assert cohort.stage_iv.all()


M0 = observation("399387003", SNOMED, valueCodeableConcept=concept("cM0", AJCC))
M1 = observation("399387003", SNOMED, valueCodeableConcept=concept("cM1", AJCC))
STAGE_CONTRADICTIONS = {
    "stage IV and M0": bundle(patient(), primary(), stage("IV"), M0, ER, visit("2020-03-01")),
    "stage II and M1": bundle(patient(), primary(), stage("IIA"), M1, ER, visit("2020-03-01")),
    "summary IV and M0": bundle(patient(), summary("Stage IV"), M0, ER, visit("2020-03-01")),
}


@pytest.mark.parametrize("content", STAGE_CONTRADICTIONS.values(), ids=STAGE_CONTRADICTIONS)
def test_a_stage_that_contradicts_m_is_reported_and_neither_taken(read: Read, content: Resource) -> None:
    cohort, result = read(content)
    assert np.isnan(cohort.distant[0])
    [column] = [c for c in result.report.columns if c.field == "m"]
    assert column.counts["contradictory"] == [1]
    assert result.report.notes[M_CONTRADICTED] == [1]


def test_m0_alone_speaks_of_the_diagnosis_only(read: Read) -> None:
    m0 = observation("399387003", SNOMED, valueCodeableConcept=concept("1229901006"))
    cohort, _ = read(whole(m0))
    # She counts among those without stage IV, and for no time after it.
    assert cohort.distant[0] == np.inf
    assert 0 < cohort.follow_up[0] < MONTH


def test_a_denial_speaks_of_the_time_until_it(read: Read) -> None:
    early, result = read(whole(no_metastasis("2015-03-01")))
    late, _ = read(whole(no_metastasis("2020-02-20")))
    assert (early.distant[0], late.distant[0]) == (np.inf, np.inf)
    assert early.follow_up[0] == pytest.approx(5.0, abs=0.01)
    assert late.follow_up[0] == pytest.approx(10.0, abs=0.01)
    assert any("last denied" in note for note in result.report.notes)


def test_a_metastasis_after_a_denial_is_no_contradiction(read: Read) -> None:
    cohort, _ = read(whole(no_metastasis("2012-03-01"), secondary()))
    assert cohort.distant[0] == pytest.approx(3.0, abs=0.01)


SET_ASIDE = {
    "asserted and denied": (
        whole(secondary(), no_metastasis("2014-03-01")),
        "distant disease is both asserted and denied",
    ),
    "a site asserted and refuted": (
        whole(secondary(), secondary(verificationStatus=concept("refuted", "x"))),
        "distant disease is both asserted and denied",
    ),
    "undated history and denial": (
        whole(observation("1287652008", SNOMED), no_metastasis("2014-03-01")),
        "distant disease is both asserted and denied",
    ),
    "metastasis without a date": (whole(secondary(onset=None)), "distant disease without a date"),
    "long before": (whole(secondary(onset="2009-03-01")), "distant disease before diagnosis"),
    "death without a date": (whole(of=patient(deceasedBoolean=True)), "died, but when is not told"),
    "death with a date that is none": (
        whole(of=patient(deceasedDateTime="soon")),
        "died, but when is not told",
    ),
    "no primary": (bundle(patient(), ER), "no primary breast cancer"),
    "a refuted primary": (
        bundle(patient(), primary(verificationStatus=concept("refuted", "x"))),
        "no primary breast cancer",
    ),
    "another cancer": (
        bundle(patient(), primary(code=concept("254637007", display="Non-small cell lung cancer"))),
        "no primary breast cancer",
    ),
    "primary without a date": (bundle(patient(), primary(onsetDateTime=None)), "no date of diagnosis"),
    "in situ": (
        bundle(patient(), primary(code=concept("D05.1", "http://hl7.org/fhir/sid/icd-10-cm")), visit("2020")),
        "histology is an in situ cancer",
    ),
    "a child": (whole(of=patient(birthDate="2000-01-01")), "age is below 18 years"),
    "no JSON": ("{", "not JSON"),
    "a list": ("[]", "not a FHIR bundle"),
    "another resource": (patient(), "a resource that is not a bundle"),
    "nobody": (bundle(primary()), "no patient in the bundle"),
    "two": (bundle(patient(), patient(id="q")), "several patients in one bundle"),
    "no id": (whole(of=patient(id=None)), None),
    "entries that are no list": (bundle() | {"entry": 7}, "no patient in the bundle"),
    "a wrong patient": (bundle(patient(birthDate=7)), "a patient that does not follow FHIR"),
    "brackets without end": ("[" * 100_000, "not JSON"),
}


@pytest.mark.parametrize("content, reason", SET_ASIDE.values(), ids=SET_ASIDE)
def test_what_cannot_be_used_is_set_aside_with_a_reason(
    read: Read, content: Resource | str, reason: str | None
) -> None:
    cohort, result = read(content, renamed(whole(), "q"))
    assert len(cohort) == 1
    [(found, rows)] = result.report.patients.aside.items()
    assert rows == [1]
    assert reason is None or found == reason


IGNORED = {
    "another profile": (observation("718-7"), "Observation of another kind"),
    "of another patient": (marker("85337-4", NEGATIVE) | {"subject": {"reference": "Patient/q"}}, None),
    "no reference": (marker("85337-4", NEGATIVE) | {"subject": None}, None),
    "entered in error": (marker("85337-4", NEGATIVE) | {"status": "entered-in-error"}, None),
    "years later": (marker("85337-4", NEGATIVE, "2014-01-01"), "Observation more than a year from diagnosis"),
    "against FHIR": (marker("85337-4", NEGATIVE) | {"code": "ER"}, "Observation that does not follow FHIR"),
    "another type": ({"resourceType": "Specimen", "subject": PATIENT}, "type Specimen, which is not read"),
    "an invented type": ({"resourceType": "Zebedee"}, "type unknown, which is not read"),
    "unconfirmed": (
        secondary(verificationStatus=concept("provisional", "x")),
        "Condition of a metastasis that is not confirmed",
    ),
}


@pytest.mark.parametrize("resource, reason", IGNORED.values(), ids=IGNORED)
def test_what_is_not_used_is_counted(read: Read, resource: Resource, reason: str | None) -> None:
    cohort, result = read(whole(resource, no_metastasis("2020-03-01")))
    assert field(cohort, "er") == "positive"
    assert cohort.distant[0] == np.inf
    resources = result.report.tables[1]
    assert (resources.read, resources.used) == (6, 5)
    assert reason is None or ignored(result) == {reason}


def test_references_by_full_url(read: Read) -> None:
    urn = "urn:uuid:0f0f"
    content = whole(no_metastasis("2020-03-01"))
    content["entry"][0]["fullUrl"] = urn
    for entry in content["entry"][1:]:
        entry["resource"] = entry["resource"] | {"subject": {"reference": urn}}
    cohort, _ = read(content)
    assert field(cohort, "er") == "positive"


def test_values_that_differ_are_left_out_and_counted(read: Read) -> None:
    twice = [marker("85339-0", POSITIVE), marker("85339-0", NEGATIVE)]
    cohort, result = read(whole(*twice))
    assert field(cohort, "pr") is None
    assert next(c.counts for c in result.report.columns if c.field == "pr")["contradictory"] == [1]


def test_of_several_values_the_nearest_to_diagnosis_counts_and_ish_before_ihc(read: Read) -> None:
    ihc, ish = marker("85319-2", NEGATIVE), marker("85318-4", POSITIVE, "2010-04-01")
    cohort, _ = read(whole(ihc, ish, marker("85339-0", POSITIVE), marker("85339-0", NEGATIVE, "2010-09-01")))
    assert (field(cohort, "her2"), field(cohort, "pr")) == ("positive", "positive")


def test_pathology_before_clinic(read: Read) -> None:
    clinical = observation("399504009", SNOMED, "2010-03-01", valueCodeableConcept={"text": "cT1"})
    pathologic = observation("384625004", SNOMED, "2010-04-01", valueCodeableConcept={"text": "pT2"})
    cohort, _ = read(whole(clinical, pathologic))
    assert field(cohort, "t") == "T2"


def test_detection_by_the_reason_of_the_mammogram(read: Read) -> None:
    def mammogram(intent: str, date: str = "2010-02-01") -> Resource:
        return {
            "resourceType": "Procedure",
            "status": "completed",
            "subject": PATIENT,
            "code": concept("71651007"),
            "reasonCode": [concept(intent)],
            "performedDateTime": date,
        }

    screening, diagnostic = mammogram("360156006"), mammogram("261004008", "2010-02-20")
    assert field(read(whole(screening, diagnostic))[0], "detection") == "screen"
    assert field(read(whole(diagnostic))[0], "detection") == "symptoms"
    assert field(read(whole(mammogram("360156006", "2008-02-01")))[0], "detection") is None


def test_dates_that_were_moved_tell_no_year(read: Read) -> None:
    label = {"security": [{"code": "MASKED"}]}
    cohort, result = read(whole(of=patient(meta=label)))
    assert field(cohort, "year_of_diagnosis") is None
    assert field(cohort, "age") == pytest.approx(50.0, abs=0.01)
    assert any("moved" in note for note in result.report.notes)


def test_a_death(read: Read) -> None:
    cohort, _ = read(whole(secondary(), of=patient(deceasedDateTime="2014-03-01T10:00:00+01:00")))
    assert cohort.died.tolist() == [True]
    assert cohort.follow_up[0] == pytest.approx(4.0, abs=0.01)


def test_a_folder_and_a_single_file(tmp_path: Path) -> None:
    for number in (1, 2):
        written(tmp_path / f"{number}.json", whole(of=patient(id="p")))
    folder = import_mcode(tmp_path)
    # The same bundle twice counts once.
    assert folder.report.patients.aside == {"the same as an earlier row": [2]}
    assert len(import_mcode(tmp_path / "1.json").cohort or ()) == 1


@pytest.mark.parametrize("name", ["no.ndjson", "b.csv", "empty.ndjson"])
def test_files_that_are_none(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty.ndjson").write_text("\n")
    with pytest.raises(InputError, match=name):
        import_mcode(tmp_path / name)


def test_the_table_of_codes_is_consistent() -> None:
    rows = table()
    keys = [(row.element, row.system, row.code) for row in rows]
    assert len(keys) == len(set(keys))
    systems = {"LOINC", "SNOMED", "NCIT", "ICD-10", "ICD-O-3", "RxNorm", "INTERPRETATION"}
    assert {row.system for row in rows} == systems
    assert all(row.display and row.source for row in rows)
