"""Several models in several cohorts: beside each other in each, and how much each differs between cohorts.

Differences between models are paired: the same patients and the same bootstrap samples. Between cohorts a
model's AUC is pooled on the logit scale and its O/E on the log scale, by random effects, with the interval
in which a further cohort is to be expected (Debray et al., BMJ 2017;356:i6460). Cohorts whose patients the
model has seen, or may have seen, take no part in that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import exp, log
from typing import Final

from organotropism.cohort.schema import Cohort
from organotropism.errors import InputError
from organotropism.meta_analysis import Pooled, random_effects
from organotropism.process.model import Model
from organotropism.validate.aalen_johansen import Z95
from organotropism.validate.compare import Comparison
from organotropism.validate.predictions import Predictions, outcomes_of
from organotropism.validate.resample import Estimate
from organotropism.validate.rivals import Question, Rival, given
from organotropism.validate.validation import Advance, Settings, Validation, steps, validate

#: Score, the scale on which it is pooled, and back.
SCALES: Final[dict[str, tuple[Callable[[float], float], Callable[[float], float]]]] = {
    "auc": (lambda value: log(value / (1 - value)), lambda value: 1 / (1 + exp(-value))),
    "o_e": (log, exp),
}


@dataclass(frozen=True)
class Spread:
    """One score of one model over the cohorts.

    Attributes
    ----------
    model, outcome, horizon, score : which
    cohorts : names of the cohorts that took part, with the score in each
    mean : pooled score with its confidence interval
    prediction : interval of the score in a further cohort
    tau2, i2 : variance between cohorts on the logit or log scale, and its share of the variation
    """

    model: str
    outcome: str
    horizon: float
    score: str
    cohorts: dict[str, Estimate]
    mean: Estimate
    prediction: tuple[float, float]
    tau2: float
    i2: float


@dataclass(frozen=True, eq=False)
class InCohort:
    """All models in one cohort.

    Attributes
    ----------
    validations : one per model, in the order given
    comparison : the models beside each other, differences to the first
    """

    validations: list[Validation]
    comparison: Comparison


@dataclass(frozen=True, eq=False)
class Several:
    """Models in cohorts.

    Attributes
    ----------
    cohorts : results in each, in the order given
    spread : each score of each model over the cohorts, where two or more can be pooled
    """

    cohorts: list[InCohort]
    spread: list[Spread]

    @property
    def settings(self) -> Settings:
        """As asked for."""
        return self.cohorts[0].validations[0].settings


def validate_several(
    models: Sequence[Model],
    cohorts: Sequence[Cohort],
    settings: Settings,
    *,
    rivals: Callable[[Question], list[Rival]] = lambda question: [],
    outside: Callable[[Cohort], list[Predictions]] = lambda cohort: [],
    advance: Advance = lambda step: None,
) -> Several:
    """Validate models in cohorts.

    Parameters
    ----------
    models, cohorts : with names that tell them apart
    settings : of every validation
    rivals : further models to compare with in each cohort
    outside : predictions made elsewhere for the patients of a cohort
    advance : told the name of each step as it begins

    Raises
    ------
    InputError
        Names that are the same, or a cohort that cannot be used, which it names.
    """
    for kind, names in (("models", [m.name for m in models]), ("cohorts", [c.name for c in cohorts])):
        if len(set(names)) < len(names):
            raise InputError("have the same name", field=kind, value=", ".join(names), expected="two names")
    found = []
    for cohort in cohorts:
        question = Question(outcomes_of(models[0], cohort), settings.horizons, models[0])
        asked = [*(given(m, m.name, "as it is", question) for m in models), *rivals(question)]
        made = [
            validate(
                model,
                cohort,
                settings,
                rivals=asked if number == 0 else (),
                outside=outside(cohort) if number == 0 else (),
                advance=lambda step, name=cohort.name: advance(f"{name}: {step}"),  # type: ignore[misc]
            )
            for number, model in enumerate(models)
        ]
        comparison = made[0].comparison
        assert comparison is not None
        found.append(InCohort([replace(made[0], comparison=None), *made[1:]], comparison))
    return Several(found, list(_spreads(found)))


def several_steps(models: Sequence[Model], cohorts: Sequence[Cohort], settings: Settings, rivals: int) -> int:
    """Upper bound of the steps that `validate_several` announces."""
    return sum(
        steps(model, cohort, settings, len(models) + rivals if number == 0 else 0)
        for cohort in cohorts
        for number, model in enumerate(models)
    )


def _spreads(cohorts: Sequence[InCohort]) -> Iterator[Spread]:
    """Pool every score that two cohorts or more give, each new to the model."""
    for number, first in enumerate(cohorts[0].validations):
        places = dict.fromkeys(
            (entry.outcome, entry.horizon) for part in cohorts for entry in part.validations[number].overall
        )
        new = [part.validations[number] for part in cohorts if part.validations[number].apparent is None]
        for outcome, horizon in places:
            for score in SCALES:
                values = {
                    validation.cohort.name: entry.scores[score]
                    for validation in new
                    for entry in validation.overall
                    if (entry.outcome, entry.horizon) == (outcome, horizon)
                    and (estimate := entry.scores.get(score)) is not None
                    and _inside(estimate, score)
                }
                if len(values) >= 2:
                    yield pooled(first.model.name, outcome, horizon, score, values)


def _inside(value: Estimate, score: str) -> bool:
    """Whether the score has an interval whose ends have a logarithm, or a logit."""
    if value.low is None or value.high is None or not 0 < value.low < value.high:
        return False
    return score != "auc" or value.high < 1


def pooled(model: str, outcome: str, horizon: float, score: str, values: dict[str, Estimate]) -> Spread:
    """Pool one score over cohorts; `values` are the estimates with their intervals, by cohort."""
    to, back = SCALES[score]
    found: Pooled = random_effects(
        [to(value.value) for value in values.values()],
        [scale_error(value, score) for value in values.values()],
    )
    return Spread(
        model,
        outcome,
        horizon,
        score,
        values,
        Estimate(back(found.mean), back(found.low), back(found.high)),
        (back(found.prediction_low), back(found.prediction_high)),
        found.tau2,
        found.i2,
    )


def scale_error(value: Estimate, score: str) -> float:
    """Standard error on the scale of pooling, from the length of the 95 % interval there."""
    to = SCALES[score][0]
    assert value.low is not None and value.high is not None
    return (to(value.high) - to(value.low)) / (2 * Z95)
