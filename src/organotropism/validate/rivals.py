"""Models to compare with, each learnt from one part of a cohort and asked about another.

Covariates of the regressions are those of the process (subtype, lobular, age, nodes, size, grade); what is
unknown of a patient is replaced by its mean in the reference population given what is known.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray

from organotropism.cohort.schema import Cohort
from organotropism.errors import InputError
from organotropism.process import pattern
from organotropism.process.cells import Cells
from organotropism.process.kernel import mix
from organotropism.process.model import Model
from organotropism.process.prepare import prepare
from organotropism.process.results import Options
from organotropism.process.sets import SiteSets
from organotropism.validate.aalen_johansen import incidence, ones
from organotropism.validate.counting import Clock
from organotropism.validate.cox import fit_cox
from organotropism.validate.outcome import ANY, EVENT, Outcome, outcome_of
from organotropism.validate.predictions import Predictions, predict, with_patterns
from organotropism.validate.score import LEAST_EVENTS
from organotropism.validate.where import presented, set_counts, sets_found

Array = NDArray[np.float64]
Forecaster = Callable[[Cohort], Predictions]
Fit = Callable[[Cohort], Model]
#: From follow-up and covariates to the risk at a horizon of patients with other covariates.
Regression = Callable[[Outcome, Array], Callable[[Array, float], Array]]


@dataclass(frozen=True)
class Rival:
    """A way to predict.

    Attributes
    ----------
    name : in tables and figures
    about : what it is, one sentence
    learn : learns from a cohort and returns what predicts another; raises `InputError` where it cannot
    """

    name: str
    about: str
    learn: Callable[[Cohort], Forecaster]


@dataclass(frozen=True)
class Question:
    """What every rival is asked.

    Attributes
    ----------
    outcomes, horizons : names; years
    reference : model whose sites, index and reference population the rivals use
    """

    outcomes: tuple[str, ...]
    horizons: tuple[float, ...]
    reference: Model

    @property
    def sets(self) -> SiteSets | None:
        """The sets of the sites asked about, None where there is no site."""
        sites = tuple(name for name in self.outcomes if name != ANY)
        return SiteSets(sites) if sites else None


def usual_rivals(question: Question) -> list[Rival]:
    """The rivals that need nothing but a cohort."""
    return [
        Rival(
            "null", "Aalen-Johansen estimate of the other patients, the same for everyone", _null(question)
        ),
        Rival(
            "PREDICT index",
            "cause-specific Cox models of PREDICT's index and oestrogen receptor alone",
            _regression("PREDICT index", question, _index, _cox),
        ),
        Rival(
            "NPI",
            "cause-specific Cox models of the Nottingham prognostic index alone: size, nodes, grade",
            _regression("NPI", question, _npi, _cox),
        ),
        Rival(
            "Cox",
            "cause-specific Cox models of each outcome and of death, all covariates",
            _regression("Cox", question, _covariates, _cox),
        ),
        Rival(
            "Fine-Gray",
            "Fine-Gray model of each outcome, all covariates (comprisk)",
            _regression("Fine-Gray", question, _covariates, _fine_gray),
        ),
    ]


def given(model: Model, name: str, about: str, question: Question) -> Rival:
    """A model as it is, which learns nothing from the cohort."""
    return learnt(lambda cohort: model, name, about, question)


def learnt(fit: Fit, name: str, about: str, question: Question) -> Rival:
    """A model of the process that `fit` learns from a cohort."""

    def learn(cohort: Cohort) -> Forecaster:
        model = fit(cohort)

        def forecast(other: Cohort) -> Predictions:
            found = predict(model, other, question.horizons)
            found = Predictions(name, found.horizons, found.risk)
            sets = question.sets
            if sets is not None and set(sets.sites) <= set(model.layout.sites):
                found = with_patterns(found, model, other, presented(other, sets.sites), sets)
            return found

        return forecast

    return Rival(name, about, learn)


def _null(question: Question) -> Callable[[Cohort], Forecaster]:
    sets = question.sets

    def learn(cohort: Cohort) -> Forecaster:
        levels = {}
        for name in question.outcomes:
            outcome = outcome_of(cohort, name)
            found = incidence(Clock(outcome), ones(outcome))
            levels[name] = np.array([found.at(h)[0] for h in question.horizons])
        shares = None
        if sets is not None:
            counts = set_counts(sets_found(cohort, sets)[presented(cohort, sets.sites)], sets.count)
            counts[0] = 0.0
            shares = counts / counts.sum()

        def forecast(other: Cohort) -> Predictions:
            risk = {name: np.tile(level, (len(other), 1)) for name, level in levels.items()}
            found = None if shares is None else np.tile(shares, (len(other), 1))
            return Predictions("null", question.horizons, risk, found, ranks=False)

        return forecast

    return learn


def _regression(
    name: str, question: Question, design: Callable[[Model, Cohort], Array], regression: Regression
) -> Callable[[Cohort], Forecaster]:
    """Learn one regression per outcome; an outcome with too few events is left without predictions."""

    def learn(cohort: Cohort) -> Forecaster:
        covariates = design(question.reference, cohort)
        fitted = {}
        for outcome_name in question.outcomes:
            outcome = outcome_of(cohort, outcome_name)
            if (outcome.kind == EVENT).sum() >= LEAST_EVENTS:
                fitted[outcome_name] = regression(outcome, covariates[outcome.rows])

        def forecast(other: Cohort) -> Predictions:
            asked = design(question.reference, other)
            risk = {
                outcome_name: np.stack([risk_at(asked, h) for h in question.horizons], axis=1)
                for outcome_name, risk_at in fitted.items()
            }
            return Predictions(name, question.horizons, risk)

        return forecast

    return learn


def _cells(model: Model, cohort: Cohort, of_cells: Callable[..., Array]) -> Array:
    """Mean over what is unknown of each patient, (N, covariates); NaN for stage IV disease."""
    with np.errstate(invalid="ignore"):
        rows = np.flatnonzero(~cohort.stage_iv)
    cells, design = prepare(model, cohort.take(rows).patients(), Options())
    values = of_cells(cells, design)
    starts = np.flatnonzero(np.diff(cells.patient, prepend=-1))
    whole = np.full((len(cohort), values.shape[1]), np.nan)
    whole[rows] = mix(values[None], cells.weight[None], starts)[0]
    return whole


def _covariates(model: Model, cohort: Cohort) -> Array:
    return _cells(model, cohort, lambda cells, design: pattern.scores(cells))


def _index(model: Model, cohort: Cohort) -> Array:
    """Oestrogen receptor, and PREDICT's index with its treatment effects, mean of the first ten years."""
    years = np.diff(model.layout.bands)
    return _cells(
        model,
        cohort,
        lambda cells, design: np.stack(
            [design.er, design.index[:, : len(years)] @ (years / years.sum()) + design.offset], axis=1
        ),
    )


def _npi(model: Model, cohort: Cohort) -> Array:
    """Nottingham prognostic index: size in cm / 5 + nodes (none 1, to three 2, more 3) + grade.

    Galea et al., Breast Cancer Res Treat 1992;22:207.
    """

    def index(cells: Cells, design: object) -> Array:
        stage = 1 + (cells.nodes >= 1).astype(float) + (cells.nodes >= 4)
        return (cells.size_mm / 50 + stage + cells.grade)[:, None]

    return _cells(model, cohort, index)


def _cox(outcome: Outcome, covariates: Array) -> Callable[[Array, float], Array]:
    return fit_cox(outcome, covariates).risk


def _fine_gray(outcome: Outcome, covariates: Array) -> Callable[[Array, float], Array]:
    if find_spec("comprisk") is None:
        raise InputError("needs the package comprisk", expected='pip install "organotropism[compare]"')
    if np.ptp(outcome.weight) > 0:
        raise InputError("is not available with late entry: comprisk does not take it")
    from comprisk import FineGrayRegression, Surv

    centre = covariates.mean(0)
    vary = np.ptp(covariates, axis=0) > 0
    model = FineGrayRegression(max_iter=50).fit(
        (covariates - centre)[:, vary], Surv.from_arrays(event=outcome.kind, time=outcome.time)
    )

    def risk_at(asked: Array, horizon: float) -> Array:
        known = ~np.isnan(asked).any(1)
        risk = np.full(len(asked), np.nan)
        risk[known] = model.predict_cumulative_incidence(
            (asked[known] - centre)[:, vary], times=np.array([horizon])
        )[:, 0]
        return risk

    return risk_at
