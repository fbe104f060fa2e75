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
    """What of the process a number measures.

    Of disease after stage I-III unless its name says that it was found at diagnosis, or in a mixed series:
    all patients with distant disease, found at diagnosis or later.
    """

    SHARE = "share"
    """P(feature | relapse), at its presentation."""
    SHARE_AT_DIAGNOSIS = "share_at_diagnosis"
    SHARE_MIXED = "share_mixed"
    PREVALENCE = "prevalence"
    """P(stage IV with the feature at diagnosis), all patients."""
    INCIDENCE = "incidence"
    """P(feature ever found by some years after diagnosis), stage I-III, death competing; of an odds ratio the
    odds of it."""
    FIRST_INCIDENCE = "first_incidence"
    """P(feature found at the first relapse by some years after diagnosis), death competing."""
    INCIDENCE_ALL_STAGES = "incidence_all_stages"
    """P(feature ever found by some years after diagnosis), stage IV included."""
    SUBDISTRIBUTION = "subdistribution"
    """Hazard ratio of Fine and Gray: difference of the cloglog of `INCIDENCE`."""
    COURSE = "course"
    """P(feature ever found by some years after distant relapse)."""
    COURSE_AT_DIAGNOSIS = "course_at_diagnosis"
    COURSE_MIXED = "course_mixed"
    LATER = "later"
    """`COURSE_MIXED` of those whose presentation had not the feature."""
    SITE_HAZARD = "site_hazard"
    """Mean yearly cause-specific hazard of ever finding the feature after stage I-III, among the living
    without it; also of any distant disease."""
    FIRST_SITE_HAZARD = "first_site_hazard"
    """Mean yearly cause-specific hazard of a first relapse with the feature, among those alive and free."""
    LATER_SITE_HAZARD = "later_site_hazard"
    """Mean yearly cause-specific hazard of the feature after distant disease, among the living without it."""
    NET_RISK = "net_risk"
    """Risk of distant disease between two times among those free at the first, death removed."""
    MODELLED_NET_RISK = "modelled_net_risk"
    """The same, not observed but modelled from deaths."""
    HAZARD = "hazard"
    """Mean yearly hazard of distant disease between two times, death removed."""
    SURVIVAL = "survival"
    """P(alive some years after distant relapse)."""
    SURVIVAL_AT_DIAGNOSIS = "survival_at_diagnosis"
    SURVIVAL_MIXED = "survival_mixed"
    DEATH_RATIO = "death_ratio"
    """Hazard ratio of death after distant disease."""


#: Functionals that are hazards: a hazard ratio is a ratio of these.
HAZARDS: Final = frozenset(
    {Functional.SITE_HAZARD, Functional.FIRST_SITE_HAZARD, Functional.LATER_SITE_HAZARD, Functional.HAZARD}
)
#: Functionals that a hazard ratio may be of.
OF_HAZARD_RATIOS: Final = HAZARDS | {Functional.SUBDISTRIBUTION, Functional.DEATH_RATIO}


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
        *("visceral", "visceral_only", "no_bone", "bone_and_others", "single", "multiple", "four", "alive"),
        # Registries that record bone, lung, liver and brain alone say nothing of other sites.
        *(f"{one}_of_four" for one in ("bone_only", "lung_only", "liver_only", "brain_only", "multiple")),
    }
)


def usual_functional(endpoint: str, denominator: str, measure: str) -> Functional:
    """Functional of a number by what it counts, among whom, and how, where nothing else is known of it."""
    at_diagnosis = endpoint == Endpoint.AT_DIAGNOSIS
    first = endpoint == Endpoint.FIRST_RELAPSE
    if denominator == Denominator.ALL_PATIENTS:
        if at_diagnosis:
            return Functional.PREVALENCE
        if measure == "HR":
            return Functional.FIRST_SITE_HAZARD if first else Functional.SITE_HAZARD
        return Functional.FIRST_INCIDENCE if first else Functional.INCIDENCE
    if at_diagnosis:
        return Functional.SHARE_AT_DIAGNOSIS
    if first:
        return Functional.SHARE
    return Functional.LATER_SITE_HAZARD if measure == "HR" else Functional.COURSE_MIXED
