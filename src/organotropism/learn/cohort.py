"""Learn from a cohort: literature and patients, each weighed by what it knows."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from organotropism.cohort.losses import refuse_cases_alone
from organotropism.cohort.schema import Cohort
from organotropism.cohort.tabulate import Tables, tabulate
from organotropism.errors import InputError
from organotropism.learn.cohort_prior import between_studies, from_literature, ridge
from organotropism.learn.conflict import Conflict, conflicts
from organotropism.learn.parts import POISSON, columns
from organotropism.learn.read_tables import Frame, check_tables, units
from organotropism.learn.shared_units import shared_units
from organotropism.learn.units import Counts, Design, design
from organotropism.learn.update import Gaussian, update
from organotropism.process.layout import Layout
from organotropism.process.model import Model

Array = NDArray[np.float64]
VERSION = "1"
#: With fewer metastatic patients nothing can be learned, whatever the prior.
FEWEST = 10
#: A study is named as support of a coefficient from this share of its information on.
_SUPPORT_SHARE = 0.05
Progress = Callable[[str, int, float], None]


@dataclass(frozen=True)
class CohortFit:
    """Result of learning from a cohort.

    Attributes
    ----------
    model : speaks of the cohort's population: the spread between studies is in its prior, not in it
    literature : coefficients of a new population before the cohort, None without a prior
    alone, both : coefficients from the cohort alone, and with the prior
    conflicts : test of every block, empty without a prior
    counts : patients and events that taught
    separated : coefficients on which the cohort alone has events on one side only; the parts they belong to
        were fitted with the Jeffreys penalty
    seconds : time of tabulating and of the fits
    """

    model: Model
    literature: Gaussian | None
    alone: Gaussian
    both: Gaussian
    conflicts: tuple[Conflict, ...]
    counts: dict[str, int]
    separated: tuple[str, ...]
    seconds: float

    def table(self) -> list[dict[str, Any]]:
        """One record per coefficient: value and standard error by literature, cohort alone, and both."""
        records = []
        for i, name in enumerate(self.model.layout.names):
            record: dict[str, Any] = {"coefficient": name}
            for source in ("literature", "alone", "both"):
                found: Gaussian | None = getattr(self, source)
                record[source] = None if found is None else float(found.mean[i])
                record[f"{source}_se"] = None if found is None else float(found.sd[i])
            records.append(record)
        return records


def learn_cohort(
    source: Cohort | Tables,
    prior: Model | None,
    name: str | None = None,
    progress: Progress = lambda stage, step, change: None,
) -> CohortFit:
    """Update a model with a cohort, or fit the cohort alone.

    Parameters
    ----------
    source : patients, or their tables
    prior : model of the literature; None for the cohort alone
    name : of the model; by default that of the cohort
    progress : called with the stage, the step and its size in posterior SD

    Raises
    ------
    InputError
        Tables whose sites, bands or window are not those of the prior; fewer than ten metastatic patients;
        patients followed from diagnosis who all had distant disease; a fit that does not settle.
    """
    began = time.perf_counter()
    if isinstance(source, Cohort):
        refuse_cases_alone(source)
    layout = prior.layout if prior is not None else Layout(source.sites)
    tables = source if isinstance(source, Tables) else tabulate(source, layout)
    frame = Frame.of(prior) if prior is not None else Frame.shipped(layout, tables.window_years)
    check_tables(tables, layout, frame.window_years)
    counts = _counts(tables)
    _refuse_few(counts)
    read = shared_units(tables, frame) if tables.shared else units(tables, frame)
    data = design(layout, read, frame.index, frame.centre)
    weak = ridge(layout, _crude_levels(data))
    separated = _separated(data)
    parts = tuple(dict.fromkeys(_part(name) for name in separated))
    if prior is None:
        alone = both = update(data, weak, weak.mean, parts, lambda *at: progress("cohort alone", *at))
        literature, tested = None, []
    else:
        assumed = from_literature(prior)
        both = update(data, assumed, prior.theta, progress=lambda *at: progress("cohort and prior", *at))
        start = weak.mean if parts else both.posterior.mean
        alone = update(data, weak, start, parts, lambda *at: progress("cohort alone", *at))
        literature = Gaussian(prior.theta, prior.covariance + between_studies(prior))
        tested = conflicts(layout, literature, weak, alone)
    model = _model(name or tables.name, tables, frame, prior, both.posterior, counts)
    return CohortFit(
        model,
        literature,
        alone.posterior,
        both.posterior,
        tuple(tested),
        counts,
        separated,
        time.perf_counter() - began,
    )


def _counts(tables: Tables) -> dict[str, int]:
    observed = tables.rate.filter(tables.rate["observed"])
    gained = [column for column in tables.progression.columns if column.startswith("gained_")]
    return {
        "patients": tables.patients,
        "presentations": int(observed["events"].sum()),
        "person_years": round(float(observed["years"].sum())),
        "sets_found": int(tables.pattern["patients"].sum()),
        "further_sites": int(tables.progression.select(gained).sum_horizontal().sum()),
        "deaths_with_metastases": int(tables.progression["deaths"].sum()),
        "stage_iv": int(tables.prevalence["stage_iv"].sum()),
    }


def _refuse_few(counts: dict[str, int]) -> None:
    found = max(counts["presentations"], counts["sets_found"])
    if found < FEWEST:
        raise InputError(
            f"has {found} metastatic patients with what is needed to learn from them",
            field="cohort",
            expected=f"at least {FEWEST}",
        )


def _crude_levels(data: Design) -> dict[str, float]:
    """Log of events over person-years, by block; half an event is added."""

    def crude(counts: Counts) -> float:
        taught = counts.teaches
        return float(np.log((counts.events[taught].sum() + 0.5) / (counts.years[taught].sum() + 1.0)))

    units_ = data.units
    levels = {"rate": crude(units_.rate), "progression": crude(units_.gain), "death": crude(units_.death)}
    enrolled = units_.enrolled
    share = (enrolled.stage_iv.sum() + 0.5) / (enrolled.patients.sum() + 1.0)
    levels["prevalence"] = float(np.log(share / max(1 - share, 1e-9)))
    return {f"{part}.level": value for part, value in levels.items()}


def _part(coefficient: str) -> str:
    """Part of the likelihood that a coefficient belongs to."""
    first = coefficient.partition(".")[0]
    return next((part for part, prefix in POISSON.items() if prefix == f"{first}."), first)


def _separated(data: Design) -> tuple[str, ...]:
    """Coefficients whose count of events is the smallest or the largest it could be: no finite maximum.

    Looked for where every possible value of the unknown agrees, on the covariates that vary.
    """
    names, found = np.array(data.layout.names), []
    for part, prefix in POISSON.items():
        rows = getattr(data, part)
        taught = rows.counts.teaches[rows.source] & (rows.years > 0)
        place = columns(data, prefix)
        design_ = np.abs(rows.design[taught])
        occurs = design_.sum(0) > 0
        empty = (rows.events[taught] @ design_) == 0
        found += names[place][occurs & empty].tolist()
    return tuple(found + _separated_pattern(data))


def _separated_pattern(data: Design) -> list[str]:
    rows, cell = data.found_row, data.found_cell
    found = data.units.found
    kept = found.teaches[rows] & (found.patients[rows] > 0)
    held = data.layout.sets.membership[found.set_number[rows[kept]]]
    scores = data.scores[data.group[cell[kept]]]
    weight = found.patients[rows[kept]] * data.units.cells.weight[cell[kept]]
    observed = np.einsum("n,nq,nk->qk", weight, scores, held)
    low = np.einsum("n,nq->q", weight, np.minimum(scores, 0.0))[:, None]
    high = np.einsum("n,nq->q", weight, np.maximum(scores, 0.0))[:, None]
    none = (high - low > 0) & ((observed - low < 1e-9) | (high - observed < 1e-9))
    place = data.layout.slices["pattern.effects"]
    names = np.array(data.layout.names)[place].reshape(none.shape)
    return [str(name) for name in names[none]]


def _model(
    name: str, tables: Tables, frame: Frame, prior: Model | None, own: Gaussian, counts: dict[str, int]
) -> Model:
    known = tables.strata["year_of_diagnosis"].drop_nulls()
    years = (int(known.min()), int(known.max())) if len(known) else frame.years  # type: ignore[arg-type]
    held = (max(years[0], frame.years[0]), max(min(years[1], frame.years[1]), frame.years[0]))
    return Model(
        name=name,
        version=VERSION,
        speaks_of=f"the patients of the cohort {tables.name}, diagnosed {years[0]}-{years[1]}",
        layout=frame.layout,
        theta=own.mean,
        covariance=own.covariance,
        between=(),
        index=frame.index,
        centre=frame.centre,
        population=frame.population,
        window_years=frame.window_years,
        years=held,
        support=support(prior, tables.name, own) if prior is not None else {},
        provenance={
            "learnt_from": {"cohort": tables.name, **counts, **_identity(tables)},
            "prior": "none" if prior is None else f"{prior.name} {prior.version} {prior.checksum}",
            "prior_provenance": {} if prior is None else dict(prior.provenance),
            "licence": "as the cohort's data permit"
            if prior is None
            else str(prior.provenance.get("licence", "")),
            "uses_no_patient_data": False,
            "holds_no_patient_data": True,
        },
    )


def _identity(tables: Tables) -> dict[str, str]:
    """Which cohort it was, for a validation to know it again; says nothing of a patient."""
    found = {"cohort_id": tables.cohort_id, "digest": tables.digest}
    return {name: value for name, value in found.items() if value is not None}


def support(prior: Model, name: str, after: Gaussian) -> dict[str, dict[str, float]]:
    """Shares of the information on each coefficient: the studies of the prior, and the cohort."""
    before = np.diag(from_literature(prior).covariance)
    gained = np.clip(1 - np.diag(after.covariance) / before, 0.0, 1.0)
    found = {}
    for coefficient, share in zip(prior.layout.names, gained, strict=True):
        studies = {
            study: round(value * (1 - float(share)), 3)
            for study, value in prior.support.get(coefficient, {}).items()
        }
        studies[name] = round(float(share), 3)
        ranked = sorted(studies.items(), key=lambda item: (-item[1], item[0]))
        kept = {study: value for study, value in ranked if value >= _SUPPORT_SHARE}
        if kept:
            found[coefficient] = kept
    return found
