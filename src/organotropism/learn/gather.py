"""Every usable row of evidence becomes a measurement, or is set aside with its reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Final, NamedTuple

from organotropism import evidence
from organotropism.evidence import Association, Count, Study
from organotropism.evidence.readings import HAZARDS, Functional
from organotropism.evidence.readings import SetAside as Reason
from organotropism.learn.levels import population_context, restrict
from organotropism.learn.measurement import Measurement, Scale, logit, reading, share_measurement
from organotropism.learn.reference import Context, Reference
from organotropism.vocabulary import Denominator, Factor

#: Follow-up taken where none is printed, and the extra spread that this costs (SD, log or logit).
ASSUMED_YEARS, ASSUMED_SD = 5.0, 0.3
#: Years from the end of follow-up to print, and the range of follow-up told from the years of a study.
_TO_PRINT, _LEAST_YEARS, _MOST_YEARS = 2.0, 3.0, 12.0
#: Extra spread of contrasts whose adjustment is not stated, and of numbers printed without a size.
UNSTATED_SD, NO_SIZE_SE = 0.15, 0.10
#: Year of diagnosis taken where none is printed.
ASSUMED_YEAR = 2010.0
_SITES = ("bone", "lung", "liver", "brain")
_FEATURES = {
    *_SITES,
    "visceral",
    "visceral_only",
    "multiple",
    "any_distant",
    *(f"{site}_only" for site in _SITES),
}
#: Factors that stay evidence and never become an input: treatment follows indication, markers come later,
#: menopause is read through age.
_NOT_MODELLED = {Factor.TREATMENT, Factor.RACE, Factor.MARKER, Factor.OTHER, Factor.MENOPAUSE}


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
    found, aside = gather_associations(reference, evidence.associations(), evidence.studies())
    counted, not_counted = gather_counts(reference, evidence.counts())
    return found + counted, aside + not_counted


def gather_counts(reference: Reference, rows: Iterable[Count]) -> tuple[list[Measurement], list[SetAside]]:
    """Read counts of this package."""
    found, aside = [], []
    for row in rows:
        if row.usable != "model":
            continue
        try:
            found.append(_count(reference, row))
        except _Unusable as reason:
            aside.append(SetAside(row.count_id, row.study_id, str(reason)))
    return found, aside


def gather_associations(
    reference: Reference,
    rows: Iterable[Association],
    studies: Mapping[str, Study],
) -> tuple[list[Measurement], list[SetAside]]:
    """Read associations, of this package or of a user.

    Parameters
    ----------
    studies : those of the rows, by id
    """
    found, aside = [], []
    for row in rows:
        if row.usable != "model":
            continue
        try:
            found.append(_association(reference, row, studies[row.study_id]))
        except _Unusable as reason:
            aside.append(SetAside(row.record_id, row.study_id, str(reason)))
    return found, aside


def _association(reference: Reference, row: Association, study: Study) -> Measurement:
    _check_common(row)
    feature = _feature(row)
    horizon = _horizon(row, study, row.horizon_years)
    spread = horizon.spread
    contrast = row.value_meaning == "effect_ratio"
    adjusted = contrast and row.adjusted == "yes"
    context = _context(reference, row.factor_std, row.level_std, row.population, adjusted)
    against = None
    if contrast:
        against = _comparator(reference, row, adjusted)
        if against == context:
            # T4 against T3, say: two levels that the population does not tell apart.
            raise _Unusable(Reason.NO_CONTRAST)
        if row.log_ratio is None or row.se is None:
            raise _Unusable(Reason.NO_ERROR)
        value, se = row.log_ratio, row.se
        spread = 0.0 if adjusted else UNSTATED_SD
        scale = _scale(row)
    else:
        if row.estimate is None:
            raise _Unusable(Reason.NO_ERROR)
        if row.ci_low is not None and row.ci_high is not None:
            share = row.estimate / 100
            value = logit(share)
            se = (logit(row.ci_high / 100) - logit(row.ci_low / 100)) / 3.92
        elif row.n_exposed:
            value, se = share_measurement(row.estimate / 100 * row.n_exposed, row.n_exposed)
        else:
            raise _Unusable(Reason.NO_ERROR)
        scale = "logit"
    return Measurement(
        id=row.record_id,
        study=row.study_id,
        group=row.overlap_group or row.study_id,
        **reading(row.functional),
        feature=feature,
        scale=scale,
        value=value,
        se=sqrt(se**2 + spread**2),
        context=context,
        against=against,
        years=horizon.years,
        follow_up=horizon.follow_up,
        from_years=row.from_years or 0.0,
        year=study.middle_year or ASSUMED_YEAR,
        design=study.design,
        factor=row.factor_std,
        level=row.level_std,
        comparator=row.comparator_std if contrast else "",
        population=row.population,
    )


def _count(reference: Reference, row: Count) -> Measurement:
    if row.set_aside:
        raise _Unusable(row.set_aside)
    if row.n_patients is None or row.n_with_site is None:
        raise _Unusable(Reason.NO_ERROR)
    feature = _feature(row)
    study = evidence.studies()[row.study_id]
    horizon = _horizon(row, study)
    # Patients selected by a site are all patients with it: their label names the site, not a subgroup.
    population = "" if row.given else row.population
    level, factor = ("all", "baseline") if row.given else (row.level_std, row.factor_std)
    value, se = share_measurement(row.n_with_site, row.n_patients)
    return Measurement(
        id=row.count_id,
        study=row.study_id,
        group=row.overlap_group or row.study_id,
        **reading(row.functional),
        feature=feature,
        scale="logit",
        value=value,
        se=sqrt(se**2 + horizon.spread**2),
        context=_context(reference, factor, level, population, False),
        years=horizon.years,
        follow_up=horizon.follow_up,
        year=study.middle_year or ASSUMED_YEAR,
        design=study.design,
        factor=factor,
        level=level,
        population=row.population,
        given=row.given,
    )


def _check_common(row: Association) -> None:
    if row.set_aside:
        raise _Unusable(row.set_aside)
    if row.factor_std in _NOT_MODELLED:
        raise _Unusable(Reason.FACTOR)


def _feature(row: Association | Count) -> str:
    """Feature of the sites found that a row speaks of; `read_as` may name any, the site only some."""
    if row.read_as:
        return row.read_as
    if row.site_std == "other":
        raise _Unusable(Reason.SINGLE_ORGAN)
    if row.site_std not in _FEATURES:
        raise _Unusable(Reason.NOT_A_SITE)
    if row.site_std == "any_distant" and row.denominator == Denominator.METASTATIC_PATIENTS:
        raise _Unusable(Reason.CONDITIONAL)
    return row.site_std


class _Horizon(NamedTuple):
    """Years at which a row is read, whether they are a median follow-up, and the SD of a guess at them."""

    years: float
    follow_up: bool = False
    spread: float = 0.0


_OF_PATIENTS: Final = (Functional.INCIDENCE, Functional.FIRST_INCIDENCE, Functional.INCIDENCE_ALL_STAGES)
_OF_COURSE: Final = (Functional.COURSE, Functional.COURSE_AT_DIAGNOSIS, Functional.COURSE_MIXED)


def _horizon(row: Association | Count, study: Study, printed: float | None = None) -> _Horizon:
    """Horizon as printed, or follow-up: printed, told from the years of the study, or assumed."""
    years = row.to_years or printed
    if years is not None:
        return _Horizon(years)
    if row.follow_up_years is not None:
        return _Horizon(row.follow_up_years, True)
    if row.functional in _OF_COURSE:
        return _Horizon(ASSUMED_YEARS, False, ASSUMED_SD)
    if row.functional not in _OF_PATIENTS:
        return _Horizon(ASSUMED_YEARS)
    if study.year is None or study.middle_year is None:
        return _Horizon(ASSUMED_YEARS, True, ASSUMED_SD)
    told = study.year - _TO_PRINT - study.middle_year
    return _Horizon(min(max(told, _LEAST_YEARS), _MOST_YEARS), True, ASSUMED_SD)


def _scale(row: Association) -> Scale:
    """Scale of a ratio: logarithm of a hazard or a risk, cloglog of a subdistribution, log odds."""
    if row.functional in HAZARDS or row.measure == "RR":
        return "log"
    return "cloglog" if row.functional == Functional.SUBDISTRIBUTION else "logit"


def _context(reference: Reference, factor: str, level: str, population: str, adjusted: bool) -> Context:
    base = population_context(reference, population)
    if base is None:
        raise _Unusable(Reason.POPULATION)
    context = restrict(reference, base, factor, level, adjusted)
    if context is None:
        raise _Unusable(Reason.LEVEL)
    return context


def _comparator(reference: Reference, row: Association, adjusted: bool) -> Context:
    level = row.comparator_std
    if level in ("other", "") and row.factor_std == "subtype":
        level = {"TNBC": "luminal+HER2", "luminal": "non-luminal"}.get(row.level_std, "")
        if level == "luminal+HER2":
            base = population_context(reference, row.population)
            assert base is not None
            return base.also(("subtype",), (1, 1, 1, 0), adjusted)
    if level in ("", "all"):
        raise _Unusable(Reason.NO_COMPARATOR)
    return _context(reference, row.factor_std, level, row.population, adjusted)
