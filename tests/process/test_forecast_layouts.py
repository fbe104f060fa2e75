"""Forecasts with other sites and other bands of time than those of the shipped models."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from organotropism.patient import Patient
from organotropism.process import pattern
from organotropism.process.layout import Layout
from organotropism.process.model import Model
from organotropism.process.prepare import prepare
from organotropism.process.results import Options
from organotropism.process.sets import MAX_SITES, SiteSets
from process.cases import (
    KNOWN,
    QUANTITIES,
    models,
    patients,
    random_theta,
    risks_at_coefficients,
    with_layout,
)
from toy import toy_model

EIGHT = ("bone", "lung", "liver", "brain", "pleura", "skin", "ovary", "adrenal")
HORIZONS = (1.0, 5.0, 10.0)


def canonical(name: str) -> str:
    """Name of a coefficient that does not depend on the order of a pair of sites."""
    if not name.startswith("pattern.pair"):
        return name
    return "&".join(sorted(name.removeprefix("pattern.pair[").removesuffix("]").split("&")))


def permuted(model: Model, order: tuple[int, ...]) -> Model:
    """The same model with its sites in another order."""
    old = model.layout
    layout = replace(old, sites=tuple(old.sites[k] for k in order))
    value = dict(zip(map(canonical, old.names), model.theta, strict=True))
    return with_layout(layout, np.array([value[canonical(name)] for name in layout.names]))


@settings(max_examples=20)
@given(models(), patients(), st.permutations(range(5)))
def test_permuting_the_sites_permutes_the_results(model: Model, patient: Patient, order: list[int]) -> None:
    before, after = (
        risks_at_coefficients(m, patient, *HORIZONS) for m in (model, permuted(model, tuple(order)))
    )
    for name in QUANTITIES:
        value = getattr(before, name)
        by_site = name not in ("any", "several")
        expected = value[:, :, order] if by_site else value
        np.testing.assert_allclose(getattr(after, name), expected, rtol=0, atol=1e-12)


def test_permuting_the_sites_permutes_the_results_after_metastasis() -> None:
    model = toy_model()
    involved = [{"site": "brain", "years": 1.0}, {"site": "bone", "years": 3.0}]
    patient = Patient(her2="positive", grade=3, involved=involved, as_of=3.5)
    order = [3, 0, 4, 1, 2]
    before, after = (
        risks_at_coefficients(m, patient, *HORIZONS) for m in (model, permuted(model, tuple(order)))
    )
    np.testing.assert_allclose(after.ever, before.ever[:, :, order], rtol=0, atol=1e-12)
    np.testing.assert_array_equal(after.first, before.first[:, :, order])


def test_eight_sites() -> None:
    layout = Layout(EIGHT)
    assert layout.sets.count == 256
    model = with_layout(layout, random_theta(layout, 5))
    risks = risks_at_coefficients(model, Patient(**KNOWN), *HORIZONS)
    cells, _ = prepare(model, [Patient(**KNOWN)], Options())
    found = pattern.probabilities(layout, model.theta[None], pattern.scores(cells))[0, 0]
    # By hand: the shares of the sets that hold each site.
    given_metastasis = [sum(p for a, p in enumerate(found) if a >> k & 1) for k in range(8)]
    np.testing.assert_allclose(risks.given[0, 0], given_metastasis, rtol=1e-12)
    np.testing.assert_allclose(risks.first, risks.given[..., None] * risks.any[:, :, None], rtol=1e-12)
    assert np.all(risks.ever > risks.first)
    assert np.all(risks.ever < risks.any[:, :, None])


def test_one_site_leaves_nothing_but_whether_and_when() -> None:
    layout = Layout(("bone",))
    model = with_layout(layout, random_theta(layout, 6))
    risks = risks_at_coefficients(model, Patient(**KNOWN), *HORIZONS)
    for name in ("first", "only", "ever"):
        np.testing.assert_allclose(getattr(risks, name)[:, :, 0], risks.any, rtol=0, atol=1e-12)
    assert risks.given.item() == pytest.approx(1.0, abs=1e-12)
    assert risks.several.item() == 0.0


@pytest.mark.parametrize("sites", [(), tuple("abcdefghi"), ("bone", "bone")])
def test_no_more_than_eight_different_sites(sites: tuple[str, ...]) -> None:
    assert MAX_SITES == 8
    with pytest.raises(ValueError, match="1 to 8 different sites"):
        SiteSets(sites)


@pytest.mark.parametrize("bands, since", [((0.0,), (0.0,)), ((0.0, 5.0), (0.0,)), ((0.0,), (0.0, 1.0))])
def test_cutting_a_band_in_two_equal_ones_changes_nothing(
    bands: tuple[float, ...], since: tuple[float, ...]
) -> None:
    """One band is a band: the same hazards written with more bands give the same risks."""
    few = Layout(("bone", "liver", "brain"), bands, since)
    # ER-negative disease has one value of the index for all years, so its mean per band is the same too.
    many = replace(few, bands=(*bands, 7.5), since=(*since, 3.0))
    theta = random_theta(few, 7)
    finer = np.zeros(many.size)
    for name, part in few.slices.items():
        block = few.block(theta, name)
        if name == "rate.level":
            finer[many.slices[name]] = np.column_stack([block, block[:, -1]]).ravel()
        elif name in ("rate.fade", "progression.shape", "death.shape"):
            last = block[-1] if block.size else 0.0  # the first band is the reference, zero
            finer[many.slices[name]] = np.r_[block, last]
        else:
            finer[many.slices[name]] = theta[part]
    coarse, fine = (
        risks_at_coefficients(with_layout(layout, t), Patient(**KNOWN), *HORIZONS)
        for layout, t in ((few, theta), (many, finer))
    )
    for name in QUANTITIES:
        # Further nodes in time change the error of `ever`, bounded in test_forecast_grid.
        np.testing.assert_allclose(getattr(coarse, name), getattr(fine, name), rtol=0, atol=2e-5)
        if name != "ever":
            np.testing.assert_allclose(getattr(coarse, name), getattr(fine, name), rtol=0, atol=1e-12)
