"""The literature model: every measurement of the evidence, one fit, one model file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from organotropism import evidence
from organotropism.errors import InputError, did_you_mean
from organotropism.evidence.own import OwnEvidence
from organotropism.evidence.readings import Functional
from organotropism.learn import gather_course, gather_rates
from organotropism.learn.fit import (
    ANY_RECURRENCE,
    DIGITS,
    HOSPITAL,
    RATE_SHAPE,
    Choices,
    Fit,
    fit,
    intercept_means,
)
from organotropism.learn.gather import SetAside, gather, gather_associations
from organotropism.learn.measurement import Measurement
from organotropism.learn.prior import BLOCKS, effect_sd
from organotropism.learn.reference import Reference
from organotropism.learn.shipped import predict_index, reference_population
from organotropism.process.layout import Layout
from organotropism.process.model import Baseline, Between, Model
from organotropism.vocabulary import SITES

Array = NDArray[np.float64]
VERSION = "3"
HOSPITAL_BASELINE = "hospital"
SPEAKS_OF = (
    "women with invasive breast cancer without metastasis at diagnosis, as published from registries, "
    "trials and hospitals of North America, Europe, Asia and Australia, diagnosed 1978-2019; "
    "level of risk as in 1990-2017"
)
YEARS = (1990, 2017)
#: Studies are named as support of a coefficient from this share of its information on.
_SUPPORT_SHARE = 0.05
Progress = Callable[[int, float], None]


@dataclass(frozen=True)
class Evidence:
    """What the model learns from, and what was set aside."""

    layout: Layout
    reference: Reference
    rows: tuple[Measurement, ...]
    aside: tuple[SetAside, ...]


def measurements(own: OwnEvidence | None = None, without: Collection[str] = ()) -> Evidence:
    """Read all evidence; every usable row is a measurement or set aside with its reason.

    Parameters
    ----------
    own : further studies of a user
    without : studies of the package to leave out, so that the model can be tested in them

    Raises
    ------
    InputError
        A study to leave out that has no row in the fit.
    """
    layout = Layout(tuple(str(site) for site in SITES))
    reference = Reference(reference_population(), predict_index(), layout.bands)
    rows, aside = gather(reference)
    rates = gather_rates.rates(reference, evidence.baseline())
    for entry in [*rates, *gather_course.course(reference, evidence.course())]:
        if isinstance(entry, Measurement):
            rows.append(entry)
        else:
            aside.append(entry)
    known = {row.study for row in rows}
    for study in sorted(set(without) - known):
        hint = did_you_mean(study, known)
        raise InputError(f"is not a study that the model learns from{hint}", field="--without", value=study)
    rows = [row for row in rows if row.study not in without]
    if own is not None:
        further, not_used = gather_associations(reference, own.associations, own.studies)
        rows += further
        aside += not_used
    return Evidence(layout, reference, tuple(rows), tuple(aside))


def learn(
    progress: Progress = lambda step, change: None,
    own: OwnEvidence | None = None,
    without: Collection[str] = (),
) -> tuple[Model, list[dict[str, Any]]]:
    """Fit the literature model.

    Parameters
    ----------
    own : further studies of a user, which make it a model of another name
    without : studies of the package to leave out, which do so too

    Returns
    -------
    model : Model
    residuals : one record per row of evidence, used or set aside
    """
    source, choices = measurements(own, without), Choices()
    result = fit(source.layout, source.reference, source.rows, choices, progress)
    model = _model(source, result, choices)
    if without:
        left_out = sorted(without)
        name = f"{model.name} without {', '.join(left_out)}"
        model = replace(model, name=name, provenance={**model.provenance, "left_out": left_out}, checksum="")
    return model if own is None else with_own(model, own), residuals(source, result)


def with_own(model: Model, own: OwnEvidence) -> Model:
    """The model under another name, with the user's studies in its provenance."""
    return replace(
        model,
        name=f"{model.name} with own evidence",
        provenance={**model.provenance, "own_studies": sorted(own.studies)},
        checksum="",
    )


def residuals(source: Evidence, result: Fit) -> list[dict[str, Any]]:
    """Published and fitted value of every row on its own scale, and the residual in standard errors.

    The standard error holds the row's own error, its study's level and the between-study spread.
    """
    sd = np.sqrt(np.diag(result.noise))
    records = []
    for i, m in enumerate(source.rows):
        records.append(
            {
                "id": m.id,
                "study": m.study,
                "group": m.group,
                "kind": m.functional,
                "reading": m.reading,
                "site": m.feature,
                "factor": m.factor,
                "level": m.level,
                "comparator": m.comparator,
                "population": m.population,
                "scale": m.scale,
                "published": round(m.value, 4),
                "se": round(m.se, 4),
                "fitted": round(float(result.fitted[i]), 4),
                "residual": round(float((m.value - result.fitted[i]) / sd[i]), 3),
                "weight": round(float(result.weights[i]), 3),
                "status": "used",
                "reason": "",
            }
        )
    for entry in source.aside:
        blank = dict.fromkeys(records[0], "")
        records.append(
            {**blank, "id": entry.id, "study": entry.study, "status": "set aside", "reason": entry.reason}
        )
    return records


def _model(source: Evidence, result: Fit, choices: Choices) -> Model:
    layout = source.layout
    return Model(
        name="literature",
        version=VERSION,
        speaks_of=SPEAKS_OF,
        layout=layout,
        theta=result.theta,
        covariance=result.covariance,
        between=_between(layout, result.tau, choices),
        index=source.reference.index,
        centre=source.reference.centre,
        population=source.reference.population,
        baselines=_baselines(source, result, choices),
        years=YEARS,
        support=_support(source, result),
        provenance={
            "learnt_from": f"{len(source.rows)} measurements of "
            f"{len({m.study for m in source.rows})} studies; {len(source.aside)} rows set aside",
            "evidence": evidence.fingerprint(),
            "between_study_sd": {family: round(tau, 4) for family, tau in result.tau.items()},
            "robust": choices.robust,
            "licence": "CC BY 4.0; index: PREDICT v3.2, MIT, University of Cambridge",
            "uses_no_patient_data": True,
        },
    )


def _between(layout: Layout, tau: dict[str, float], choices: Choices) -> tuple[Between, ...]:
    """A new population differs from the mean of the studies: levels and effects, each once."""

    def block(name: str) -> tuple[str, ...]:
        return layout.names[layout.slices[name]]

    parts = [
        Between(block("rate.level"), choices.level_sd),
        Between(block("progression.level"), 0.4),
        Between(block("death.level"), 0.4),
        Between(block("prevalence.level"), 0.3),
    ]
    parts += [Between((name,), choices.site_sd) for name in block("pattern.level")]
    parts += [
        Between((name,), choices.effect_spread * effect_sd(k))
        for k, name in enumerate(block("pattern.effects"))
    ]
    parts += [
        Between((label,), choices.rate_spread * float(BLOCKS[name][1]))
        for name in RATE_SHAPE
        for label in block(name)
    ]
    parts += [Between((label,), tau["death"]) for label in block("death.subtype")]
    return tuple(parts)


def _baselines(source: Evidence, result: Fit, choices: Choices) -> dict[str, Baseline]:
    """Level of the rate in each group of studies that prints risks over time."""
    labels: dict[str, str] = {}
    for m in source.rows:
        if m.kind in ("net_risk", "hazard", "incidence") and m.feature == "any_distant" and not m.comparator:
            modelled = ", modelled from deaths" if m.functional == Functional.MODELLED_NET_RISK else ""
            labels.setdefault(m.group, f"{m.study}: {m.population or m.level}{modelled}")
    means = intercept_means(source.layout, result, source.rows, choices)
    found = {}
    for group, label in labels.items():
        key = (group, "rate.level", 0)
        if key in means and not group.startswith(ANY_RECURRENCE):
            shift, sd = means[key]
            found[group] = Baseline(label, round(shift, 4), round(sd, 4))
    shift, sd = means[HOSPITAL]
    # A hospital not seen yet differs from the mean of hospitals as populations do.
    own = float(np.hypot(sd, choices.level_sd))
    return {HOSPITAL_BASELINE: Baseline("a single hospital", round(shift, 4), round(own, 4)), **found}


def _support(source: Evidence, result: Fit) -> dict[str, dict[str, float]]:
    """Share of the information on each coefficient that each study carries."""
    weighted = np.linalg.solve(result.noise, result.jacobian)
    share = np.abs(result.jacobian * weighted)
    found = {}
    for j, name in enumerate(source.layout.names):
        total: dict[str, float] = defaultdict(float)
        for m, value in zip(source.rows, share[:, j], strict=True):
            total[m.study] += float(value)
        everything = sum(total.values())
        ranked = sorted(total.items(), key=lambda item: (-item[1], item[0]))
        kept = {
            study: round(v / everything, 3)
            for study, v in ranked
            if everything and v >= _SUPPORT_SHARE * everything
        }
        if kept:
            found[name] = kept
    return found


def compare(model: Model, shipped: Model) -> list[str]:
    """Differences of a rebuilt model from the shipped one beyond rounding; empty when the same.

    A fit settles to less than the last digit that a model file keeps of a coefficient, but which way that
    digit is rounded may differ: coefficients agree to one unit of it, and forecasts of 200 simulated patients
    to ten (each is a sum of some ten coefficients on the log scale).
    """
    if model.layout != shipped.layout or model.provenance["evidence"] != shipped.provenance["evidence"]:
        return ["layout or evidence differ: rebuild and commit the model"]
    problems = []
    unit = 10.0**-DIGITS
    moved = np.abs(model.theta - shipped.theta)
    if moved.max() > 1.5 * unit:
        problems.append(f"{model.layout.names[moved.argmax()]} differs by {moved.max():.2g}")
    patients = example_patients(200)
    ours = model.forecast(patients, intervals=False).rows()["risk"]
    theirs = shipped.forecast(patients, intervals=False).rows()["risk"]
    far = max(abs(a - b) for a, b in zip(ours, theirs, strict=True))
    if far > 10 * unit:
        problems.append(f"forecasts differ by up to {far:.2g}")
    return problems


def example_patients(count: int) -> Sequence[Any]:
    """Patients spread over the fields, some of them partly unknown; always the same."""
    from organotropism.patient import Patient

    rng = np.random.default_rng(7)
    patients = []
    for _ in range(count):
        fields: dict[str, Any] = {
            "age": float(rng.integers(28, 84)),
            "er": str(rng.choice(["positive", "negative"])),
            "pr": str(rng.choice(["positive", "negative"])),
            "her2": str(rng.choice(["positive", "negative"])),
            "grade": int(rng.integers(1, 4)),
            "size_mm": float(rng.integers(3, 90)),
            "positive_nodes": int(rng.integers(0, 14)),
            "histology": str(rng.choice(["ductal", "lobular"])),
        }
        for name in ("pr", "her2", "grade", "size_mm", "positive_nodes", "histology"):
            if rng.random() < 0.2:
                del fields[name]
        patients.append(Patient(**fields))
    return patients
