"""A cohort described: every table of the report, from the patients as they were recorded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from organotropism.cohort.schema import Cohort
from organotropism.describe.baseline import baseline
from organotropism.describe.course import next_sites, survival
from organotropism.describe.curves import curves, outcomes
from organotropism.describe.follow_up import flow, follow_up
from organotropism.describe.groups import ALL, groups_of
from organotropism.describe.sites import where
from organotropism.describe.table import Table
from organotropism.errors import InputError

MEANING: Final[dict[str, str]] = {
    "flow": "Patients from the cohort to each analysis, and why patients were left out.",
    "baseline": "Patients at diagnosis by group; shares are of those in whom the field is known.",
    "follow_up": "Time to the end of follow-up by reverse Kaplan-Meier: death censors.",
    "events": "Patients, events and deaths without the event behind each curve.",
    "incidence": (
        "Cumulative incidence from diagnosis (Aalen-Johansen, death competes), with 95 % intervals on the"
        " log-log scale, the incidence of death without the event, and patients at risk."
    ),
    "gray": "Gray's test of equal cumulative incidence in the known groups; not corrected for number.",
    "sites": "Share of patients with distant disease in whom each site was found; Wilson intervals, 95 %.",
    "only_site": "Share of patients in whom one site alone was found, of those with every site recorded.",
    "number_of_sites": "Number of sites found, of those with every site recorded.",
    "sets_of_sites": "Every combination of sites that was found.",
    "pairs_of_sites": (
        "Pairs of sites against what independent sites would give in patients with at least one site."
    ),
    "next_site": "From one site at first to the next; the other sites and death compete.",
    "survival_after_metastasis": "Survival from first distant disease (Kaplan-Meier, death of any cause).",
}
"""What each table holds."""


@dataclass(frozen=True)
class Description:
    """A cohort described.

    Attributes
    ----------
    cohort : its name
    patients : number
    by : factor that the groups are of; empty without
    groups : labels
    minimum : counts below it are hidden; 0 hides nothing
    window_days : sites found within so many days are one presentation
    tables : by name, in the order of `MEANING`
    """

    cohort: str
    patients: int
    by: str
    groups: tuple[str, ...]
    minimum: int
    window_days: float
    tables: dict[str, Table]


def describe(cohort: Cohort, by: str | None = None, minimum: int = 0) -> Description:
    """Describe a cohort.

    Parameters
    ----------
    by : factor to group by, such as ``subtype``, or a further column; None: everyone together
    minimum : hide counts below it and those that would tell them, cut curves where fewer are at risk, and
        join smaller groups with others; 0 or 1 hides nothing

    Raises
    ------
    InputError
        A factor that the cohort does not have, a negative minimum, or a cohort of nobody.
    """
    if minimum < 0:
        raise InputError("is negative", field="--minimum", value=minimum, expected="0 or more")
    if not len(cohort):
        raise InputError("has no patient", file=cohort.name, expected="a cohort of at least one patient")
    if len(cohort) < minimum:
        raise InputError(
            "is more than the cohort has patients",
            field="--minimum",
            value=minimum,
            expected=f"at most {len(cohort)}",
        )
    groups = groups_of(cohort, by, minimum)
    used = {f"incidence of {_named(outcome.name)}": len(outcome) for outcome in outcomes(cohort)}
    sites = where(cohort, groups, minimum)
    for when in dict.fromkeys(row["when"] for row in sites[0].records):
        rows = [row for row in sites[0].records if row["when"] == when and row["group"] == ALL]
        used[f"sites, {when}"] = max(int(row.get("patients", 0)) for row in rows)
    incidence, events, gray = curves(cohort, groups, minimum)
    after = survival(cohort, groups, minimum)
    if after.records:
        used["survival after metastasis"] = int(after.records[0].get("patients", 0))
    tables = [
        flow(cohort, used, minimum),
        baseline(cohort, groups, minimum),
        follow_up(cohort, groups, minimum),
        events,
        incidence,
        gray,
        *sites,
        next_sites(cohort, minimum),
        after,
    ]
    return Description(
        cohort=cohort.name,
        patients=len(cohort),
        by=groups.by,
        groups=groups.labels,
        minimum=minimum,
        window_days=cohort.window_years * 365.25,
        tables={table.name: table for table in tables},
    )


def _named(outcome: str) -> str:
    return "any distant disease" if outcome == "any" else outcome
