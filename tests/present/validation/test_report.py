"""The report: complete, self-contained, readable without seeing it, and nothing claimed silently."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from html.parser import HTMLParser
from importlib import resources

import pytest

from followed import simulated
from organotropism.present.validation.card import model_card
from organotropism.present.validation.page import report
from organotropism.present.validation.summary import in_brief
from organotropism.present.validation.tables import field_table, subgroup_tables
from organotropism.present.validation.tripod import checklist
from organotropism.present.validation.words import decimal, interval, per_cent
from organotropism.validate.outcome import ANY
from organotropism.validate.resample import Estimate
from organotropism.validate.rivals import Question, given, usual_rivals
from organotropism.validate.validation import Settings, Validation, validate
from toy import toy_model


@pytest.fixture(scope="module")
def validation() -> Validation:
    model = toy_model()
    settings = Settings((5.0, 18.0), bootstrap=20, folds=2, landmarks=(2.0,), recalibrate=True)
    question = Question((ANY, *model.layout.sites), settings.horizons, model)
    rivals = [given(model, "truth", "as simulated", question), usual_rivals(question)[0]]
    return validate(model, simulated(900), settings, rivals=rivals)


@pytest.fixture(scope="module")
def page(validation: Validation) -> str:
    return report(validation, "1.2.3")


class Reader(HTMLParser):
    """Ids, links, and tags that are never closed."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.sources: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.ids += [values["id"]] if values.get("id") else []
        self.links += [values["href"]] if tag == "a" and values.get("href") else []
        self.sources += [str(values[name]) for name in ("src", "xlink:href") if name in values]
        if tag not in {"meta", "br", "img", "link"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_whole_and_needs_nothing_else(page: str) -> None:
    reader = Reader()
    reader.feed(page)
    assert reader.open == []
    assert len(reader.ids) == len(set(reader.ids))
    assert reader.sources == []
    assert {link.removeprefix("#") for link in reader.links} <= set(reader.ids)
    assert "<script" not in page
    assert not re.search(r"url\((?!#)", page)


def test_every_figure_has_a_title_and_a_description(page: str, validation: Validation) -> None:
    figures = re.findall(r"<figure>(.*?)</figure>", page, re.DOTALL)
    drawn = [entry for entry in validation.overall if entry.curves is not None]
    compared = {outcome for outcome, _ in validation.comparison.patients}
    of_landmarks = 2
    assert len(figures) == 1 + 2 * len(drawn) + len(compared) + of_landmarks
    for figure in figures:
        assert re.search(r"<title [^>]*>\w.+?</title><desc [^>]*>\w.+?</desc>", figure)
        assert 'role="img"' in figure


def test_numbers_of_the_page_are_those_of_the_validation(page: str, validation: Validation) -> None:
    for entry in validation.overall:
        for name in ("auc", "o_e", "slope"):
            assert interval(entry.scores[name], 2) in page
        assert per_cent(entry.observed) in page
    assert "not scored at 18 years" in page


def test_words_of_others_are_made_harmless(validation: Validation) -> None:
    evil = replace(validation, cohort=replace(validation.cohort, name="<img src=x onerror=alert(1)>"))
    assert "<img" not in report(evil, "1")


def test_checklist_has_every_item_and_claims_only_what_is_known(validation: Validation) -> None:
    items = checklist(validation, "1.2.3")
    assert [entry.item for entry in items] == [
        *(
            [
                "1",
                "2",
                "3a",
                "3b",
                "3c",
                "4",
                "5a",
                "5b",
                "6a",
                "6b",
                "6c",
                "7",
                "8a",
                "8b",
                "8c",
                "9a",
                "9b",
                "9c",
                "10",
                "11",
                "12a",
                "12b",
                "12c",
                "12d",
                "12e",
                "12f",
                "12g",
            ]
        ),
        *(
            [
                "13",
                "14",
                "15",
                "16",
                "17",
                "18a",
                "18b",
                "18c",
                "18d",
                "18e",
                "18f",
                "19",
                "20a",
                "20b",
                "20c",
                "21",
                "22",
                "23a",
                "23b",
                "24",
                "25",
                "26",
                "27a",
                "27b",
                "27c",
            ]
        ),
    ]
    assert {entry.status for entry in items} == {"filled", "pre-filled", "open"}
    assert all((entry.text == "") == (entry.status == "open") for entry in items)
    by_item = {entry.item: entry for entry in items}
    # The simulated cohort records no treatment, and nobody states who paid for it.
    assert by_item["6c"].status == by_item["18a"].status == "open"
    assert "900 patients, 900 used" in by_item["20a"].text
    assert "20 bootstrap samples" in by_item["12e"].text


def test_an_unknown_fact_opens_its_item(validation: Validation) -> None:
    undated = replace(validation, cohort=replace(validation.cohort, years=None))
    items = {entry.item: entry for entry in checklist(undated, "1")}
    assert items["5b"].status == "open"
    without = replace(validation, recalibrated=[], settings=replace(validation.settings, bootstrap=0))
    items = {entry.item: entry for entry in checklist(without, "1")}
    assert "not updated" in items["12f"].text
    assert "no intervals" in items["12e"].text


def test_checklist_data_name_known_facts_only() -> None:
    source = resources.files("organotropism") / "present" / "validation" / "tripod_ai.csv"
    rows = list(csv.DictReader(source.read_text(encoding="utf-8").splitlines()))
    assert {row["status"] for row in rows} == {"filled", "pre-filled", "open"}
    assert all(bool(row["text"]) == (row["status"] != "open") for row in rows)
    assert all(row["topic"] and row["section"] for row in rows)


def test_brief_tells_the_unwelcome(validation: Validation) -> None:
    def told(name: str, estimate: Estimate) -> str:
        overall = [
            replace(entry, scores={**entry.scores, name: estimate}) if entry.outcome == ANY else entry
            for entry in validation.overall
        ]
        return " ".join(in_brief(replace(validation, overall=overall)))

    assert re.search("too high for any distant disease.*O/E 0.50", told("o_e", Estimate(0.5, 0.4, 0.6)))
    assert re.search("too low for any distant disease.*1.50", told("o_e", Estimate(1.5, 1.4, 1.6)))
    assert "larger than those of the observed risk" in told("ipa", Estimate(-0.1, -0.2, -0.05))
    assert "too far apart" in told("slope", Estimate(0.5, 0.4, 0.6))


def test_without_bootstrap_nothing_is_called_distinguishable() -> None:
    found = validate(toy_model(), simulated(900), Settings((5.0,), bootstrap=0))
    told = " ".join(in_brief(found))
    claims = "cannot be told|too high|too low|too far apart|too close|smaller|larger|better|worse|to be told"
    assert not re.search(claims, told), told
    assert "nothing is said of what differs by more than chance" in told
    assert f"{found.overall[0].scores['o_e'].value:.2f} for any distant disease" in told


def test_title_and_headers(page: str, validation: Validation) -> None:
    assert "<title>Validation of the toy model in simulated</title>" in page
    shown = field_table(validation)
    known = shown.headers.index("known")
    assert all(re.fullmatch(r"\d+ %", row[known]) for row in shown.rows)


def test_groups_without_scores_are_counted_below(validation: Validation) -> None:
    left_out = {
        group: entry.counts.events
        for group, scored in validation.subgroups.items()
        for entry in scored
        if not entry.scores and entry.outcome == "brain"
    }
    assert left_out
    shown = [t for tables in subgroup_tables(validation).values() for t in tables if t.caption == "brain"]
    assert not {(table.headers[0], row[0]) for table in shown for row in table.rows} & left_out.keys()
    told = re.findall(r"at 5 years (\d+) groups? \(([\d,]+) patients, (\d+) events\)", str(shown))
    assert sum(int(groups) for groups, _, _ in told) == len(left_out)
    assert sum(int(events) for _, _, events in told) == sum(left_out.values())


def test_model_card(validation: Validation) -> None:
    card = model_card(validation, "1.2.3")
    assert card.startswith("# Model card: toy\n")
    assert "not a medical device" in card
    assert "invented for tests" in card
    first = validation.overall[0]
    assert f"| any distant disease | 5 | {per_cent(first.observed)} |" in card
    assert "Where, given metastasis (" in card and "still free after 2 years" in card
    assert "joint run: models a, cohorts b" in model_card(validation, "1.2.3", "models a, cohorts b")


@pytest.mark.parametrize(
    "value, text",
    [
        (Estimate(0.5), "0.50"),
        (Estimate(-0.004), "0.00"),
        (Estimate(-0.5, -0.6, 0.1), "−0.50 (−0.60 to 0.10)"),
        (Estimate(0.5, 0.5, 0.5), "0.50"),
        (Estimate(float("nan")), "–"),
    ],
)
def test_words_of_numbers(value: Estimate, text: str) -> None:
    assert interval(value, 2) == text
    assert decimal(None, 2) == "–"
