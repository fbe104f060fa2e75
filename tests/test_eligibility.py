import pytest

from organotropism.eligibility import check_eligibility
from organotropism.errors import IneligibleError
from organotropism.patient import Patient

UNREMARKABLE = {"er": "positive", "pr": "positive", "her2": "negative", "age": 60, "sex": "female", "m": "M0"}


def test_an_unremarkable_patient_raises_no_warning() -> None:
    assert check_eligibility(Patient.parse(UNREMARKABLE)) == []


@pytest.mark.parametrize(
    ("fields", "begins"),
    [
        ({"sex": "male"}, "sex male:"),
        ({"neoadjuvant": True}, "neoadjuvant: size and nodes"),
        ({"pregnant": True}, "pregnant:"),
        ({"previous_cancer": True}, "previous_cancer:"),
        ({"bilateral": True}, "bilateral:"),
        ({"inflammatory": True}, "inflammatory:"),
        ({"age": 24.9}, "age:"),
        ({"age": 85.1}, "age:"),
        ({"size_mm": 0.9}, "size_mm:"),
        ({"size_mm": 151}, "size_mm:"),
        ({"positive_nodes": 21}, "positive_nodes:"),
        ({"er": "negative"}, "er negative with pr positive:"),
        ({"m": None}, "M unknown: taken as M0"),
        ({"pam50": "LumA"}, "pam50: not used by this model"),
        ({"other_treatments": "Palbociclib"}, "CDK4/6 inhibitors:"),
        ({"other_treatments": "ribociclib 600 mg"}, "CDK4/6 inhibitors:"),
        ({"other_treatments": "abemaciclib"}, "CDK4/6 inhibitors:"),
        ({"other_treatments": "trastuzumab deruxtecan"}, "antibody-drug conjugates:"),
        ({"other_treatments": "T-DM1"}, "antibody-drug conjugates:"),
        ({"other_treatments": "sacituzumab govitecan"}, "antibody-drug conjugates:"),
        ({"other_treatments": "olaparib"}, "PARP inhibitors:"),
        ({"other_treatments": "talazoparib"}, "PARP inhibitors:"),
        ({"other_treatments": "pembrolizumab"}, "immunotherapy:"),
        ({"other_treatments": "atezolizumab"}, "immunotherapy:"),
        ({"other_treatments": "vitamin D"}, "other_treatments:"),
    ],
)
def test_each_circumstance_raises_its_one_warning(fields: dict[str, object], begins: str) -> None:
    warnings = check_eligibility(Patient.parse(UNREMARKABLE | fields))
    assert len(warnings) == 1
    assert warnings[0].startswith(begins)
    assert "\n" not in warnings[0]


@pytest.mark.parametrize(
    "fields",
    [
        {"age": 25},
        {"age": 85},
        {"size_mm": 1},
        {"size_mm": 150},
        {"positive_nodes": 20},
        {"m": None, "involved": "bone@0"},
        {"neoadjuvant": False, "chemotherapy": "third generation"},
    ],
)
def test_limits_themselves_raise_none(fields: dict[str, object]) -> None:
    assert check_eligibility(Patient.parse(UNREMARKABLE | fields)) == []


@pytest.mark.parametrize(
    "fields",
    [{"chemotherapy": "third generation"}, {"endocrine_therapy": True}, {"anti_her2_therapy": True}],
)
def test_neoadjuvant_with_systemic_treatment_warns_of_its_effects_too(fields: dict[str, object]) -> None:
    warnings = check_eligibility(Patient.parse(UNREMARKABLE | {"neoadjuvant": True} | fields))
    assert [text.partition(":")[0] for text in warnings] == [
        "neoadjuvant",
        "neoadjuvant with systemic treatment",
    ]


def test_neoadjuvant_without_chemotherapy_does_not_warn_of_effects() -> None:
    fields = UNREMARKABLE | {"neoadjuvant": True, "chemotherapy": "none", "endocrine_therapy": False}
    found = check_eligibility(Patient.parse(fields))
    assert not any("effects used" in warning for warning in found)
    # What she has instead is the remark on untreated women.
    assert [warning.partition(":")[0] for warning in found] == ["neoadjuvant", "untreated"]


def test_kinds_of_treatment_are_named_once_and_without_their_text() -> None:
    fields = UNREMARKABLE | {"other_treatments": ["palbociclib", "Ribociclib", "secret-name", "olaparib"]}
    warnings = check_eligibility(Patient.parse(fields))
    assert [text.partition(":")[0] for text in warnings] == [
        "CDK4/6 inhibitors",
        "PARP inhibitors",
        "other_treatments",
    ]
    assert "secret-name" not in " ".join(warnings)


def test_a_copied_record_below_age_is_refused() -> None:
    # Copying with changes does not validate, so eligibility is the last to see the age.
    child = Patient.parse(UNREMARKABLE).model_copy(update={"age": 17.0})
    with pytest.raises(IneligibleError, match="below 18 years"):
        check_eligibility(child)
