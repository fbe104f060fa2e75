"""Records, claims and pooled studies as text."""

import pytest

from organotropism.evidence import cells, findings, forest_groups, selected, shipped_residuals
from organotropism.evidence.catalogue import items
from organotropism.evidence.claims import checked_claims, claim_record
from organotropism.evidence.forest import forest_record
from organotropism.evidence.map import cell_record
from organotropism.evidence.show import show
from organotropism.present import evidence_words as words
from organotropism.present.evidence import claims_text, listing_text, map_text, record_text
from organotropism.present.forest import forest_text
from toy_findings import finding, fitted

ITEM = {
    "measure": "OR", "value": 1.3, "low": 1.22, "high": 1.39, "n": None, "direction": "increases"
}  # fmt: skip


@pytest.mark.parametrize(
    "changes, expected",
    [
        ({}, "OR 1.3 (1.22-1.39)"),
        ({"low": None}, "OR 1.3"),
        ({"measure": "count", "value": 1150, "n": 1805, "low": None}, "1150 of 1805"),
        ({"measure": "percent", "value": 63.7, "n": 1805, "low": None}, "63.7 % of 1805"),
        ({"measure": "cumulative risk, percent", "value": 13.0, "n": None, "low": None}, "13 %"),
        ({"measure": "years", "value": 2.2, "low": None}, "2.2 years"),
        ({"value": None}, "more often"),
        ({"value": None, "direction": "", "n": 79}, "n 79"),
        ({"value": None, "direction": ""}, ""),
    ],
)
def test_number_as_printed(changes, expected):
    assert words.number({**ITEM, **changes}) == expected


@pytest.mark.parametrize(
    "asked, expected",
    [
        (("subtype", "TNBC", "other subtypes"), "TNBC"),
        (("subtype", "TNBC", "HER2+"), "TNBC (against HER2+)"),
        (("age", "older", "younger"), "older age"),
        (("pr", "positive", "negative"), "PR positive"),
        (("her2", "HER2-low", "HER2-0"), "HER2-low"),
        (("histology", "lobular", "other histology"), "lobular histology"),
        (("race", "Black", "White"), "Black (against White)"),
        (("PTHLH", "high", "low"), "PTHLH (high)"),
    ],
)
def test_question(asked, expected):
    assert words.question(*asked) == expected


def test_ratios():
    assert [words.ratio_of(value) for value in (0.644, 1.31, 9.94, 14.2)] == ["×0.64", "×1.3", "×9.9", "×14"]
    assert words.ratio_interval(0.0, 0.1) == "1.00 (0.82-1.22)"


def test_listing_of_everything_is_written_at_80_columns():
    rows = [
        {name: getattr(item, name) for name in item.__slots__} | {"residual": None, "fitted": None}
        for item in items()[:60] + items()[-300:]
    ]
    text = listing_text(rows, width=80, colour=False)
    assert max(len(line) for line in text.splitlines()) <= 80
    assert "360 records." in text
    assert "all_patients" not in text


def test_every_kind_of_record_is_written():
    residuals = shipped_residuals()
    for identity in (
        "xiao2018-05",
        "c017",
        "baseline-001",
        "course-01",
        "CLDN2_AFDN",
        "kennecke2010",
        "rc018",
    ):
        text = record_text(show(identity, residuals), width=80, colour=False)
        assert text.startswith(f"{identity} (")
        assert "\nRecord\n" in text
        assert max(len(line) for line in text.splitlines()) <= 80


def test_a_record_says_what_was_confirmed_and_how_it_was_read():
    text = record_text(show("c017", shipped_residuals()), width=100, colour=False)
    assert "citation confirmed no: some citation detail was not confirmed in the paper" in text
    assert "read level         full text" in text
    assert "site as printed" in text


def test_claims():
    records = [claim_record(checked) for checked in checked_claims()]
    text = claims_text(records, width=80, colour=False)
    assert "133 claims: " in text
    for record in records:
        assert f"\n{record['id']} " in f"\n{text}"
    assert max(len(line) for line in text.splitlines()) <= 80
    (line,) = [line for line in text.splitlines() if line.startswith("133 claims")]
    assert " misquoted" in line


def test_forest():
    rows = [
        finding("a", ratio=2.0),
        finding("b", ratio=3.0),
        finding("c", ratio=3.5, group="b", adjusted="no"),
        finding("d", ratio=0.5, denominator="metastatic_patients"),
    ]
    groups = [
        forest_record(group) for group in forest_groups(rows, {"a": fitted("a", 1.5), "b": fitted("b", 1.5)})
    ]
    text = forest_text(groups, "TNBC and brain", width=100, colour=False)
    lines = text.splitlines()
    assert lines[0] == "TNBC and brain"
    assert "against HR+/HER2-, among all patients, at any time" in lines
    assert any(
        line.split() == ["a", "OR,", "adjusted", "2.00", "(1.64-2.43)", "50", "%", "1.50"] for line in lines
    )
    assert "not pooled: same patients as b" in " ".join(text.split())
    assert any(line.startswith("Pooled (random effects)") and line.endswith("1.50") for line in lines)
    assert "No setting has two groups" not in text
    alone = [forest_record(group) for group in forest_groups(rows[:1], {})]
    assert "No setting has two groups" in forest_text(alone, "t", width=80, colour=False)


@pytest.mark.parametrize(
    "changes, expected",
    [
        ({}, "against HR+/HER2-, among all patients, at any time"),
        ({"comparator": ""}, "against all others, among all patients, at any time"),
        (
            {"factor": "age", "level": "41-60", "comparator": "18-40"},
            "41-60 against 18-40, among all patients, at any time",
        ),
        (
            {"factor": "age", "level": "per year", "comparator": ""},
            "per year, among all patients, at any time",
        ),
    ],
)
def test_setting_of_a_forest(changes, expected):
    group = {"factor": "subtype", "level": "TNBC", "comparator": "HR+/HER2-"}
    group |= {"denominator": "all_patients", "endpoint": "ever"}
    assert words.group_setting({**group, **changes}) == expected


def test_map():
    records = [cell_record(cell) for cell in cells(selected(findings(), factor="subtype"))]
    lines = map_text(records, width=80, colour=False).splitlines()
    assert any(line.split()[:3] == ["HR+/HER2+", "bone", "conflict"] for line in lines)
    assert any(line.split()[:4] == ["TNBC", "brain", "more", "often"] for line in lines)
