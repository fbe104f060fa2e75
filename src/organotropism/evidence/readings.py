"""How a published number is read by the literature model: its functional, or why it is set aside.

How each row is read stands in the tables themselves (columns ``functional``, ``read_as``, ``given``,
``from_years``, ``to_years``, ``set_aside``, ``reading_note``), decided from the wording of its source and
never from the fit. Here are the words of those columns, and the usual reading of a user's own rows.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from organotropism.vocabulary import Denominator, Endpoint


class Functional(StrEnum):
    """What of the process a number measures."""

    SHARE = "share"
    """P(feature of the sites found | relapse)."""
    SHARE_AT_DIAGNOSIS = "share_at_diagnosis"
    """The same of disease found at diagnosis."""
    PREVALENCE = "prevalence"
    """P(stage IV with the feature at diagnosis), all patients."""
    COURSE = "course"
    """P(feature found by some years after distant relapse)."""
    LATER = "later"
    """The same where the site was not part of the relapse."""
    INCIDENCE = "incidence"
    """P(feature found by some years after diagnosis), all patients of stage I-III, death competing."""
    NET_RISK = "net_risk"
    """Risk of distant disease between two times among those free at the first, death removed."""
    HAZARD = "hazard"
    """Mean yearly hazard of distant disease between two times."""
    SURVIVAL = "survival"
    """P(alive some years after distant disease)."""
    DEATH_RATIO = "death_ratio"
    """Hazard ratio of death after distant disease."""


class SetAside(StrEnum):
    """Why a row does not enter the literature model."""

    ANOTHER_ROW = "the same number stands in another row"
    SAME_PATIENTS = "another source of the same patients is used"
    NESTED = "part of the patients or of the time of another row"
    SINGLE_ORGAN = "a single organ, not the composite site other"
    NOT_A_SITE = "not a site of the model"
    FACTOR = "not a factor of the model"
    LEVEL = "a level without a counterpart in the model"
    POPULATION = "a population without a counterpart in the model"
    ENDPOINT = "an endpoint without a counterpart in the model"
    STAGE_IV = "stage IV is counted with stage I-III"
    DEATHS = "deaths are counted as events"
    CONDITIONAL = "conditional on the outcome"
    PEAK = "the year of the peak, not the mean of a band"
    BEYOND = "beyond 20 years"
    INCOMPLETE = "recorded incompletely"
    NO_COMPARATOR = "the comparator is not printed, or holds the level itself"
    NO_ERROR = "neither an interval nor a size is printed"
    NO_CONTRAST = "not a contrast of the level with its comparator"


#: Features that the sites found may have, beside the sites themselves (``read_as``, ``given``).
FEATURES: Final = frozenset(
    {
        *("bone", "lung", "liver", "brain", "other", "any_distant", "any_recurrence"),
        *("bone_only", "lung_only", "liver_only", "brain_only", "other_only"),
        *("visceral", "visceral_only", "no_bone", "single", "multiple", "four", "alive"),
    }
)


def usual_functional(endpoint: str, denominator: str) -> Functional:
    """Functional of a number by what it counts and among whom, where nothing else is known of it."""
    if endpoint == Endpoint.AT_DIAGNOSIS:
        if denominator == Denominator.ALL_PATIENTS:
            return Functional.PREVALENCE
        return Functional.SHARE_AT_DIAGNOSIS
    if denominator == Denominator.ALL_PATIENTS:
        return Functional.INCIDENCE
    return Functional.SHARE if endpoint == Endpoint.FIRST_RELAPSE else Functional.COURSE
