import json
import timeit
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import ValidationError
from rich.pretty import pretty_repr

from organotropism.errors import InputError
from organotropism.patient import Patient
from organotropism.patient_record import Involvement
from organotropism.vocabulary import SUBTYPES, Site

FIELDS = list(Patient.model_fields)


def patient(**fields: Any) -> Patient:
    """Patient with one receptor, unless others give another."""
    return Patient(**({"her2": "negative"} | fields))


def refusal(**fields: Any) -> InputError:
    with pytest.raises(InputError) as caught:
        patient(**fields)
    return caught.value


# What follows from the fields


@pytest.mark.parametrize(
    ("fields", "subtypes"),
    [
        ({"er": "positive"}, "HR+/HER2- HR+/HER2+"),
        ({"pr": "positive", "her2": "positive"}, "HR+/HER2+"),
        ({"er": "negative", "her2": "negative"}, "HR+/HER2- TNBC"),
        ({"er": "negative", "pr": "negative"}, "HR-/HER2+ TNBC"),
        ({"er": "negative", "pr": "negative", "her2": "positive"}, "HR-/HER2+"),
        ({"er": "negative", "pr": "positive", "her2": "negative"}, "HR+/HER2-"),
        ({"pr": "negative"}, "HR+/HER2- HR+/HER2+ HR-/HER2+ TNBC"),
        ({"her2": "positive"}, "HR+/HER2+ HR-/HER2+"),
        ({"subtype": "TNBC"}, "TNBC"),
        ({"subtype": "HR+/HER2+", "er": "positive"}, "HR+/HER2+"),
    ],
)
def test_clinical_subtypes_are_those_compatible(fields: dict[str, str], subtypes: str) -> None:
    known = Patient.parse(fields)
    assert known.clinical_subtypes == tuple(subtypes.split())
    assert known.clinical_subtype == (subtypes if " " not in subtypes else None)


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"er": "positive"}, True),
        ({"er": "negative", "subtype": "HR+/HER2-"}, False),
        ({"subtype": "TNBC"}, False),
        ({"subtype": "HR-/HER2+"}, False),
        ({"subtype": "HR+/HER2+"}, True),
        ({"pr": "positive", "her2": "negative"}, None),
    ],
)
def test_er_status_is_stated_or_implied_by_the_stated_subtype(
    fields: dict[str, str], status: bool | None
) -> None:
    assert Patient.parse(fields).er_status is status


@pytest.mark.parametrize(
    ("fields", "label"),
    [
        ({"er": "+", "pr": "+", "her2": "-", "ki67": 19.9}, "luminal A-like"),
        ({"er": "+", "pr": "+", "her2": "-", "ki67": 20}, "luminal B-like (HER2 negative)"),
        ({"er": "+", "pr": "-", "her2": "-"}, "luminal B-like (HER2 negative)"),
        ({"er": "+", "her2": "-", "ki67": 40}, "luminal B-like (HER2 negative)"),
        ({"er": "+", "pr": "+", "her2": "-"}, None),
        ({"er": "+", "her2": "-", "ki67": 5}, None),
        ({"er": "+", "her2": "+"}, "luminal B-like (HER2 positive)"),
        ({"er": "-", "pr": "+", "her2": "-", "ki67": 40}, None),
        ({"er": "-", "pr": "-", "her2": "+"}, "HER2 positive (non-luminal)"),
        ({"er": "-", "pr": "-", "her2": "-"}, "triple negative"),
        ({"er": "+"}, None),
        ({"subtype": "TNBC"}, "triple negative"),
    ],
)
def test_st_gallen_labels_follow_the_2013_consensus(fields: dict[str, Any], label: str | None) -> None:
    known = Patient.parse(fields)
    assert known.st_gallen == label
    if label is not None:
        # Each label is also a name under which a subtype may be given.
        assert Patient.parse({"subtype": label}).subtype == known.clinical_subtype


def test_involved_sites_come_in_every_form() -> None:
    forms: list[object] = [
        "lung@3; bone@2.5",
        ["lung@3", "Bones @ 2.5"],
        [("lung", 3), ["skeleton", "2.5"]],
        [{"site": "lung", "years": 3}, {"site": "bone", "years": "2.5"}],
        [Involvement(site=Site.LUNG, years=3), Involvement(site=Site.BONE, years=2.5)],
    ]
    read = [patient(involved=form) for form in forms]
    assert all(one == read[0] for one in read)
    assert read[0].involved_sites == (Site.BONE, Site.LUNG)
    assert read[0].as_of == read[0].now == 3


@pytest.mark.parametrize(
    "finer", ["pleura", "distant lymph node", "skin_soft_tissue", "bone marrow", "ovary"]
)
def test_finer_sites_are_read_as_other(finer: str) -> None:
    assert patient(involved=f"{finer}@1").involved_sites == (Site.OTHER,)


@pytest.mark.parametrize(
    ("fields", "now"),
    [
        ({}, 0.0),
        ({"free_for": 4}, 4.0),
        ({"involved": "bone@1", "as_of": 6}, 6.0),
        ({"involved": "bone@0"}, 0.0),
    ],
)
def test_now_is_where_horizons_count_from(fields: dict[str, Any], now: float) -> None:
    assert patient(**fields).now == now


# The record as such


def test_representations_show_no_values() -> None:
    secret = patient(id="secret-id", age=61.25, involved="bone@1.75")
    assert repr(secret) == str(secret) == f"{secret}" == "Patient(id hidden, 4 fields known)"
    assert repr(patient()) == "Patient(1 fields known)"
    assert pretty_repr(secret) == "Patient()"


def test_a_record_is_frozen_and_can_be_a_key() -> None:
    one = patient(age=50, involved="bone@1")
    with pytest.raises(ValidationError):
        one.age = 51
    assert {one: 1}[patient(age="50", involved=[("bone", 1)])] == 1


def test_parse_names_file_and_row_in_every_line() -> None:
    with pytest.raises(InputError) as caught:
        Patient.parse({"er": "maybe", "foo": "1"}, file="p.csv", row=3)
    assert [line[:15] for line in str(caught.value).splitlines()] == ["p.csv, row 3, e", 'p.csv, row 3: "']


@pytest.mark.parametrize("fields", [None, [], "er", 5])
def test_parse_refuses_what_is_no_mapping(fields: Any) -> None:
    with pytest.raises(InputError, match="expected a table of fields"):
        Patient.parse(fields)


def test_a_record_of_very_many_fields_is_refused_at_once() -> None:
    with pytest.raises(InputError, match="has 100000 fields"):
        Patient.parse({f"f{number}": "" for number in range(100_000)})


def test_pydantic_validation_of_a_mapping_gives_the_same_record() -> None:
    assert Patient.model_validate({"er": "pos", "age": "50"}) == Patient(er="positive", age=50)
    with pytest.raises(ValidationError, match="is not a receptor status"):
        Patient.model_validate({"er": "maybe"})


def test_reading_a_record_is_fast_enough_for_large_tables() -> None:
    fields = {
        "id": "a", "age": "52", "er": "positive", "pr": "negative", "her2": "negative", "size_mm": "22",
        "positive_nodes": "1", "grade": "2", "t": "T2", "n": "N1", "m": "M0", "histology": "ductal",
    }  # fmt: skip
    # About 13 microseconds on a laptop core; 100 leaves room for slow and busy machines, and still catches a
    # change that makes every record run through exceptions or rebuild its readers.
    best = min(timeit.repeat(lambda: Patient.model_validate(fields), number=500, repeat=5)) / 500
    assert best < 100e-6


def schema() -> dict[str, Any]:
    text = (files("organotropism") / "schema" / "patient.schema.json").read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    return document


def test_the_shipped_schema_is_current() -> None:
    # To renew it, write this object to the file as JSON with an indent of 2.
    current = {"$schema": "https://json-schema.org/draft/2020-12/schema", **Patient.model_json_schema()}
    assert schema() == current
    Draft202012Validator.check_schema(current)


@pytest.mark.parametrize(
    ("record", "valid"),
    [
        ({"er": "positive", "grade": 2, "involved": [{"site": "bone", "years": 2}]}, True),
        ({"er": None, "age": 18}, True),
        ({"er": "maybe"}, False),
        ({"age": 17}, False),
        ({"foo": 1}, False),
        ({"free_for": 20}, False),
    ],
)
def test_the_schema_describes_the_canonical_form(record: dict[str, Any], valid: bool) -> None:
    assert Draft202012Validator(schema()).is_valid(record) is valid


def test_every_field_is_documented() -> None:
    page = (Path(__file__).resolve().parent.parent / "docs" / "fields.md").read_text(encoding="utf-8")
    assert [name for name in FIELDS if f"`{name}`" not in page] == []
    assert [name for name, field in Patient.model_fields.items() if not field.description] == []


# Invariants


def sometimes(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


canonical = st.fixed_dictionaries(
    {
        "id": sometimes(st.text("abc-123", min_size=1, max_size=9)),
        "age": sometimes(st.floats(18, 110)),
        "er": sometimes(st.sampled_from(["positive", "negative"])),
        "pr": sometimes(st.sampled_from(["positive", "negative"])),
        "her2": st.sampled_from(["positive", "negative"]),
        "ki67": sometimes(st.floats(0, 100)),
        "grade": sometimes(st.sampled_from([1, 2, 3])),
        "size_mm": sometimes(st.floats(0, 300, exclude_min=True)),
        "positive_nodes": sometimes(st.integers(0, 60)),
        "histology": sometimes(st.sampled_from(["ductal", "lobular", "mixed", "other"])),
        "endocrine_therapy": sometimes(st.booleans()),
        "other_treatments": st.lists(st.sampled_from(["palbociclib", "x"]), max_size=3),
        "involved": st.lists(
            st.fixed_dictionaries(
                {"site": st.sampled_from(list(Site)), "years": st.floats(0, 20, exclude_max=True)}
            ),
            unique_by=lambda found: found["site"],
        ),
    }
)


@given(canonical)
def test_a_record_survives_being_written_and_read(fields: dict[str, Any]) -> None:
    record = Patient.parse(fields)
    written = record.model_dump_json()
    assert Patient.parse(json.loads(written)) == record
    assert Draft202012Validator(schema()).is_valid(json.loads(written))


@given(canonical)
def test_the_subtypes_left_open_shrink_as_receptors_become_known(fields: dict[str, Any]) -> None:
    known = Patient.parse(fields)
    less = Patient.parse(fields | {"er": None})
    assert 1 <= len(known.clinical_subtypes) <= len(SUBTYPES)
    assert set(known.clinical_subtypes) <= set(less.clinical_subtypes)
    for subtype in known.clinical_subtypes:
        assert Patient.parse(fields | {"subtype": subtype}).clinical_subtype == subtype


WORDS = st.sampled_from(
    [
        "positive",
        "neg",
        "+",
        "2+",
        "TNBC",
        "T1c",
        "N1mi",
        "bone@2;lung",
        "@",
        ";",
        "1e400",
        "-0",
        "nan",
        "DCIS",
        "\x00",
    ]
)


@given(st.dictionaries(st.sampled_from(FIELDS) | st.text(), WORDS | st.text(st.characters())))
def test_any_text_is_read_or_refused_with_a_printable_message(fields: dict[str, str]) -> None:
    try:
        Patient.parse(fields, file="x.csv", row=2)
    except InputError as error:
        lines = str(error).splitlines()
        assert lines
        assert all(line.isprintable() for line in lines)
        assert all(line.startswith("x.csv, row 2") for line in lines if not line.startswith("and "))


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["site", "years"]) | st.text(), inner),
    max_leaves=8,
)


@pytest.mark.parametrize("build", [Patient.parse, lambda fields: Patient(**fields)])
@given(fields=st.dictionaries(st.sampled_from(FIELDS), JSON))
def test_any_json_is_read_or_refused(
    build: Callable[[dict[str, Any]], Patient], fields: dict[str, Any]
) -> None:
    try:
        build(fields)
    except InputError as error:
        assert str(error)
