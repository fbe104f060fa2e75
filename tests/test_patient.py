import math
from typing import Any

import numpy as np
import pytest

from organotropism.eligibility import check_eligibility
from organotropism.errors import IneligibleError, InputError
from organotropism.patient import Patient
from organotropism.vocabulary import SUBTYPES

FIELDS = list(Patient.model_fields)


def patient(**fields: Any) -> Patient:
    """Patient with one receptor, unless others give another."""
    return Patient(**({"her2": "negative"} | fields))


def refusal(**fields: Any) -> InputError:
    with pytest.raises(InputError) as caught:
        patient(**fields)
    return caught.value


# Values and their synonyms


@pytest.mark.parametrize(
    ("field", "written", "value"),
    [
        ("id", " a-1 ", "a-1"),
        ("id", 7, "7"),
        ("id", 12345678901234567891, "12345678901234567891"),
        ("age", "52.5", 52.5),
        ("age", " 52 ", 52.0),
        ("sex", "F", "female"),
        ("sex", "Man", "male"),
        ("year_of_diagnosis", "2015", 2015),
        ("year_of_diagnosis", 2015.0, 2015),
        ("detection", "Screen-detected", "screen"),
        ("detection", "symptomatic", "symptoms"),
        ("er", "POS", "positive"),
        ("er", "+", "positive"),
        ("er", 1, "positive"),
        ("er", True, "positive"),
        ("pr", "-", "negative"),
        ("pr", "\u2212", "negative"),
        ("pr", 0, "negative"),
        ("pr", "0.0", "negative"),
        ("her2", "3+", "positive"),
        ("her2", "IHC 1+", "negative"),
        ("her2", "1+", "negative"),
        ("her2", "0", "negative"),
        ("ki67", "0", 0.0),
        ("ki67", 100, 100.0),
        ("grade", "G2", 2),
        ("grade", "2.0", 2),
        ("grade", 3, 3),
        ("grade", "Grade 1", 1),
        ("size_mm", "1.5e1", 15.0),
        ("positive_nodes", "3.0", 3),
        ("t", "T1c", "T1"),
        ("t", "1", "T1"),
        ("t", 2, "T2"),
        ("t", "pT1mi", "T1"),
        ("t", "cT4d", "T4"),
        ("t", "T2(m)", "T2"),
        ("t", "TX", None),
        ("n", "N1mi", "N1"),
        ("n", "N1a", "N1"),
        ("n", "1", "N1"),
        ("n", "pN0(i+)(sn)", "N0"),
        ("n", "N3c", "N3"),
        ("n", "NX", None),
        ("m", "0", "M0"),
        ("m", "cM0(i+)", "M0"),
        ("m", "MX", None),
        ("histology", "IDC", "ductal"),
        ("histology", "No special type", "ductal"),
        ("histology", "NST", "ductal"),
        ("histology", "invasive ductal carcinoma", "ductal"),
        ("histology", "ILC", "lobular"),
        ("histology", "mixed ductal-lobular", "mixed"),
        ("histology", "mucinous", "other"),
        ("histology", "carcinosarcoma", "other"),
        ("menopausal_status", "premenopausal", "pre"),
        ("menopausal_status", "Post-menopausal", "post"),
        ("pam50", "HER2-enriched", "Her2"),
        ("pam50", "luma", "LumA"),
        ("endocrine_therapy", "Yes", True),
        ("radiotherapy", "0", False),
        ("bisphosphonate", False, False),
        ("neoadjuvant", 1, True),
        ("pregnant", "TRUE", True),
        ("chemotherapy", "none", "none"),
        ("chemotherapy", "third-generation", "third generation"),
        ("chemotherapy", "2nd generation", "second generation"),
        ("other_treatments", "a; b;;unknown", ("a", "b")),
        ("other_treatments", ["a", "b "], ("a", "b")),
        ("free_for", "0", 0.0),
        ("free_for", "-0", 0.0),
        ("age", np.float32(50.5), 50.5),
        ("positive_nodes", np.int64(2), 2),
        ("grade", np.int64(2), 2),
    ],
)
def test_values_are_read_as_people_write_them(field: str, written: object, value: object) -> None:
    read = getattr(patient(**{"er": "positive", field: written}), field)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    ("written", "subtype"),
    [
        ("luminal A-like", "HR+/HER2-"),
        ("Luminal B-like HER2-", "HR+/HER2-"),
        ("luminal B-like (HER2 negative)", "HR+/HER2-"),
        ("hr+/her2\u2212", "HR+/HER2-"),
        ("luminal B-like HER2+", "HR+/HER2+"),
        ("Triple positive", "HR+/HER2+"),
        ("HER2 positive (non-luminal)", "HR-/HER2+"),
        ("triple negative", "TNBC"),
        ("tnbc", "TNBC"),
    ],
)
def test_subtypes_have_clinical_names(written: str, subtype: str) -> None:
    assert Patient.parse({"subtype": written}).subtype == subtype


@pytest.mark.parametrize("field", [name for name in FIELDS if name != "her2"])
@pytest.mark.parametrize("unknown", ["", " ", None, "unknown", "Unknown", "NA", "n/a", "NaN", math.nan])
def test_unknown_is_the_same_as_left_out(field: str, unknown: object) -> None:
    assert patient(**{field: unknown}) == patient()


@pytest.mark.parametrize(
    ("field", "written", "part"),
    [
        ("er", "maybe", 'er: "maybe" is not a receptor status; expected positive, negative or unknown'),
        ("er", "posative", '(did you mean "positive"?)'),
        ("er", "1+", "is not a receptor status"),
        ("her2", "2+", 'her2: "2+" is equivocal: give the result of in situ hybridisation (ISH), or unknown'),
        ("her2", "1", "may be an IHC score or a coded status"),
        ("age", "fifty", 'age: "fifty" is not a number'),
        ("age", 111, "age: 111 is out of range; expected 18 to 110 years"),
        ("age", -1, "age: -1 is out of range"),
        ("age", math.inf, "is not a finite number"),
        ("age", 10**400, "is not a finite number"),
        ("age", "9" * 5000, "is not a number"),
        ("age", True, "age: true is not a number"),
        ("age", "1_0", "is not a number"),
        ("size_mm", "22 mm", "a number without its unit"),
        ("size_mm", "2,2", "a number with a decimal point"),
        ("size_mm", 0, "expected more than 0 to 300 mm"),
        ("size_mm", 300.5, "expected more than 0 to 300 mm"),
        ("positive_nodes", "1.5", "is not a whole number"),
        ("positive_nodes", 61, "expected 0 to 60"),
        ("ki67", 100.5, "expected 0 to 100 %"),
        ("grade", 4, "grade: 4 is not a histological grade; expected 1, 2, 3 or unknown"),
        ("year_of_diagnosis", 20155, "expected 1950 to 2100"),
        ("t", "T5", 't: "T5" is not a T category; expected T1, T2, T3, T4 or unknown'),
        ("t", "T0", "means that no primary tumour was found"),
        ("t", "ypT1", "is not the category at diagnosis"),
        ("n", "N4", "is not an N category"),
        ("m", "M2", "is not an M category"),
        ("subtype", "HER2-enriched", "give it as pam50"),
        ("subtype", "luminal B-like", "leaves HER2 open"),
        ("subtype", "luminal A", "give it as pam50"),
        ("chemotherapy", "yes", "does not say which generation"),
        ("endocrine_therapy", "maybe", "is not yes or no; expected true, false or unknown"),
        ("free_for", 20, "expected 0 to less than 20 years"),
        ("er", {"status": 1}, "er: a table is not a receptor status"),
        ("t", ["T1"], "t: a list is not a T category"),
        ("id", {"a": 1}, "id: a table is not text"),
        ("id", "x" * 201, "id: "),
        ("id", 10**400, "id: is not a finite number"),
        ("other_treatments", 5, "is not a list of treatments"),
        ("other_treatments", ["x"] * 51, "other_treatments: "),
        ("involved", 10**400, "involved: a huge number is not a list"),
        ("involved", 5, "is not a list of sites with years"),
        ("involved", "bone", "does not say when"),
        ("involved", "bone@", "involved.years: is missing"),
        ("involved", "bone@2,brain@1", 'sites parted by ";", such as "bone@2.5;lung@3"'),
        ("involved", "@2", "involved.site: is missing"),
        ("involved", "bon@2", '(did you mean "bone"?)'),
        ("involved", "bone@20", "involved.years: 20 is out of range; expected 0 to less than 20 years"),
        ("involved", "visceral@2", 'involved.site: "visceral" is not a site'),
        ("involved", "bone@2;skeleton@3", "names a site twice"),
        ("involved", [{"site": "bone"}], "involved.years: is missing"),
        ("involved", [{"site": "bone", "years": 1, "side": "left"}], 'involved: "side" is not a known field'),
        ("involved", [5], "involved"),
        ("siz_mm", 4, '"siz_mm" is not a known field (did you mean "size_mm"?)'),
        ("nodes", 4, '(did you mean "positive_nodes"?)'),
        ("Size-mm", 4, '(did you mean "size_mm"?)'),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_reason(field: str, written: object, part: str) -> None:
    assert part in str(refusal(**{field: written}))


def test_every_problem_has_its_line() -> None:
    lines = str(refusal(er="maybe", age=200, foo=1)).splitlines()
    assert [line.partition(":")[0] for line in lines] == ["age", "er", '"foo" is not a known field']


def test_without_a_receptor_every_subtype_stays_open_and_a_warning_says_so() -> None:
    warning = "no receptor is known: averaged over all subtypes"
    unknown = Patient(age=50, er=None)
    assert unknown.clinical_subtypes == tuple(SUBTYPES)
    assert warning in check_eligibility(unknown)
    for fields in ({"er": "positive"}, {"pr": "negative"}, {"her2": "positive"}, {"subtype": "TNBC"}):
        assert warning not in check_eligibility(Patient.parse(fields))


@pytest.mark.parametrize(
    ("field", "written", "part"),
    [
        ("histology", "DCIS", "in situ"),
        ("histology", "ductal carcinoma in situ", "in situ"),
        ("histology", "non-invasive", "in situ"),
        ("histology", "Phyllodes tumour", "phyllodes"),
        ("histology", "cystosarcoma phylloides", "phyllodes"),
        ("histology", "angiosarcoma", "sarcoma"),
        ("histology", "lymphoma", "lymphoma"),
        ("histology", "benign", "benign"),
        ("t", "Tis", "in situ"),
        ("t", "pTis", "in situ"),
        ("age", 17.9, "below 18 years"),
    ],
)
def test_patients_of_whom_the_model_does_not_speak_are_refused(
    field: str, written: object, part: str
) -> None:
    error = refusal(**{field: written, "grade": 9})
    assert isinstance(error, IneligibleError)
    assert error.field == field
    assert part in str(error).splitlines()[0]


def test_a_carcinosarcoma_is_no_sarcoma() -> None:
    assert Patient.parse({"er": "positive", "histology": "breast carcinosarcoma"}).histology == "other"


# Fields together


@pytest.mark.parametrize(
    ("fields", "both"),
    [
        ({"t": "T1", "size_mm": 20.1}, ("t", "size_mm")),
        ({"t": "T2", "size_mm": 20}, ("t", "size_mm")),
        ({"t": "T2", "size_mm": 50.1}, ("t", "size_mm")),
        ({"t": "T3", "size_mm": 50}, ("t", "size_mm")),
        ({"n": "N0", "positive_nodes": 1}, ("n", "positive_nodes")),
        ({"n": "N1", "positive_nodes": 0}, ("n", "positive_nodes")),
        ({"n": "N1", "positive_nodes": 4}, ("n", "positive_nodes")),
        ({"n": "N2", "positive_nodes": 10}, ("n", "positive_nodes")),
        ({"n": "N3", "positive_nodes": 9}, ("n", "positive_nodes")),
        ({"subtype": "TNBC", "er": "positive"}, ("subtype", "er")),
        ({"subtype": "HR-/HER2+", "her2": "positive", "pr": "positive"}, ("subtype", "pr")),
        ({"subtype": "HR+/HER2-", "er": "negative", "pr": "negative"}, ("subtype", "pr")),
        ({"free_for": 2, "involved": "bone@1"}, ("free_for", "involved")),
        ({"as_of": 2}, ("as_of", "involved")),
        ({"as_of": 2, "involved": "bone@2.5"}, ("as_of", "involved")),
        ({"m": "M0", "involved": "bone@0"}, ("m", "involved")),
        ({"m": "M1"}, ("m", "involved")),
        ({"m": "M1", "involved": "bone@1"}, ("m", "involved")),
    ],
)
def test_contradictions_name_both_fields(fields: dict[str, Any], both: tuple[str, str]) -> None:
    error = refusal(**fields)
    assert error.field == both[0]
    assert both[1] in str(error)


@pytest.mark.parametrize(
    "fields",
    [
        {"t": "T1", "size_mm": 20},
        {"t": "T2", "size_mm": 20.1},
        {"t": "T2", "size_mm": 50},
        {"t": "T3", "size_mm": 50.1},
        {"t": "T4", "size_mm": 5},
        {"n": "N0", "positive_nodes": 0},
        {"n": "N1", "positive_nodes": 3},
        {"n": "N2", "positive_nodes": 4},
        {"n": "N3", "positive_nodes": 10},
        {"subtype": "HR+/HER2-", "er": "negative"},
        {"subtype": "HR+/HER2-", "er": "negative", "pr": "positive"},
        {"m": "M1", "involved": "bone@0;lung@1"},
        {"m": "M0", "involved": "bone@0.1"},
        {"as_of": 2.5, "involved": "bone@2.5"},
    ],
)
def test_limits_of_the_contradictions_are_allowed(fields: dict[str, Any]) -> None:
    patient(**fields)


def test_the_subtype_message_offers_both_ways_out() -> None:
    assert str(refusal(subtype="TNBC", her2="positive")) == (
        'subtype: "TNBC" contradicts her2 positive; expected HR+/HER2+ or HR-/HER2+, or her2 negative'
    )


def test_the_m1_message_says_where_the_forecast_starts() -> None:
    assert "the forecast starts from non-metastatic disease" in str(refusal(m="M1"))
