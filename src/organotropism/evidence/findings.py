"""Findings: published contrasts between a level of a factor and its comparator, one site each.

A finding is an association as printed (turned the same way for all), or the log odds ratio of two shares
that one study prints for two levels. Only findings can agree or disagree; a share alone cannot.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from math import log, sqrt
from typing import Final

from organotropism.evidence.levels import CLOSE_TO, Comparison, comparison, turned
from organotropism.evidence.load import associations, counts, studies
from organotropism.evidence.readings import SetAside
from organotropism.evidence.records import Association, Count, Study
from organotropism.vocabulary import Factor, Grade

_OPPOSITE: Final = {"increases": "decreases", "decreases": "increases", "none": "none"}
#: Levels that shares of the same study are compared with.
_REFERENCE: Final = {
    Factor.SUBTYPE: "HR+/HER2-",
    Factor.HISTOLOGY: "ductal",
    Factor.RACE: "White",
    Factor.STAGE: "localised",
    Factor.HER2: "negative",
}
_NO_LEVEL: Final = {"", "all", "unknown", "other"}
_MOUSE: Final = "mouse or cell line"
#: Why a row is context only where it is a contrast all the same: of another species, cancer or outcome, or
#: known from the review alone. Such rows are shown where they are asked for; none is pooled.
_SHOWN: Final = {
    _MOUSE,
    "other cancer",
    "endpoint is not a site of spread in patients",
    "review statement only",
}
#: Half a 95 % interval in standard errors, two-sided normal.
_Z: Final = 1.96


@dataclass(frozen=True, slots=True)
class Finding:
    """One contrast at one site.

    Attributes
    ----------
    id : record id, or ``level:comparator`` ids of the two shares it is derived from
    records : ids of the rows of evidence it rests on
    study, group : study, and the group of studies that share its patients (the study itself outside one)
    factor, name : standardised factor, and what the source calls it where that says more (markers)
    level, comparator : the two sides, turned as `organotropism.evidence.levels` says; comparator may be blank
    printed : level and comparator in the words of the source, not turned
    was_turned : whether the source prints the two sides the other way round
    site, endpoint, denominator, population : standardised, as in associations.csv
    adjusted : yes, no, or blank where not stated
    measure : OR, HR, RR, percent, fold, qualitative; ``derived OR`` for two shares
    log_ratio, se : natural logarithm of the ratio and its standard error, where an interval or counts exist
    direction : increases, decreases or none (no difference found), of the level against the comparator
    grade, usable, independent : as in associations.csv
    species : human, mouse or cell line, other cancer
    compartment : clinicopathological, or where a marker is measured
    year : middle of the years of diagnosis, None where not printed
    period : part of the follow-up that the ratio speaks of (within or after 5 years), blank for all of it
    remark : what the curator noted on the row
    """

    id: str
    records: tuple[str, ...]
    study: str
    group: str
    factor: str
    name: str
    level: str
    comparator: str
    printed: str
    was_turned: bool
    site: str
    endpoint: str
    denominator: str
    population: str
    adjusted: str
    measure: str
    log_ratio: float | None
    se: float | None
    direction: str
    grade: str
    usable: str
    independent: str
    species: str
    compartment: str
    year: float | None
    period: str = ""
    remark: str = ""

    @property
    def comparison(self) -> Comparison:
        """Question that the finding bears on, whatever its cut-offs."""
        return comparison(self.factor, self.name, self.level, self.comparator)

    @property
    def derived(self) -> bool:
        """Whether it is computed from two printed shares."""
        return len(self.records) > 1


@cache
def findings() -> tuple[Finding, ...]:
    """All findings of the shipped evidence: those printed, in file order, then those derived from shares.

    Left out are second records of the same finding, P(level | site), rows that give no direction and no
    ratio, and rows that are context only, except those of another species, cancer or outcome, or of a review.
    """
    known = studies()
    return (*findings_of(associations(), known), *_derived(known))


def findings_of(rows: Iterable[Association], known: Mapping[str, Study]) -> tuple[Finding, ...]:
    """Findings that rows print, of this package or of a user, in their order.

    Parameters
    ----------
    known : studies of the rows, by id
    """
    return tuple(_printed(row, known[row.study_id]) for row in rows if _is_contrast(row))


def species_of(grade: str, study: Study) -> str:
    """Species of a row: grades C and D say it, otherwise people (the study may also hold mice)."""
    if grade == Grade.C:
        return _MOUSE
    return "other cancer" if grade == Grade.D else "human"


def patients_of(study: Study) -> str:
    """Group of studies that share patients with this one, or the study itself."""
    return study.same_patients_as or study.overlap_group or study.study_id


def _is_contrast(row: Association) -> bool:
    return (
        (row.usable != "context" or row.usable_reason in _SHOWN)
        and row.set_aside != SetAside.NO_CONTRAST
        and not row.duplicate_of
        and row.conditional != "group_given_site"
        and bool(row.direction or row.log_ratio is not None)
        and bool(row.site_std)
        and row.factor_std != Factor.BASELINE
    )


def _period(row: Association) -> str:
    """Part of the follow-up that a ratio speaks of, in words; blank for all of it."""
    if row.value_meaning != "effect_ratio":
        return ""
    if row.from_years:
        return f"after {row.from_years:g} years"
    return "" if row.to_years is None else f"within {row.to_years:g} years"


def _printed(row: Association, study: Study) -> Finding:
    # Forms of a marker without a standard level keep the words of their source.
    own = row.factor_std == Factor.MARKER and row.level_std in ("other", "reference")
    level, comparator, flipped = turned(
        row.factor_std, row.level if own else row.level_std, row.comparator_std
    )
    ratio = row.log_ratio
    named = row.factor_std in (Factor.MARKER, Factor.OTHER)
    against = f" against {row.comparator}" if row.comparator else ""
    return Finding(
        id=row.record_id,
        records=(row.record_id,),
        study=row.study_id,
        group=patients_of(study),
        factor=row.factor_std,
        name=row.factor if named else row.factor_std,
        level=level,
        comparator=comparator,
        printed=f"{row.level}{against}",
        was_turned=flipped,
        site=row.site_std,
        endpoint=row.endpoint_std,
        denominator=row.denominator,
        # A row on TNBC is not confined to TNBC beyond its own level.
        population="" if row.population == row.level_std else row.population,
        adjusted=row.adjusted,
        measure=row.measure,
        log_ratio=-ratio if flipped and ratio is not None else ratio,
        se=row.se,
        direction=_OPPOSITE[row.direction] if flipped and row.direction else row.direction,
        grade=row.evidence_grade,
        usable=row.usable,
        independent=row.independent_set,
        species=_MOUSE if row.usable_reason == _MOUSE else species_of(row.evidence_grade, study),
        compartment=row.domain,
        year=study.middle_year,
        period=_period(row),
        remark=row.notes,
    )


@dataclass(frozen=True, slots=True)
class _Share:
    """A share of one level on the logit scale, as the literature model reads it."""

    id: str
    level: str
    printed: str
    logit: float
    variance: float
    row: Association | Count

    @classmethod
    def of_count(cls, row: Count) -> _Share | None:
        if row.n_patients is None or row.n_with_site is None:
            return None
        value = _logit(row.n_with_site, row.n_patients)
        return cls(row.count_id, row.level_std, row.stratum_level, *value, row)

    @classmethod
    def of_percent(cls, row: Association) -> _Share | None:
        if row.estimate is None or not row.n_exposed:
            return None
        value = _logit(row.estimate / 100 * row.n_exposed, row.n_exposed)
        return cls(row.record_id, row.level_std, row.level, *value, row)


def _logit(events: float, patients: float) -> tuple[float, float]:
    # With half corrections (Haldane 1956), as in the literature model, so that both give the same number.
    yes, no = events + 0.5, patients - events + 0.5
    return log(yes / no), 1 / yes + 1 / no


def _shares() -> Iterator[_Share]:
    usable = [row for row in counts() if row.usable == "model"]
    counted = {row.count_id for row in usable}
    found = [_Share.of_count(row) for row in usable if row.conditional == "site_given_group"]
    for row in associations():
        share = row.usable == "model" and row.value_meaning in ("proportion", "cumulative_incidence")
        if share and row.conditional == "site_given_group" and row.count_id not in counted:
            found.append(_Share.of_percent(row))
    return (share for share in found if share is not None)


def _derived(known: dict[str, Study]) -> Iterator[Finding]:
    """Log odds ratio of each level against the reference level of its study, site and setting."""
    settings: dict[tuple[object, ...], list[_Share]] = defaultdict(list)
    for share in _shares():
        row = share.row
        population = "" if row.population == row.level_std else row.population
        horizon = getattr(row, "horizon_years", None)
        place = (row.study_id, row.factor_std, row.site_std, row.endpoint_std, row.denominator)
        settings[*place, population, horizon].append(share)
    for shares in settings.values():
        reference = _reference(shares)
        if reference is None:
            continue
        for share in shares:
            if share is not reference and share.level not in _NO_LEVEL:
                yield _ratio(share, reference, known[share.row.study_id])


def _reference(shares: list[_Share]) -> _Share | None:
    """Share the others are compared with; None where a level stands twice or there is no reference."""
    levels = [CLOSE_TO.get(share.level, share.level) for share in shares]
    if len(set(levels)) < max(len(levels), 2):
        return None
    factor = shares[0].row.factor_std
    if factor == Factor.AGE:
        youngest = [share for share in shares if share.level in ("<35", "<=35", "<50", "18-40")]
        return youngest[0] if youngest else None
    wanted = _REFERENCE.get(Factor(factor))
    return next((share for share, level in zip(shares, levels, strict=True) if level == wanted), None)


def _ratio(share: _Share, reference: _Share, study: Study) -> Finding:
    row = share.row
    level, comparator, flipped = turned(row.factor_std, share.level, reference.level)
    value, se = share.logit - reference.logit, sqrt(share.variance + reference.variance)
    value = -value if flipped else value
    sides = (reference, share) if flipped else (share, reference)
    independent = "no" if "no" in (row.independent_set, reference.row.independent_set) else "yes"
    return Finding(
        id=":".join(side.id for side in sides),
        records=tuple(side.id for side in sides),
        study=row.study_id,
        group=patients_of(study),
        factor=row.factor_std,
        name=row.factor_std,
        level=level,
        comparator=comparator,
        printed=f"{sides[0].printed} against {sides[1].printed}",
        was_turned=False,
        site=row.site_std,
        endpoint=row.endpoint_std,
        denominator=row.denominator,
        population="" if row.population == row.level_std else row.population,
        adjusted="no",
        measure="derived OR",
        log_ratio=value,
        se=se,
        direction=_direction(value, se),
        grade=getattr(row, "evidence_grade", Grade.B),
        usable="model",
        independent=independent,
        species="human",
        compartment="clinicopathological",
        year=study.middle_year,
    )


def _direction(log_ratio: float, se: float) -> str:
    """What a source would print: a direction where the 95 % interval leaves out one."""
    if abs(log_ratio) < _Z * se:
        return "none"
    return "increases" if log_ratio > 0 else "decreases"


def by_comparison(rows: Iterable[Finding]) -> dict[tuple[Comparison, str], list[Finding]]:
    """Findings by question and site, in the order in which they first appear."""
    found: dict[tuple[Comparison, str], list[Finding]] = {}
    for row in rows:
        found.setdefault((row.comparison, row.site), []).append(row)
    return found
