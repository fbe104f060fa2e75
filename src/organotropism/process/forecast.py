"""Forecasts: risks of patients, with their uncertainty."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from organotropism.eligibility import check_eligibility
from organotropism.errors import InputError
from organotropism.patient import Patient
from organotropism.process import rate, state
from organotropism.process.cells import Cells, representative
from organotropism.process.horizons import check_horizons
from organotropism.process.intervals import limits
from organotropism.process.kernel import Kernel, Risks
from organotropism.process.model import AVERAGE, Model
from organotropism.process.nodes import SEED, Nodes
from organotropism.process.offsets import Offset, shifted
from organotropism.process.prepare import blocks, prepare
from organotropism.process.results import ForecastTable, Options, year_used

Array = NDArray[np.float64]
#: Draws for intervals: at least two for each coefficient, so that they have exactly their covariance.
DRAWS = 256
#: Cells of the time grid, years. The coarser one, for intervals, moves a risk by less than 1e-3 of itself.
POINT_STEP, DRAW_STEP = 1 / 12, 1 / 4
#: Cells that are expanded at once, some 100 bytes each and more while they are worked on.
CELLS_AT_ONCE = 60_000
#: Of a patient with more cells than this, intervals are computed from so many that represent them.
CELLS_OF_INTERVAL = 60


def forecast(
    model: Model,
    patients: Sequence[Patient],
    options: Options,
    offsets: Sequence[Offset | None] | None = None,
) -> ForecastTable:
    """Forecast patients; cost grows with the number of different strata, not with their count.

    The risk is the mean over the distribution of the coefficients, with intervals or without.

    Parameters
    ----------
    offsets : what is known of each patient beyond her covariates, None for those without

    Raises
    ------
    InputError
        Without patients, or when a horizon or the baseline is not one the model can speak of.
    """
    _check(model, patients, options)
    known = tuple(offsets) if offsets is not None else (None,) * len(patients)
    warnings = tuple(tuple(warnings_for(model, patient, options)) for patient in patients)
    groups: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for number, (patient, offset) in enumerate(zip(patients, known, strict=True)):
        groups[offset, *((number,) if patient.involved else (None, patient.now))].append(number)
    drawn: dict[Offset | None, tuple[Model, Nodes, Array | None]] = {}
    order, parts = [], []
    for (offset, *_), numbers in groups.items():
        if offset not in drawn:
            own = shifted(model, offset)
            nodes = Nodes.of(own.distribution(options.baseline))
            draws = own.draws(DRAWS, SEED, options.baseline) if options.intervals else None
            drawn[offset] = own, nodes, draws
        own, nodes, draws = drawn[offset]
        order += numbers
        alike = [patients[number] for number in numbers]
        parts += [_with_intervals(own, block, options, nodes, draws) for block in _blocks(own, alike)]
    back = np.argsort(np.array(order, np.int64))
    point, low, high = (
        None if parts[0][i] is None else Risks.join([p[i] for p in parts], axis=1).take(back)  # type: ignore[misc]
        for i in range(3)
    )
    assert point is not None
    return ForecastTable(model, tuple(patients), options, point, low, high, warnings, known)


def _blocks(model: Model, patients: Sequence[Patient]) -> list[list[Patient]]:
    """Split patients so that what is unknown of a block does not fill the memory."""
    return blocks(model, patients, CELLS_AT_ONCE)


def _with_intervals(
    model: Model, alike: list[Patient], options: Options, nodes: Nodes, draws: Array | None
) -> tuple[Risks, Risks | None, Risks | None]:
    reach = rate.LAST_YEAR - alike[0].now
    horizons = tuple(h for h in options.horizons if h <= reach + 1e-9)
    if not horizons:
        raise InputError(
            f"no horizon ends within {rate.LAST_YEAR:g} years of diagnosis, where the evidence ends",
            field="horizons",
            value=", ".join(f"{h:g}" for h in options.horizons),
            expected=f"at most {reach:g} years",
            code="past_evidence",
        )
    cells, rows = prepare(model, alike, options)
    missing = len(options.horizons) - len(horizons)
    history = state.History.of(alike[0], model.layout, model.window_years) if alike[0].involved else None

    def kernel(cells: Cells, rows: rate.RateDesign, step: float) -> Kernel:
        return Kernel(model.layout, cells, rows, alike[0].now, horizons, model.window_years, step)

    if history is not None:
        point = state.expected(nodes.spread, cells, rows, history, horizons, model.window_years)
    else:
        point = kernel(cells, rows, POINT_STEP).expected(nodes)
    point = _inside(point)
    if draws is None:
        return _pad(point, missing), None, None
    few = representative(cells, CELLS_OF_INTERVAL)
    if few is not cells:
        cells, rows = few, rate.design(few, model.index, model.centre, model.layout.bands)
    # Only the spread is taken from the coarser grid and the fewer cells; the risk stays exact.
    if history is not None:
        drawn = state.risks(model.layout, draws, cells, rows, history, horizons, model.window_years)
    else:
        drawn = kernel(cells, rows, DRAW_STEP).risks(draws)
    low, high = limits(point, _inside(drawn))
    return _pad(point, missing), _pad(low, missing), _pad(high, missing)


def _inside(risks: Risks) -> Risks:
    """Hold in its order and inside 0 to 1 what rounding and interpolation carried beyond, by some 1e-9."""
    held = {name: np.clip(getattr(risks, name), 0.0, 1.0) for name in Risks.__dataclass_fields__}
    held["first"] = np.minimum(held["first"], held["any"][:, :, None])
    held["only"] = np.minimum(held["only"], held["first"])
    ever = np.clip(held["ever"], held["first"], held["any"][:, :, None])
    held["ever"] = np.maximum.accumulate(ever, axis=-1)
    return Risks(**held)


def _pad(risks: Risks, missing: int) -> Risks:
    """Fill the horizons that the evidence does not reach with NaN."""
    if not missing:
        return risks
    padded = {}
    for name in Risks.__dataclass_fields__:
        value = getattr(risks, name)
        if name not in ("given", "several"):
            gap = np.full((*value.shape[:-1], missing), np.nan)
            value = np.concatenate([value, gap], axis=-1)
        padded[name] = value
    return Risks(**padded)


def _check(model: Model, patients: Sequence[Patient], options: Options) -> None:
    if not patients:
        raise InputError("no patient to forecast", field="patients", expected="at least one")
    check_horizons(options.horizons)
    if options.baseline != AVERAGE and options.baseline not in model.baselines:
        known = ", ".join([AVERAGE, *model.baselines])
        raise InputError(
            "is not a baseline",
            field="baseline",
            value=options.baseline,
            expected=known,
            code="not_a_choice",
            safe=True,
        )


def warnings_for(model: Model, patient: Patient, options: Options) -> list[str]:
    """What the reader of a patient's forecast has to know, without values of the record."""
    found = check_eligibility(patient)
    year = options.year if options.year is not None else patient.year_of_diagnosis
    if year is not None and not model.years[0] <= year <= model.years[1]:
        found.append(
            f"year of diagnosis outside {model.years[0]}-{model.years[1]}, the years of the evidence: "
            f"{year_used(model, patient, options)} was used"
        )
    late = [h for h in options.horizons if patient.now + h > rate.LAST_YEAR + 1e-9]
    if late:
        found.append(
            f"no forecast at {', '.join(f'{h:g}' for h in late)} years: that is more than "
            f"{rate.LAST_YEAR:g} years after diagnosis, where the evidence ends"
        )
    return found
