"""The calculator as pages: what is shown, refused and exported."""

from __future__ import annotations

import json
import re
from pathlib import Path

import httpx
import pytest

from app_case import CASE
from organotropism import Patient, load_model
from organotropism.app.fields import FIELDS, FOUND
from organotropism.vocabulary import SITES
from toy import toy_model


def values(text: str) -> dict[str, float]:
    found = re.findall(r'<data value="([^"]+)" data-testid="([^"]+)"', text)
    return {name: float(value) for value, name in found}


def test_every_field_of_a_patient_is_in_the_form(client: httpx.Client) -> None:
    fields = {name for name in FIELDS if not name.startswith(FOUND)}
    assert fields == set(Patient.model_fields) - {"involved"}
    assert {name.removeprefix(FOUND) for name in FIELDS if name.startswith(FOUND)} == set(map(str, SITES))
    text = client.get("/").text
    for name in FIELDS:
        assert f'name="{name}"' in text


def test_the_form_is_blank_at_first_and_unknown_can_be_said(client: httpx.Client) -> None:
    text = client.get("/").text
    assert not re.search(r"<input[^>]* checked", text)
    assert not re.search(r'name="(?:age|size_mm)"[^>]*value="[^"]+"', text)
    choices = [field for field in FIELDS.values() if field.choices]
    assert text.count('value="unknown"') == len(choices)


def test_unknown_is_the_same_as_blank_and_not_as_negative(client: httpx.Client) -> None:
    case = {name: value for name, value in CASE.items() if name != "pr"}
    blank = values(client.post("/", data=case).text)
    unknown = values(client.post("/", data={**case, "pr": "unknown"}).text)
    negative = values(client.post("/", data={**case, "pr": "negative"}).text)
    assert blank == unknown
    assert blank["given-brain"] != negative["given-brain"]


def test_numbers_are_those_of_the_model(client: httpx.Client) -> None:
    found = values(client.post("/", data={**CASE, "horizon": "15"}).text)
    forecast = load_model().forecast(Patient.parse(CASE), (5, 10, 15), intervals=False)
    for h in (5, 10, 15):
        # Curves are drawn from the same forecast on a finer grid, which moves it by rounding.
        assert found[f"table-any-any-{h}"] == pytest.approx(forecast.any(h).risk, rel=1e-6)
        for site in SITES:
            for quantity in ("first", "only", "ever"):
                expected = forecast.site(site, quantity, h).risk
                assert found[f"table-{quantity}-{site}-{h}"] == pytest.approx(expected, rel=1e-3)


def test_involved_sites_and_years_free(client: httpx.Client) -> None:
    involved = client.post("/", data={**CASE, "found_bone": "2.5", "as_of": "3"}).text
    assert "Known: bone" in involved
    assert not [name for name in values(involved) if "bone-10" in name]
    free = client.post("/", data={**CASE, "free_for": "12"}).text
    # The evidence ends 20 years after diagnosis.
    assert "table-any-any-8" in values(free)
    both = client.post("/", data={**CASE, "found_bone": "2.5", "free_for": "3"})
    assert both.status_code == 422 and "contradicts involved" in both.text


def test_without_a_receptor_the_forecast_is_averaged_and_says_so(client: httpx.Client) -> None:
    answer = client.post("/", data={"age": "50"})
    assert answer.status_code == 200
    assert "no receptor is known: averaged over all subtypes" in answer.text
    assert "The forecast will stand here" in client.post("/", data={"age": ""}).text


def test_messages_stand_at_their_fields(client: httpx.Client) -> None:
    text = client.post("/", data={**CASE, "age": "461", "horizon": "99"}).text
    assert re.search(r'id="error-age"[^>]*>[^<]*18 to 110', text)
    text = client.post("/", data={**CASE, "horizon": "99"}, headers={"HX-Request": "true"}).text
    assert re.search(r'id="error-horizon"[^>]*hx-swap-oob="true"[^>]*>[^<]*0.5 to 20', text)


def test_treatment_what_if_is_of_trials_alone(client: httpx.Client) -> None:
    text = client.post("/", data={**CASE, "er": "positive", "whatif": "yes"}).text
    found = values(text)
    assert "average effect in trials" in text
    for name in ("endocrine_therapy", "chemotherapy-third-generation", "anti_her2_therapy"):
        assert found[f"whatif-{name}-with"] < found[f"whatif-{name}-without"]
    negative = values(client.post("/", data={**CASE, "her2": "negative", "whatif": "yes"}).text)
    assert "whatif-anti_her2_therapy-with" not in negative
    assert "whatif-endocrine_therapy-with" not in negative
    known = client.post("/", data={**CASE, "found_bone": "2", "whatif": "yes"}).text
    assert "no longer apply" in known


def test_a_model_file_is_checked_and_used(client: httpx.Client, tmp_path: Path) -> None:
    file = tmp_path / "toy.json"
    toy_model().save(file)
    content = file.read_bytes()
    used = values(client.post("/", data=CASE, files={"model_file": ("m.json", content)}).text)
    expected = toy_model().forecast(Patient.parse(CASE), (5, 10), intervals=False)
    assert used["table-any-any-10"] == pytest.approx(expected.any(10).risk, rel=1e-6)
    edited = content.replace(b'"window_years": 0.08', b'"window_years": 0.09')
    assert edited != content
    refused = client.post("/", data=CASE, files={"model_file": ("m.json", edited)})
    assert refused.status_code == 422 and "checksum" in refused.text


def test_levels_of_risk_can_be_chosen(client: httpx.Client) -> None:
    found = values(client.post("/", data={**CASE, "baseline": "NSW", "year": "1995"}).text)
    expected = load_model().forecast(Patient.parse(CASE), (5, 10), intervals=False, baseline="NSW", year=1995)
    assert found["table-any-any-10"] == pytest.approx(expected.any(10).risk, rel=1e-6)


def test_exports_equal_the_command_line(client: httpx.Client) -> None:
    document = client.post("/export/json", data=CASE)
    assert document.headers["content-disposition"] == 'attachment; filename="forecast.json"'
    expected = load_model().forecast(Patient.parse(CASE), (5, 10), intervals=False)
    assert document.json()["any_distant"][1]["risk"] == pytest.approx(expected.any(10).risk)
    assert document.json().keys() == json.loads(json.dumps(expected.to_dict())).keys()
    rows = client.post("/export/csv", data=CASE).text.splitlines()
    assert rows[0] == "id,site,quantity,years,risk,low,high"
    assert len(rows) == 1 + len(expected.to_frame())
    page = client.post("/export/html", data=CASE).text
    assert page.startswith("<!doctype html>") and "<svg" in page
    refused = client.post("/export/json", data={**CASE, "age": "461"})
    assert refused.status_code == 422 and "18 to 110" in refused.text


def test_two_cases_are_shown_as_far_as_the_evidence_of_both(client: httpx.Client) -> None:
    pair = {f"{case}-{name}": value for case in "ab" for name, value in CASE.items()}
    found = values(client.post("/compare", data={**pair, "b-free_for": "13"}).text)
    assert {"a-any-any-7", "b-any-any-7"} <= set(found)
    one = client.post("/compare", data={**pair, "b-age": "461"})
    assert one.status_code == 422
    assert "Case B: some input cannot be used" in one.text
    assert "a-any-any-10" in values(one.text)


def test_a_page_is_light(client: httpx.Client) -> None:
    page = client.post("/", data=CASE)
    files = set(re.findall(r'"(/static/[^"]+)"', page.text))
    size = len(page.content) + sum(len(client.get(file).content) for file in files)
    assert len(files) == 4
    assert size < 1_000_000
