"""A published number as a measurement of the process: what was measured, where, and how exactly."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import log, sqrt
from typing import Literal

from organotropism.learn.reference import EVERYONE, Context

Kind = Literal[
    "share",  # P(feature | presentation)
    "share_at_diagnosis",  # the same, de novo
    "prevalence",  # P(stage IV with feature at diagnosis), all patients
    "course",  # P(feature found by `years` after presentation)
    "later",  # the same given that the site was not part of the presentation
    "incidence",  # P(feature found by `years` after diagnosis), all patients, death competing
    "net_risk",  # risk of any distant disease between two times, free at the first, no death
    "hazard",  # mean yearly hazard of any distant disease between two times
    "survival",  # P(alive `years` after presentation)
    "death_ratio",  # hazard ratio of death after presentation between two subtypes or for one site
]
Scale = Literal["logit", "log", "cloglog"]
#: Kinds whose level depends on the rate, the pattern, the prevalence and the course.
USES_RATE = ("incidence", "net_risk", "hazard")


@dataclass(frozen=True)
class Measurement:
    """One row of evidence on the scale of the likelihood.

    Attributes
    ----------
    id, study, group : record, study and overlap group (or the study itself)
    kind, feature : what the process has to predict
    value, se : published value on `scale` and its standard error
    context, against : women of the level and, for a contrast, of the comparator
    years, from_years : horizon and start of the period, years
    year : year of diagnosis the rate speaks of
    factor, level, comparator : as published, for the reader
    given : the feature the patients were selected by, for example bone at presentation
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
    terms: tuple[tuple[str, float], ...] = field(default=())

    @property
    def effect(self) -> tuple[str, str, str, str]:
        """Rows with the same key in one overlap group share one deviation."""
        what = "rate" if self.kind in ("net_risk", "hazard") else self.feature
        place = "" if self.kind in ("net_risk", "hazard") else self.kind
        return (self.group, what, place, f"{self.level}/{self.comparator}/{self.population}")

    @property
    def de_novo(self) -> bool:
        """Whether the row speaks of disease found at diagnosis."""
        return self.kind in ("share_at_diagnosis", "prevalence") or self.population == "de novo"

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
