"""The model card: what a model is for, what it rests on, how good it was here."""

from __future__ import annotations

from organotropism.present.markdown import plain
from organotropism.present.validation.summary import where_in_brief
from organotropism.present.validation.tripod import limits
from organotropism.present.validation.words import and_list, decimal, interval, outcome_name, per_cent
from organotropism.validate.validation import Validation

USE = (
    "Research on where breast cancer spreads, when, and how sure one can be. Women with invasive breast "
    "cancer, non-metastatic at diagnosis."
)
NOT_FOR = "Decisions on treatment, imaging or follow-up of a person. It is not a medical device."


def model_card(validation: Validation, package: str, joint: str = "") -> str:
    """Model card as Markdown.

    Parameters
    ----------
    package : version of organotropism
    joint : models and cohorts of the run that this is part of, in words; empty where it stands alone
    """
    model, cohort = validation.model, validation.cohort
    first = cohort.outcomes[0]
    provenance = model.provenance
    lines = [
        f"# Model card: {plain(model.name)}",
        "",
        f"Version {plain(str(model.version))}, checksum {plain(model.checksum or 'not saved')}; "
        f"organotropism {package}.",
        "",
        "## Use",
        f"- For: {USE}",
        f"- Not for: {NOT_FOR}",
        f"- Speaks of: {plain(model.speaks_of)}",
        f"- Years of diagnosis: {model.years[0]}-{model.years[1]}",
        f"- Sites: {plain(', '.join(model.layout.sites))}",
        f"- Licence: {plain(str(provenance.get('licence', 'not stated')))}",
        "",
        "## How it works",
        "A piecewise-exponential hazard of distant disease with death competing, a log-linear model of the",
        "set of sites found at presentation, and hazards of further sites. Unknown inputs are averaged over",
        f"a reference population. {len(model.layout.names)} coefficients, all in the model file with their",
        "covariance.",
        "",
        f"## How good it was in {plain(cohort.name)}",
    ]
    if validation.overall:
        lines += [
            f"{first.patients:,} patients, {first.events:,} with distant disease. Observed and predicted "
            "risks, observed over expected (O/E), AUC:",
            "",
            "| outcome | years | observed | predicted | O/E | AUC |",
            "|---|---|---|---|---|---|",
        ]
    for entry in validation.overall:
        scores = entry.scores
        row = [
            plain(outcome_name(entry.outcome)),
            f"{entry.horizon:g}",
            per_cent(entry.observed),
            per_cent(scores.get("expected")),
            interval(scores.get("o_e"), 2),
            interval(scores.get("auc"), 2),
        ]
        lines.append(f"| {' | '.join(row)} |")
    lines += ["", *_further(validation, joint)]
    lines += ["", "## Caveats", *(f"- {plain(note[0].upper() + note[1:])}." for note in limits(validation))]
    return "\n".join(lines) + "\n"


def _further(validation: Validation, joint: str) -> list[str]:
    """What else was looked at, as items of a list."""
    found = where_in_brief(validation)
    landmarks = [f"{years:g}" for years, scored in validation.landmarks.items() if scored]
    if landmarks:
        found.append(f"Asked again of those still free after {and_list(landmarks)} years: see the report.")
    if validation.shifts:
        levels = and_list([f"{shift.parameter} by {decimal(shift.add, 2)}" for shift in validation.shifts])
        found.append(f"The level is off here. On the log scale it would take: {levels}. See the report.")
    if joint:
        found.append(f"Compared, and pooled between cohorts, in the page of the joint run: {joint}.")
    return [f"- {plain(sentence)}" for sentence in found]
