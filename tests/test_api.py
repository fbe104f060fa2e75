"""The public names, what importing costs, and the JSON contract."""

import json
import subprocess
import sys
from importlib import resources
from importlib.metadata import version

import pytest
from jsonschema import Draft202012Validator

import organotropism as ot
from toy import KNOWN, toy_model

SCHEMAS = {
    name: json.loads((resources.files("organotropism") / "schema" / f"{name}.schema.json").read_text("utf-8"))
    for name in ("forecast", "patient")
}
PATIENTS = {
    "known": KNOWN,
    "sparse": {"her2": "positive"},
    "free": {"er": "negative", "her2": "negative", "age": 50, "grade": 2, "size_mm": 20, "free_for": 12},
    "metastatic": {"subtype": "TNBC", "age": 50, "size_mm": 20, "involved": "bone@2.5;lung@3", "as_of": 4},
}


def test_public_names():
    assert sorted(ot.__all__) == dir(ot)
    for name in ot.__all__:
        assert getattr(ot, name) is getattr(ot, name)
    assert ot.__version__ == version("organotropism")
    assert issubclass(ot.IneligibleError, ot.InputError)
    with pytest.raises(AttributeError, match="has no attribute 'forecast'"):
        _ = ot.forecast


@pytest.mark.parametrize(
    "statement, absent",
    [
        ("import organotropism", ["numpy", "pydantic"]),
        ("from organotropism.cli import main; main(['--version'])", ["numpy", "pydantic", "rich"]),
        ("import organotropism; organotropism.load_model", ["scipy", "polars", "rich"]),
        ("import organotropism.cli.predict, organotropism.present.text", ["scipy", "polars"]),
    ],
)
def test_slow_packages_are_imported_when_needed(statement, absent):
    code = f"import sys; {statement}; print([name for name in {absent} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("name", SCHEMAS)
def test_schemas_are_schemas(name):
    Draft202012Validator.check_schema(SCHEMAS[name])


def problems(document, schema="forecast"):
    return [error.message for error in Draft202012Validator(SCHEMAS[schema]).iter_errors(document)]


def documents():
    for name, fields in PATIENTS.items():
        patient = ot.Patient.parse(fields)
        # Intervals of a patient of whom little is known take long, and differ in no other way.
        for intervals in (False,) if name == "sparse" else (True, False):
            yield name, toy_model().forecast(patient, intervals=intervals).to_dict()


def test_documents_keep_the_contract():
    for _, document in documents():
        plain = json.loads(json.dumps(document, allow_nan=False))
        assert problems(plain) == []
        patient = plain["patient"]
        del patient["clinical_subtypes"]
        assert problems(patient, "patient") == []


def objects(value):
    """All objects inside a document."""
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from objects(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from objects(inner)


def test_schema_refuses_other_documents():
    document = json.loads(json.dumps(next(documents())[1]))
    fixed = [
        document,
        document["model"],
        document["state"],
        document["several"],
        *objects(document["unknown"]),
    ]
    fixed += [document["sites"]["bone"], document["any_distant"][0], document["contributions"]["bone"][0]]
    for part in fixed:
        if part in [entry["values"] for entry in document["unknown"]]:
            continue
        part["surplus"] = 1
        assert problems(document)
        del part["surplus"]
        name, value = part.popitem()
        assert problems(document), name
        part[name] = value
        assert problems(document) == []
    document["several"]["risk"] = 1.5
    assert problems(document)


def test_metastatic_document_has_the_known_sites_as_certain():
    document = toy_model().forecast(ot.Patient.parse(PATIENTS["metastatic"])).to_dict()
    assert {entry["risk"] for site in ("bone", "lung") for entry in document["sites"][site]["ever"]} == {1.0}
    assert document["unknown"] == []


def test_frame_in_table_out():
    import polars as pl

    frame = pl.DataFrame(
        {"id": ["a", "b"], "er": ["positive", "negative"], "her2": ["negative", None], "age": [50, 60]}
    )
    table = toy_model().forecast(frame, intervals=False)
    assert isinstance(table, ot.ForecastTable)
    assert isinstance(table[1], ot.Forecast)
    assert table.to_frame()["id"].unique(maintain_order=True).to_list() == ["a", "b"]
