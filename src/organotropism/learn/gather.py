"""Every usable row of evidence becomes a measurement, or is set aside with its reason."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import sqrt

from organotropism import evidence
from organotropism.evidence import Association, Count, Study
from organotropism.learn.levels import population_context, restrict
from organotropism.learn.measurement import Kind, Measurement, logit, share_measurement
from organotropism.learn.readings import NOT_MODELLED, OTHER_POPULATIONS, READ_AS, SET_ASIDE
from organotropism.learn.reference import Context, Reference

#: Follow-up taken where none is printed, and the extra spread that this costs (SD, log or logit).
ASSUMED_YEARS, ASSUMED_SD = 5.0, 0.3
#: Extra spread of contrasts whose adjustment is not stated, and of numbers printed without a size.
UNSTATED_SD, NO_SIZE_SE = 0.15, 0.10
_SITES = ("bone", "lung", "liver", "brain")
_FEATURES = {
    *_SITES,
    "visceral",
    "visceral_only",
    "multiple",
    "any_distant",
    *(f"{site}_only" for site in _SITES),
}


@dataclass(frozen=True)
class SetAside:
    """A row that does not enter the fit, and why."""

    id: str
    study: str
    reason: str


class _Unusable(Exception):
    """Carries the reason why a row does not become a measurement."""


def gather(reference: Reference) -> tuple[list[Measurement], list[SetAside]]:
    """Read associations and counts; the rates and the course have modules of their own."""
    counted = frozenset(count.count_id for count in evidence.counts() if _enters(count))
    found, aside = gather_associations(reference, evidence.associations(), evidence.studies(), counted)
    for count in evidence.counts():
        if count.usable != "model":
            continue
        try:
            found.append(_count(reference, count))
        except _Unusable as reason:
            aside.append(SetAside(count.count_id, count.study_id, str(reason)))
    return found, aside


def gather_associations(
    reference: Reference,
    rows: Iterable[Association],
    studies: Mapping[str, Study],
    counted: frozenset[str] = frozenset(),
) -> tuple[list[Measurement], list[SetAside]]:
    """Read associations, of this package or of a user.

    Parameters
    ----------
    studies : those of the rows, by id
    counted : ids of counts that are used instead of the rows that repeat them
    """
    found, aside = [], []
    for row in rows:
        if row.usable != "model":
            continue
        try:
            if row.count_id in counted:
                raise _Unusable(f"its count {row.count_id} is used instead")
            found.append(_association(reference, row, studies[row.study_id]))
        except _Unusable as reason:
            aside.append(SetAside(row.record_id, row.study_id, str(reason)))
    return found, aside


def _enters(count: Count) -> bool:
    return count.usable == "model" and count.independent_set != "no" and count.count_id not in SET_ASIDE


def _association(reference: Reference, row: Association, study: Study) -> Measurement:
    _check_common(row.record_id, row.factor_std, row.population, row.independent_set)
    feature = _feature(row.record_id, row.site_std)
    kind, years, spread = _kind(row.endpoint_std, row.denominator, row.horizon_years, feature)
    period = re.search(r"(within|after) 5 years", row.notes)
    contrast = row.value_meaning == "effect_ratio"
    adjusted = contrast and row.adjusted == "yes"
    context = _context(reference, row.factor_std, row.level_std, row.population, adjusted)
    against = None
    if contrast:
        against = _comparator(reference, row, adjusted)
        if row.log_ratio is None or row.se is None:
            raise _Unusable("no interval is printed")
        value, se = row.log_ratio, row.se
        spread = 0.0 if adjusted else UNSTATED_SD
        from_years = 5.0 if period and period[1] == "after" else 0.0
        years = 10.0 if from_years else years
        scale = {"HR": "cloglog", "RR": "log"}.get(row.measure, "logit")
    else:
        if row.estimate is None:
            raise _Unusable("no value is printed")
        if row.ci_low is not None and row.ci_high is not None:
            share = row.estimate / 100
            value = logit(share)
            se = (logit(row.ci_high / 100) - logit(row.ci_low / 100)) / 3.92
        elif row.n_exposed:
            value, se = share_measurement(row.estimate / 100 * row.n_exposed, row.n_exposed)
        else:
            raise _Unusable("neither an interval nor a size is printed")
        scale, from_years = "logit", 0.0
    return Measurement(
        id=row.record_id,
        study=row.study_id,
        group=row.overlap_group or row.study_id,
        kind=kind,
        feature=feature,
        scale=scale,  # type: ignore[arg-type]
        value=value,
        se=sqrt(se**2 + spread**2),
        context=context,
        against=against,
        years=years,
        from_years=from_years,
        year=_year(study),
        factor=row.factor_std,
        level=row.level_std,
        comparator=row.comparator_std if contrast else "",
        population=row.population,
    )


def _count(reference: Reference, row: Count) -> Measurement:
    given = (
        "bone" if row.level_std == "bone metastasis" or row.population == "first metastasis in bone" else ""
    )
    _check_common(row.count_id, "baseline" if given else row.factor_std, row.population, row.independent_set)
    feature = _feature(row.count_id, row.site_std)
    kind, years, spread = _kind(row.endpoint_std, row.denominator, None, feature)
    if given and row.population == "first metastasis in bone":
        kind, spread = "share", 0.0
    if row.n_patients is None or row.n_with_site is None:
        raise _Unusable("no denominator")
    if row.population == "inflammatory" and kind == "prevalence":
        raise _Unusable("stage IV in inflammatory cancer is not modelled")
    population = "" if given else row.population
    level, factor = (row.level_std, row.factor_std) if not given else ("all", "baseline")
    value, se = share_measurement(row.n_with_site, row.n_patients)
    return Measurement(
        id=row.count_id,
        study=row.study_id,
        group=row.overlap_group or row.study_id,
        kind=kind,
        feature=feature,
        scale="logit",
        value=value,
        se=sqrt(se**2 + spread**2),
        context=_context(reference, factor, level, population, False),
        years=years,
        year=_year(evidence.studies()[row.study_id]),
        factor=factor,
        level=level,
        population=row.population,
        given=given,
    )


def _check_common(identity: str, factor: str, population: str, independent: str) -> None:
    if identity in SET_ASIDE:
        raise _Unusable(SET_ASIDE[identity])
    if independent == "no":
        raise _Unusable("another source of the same patients is used")
    if population in OTHER_POPULATIONS:
        raise _Unusable(OTHER_POPULATIONS[population])
    if factor in NOT_MODELLED and factor != "stage":
        raise _Unusable(NOT_MODELLED[factor])


def _feature(identity: str, site: str) -> str:
    feature = READ_AS.get(identity, (site,))[0]
    if feature not in _FEATURES | {"other", "other_only", "no_bone"}:
        raise _Unusable(f"site {site} is not a site of the model")
    if feature in ("other", "other_only") and identity not in READ_AS:
        raise _Unusable("a single organ, not the composite site other")
    return feature


def _kind(endpoint: str, denominator: str, horizon: float | None, feature: str) -> tuple[Kind, float, float]:
    """Kind of functional, horizon in years, and the spread of an assumed horizon."""
    if endpoint == "at_diagnosis":
        return ("prevalence" if denominator == "all_patients" else "share_at_diagnosis"), 0.0, 0.0
    years = ASSUMED_YEARS if horizon is None else horizon
    spread = ASSUMED_SD if horizon is None else 0.0
    if denominator == "all_patients":
        return "incidence", years, spread
    if endpoint == "first_relapse":
        return "share", 0.0, 0.0
    if feature == "any_distant":
        raise _Unusable("any distant disease among the metastatic is certain")
    return "course", years, spread


def _context(reference: Reference, factor: str, level: str, population: str, adjusted: bool) -> Context:
    base = population_context(reference, population)
    if base is None:
        raise _Unusable(f"population {population} has no counterpart in the model")
    context = restrict(reference, base, factor, level, adjusted)
    if context is None:
        raise _Unusable(f"{factor} {level} has no counterpart in the model")
    return context


def _comparator(reference: Reference, row: Association, adjusted: bool) -> Context:
    level = row.comparator_std
    if level in ("other", "") and row.factor_std == "subtype":
        level = {"TNBC": "luminal+HER2", "luminal": "non-luminal"}.get(row.level_std, "")
        if level == "luminal+HER2":
            base = population_context(reference, row.population)
            assert base is not None
            return base.also(("subtype",), (1, 1, 1, 0), adjusted)
    if not level:
        raise _Unusable("no comparator is printed")
    if level == "all":
        raise _Unusable("compared with all patients, itself included")
    return _context(reference, row.factor_std, level, row.population, adjusted)


def _year(study: Study) -> float:
    """Middle of the years of diagnosis of a study, 2010 where none are printed."""
    years = [int(y) for y in re.findall(r"(?:19|20)\d\d", study.period)]
    return sum(years) / len(years) if years else 2010.0
