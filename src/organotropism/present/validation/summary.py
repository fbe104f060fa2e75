"""The validation in brief: sentences that the numbers support, the unwelcome ones included."""

from __future__ import annotations

from organotropism.present.validation.words import (
    and_list,
    decimal,
    estimate_excludes,
    interval,
    named,
    outcome_name,
)
from organotropism.validate.score import LEAST_EVENTS, Scored
from organotropism.validate.validation import Validation

_FEW = {10: "ten"}.get(LEAST_EVENTS, str(LEAST_EVENTS))


def in_brief(validation: Validation) -> list[str]:
    """Sentences for the head of the report."""
    scored = [entry for entry in validation.overall if entry.scores]
    sentences = [_patients(validation)]
    for horizon in validation.settings.horizons:
        here = [entry for entry in scored if entry.horizon == horizon]
        if here:
            sentences += [_ranking(here, horizon), _level(here, horizon)]
    sentences += [*_spread(scored), *_accuracy(scored), *where_in_brief(validation)]
    return [*sentences, *_unsaid(validation)]


def _patients(validation: Validation) -> str:
    cohort = validation.cohort
    first = cohort.outcomes[0]
    if not first.patients:
        return (
            f"None of the {cohort.patients:,} patients was followed from a diagnosis without distant "
            "disease: whether and when it comes cannot be validated here; where it is found can."
        )
    years = "" if cohort.years is None else f", diagnosed {cohort.years[0]}-{cohort.years[1]}"
    return (
        f"{first.patients:,} patients without distant disease at diagnosis{years}; {first.events:,} had "
        f"distant disease later, {first.deaths:,} died without it. Median follow-up "
        f"{decimal(cohort.follow_up_median, 1)} years."
    )


def _ranking(scored: list[Scored], horizon: float) -> str:
    ranked = sorted(scored, key=lambda entry: entry.scores["auc"].value)
    low, high = ranked[0], ranked[-1]
    ends = [
        f"{interval(entry.scores['auc'], 2)} for {outcome_name(entry.outcome)}"
        for entry in dict.fromkeys((low, high))
    ]
    if len(ends) == 1:
        return f"Ranking at {horizon:g} years: AUC {ends[0]}."
    return f"Ranking at {horizon:g} years: AUC from {' to '.join(ends)}."


def _split(scored: list[Scored], score: str, number: float) -> dict[int | None, list[Scored]]:
    """Entries whose interval lies above the number (1), below (-1) or on it (0), or who have none (None)."""
    found: dict[int | None, list[Scored]] = {1: [], 0: [], -1: [], None: []}
    for entry in scored:
        found[estimate_excludes(entry.scores.get(score), number)].append(entry)
    return found


def _level(scored: list[Scored], horizon: float) -> str:
    found = _split(scored, "o_e", 1.0)

    def ratios(entries: list[Scored]) -> str:
        values = sorted(entry.scores["o_e"].value for entry in entries)
        ends = dict.fromkeys((decimal(values[0], 2), decimal(values[-1], 2)))
        return f"O/E {' to '.join(ends)}"

    words = {
        -1: "predicted risks are too high for {} ({})",
        1: "predicted risks are too low for {} ({})",
        0: "predicted risks cannot be told from the observed ones for {} ({})",
        None: "{} have {}, without an interval",
    }
    parts = [
        text.format(named(found[sign]), ratios(found[sign])) for sign, text in words.items() if found[sign]
    ]
    if not any(found[sign] for sign in (-1, 0, 1)):
        parts = [f"{ratios([entry])} for {outcome_name(entry.outcome)}" for entry in scored]
    return f"Level at {horizon:g} years: {'; '.join(parts)}."


def _spread(scored: list[Scored]) -> list[str]:
    found = _split(scored, "slope", 1.0)
    words = {-1: "too far apart (calibration slope below 1)", 1: "too close together (slope above 1)"}
    return [
        f"Spread: risks lie {text} for {named(found[sign], years=True)}."
        for sign, text in words.items()
        if found[sign]
    ]


def _accuracy(scored: list[Scored]) -> list[str]:
    found = _split(scored, "ipa", 0.0)
    if not any(found[sign] for sign in (-1, 0, 1)):
        return []
    parts = [
        f"{word} than those of the observed risk given to everyone for {named(found[sign], years=True)}"
        for sign, word in ((1, "smaller"), (-1, "larger"))
        if found[sign]
    ]
    if not parts:
        parts = ["can for no outcome be told from those of the observed risk given to everyone"]
    return [f"Overall accuracy (IPA): squared errors {'; '.join(parts)}."]


def where_in_brief(validation: Validation) -> list[str]:
    """One sentence on the pattern, none where it could not be scored."""
    where = validation.where
    if where is None:
        return []
    patients, gain, covariates = where.patients, where.gain, where.gain_of_covariates
    sizes = [f"{interval(value, 3)} per patient" for value in (gain, covariates)]
    signs = [estimate_excludes(value, 0.0) for value in (gain, covariates)]
    if None in signs:
        return [
            f"Where, given metastasis ({patients:,} patients): the log score of the set of sites less that "
            f"of this cohort's own share of each set is {sizes[0]}; less that of the model's own mean "
            f"pattern, which is what the covariates add, {sizes[1]}."
        ]
    words = {1: "better than", 0: "not to be told from", -1: "worse than"}
    return [
        f"Where, given metastasis ({patients:,} patients): the model's prediction of the set of sites is "
        f"{words[signs[0] or 0]} this cohort's own share of each set (log score difference {sizes[0]}), and "
        f"{words[signs[1] or 0]} the model's own mean pattern ({sizes[1]}); the latter is what the "
        "covariates add."
    ]


def _unsaid(validation: Validation) -> list[str]:
    """What this cohort cannot say, as far as no note of the validation says it."""
    found = []
    few = [entry for entry in validation.overall if not entry.scores]
    if few:
        events = and_list([f"{entry.counts.events}" for entry in few])
        found.append(
            f"Not scored, because with fewer than {_FEW} events by the horizon a score may be chance: "
            f"{named(few, years=True)} ({events} events); counts and observed risks are given."
        )
    if validation.where is None:
        found.append(
            f"Where, given metastasis, is not scored: it needs {_FEW} patients whose first distant disease "
            "was seen under observation and whose sites are recorded."
        )
    if not validation.settings.bootstrap:
        found.append(
            "No intervals were computed (--bootstrap 0): nothing is said of what differs by more than chance."
        )
    return found
