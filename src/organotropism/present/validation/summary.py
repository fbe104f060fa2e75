"""The validation in brief: sentences that the numbers support, the unwelcome ones included."""

from __future__ import annotations

from organotropism.present.validation.tables import estimate_excludes
from organotropism.present.validation.words import decimal, interval, outcome_name
from organotropism.validate.resample import Estimate
from organotropism.validate.score import Scored
from organotropism.validate.validation import Validation


def in_brief(validation: Validation) -> list[str]:
    """Sentences for the head of the report."""
    cohort = validation.cohort
    first = cohort.outcomes[0]
    years = "" if cohort.years is None else f", diagnosed {cohort.years[0]}-{cohort.years[1]}"
    sentences = [
        f"{first.patients:,} patients without distant disease at diagnosis{years}; {first.events:,} had "
        f"distant disease later, {first.deaths:,} died without it. Median follow-up "
        f"{cohort.follow_up_median:.1f} years."
    ]
    for horizon in validation.settings.horizons:
        scored = [entry for entry in validation.overall if entry.horizon == horizon and entry.scores]
        if scored:
            sentences += [_ranking(scored, horizon), _level(scored, horizon)]
    scored = [entry for entry in validation.overall if entry.scores]
    return [*sentences, *_spread(scored), _accuracy(scored), *_where(validation)]


def _named(scored: list[Scored], *, years: bool = False) -> str:
    """Names of outcomes, each once, with their horizons on request: ``bone (5 and 10 years)``."""
    names = []
    for outcome in dict.fromkeys(entry.outcome for entry in scored):
        horizons = [f"{entry.horizon:g}" for entry in scored if entry.outcome == outcome]
        names.append(outcome_name(outcome) + (f" ({' and '.join(horizons)} years)" if years else ""))
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _ranking(scored: list[Scored], horizon: float) -> str:
    ranked = sorted(scored, key=lambda entry: entry.scores["auc"].value)
    low, high = ranked[0], ranked[-1]
    ends = [
        f"{interval(entry.scores['auc'], 2)} for {outcome_name(entry.outcome)}"
        for entry in dict.fromkeys((low, high))
    ]
    return f"Ranking at {horizon:g} years: AUC from {' to '.join(ends)}."


def _split(scored: list[Scored], score: str, number: float) -> dict[int, list[Scored]]:
    found: dict[int, list[Scored]] = {1: [], 0: [], -1: []}
    for entry in scored:
        found[estimate_excludes(entry.scores.get(score), number)].append(entry)
    return found


def _level(scored: list[Scored], horizon: float) -> str:
    found = _split(scored, "o_e", 1.0)

    def ratios(entries: list[Scored]) -> str:
        values = sorted(entry.scores["o_e"].value for entry in entries)
        ends = dict.fromkeys((decimal(values[0], 2), decimal(values[-1], 2)))
        return f"O/E {' to '.join(ends)}"

    parts = []
    if found[-1]:
        parts.append(f"too high for {_named(found[-1])} ({ratios(found[-1])})")
    if found[1]:
        parts.append(f"too low for {_named(found[1])} ({ratios(found[1])})")
    if found[0]:
        parts.append(
            f"not distinguishable from the observed ones for {_named(found[0])} ({ratios(found[0])})"
        )
    return f"Level at {horizon:g} years: predicted risks are {'; '.join(parts)}."


def _spread(scored: list[Scored]) -> list[str]:
    found = _split(scored, "slope", 1.0)
    words = {-1: "too far apart (calibration slope below 1)", 1: "too close together (slope above 1)"}
    return [
        f"Spread: risks lie {text} for {_named(found[sign], years=True)}."
        for sign, text in words.items()
        if found[sign]
    ]


def _accuracy(scored: list[Scored]) -> str:
    found = _split(scored, "ipa", 0.0)
    parts = [
        f"{word} than those of the observed risk given to everyone for {_named(found[sign], years=True)}"
        for sign, word in ((1, "smaller"), (-1, "larger"))
        if found[sign]
    ]
    if not parts:
        parts = ["for no outcome distinguishable from those of the observed risk given to everyone"]
    return f"Overall accuracy (IPA): squared errors {'; '.join(parts)}."


def _where(validation: Validation) -> list[str]:
    where = validation.where
    if where is None:
        return []
    words = {1: "better than", 0: "not distinguishable from", -1: "worse than"}

    def against(gain: Estimate) -> str:
        return words[estimate_excludes(gain, 0.0)]

    return [
        f"Where, given metastasis ({where.patients:,} patients): the model's prediction of the set of sites "
        f"is {against(where.gain)} this cohort's own share of each set (log score difference "
        f"{interval(where.gain, 3)} per patient), and {against(where.gain_of_covariates)} the model's own "
        f"mean pattern ({interval(where.gain_of_covariates, 3)}); the latter is what the covariates add."
    ]
