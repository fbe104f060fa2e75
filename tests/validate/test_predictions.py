"""Predictions of a model, and those made elsewhere."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from followed import simulated
from organotropism.errors import InputError
from organotropism.validate.outcome import ANY
from organotropism.validate.predictions import predict, read_predictions, with_patterns
from organotropism.validate.where import presented
from toy import toy_model


def test_predictions_are_the_forecasts() -> None:
    cohort, model = simulated(60), toy_model()
    found = predict(model, cohort, (5.0, 10.0))
    table = model.forecast(cohort.patients(), [5, 10], intervals=False)
    assert found.at(ANY, 10.0) == pytest.approx(table.risks.any[0, :, 1])
    assert found.at("liver", 5.0) == pytest.approx(table.risks.ever[0, :, 2, 0])
    assert np.isnan(found.at("liver", 7.0)).all()


def test_after_a_landmark_only_those_still_free_have_a_forecast_and_it_is_conditional() -> None:
    cohort, model = simulated(600), toy_model()
    found, plain = (
        predict(model, cohort, (5.0,), 3.0).at(ANY, 5.0),
        predict(model, cohort, (5.0,)).at(ANY, 5.0),
    )
    free = cohort.distant > 3.0
    assert (np.isnan(found) == ~free).all()
    row = int(np.flatnonzero(free)[0])
    patient = cohort.patients()[row].model_copy(update={"free_for": 3.0})
    assert found[row] == pytest.approx(model.forecast(patient, [5], intervals=False).any(5).risk)
    assert (found[free] != plain[free]).all()


def test_horizons_beyond_the_model_are_missing_or_refused() -> None:
    cohort = simulated(30)
    assert np.isnan(predict(toy_model(), cohort, (5.0, 18.0), 5.0).at(ANY, 18.0)).all()
    with pytest.raises(InputError, match="end where the model ends"):
        predict(toy_model(), cohort, (18.0,), 5.0)


def test_patterns_are_distributions_whose_margins_are_the_forecasts() -> None:
    cohort, model = simulated(600), toy_model()
    chosen = presented(cohort, cohort.sites)
    found = with_patterns(predict(model, cohort, (5.0,)), model, cohort, chosen, model.layout.sets).pattern
    assert found is not None
    assert (np.isnan(found).all(1) == ~chosen).all()
    assert found[chosen].sum(1) == pytest.approx(1)
    given = model.forecast(cohort.take(chosen).patients(), [5], intervals=False).risks
    # The same means; which horizons are asked for moves the shares of what is unknown by some 1e-7.
    np.testing.assert_allclose(found[chosen] @ model.layout.sets.membership, given.given[0], atol=1e-6)
    np.testing.assert_allclose(found[chosen] @ model.layout.sets.several, given.several[0], atol=1e-6)


def write(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "outside.csv"
    file.write_text(text, encoding="utf-8")
    return file


def test_outside_predictions(tmp_path: Path) -> None:
    cohort = simulated(30)
    text = (
        "id,site,years,risk,model\n3,any,5,0.25,A\n3,bone,5,0.125,A\n"
        "4,any,5,0.5,B\n999,any,5,0.5,A\n4,any,7,1,A\n"
    )
    found = {part.name: part for part in read_predictions(write(tmp_path, text), cohort, (5.0,))}
    assert found["A"].at(ANY, 5.0)[2] == 0.25
    assert found["A"].at("bone", 5.0)[2] == 0.125
    assert np.isnan(found["A"].at(ANY, 5.0)[3])
    assert found["B"].at(ANY, 5.0)[3] == 0.5
    unnamed = read_predictions(write(tmp_path, "id,site,years,risk\n3,any,5,1\n"), cohort, (5.0,))
    assert [part.name for part in unnamed] == ["outside"]


@pytest.mark.parametrize(
    "text, message",
    [
        ("id,site,risk\n1,any,.5\n", "years"),
        ("id,site,years,risk\n1,skin,5,0.5\n", "row 2.*site.*skin"),
        ("id,site,years,risk\n1,any,5,0.5\n2,any,5,1.5\n", "row 3.*risk.*1.5"),
        ("id,site,years,risk\n1,any,5,\n", "row 2.*risk"),
        ("id,site,years,risk\nx,any,5,0.5\n", "names no patient"),
        ("", "cannot be read"),
    ],
)
def test_outside_predictions_that_cannot_be_used(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_predictions(write(tmp_path, text), simulated(30), (5.0,))
