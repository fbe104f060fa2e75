"""Bundles of mCODE in the API: the forecast of the command line, and refusals that repeat no value."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from mcode_bundles import Resource, bundle, medicine, no_metastasis, patient, primary, secondary, visit, whole

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "mcode_bundle.json"
#: A value that no answer and no log may repeat.
SECRET = "Zebedee"
DIED = patient(deceasedDateTime="2012-01-01")


def ask(client: httpx.Client, content: Resource | bytes, query: str = "", **headers: str) -> httpx.Response:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return client.post(
        f"/api/v1/forecast/mcode{query}",
        content=body,
        headers={"content-type": "application/fhir+json", **headers},
    )


CASES: dict[str, Resource] = {
    "the example": json.loads(EXAMPLE.read_text()),
    "years without metastasis": whole(no_metastasis("2013-03-01")),
    "metastases": whole(secondary(), medicine("Zebedee", "2010-05-01"), {"resourceType": "Specimen"}),
}


@pytest.mark.parametrize("content", CASES.values(), ids=CASES)
def test_the_forecast_is_that_of_the_command_line(
    client: httpx.Client, tmp_path: Path, content: Resource
) -> None:
    file = tmp_path / "bundle.json"
    file.write_text(json.dumps(content))
    command = [sys.executable, "-m", "organotropism", "predict", str(file), "--format=json"]
    printed = subprocess.run([*command, "--no-intervals"], capture_output=True, check=True)
    answer = ask(client, content).json()
    assert answer["forecast"] == json.loads(printed.stdout)
    assert printed.stderr.decode().splitlines() == answer["bundle"]["notes"]


def test_every_resource_is_accounted_for(client: httpx.Client) -> None:
    account = ask(client, EXAMPLE.read_bytes()).json()["bundle"]
    entries = json.loads(EXAMPLE.read_text())["entry"]
    assert account["resources_read"] == len(entries)
    assert account["resources_used"] + sum(one["resources"] for one in account["ignored"]) == len(entries)


def test_options_stand_in_the_address(client: httpx.Client) -> None:
    query = "?horizons=2&horizons=7.5&reasons=false&model=literature"
    found = ask(client, EXAMPLE.read_bytes(), query).json()["forecast"]
    assert found["horizons"] == [2, 7.5] and found["contributions"] == {}
    assert found["model"]["name"] == "literature"


@pytest.mark.parametrize("query", ["?horizons=Zebedee", "?Zebedee=1", "?year=1e999", "?model=Zebedee"])
def test_faulty_options_are_a_problem(client: httpx.Client, query: str) -> None:
    answer = ask(client, EXAMPLE.read_bytes(), query)
    assert answer.status_code == 422
    assert SECRET not in answer.text


def test_another_media_type_is_refused(client: httpx.Client) -> None:
    for media_type in ("application/fhir+xml", "application/x-www-form-urlencoded", ""):
        assert ask(client, EXAMPLE.read_bytes(), **{"content-type": media_type}).status_code == 415
    plain = ask(client, EXAMPLE.read_bytes(), **{"content-type": "application/json; charset=utf-8"})
    assert plain.status_code == 200


REFUSED: dict[str, tuple[Resource | bytes, int, str]] = {
    "nothing": (b"", 400, "not JSON"),
    "no JSON": (b'{"resourceType": "Bundle", "id": "Zebedee"', 400, "not JSON"),
    "no text": ('{"resourceType": "Bundle", "id": "Zebedee'.encode("utf-16"), 400, "not JSON"),
    "nested without end": (b'{"resourceType":' + b"[" * 1_000_000, 400, "not JSON"),
    "nested deeply": (b'{"a":' * 50_000 + b"1" + b"}" * 50_000, 400, "not JSON"),
    "a huge number": (b'{"resourceType": "Bundle", "total": 1' + b"0" * 5000 + b"}", 400, "not JSON"),
    "a list": (b'["Zebedee"]', 422, "not a FHIR bundle"),
    "another resource": (patient(id=SECRET), 422, "a resource that is not a bundle"),
    "an empty bundle": ({"resourceType": "Bundle", "id": SECRET}, 422, "no patient in the bundle"),
    "entries that are none": (
        {"resourceType": "Bundle", "entry": {"a": SECRET}},
        422,
        "no patient in the bundle",
    ),
    "two patients": (bundle(patient(), patient(id=SECRET), primary()), 422, "several patients"),
    "no cancer": (bundle(patient(id=SECRET)), 422, "no patient that can be used"),
    "a patient who died": (bundle(DIED, primary(), visit("2011-01-01")), 422, "a patient who died"),
    "contradictory": (whole(secondary(), no_metastasis("2014-03-01")), 422, "asserted and denied"),
    "distant disease without a site": (
        bundle(patient(), primary(), secondary(None), visit("2014-01-01")),
        422,
        "not its first sites",
    ),
    "an odd name": (bundle(patient(id="\ud800", birthDate=SECRET), primary()), 422, ""),
}


@pytest.mark.parametrize("content, status, words", REFUSED.values(), ids=REFUSED)
def test_what_is_no_bundle_of_a_patient_is_a_problem(
    client: httpx.Client, content: Resource | bytes, status: int, words: str
) -> None:
    answer = ask(client, content)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert words in answer.json()["errors"][0]["problem"]
    assert SECRET not in answer.text and "2012" not in answer.text


def test_a_bundle_that_is_too_large_is_refused(client: httpx.Client) -> None:
    content = json.loads(EXAMPLE.read_text())
    content["entry"][0]["resource"]["text"] = {"div": "x" * 6_000_000}
    assert ask(client, content).status_code == 413


def test_many_entries_are_read_in_good_time(client: httpx.Client) -> None:
    content = json.loads(EXAMPLE.read_text())
    content["entry"] += [{"resource": {"resourceType": "Encounter"}}] * 100_000
    answer = ask(client, content, "?reasons=false")
    assert answer.status_code == 200
    assert {"reason": "Encounter without a reference to a patient", "resources": 100_000} in answer.json()[
        "bundle"
    ]["ignored"]
    # It takes a second; a step that grew with the square of the entries would take minutes.
    assert answer.elapsed.total_seconds() < 20


VALUES: list[Any] = [None, [], {}, "", SECRET, "\ud800", "\0", [[]], [None], {"a": 1}, 0, -1, 1e300, 10**400]
VALUES += [True, "0000", "2031-01-01", "10828004", float("nan"), float("inf")]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place of a document."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, part in items for place in places(part, (*path, key)))]


CONTENT = CASES["the example"]
PLACES = places(CONTENT)[1:]


@settings(max_examples=120, deadline=None, phases=(Phase.explicit, Phase.generate))
@given(st.lists(st.tuples(st.sampled_from(PLACES), st.sampled_from(VALUES)), min_size=1, max_size=4))
def test_whatever_stands_in_a_bundle_is_no_defect(
    client: httpx.Client, changes: list[tuple[tuple[Any, ...], Any]]
) -> None:
    content = copy.deepcopy(CONTENT)
    for place, value in changes:
        part = content
        try:
            for key in place[:-1]:
                part = part[key]
            part[place[-1]] = value
        except (TypeError, KeyError, IndexError):
            continue  # an earlier change took the place away
    answer = ask(client, content, "?reasons=false")
    assert answer.status_code in {200, 400, 422}
    assert SECRET not in answer.text


def test_the_answer_keeps_its_description(client: httpx.Client) -> None:
    document = client.get("/api/v1/openapi.json").json()
    operation = document["paths"]["/api/v1/forecast/mcode"]["post"]
    assert set(operation["requestBody"]["content"]) == {"application/fhir+json", "application/json"}
    schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
    jsonschema.validate(
        ask(client, EXAMPLE.read_bytes()).json(), {**schema, "components": document["components"]}
    )
