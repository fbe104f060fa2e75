"""Rows of `after_metastasis.csv`: survival and further organs, as measurements of the progression."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import log, sqrt
from typing import Final

from organotropism import evidence
from organotropism.evidence.readings import Functional
from organotropism.evidence.readings import SetAside as Reason
from organotropism.learn.gather import ASSUMED_SD, ASSUMED_YEAR, ASSUMED_YEARS, NO_SIZE_SE, SetAside
from organotropism.learn.levels import restrict
from organotropism.learn.measurement import Measurement, cloglog, logit, reading, share_measurement
from organotropism.learn.reference import EVERYONE, Reference

#: Subtypes as the hazard of death knows them, against HR+/HER2-: coefficients and their weights.
#: HER2-positive disease is seven parts HR-positive to three.
_DEATH: Final[dict[str, dict[str, float]]] = {
    "HR+/HER2-": {},
    "HR+/HER2+": {"death.subtype[HR+/HER2+]": 1.0},
    "HR-/HER2+": {"death.subtype[HR-/HER2+]": 1.0},
    "TNBC": {"death.subtype[TNBC]": 1.0},
    "HER2+": {"death.subtype[HR+/HER2+]": 0.7, "death.subtype[HR-/HER2+]": 0.3},
}


def course(reference: Reference, rows: Iterable[evidence.CourseRow]) -> Iterator[Measurement | SetAside]:
    """Yield a measurement, or the reason why there is none, for every row."""
    for row in rows:
        if row.set_aside:
            yield SetAside(row.record_id, row.study_id, row.set_aside)
        else:
            yield _measurement(reference, row) or SetAside(row.record_id, row.study_id, Reason.LEVEL)


def _measurement(reference: Reference, row: evidence.CourseRow) -> Measurement | None:
    if row.functional == Functional.DEATH_RATIO:
        return _death_ratio(row)
    context = restrict(reference, EVERYONE, row.factor_std, row.level_std)
    if context is None:
        return None
    survival = row.read_as == "alive"
    years, value, se = _survival(row) if survival else _further_site(row)
    return Measurement(
        id=row.record_id,
        study=row.study_id,
        group=row.overlap_group or row.study_id,
        **reading(row.functional),
        feature=row.read_as,
        scale="cloglog" if survival else "logit",
        value=value,
        se=se,
        context=context,
        years=years,
        year=_year(row.study_id),
        factor="death" if survival else "subtype",
        level=row.stratum,
        given=row.given,
    )


def _year(study_id: str) -> float:
    """Middle of the years of diagnosis; some sources of the course stand in its table alone."""
    study = evidence.studies().get(study_id)
    return study.middle_year if study is not None and study.middle_year else ASSUMED_YEAR


def _death_ratio(row: evidence.CourseRow) -> Measurement | None:
    if row.factor_std == "subtype":
        if not {row.level_std, row.comparator_std} <= _DEATH.keys():
            return None
        less = {name: -weight for name, weight in _DEATH[row.comparator_std].items()}
        terms = _DEATH[row.level_std] | less
    else:
        terms = {f"death.{row.read_as}": 1.0}
    se = NO_SIZE_SE
    if row.ci_low and row.ci_high:
        se = (log(row.ci_high) - log(row.ci_low)) / 3.92
    return Measurement(
        id=row.record_id,
        study=row.study_id,
        group=row.overlap_group or row.study_id,
        **reading(row.functional),
        feature="",
        scale="log",
        value=log(row.value),
        se=se,
        factor="death",
        level=row.stratum,
        terms=tuple(terms.items()),
    )


def _further_site(row: evidence.CourseRow) -> tuple[float, float, float]:
    """Years, log odds of the share with a further site, and its standard error."""
    if row.n:
        value, se = share_measurement(row.value / 100 * row.n, row.n)
    else:
        value, se = logit(row.value / 100), NO_SIZE_SE
    if row.at_months is not None:
        return row.at_months / 12, value, se
    return ASSUMED_YEARS, value, sqrt(se**2 + ASSUMED_SD**2)


def _survival(row: evidence.CourseRow) -> tuple[float, float, float]:
    """Years, cloglog of the risk of death by then, and its standard error.

    A median m says S(m) = 1/2; an error in log m is one in cloglog for a near-exponential curve.
    """
    if row.outcome == "median survival":
        scale = {"years": 1.0, "months": 12.0}[row.unit]
        se = (log(row.ci_high) - log(row.ci_low)) / 3.92 if row.ci_low and row.ci_high else NO_SIZE_SE
        return row.value / scale, cloglog(0.5), max(se, 0.03)
    assert row.at_months is not None
    return row.at_months / 12, cloglog(1 - row.value / 100), NO_SIZE_SE
