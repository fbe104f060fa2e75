import pytest

from organotropism.patient import Patient
from organotropism.present import wording
from organotropism.process.reasons import FACTORS


@pytest.mark.parametrize("factor", [factor for factor in FACTORS if factor != "year"])
def test_every_factor_has_words(factor):
    # Only the subtype is ever partly known.
    nothing = Patient(er="positive")
    assert (wording.factor_text(nothing, factor) is None) == (factor != "subtype")


def test_texts_of_factors():
    patient = Patient(
        subtype="HR+/HER2+",
        size_mm=12.5,
        positive_nodes=1,
        anti_her2_therapy=True,
        chemotherapy="none",
        pr="negative",
    )
    texts = {factor: wording.factor_text(patient, factor) for factor in ("size", "nodes", "treatment", "pr")}
    assert texts == {
        "size": "12.5 mm",
        "nodes": "1 positive node",
        "treatment": "no chemotherapy, trastuzumab",
        "pr": "PR negative",
    }
    staged = Patient(er="positive", t="T2", n="N1")
    assert [wording.factor_text(staged, factor) for factor in ("size", "nodes")] == ["T2", "N1"]


def test_names_of_fields():
    assert wording.field_text("er/her2") == "ER/HER2"
    assert wording.field_text("pr ") == "PR"
    assert wording.studies(["predict3", "smith2001"]) == "PREDICT v3.2, smith2001"
    assert wording.studies([]) == "no study: prior alone"
