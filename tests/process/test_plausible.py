"""A model file that no disease could have is refused, however well it is formed and sealed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from organotropism.errors import InputError
from organotropism.patient import Patient
from organotropism.process import interrupt, pattern, progression, rate
from organotropism.process.layout import Layout
from organotropism.process.model import Between, Model, load_model, read_model, shipped_models
from organotropism.process.plausible import _after, _presenting, check_plausible
from organotropism.process.prepare import prepare
from organotropism.process.results import Options
from process.test_model import resealed

#: Coefficients by the beginning of their names, and a value that each of them may not have.
TOO_LARGE = {
    "every progression.level": ("progression.level", 50.0),
    "one further site": ("progression.level[bone", 12.0),
    "burden": ("progression.several", 50.0),
    "shape": ("progression.shape[0.5", 30.0),
    "slope": ("progression.slope", 19.0),
    "death": ("death.level", 50.0),
    "death by subtype": ("death.subtype[TNBC", 12.0),
    "presenting": ("rate.level", 50.0),
    "slope of the index": ("rate.slope", 15.0),
    "effect": ("rate.effects[TNBC", 19.0),
    "pattern": ("pattern.level[bone", 800.0),
    "pair": ("pattern.pair[bone&lung", -800.0),
}


def document(name: str = "default") -> dict[str, Any]:
    found: dict[str, Any] = load_model(name).to_document()
    return found


def refusal(change: Callable[[dict[str, Any]], None]) -> InputError:
    content = document()
    change(content)
    with pytest.raises(InputError) as raised:
        read_model(resealed(content), "brought.json")
    assert raised.value.file == "brought.json"
    return raised.value


@pytest.mark.parametrize("name", shipped_models())
def test_shipped_models_are_far_from_the_limits(name: str) -> None:
    model = load_model(name)
    check_plausible(model, "")
    # A factor of e to whatever a cohort may make of them.
    assert max(_after(model).values()) < np.log(progression.FASTEST) - 1.0
    assert max(_presenting(model).values()) < np.log(1000.0) - 1.0


@pytest.mark.parametrize("begins, value", TOO_LARGE.values(), ids=TOO_LARGE)
def test_a_coefficient_beyond_all_measure_is_refused(begins: str, value: float) -> None:
    def change(content: dict[str, Any]) -> None:
        chosen = [name for name in content["coefficients"] if name.startswith(begins)]
        assert chosen
        for name in chosen:
            content["coefficients"][name]["value"] = value

    assert refusal(change).field is not None


def _negative_variance(content: dict[str, Any]) -> None:
    content["covariance_lower_triangle"][3][3] = -0.01


def _no_covariance(content: dict[str, Any]) -> None:
    # Each variance is positive, and that of the difference of the two is not.
    rows = content["covariance_lower_triangle"]
    rows[1][0] = -2.0 * max(rows[0][0], rows[1][1])


def _between(content: dict[str, Any]) -> None:
    content["between_studies"][0]["sd"] = -0.1


def _baseline(content: dict[str, Any]) -> None:
    next(iter(content["baselines"].values()))["sd"] = -0.1


def _shift(content: dict[str, Any]) -> None:
    next(iter(content["baselines"].values()))["shift"] = 15.0


def _bands(content: dict[str, Any]) -> None:
    content["window_years"] = -1.0


def _age(content: dict[str, Any]) -> None:
    content["index"]["er_positive"]["age"] = [0.2, 300.0]


def _other_death(content: dict[str, Any]) -> None:
    content["index"]["other_death"]["baseline"][0] = 40.0


def _population(content: dict[str, Any]) -> None:
    content["population"]["subtype"][0] = -1.0


OTHERS = [
    *(_negative_variance, _no_covariance, _between, _baseline, _shift),
    *(_bands, _age, _other_death, _population),
]


@pytest.mark.parametrize("change", OTHERS, ids=lambda change: change.__name__)
def test_other_parts_that_cannot_be_are_refused(change: Callable[[dict[str, Any]], None]) -> None:
    message = str(refusal(change))
    assert message.startswith("brought.json, ") and "expected" in message


def test_what_cannot_be_read_is_not_written(tmp_path: Any) -> None:
    model = load_model()
    broken = replace(model, between=(Between(model.between[0].coefficients, -1.0),))
    with pytest.raises(InputError):
        broken.save(tmp_path / "model.json")
    assert list(tmp_path.iterdir()) == []


def _highest(model: Model, patients: list[Patient]) -> tuple[float, float, float]:
    """Log hazards of presenting, of a further site and of death, the highest over the cells of patients."""
    layout: Layout = model.layout
    cells, rows = prepare(model, patients, Options())
    theta = model.theta[None]
    design = pattern.scores(cells)
    found = progression.hazards(layout, theta, pattern.site_effects(layout, theta, design), cells.subtype)
    death = found.death.max(1) + found.death_by_set.max(1)
    further = found.gain.max((1, 2)) + np.maximum(found.several, 0.0)
    return float(rate.log_hazard(layout, theta, rows).max()), float(further.max()), float(death.max())


@pytest.mark.parametrize("name", shipped_models())
def test_the_bound_is_one(name: str) -> None:
    model = load_model(name)
    receptors = [(er, her2) for er in ("positive", "negative") for her2 in ("positive", "negative")]
    patients = [
        Patient(er=er, her2=her2, age=age, size_mm=size, positive_nodes=nodes)
        for er, her2 in receptors
        for age in (25, 55, 85)
        for size, nodes in ((5, 0), (150, 20))
    ]
    presenting, further, death = _highest(model, patients)
    assert presenting <= _presenting(model)["rate.level"]
    assert further <= _after(model)["progression.level"]
    # The same sums in another order: equal but for rounding.
    assert death <= _after(model)["death.level"] + 1e-12


def test_steps_are_bounded_whatever_the_hazards() -> None:
    model = load_model()
    layout, rows = model.layout, 3
    count = len(layout.since)
    huge = progression.Hazards(
        np.full((rows, len(layout.sites), count), 50.0),
        np.full(rows, 50.0),
        np.full((rows, count), 50.0),
        np.full((rows, layout.sets.count), 50.0),
    )
    asked = 0

    def ask() -> None:
        nonlocal asked
        asked += 1

    start = np.zeros((rows, layout.sets.count))
    start[:, 1] = 1.0
    with interrupt.watched(ask):
        course = progression.course(layout, huge, start, layout.sets.membership, (0.0, 5.0))
    assert asked > 0
    assert np.isfinite(course.value).all()
    # With hazards of e^50 a year nobody lives for five; no share is lost or made.
    assert (course.living[:, -1] < 1e-6).all() and (course.value <= 1 + 1e-9).all()


def test_a_computation_that_is_not_wanted_ends() -> None:
    class Unwanted(Exception):
        pass

    def ask() -> None:
        raise Unwanted

    with interrupt.watched(ask), pytest.raises(Unwanted):
        load_model().forecast(Patient(er="positive", her2="negative"), intervals=True)
    interrupt.checkpoint()  # nobody asks any more
