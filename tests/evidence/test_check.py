"""The shipped tables keep every rule, and every rule notices a table that breaks it."""

from collections.abc import Callable

import pytest

from organotropism import evidence
from organotropism.evidence.load import FILES
from organotropism.evidence.rules import KEYS, LINKS, ROW_RULES, VOCABULARY
from organotropism.vocabulary import Design

Row = dict[str, str]
A, C, S = "associations.csv", "counts.csv", "studies.csv"


def test_shipped_tables_keep_every_rule() -> None:
    assert evidence.check() == []


def test_unedited_copy_keeps_every_rule(copy) -> None:
    copy.edit(A, 2, {})
    assert evidence.check(copy.folder) == []


def model(row: Row) -> bool:
    return row["usable"] == "model"


def ratio(row: Row) -> bool:
    return model(row) and row["measure"] == "OR" and row["log_ratio"] != "" and float(row["log_ratio"]) > 0


def percent(row: Row) -> bool:
    return model(row) and row["measure"] == "percent" and row["events_exposed"] != ""


def context(row: Row) -> bool:
    return row["usable"] == "context"


def read(row: Row) -> bool:
    return row["functional"] != ""


def hazard_ratio(row: Row) -> bool:
    return read(row) and row["measure"] == "HR"


def with_interval(row: Row) -> bool:
    return row["ci_low"] != ""


def test_designs_that_the_level_of_the_risk_hangs_on() -> None:
    # As the papers say: a nationwide series, a registry of women under 40, a cure model of survival, trials.
    designs = {name: study.design for name, study in evidence.studies().items()}
    assert designs["sihto2011"] == designs["tjokro2014"] == designs["lord2022"] == Design.REGISTRY
    assert designs["mariotto2018"] == Design.MODELLED
    assert designs["pan2017"] == designs["metzger2013"] == Design.MULTICENTRE
    assert designs["jinj2018"] == Design.HOSPITAL
    assert [name for name, design in designs.items() if design == Design.MODELLED] == ["mariotto2018"]


def any_row(row: Row) -> bool:
    return True


# file, which row, what is changed in it, the rule that this breaks
BREACHES: list[tuple[str, Callable[[Row], bool], Row, str]] = [
    (S, lambda s: s["verified"] == "yes", {"verified": "no"}, "verified and notes disagree"),
    (
        S,
        lambda s: s["overlap_group"] == "",
        {"primary_in_group": "yes"},
        "primary_in_group is for studies in a group, and for all of them",
    ),
    (S, any_row, {"design_source": ""}, "a design without its source"),
    (S, any_row, {"url": "ftp://example.org"}, "url is neither an address nor the review"),
    (
        S,
        lambda s: bool(s["n_total"] and s["n_metastatic"]),
        {"n_metastatic": "99999999"},
        "more metastatic patients than patients",
    ),
    (A, ratio, {"ci_high": ""}, "half of an interval is missing"),
    (A, ratio, {"ci_low": "99"}, "the interval does not contain the estimate"),
    (A, ratio, {"ci_high": "0.01"}, "the interval does not contain the estimate"),
    (
        A,
        percent,
        {"log_ratio": "0.1", "se": "0.1"},
        "log_ratio or se without a ratio and an interval that holds it",
    ),
    (
        A,
        ratio,
        {"ci_check": "printed CI excludes estimate"},
        "log_ratio or se without a ratio and an interval that holds it",
    ),
    (A, ratio, {"log_ratio": "", "se": ""}, "log_ratio and se are missing"),
    (A, ratio, {"se": "0.9"}, "log_ratio or se does not follow from the interval"),
    (A, ratio, {"log_ratio": "0.9"}, "log_ratio or se does not follow from the interval"),
    (A, ratio, {"se": ""}, "log_ratio or se does not follow from the interval"),
    (A, ratio, {"ci_low": "-0.1"}, "log_ratio or se does not follow from the interval"),
    (A, ratio, {"direction": "decreases"}, "the direction is against the estimate"),
    (A, percent, {"estimate": "101"}, "a percentage outside 0 to 100"),
    (A, percent, {"events_exposed": "99999999"}, "more events than patients"),
    (A, any_row, {"n_comparator": "5", "events_comparator": "6"}, "more events than patients"),
    (A, percent, {"estimate": "99"}, "the percentage is not events of n"),
    (A, lambda a: a["factor_std"] == "subtype", {"level_std": "HER3+"}, "a subtype outside the vocabulary"),
    (
        A,
        lambda a: a["factor_std"] == "subtype",
        {"comparator_std": "ER+"},
        "a subtype outside the vocabulary",
    ),
    (A, model, {"denominator_basis": ""}, "a denominator without its basis"),
    (A, lambda a: a["duplicate_of"] != "", {"usable": "direction"}, "a duplicate that is not context"),
    (A, any_row, {"duplicate_of": "xiao2018-01"}, "a duplicate of itself"),
    (A, any_row, {"usable_reason": ""}, "no reason for usable"),
    (
        A,
        lambda a: a["usable"] == "direction",
        {"direction": ""},
        "usable as direction without a direction",
    ),
    (A, model, {"independent_set": ""}, "independent_set is for model rows, and for all of them"),
    (A, context, {"independent_set": "yes"}, "independent_set is for model rows, and for all of them"),
    (A, model, {"denominator": "unclear"}, "usable in a model without denominator"),
    (A, model, {"conditional": "group_given_site"}, "usable in a model without P(site | level)"),
    (A, model, {"endpoint_std": "survival"}, "usable in a model without an endpoint in patients"),
    (A, model, {"evidence_grade": "C"}, "usable in a model without grade A or B"),
    (A, model, {"site_std": ""}, "usable in a model without site, level and number"),
    (A, model, {"level_std": ""}, "usable in a model without site, level and number"),
    (A, model, {"estimate": ""}, "usable in a model without site, level and number"),
    (A, percent, {"n_exposed": ""}, "usable in a model without se or n"),
    (A, hazard_ratio, {"functional": "incidence"}, "a hazard ratio read as no hazard"),
    (
        A,
        lambda row: read(row) and row["measure"] == "percent",
        {"functional": "site_hazard"},
        "an odds ratio, risk ratio or percentage read as a hazard",
    ),
    (
        A,
        percent,
        {"value_meaning": "share_within_site"},
        "usable in a model without a proportion or a cumulative incidence as meaning of a percentage",
    ),
    (C, model, {"n_with_site": "99999999"}, "more patients with the site than patients"),
    (C, model, {"n_comparable": "no"}, "n_comparable does not follow from the counts"),
    (C, model, {"n_with_site": ""}, "n_comparable does not follow from the counts"),
    (C, any_row, {"denominator_raw": "patients"}, "denominator differs from denominator_raw"),
    (C, lambda c: c["factor_std"] == "subtype", {"level_std": "HER3+"}, "a subtype outside the vocabulary"),
    (C, model, {"independent_set": ""}, "independent_set is for model rows, and for all of them"),
    (C, model, {"n_comparable": ""}, "usable in a model without two comparable numbers"),
    (C, model, {"row_kind": "cohort_size"}, "usable in a model without a count of a site"),
    (C, model, {"conditional": ""}, "usable in a model without P(site | level)"),
    (C, model, {"site_std": ""}, "usable in a model without site and level"),
    (C, model, {"level_std": ""}, "usable in a model without site and level"),
    ("baseline.csv", any_row, {"to_years": "0"}, "the period does not run forward"),
    ("baseline.csv", any_row, {"value": "101"}, "a percentage outside 0 to 100"),
    ("after_metastasis.csv", with_interval, {"ci_low": ""}, "half of an interval is missing"),
    ("after_metastasis.csv", with_interval, {"ci_low": "99"}, "the interval does not contain the estimate"),
    (
        "after_metastasis.csv",
        lambda r: r["unit"] == "percent",
        {"value": "101"},
        "a percentage outside 0 to 100",
    ),
    *(
        (file, read, {"set_aside": "beyond 20 years"}, "neither read nor set aside, or both")
        for file in ("baseline.csv", "after_metastasis.csv")
    ),
    ("baseline.csv", read, {"restricted_to": "grade 3"}, "restricted_to is not factor=level"),
    *(
        (file, chosen, changes, rule)
        for file in (A, C)
        for chosen, changes, rule in (
            (context, {"functional": "share"}, "a functional is for model rows"),
            (
                read,
                {"functional": ""},
                "usable in a model and neither read nor set aside, or both",
            ),
            (
                read,
                {"independent_set": "no"},
                "another source of the same patients, not set aside",
            ),
        )
    ),
    ("time_varying.csv", any_row, {"ci_high": "0.1"}, "the interval does not contain the estimate"),
    ("time_varying.csv", any_row, {"time_ci_low": "9"}, "the interval does not contain the estimate"),
    ("population.csv", any_row, {"n": "223403"}, "more in the cell than patients"),
    ("marker_genes.csv", any_row, {"sign": "2"}, "sign is not +1, -1 or blank"),
    ("marker_genes.csv", any_row, {"symbol": "HER 2"}, "not a gene symbol"),
    ("review_claims.csv", any_row, {"claim": ""}, "claim or source is blank"),
    ("review_claims.csv", any_row, {"source_says": ""}, "claim or source is blank"),
]


@pytest.mark.parametrize("file, chosen, changes, rule", BREACHES)
def test_each_rule_on_a_row_can_fail(copy, file, chosen, changes, rule) -> None:
    number = copy.find(file, chosen)
    copy.edit(file, number, changes)
    assert f"{file}, row {number}: {rule}" in evidence.check(copy.folder)


def test_no_rule_on_a_row_goes_untested() -> None:
    assert {(file, rule) for file, _, _, rule in BREACHES} == {
        (file, rule) for file, rules in ROW_RULES.items() for rule in rules
    }


def test_a_flagged_misprint_may_exclude_its_estimate(copy) -> None:
    misprint = {"ci_check": "printed CI excludes estimate", "estimate": "9", "log_ratio": "", "se": ""}
    number = copy.find(A, lambda row: row["measure"] == "OR" and row["ci_low"] != "" and not model(row))
    copy.edit(A, number, misprint | {"ci_low": "1", "ci_high": "2"})
    assert evidence.check(copy.folder) == []
    copy.edit(A, number, {"ci_check": "ok"})
    assert f"{A}, row {number}: the interval does not contain the estimate" in evidence.check(copy.folder)


VOCABULARIES = [(file, column) for file, columns in VOCABULARY.items() for column in columns]


@pytest.mark.parametrize("file, column", VOCABULARIES)
def test_each_vocabulary_is_closed(copy, file, column) -> None:
    copy.edit(file, 2, {column: "nonsense"})
    expected = f'{file}, row 2, {column}: "nonsense" is outside the vocabulary'
    assert expected in evidence.check(copy.folder)


@pytest.mark.parametrize("file, column", VOCABULARIES)
def test_no_vocabulary_admits_blanks_that_the_table_has_not(file, column, copy) -> None:
    # A blank is permitted only where the tables use it, so that a forgotten cell is noticed.
    found = {row[column] for row in copy.rows(file)}
    assert ("" in VOCABULARY[file][column]) == ("" in found)


@pytest.mark.parametrize("file", FILES.values())
def test_a_row_may_not_come_twice(copy, file) -> None:
    copy.edit(file, 3, copy.rows(file)[0])
    same = " and ".join(KEYS.get(file, ("values",)))
    assert f"{file}, row 3: the same {same} as row 2" in evidence.check(copy.folder)


@pytest.mark.parametrize("file", KEYS)
def test_a_key_may_not_be_blank(copy, file) -> None:
    copy.edit(file, 2, {KEYS[file][0]: ""})
    assert f"{file}, row 2, {KEYS[file][0]}: blank" in evidence.check(copy.folder)


@pytest.mark.parametrize("file, column, target, may_be_blank, agreement", LINKS)
def test_each_link_can_break(copy, file, column, target, may_be_blank, agreement) -> None:
    number = copy.find(file, lambda row: row[column] != "")
    copy.edit(file, number, {column: "nobody"})
    expected = f'{file}, row {number}, {column}: "nobody" is not in {target}'
    assert expected in evidence.check(copy.folder)
    copy.edit(file, number, {column: ""})
    blank = f"{file}, row {number}, {column}: blank"
    assert (blank in evidence.check(copy.folder)) == (not may_be_blank)


@pytest.mark.parametrize(
    "file, column, target, here, there",
    [(*link[:3], here, there) for link in LINKS for here, there in link[4].items()],
)
def test_linked_rows_must_agree(copy, file, column, target, here, there) -> None:
    number = copy.find(file, lambda row: row[column] != "" and row[here] != "")
    row = copy.rows(file)[number - 2]
    other = str(int(row[here]) + 1) if row[here].isdigit() else "nobody"
    linked = other if here == column else row[column]
    copy.edit(file, number, {here: other})
    expected = f"{file}, row {number}, {column}: {here} differs from {there} of {linked} in {target}"
    assert expected in evidence.check(copy.folder)


@pytest.mark.parametrize(
    "file, chosen, changes, expected",
    [
        (
            S,
            lambda s: s["overlap_group"] == "Lund" and s["primary_in_group"] == "yes",
            {"primary_in_group": "no"},
            'studies.csv: overlap group "Lund" has no primary study',
        ),
        (
            "population.csv",
            any_row,
            {"n": "164629"},
            "population.csv: subtype: cells add to 223401 of 223402",
        ),
        (
            "markers.csv",
            lambda m: m["marker_id"] == "SMID2008_BONE",
            {"n_up": "98"},
            "markers.csv, SMID2008_BONE: gene counts differ from marker_genes.csv",
        ),
        (
            "markers.csv",
            lambda m: m["n_up"] == m["n_down"] == m["n_unsigned"] == "0",
            {"marker_id": "EMPTY", "executable": "yes"},
            "markers.csv, EMPTY: executable without genes",
        ),
        (
            A,
            lambda a: a["count_id"] == "c013",
            {"functional": "prevalence", "set_aside": ""},
            "associations.csv, row 127: is read although its count c013 is",
        ),
        ("aliases.csv", any_row, {"symbol": " CDCA1"}, "aliases.csv, row 2, symbol: blank at an edge"),
        (S, any_row, {"title": "two\nlines"}, "studies.csv, row 2, title: blank at an edge, or a line"),
    ],
)
def test_each_rule_on_a_table_can_fail(copy, file, chosen, changes, expected) -> None:
    copy.edit(file, copy.find(file, chosen), changes)
    assert any(problem.startswith(expected) for problem in evidence.check(copy.folder))


def test_unreadable_files_are_reported_together(copy) -> None:
    copy.edit(A, 2, {"estimate": "three"})
    (copy.folder / "aliases.csv").unlink()
    problems = evidence.check(copy.folder)
    assert len(problems) == 2
    assert problems[0] == 'associations.csv, row 2, estimate: "three" is not a number or blank'
    assert problems[1].startswith("aliases.csv: cannot be read")
