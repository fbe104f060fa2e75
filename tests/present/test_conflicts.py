"""The account of a conflict in words: who, what keeps them apart, the numbers, what is left."""

from organotropism.evidence import find_conflicts, findings, selected, shipped_residuals
from organotropism.evidence.conflicts import conflict_record
from organotropism.present.conflicts import (
    HOW,
    LEGEND,
    VERDICTS,
    account,
    conflict_row,
    conflicts_text,
    title,
)
from toy_findings import finding, fitted

ALL, METASTATIC = "all_patients", "metastatic_patients"
ROWS = [
    finding("smith2001", ratio=2.0, denominator=ALL),
    finding("jones2002", ratio=2.2, denominator=ALL),
    finding("brown2003", "decreases", ratio=0.5, denominator=METASTATIC),
    finding("green2004", "none", denominator=METASTATIC),
]
EXPECTED = [fitted("smith2001", 2.0), fitted("jones2002", 2.0), fitted("brown2003", 0.55)]


def told(*rows, residuals=()):
    (found,) = find_conflicts(rows, {row.id: row for row in residuals})
    return conflict_record(found)


def test_the_whole_account():
    assert account(told(*ROWS, residuals=EXPECTED)) == [
        "More often in smith2001 and jones2002; less often in brown2003; no difference in green2004 "
        "(4 groups of patients).",
        "The denominator keeps the directions apart:",
        "- among all patients: more often (smith2001, jones2002); mean ratio ×2.1",
        "- among metastatic patients: less often (brown2003), no difference (green2004); mean ratio ×0.50",
        # by hand: S^2 of ln 2, ln 2.2, ln 0.5 is .688, less .01 is tau^2
        "3 published numbers differ by up to ×4.4 (SD between studies 0.82 on the log scale, I² 99 %); "
        "from what the literature model expects of each they differ by up to ×1.2 (SD 0.00, I² 0 %):",
        "- smith2001 (among all patients, at any time, adjusted): published ×2.0, expected ×2.0",
        "- jones2002 (among all patients, at any time, adjusted): published ×2.2, expected ×2.0",
        "- brown2003 (among metastatic patients, at any time, adjusted): published ×0.50, expected ×0.55",
        VERDICTS["accounted for"],
    ]


def test_one_study_on_each_side():
    lines = account(
        told(
            finding("smith2001", denominator=ALL),
            finding("brown2003", "decreases", denominator=METASTATIC, remark="CONTRADICTS Smith"),
        )
    )
    assert lines[1].startswith("The sides differ in the denominator. With one group of patients behind each")
    assert "smith2001 stands alone in finding it more often." in lines
    assert "brown2003 stands alone in finding it less often (CONTRADICTS Smith)." in lines
    assert lines[-1] == VERDICTS["open"]


def test_a_study_that_finds_both():
    lines = account(
        told(
            finding("a", study="smith2001"),
            finding("b", "decreases", study="smith2001", denominator=METASTATIC),
        )
    )
    assert lines[0].endswith("smith2001 finds both.")


def test_nothing_keeps_them_apart():
    lines = account(told(finding("a"), finding("b"), finding("c", "decreases")))
    assert lines[1].startswith("Nothing that is recorded")


def test_aspects_that_go_together():
    lines = account(
        told(
            finding("a", endpoint="ever", year=1990.0),
            finding("b", endpoint="ever", year=1991.0),
            finding("c", "decreases", endpoint="first_relapse", year=2010.0),
        )
    )
    assert lines[1] == (
        "The endpoint keeps the directions apart (the years of diagnosis would do as well: they go together "
        "in these studies):"
    )


def test_a_large_residual_is_said():
    lines = account(told(finding("a", ratio=4.0, period="within 5 years"), residuals=[fitted("a", 1.3, 3.4)]))
    assert lines[-2] == (
        "- a (among all patients, at any time, within 5 years, adjusted): published ×4.0, expected ×1.3; "
        "residual +3.4 standard errors, large"
    )


def test_a_ratio_that_changes_with_time_is_said():
    lines = account(
        told(
            finding("a", ratio=2.9, study="smith2001", period="within 5 years"),
            finding("b", "none", ratio=0.5, study="smith2001", period="after 5 years"),
            residuals=[fitted("a", 1.2, 3.0), fitted("b", 0.9)],
        )
    )
    assert lines[1] == (
        "smith2001 finds it to change with time: more often within 5 years (×2.9), "
        "no difference after 5 years (×0.50)."
    )


def test_text_in_short_and_in_full():
    record = told(*ROWS, residuals=EXPECTED)
    short = conflicts_text([record], full=False, width=80, colour=False)
    assert short.splitlines()[0] == "Opposite directions"
    assert short.splitlines()[2].split() == [
        *("TNBC", "and", "brain", "denominator", "accounted", "for", "2/1/1", "×4.4", "×1.2")
    ]
    full = conflicts_text([record], full=True, width=80, colour=False)
    assert full.startswith("TNBC and brain: opposite directions\n")
    for text in (short, full):
        assert " ".join(LEGEND.split()) in " ".join(text.split())
        assert " ".join(HOW.split()) in " ".join(text.split())
        assert max(len(line) for line in text.splitlines()) <= 80


def test_row_of_a_table_has_no_nested_part():
    row = conflict_row(told(*ROWS, residuals=EXPECTED))
    assert row["after_gap"] < row["before_gap"]
    assert not any(isinstance(value, dict) for value in row.values())


def test_every_shipped_conflict_has_an_account():
    for conflict in find_conflicts(selected(findings()), shipped_residuals()):
        record = conflict_record(conflict)
        lines = account(record)
        assert title(record)
        assert lines[-1] in VERDICTS.values()
        # no coded value is shown to a reader
        text = " ".join(lines)
        assert not any(
            word in text for word in ("all_patients", "at_diagnosis", "time_to_site", "None", "nan")
        )
        # every study of the conflict is named
        assert all(row["study"] in text for row in record["rows"] if row["direction"])


def test_the_canonical_account_says_why():
    found = [
        conflict_record(conflict)
        for conflict in find_conflicts(selected(findings()), shipped_residuals())
        if conflict.comparison.level == "HR+/HER2+" and conflict.site == "bone"
    ]
    text = " ".join(account(found[0]))
    assert title(found[0]) == "HR+/HER2+ and bone"
    assert "The denominator and the comparator or cut-off keep the directions apart" in text
    assert "among all patients, against HR+/HER2-: more often (xiao2018" in text
    assert (
        "among metastatic patients, against HR+/HER2-: less often (leone2017, xiong2018); mean ratio ×0.68"
        in text
    )
