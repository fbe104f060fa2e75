"""The JSON API: the contract of the command line, and answers that repeat no value."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from importlib import resources
from typing import Any

import httpx
import jsonschema
import pytest

from organotropism import Patient, load_model

PATIENT = {
    "age": 46,
    "er": "negative",
    "pr": "negative",
    "her2": "positive",
    "size_mm": 24,
    "positive_nodes": 2,
}
SCHEMA = json.loads(
    (resources.files("organotropism") / "schema" / "forecast.schema.json").read_text(encoding="utf-8")
)


def ask(client: httpx.Client, **body: Any) -> httpx.Response:
    return client.post("/api/v1/forecast", json=body)


def test_the_answer_is_that_of_the_command_line(client: httpx.Client) -> None:
    flags = [f"--{name.replace('_', '-')}={value}" for name, value in PATIENT.items()]
    command = [sys.executable, "-m", "organotropism", "predict", "--format=json", "--no-intervals", *flags]
    printed = subprocess.run(command, capture_output=True, check=True).stdout
    assert ask(client, patient=PATIENT).json() == json.loads(printed)


def test_the_answer_keeps_the_published_schema(client: httpx.Client) -> None:
    jsonschema.validate(ask(client, patient=PATIENT).json(), SCHEMA)


def test_intervals_and_options_reach_the_model(client: httpx.Client) -> None:
    known = {**PATIENT, "grade": 3, "ki67": 30, "histology": "ductal", "detection": "symptoms"}
    answer = ask(client, patient=known, horizons=[2, 7.5], intervals=True, year=2005, baseline="NSW").json()
    expected = load_model().forecast(Patient(**known), (2, 7.5), year=2005, baseline="NSW").to_dict()
    for part in ("any_distant", "state", "horizons", "warnings"):
        # Sums run in another order with another number of threads: rounding alone.
        assert (
            answer[part] == [pytest.approx(one) for one in expected[part]] or answer[part] == expected[part]
        )
    assert answer["any_distant"][0]["low"] < answer["any_distant"][0]["risk"]


def test_reasons_can_be_left_out(client: httpx.Client) -> None:
    short, full = (ask(client, patient=PATIENT, reasons=wanted).json() for wanted in (False, True))
    assert short["contributions"] == {} and short["unknown"] == []
    assert full["contributions"]["bone"] and full["unknown"]
    assert short["sites"] == full["sites"]


def test_a_batch_keeps_its_order_and_equals_single_answers(client: httpx.Client) -> None:
    patients = [{**PATIENT, "age": age, "id": str(age)} for age in (70, 40, 55)]
    answer = client.post("/api/v1/forecasts", json={"patients": patients, "reasons": True}).json()
    assert [one["patient"]["id"] for one in answer] == ["70", "40", "55"]
    single = ask(client, patient=patients[1]).json()
    # Patients of a batch share the sums over their cells, whose order may differ: rounding alone.
    assert answer[1]["any_distant"][0]["risk"] == pytest.approx(single["any_distant"][0]["risk"], rel=1e-9)


@pytest.mark.parametrize(
    "change",
    [
        lambda body: body.update(patients=[PATIENT] * 201),
        lambda body: body.update(patients=[PATIENT] * 6, intervals=True),
        lambda body: body.update(patients=[]),
    ],
    ids=["too many", "too many with intervals", "none"],
)
def test_the_size_of_a_batch_is_limited(client: httpx.Client, change: Callable[[Any], None]) -> None:
    body: dict[str, Any] = {}
    change(body)
    answer = client.post("/api/v1/forecasts", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "patients"


def test_a_faulty_patient_of_a_batch_is_named_by_its_number(client: httpx.Client) -> None:
    body = {"patients": [PATIENT, {**PATIENT, "grade": 7}]}
    answer = client.post("/api/v1/forecasts", json=body).json()
    assert answer["errors"] == [
        {
            "field": "patients.1.grade",
            "code": "not_a_choice",
            "problem": "is not a histological grade",
            "expected": "1, 2, 3 or unknown",
        }
    ]


FAULTS = {
    "out of range": ({"age": 461.5}, ["461"], "age"),
    "no word": ({"histology": "lobulaarish"}, ["lobulaarish", "did you mean"], "histology"),
    "contradiction": ({"t": "T1", "size_mm": 77.25}, ["77.25"], "t"),
    "nodes": ({"n": "N0", "positive_nodes": 17}, ["17"], "n"),
    "subtype": ({"subtype": "TNBC", "er": "positive"}, ["TNBC"], "subtype"),
    "year of a site": ({"involved": "bone@7.75", "as_of": 3.125}, ["7.75", "3.125"], "as_of"),
    "unknown field": ({"secretname": "SMITH"}, ["secretname", "SMITH"], ""),
    "ineligible": ({"age": 7.25}, ["7.25"], "age"),
    "not a number": ({"ki67": "SMITH"}, ["SMITH"], "ki67"),
    "list": ({"er": ["SMITH"]}, ["SMITH"], "er"),
    "past the evidence": ({"free_for": 17.375}, ["17.375", "2.625"], "horizons"),
}


@pytest.mark.parametrize("fields, values, named", FAULTS.values(), ids=FAULTS)
def test_a_problem_names_the_field_and_repeats_no_value(
    client: httpx.Client, fields: dict[str, Any], values: list[str], named: str
) -> None:
    answer = ask(client, patient={**PATIENT, **fields})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["title"] and problem["status"] == 422 and problem["detail"] and problem["type"]
    assert named in {error["field"] for error in problem["errors"]}
    assert not [value for value in values if value in answer.text]


REASONS = {
    "equivocal": ({"her2": "2+"}, "her2", "ambiguous", "give the result of in situ hybridisation"),
    "another subtype": ({"subtype": "luminal a"}, "subtype", "ambiguous", "give it as pam50"),
    "after treatment": ({"t": "ypT2"}, "t", "not_a_choice", "is not the category at diagnosis"),
    "no tumour": ({"t": "T0"}, "t", "not_a_choice", "no primary tumour"),
    "in situ": ({"histology": "DCIS"}, "histology", "ineligible", "is an in situ cancer"),
    "below 18": ({"age": 12}, "age", "ineligible", "is below 18 years"),
    "no year": ({"involved": "bone"}, "involved", "missing", "does not say when"),
    "stage IV": ({"m": "M1"}, "m", "contradicts", "is given without involved at year 0"),
    "generation": ({"chemotherapy": "yes"}, "chemotherapy", "ambiguous", "does not say which generation"),
    "size": ({"t": "T1", "size_mm": 44}, "t", "contradicts", "contradicts size_mm"),
    "unit": ({"size_mm": "44 mm"}, "size_mm", "not_a_number", "is not a number"),
    "range": ({"size_mm": 400}, "size_mm", "out_of_range", "is out of range"),
}


@pytest.mark.parametrize("fields, named, code, reason", REASONS.values(), ids=REASONS)
def test_a_problem_keeps_its_reason(
    client: httpx.Client, fields: dict[str, Any], named: str, code: str, reason: str
) -> None:
    (error,) = ask(client, patient={**PATIENT, "her2": None, **fields}).json()["errors"]
    assert (error["field"], error["code"]) == (named, code)
    assert reason in error["problem"]


@pytest.mark.parametrize(
    "content, status",
    [
        (b"{", 400),
        (b"", 422),
        (b"[]", 422),
        (b'{"patient": 3}', 422),
        (b'{"patient": {"er": "positive"}, "horizons": [5, "SMITH"]}', 422),
        (b'{"patient": {"er": "positive"}, "horizons": [10, 5]}', 422),
        (b'{"patient": {"er": "positive"}, "model": "/etc/passwd"}', 422),
        (b'{"patient": {"er": "positive"}, "SMITH": 1}', 422),
        (b"[" * 100_000, 400),
        (b'{"patient": {"er": "positive", "age": 1' + b"0" * 5000 + b"}}", 400),
        ("\ud800".encode("utf-8", "surrogatepass"), 400),
    ],
)
def test_a_request_of_another_form_is_a_problem(client: httpx.Client, content: bytes, status: int) -> None:
    answer = client.post("/api/v1/forecast", content=content, headers={"content-type": "application/json"})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert "SMITH" not in answer.text and "passwd" not in answer.text


def test_a_label_with_half_a_surrogate_pair_is_no_text(client: httpx.Client) -> None:
    body = b'{"patient": {"er": "positive", "her2": "negative", "age": 50, "id": "\\ud800"}}'
    answer = client.post("/api/v1/forecast", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "id"


def test_models_say_what_can_be_chosen(client: httpx.Client) -> None:
    (first, *_) = client.get("/api/v1/models").json()
    assert first["name"] == "default"
    assert first["checksum"] == load_model().checksum
    assert "NSW" in first["baselines"]


def test_what_is_not_there_is_a_problem(client: httpx.Client) -> None:
    for answer in (client.get("/api/v1/nothing"), client.get("/api/v1/evidence/studies/nobody")):
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"
    assert client.get("/api/v1/forecast").status_code == 405


def test_evidence_can_be_filtered_and_paged(client: httpx.Client) -> None:
    query = {"site": "brain", "factor": "subtype", "denominator": "all_patients", "limit": 2}
    first = client.get("/api/v1/evidence/associations", params=query).json()
    second = client.get("/api/v1/evidence/associations", params={**query, "offset": 2}).json()
    assert first["total"] == second["total"] > 2
    assert len(first["rows"]) == 2
    assert {row["site_std"] for row in first["rows"] + second["rows"]} == {"brain"}
    ids = [row["record_id"] for row in first["rows"] + second["rows"]]
    assert len(set(ids)) == len(ids)


def test_a_study_comes_with_all_that_is_known_from_it(client: httpx.Client) -> None:
    answer = client.get("/api/v1/evidence/studies/xiao2018").json()
    assert answer["study"]["study_id"] == "xiao2018"
    assert answer["associations"] and answer["residuals"]


def test_the_document_describes_patients_and_forecasts(client: httpx.Client) -> None:
    document = client.get("/api/v1/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    schemas = document["components"]["schemas"]
    assert schemas["ForecastRequest"]["properties"]["patient"] == {"$ref": "#/components/schemas/Patient"}
    references = {
        word.split('"')[0] for word in json.dumps(document).split('"$ref": "#/components/schemas/')[1:]
    }
    assert references <= set(schemas)
