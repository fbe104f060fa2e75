"""The printed page: one file, the same numbers as text and JSON, its words, and how it looks in a browser."""

from __future__ import annotations

import re
from functools import cache
from html import unescape

import pytest

from forecasts import PATIENTS, SHOWN, forecast
from organotropism import evidence
from organotropism.present import wording_page
from organotropism.present.citations import cited
from organotropism.present.html import comparison_page, forecast_page
from organotropism.present.numbers import estimate, per_thousand
from organotropism.present.reasons import shown_reasons
from organotropism.present.shown import at_horizons
from organotropism.present.text import forecast_text
from organotropism.process.document import RESEARCH_ONLY
from organotropism.process.results import Estimate
from present.html.page_parser import Page

CASES = [(name, intervals) for name in PATIENTS for intervals in (True, False)]


@cache
def html(name: str, intervals: bool = True) -> str:
    return forecast_page([forecast(name, intervals)], SHOWN, cited(evidence.studies().values()))


@cache
def comparison(first: str = "full", second: str = "metastatic") -> str:
    return comparison_page(forecast(first), forecast(second), SHOWN, cited(evidence.studies().values()))


@cache
def several() -> str:
    return forecast_page([forecast(name) for name in PATIENTS], SHOWN, cited(evidence.studies().values()))


ALL = [*(lambda name=name, i=i: html(name, i) for name, i in CASES), comparison, several]


@pytest.mark.parametrize("page", ALL)
def test_one_file_that_asks_for_nothing(page):
    found = Page(page())
    assert found.faults == []
    assert {"script", "link", "img", "iframe", "object", "form"} & set(found.tags) == set()
    outside = [(tag, name) for tag, name, value in found.attributes if re.match(r"(?:https?:)?//", value)]
    # Only links that a reader follows, and the names of the XML vocabularies of figures.
    assert set(outside) <= {("a", "href"), ("svg", "xmlns"), ("svg", "xmlns:xlink")}
    policy = [value for tag, name, value in found.attributes if tag == "meta" and name == "content"]
    assert "default-src 'none'; style-src 'unsafe-inline'" in policy
    assert "@import" not in page()
    assert not re.search(r"url\((?!#)", page())


@pytest.mark.parametrize("name, intervals", CASES)
def test_size(name, intervals):
    assert len(html(name, intervals).encode()) < 200_000  # 1 MB is what the project allows


def numbers_of_json(name: str, intervals: bool) -> dict[tuple[str, str, str | None], str]:
    """Every risk of the JSON document, as a reader would see it."""
    document = at_horizons(forecast(name, intervals), SHOWN).to_dict()

    def shown(entry: dict[str, float]) -> str:
        return estimate(Estimate(entry["risk"], entry["low"], entry["high"]))

    found = {("any", "any", f"{e['years']:g}"): shown(e) for e in document["any_distant"]}
    for site, quantities in document["sites"].items():
        for quantity in ("first", "only", "ever"):
            found |= {(site, quantity, f"{e['years']:g}"): shown(e) for e in quantities[quantity]}
        found[site, "given_metastasis", None] = shown(quantities["given_metastasis"])
    return found | {("any", "several", None): shown(document["several"])}


@pytest.mark.parametrize("name, intervals", CASES)
def test_numbers_are_those_of_json_and_text(name, intervals):
    shown = Page(html(name, intervals)).risks
    json = numbers_of_json(name, intervals)
    if name == "metastatic":
        known = {"bone", "lung"}
        json = {key: text for key, text in json.items() if key[1] == "ever" and key[0] not in known}
    assert dict(shown) == json
    assert len(shown) == len(json)
    text = " ".join(forecast_text(at_horizons(forecast(name, intervals), SHOWN), width=100).split())
    # The text has its numbers in rows: site, horizon, then first, only and ever.
    for (site, quantity, years), number in shown:
        if quantity == "ever":
            row = [
                dict(shown)[site, name, years] for name in ("first", "only") if name in {k[1] for k in json}
            ]
            assert " ".join([*row, number]) in text
        else:
            assert number in text


@pytest.mark.parametrize("name", ["full", "low", "free"])
def test_expected_presentations_are_differences_of_first(name):
    page = html(name)
    table = page[page.index('<section class="expected">') :]
    rows = re.findall(r"<tr[^>]*><th scope=\"row\">([^<]*)</th>(.*?)</tr>", table)
    result = forecast(name)
    courses = {"any": result.any} | {
        site: lambda h, site=site: result.site(site, "first", h) for site in ("bone", "lung", "brain")
    }
    for site, course in courses.items():
        column = ["any", "bone", "lung", "liver", "brain", "other"].index(site)
        found = {label: re.findall(r"<td>([^<]*)</td>", row)[column] for label, row in rows}
        cells = {label.split(" ")[0]: unescape(text) for label, text in found.items()}
        assert cells["1"] == per_thousand(course(1).risk)
        assert cells["7"] == per_thousand(course(7).risk - course(6).risk)
        assert cells["all"] == per_thousand(course(10).risk)
        assert cells["uncertainty"] == f"{per_thousand(course(10).low)}-{per_thousand(course(10).high)}"
    assert wording_page.ROUTINE_IMAGING in Page(page).text


def test_no_presentations_are_expected_once_metastases_are_known():
    assert wording_page.EXPECTED not in html("metastatic")


@pytest.mark.parametrize("page", ALL)
def test_words(page):
    text = Page(page()).text
    assert not re.search(r"\byou", text, re.IGNORECASE)
    assert text.count(RESEARCH_ONLY) >= 2
    assert "confidence" not in text
    everything = re.sub(r"<style>.*?</style>", "", page(), flags=re.DOTALL)
    percentages = re.findall(r"(\d[\d.]*) %", everything)
    assert percentages
    assert [number for number in percentages if digits(number) > 2 and number != "100"] == []
    for number, among in re.findall(r"([\d,.]+) of (100|1,000)\b", everything):
        assert digits(number) <= 2 or (among == "1,000" and int(number) == 1000)
    assert [ratio for ratio in re.findall(r"×([\d.]+)", everything) if digits(ratio) > 2] == []


def digits(number: str) -> int:
    """Significant digits of a number as written."""
    return len(number.replace(",", "").replace(".", "").strip("0"))


@pytest.mark.parametrize("name", ["full", "low", "free"])
def test_both_framings_and_what_is_not_sure(name):
    text = Page(html(name)).text
    found = re.findall(
        r"Of (100|1,000) such women, about (\d+) have distant disease found within \d+ years "
        r"(?:of diagnosis|from now); about (\d+) do not\. "
        r"Uncertainty of the evidence: (?:\d+|under 1) to \d+ of \1\.",
        text,
    )
    assert len(found) == 2
    for among, with_it, without in found:
        assert int(with_it) + int(without) == int(among.replace(",", ""))
    assert wording_page.LEVEL in text
    assert wording_page.speaks_of(forecast(name)) in text
    assert all(line in text for line in wording_page.NOT_FOR)


@pytest.mark.parametrize("name", PATIENTS)
def test_reasons_link_to_their_studies(name):
    page, studies = html(name), cited(evidence.studies().values())
    reasons = shown_reasons(at_horizons(forecast(name), SHOWN))
    named = {study for reason in reasons for study in reason.studies}
    assert named
    for study in named:
        assert f'href="{studies[study].url}"' in page or not studies[study].url


def test_what_readers_typed_is_escaped():
    assert "A &amp; &lt;b&gt;B&lt;/b&gt;: HR+/HER2-" in html("full")
    assert "<b>B</b>" not in html("full") + comparison() + several()


def test_whether_is_no_question_once_metastases_are_known():
    text = Page(html("metastatic")).text
    assert wording_page.REASONS_LEAD_FURTHER in text
    assert "whether and when" not in text.lower()
    assert "whether and when" in Page(html("full")).text


def test_inputs_are_repeated():
    text = Page(html("full")).text
    for said in ("Age at diagnosis 52 years", "Size 28 mm", "Ki-67 25 %", "Endocrine therapy yes"):
        assert said in text


def test_every_field_has_a_label():
    from organotropism.patient import Patient

    assert set(wording_page.LABELS) | {"id"} == set(Patient.model_fields)


def test_several_patients_have_a_page_each():
    page = several()
    assert page.count('<article class="patient"') == len(PATIENTS)
    assert re.findall(r'href="#(p\d)"', page) == [f"p{number}" for number in range(1, len(PATIENTS) + 1)]
    found = Page(page)
    ids = [value for _, name, value in found.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    assert found.tags.count("h1") == found.tags.count("main") == 1


def test_comparison():
    page = comparison()
    text = Page(page).text
    assert "A: A & <b>B</b>: HR+/HER2-" in text
    assert "B: TNBC" in text
    assert '<tr class="differs"><th scope="row">Positive nodes</th><td>5</td><td>2</td>' in page
    few = at_horizons(forecast("full"), SHOWN), at_horizons(forecast("metastatic"), SHOWN)
    brain = [text for key, text in Page(page).risks if key == ("brain", "ever", "5")]
    assert brain == [estimate(one.site("brain", "ever", 5)) for one in few]
    assert len([1 for key, _ in Page(page).risks if key == ("bone", "ever", "5")]) == 1


def test_a_row_of_a_comparison_counts_the_same_people():
    page = comparison("low", "full")
    for row in re.findall(r"<tr[^>]*>.*?</tr>", page, re.DOTALL):
        people = re.findall(r'<b class="nb">[^<]*of ([\d,]+)</b>', row)
        assert len(set(people)) <= 1
    assert "of 1,000</b>" in page


@pytest.mark.slow
@pytest.mark.parametrize("page", [lambda: html("full"), comparison, several], ids=["one", "two", "several"])
@pytest.mark.parametrize("width", [360, 1280])
def test_in_a_browser(quiet_tab, tmp_path, page, width):
    file = tmp_path / "page.html"
    file.write_text(page(), encoding="utf-8")
    tab = quiet_tab(file, width)
    sizes = tab.evaluate(
        "[...document.querySelectorAll('figure svg text')].map(text => text.getBoundingClientRect().height)"
    )
    # A line of text is some 1.2 times its font: 10 px and more are 8 px letters, in the smallest note.
    assert min(sizes) > 9


@pytest.mark.slow
@pytest.mark.parametrize("page", [lambda: html("full"), comparison, several], ids=["one", "two", "several"])
def test_rules_of_accessibility(violations, tmp_path, page):
    file = tmp_path / "page.html"
    file.write_text(page(), encoding="utf-8")
    assert violations(file) == []
