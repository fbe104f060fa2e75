"""Where, given metastasis: does the model know which sites are found at presentation.

Among patients with distant relapse under observation of whom all sites are recorded: whoever entered with
metastases was selected by having survived with them. A site that the cohort never records takes no part:
the sets of the others are scored, given that one of them was found. The log score is the mean log
probability given to the exact set that was found; it is compared with two patterns that know nothing of
the patient: the cohort's own shares of each set (each patient predicted from the others), and the mean of
the model's own predictions. The first tells whether the model beats a simple count in this population,
the second what the covariates add.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from organotropism.cohort.schema import Cohort
from organotropism.process.sets import SiteSets
from organotropism.validate.censoring import Known
from organotropism.validate.counting import ratio
from organotropism.validate.discrimination import auc
from organotropism.validate.resample import Estimate, blocks, estimate

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

SEVERAL = "several"
#: Prior count of each set in the marginal pattern (Jeffreys), so that no set is impossible.
HALF = 0.5


@dataclass(frozen=True)
class Share:
    """How one site (or several sites) is predicted among the presented.

    Attributes
    ----------
    observed, expected : share of patients with the site; mean prediction
    o_e, auc : observed over expected; area under the ROC curve
    """

    observed: Estimate
    expected: Estimate
    o_e: Estimate
    auc: Estimate


@dataclass(frozen=True)
class Where:
    """Scores of the pattern at presentation.

    Attributes
    ----------
    patients : presented with all these sites recorded, and one of them found
    log_score : mean log probability of the set found, by the model
    marginal : the same by the cohort's shares; `average` by the model's mean pattern
    gain, gain_of_covariates : differences of the model to these two
    sites : by site, and `SEVERAL` for more than one site
    """

    patients: int
    log_score: Estimate
    marginal: Estimate
    average: Estimate
    gain: Estimate
    gain_of_covariates: Estimate
    sites: dict[str, Share]


def recorded_sites(cohort: Cohort) -> tuple[str, ...]:
    """Sites of which it is known of some patient with distant disease whether they were found then.

    All sites where nobody has distant disease: nothing tells them apart.
    """
    seen = cohort.site_time[cohort.presented]
    known: Bools = np.ones(len(cohort.sites), bool)
    if len(seen):
        known = np.asarray(~np.isnan(seen).all(0), bool)
    return tuple(site for site, told in zip(cohort.sites, known, strict=True) if told)


def narrowed(pattern: Array, whole: SiteSets, part: SiteSets) -> Array:
    """Probabilities (n, 2**R) of the sets of some of the sites, given that one of these is found.

    Parameters
    ----------
    pattern : (n, 2**K) probabilities of the sets of all sites of the model
    """
    if part.sites == whole.sites:
        return pattern
    bits = (1 << np.arange(len(part.sites))).astype(float)
    columns = [whole.sites.index(site) for site in part.sites]
    into = (whole.membership[:, columns] @ bits).astype(np.int64)
    summed = pattern @ (into[:, None] == np.arange(part.count)).astype(float)
    summed[:, 0] = 0.0
    return ratio(summed, summed.sum(1, keepdims=True))


def presented(cohort: Cohort, sites: Sequence[str]) -> Bools:
    """Patients (N,) with distant relapse under observation, not at diagnosis, whose sites are recorded."""
    columns = [cohort.sites.index(site) for site in sites]
    known = ~np.isnan(cohort.site_time[:, columns]).any(1)
    found: Bools = cohort.presented & ~cohort.stage_iv & ~cohort.entered_with_disease & known
    return found


def sets_found(cohort: Cohort, sets: SiteSets) -> Ints:
    """Number of the set found at presentation, (N,), over the sites of the sets."""
    columns = [cohort.sites.index(site) for site in sets.sites]
    found: Ints = cohort.found_at_presentation[:, columns] @ (1 << np.arange(len(columns)))
    return found


def set_counts(found: Ints, sets: int) -> Array:
    """How often each set was found, (sets,), half a patient added to each but the empty one."""
    counts = np.bincount(found, minlength=sets).astype(float)
    counts[1:] += HALF
    return counts


def marginal_pattern(found: Ints, sets: int) -> Array:
    """Probability (n, sets) of each set for each patient, from the sets found in the others."""
    others = np.tile(set_counts(found, sets), (len(found), 1))
    others[np.arange(len(found)), found] -= 1
    shares: Array = others / others.sum(1, keepdims=True)
    return shares


def log_scores(pattern: Array, found: Ints) -> Array:
    """Log probability (n,) of the set that was found; `pattern` (n, sets)."""
    return np.log(np.maximum(pattern[np.arange(len(found)), found], 1e-12))


def score_where(
    cohort: Cohort, sets: SiteSets, pattern: Array, counts: NDArray[np.uint16], least: int
) -> Where | None:
    """Score the patterns (N, 2**K) predicted for the patients of a cohort; None with fewer than `least`."""
    found = sets_found(cohort, sets)
    rows = np.flatnonzero(presented(cohort, sets.sites) & (found > 0) & ~np.isnan(pattern).any(1))
    if len(rows) < least:
        return None
    found, pattern = found[rows], pattern[rows]
    own = log_scores(pattern, found)
    marginal = log_scores(marginal_pattern(found, sets.count), found)
    average = log_scores(np.broadcast_to(pattern.mean(0), pattern.shape), found)
    lines = np.stack([own, marginal, average, own - marginal, own - average], axis=1)
    means = [ratio(weights @ lines, weights.sum(1, keepdims=True)) for weights in blocks(counts, rows)]
    own_score, of_marginal, of_average, gain, gain_of_covariates = map(estimate, np.concatenate(means).T)
    members = {site: sets.membership[:, k] for k, site in enumerate(sets.sites)}
    members[SEVERAL] = sets.several
    shares = {
        name: _share(member[found] > 0, pattern @ member, counts, rows) for name, member in members.items()
    }
    return Where(len(rows), own_score, of_marginal, of_average, gain, gain_of_covariates, shares)


def _share(case: Bools, risk: Array, counts: NDArray[np.uint16], rows: Ints) -> Share:
    parts = []
    for weights in blocks(counts, rows):
        total = weights.sum(1)
        observed, expected = ratio(weights @ case, total), ratio(weights @ risk, total)
        parts.append(
            np.stack([observed, expected, ratio(observed, expected), auc(Known(weights, case), risk)])
        )
    return Share(*(estimate(values) for values in np.concatenate(parts, axis=1)))
