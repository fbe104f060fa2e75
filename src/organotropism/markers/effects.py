"""What measured markers add to a forecast: published effects, shrunk, as shifts with their covariance.

The unknowns of one marker are its effect on the log hazard of presenting (whether) and on the log odds of
each site given presentation (where), each with the prior N(0, 0.35²). What was published is a measurement of
them, by endpoint and denominator:

| published | among | measures |
|---|---|---|
| any distant disease, or survival free of disease | all patients | rate |
| a site: hazard, odds or risk ratio | all patients | rate + (1 - p) site |
| a site: odds ratio | metastatic patients | site |
| a site: hazard or risk ratio | metastatic patients | (1 - p) site |

p is the site's share of presentations in the reference population: d log P(site) = (1 - p) d logit P(site).
A null study is a measurement of zero, with its own standard error or, where none is printed, that of the
positive study. An effect that is not adjusted, or not known to be, has SD 0.15 added for what belongs to
subtype: a correlation of .3 between marker and subtype, times the .2 by which subtypes differ in the log
odds of a site (standard deviation in the literature model), over the .4 of a marker that one tumour in five
carries. The normal posterior is exact.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from organotropism.errors import InputError
from organotropism.markers.definitions import Definition, Kind
from organotropism.markers.expression import Array
from organotropism.markers.genes import read_shipped
from organotropism.markers.measured import Reading
from organotropism.markers.records import AssociationRecord, CountRecord, StudyRecord
from organotropism.vocabulary import SITES, Denominator, Endpoint

PRIOR_SD = 0.35
UNADJUSTED_SD = 0.15
#: In the model by histology already: as a marker it would count twice.
IN_THE_MODEL = frozenset({"ILC_HISTOLOGY"})
_OF_SITE = {Endpoint.TIME_TO_SITE, Endpoint.EVER, Endpoint.FIRST_RELAPSE}


@dataclass(frozen=True)
class Measurement:
    """One published number on a marker: `design` @ (rate, sites) = `value` with variance `variance`."""

    record_id: str
    study_id: str
    design: Array
    value: float
    variance: float


@dataclass(frozen=True)
class Effect:
    """A marker's effect, positive against negative.

    Attributes
    ----------
    marker : id
    mean, covariance : (1 + sites,) and square: rate, then the sites in the order of `vocabulary.SITES`
    share : of tumours that are positive
    studies : ids, of null studies too
    """

    marker: str
    mean: Array
    covariance: Array
    share: float
    studies: tuple[str, ...]

    def against_average(self, positive: bool) -> tuple[Array, Array]:
        """Mean and covariance of the shift against an average tumour, of which `share` are positive.

        A positive tumour differs from it by 1 - share of the effect, a negative one by - share of it.
        """
        factor = 1.0 - self.share if positive else -self.share
        return factor * self.mean, factor**2 * self.covariance


@dataclass(frozen=True)
class MarkerEvidence:
    """Records of the evidence that effects are read from, by id."""

    associations: Mapping[str, AssociationRecord]
    counts: Mapping[str, CountRecord]
    studies: Mapping[str, StudyRecord]


def measurements(
    marker: str, evidence: MarkerEvidence, site_shares: Mapping[str, float]
) -> tuple[Measurement, ...]:
    """Published measurements of a marker that have a number and a place in the model, nulls included.

    Parameters
    ----------
    site_shares : P(site found | presentation) in the reference population
    """
    rows = [row for row in read_shipped("effects.csv") if row["marker_id"] == marker]
    found: list[Measurement] = []
    widest = 0.0
    for row in sorted(rows, key=lambda row: row["role"] != "effect"):
        record = evidence.associations[row["record_id"]]
        design = _design(record, site_shares)
        if design is None or record.evidence_grade not in ("A", "B"):
            continue
        se = _standard_error(record)
        if row["role"] == "effect":
            if record.estimate is None or se is None:
                continue
            widest = max(widest, se)
            value = int(row["sign"]) * math.log(record.estimate)
        else:
            value, se = 0.0, se or widest
        if se:
            variance = se**2 + (0.0 if record.adjusted == "yes" else UNADJUSTED_SD**2)
            found.append(Measurement(record.record_id, record.study_id, design, value, variance))
    return tuple(found)


def why_no_effect(definition: Definition) -> str:
    """Why a marker moves no number, "" where it may move one."""
    if not definition.moves_numbers:
        return f"grade {definition.grade} never moves a number"
    if definition.id in IN_THE_MODEL:
        return "in the model already, as the patient's histology"
    if definition.kind == Kind.UNPUBLISHED:
        return "rule not published in full"
    if not definition.published_cutoff:
        return "no published cut-off"
    if not any(row["marker_id"] == definition.id for row in read_shipped("effects.csv")):
        return "no published effect with an interval and a cut-off"
    return ""


def effect(
    definition: Definition, evidence: MarkerEvidence, site_shares: Mapping[str, float]
) -> Effect | None:
    """Effect of a marker on a forecast, None where it has none.

    None for grades C to E, without a published cut-off, without a number with an interval, without a
    published share of positive tumours, and for what the model holds already.
    """
    if why_no_effect(definition):
        return None
    share = _positive_share(definition.id, evidence)
    if share is None:
        return None
    found = measurements(definition.id, evidence, site_shares)
    if not any(measurement.value for measurement in found):
        return None
    mean, covariance = posterior(found)
    studies = tuple(dict.fromkeys(measurement.study_id for measurement in found))
    return Effect(definition.id, mean, covariance, share, studies)


def posterior(found: Sequence[Measurement]) -> tuple[Array, Array]:
    """Mean and covariance of (rate, sites) given the measurements, from the prior N(0, `PRIOR_SD`²)."""
    size = 1 + len(SITES)
    precision: Array = np.eye(size) / PRIOR_SD**2
    weighted = np.zeros(size)
    for measurement in found:
        precision = precision + np.outer(measurement.design, measurement.design) / measurement.variance
        weighted += measurement.design * measurement.value / measurement.variance
    covariance = np.linalg.inv(precision).astype(np.float64)
    return covariance @ weighted, covariance


@dataclass(frozen=True)
class Shift:
    """What one marker adds to the forecast of a patient; fields as those of `Effect`."""

    marker: str
    positive: bool
    mean: Array
    covariance: Array
    studies: tuple[str, ...]


def shifts(readings: Iterable[Reading], effects: Mapping[str, Effect]) -> Iterator[Shift]:
    """Effects of the markers of one patient that were called by the published rule."""
    for reading in readings:
        if reading.marker in effects and reading.positive is not None and reading.by_published_rule:
            own = effects[reading.marker]
            mean, covariance = own.against_average(reading.positive)
            yield Shift(reading.marker, reading.positive, mean, covariance, own.studies)


def _design(record: AssociationRecord, site_shares: Mapping[str, float]) -> Array | None:
    """Row of the measurement over (rate, sites), None where it has no place in the model."""
    design = np.zeros(1 + len(SITES))
    if record.site_std == "any_distant":
        if record.denominator == Denominator.ALL_PATIENTS or record.endpoint_std == Endpoint.SURVIVAL:
            design[0] = 1.0
            return design
        return None
    if record.site_std not in [str(site) for site in SITES] or record.endpoint_std not in _OF_SITE:
        return None
    place = 1 + [str(site) for site in SITES].index(record.site_std)
    relative = 1.0 - site_shares[record.site_std]
    if record.denominator == Denominator.ALL_PATIENTS:
        design[[0, place]] = 1.0, relative
        return design
    if record.denominator == Denominator.METASTATIC_PATIENTS:
        design[place] = 1.0 if record.measure == "OR" else relative
        return design
    return None


def _standard_error(record: AssociationRecord) -> float | None:
    if record.ci_low is None or record.ci_high is None:
        return None
    return (math.log(record.ci_high) - math.log(record.ci_low)) / 3.92


def _positive_share(marker: str, evidence: MarkerEvidence) -> float | None:
    named = [row["positive_count"] for row in read_shipped("effects.csv") if row["marker_id"] == marker]
    count_id = next((name for name in named if name), None)
    if count_id is None:
        return None
    count = evidence.counts[count_id]
    total = evidence.studies[count.study_id].n_total
    if count.n_patients is None or not total:
        raise InputError("has no number of patients", field="counts", value=count_id)
    return count.n_patients / total
