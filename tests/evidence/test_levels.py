"""Which way round a contrast is read, and which contrasts ask the same question."""

import pytest

from organotropism.evidence import associations
from organotropism.evidence.levels import OTHERS, Comparison, comparison, turned

KEPT = [
    ("subtype", "TNBC", "HR+/HER2-", ("TNBC", "HR+/HER2-")),
    ("subtype", "basal-like", "luminal A", ("TNBC", "HR+/HER2-")),
    ("subtype", "luminal A", "other", ("HR+/HER2-", "other")),
    ("subtype", "HR+/HER2+", "HER2-", ("HR+/HER2+", "HER2-")),
    ("er", "positive", "negative", ("positive", "negative")),
    ("age", ">69", "<=69", (">69", "<=69")),
    ("age", "50-64", "<=49", ("50-64", "<=49")),
    ("age", "older", "", ("older", "")),
    ("age", "", "", ("any", "")),
    ("grade", "grade III", "grade I-II", ("grade III", "grade I-II")),
    ("n_category", ">=4 nodes", "all", (">=4 nodes", "all")),
    ("stage", "IIA", "", ("IIA", "")),
    ("histology", "lobular", "ductal", ("lobular", "ductal")),
    ("race", "Black", "White", ("Black", "White")),
]
TURNED = [
    ("subtype", "HR+/HER2-", "TNBC", ("TNBC", "HR+/HER2-")),
    ("subtype", "HER2+", "TNBC", ("TNBC", "HER2+")),
    ("subtype", "other", "TNBC", ("TNBC", "other")),
    ("subtype", "luminal", "non-luminal", ("non-luminal", "luminal")),
    ("subtype", "luminal", "", ("non-luminal", "luminal")),
    ("er", "negative", "positive", ("positive", "negative")),
    ("age", "<=40", ">40", (">40", "<=40")),
    ("age", "<35", "", ("older", "<35")),
    ("tumour_size", "<=2 cm", ">2 cm", (">2 cm", "<=2 cm")),
    ("stage", "localised", "", ("higher", "localised")),
    ("histology", "ductal", "lobular", ("lobular", "ductal")),
    ("treatment", "no anti-HER2", "anti-HER2 given", ("anti-HER2 given", "no anti-HER2")),
    ("marker", "low", "intermediate", ("intermediate", "low")),
]


@pytest.mark.parametrize("factor, level, comparator, expected", KEPT)
def test_what_stays(factor, level, comparator, expected):
    assert turned(factor, level, comparator) == (*expected, False)


@pytest.mark.parametrize("factor, level, comparator, expected", TURNED)
def test_what_is_turned(factor, level, comparator, expected):
    assert turned(factor, level, comparator) == (*expected, True)


@pytest.mark.parametrize("factor, level, comparator, expected", [row for row in TURNED if row[2]])
def test_both_ways_round_are_read_alike(factor, level, comparator, expected):
    assert turned(factor, comparator, level)[:2] == expected


@pytest.mark.parametrize(
    "factor, level, comparator, expected",
    [
        ("subtype", "TNBC", "HR+/HER2-", ("subtype", "TNBC", OTHERS)),
        ("subtype", "TNBC", "", ("subtype", "TNBC", OTHERS)),
        ("subtype", "TNBC", "HER2+", ("subtype", "TNBC", "HER2+")),
        ("subtype", "HR+/HER2-", "non-luminal", ("subtype", "HR+/HER2-", OTHERS)),
        ("subtype", "non-luminal", "luminal", ("subtype", "non-luminal", "luminal")),
        ("age", ">69", "<=69", ("age", "older", "younger")),
        ("age", "per year", "", ("age", "older", "younger")),
        ("her2", "HER2-low", "HER2-0", ("her2", "HER2-low", "HER2-0")),
        ("histology", "lobular", "ductal", ("histology", "lobular", "other histology")),
        ("race", "Black", "other", ("race", "Black", "")),
    ],
)
def test_question(factor, level, comparator, expected):
    assert comparison(factor, factor, level, comparator) == Comparison(*expected)


def test_every_level_of_an_ordered_factor_has_its_place():
    # A label that is in no list would stay a question of its own, and could contradict nothing.
    ordered = {"age", "t_category", "n_category", "tumour_size", "stage", "grade", "er", "pr"}
    asked = {
        comparison(
            row.factor_std, row.factor_std, *turned(row.factor_std, row.level_std, row.comparator_std)[:2]
        )
        for row in associations()
        if row.factor_std in ordered and row.usable != "context" and row.conditional == "site_given_group"
    }
    assert {question.level for question in asked} <= {"older", "higher", "larger", "positive"}
