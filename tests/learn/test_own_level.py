"""A few own numbers move the level towards them, by what they are worth, and say so."""

from __future__ import annotations

from dataclasses import replace
from math import log
from pathlib import Path

import numpy as np
import pytest

from organotropism.errors import InputError
from organotropism.learn.own_level import own_level, sampling
from organotropism.learn.own_numbers import OwnNumber, read_numbers
from organotropism.patient import Patient
from organotropism.process.model import Model
from toy import toy_model

WOMAN = Patient(
    er="positive", pr="positive", her2="negative", age=55, grade=2, size_mm=22, positive_nodes=1,
    histology="ductal", detection="symptoms", ki67=15, year_of_diagnosis=2010,
)  # fmt: skip
HEADER = "quantity,site,years,er,patients,events,percent,low,high\n"


def number(quantity: str, risk: float, se: float = 0.05, site: str = "", years: float = 5.0) -> OwnNumber:
    return OwnNumber(WOMAN, quantity, site, years, risk, se)


def risk_of(model: Model, quantity: str = "any", site: str = "bone") -> float:
    # At the mode, where the numbers are compared: without spread the mean is the mode.
    certain = replace(model, covariance=np.zeros_like(model.covariance), between=())
    forecast = certain.forecast(WOMAN, (5.0,), intervals=False)
    return forecast.any(5.0).risk if quantity == "any" else forecast.site(site, quantity, 5.0).risk


def test_a_number_that_was_expected_moves_nothing_and_narrows() -> None:
    model = toy_model()
    found = own_level(model, [number("any", risk_of(model))], "own")
    # The expected value is computed on a coarser grid of time, less than 1e-3 of itself away.
    assert abs(found.shifts[0].log_ratio) < 2e-3
    assert found.shifts[0].se < 0.3  # the spread between populations of the toy model
    assert found.model.between == ()


def test_the_level_moves_between_the_prior_and_the_number_by_their_precision() -> None:
    """One number of fully known women is one equation: a weighted mean on the logit scale."""
    model = toy_model()
    before = risk_of(model)
    stated = 2 * before
    found = own_level(model, [number("any", stated, se=0.2)], "own")
    # What the toy's coefficients leave open beside the level: .05 each, eight at most in one risk.
    weights = [
        (v := variance) / (v + 0.2**2)
        for variance in (0.3**2 * (1 - before) ** -2 * 0.8, 0.3**2 + 9 * 0.05**2)
    ]
    after = risk_of(found.model)
    change = log(after / (1 - after)) - log(before / (1 - before))
    asked = log(stated / (1 - stated)) - log(before / (1 - before))
    assert min(weights) * asked * 0.9 < change < max(weights) * asked * 1.1
    shown = found.model.forecast(WOMAN, (5.0,), intervals=False).any(5.0).risk
    assert found.after[0] == pytest.approx(shown, rel=1e-12)  # the same sums


def test_an_exact_number_is_met() -> None:
    model = toy_model()
    found = own_level(model, [number("any", 0.15, se=1e-3)], "own")
    # The mean over what the toy's coefficients leave open is above the mode that meets the number.
    assert risk_of(found.model) == pytest.approx(0.15, rel=2e-3)


def test_a_site_moves_that_site() -> None:
    model = replace(
        toy_model(),
        between=(*toy_model().between, *(type(toy_model().between[0])((name,), 0.5) for name in
                 toy_model().layout.names if name.startswith("pattern.level"))),
    )  # fmt: skip
    both = [number("any", risk_of(model), 0.02), number("ever", 1.3 * risk_of(model, "ever"), 0.05, "bone")]
    shifts = {shift.part: shift.log_ratio for shift in own_level(model, both, "own").shifts}
    assert shifts["bone"] > 0.2
    assert abs(shifts["any distant disease"]) < 0.1


def test_deaths_of_other_causes_move_their_own_hazard_alone() -> None:
    model = toy_model()
    found = own_level(model, [number("other_death", 0.10, se=0.05)], "own")
    assert found.after[0] > found.before[0]
    assert [shift.part for shift in found.shifts][-1] == "death of other causes"
    np.testing.assert_array_equal(found.model.theta, model.theta)


def test_two_times_of_the_same_women_share_their_events() -> None:
    """Against the covariance of two empirical cumulative incidences, by the delta method."""
    risks, n = (0.1, 0.3), 200
    se = [(1 / (n * risk * (1 - risk))) ** 0.5 for risk in risks]
    numbers = [number("any", r, s, years=y) for r, s, y in zip(risks, se, (5.0, 10.0), strict=True)]
    shared = risks[0] * (1 - risks[1]) / n
    expected = shared / (risks[0] * (1 - risks[0]) * risks[1] * (1 - risks[1]))
    assert sampling(numbers)[0, 1] == pytest.approx(expected, rel=1e-12)
    assert sampling([numbers[0], replace(numbers[1], quantity="first")])[0, 1] == 0.0


def test_the_example_is_read() -> None:
    numbers = read_numbers(Path(__file__).parents[2] / "examples" / "own_numbers.csv")
    assert [each.quantity for each in numbers] == ["any", "any", "any", "ever", "other_death"]
    assert numbers[2].risk == pytest.approx(0.175)
    assert len(numbers[-1].patient.clinical_subtypes) == 4


@pytest.mark.parametrize(
    "row, field",
    [
        ("any,bone,5,positive,100,10,,,", "site"),
        ("first,,5,positive,100,10,,,", "site"),
        ("any,,25,positive,100,10,,,", "years"),
        ("any,,5,positive,100,101,,,", "events"),
        ("any,,5,positive,100,,,,", "events"),
        ("any,,5,positive,100,10,10,8,12", "events"),
        ("any,,5,positive,,,10,12,14", "percent"),
        ("death,,5,positive,100,10,,,", "quantity"),
        ("any,,5,perhaps,100,10,,,", "er"),
        ("any,,five,positive,100,10,,,", "years"),
    ],
)
def test_a_wrong_row_is_named(tmp_path: Path, row: str, field: str) -> None:
    file = tmp_path / "own.csv"
    file.write_text(HEADER + "any,,5,positive,100,10,,,\n" + row + "\n")
    with pytest.raises(InputError) as caught:
        read_numbers(file)
    assert (caught.value.row, caught.value.field, caught.value.file) == (3, field, str(file))


def test_a_model_of_one_population_is_refused() -> None:
    with pytest.raises(InputError, match="one population"):
        own_level(replace(toy_model(), between=()), [number("any", 0.1)], "own")
