"""What a report says of a cohort before any score: who is in it, for how long, what is known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from organotropism.cohort.schema import Cohort
from organotropism.patient import Patient
from organotropism.validate.censoring import last_horizon
from organotropism.validate.counting import Clock, ratio
from organotropism.validate.outcome import ANY, CENSORED, EVENT, Outcome, outcome_of

#: Fields that a model of the process can read, in the order of the tables.
FIELDS: Final = (
    "age",
    "er",
    "pr",
    "her2",
    "ki67",
    "grade",
    "size_mm",
    "positive_nodes",
    "histology",
    "detection",
    "year_of_diagnosis",
    "endocrine_therapy",
    "chemotherapy",
    "anti_her2_therapy",
    "radiotherapy",
    "bisphosphonate",
)


@dataclass(frozen=True)
class OutcomeFacts:
    """Follow-up of one outcome: patients, events, deaths without the event, last horizon (years)."""

    name: str
    patients: int
    events: int
    deaths: int
    last_horizon: float


@dataclass(frozen=True)
class FieldFacts:
    """One field: in how many patients it is known, and what it is, in words."""

    name: str
    known: int
    summary: str


@dataclass(frozen=True)
class CohortFacts:
    """A cohort in numbers.

    Attributes
    ----------
    name, patients : label and number
    set_aside : patients not used for whether and when, by reason
    outcomes : follow-up of each outcome
    follow_up_median : years, by reversed Kaplan-Meier (death and distant disease censor it)
    years : first and last year of diagnosis, None where not recorded
    described : patients that `fields` speak of: those used for whether and when, or the relapsed members of a
        metastatic series
    fields : what is known of them
    late_entry : patients observed from a later time than diagnosis
    window_days : sites found within so many days are one presentation
    """

    name: str
    patients: int
    set_aside: dict[str, int]
    outcomes: tuple[OutcomeFacts, ...]
    follow_up_median: float
    years: tuple[int, int] | None
    described: int
    fields: tuple[FieldFacts, ...]
    late_entry: int
    window_days: float


def describe(cohort: Cohort, outcomes: Sequence[Outcome]) -> CohortFacts:
    """Count; `outcomes` as used in the validation, any distant disease first."""
    first = outcomes[0]
    with np.errstate(invalid="ignore"):
        reasons = {
            "distant disease at diagnosis": cohort.followed & cohort.stage_iv,
            "member of a series of metastatic patients": ~cohort.followed,
            "distant disease not recorded": cohort.followed & np.isnan(cohort.distant),
            "distant disease before the time of entry": cohort.followed & cohort.entered_with_disease,
        }
    used = np.zeros(len(cohort), bool)
    used[first.rows] = True
    known = np.logical_or.reduce(list(reasons.values()))
    reasons["no time under observation"] = ~used & ~known
    # Of a series of metastatic patients alone, the relapsed are who the report speaks of.
    described = used if used.any() else cohort.presented & ~cohort.stage_iv
    patients = cohort.take(described).patients()
    years = [patient.year_of_diagnosis for patient in patients if patient.year_of_diagnosis is not None]
    return CohortFacts(
        name=cohort.name,
        patients=len(cohort),
        set_aside={reason: int(rows.sum()) for reason, rows in reasons.items() if rows.any()},
        outcomes=tuple(_facts(outcome) for outcome in outcomes),
        follow_up_median=median_follow_up(cohort, first),
        years=(min(years), max(years)) if years else None,
        described=len(patients),
        fields=tuple(_field(name, patients) for name in FIELDS),
        late_entry=int((cohort.entry[first.rows] > 0).sum()),
        window_days=cohort.window_years * 365.25,
    )


def median_follow_up(cohort: Cohort, outcome: Outcome) -> float:
    """Median potential follow-up, years: Kaplan-Meier with its end as the event, at risk from entry on."""
    entry = cohort.entry[outcome.rows]
    clock = Clock(Outcome(outcome.name, outcome.rows, entry, outcome.time, outcome.kind, outcome.weight))
    everyone = np.ones((1, len(outcome)))
    left = np.cumprod(1 - ratio(clock.events(everyone, CENSORED), clock.at_risk(everyone))[0])
    passed = np.flatnonzero(left <= 0.5)
    return float(clock.times[passed[0]]) if len(passed) else float("nan")


def usable_horizons(outcome: Outcome, horizons: Sequence[float]) -> tuple[float, ...]:
    """Horizons up to which follow-up of the outcome reaches."""
    last = last_horizon(outcome)
    return tuple(h for h in horizons if h <= last)


def outcomes_in(cohort: Cohort, names: Sequence[str], landmark: float = 0.0) -> list[Outcome]:
    """The outcomes of a cohort, from a landmark on."""
    return [outcome_of(cohort, name, landmark) for name in (ANY, *(n for n in names if n != ANY))]


def _facts(outcome: Outcome) -> OutcomeFacts:
    events = int((outcome.kind == EVENT).sum())
    deaths = int(((outcome.kind != EVENT) & (outcome.kind != CENSORED)).sum())
    return OutcomeFacts(outcome.name, len(outcome), events, deaths, last_horizon(outcome))


def _field(name: str, patients: Sequence[Patient]) -> FieldFacts:
    values = [value for patient in patients if (value := getattr(patient, name)) is not None]
    if not values:
        return FieldFacts(name, 0, "")
    if name != "grade" and all(
        isinstance(value, int | float) and not isinstance(value, bool) for value in values
    ):
        low, middle, high = np.quantile(np.array(values, float), (0.25, 0.5, 0.75))
        return FieldFacts(name, len(values), f"median {middle:.4g}, middle half {low:.4g} to {high:.4g}")
    shares = Counter(_word(value) for value in values).most_common()
    parts = [f"{word}: {100 * share / len(values):.0f} %" for word, share in shares]
    return FieldFacts(name, len(values), ", ".join(parts))


def _word(value: object) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
