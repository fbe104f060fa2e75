"""The evidence explorer shows what the evidence holds."""

from __future__ import annotations

import csv
import io
import re

import httpx
import pytest

from organotropism import evidence, load_model
from organotropism.cli.marker_evidence import effects
from organotropism.evidence import cells, find_conflicts, findings, selected, shipped_residuals


def value(text: str, name: str) -> float:
    found = re.search(rf'data-testid="{re.escape(name)}" value="([^"]*)"', text)
    assert found is not None, name
    return float(found[1])


@pytest.mark.parametrize(
    "filters",
    [{}, {"factor": "subtype"}, {"denominator": "all_patients", "endpoint": "at_diagnosis"}, {"grade": "A"}],
)
def test_the_map_holds_the_cells_of_the_evidence(client: httpx.Client, filters: dict[str, str]) -> None:
    text = client.get("/evidence", params=filters).text
    grades = (filters["grade"],) if "grade" in filters else ("A", "B")
    rest = {name: word for name, word in filters.items() if name not in ("grade", "factor")}
    chosen = [
        row
        for row in selected(findings(), grades=grades, **rest)
        if filters.get("factor", row.factor) == row.factor
    ]
    assert value(text, "map-findings") == len(chosen)
    expected = {f"cell-{c.comparison.factor}-{c.comparison.level}-{c.site}" for c in cells(chosen)}
    shown = set(re.findall(r'data-testid="(cell-[^"]+)"', text.replace("&gt;", ">").replace("&lt;", "<")))
    assert expected <= {name.replace("&#39;", "'").replace("&amp;", "&") for name in shown}


def test_part_of_the_page_is_the_map_alone(client: httpx.Client) -> None:
    text = client.get("/evidence", headers={"HX-Request": "true"}).text
    assert "<html" not in text and "<table" in text


def test_every_cell_of_the_map_opens(client: httpx.Client) -> None:
    text = client.get("/evidence").text
    links = re.findall(r'href="(/evidence/cell\?[^"]+)"', text)
    assert len(links) > 100
    for link in links[::25]:
        answer = client.get(link.replace("&amp;", "&"))
        assert answer.status_code == 200, link
        assert "Every finding" in answer.text


def test_the_forest_plot_behind_tnbc_and_brain(client: httpx.Client) -> None:
    text = client.get(
        "/evidence/cell",
        params={"question": "subtype", "level": "TNBC", "against": "other subtypes", "site": "brain"},
    ).text
    assert 'role="img"' in text and "Pooled" in text
    assert value(text, "cell-increases") > 5
    assert "xiao2018" in text


def test_conflicts_are_all_there_in_the_words_of_the_command_line(client: httpx.Client) -> None:
    text = client.get("/evidence/conflicts").text
    found = find_conflicts(selected(findings()), shipped_residuals())
    assert value(text, "conflicts-total") == len(found)
    assert text.count('class="panel" aria-labelledby="conflict-') == len(found)
    assert "TNBC and bone" in text


def test_every_study_that_reasons_name_has_a_page(client: httpx.Client) -> None:
    rated = {row.study_id for row in (*evidence.baseline(), *evidence.course())}
    for study in [*sorted(evidence.studies())[::20], *sorted(rated)[::5], "predict3"]:
        assert client.get(f"/evidence/study/{study}").status_code == 200, study
    assert client.get("/evidence/study/nobody").status_code == 404


def test_a_study_shows_its_records_and_residuals(client: httpx.Client) -> None:
    text = client.get("/evidence/study/xiao2018").text
    for row in evidence.associations():
        if row.study_id == "xiao2018":
            assert f'id="{row.record_id}"' in text
    residual = shipped_residuals()["xiao2018-13"].residual
    assert residual is not None
    assert value(text, "residual-xiao2018-13") == residual


def test_claims_can_be_sorted_by_verdict(client: httpx.Client) -> None:
    claims = evidence.review_claims()
    text = client.get("/evidence/claims").text
    assert text.count('<article class="claim"') == len(claims)
    text = client.get("/evidence/claims", params={"verdict": "misquoted"}).text
    assert text.count('<article class="claim"') == sum(claim.verdict == "misquoted" for claim in claims)


@pytest.mark.parametrize("name", ["studies", "associations", "counts", "claims", "residuals", "markers"])
def test_downloads_hold_every_row(client: httpx.Client, name: str) -> None:
    answer = client.get(f"/evidence/download/{name}.csv")
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    tables = {
        "studies": evidence.studies(),
        "associations": evidence.associations(),
        "counts": evidence.counts(),
        "claims": evidence.review_claims(),
        "residuals": shipped_residuals(),
        "markers": evidence.markers(),
    }
    assert len(rows) == len(tables[name])


def test_a_cohort_behind_the_model_has_a_page(client: httpx.Client) -> None:
    answer = client.get("/evidence/study/METABRIC")
    assert answer.status_code == 200
    assert "10.1038/s41586-019-1007-8" in answer.text


def test_markers_tell_which_of_them_move_a_number(client: httpx.Client) -> None:
    text = client.get("/evidence/markers").text.replace("<wbr>", "")
    assert value(text, "markers") == len(evidence.markers())
    rows = {
        found[1]: found[0] for found in re.finditer(r"<tr><th scope=\"row\">([^<]+)</th>.*?</tr>", text, re.S)
    }
    assert set(rows) == {marker.marker_id for marker in evidence.markers()}
    for marker in evidence.markers():
        if marker.evidence_grade in "CDE":
            assert f"no: grade {marker.evidence_grade} never moves a number" in rows[marker.marker_id]
    moving = {name for name, row in rows.items() if "yes, once measured" in row}
    assert value(text, "markers-moving") == len(moving)
    # What the command line lets move a forecast.
    assert moving == set(effects(load_model()))


def test_the_studies_of_markers_can_be_opened(client: httpx.Client) -> None:
    text = client.get("/evidence/markers").text
    for address in sorted(set(re.findall(r'href="(/evidence/study/[^"]+)"', text))):
        assert client.get(address).status_code == 200, address
