"""Own evidence as people bring it: any delimiter, rows twice, intervals with a digit too many."""

from __future__ import annotations

import math
import random

import pytest

from fuzz import draws
from organotropism.errors import InputError
from organotropism.evidence.own import OwnEvidence, read_own

ROW = {
    "study_id": "mine2026",
    "factor": "subtype",
    "level": "TNBC",
    "comparator": "HR+/HER2-",
    "site": "brain",
    "endpoint": "first_relapse",
    "denominator": "metastatic_patients",
    "measure": "OR",
    "estimate": "5",
    "ci_low": "4",
    "ci_high": "6.25",
}


def table(*rows: dict[str, str], mark: str = ",") -> str:
    return "\n".join(mark.join(line) for line in [rows[0], *(row.values() for row in rows)]) + "\n"


def faults(text: str) -> list[str]:
    with pytest.raises(InputError) as raised:
        read_own(text, "own.csv")
    return [str(error) for error in (raised.value, *raised.value.others)]


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_out(mark: str) -> None:
    whole = read_own(table(ROW), "own.csv")
    assert read_own(table(ROW, mark=mark), "own.csv") == whole
    assert read_own(f"sep={mark}\n" + table(ROW, mark=mark), "own.csv").associations[0].estimate == 5
    assert read_own(table(ROW, mark=mark).replace("study_id", "Study ID"), "own.csv") == whole


def test_decimal_commas_where_the_delimiter_is_another() -> None:
    comma = ROW | {"estimate": "5,0", "ci_low": "4,04", "ci_high": "6,25"}
    (row,) = read_own(table(comma, mark=";"), "own.csv").associations
    assert (row.estimate, row.ci_low, row.ci_high) == (5, 4.04, 6.25)
    # It may be a thousand and more.
    (fault,) = faults(table(ROW | {"estimate": "1,234"}, mark=";"))
    assert "number with a decimal point" in fault


def test_one_message_for_each_fault() -> None:
    (fault,) = faults("some title\n" + table(ROW))
    assert "has no header: its first line names no column" in fault
    (fault,) = faults(table(ROW).replace("site", "place").replace("measure", "kind"))[2:]
    assert "lacks the columns site, measure" in fault
    (fault,) = faults(table(ROW | {"comparator": "HR+, HER2-"}))
    assert "row 2: has 12 cells" in fault
    assert "quotation marks" in fault
    assert "row 3" in faults("sep=,\n" + table(ROW | {"site": "brian"}))[0]


def test_a_row_counts_once() -> None:
    once = read_own(table(ROW), "own.csv").associations
    for again in (ROW, ROW | {"estimate": "5.0", "ci_low": "4.00"}):
        own = read_own(table(ROW, again), "own.csv")
        assert own.associations == once
        assert own.notes == ("row 3 is the same as row 2: counted once",)
    turned = {
        "level": "HR+/HER2-",
        "comparator": "TNBC",
        "estimate": "0.2",
        "ci_low": "0.16",
        "ci_high": ".25",
    }
    own = read_own(table(ROW, ROW | turned), "own.csv")
    assert own.associations == once
    assert "level and comparator exchanged" in own.notes[0]


def test_two_answers_to_one_question_are_a_fault() -> None:
    (fault,) = faults(table(ROW, ROW | {"estimate": "5.1"}))
    assert "row 3: answers the same question as row 2" in fault
    other = ROW | {"site": "bone"}
    assert len(read_own(table(ROW, other), "own.csv").associations) == 2


@pytest.mark.parametrize(
    ("numbers", "doubt"),
    [
        (("5", "4", "50"), True),
        (("5", "0.4", "6.25"), True),
        (("2.4", "1.5", "3.84"), False),
        # Rounded to a digit each.
        (("2", "1", "3"), False),
        (("1.1", "1.0", "1.3"), False),
        (("11.3", "1.5", "84"), False),
    ],
)
def test_lopsided_intervals_are_questioned(numbers: tuple[str, str, str], doubt: bool) -> None:
    changes = dict(zip(("estimate", "ci_low", "ci_high"), numbers, strict=True))
    own = read_own(table(ROW | changes), "own.csv")
    (row,) = own.associations
    assert row.usable == ("direction" if doubt else "model")
    assert row.ci_check == ("asymmetric" if doubt else "ok")
    assert [note for note in own.notes if note.startswith("row 2: the estimate lies far")] == list(own.notes)
    assert bool(own.notes) == doubt


def test_lopsided_shares_are_questioned_on_the_logit_scale() -> None:
    share = ROW | {"measure": "percent", "comparator": "", "estimate": "10", "n": "90"}
    for low, high, use in (("6", "16", "model"), ("6", "96", "context"), ("0", "20", "model")):
        (row,) = read_own(table(share | {"ci_low": low, "ci_high": high}), "own.csv").associations
        assert row.usable == use


def _printed(draw: random.Random) -> tuple[dict[str, str], float, float, bool]:
    """A row as a study prints it, its logarithm and standard error, and whether a digit slipped."""
    ratio, error, slipped = draw.uniform(0.2, 6), draw.uniform(0.05, 0.5), draw.random() < 0.2
    numbers = [ratio, ratio * math.exp(-1.96 * error), ratio * math.exp(1.96 * error)]
    if slipped:
        numbers[2] *= 10
    cells = dict(zip(("estimate", "ci_low", "ci_high"), (f"{x:.2f}" for x in numbers), strict=True))
    return cells, math.log(ratio), error, slipped


def test_tables_with_several_faults_at_once() -> None:
    """Each row is read as printed, once, and one with a slipped digit does not move the model."""
    for draw in draws():
        mark, comma = draw.choice(",;\t"), draw.random() < 0.5
        truth = {site: _printed(draw) for site in draw.sample(["bone", "lung", "liver", "brain"], 3)}
        rows = [ROW | {"site": site} | cells for site, (cells, *_) in truth.items()]
        repeated = draw.randrange(3)
        rows += draw.choices(rows, k=repeated)
        if comma and mark != ",":
            rows = [{name: cell.replace(".", ",") for name, cell in row.items()} for row in rows]
        text = table(*rows, mark=mark).replace("\n", draw.choice(["\n", "\r\n", "\n\n"]))
        own: OwnEvidence = read_own(draw.choice(["", "\ufeff"]) + text, "own.csv")
        assert len(own.associations) == 3
        assert sum("counted once" in note for note in own.notes) == repeated
        for row in own.associations:
            cells, log_ratio, error, slipped = truth[row.site_std]
            # Two decimals of numbers above .07: at most 7 % each.
            assert row.log_ratio == pytest.approx(log_ratio, abs=0.07)
            assert row.usable == ("direction" if slipped else "model"), cells
            assert slipped or row.se == pytest.approx(error, abs=0.04)
