"""A user's own studies in the application: joined, opened, and gone with the request."""

from __future__ import annotations

import re

import httpx

from app_case import CASE

TABLE = (
    "study_id,authors,year,factor,level,comparator,site,endpoint,denominator,measure,estimate,ci_low,ci_high,"
    "adjusted\n"
    "mine2026,Mine A et al.,2026,subtype,TNBC,HR+/HER2-,brain,first_relapse,metastatic_patients,OR,5,4,6.25,"
    "yes\n"
)
HOSTILE = "<script>alert(1)</script>"


def values(text: str) -> dict[str, float]:
    found = re.findall(r'<data data-testid="([^"]+)" value="([^"]+)"', text)
    return {name: float(value) for name, value in found}


def test_a_table_joins_map_forest_and_model(client: httpx.Client) -> None:
    text = client.post("/evidence/own", data={"table": TABLE}).text
    found = values(text)
    assert found["own-rows"] == 1
    # It finds brain more often than expected: what moves is brain in TNBC, upwards.
    before, after = (found[f"own-{word}-TNBC-brain"] for word in ("before", "after"))
    assert after > before
    cell = client.post(
        "/evidence/own", data={"table": TABLE, "cell": "subtype|TNBC|other subtypes|brain"}
    ).text
    assert "Mine A et al. 2026" in cell
    assert "<svg" in cell and "mine2026" in cell
    published = client.get(
        "/evidence/cell",
        params={"question": "subtype", "level": "TNBC", "against": "other subtypes", "site": "brain"},
    ).text
    assert "mine2026" not in published
    assert values(cell)["cell-increases"] == values(published)["cell-increases"] + 1


def test_the_updated_model_can_be_used_in_the_calculator(client: httpx.Client) -> None:
    model = client.post("/evidence/own/model", data={"table": TABLE}).content
    text = client.post("/", data=CASE, files={"model_file": ("m.json", model)}).text
    assert "literature with own evidence" in text


def test_a_file_is_taken_too(client: httpx.Client) -> None:
    answer = client.post("/evidence/own", files={"file": ("own.csv", TABLE.encode())})
    assert answer.status_code == 200
    assert values(answer.text)["own-rows"] == 1


def test_faults_are_told_by_row(client: httpx.Client) -> None:
    answer = client.post("/evidence/own", data={"table": TABLE.replace("brain", "brian")})
    assert answer.status_code == 422
    assert "row 2, site" in answer.text and "did you mean" in answer.text
    # What was typed is still there, to be corrected.
    assert "brian,first_relapse" in answer.text
    assert client.post("/evidence/own", files={"file": ("own.csv", b"\xff\xfe")}).status_code == 422


def test_hostile_texts_stay_texts(client: httpx.Client) -> None:
    table = TABLE.replace("Mine A et al.", HOSTILE).replace("mine2026", '"&quot;><b>"')
    for extra in ({}, {"cell": "subtype|TNBC|other subtypes|brain"}, {"cell": HOSTILE}):
        text = client.post("/evidence/own", data={"table": table, **extra}).text
        assert HOSTILE not in text
        assert "><b>" not in text.replace("&gt;<b", "")


def test_the_table_to_begin_from_is_a_table_that_is_taken(client: httpx.Client) -> None:
    template = client.get("/evidence/own/template.csv").text
    assert client.post("/evidence/own", data={"table": template}).status_code == 200
