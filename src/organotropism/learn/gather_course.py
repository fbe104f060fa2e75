"""Rows of `after_metastasis.csv`: survival and further organs, as measurements of the progression."""

from __future__ import annotations

from collections.abc import Iterator
from math import log, sqrt
from typing import Final

from organotropism import evidence
from organotropism.learn.gather import NO_SIZE_SE, SetAside
from organotropism.learn.levels import restrict
from organotropism.learn.measurement import Measurement, cloglog, logit, share_measurement
from organotropism.learn.reference import EVERYONE, Reference

#: Starting sets of a stratum, by its label; other labels are subtypes.
_SETS: Final = {
    "bone_only": "bone_only",
    "liver_only": "liver_only",
    "lung_only": "lung_only",
    "brain_only": "brain_only",
    "other only": "other_only",
    "multiple": "multiple",
    "1 site": "single",
    "4 or more sites": "four",
}
#: Hazard ratios of death as sums of coefficients: numerator minus denominator.
_RATIOS: Final = {
    "TNBC against HR+/HER2-": (("death.subtype[TNBC]", 1.0),),
    "HR+/HER2+ against HR+/HER2-": (("death.subtype[HR+/HER2+]", 1.0),),
    "HR-/HER2+ against HR+/HER2-": (("death.subtype[HR-/HER2+]", 1.0),),
    "TNBC against HER2+": (
        ("death.subtype[TNBC]", 1.0),
        ("death.subtype[HR+/HER2+]", -0.7),
        ("death.subtype[HR-/HER2+]", -0.3),
    ),
    "liver involved": (("death.liver", 1.0),),
    "brain involved": (("death.brain", 1.0),),
}
_ASIDE: Final = {
    "gobbini2018": "the same French cohort as deluche2020",
    "ahn2013": "times among those with brain metastasis: conditional on the outcome",
}
_ESME: Final = {"deluche2020", "gobbini2018", "darlix2019"}
_SEER: Final = {"wangr2019", "taskindoust2021", "bmccancer2020_bonesurv"}


def course(reference: Reference) -> Iterator[Measurement | SetAside]:
    """Yield a measurement, or the reason why there is none, for every row."""
    for number, row in enumerate(evidence.course(), start=1):
        identity = f"course-{number:02d}"
        found = None if row.study_id in _ASIDE else _measurement(reference, row, identity)
        reason = _ASIDE.get(row.study_id, "repeats another row, or has no counterpart in the model")
        yield found or SetAside(identity, row.study_id, reason)


def _measurement(reference: Reference, row: evidence.CourseRow, identity: str) -> Measurement | None:
    group = "ESME" if row.study_id in _ESME else "SEER" if row.study_id in _SEER else row.study_id
    common = {"id": identity, "study": row.study_id, "group": group, "level": row.stratum}
    de_novo = "de novo" if row.from_ == "diagnosis" else ""
    if row.outcome.startswith("hazard ratio"):
        if row.stratum not in _RATIOS:
            return None
        se = NO_SIZE_SE
        if row.ci_low and row.ci_high:
            se = (log(row.ci_high) - log(row.ci_low)) / 3.92
        return Measurement(
            kind="death_ratio",
            feature="",
            scale="log",
            value=log(row.value),
            se=se,
            factor="death",
            terms=_RATIOS[row.stratum],
            **common,  # type: ignore[arg-type]
        )
    starting = _SETS.get(row.stratum, "")
    level = "" if starting or row.stratum == "all" else row.stratum
    context = restrict(reference, EVERYONE, "subtype", level)
    if context is None:
        return None
    if row.outcome in ("median survival", "survival"):
        years, value, se = _survival(row)
        given = "bone" if row.study_id == "bmccancer2020_bonesurv" else starting
        return Measurement(
            kind="survival",
            feature="alive",
            scale="cloglog",
            value=value,
            se=se,
            context=context,
            years=years,
            given=given,
            factor="death",
            population=de_novo,
            **common,  # type: ignore[arg-type]
        )
    if row.outcome in ("brain found ever", "brain found later"):
        later = row.outcome == "brain found later"
        if row.n:
            value, se = share_measurement(row.value / 100 * row.n, row.n)
        else:
            value, se = logit(row.value / 100), NO_SIZE_SE
        return Measurement(
            kind="later" if later else "course",
            feature="brain",
            scale="logit",
            value=value,
            se=sqrt(se**2 + 0.3**2),
            context=context,
            years=5.0,
            factor="subtype",
            **common,  # type: ignore[arg-type]
        )
    return None


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
