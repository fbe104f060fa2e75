"""Markers of a cohort: refusal of too few, rows, and the file that forecasts read."""

import json
from pathlib import Path

import numpy as np
import pytest

from learn.test_marker_effects import SHARE, TRUTH, cohort
from organotropism.cohort import Cohort
from organotropism.errors import InputError
from organotropism.learn.marker_estimates import (
    FEWEST,
    Known,
    MarkerEstimate,
    effects_document,
    marker_estimates,
    read_effects,
)
from organotropism.vocabulary import Compartment
from toy import toy_model

LITERATURE = (np.full(6, 0.2), 0.2**2 * np.eye(6))


@pytest.fixture(scope="module")
def people() -> tuple[Cohort, np.ndarray]:
    return cohort(1500, 21, TRUTH)


@pytest.fixture(scope="module")
def found(people: tuple[Cohort, np.ndarray]) -> tuple[MarkerEstimate, ...]:
    known = {
        "M": Known(Compartment.CTC, LITERATURE, ("someone2020",)),
        "N": Known(Compartment.EXOSOME),
    }
    gaps = people[1].copy()
    gaps[1000:] = np.nan
    return marker_estimates(toy_model(), people[0], {"M": people[1], "N": gaps}, known)


def test_truth_is_within_three_standard_errors_of_the_cohort_alone(found: tuple[MarkerEstimate, ...]) -> None:
    alone = found[0].alone
    assert np.abs((alone.mean - TRUTH) / np.sqrt(np.diag(alone.covariance))).max() < 3.0


def test_both_lie_between_and_are_surer(found: tuple[MarkerEstimate, ...]) -> None:
    entry = found[0]
    assert (np.diag(entry.both.covariance) < np.diag(entry.alone.covariance)).all()
    assert entry.both.mean[1] < entry.alone.mean[1]  # .8 in the cohort, .2 in the literature
    assert entry.both.mean[1] > LITERATURE[0][1]


def test_rows_hold_every_effect_and_source(found: tuple[MarkerEstimate, ...]) -> None:
    rows = list(found[0].rows())
    assert len(rows) == 18
    assert {row["source"] for row in found[1].rows()} == {"cohort alone", "both"}
    first = next(row for row in rows if row["effect"] == "bone" and row["source"] == "both")
    assert first["ratio"] == pytest.approx(np.exp(found[0].both.mean[1]))
    assert first["low"] < first["ratio"] < first["high"]
    assert first["positive"] == pytest.approx(SHARE * 1500, abs=100)
    assert next(found[1].rows())["patients"] == 1000


def test_file_gives_back_what_was_written(found: tuple[MarkerEstimate, ...], tmp_path: Path) -> None:
    model = toy_model()
    path = tmp_path / "effects.json"
    path.write_text(json.dumps(effects_document(model, "somewhere", found), allow_nan=False))
    own = read_effects(path)
    assert (own.cohort, own.sites, set(own.effects)) == ("somewhere", model.layout.sites, {"M", "N"})
    moved = own.offset("M", True)
    assert moved.compartment == Compartment.CTC
    assert moved.studies == ("someone2020",)
    both = found[0].both
    assert moved.rate == (1 - both.share) * both.mean[0]
    np.testing.assert_array_equal(own.effects["M"].covariance, both.covariance)


@pytest.mark.parametrize("change", ["format", "covariance", "share", "compartment", "length"])
def test_damaged_files_are_refused(found: tuple[MarkerEstimate, ...], tmp_path: Path, change: str) -> None:
    document = effects_document(toy_model(), "somewhere", found)
    entry = document["markers"][0]
    if change == "format":
        document["format"] = "something"
    elif change == "covariance":
        entry["both"]["covariance"][0][0] = -1.0
    elif change == "length":
        entry["both"]["mean"] = [0.0]
    else:
        entry[change] = 1.5 if change == "share" else "nowhere"
    path = tmp_path / "effects.json"
    path.write_text(json.dumps(document))
    with pytest.raises(InputError, match=r"damaged|not a file of marker effects"):
        read_effects(path)


def test_no_json_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "effects.json"
    path.write_text("{")
    with pytest.raises(InputError, match="not valid JSON"):
        read_effects(path)
    with pytest.raises(InputError, match="cannot be read"):
        read_effects(tmp_path / "none.json")


@pytest.mark.parametrize("value", [1.0, 0.0])
def test_too_few_are_refused(people: tuple[Cohort, np.ndarray], value: float) -> None:
    few = np.full(1500, 1.0 - value)
    few[: FEWEST - 1] = value
    with pytest.raises(InputError, match=r"too few (positive|negative) patients to estimate an effect \(9\)"):
        marker_estimates(toy_model(), people[0], {"M": few}, {"M": Known(Compartment.CTC)})


def test_too_few_presentations_are_refused(people: tuple[Cohort, np.ndarray]) -> None:
    free = people[0].take(~people[0].presented)
    values = (np.arange(len(free)) % 2).astype(float)
    with pytest.raises(InputError, match="too few patients with the marker and distant disease"):
        marker_estimates(toy_model(), free, {"M": values}, {"M": Known(Compartment.CTC)})
