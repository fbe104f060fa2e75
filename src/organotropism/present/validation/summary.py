"""The validation in brief: sentences that the numbers support, the unwelcome ones included."""

from __future__ import annotations

from collections.abc import Callable

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
        f"{first.patients:,} patients without distant disease at diagnosis{years}; {first.events:,} had distant "
        f"disease later, {first.deaths:,} died without it. Median follow-up {cohort.follow_up_median:.1f} years."
    ]
    for horizon in validation.settings.horizons:
        scored = [entry for entry in validation.overall if entry.horizon == horizon and entry.scores]
        if scored:
            sentences += [_ranking(scored, horizon), _level(scored, horizon)]
    scored = [entry for entry in validation.overall if entry.scores]
    spread = [text for text in (_spread(scored), _accuracy(scored)) if text]
    return [*sentences, *spread, *_where(validation)]


def _named(scored: list[Scored], *, years: bool = False) -> str:
    names = [
        outcome_name(entry.outcome) + (f" at {entry.horizon:g} years" if years else "") for entry in scored
    ]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _ranking(scored: list[Scored], horizon: float) -> str:
    ranked = sorted(scored, key=lambda entry: entry.scores["auc"].value)
    low, high = ranked[0], ranked[-1]
    text = f"Ranking at {horizon:g} years: AUC from {interval(low.scores['auc'], 2)} for {outcome_name(low.outcome)}"
    if low is not high:
        text += f" to {interval(high.scores['auc'], 2)} for {outcome_name(high.outcome)}"
    return text + "."


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
        return f"observed over expected {' to '.join(ends)}"

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


def _spread(scored: list[Scored]) -> str | None:
    found = _split(scored, "slope", 1.0)
    if found[-1]:
        return f"Spread: risks lie too far apart (calibration slope below 1) for {_named(found[-1], years=True)}."
    if found[1]:
        return f"Spread: risks lie too close together (slope above 1) for {_named(found[1], years=True)}."
    return None


def _accuracy(scored: list[Scored]) -> str | None:
    better: Callable[[Scored], bool] = lambda entry: estimate_excludes(entry.scores.get("ipa"), 0.0) > 0  # noqa: E731
    worse = [entry for entry in scored if estimate_excludes(entry.scores.get("ipa"), 0.0) < 0]
    good = [entry for entry in scored if better(entry)]
    parts = []
    if good:
        parts.append(f"better than the observed risk given to everyone for {_named(good, years=True)}")
    if worse:
        parts.append(f"worse than that for {_named(worse, years=True)}")
    if not parts:
        return (
            "Overall accuracy (IPA): for no outcome distinguishable from the observed risk given to everyone."
        )
    return f"Overall accuracy (IPA): {'; '.join(parts)}."


def _where(validation: Validation) -> list[str]:
    where = validation.where
    if where is None:
        return []
    words = {1: "better than", 0: "not distinguishable from", -1: "worse than"}

    def against(gain: Estimate) -> str:
        return words[estimate_excludes(gain, 0.0)]

    return [
        f"Where, given metastasis ({where.patients:,} patients): the set of sites found is predicted "
        f"{against(where.gain)} by this cohort's own share of each set (log score difference "
        f"{interval(where.gain, 3)} per patient), and {against(where.gain_of_covariates)} by the model's own mean "
        f"pattern ({interval(where.gain_of_covariates, 3)}): the latter is what the covariates add."
    ]
