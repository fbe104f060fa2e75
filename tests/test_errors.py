import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from organotropism.errors import IneligibleError, InputError, did_you_mean, gather, one_of, printable, quote


def test_message_has_place_value_problem_and_expectation() -> None:
    error = InputError(
        "is not a receptor status",
        field="er",
        value="maybe",
        expected="positive, negative or unknown",
        file="patients.csv",
        row=3,
    )
    assert str(error) == (
        'patients.csv, row 3, er: "maybe" is not a receptor status; expected positive, negative or unknown'
    )


def test_message_leaves_out_what_is_not_known() -> None:
    assert str(InputError("is empty")) == "is empty"
    assert str(InputError("is empty", file="a.toml")) == "a.toml: is empty"


def test_place_is_added_only_where_it_is_missing() -> None:
    error = gather([InputError("is bad", field="er"), InputError("is worse", field="pr", row=9)])
    assert error.at(field="x", file="t.csv", row=2) is error
    assert str(error) == "t.csv, row 2, er: is bad\nt.csv, row 9, pr: is worse"


def test_gather_lets_ineligibility_lead_and_keeps_every_problem() -> None:
    nested = gather([InputError("one"), InputError("two")])
    joined = gather([nested, IneligibleError("three")])
    assert isinstance(joined, IneligibleError)
    assert str(joined) == "three\none\ntwo"


def test_message_shows_ten_problems_and_counts_the_rest() -> None:
    lines = str(gather([InputError(f"p{number}") for number in range(25)])).splitlines()
    assert lines == [*(f"p{number}" for number in range(10)), "and 15 more"]


def test_errors_can_be_copied_as_worker_processes_do() -> None:
    error = InputError("is bad", field="er", value="x", row=4)
    assert str(copy.copy(error)) == str(error)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("abc", '"abc"'),
        ("a\x1b[31m\n", '"a\\x1b[31m\\n"'),
        ("x" * 100, '"' + "x" * 57 + '..."'),
        (2.5, "2.5"),
        (300.001, "300.001"),
        (3, "3"),
        (12345678, "12345678"),
        (-(10**400), "a huge number"),
        (True, "true"),
        ({"a": 1}, "a table"),
        ([1], "a list"),
        (b"x", "a value of type bytes"),
    ],
)
def test_values_are_quoted_by_kind(value: object, shown: str) -> None:
    assert quote(value) == shown


@given(st.text(st.characters()))
def test_printable_text_reaches_any_terminal(text: str) -> None:
    shown = printable(text)
    assert shown.isprintable()
    shown.encode("utf-8")


def test_words_are_joined() -> None:
    assert [one_of([]), one_of(["a"]), one_of(["a", "b"]), one_of("abc")] == ["", "a", "a or b", "a, b or c"]


@pytest.mark.parametrize(
    ("word", "nearest"),
    [
        ("posative", "positive"),
        ("nodes", "positive_nodes"),
        ("Positive ", "positive"),
        ("zzz", None),
        ("", None),
    ],
)
def test_suggestions_are_near_in_spelling_or_contained(word: str, nearest: str | None) -> None:
    expected = f' (did you mean "{nearest}"?)' if nearest else ""
    assert did_you_mean(word, ["positive", "negative", "positive_nodes"]) == expected


def test_no_suggestion_is_sought_for_a_very_long_word() -> None:
    assert did_you_mean("positive" * 20, ["positive"]) == ""
