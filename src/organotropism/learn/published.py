"""Published absolute numbers beside what a model forecasts for the same women: its face validity.

Contrasts are left out: `organotropism evidence residuals` shows them. Numbers that the fit set aside only
because another row speaks of the same patients are compared as well, and marked.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from organotropism import evidence
from organotropism.errors import InputError
from organotropism.evidence import Association, BaselineRow, Count, CourseRow
from organotropism.evidence.published import Compared
from organotropism.evidence.readings import SetAside as Reason
from organotropism.evidence.readings import usual_functional
from organotropism.learn.expected import predict_and_differentiate
from organotropism.learn.fit import ANY_RECURRENCE
from organotropism.learn.gather import SetAside, gather_associations, gather_counts
from organotropism.learn.gather_course import course
from organotropism.learn.gather_rates import rates
from organotropism.learn.literature import Evidence, measurements
from organotropism.learn.measurement import Measurement
from organotropism.learn.reference import Context
from organotropism.process.intervals import Z95
from organotropism.process.model import Model

Array = NDArray[np.float64]
Row = TypeVar("Row", Association, Count)
#: A fit does not use these, lest patients count twice; a comparison may.
_OVERLAP: Final = (Reason.SAME_PATIENTS, Reason.NESTED)
#: Subtypes in the order of `vocabulary.SUBTYPES` that a number speaks of, and their name.
_SUBTYPES: Final[dict[tuple[bool, ...], str]] = {
    (True, True, True, True): "all",
    (True, False, False, False): "HR+/HER2-",
    (False, True, False, False): "HR+/HER2+",
    (False, False, True, False): "HR-/HER2+",
    (False, False, False, True): "TNBC",
    (True, True, False, False): "HR+",
    (False, False, True, True): "HR-",
    (False, True, True, False): "HER2+",
    (True, False, False, True): "HER2-",
}
_ERAS: Final = ((1990, "before 1990"), (2000, "1990-1999"), (2010, "2000-2009"), (9999, "2010 and later"))


def compare_published(model: Model, study: str | None = None, site: str | None = None) -> list[Compared]:
    """Compare a model with every published absolute number, or those of one study or site.

    Raises
    ------
    InputError
        A model of other sites or parts than the evidence, or a study or site without a number.
    """
    source = measurements()
    if model.layout != source.layout:
        raise InputError("has not the sites and coefficients that the evidence is read for", field="--model")
    every = [(row, True) for row in source.rows if _absolute(row)]
    every += [(row, False) for row in overlapping(source) if _absolute(row)]
    chosen = [(row, used) for row, used in every if study in (None, row.study) and site in (None, _site(row))]
    if not chosen:
        field, value = ("--study", study) if study is not None else ("--site", site)
        raise InputError("has no published number to compare", field=field, value=value)
    rows = [row for row, _ in chosen]
    fitted, jacobian = predict_and_differentiate(source.layout, source.reference, model.theta, rows)
    sd = np.sqrt(np.einsum("ij,jk,ik->i", jacobian, model.distribution().covariance, jacobian))
    return [
        _compared(row, used, float(value), float(spread))
        for (row, used), value, spread in zip(chosen, fitted, sd, strict=True)
    ]


def overlapping(source: Evidence) -> list[Measurement]:
    """Rows set aside only because others speak of the same patients, as measurements."""
    reference = source.reference
    associations = [_read(r, r.measure) for r in evidence.associations() if r.set_aside in _OVERLAP]
    counts = [_read(r, "") for r in evidence.counts() if r.set_aside in _OVERLAP]
    baseline = [replace(r, set_aside="") for r in evidence.baseline() if _doubled(r)]
    later = [replace(r, set_aside="") for r in evidence.course() if _doubled(r)]
    found = [
        *gather_associations(reference, associations, evidence.studies())[0],
        *gather_counts(reference, counts)[0],
    ]
    others = [*rates(reference, baseline), *course(reference, later)]
    return found + [row for row in others if isinstance(row, Measurement)]


def not_compared(source: Evidence) -> list[SetAside]:
    """Absolute numbers that no forecast speaks of, with the reason."""
    compared = {row.id for row in overlapping(source)}
    contrasts = {r.record_id for r in evidence.associations() if r.value_meaning == "effect_ratio"}
    contrasts |= {r.record_id for r in evidence.course() if r.functional == "death_ratio"}
    return [row for row in source.aside if row.id not in compared | contrasts]


def _read(row: Row, measure: str) -> Row:
    """The row as if it were not set aside, read by what it counts where nothing else is recorded."""
    usual = usual_functional(row.endpoint_std, row.denominator, measure)
    return replace(row, set_aside="", functional=row.functional or usual)


def _doubled(row: BaselineRow | CourseRow) -> bool:
    return row.set_aside in _OVERLAP and row.functional != ""


def _absolute(row: Measurement) -> bool:
    return row.against is None and row.kind != "death_ratio"


def _compared(row: Measurement, used: bool, fitted: float, sd: float) -> Compared:
    study = evidence.studies()[row.study]
    node, weight = np.polynomial.hermite_e.hermegauss(15)
    forecast = float(weight @ _printed(row, fitted + sd * node) / weight.sum())
    published = float(_printed(row, np.array(row.value)))
    low, high = (float(_printed(row, np.array(fitted + sign * Z95 * sd))) for sign in (-1, 1))
    return Compared(
        id=row.id,
        study=row.study,
        group=row.group.removeprefix(ANY_RECURRENCE),
        design=study.design,
        era=_era(study.middle_year),
        site=_site(row),
        subtype=_subtype(row.context),
        reading=_reading(row),
        women=_women(row),
        published=published,
        forecast=forecast,
        low=low,
        high=high,
        inside=low <= published <= high,
        log_ratio=float(np.log(published / forecast)),
        z=(row.value - fitted) / float(np.hypot(row.se, sd)),
        used=used,
    )


def _printed(row: Measurement, value: Array) -> Array:
    """From the scale of the row to a probability, or a hazard per year; of survival, P(dead)."""
    if row.scale == "log":
        return np.exp(value)
    risk: Array = 1 - np.exp(-np.exp(value)) if row.scale == "cloglog" else 1 / (1 + np.exp(-value))
    return risk


def _reading(row: Measurement) -> str:
    return f"death within {row.years:.3g} years" if row.kind == "survival" else row.reading


def _women(row: Measurement) -> str:
    # Strata of risks over time name their women; their population is the whole study's.
    level = row.level
    if row.factor in ("baseline", "death", "subtype"):
        population = row.population if row.factor == "subtype" or level in ("", "all") else ""
    else:
        level, population = f"{row.factor} {level}".replace("_", " "), row.population
    return ", ".join(dict.fromkeys(part for part in (level, population) if part not in ("", "all"))) or "all"


def _site(row: Measurement) -> str:
    return "death after metastasis" if row.kind == "survival" else row.feature.replace("_", " ")


def _era(year: float | None) -> str:
    return "not stated" if year is None else next(name for end, name in _ERAS if year < end)


def _subtype(context: Context) -> str:
    held = np.ones(4, bool)
    for axes, weights in context.weights:
        if axes == ("subtype",):
            held &= np.array(weights) > 0
    return _SUBTYPES.get(tuple(bool(one) for one in held), "several")
