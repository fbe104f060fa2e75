"""A cohort in which a marker was measured estimates the marker's own effect on whether and where.

Everything else stays as the model has it: the marker is one more covariate beside those of the model, against
an average tumour of the cohort, of which a share is positive. Its effect on the log hazard of presenting and
on the log odds of each site are estimated together with the cohort's own level of each (so that a cohort
with more relapses, or more in bone, does not ascribe them to the marker). What is unknown of a patient is
averaged over first: her cumulative hazard and her probabilities of the sets are means over the reference
population, which the effect then multiplies.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from organotropism.cohort.schema import Cohort
from organotropism.errors import InputError
from organotropism.process import pattern, rate
from organotropism.process.kernel import mix
from organotropism.process.model import Model
from organotropism.process.offsets import Offset
from organotropism.process.prepare import prepare
from organotropism.process.results import Options
from organotropism.vocabulary import Compartment

Array = NDArray[np.float64]
#: Prior of an effect on which the literature is silent, and spread of a new cohort about the literature.
PRIOR_SD: Final = 0.35
BETWEEN_SD: Final = 0.3
#: Prior of the cohort's own levels: nearly flat.
_LEVEL_SD: Final = 2.0
_PATIENTS_AT_ONCE: Final = 50
_MOST_STEPS, _CONVERGED = 50, 1e-10


@dataclass(frozen=True)
class MarkerEffect:
    """Effect of a marker in one cohort, positive against negative.

    Attributes
    ----------
    mean : (1 + sites,) log hazard ratio of presenting, then log odds ratio of each site given presentation
    covariance : (1 + sites, 1 + sites)
    share : of the measured patients who are positive
    patients, presentations : with the marker measured
    """

    mean: Array
    covariance: Array
    share: float
    patients: int
    presentations: int

    def offset(
        self,
        name: str,
        positive: bool,
        *,
        compartment: Compartment = Compartment.PRIMARY_TUMOUR,
        studies: tuple[str, ...] = (),
    ) -> Offset:
        """What the marker adds to the forecast of a patient, against an average tumour."""
        factor = 1.0 - self.share if positive else -self.share
        moved = factor * self.mean
        value = "positive" if positive else "negative"
        spread = factor**2 * self.covariance
        return Offset(name, float(moved[0]), moved[1:], spread, studies, value, compartment)


def marker_effect(
    model: Model, cohort: Cohort, positive: Array, literature: tuple[Array, Array] | None = None
) -> MarkerEffect:
    """Estimate the effect of one marker.

    Parameters
    ----------
    model : its covariates are adjusted for
    cohort : patients with follow-up, or an incident series of metastatic patients
    positive : (n,) 1 positive, 0 negative, NaN not measured
    literature : mean and covariance of the effect from the literature; None: mean none, SD 0.35. The
        spread of a new cohort about it (SD 0.3) is added.

    Raises
    ------
    InputError
        The marker was measured in nobody, or has one value only.
    """
    size = 1 + len(model.layout.sites)
    measured = ~np.isnan(positive)
    if len(positive) != len(cohort) or len(set(positive[measured].tolist())) != 2:
        raise InputError(
            "does not tell patients apart",
            field="positive",
            expected="one value per patient of the cohort, both 0 and 1 among them, or NaN",
        )
    mean, covariance = literature or (np.zeros(size), PRIOR_SD**2 * np.eye(size))
    prior = np.zeros((2 * size, 2 * size))
    prior[:size, :size] = np.eye(size) / _LEVEL_SD**2
    prior[size:, size:] = np.linalg.inv(covariance + BETWEEN_SD**2 * np.eye(size))
    centre = np.r_[np.zeros(size), mean]
    share = float(positive[measured].mean())
    data = _data(model, cohort.take(measured), positive[measured] - share)
    theta = centre.copy()
    for _ in range(_MOST_STEPS):
        gradient, information = _derivatives(data, theta)
        information = information + prior
        step = np.linalg.solve(information, gradient - prior @ (theta - centre))
        # A level far from the model's is approached in steps of a factor of e at most.
        theta = theta + step / max(1.0, float(np.abs(step).max()))
        if np.abs(step).max() < _CONVERGED:
            break
    spread = np.linalg.inv(_derivatives(data, theta)[1] + prior)[size:, size:].astype(np.float64)
    return MarkerEffect(theta[size:], spread, share, int(measured.sum()), len(data.found))


@dataclass(frozen=True)
class _Data:
    """What the likelihood reads of patients at risk (n) and of presentations (m); markers minus the share.

    Attributes
    ----------
    exposure, event, rate_marker : (n,) cumulative hazard under the model, whether she presented, marker
    sets, found, marker : (m, 2**K) log probabilities under the model, (m, K) sites found, (m,) marker
    membership : (2**K, K)
    """

    exposure: Array
    event: Array
    rate_marker: Array
    sets: Array
    found: Array
    marker: Array
    membership: Array


def _data(model: Model, cohort: Cohort, marker: Array) -> _Data:
    exposure, sets = (np.concatenate(part) for part in zip(*_under_model(model, cohort), strict=True))
    # Whoever came with metastases was never at risk of them here, and was selected by living with them.
    observed = ~cohort.entered_with_disease
    at_risk = observed & cohort.followed & (cohort.distant != 0) & ~np.isnan(cohort.distant)
    placed = observed & cohort.presented & cohort.sites_recorded & cohort.found_at_presentation.any(1)
    return _Data(
        exposure[at_risk],
        (cohort.distant <= cohort.follow_up)[at_risk].astype(float),
        marker[at_risk],
        np.log(np.maximum(sets[placed], 1e-300)),
        cohort.found_at_presentation[placed].astype(float),
        marker[placed],
        model.layout.sets.membership,
    )


def _under_model(model: Model, cohort: Cohort) -> Iterator[tuple[Array, Array]]:
    """Cumulative hazard while observed, (n,), and probabilities of the sets, (n, 2**K), in parts."""
    patients, bands = cohort.patients(), np.r_[model.layout.bands, rate.LAST_YEAR]
    end = np.minimum(np.minimum(cohort.distant, cohort.follow_up), rate.LAST_YEAR)
    held = np.clip(bands[None], cohort.entry[:, None], np.maximum(cohort.entry, np.nan_to_num(end))[:, None])
    observed = np.diff(held, axis=1)
    cuts = [*range(0, len(patients), _PATIENTS_AT_ONCE), len(patients)]
    for start, stop in pairwise(cuts):
        cells, rows = prepare(model, patients[start:stop], Options())
        starts = np.flatnonzero(np.diff(cells.patient, prepend=-1))
        years = observed[start:stop]
        hazard = np.exp(rate.log_hazard(model.layout, model.theta[None], rows)[0])
        exposure = mix((hazard * years[cells.patient]).sum(1)[None], cells.weight[None], starts)[0]
        scores, at_diagnosis = pattern.scores(cells), cohort.stage_iv[start:stop][cells.patient]
        later, first = (
            pattern.probabilities(model.layout, model.theta[None], scores, de_novo)[0]
            for de_novo in (False, True)
        )
        sets = np.where(at_diagnosis[:, None], first, later)
        yield exposure, mix(sets[None], cells.weight[None], starts)[0]


def _derivatives(data: _Data, theta: Array) -> tuple[Array, Array]:
    """Gradient and information of the log likelihood at (levels, effects)."""
    size = len(theta) // 2
    gradient, information = np.zeros(2 * size), np.zeros((2 * size, 2 * size))
    design = np.c_[np.ones(len(data.event)), data.rate_marker]
    expected = data.exposure * np.exp(design @ theta[[0, size]])
    places = np.array([0, size])
    gradient[places] = design.T @ (data.event - expected)
    information[np.ix_(places, places)] = (design * expected[:, None]).T @ design
    tilt = theta[1:size] + data.marker[:, None] * theta[size + 1 :]
    weight = data.sets + tilt @ data.membership.T
    share = np.exp(weight - weight.max(1, keepdims=True))
    share = share / share.sum(1, keepdims=True)
    mean = share @ data.membership
    both = np.einsum("na,as,au->nsu", share, data.membership, data.membership)
    spread = both - mean[:, :, None] * mean[:, None, :]
    blocks = (slice(1, size), slice(size + 1, 2 * size))
    powers = (np.ones_like(data.marker), data.marker)
    for block, power in zip(blocks, powers, strict=True):
        gradient[block] = power @ (data.found - mean)
        for other, further in zip(blocks, powers, strict=True):
            information[block, other] = np.einsum("n,nsu->su", power * further, spread)
    return gradient, information
