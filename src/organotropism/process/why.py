"""Reasons behind a forecast, read off a model: contributions of factors and what is unknown."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from organotropism.patient import Patient
from organotropism.process import pattern, rate, reasons
from organotropism.process.cells import Cells
from organotropism.process.kernel import Kernel
from organotropism.process.model import AVERAGE, Model
from organotropism.process.offsets import Offset
from organotropism.process.prepare import prepare
from organotropism.process.results import DEFAULT_HORIZONS, Options

Array = NDArray[np.float64]


def time_shares(model: Model, now: float, last: float) -> Array:
    """Share of the `last` years from `now` in each band of the rate, (bands,)."""
    overlap = np.diff(np.clip(np.r_[model.layout.bands, np.inf], now, now + last))
    shares: Array = overlap / overlap.sum()
    return shares


def _parts(
    model: Model, cells: Cells, rows: rate.RateDesign, weights: Array, years: Array
) -> tuple[dict[str, float], dict[str, Array]]:
    """Mean parts by factor."""
    rates = reasons.whether(model.layout, model.theta, rows, index_terms(model, cells), years)
    sites = reasons.where(model.layout, model.theta, pattern.scores(cells))
    means = {name: float(weights @ value) for name, value in rates.items()}
    return means, {name: weights @ value for name, value in sites.items()}


def index_terms(model: Model, cells: Cells) -> dict[str, Array]:
    """Terms (n,) of the index, each counted from its mean in disease of the same ER status.

    The forms of the index differ by ER, so their uncentred difference would tell of ER, not of the factor.
    """
    means, er = _term_means(model), cells.er_positive.astype(int)
    return {name: value - means[name][er] for name, value in model.index.terms(cells).items()}


@lru_cache(maxsize=4)
def _term_means(model: Model) -> dict[str, Array]:
    """Mean of each term of the index in ER-negative and ER-positive disease of the reference population."""
    cells = _reference(model)[0]
    weights = np.where(cells.er_positive, [[0.0], [1.0]], [[1.0], [0.0]]) * cells.weight  # (2, n)
    shares = weights / weights.sum(1, keepdims=True)
    return {name: shares @ value for name, value in model.index.terms(cells).items()}


@lru_cache(maxsize=4)
def _reference(model: Model) -> tuple[Cells, rate.RateDesign, Array]:
    """Cells of the whole reference population and P(site | presentation) in it."""
    cells = model.population.everyone(model.index, model.years[1])
    rows = rate.design(cells, model.index, model.centre, model.layout.bands)
    kernel = Kernel(model.layout, cells, rows, 0.0, DEFAULT_HORIZONS[-1:], model.window_years)
    return cells, rows, kernel.given(model.theta)


def site_shares(model: Model) -> dict[str, float]:
    """P(site found | presentation) in the reference population, by site."""
    return dict(zip(model.layout.sites, _reference(model)[2].tolist(), strict=True))


@lru_cache(maxsize=64)
def _reference_parts(model: Model, now: float, last: float) -> tuple[dict[str, float], dict[str, Array]]:
    """Parts of the whole reference population, which are the same for every patient of these years."""
    everyone, rows, _ = _reference(model)
    return _parts(model, everyone, rows, everyone.weight, time_shares(model, now, last))


def contributions(
    model: Model, patient: Patient, options: Options, offset: Offset | None = None
) -> dict[str, tuple[reasons.Contribution, ...]]:
    """Contributions of each factor per site against the reference population, largest first.

    What an offset holds, such as markers, is one more factor each.
    """
    # The level of a chosen baseline is the same for the reference population: it is no reason.
    cells, rows = prepare(model, [patient], replace(options, baseline=AVERAGE))
    now, last = patient.now, options.horizons[-1]
    found = reasons.contributions(
        model.layout,
        _parts(model, cells, rows, cells.weight, time_shares(model, now, last)),
        _reference_parts(model, now, last),
        _reference(model)[2],
        reasons.stated(patient),
        model.support,
    )
    return found if offset is None else _with_offset(found, offset, _reference(model)[2])


def _with_offset(
    found: dict[str, tuple[reasons.Contribution, ...]], offset: Offset, marginal: Array
) -> dict[str, tuple[reasons.Contribution, ...]]:
    """The contributions with those of the offset among them."""
    added: dict[str, list[reasons.Contribution]] = {site: [] for site in found}
    for part in offset.each:
        how_many = float(marginal @ part.sites / marginal.sum())
        for site, shift in zip(found, part.sites.tolist(), strict=True):
            where = shift - how_many
            entry = reasons.Contribution(
                part.name, part.value or part.name, part.rate, how_many, where, part.studies
            )
            added[site].append(entry)
    return {site: reasons.ranked([*found[site], *entries]) for site, entries in added.items()}


def unknown(model: Model, patient: Patient, options: Options) -> list[reasons.Unknown]:
    """Unknown fields of a patient free of distant disease, by how much each would narrow the forecast."""
    if patient.involved:
        return []
    cells, rows = prepare(model, [patient], options)
    horizons = [h for h in options.horizons if patient.now + h <= rate.LAST_YEAR + 1e-9]
    last = tuple(horizons[-1:])
    weights = Kernel(model.layout, cells, rows, patient.now, last, model.window_years).cell_weights(
        rate.log_hazard(model.layout, model.theta[None], rows)
    )[0]
    alone = cells.apart()
    ever = Kernel(model.layout, alone, rows, patient.now, last, model.window_years)
    risk = ever.risks(model.theta[None]).ever[0, :, :, 0]
    return reasons.unknown(cells, weights, risk, model.layout.sites, last[0], patient)
