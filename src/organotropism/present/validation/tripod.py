"""The TRIPOD+AI checklist of a validation: what the run fills, what it can only begin, what stays open.

Items as in Collins et al., BMJ 2024;385:e078378, in our own words. An item is *filled* when the run itself
answers it, *pre-filled* when a person has to complete or confirm it, and *open* otherwise.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from importlib import resources
from io import StringIO
from math import isnan
from string import Formatter
from typing import Final, Literal

from organotropism.present.validation.words import outcome_name
from organotropism.validate.validation import Validation

Status = Literal["filled", "pre-filled", "open"]
_TREATMENTS: Final = (
    "endocrine_therapy",
    "chemotherapy",
    "anti_her2_therapy",
    "radiotherapy",
    "bisphosphonate",
)


@dataclass(frozen=True)
class Item:
    """One item of the checklist.

    Attributes
    ----------
    item, section, topic : number, heading, what it asks
    status : filled, pre-filled or open
    text : what the run knows; empty where open
    """

    item: str
    section: str
    topic: str
    status: Status
    text: str


def checklist(validation: Validation, package: str, joint: str = "") -> list[Item]:
    """Fill the checklist; an item whose answer the run does not know is open.

    Parameters
    ----------
    package : version of organotropism
    joint : models and cohorts of the run that this is part of, in words; empty where it stands alone
    """
    facts = _facts(validation, package) | _between(validation, joint)
    source = resources.files("organotropism") / "present" / "validation" / "tripod_ai.csv"
    table = csv.DictReader(StringIO(source.read_text(encoding="utf-8")))
    return [_item(row, facts) for row in table]


def _item(row: dict[str, str], facts: dict[str, str | None]) -> Item:
    wanted = [name for _, name, _, _ in Formatter().parse(row["text"]) if name]
    known = all(facts[name] is not None for name in wanted)
    status: Status = "open"
    if known and row["status"] == "filled":
        status = "filled"
    elif known and row["status"] == "pre-filled":
        status = "pre-filled"
    text = row["text"].format(**facts) if status != "open" else ""
    return Item(row["item"], row["section"], row["topic"], status, text)


def _facts(validation: Validation, package: str) -> dict[str, str | None]:
    model, cohort, settings = validation.model, validation.cohort, validation.settings
    first = cohort.outcomes[0]
    known = {entry.name: entry.known for entry in cohort.fields}
    aside = "; ".join(f"{count} {reason}" for reason, count in cohort.set_aside.items())
    treated = [name for name in _TREATMENTS if known[name]]
    missing = ", ".join(
        f"{name} {100 * count / max(cohort.described, 1):.0f} %" for name, count in known.items()
    )
    return {
        "model": model.name,
        "version": model.version,
        "checksum": model.checksum or "not saved",
        "speaks_of": model.speaks_of.rstrip(".") + ".",
        "package": package,
        "cohort": cohort.name,
        "patients": f"{cohort.patients:,}",
        "used": f"{first.patients:,}",
        "set_aside": f" (set aside: {aside})" if aside else "",
        "years": None if cohort.years is None else f"{cohort.years[0]}-{cohort.years[1]}",
        "follow_up": None if isnan(cohort.follow_up_median) else f"{cohort.follow_up_median:.1f}",
        "treatments": None
        if not treated
        else f"Recorded in part: {', '.join(treated)}; they enter as fixed effects of randomised trials",
        "outcomes": ", ".join(outcome_name(entry.name) for entry in cohort.outcomes),
        "horizons": " and ".join(f"{h:g}" for h in settings.horizons),
        "window": f"{cohort.window_days:.0f}",
        "events": "; ".join(f"{outcome_name(entry.name)} {entry.events}" for entry in cohort.outcomes),
        "known": missing,
        **_methods(validation),
    }


def _between(validation: Validation, joint: str) -> dict[str, str | None]:
    """What was looked at between cohorts, over time, and of the model's acquaintance with the patients."""
    seen, landmarks = validation.apparent, [f"{years:g}" for years in validation.landmarks]
    return {
        "clusters": "centres were not compared"
        if not joint
        else f"cohorts are compared in the page of the joint run ({joint}): random effects on the logit of "
        "the AUC and on log O/E, with prediction intervals; centres within a cohort were not",
        "seen": "no sign in the model file that it was learnt from these patients"
        if seen is None
        else f"{seen.why[0].upper()}{seen.why[1:]}",
        "over_time": f"; again among those still free after {', '.join(landmarks)} years"
        if landmarks
        else "",
        "level_off": "; parameters that would move a level that is off stand in the section on the level"
        if validation.shifts
        else "",
    }


def _methods(validation: Validation) -> dict[str, str | None]:
    settings, comparison = validation.settings, validation.comparison
    learnt = [] if comparison is None else [model.name for model in comparison.models]
    folds = (
        "" if not learnt else f" Models compared ({', '.join(learnt)}) were learnt in {settings.folds} folds."
    )
    optimism = (
        f"Optimism by {settings.optimism} bootstrap samples, the model learnt anew in each"
        if validation.optimism
        else ""
    )
    internal = optimism or (
        "No internal validation in this run"
        if comparison is None
        else f"Cross-validation in {settings.folds} folds for the models compared"
    )
    methods = " and ".join(dict.fromkeys(entry.method for entry in validation.recalibrated))
    return {
        "use": f"All eligible patients for evaluation of the model as it is.{folds}",
        "internal": internal,
        "update_aim": "; recalibration is reported apart" if methods else "",
        "bootstrap": f"percentile intervals of {settings.bootstrap} bootstrap samples of patients"
        if settings.bootstrap
        else "no intervals were asked for",
        "updating": f"Recalibration of {methods}, cross-fitted in {settings.folds} folds, reported apart"
        if methods
        else "The model was not updated in this evaluation",
        "updated": "In the section on recalibration"
        if methods
        else "Not applicable: the model was not updated",
        "limits": " ".join(f"{note[0].upper()}{note[1:]}." for note in limits(validation)),
    }


def limits(validation: Validation) -> list[str]:
    """Limitations that the run itself can see, as phrases without a full stop."""
    found = [] if validation.apparent is None else [validation.apparent.why]
    found += validation.notes
    if not validation.settings.bootstrap:
        found.append("no intervals were computed: nothing can be told from chance")
    few = [
        f"{outcome_name(entry.outcome)} at {entry.horizon:g} years ({entry.counts.events})"
        for entry in validation.overall
        if entry.counts.events < 100
    ]
    if few:
        found.append(
            "calibration curves need some 100 events or more (Collins et al., Stat Med 2016;35:214); "
            f"fewer have {', '.join(few)}"
        )
    facts = validation.cohort
    unknown = [entry.name for entry in facts.fields[:11] if entry.known < 0.5 * facts.described]
    if unknown:
        found.append(f"unknown in more than half of the patients: {', '.join(unknown)}")
    found.append("how and how often metastases were looked for is not part of the data")
    return found
