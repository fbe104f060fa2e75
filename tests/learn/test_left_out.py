"""The design term and the votes of groups left out, on simulated studies of known level."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from organotropism.learn.expected import predict
from organotropism.learn.fit import FAMILIES, Choices, intercept_columns, linearised
from organotropism.learn.left_out import LeftOut
from organotropism.learn.levels import restrict
from organotropism.learn.literature import Evidence
from organotropism.learn.measurement import Measurement
from organotropism.learn.prior import prior
from organotropism.learn.reference import EVERYONE, Reference
from organotropism.learn.shipped import predict_index, reference_population
from organotropism.process.layout import Layout
from organotropism.vocabulary import SITES, Design

STUDIES, HOSPITALS = 24, 12
TAU = dict.fromkeys(FAMILIES, 0.05)


@pytest.fixture(scope="module")
def noise_free() -> LeftOut:
    """Risks of 24 studies at the prior mean, half of them hospitals, without any deviation."""
    layout = Layout(tuple(map(str, SITES)))
    reference = Reference(reference_population(), predict_index(), layout.bands)
    rows = []
    for number in range(STUDIES):
        design = Design.HOSPITAL if number < HOSPITALS else Design.REGISTRY
        for er in ("positive", "negative"):
            context = restrict(reference, EVERYONE, "er", er)
            assert context is not None
            rows.append(
                Measurement(
                    f"{number}{er}", f"s{number}", f"s{number}", "net_risk", "any_distant", "cloglog",
                    0.0, 0.05, context, design=design,
                )
            )  # fmt: skip
    theta, _ = prior(layout)
    values = predict(layout, reference, theta, rows)
    rows = [replace(row, value=float(value)) for row, value in zip(rows, values, strict=True)]
    _, jacobian = linearised(layout, reference, theta, rows)
    columns = intercept_columns(layout, rows, jacobian)
    source = Evidence(layout, reference, tuple(rows), ())
    return LeftOut(
        source, jacobian @ theta, jacobian, columns, TAU, np.ones(len(rows)), Choices(robust=False)
    )


def simulated(at: LeftOut, seed: int, hospital: float, level_sd: float = 0.4) -> LeftOut:
    """The same studies with levels of their own, hospitals above, and sampling error."""
    rng = np.random.default_rng(seed)
    level = at.jacobian[:, at.source.layout.slices["rate.level"]].sum(1)
    own = np.repeat(rng.normal(0, level_sd, STUDIES), 2)
    above = np.repeat(np.arange(STUDIES) < HOSPITALS, 2) * hospital
    # The studies' own shapes of the rate, as the fit assumes them.
    shape = sum(
        column * rng.normal(0, 1) * sd
        for key, column in at.columns.items()
        if key[1] not in ("rate.level",) and (sd := at_sd(at, key))
    )
    error = rng.normal(0, 0.05, len(level)) + np.repeat(rng.normal(0, 0.05, STUDIES * 2), 1)
    return replace(at, target=at.target + level * (own + above) + shape + error)


def at_sd(at: LeftOut, key: tuple[str, str, int]) -> float:
    from organotropism.learn.fit import intercept_sd

    return intercept_sd(key, at.choices)


def test_without_a_difference_there_is_none(noise_free: LeftOut) -> None:
    everything = np.ones(len(noise_free.target), bool)
    level, se = noise_free.hospital(everything)
    assert abs(level) < 1e-9  # the rows are exactly those of the prior mean
    assert 0 < se < 0.3


def test_the_term_is_found_and_shrunk(noise_free: LeftOut) -> None:
    """Mean of 40 simulations: its expectation is the shrunk truth, and it errs as it says."""
    everything = np.ones(len(noise_free.target), bool)
    found = np.array([simulated(noise_free, seed, 0.4).hospital(everything) for seed in range(40)])
    se = found[0, 1]
    shrink = 1 - se**2 / 0.3**2  # of a normal mean with prior N(0, .3²)
    # The mean of 40 has a standard error of a sixth of one estimate's: three of them.
    assert found[:, 0].mean() == pytest.approx(0.4 * shrink, abs=3 * se / 40**0.5)


def test_votes_of_studies_left_out_are_standard_normal(noise_free: LeftOut) -> None:
    z = np.concatenate(
        [[vote.z for vote in simulated(noise_free, seed, 0.0).votes(("net_risk",))] for seed in range(5)]
    )
    assert len(z) == 5 * STUDIES
    # 120 votes, correlated within a simulation: the root mean square errs by less than .2.
    assert 0.8 < (z**2).mean() ** 0.5 < 1.2
