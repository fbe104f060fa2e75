import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from organotropism.present.numbers import (
    counted,
    estimate,
    frequencies,
    frequency,
    people,
    per_thousand,
    percent,
    ratio,
    years,
)
from organotropism.process.results import Estimate

RISKS = st.floats(0, 1)


@pytest.mark.parametrize(
    "risk, text",
    [
        (0.0, "0 %"),
        (0.0004, "<0.1 %"),
        (0.0006, "0.1 %"),
        (0.006, "0.6 %"),
        (0.0149, "1.5 %"),
        (0.09, "9 %"),
        (0.0946, "9.5 %"),
        (0.0999, "10 %"),
        (0.337, "34 %"),
        (0.994, "99 %"),
        (0.997, ">99 %"),
        (1.0, "100 %"),
    ],
)
def test_percent(risk, text):
    assert percent(risk) == text


@given(RISKS)
def test_percent_has_two_digits_at_most(risk):
    digits = re.sub(r"[^0-9]", "", percent(risk)).lstrip("0")
    assert len(digits) <= 2 or risk == 1


@given(RISKS)
def test_percent_is_near(risk):
    # One digit after the point below 9.5, none above: off by half of the last digit. With < or > the number
    # is a bound, at most one step away. 1e-9 is for rounding.
    text = percent(risk)
    shown = float(text.strip("<>% "))
    step = 1.0 if risk > 0.094 else 0.1
    assert abs(shown - 100 * risk) <= (step if text[0] in "<>" else step / 2) + 1e-9


@pytest.mark.parametrize(
    "risk, text",
    [
        (0.0, "under 1 of 1,000"),
        (0.0004, "under 1 of 1,000"),
        (0.0006, "about 1 of 1,000"),
        (0.0196, "about 20 of 1,000"),
        (0.02, "about 2 of 100"),
        (0.09, "about 9 of 100"),
        (0.996, "over 99 of 100"),
        (1.0, "about 100 of 100"),
    ],
)
def test_frequency(risk, text):
    assert frequency(risk) == text


@pytest.mark.parametrize(
    "risk, of, text",
    [
        (0.0004, 100, "under 1 of 100"),
        (0.02, 1000, "about 20 of 1,000"),
        (0.254, 1000, "about 250 of 1,000"),
        (0.9961, 1000, "over 99 of 100"),
        (1.0, 1000, "about 1000 of 1,000"),
    ],
)
def test_frequency_among_so_many(risk, of, text):
    assert frequency(risk, of) == text


@given(RISKS, st.sampled_from([100, 1000]))
def test_counts_have_two_digits_and_are_near(risk, of):
    number = counted(risk, of)
    assert 0 <= number <= of
    assert len(str(number).rstrip("0")) <= 2 or number > 0.98 * of
    # Rounded to whole people, and of 1,000 to tens from 100 on, by two roundings: half a step each.
    assert abs(number - of * risk) <= (5.5 if number >= 100 else 0.5) + 1e-9


def test_intervals_in_people():
    assert frequencies(Estimate(0.05, 0.017, 0.12), 100) == "2 to 12 of 100"
    assert frequencies(Estimate(0.015, 0.0002, 0.12), 1000) == "under 1 to 120 of 1,000"
    assert frequencies(Estimate(0.05), 100) is None
    assert [people(risk) for risk in (0.0, 0.0199, 0.02, 1.0)] == [1000, 1000, 100, 100]


@pytest.mark.parametrize(
    "risk, text",
    [(0.0, "0"), (0.00004, "<0.1"), (0.0004, "0.4"), (0.003, "3"), (0.0123, "12"), (0.2541, "250")],
)
def test_per_thousand(risk, text):
    assert per_thousand(risk) == text


@pytest.mark.parametrize(
    "value, text", [(1.0, "·"), (1.04, "·"), (0.96, "·"), (1.31, "×1.3"), (0.5, "×0.50"), (14.2, "×14")]
)
def test_ratio(value, text):
    from math import log

    assert ratio(log(value)) == text


def test_estimate():
    assert estimate(Estimate(0.024, 0.013, 0.044)) == "2.4 % (1.3-4.4)"
    assert estimate(Estimate(0.024)) == "2.4 %"


def test_years():
    assert [years(value) for value in (1, 2.5, 5.0)] == ["1 year", "2.5 years", "5 years"]
