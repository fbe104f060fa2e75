"""The fall over years of diagnosis, at given treatment and as treated, against what EBCTCG 2024 prints."""

from typing import Any

import numpy as np
import pytest

from organotropism import load_model
from organotropism.patient import Patient
from organotropism.process import era, rate

NOT_TREATED = {
    "endocrine_therapy": False,
    "chemotherapy": "none",
    "anti_her2_therapy": False,
    "radiotherapy": False,
    "bisphosphonate": False,
}
KNOWN = {"age": 55, "size_mm": 22, "grade": 2, "detection": "symptoms", "ki67": 15, "histology": "ductal"}


def hazard_ratio(model: Any, years: tuple[int, int], **fields: Any) -> float:
    """Hazard of presenting in the first band of a woman of the later year against one of the earlier."""
    patient = Patient(**{**KNOWN, **fields})
    cells = model.population.expand([patient] * 2, model.index, years)
    rows = rate.design(cells, model.index, model.centre, model.layout.bands)
    log_rate = rate.log_hazard(model.layout, model.theta[None], rows)[0, :, 0]
    weights = [cells.weight[cells.patient == number] for number in (0, 1)]
    first, second = (np.exp(log_rate[cells.patient == number]) for number in (0, 1))
    return float((weights[1] @ second) / (weights[0] @ first))


@pytest.mark.parametrize("name", ["literature", "default"])
@pytest.mark.parametrize("nodes", [0, 2, 6])
@pytest.mark.parametrize(
    "receptors, given", [(("positive", "positive"), (0.70, 0.80)), (("negative", "negative"), (0.76, 0.86))]
)
def test_the_hazard_falls_as_published_from_1995_to_2005(
    name: str, nodes: int, receptors: tuple[str, str], given: tuple[float, float]
) -> None:
    """20-30 % (ER-positive) and 14-24 % (ER-negative) at given treatment, 28-38 % as treated."""
    model = load_model(name)
    fields = {"er": receptors[0], "pr": receptors[1], "her2": "negative", "positive_nodes": nodes}
    at_given = hazard_ratio(model, (1995, 2005), **fields, **NOT_TREATED)
    assert given[0] <= at_given <= given[1]
    # Half a per cent either way: the ratios are printed with two digits.
    assert 0.615 <= hazard_ratio(model, (1995, 2005), **fields) <= 0.725


@pytest.mark.parametrize("years", [(1960, 1990), (2009, 2017)])
def test_it_is_flat_where_no_source_prints_a_trend(years: tuple[int, int]) -> None:
    model = load_model("literature")
    fields = {"er": "positive", "pr": "positive", "her2": "negative", "positive_nodes": 2}
    assert hazard_ratio(model, years, **fields) == pytest.approx(1.0, rel=1e-12)  # the same sums


def test_what_treatment_newly_in_use_had_done_is_zero_or_more() -> None:
    """Of the printed ratios every fall as treated is at least the one at given treatment."""
    for er in (False, True):
        for nodes in (0.0, 2.0, 6.0):
            lift = era.uptake(np.array([er]), np.array([nodes]), np.array([1990.0]))
            assert lift.item() > 0.0


def test_stating_all_treatments_takes_the_lift_away() -> None:
    """All stated: the offset is the same in every year; one stated: it takes its own share of the lift."""
    model = load_model("literature")
    receptors = {"er": "positive", "pr": "positive", "her2": "negative", "positive_nodes": 6}

    def offset(year: int, **stated: Any) -> float:
        return float(
            model.population.expand([Patient(**KNOWN, **receptors, **stated)], model.index, [year]).offset[0]
        )

    # Sums of the same numbers in another order: 1e-12.
    assert offset(1995, **NOT_TREATED) == pytest.approx(offset(2010, **NOT_TREATED), abs=1e-12)
    whole = offset(1995) - offset(2010)
    part = offset(1995, chemotherapy="none") - offset(2010, chemotherapy="none")
    assert 0.0 < part < whole
