"""A user's own table: read as printed, derived, and held to the rules of the shipped evidence."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from organotropism.errors import InputError
from organotropism.evidence import Finding, findings
from organotropism.evidence.own import COLUMNS, MOST_ROWS, read_own, read_own_file
from organotropism.vocabulary import Design

ROW = {
    "study_id": "mine2026",
    "factor": "subtype",
    "level": "TNBC",
    "comparator": "HR+/HER2-",
    "site": "brain",
    "endpoint": "first_relapse",
    "denominator": "metastatic_patients",
    "measure": "OR",
    "estimate": "2.4",
    "ci_low": "1.5",
    "ci_high": "3.84",
    "adjusted": "yes",
}


def table(*rows: dict[str, str]) -> str:
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = [names, *([row.get(name, "") for name in names] for row in rows)]
    return "".join(",".join(f'"{cell}"' for cell in line) + "\n" for line in lines)


def test_a_ratio_brings_its_logarithm_and_standard_error() -> None:
    own = read_own(table(ROW), "own.csv")
    (row,) = own.associations
    # Four decimals are kept, as in the shipped table.
    assert row.log_ratio == pytest.approx(math.log(2.4), abs=5e-5)
    assert row.se == pytest.approx(math.log(3.84 / 1.5) / 3.92, abs=5e-5)
    assert (row.direction, row.usable, row.independent_set) == ("increases", "model", "yes")


def test_it_joins_the_findings_of_the_same_question() -> None:
    (found,) = read_own(table({**ROW, "level": "HR+/HER2-", "comparator": "TNBC"}), "own.csv").findings()
    assert isinstance(found, Finding)
    assert found.was_turned
    assert found.log_ratio == pytest.approx(-math.log(2.4), abs=5e-5)
    assert found.comparison in {row.comparison for row in findings()}
    assert found.group == "mine2026"


def test_what_may_enter_the_model() -> None:
    def use(**changes: str) -> str:
        (row,) = read_own(table({**ROW, **changes}), "own.csv").associations
        return row.usable

    share = {"measure": "percent", "comparator": "", "ci_low": "", "ci_high": ""}
    assert use(**share, estimate="30", n="200") == "model"
    assert use(**share, estimate="30") == "context"
    assert use(ci_low="", ci_high="") == "direction"
    assert use(measure="qualitative", estimate="", ci_low="", ci_high="", direction="none") == "direction"
    # What is not from people never moves a number.
    assert use(grade="C") == "direction"


def test_an_interval_that_holds_one_is_no_difference() -> None:
    (row,) = read_own(table({**ROW, "ci_low": "0.9", "ci_high": "6.4"}), "own.csv").associations
    assert row.direction == "none"


FAULTS = {
    "unknown column": ({"sites": "x"}, 1, 'did you mean "site"'),
    "site": ({"site": "brian"}, 2, 'did you mean "brain"'),
    "endpoint": ({"endpoint": "relapse"}, 2, "outside the vocabulary"),
    "subtype": ({"level": "triple"}, 2, "a subtype outside the vocabulary"),
    "interval": ({"ci_high": "2.0"}, 2, "the interval does not contain the estimate"),
    "half interval": ({"ci_high": ""}, 2, "half of an interval is missing"),
    "direction": ({"direction": "decreases"}, 2, "the direction is against the estimate"),
    "number": ({"estimate": "2,4"}, 2, "is not a number"),
    "negative": ({"estimate": "-1", "ci_low": "-2"}, 2, "must be positive"),
    "percentage": ({"measure": "percent", "estimate": "130", "n": "50"}, 2, "outside 0 to 100"),
    "events": ({"n": "10", "events": "20"}, 2, "more events than patients"),
    "shipped study": ({"study_id": "xiao2018"}, 2, "is a study of the package already"),
    "blank": ({"site": ""}, 2, "is blank"),
    "text": ({"title": "x" * 301}, 2, "too long"),
}


@pytest.mark.parametrize("changes, row, message", FAULTS.values(), ids=FAULTS)
def test_each_fault_is_told_with_its_row(changes: dict[str, str], row: int, message: str) -> None:
    with pytest.raises(InputError) as raised:
        read_own(table({**ROW, **changes}), "own.csv")
    assert message in str(raised.value)
    assert f"own.csv, row {row}" in str(raised.value)


def test_all_faulty_rows_are_told_at_once() -> None:
    with pytest.raises(InputError) as raised:
        read_own(table({**ROW, "site": "x"}, ROW, {**ROW, "measure": "y"}), "own.csv")
    assert [error.row for error in (raised.value, *raised.value.others)] == [2, 4]


def test_one_study_is_described_in_one_way() -> None:
    with pytest.raises(InputError, match="in another way"):
        read_own(table({**ROW, "year": "2020"}, {**ROW, "year": "2021"}), "own.csv")


def test_tables_are_limited() -> None:
    with pytest.raises(InputError, match=f"more than {MOST_ROWS} rows"):
        read_own(table(*[ROW] * (MOST_ROWS + 1)), "own.csv")
    with pytest.raises(InputError, match="too large"):
        read_own("x" * 200_001, "own.csv")
    for text in ("", "\n", '"', "a,b\n1\n"):
        with pytest.raises(InputError):
            read_own(text, "own.csv")


def test_files_are_read_whole_or_refused(tmp_path: Path) -> None:
    file = tmp_path / "own.csv"
    file.write_text("\ufeff" + table(ROW), encoding="utf-8")
    assert set(read_own_file(file).studies) == {"mine2026"}
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="UTF-8"):
        read_own_file(file)
    with pytest.raises(InputError, match="cannot be read"):
        read_own_file(tmp_path / "none.csv")


def test_every_column_is_explained() -> None:
    assert set(ROW) <= set(COLUMNS)
    assert all(text for _, text in COLUMNS.values())


def test_design_of_a_study() -> None:
    def design(row: dict[str, str]) -> str:
        return read_own(table(row), "own.csv").studies[ROW["study_id"]].design

    assert design(ROW | {"design": "single hospital"}) == Design.HOSPITAL
    assert design(ROW) == Design.NOT_STATED
    with pytest.raises(InputError, match=r"design.*single hospital"):
        design(ROW | {"design": "hospital"})
