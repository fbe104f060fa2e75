"""Every number of a validation as one flat table, and what each means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from math import isnan
from typing import Any, Final

from organotropism.validate.compare import Comparison
from organotropism.validate.resample import Estimate
from organotropism.validate.score import Scored
from organotropism.validate.several import Spread
from organotropism.validate.validation import Validation
from organotropism.validate.where import Where

COLUMNS: Final = ("section", "model", "group", "outcome", "years", "measure", "at", "value", "low", "high")

MEANING: Final[dict[str, str]] = {
    "patients": "patients scored",
    "events": "patients with the outcome by the horizon",
    "deaths": "patients who died without the outcome by the horizon",
    "censored": "patients whose follow-up ended before the horizon, free of the outcome and alive",
    "last_horizon": "years up to which ten patients are followed, free of the outcome and alive",
    "observed": "cumulative incidence, Aalen-Johansen, death competing; section where: share of presented",
    "expected": "mean predicted risk",
    "o_e": "observed over expected: below 1 the risks are too high",
    "intercept": "calibration intercept with slope 1, scale log(-log(1 - risk))",
    "slope": "calibration slope on that scale: below 1 the risks are too far apart",
    "ici": "mean absolute difference of smooth calibration curve and prediction",
    "e50": "median absolute difference of curve and prediction",
    "e90": "90 % point of the absolute difference of curve and prediction",
    "auc": "time-dependent area under the ROC curve; controls: free of the outcome, or dead without it",
    "c_index": "C-index with death competing, pairs up to the horizon, weighted for censoring (Wolbers)",
    "brier": "Brier score, weighted for censoring",
    "ipa": "index of prediction accuracy, 1 - Brier score / that of the cumulative incidence for everyone",
    "log_score": "mean log probability of what happened by the horizon, weighted for censoring",
    "auc_gain": "difference of the AUC to the reference model of the comparison",
    "ipa_gain": "difference of the IPA to the reference model of the comparison",
    "log_score_gain": "difference of the log score to the reference model of the comparison",
    "net_benefit": "net benefit of acting at or above the threshold given in `at`",
    "net_benefit_everyone": "net benefit of acting on everyone, threshold in `at`",
    "curve": "smoothed observed risk at the predicted risk given in `at`",
    "roc": "share of cases above the cut-off at which `at` is the share of controls above it",
    "predicted": "patients with predicted risks from `at` up to the next `at`",
    "pattern_log_score": "mean log probability of the exact set of sites found at presentation",
    "pattern_log_score_marginal": "the same by the share of each set among the other patients of the cohort",
    "pattern_log_score_average": "the same by the mean of the model's own patterns",
    "pattern_gain": "log score over that of the cohort's shares (in a comparison: over the reference model)",
    "pattern_gain_of_covariates": "log score over that of the mean pattern: what covariates add",
    "recalibration_intercept": "to be added on the scale log(-log(1 - risk)), after the slope",
    "recalibration_slope": "to multiply log(-log(1 - risk)) by",
    "level_shift": "to be added to the parameter in `group`, log scale, for the observed mean risk",
    "expected_after_shift": "mean predicted risk after the shift of the whole outcome",
    "pooled": "mean of the score in `group` over cohorts, random effects (REML, Hartung-Knapp)",
    "further_cohort": "the same with the interval in which a further cohort is to be expected",
    "tau2": "variance between cohorts of the logit of the AUC, or of log O/E",
    "i2": "share of the variation that is between cohorts",
    "apparent": "score of a model learnt anew from the cohort, in the cohort",
    "corrected": "the same less its optimism (bootstrap)",
}
"""Meaning of each `measure`; docs/validate.md gives the formulas."""

Row = dict[str, Any]


def rows(validation: Validation, comparison: Comparison | None = None) -> list[Row]:
    """Every number, one row each, columns as `COLUMNS`; what does not apply is None.

    Parameters
    ----------
    comparison : left out: that of the validation
    """
    name = validation.model.name
    found = list(_facts(validation))
    for scored in validation.overall:
        found += _scored("overall", name, "", scored)
        found += _curves(name, scored)
    for (grouping, label), group in validation.subgroups.items():
        for scored in group:
            found += _scored("subgroup", name, f"{grouping}: {label}", scored)
    for landmark, group in validation.landmarks.items():
        for scored in group:
            found += _scored("landmark", name, f"free for {landmark:g} years", scored)
    if validation.where is not None:
        found += _where(name, validation.where)
    found += _compared(comparison or validation.comparison)
    for adjusted in validation.recalibrated:
        scored = adjusted.scored
        found += _scored("recalibrated", name, adjusted.method, scored)
        for measure, value in (("intercept", adjusted.intercept), ("slope", adjusted.slope)):
            place = ("recalibrated", name, adjusted.method, scored.outcome, scored.horizon)
            found.append(_row(*place, f"recalibration_{measure}", Estimate(value)))
    found += _shifts(validation)
    for (outcome, years, score), pair in validation.optimism.items():
        for measure, value in zip(("apparent", "corrected"), pair, strict=True):
            found.append(_row("optimism", name, score, outcome, years, measure, Estimate(value)))
    return found


def _row(
    section: str,
    model: str,
    group: str,
    outcome: str,
    years: float | None,
    measure: str,
    value: Estimate,
    at: float | None = None,
) -> Row:
    number = None if isnan(value.value) else value.value
    parts = (section, model, group, outcome, years, measure, at, number, value.low, value.high)
    return dict(zip(COLUMNS, parts, strict=True))


def _facts(validation: Validation) -> Iterator[Row]:
    for facts in validation.cohort.outcomes:
        for measure in ("patients", "events", "deaths", "last_horizon"):
            value = Estimate(float(getattr(facts, measure)))
            yield _row("cohort", "", "whole follow-up", facts.name, None, measure, value)


def _scored(section: str, model: str, group: str, scored: Scored) -> Iterator[Row]:
    place = (section, model, group, scored.outcome, scored.horizon)
    for measure in ("patients", "events", "deaths", "censored"):
        yield _row(*place, measure, Estimate(float(getattr(scored.counts, measure))))
    yield _row(*place, "observed", scored.observed)
    yield from _estimates(place, scored.scores)


def _estimates(
    place: tuple[str, str, str, str, float | None], scores: Mapping[str, Estimate]
) -> Iterator[Row]:
    for measure, value in scores.items():
        yield _row(*place, measure, value)


def _curves(model: str, scored: Scored) -> Iterator[Row]:
    curves = scored.curves
    if curves is None:
        return
    place = ("overall", model, "", scored.outcome, scored.horizon)
    for i, risk in enumerate(curves.calibration.risk):
        limits = () if curves.calibration_band is None else [float(b[i]) for b in curves.calibration_band]
        value = Estimate(float(curves.calibration.observed[0, i]), *limits)
        yield _row(*place, "curve", value, float(risk))
    for i, threshold in enumerate(curves.decision.threshold):
        limits = () if curves.decision_band is None else [float(b[i]) for b in curves.decision_band]
        value = Estimate(float(curves.decision.model[0, i]), *limits)
        yield _row(*place, "net_benefit", value, float(threshold))
        everyone = Estimate(float(curves.decision.everyone[0, i]))
        yield _row(*place, "net_benefit_everyone", everyone, float(threshold))
    for cut, share in zip(curves.roc.false_positive, curves.roc.true_positive, strict=True):
        yield _row(*place, "roc", Estimate(float(share)), float(cut))
    edges, counts = curves.histogram
    for edge, number in zip(edges[:-1], counts, strict=True):
        yield _row(*place, "predicted", Estimate(float(number)), float(edge))


def _where(model: str, where: Where) -> Iterator[Row]:
    place = ("where", model, "", "pattern", None)
    yield _row(*place, "patients", Estimate(float(where.patients)))
    yield from _estimates(
        place,
        {
            "pattern_log_score": where.log_score,
            "pattern_log_score_marginal": where.marginal,
            "pattern_log_score_average": where.average,
            "pattern_gain": where.gain,
            "pattern_gain_of_covariates": where.gain_of_covariates,
        },
    )
    for site, share in where.sites.items():
        measures = ("observed", "expected", "o_e", "auc")
        found = {measure: getattr(share, measure) for measure in measures}
        yield from _estimates(("where", model, "", site, None), found)


def spread_rows(spread: Sequence[Spread]) -> list[Row]:
    """Scores pooled over cohorts, columns as `COLUMNS`."""
    found = []
    for entry in spread:
        place = ("spread", entry.model, entry.score, entry.outcome, entry.horizon)
        low, high = entry.prediction
        found += [
            _row(*place, "pooled", entry.mean),
            _row(*place, "further_cohort", replace(entry.mean, low=low, high=high)),
            _row(*place, "tau2", Estimate(entry.tau2)),
            _row(*place, "i2", Estimate(entry.i2)),
        ]
    return found


def _shifts(validation: Validation) -> Iterator[Row]:
    for shift in validation.shifts:
        place = ("level", validation.model.name, shift.parameter, shift.outcome)
        yield _row(*place, shift.horizon, "level_shift", Estimate(shift.add))
        for years, after in shift.after.items():
            yield _row(*place, years, "expected_after_shift", Estimate(after))


def _compared(comparison: Comparison | None) -> Iterator[Row]:
    if comparison is None:
        return
    for (outcome, years), patients in comparison.patients.items():
        yield _row("comparison", "", "", outcome, years, "patients", Estimate(float(patients)))
    for model in comparison.models:
        for (outcome, years), scores in model.scores.items():
            yield from _estimates(("comparison", model.name, "", outcome, years), scores)
        for measure, value in (("pattern_log_score", model.where), ("pattern_gain", model.where_gain)):
            if value is not None:
                yield _row("comparison", model.name, "", "pattern", None, measure, value)
