"""What the reader of a validation has to know of the cohort, as phrases without a full stop."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from organotropism.cohort.schema import Cohort
from organotropism.process.model import Model
from organotropism.validate.censoring import last_horizon
from organotropism.validate.outcome import Outcome
from organotropism.validate.where import recorded_sites


def notes(
    model: Model,
    cohort: Cohort,
    outcomes: Sequence[Outcome],
    wanted: Sequence[float],
    scored: Mapping[str, Sequence[float]],
) -> list[str]:
    """What is out of reach, not recorded or taken as given.

    Parameters
    ----------
    outcomes : as used, any distant disease first
    wanted, scored : horizons asked for, and those of each outcome that follow-up reaches
    """
    parts = (_horizons(outcomes, wanted, scored), _sites(model, cohort, outcomes[0]), _series(model, cohort))
    return [note for part in parts for note in part]


def _horizons(
    outcomes: Sequence[Outcome], wanted: Sequence[float], scored: Mapping[str, Sequence[float]]
) -> Iterator[str]:
    for outcome in outcomes:
        out = [f"{h:g}" for h in wanted if h not in scored[outcome.name]]
        if out and len(outcome):
            yield (
                f"{outcome.name}: not scored at {', '.join(out)} years; ten patients are followed up to "
                f"{last_horizon(outcome):.3g} years, the last horizon that can be estimated"
            )


def _sites(model: Model, cohort: Cohort, first: Outcome) -> Iterator[str]:
    recorded = recorded_sites(cohort)
    absent = [site for site in model.layout.sites if site not in recorded]
    if absent:
        yield (
            f"sites that the cohort does not record: {', '.join(absent)}; nothing is said of them"
            + (
                ", and the pattern is that of the other sites, given that one of these was found"
                * bool(recorded)
            )
        )
    shared = [cohort.sites.index(site) for site in model.layout.sites if site in recorded]
    members = cohort.take(first.rows)
    unseen = int((members.presented & np.isnan(members.site_time[:, shared]).any(1)).sum())
    if unseen and shared:
        yield (
            f"{unseen} of {int(members.presented.sum())} patients with distant disease have sites that are "
            "not recorded; they are left out where a site is unknown: the observed risk of sites is too low"
        )


def _series(model: Model, cohort: Cohort) -> Iterator[str]:
    if cohort.unknown_time is not None:
        undated = cohort.unknown_time & ~cohort.stage_iv
        yield (
            f"when distant disease came is not recorded for {int(undated.sum())} patients: taken as "
            "relapses, and the sites given as those found first"
        )
    de_novo = int((~cohort.followed & cohort.stage_iv).sum())
    if de_novo:
        yield f"{de_novo} members of the metastatic series with disease at diagnosis are not scored"
    if abs(cohort.window_years - model.window_years) > 1e-6:
        yield "cohort and model define a presentation by windows of different length"
