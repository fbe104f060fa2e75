"""A published number as a measurement of the process: what was measured, where, and how exactly."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import log, sqrt
from typing import Literal, TypedDict

from organotropism.evidence.readings import Functional
from organotropism.learn.reference import EVERYONE, Context
from organotropism.vocabulary import Design

Kind = Literal[
    "share",  # P(feature | presentation)
    "prevalence",  # P(stage IV with feature at diagnosis), all patients
    "course",  # P(feature found by `years` after presentation)
    "later",  # the same given that the feature was not part of the presentation
    "incidence",  # P(feature found by `years` after diagnosis), stage I-III, death competing
    "first_incidence",  # P(feature found at the first relapse by `years`), death competing
    "incidence_all_stages",  # as incidence, stage IV included
    "site_hazard",  # mean yearly hazard of the feature among the living without it, stage I-III
    "first_site_hazard",  # mean yearly hazard of a first relapse with the feature, stage I-III
    "later_site_hazard",  # mean yearly hazard of the feature after presentation, among the living without it
    "net_risk",  # risk of any distant disease between two times, free at the first, no death
    "hazard",  # mean yearly hazard of any distant disease between two times, no death
    "survival",  # P(alive `years` after presentation)
    "death_ratio",  # hazard ratio of death after presentation between two subtypes or for one site
]
#: Which distant disease a series holds: after stage I-III, found at diagnosis, or both.
Presentation = Literal["relapse", "diagnosis", "mixed"]
Scale = Literal["logit", "log", "cloglog"]
_KINDS: dict[Functional, tuple[Kind, Presentation]] = {
    Functional.SHARE: ("share", "relapse"),
    Functional.SHARE_AT_DIAGNOSIS: ("share", "diagnosis"),
    Functional.SHARE_MIXED: ("share", "mixed"),
    Functional.PREVALENCE: ("prevalence", "diagnosis"),
    Functional.INCIDENCE: ("incidence", "relapse"),
    Functional.FIRST_INCIDENCE: ("first_incidence", "relapse"),
    Functional.INCIDENCE_ALL_STAGES: ("incidence_all_stages", "mixed"),
    Functional.SUBDISTRIBUTION: ("incidence", "relapse"),
    Functional.COURSE: ("course", "relapse"),
    Functional.COURSE_AT_DIAGNOSIS: ("course", "diagnosis"),
    Functional.COURSE_MIXED: ("course", "mixed"),
    Functional.LATER: ("later", "mixed"),
    Functional.SITE_HAZARD: ("site_hazard", "relapse"),
    Functional.FIRST_SITE_HAZARD: ("first_site_hazard", "relapse"),
    Functional.LATER_SITE_HAZARD: ("later_site_hazard", "mixed"),
    Functional.NET_RISK: ("net_risk", "relapse"),
    Functional.MODELLED_NET_RISK: ("net_risk", "relapse"),
    Functional.HAZARD: ("hazard", "relapse"),
    Functional.SURVIVAL: ("survival", "relapse"),
    Functional.SURVIVAL_AT_DIAGNOSIS: ("survival", "diagnosis"),
    Functional.SURVIVAL_MIXED: ("survival", "mixed"),
    Functional.DEATH_RATIO: ("death_ratio", "relapse"),
}


class Reading(TypedDict):
    """Fields of a measurement that its functional fixes."""

    functional: str
    kind: Kind
    presentation: Presentation


def reading(functional: str) -> Reading:
    """What the process has to predict for a functional of the tables."""
    kind, presentation = _KINDS[Functional(functional)]
    return {"functional": functional, "kind": kind, "presentation": presentation}


@dataclass(frozen=True)
class Measurement:
    """One row of evidence on the scale of the likelihood.

    Attributes
    ----------
    id, study, group : record, study and overlap group (or the study itself)
    kind, feature, presentation : what the process has to predict, and of which series
    functional : the word of the tables for it
    value, se : published value on `scale` and its standard error
    context, against : women of the level and, for a contrast, of the comparator
    years, from_years : horizon and start of the period, years
    year : year of diagnosis the rate speaks of
    factor, level, comparator : as published, for the reader
    given : the feature the patients were selected by, for example bone at presentation
    follow_up : whether `years` is the median of follow-up times that spread, not a horizon
    endocrine : whether all ER-positive women had endocrine therapy
    excess : what the number counts beside the process, on its scale: any recurrence over distant recurrence
    own_term : rows of a group with the same word share a deviation of their own
    design : whose patients, of `vocabulary.Design`
    """

    id: str
    study: str
    group: str
    kind: Kind
    feature: str
    scale: Scale
    value: float
    se: float
    context: Context = EVERYONE
    against: Context | None = None
    years: float = 5.0
    from_years: float = 0.0
    year: float = 2010.0
    factor: str = "baseline"
    level: str = "all"
    comparator: str = ""
    population: str = ""
    given: str = ""
    design: str = ""
    terms: tuple[tuple[str, float], ...] = field(default=())
    presentation: Presentation = "relapse"
    functional: str = ""
    follow_up: bool = False
    endocrine: bool = False
    excess: float = 0.0
    own_term: str = ""

    @property
    def effect(self) -> tuple[str, str, str, str]:
        """Rows with the same key in one overlap group share one deviation."""
        what = "rate" if self.kind in ("net_risk", "hazard") else self.feature
        place = "" if self.kind in ("net_risk", "hazard") else f"{self.kind}, {self.presentation}"
        return (self.group, what, place, f"{self.level}/{self.comparator}/{self.population}")

    @property
    def reading(self) -> str:
        """Functional, feature it is of, and at what time and of whom, in words for a table."""
        words = self.functional.replace("_", " ")
        if self.feature:
            words += f" of {self.feature.replace('_', ' ')}"
        if self.given:
            words += f", given {self.given.replace('_', ' ')}"
        if self.kind in ("share", "prevalence", "death_ratio"):
            return words
        if self.from_years:
            return f"{words}, years {self.from_years:g} to {self.years:g}"
        return f"{words}, {'median follow-up ' if self.follow_up else ''}{self.years:.3g} years"

    @property
    def population_based(self) -> bool:
        """Whether the level of the row is that of registries and trials.

        A series that does not say where its patients came from counts with the single hospitals.
        """
        return self.design not in (Design.HOSPITAL, Design.NOT_STATED)

    @property
    def de_novo(self) -> bool:
        """Whether the row speaks of disease found at diagnosis."""
        return self.presentation == "diagnosis"

    @property
    def family(self) -> str:
        """Family that shares a between-study spread."""
        if self.kind in ("survival", "death_ratio"):
            return "death"
        return "rate" if self.feature == "any_distant" and self.kind != "prevalence" else "site"


def logit(p: float) -> float:
    """Log odds."""
    return log(p / (1 - p))


def cloglog(p: float) -> float:
    """Complementary log-log: the log of the cumulative hazard."""
    return log(-log(1 - p))


def risk_measurement(events: float, patients: float) -> tuple[float, float]:
    """Complementary log-log of a risk by `events` among `patients`, and its binomial standard error.

    Half an event and half a non-event are added, as in `share_measurement`.
    """
    risk = (events + 0.5) / (patients + 1)
    return cloglog(risk), sqrt(risk / ((1 - risk) * (patients + 1))) / -log(1 - risk)


def share_measurement(events: float, patients: float) -> tuple[float, float]:
    """Empirical log odds and standard error of `events` among `patients`.

    With the half corrections (Haldane 1956) the normal approximation is good from about five events;
    the smallest count used here is eight.
    """
    yes, no = events + 0.5, patients - events + 0.5
    return log(yes / no), sqrt(1 / yes + 1 / no)
