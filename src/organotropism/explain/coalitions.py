"""Risks of a patient of whom only some factors are known: the game that Shapley values divide.

A coalition is a set of known factors; its value is the forecast of the same patient with the other fields
unknown, so averaged over the women of the reference population who agree with what is known; without a
measured marker she is a patient of whom it is not known. No factor at all gives the average of that
population, all factors the forecast as it is shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from organotropism.errors import InputError
from organotropism.patient import Patient
from organotropism.process import rate, state
from organotropism.process.cells import Cells
from organotropism.process.forecast import POINT_STEP
from organotropism.process.kernel import Kernel
from organotropism.process.model import Model
from organotropism.process.offsets import Offset, shifted, together
from organotropism.process.prepare import blocks, prepare
from organotropism.process.reasons import FACTORS
from organotropism.process.results import Forecast, Options

Array = NDArray[np.float64]

#: Patient fields of each player, without overlap: PR is a player of its own beside the subtype.
PLAYERS: Final = {**FACTORS, "subtype": ("subtype", "er", "her2")}
#: Cells of coalitions that are expanded at once, some 100 bytes each.
CELLS_AT_ONCE: Final = 500_000
#: Time and memory double with each player; the factors of the model are eleven.
MOST_PLAYERS: Final = 15


@dataclass(frozen=True)
class Quantity:
    """One number of a forecast: any, first, only or ever at `years`, given or several without."""

    name: str
    site: str | None
    years: float | None


@dataclass(frozen=True)
class Game:
    """Risks under every coalition of what is known of a patient.

    Attributes
    ----------
    players : factors of which something is known, then measured markers
    quantities : what the columns are
    values : (2**players, quantities) bit i of the row's number says whether player i is known
    """

    players: tuple[str, ...]
    quantities: tuple[Quantity, ...]
    values: Array


def game(forecast: Forecast) -> Game:
    """Forecast the patient under every coalition of her known factors and measured markers.

    Raises
    ------
    InputError
        A marker has the name of a factor, or there are more than `MOST_PLAYERS`.
    """
    horizons = tuple(h for h in forecast.table.options.horizons if not np.isnan(forecast.any(h).risk))
    stated = forecast.patient
    if forecast.table.options.year is not None:
        stated = stated.model_copy(update={"year_of_diagnosis": forecast.year})
    factors, markers = known_factors(stated), measured_markers(forecast)
    players = (*factors, *(marker.name for marker in markers))
    if len(players) > MOST_PLAYERS:
        most = MOST_PLAYERS - len(factors)
        raise InputError("too many to be told apart", field="markers", expected=f"at most {most}")
    quantities = tuple(_quantities(forecast, horizons))
    partly = [_only(stated, factors, coalition) for coalition in range(1 << len(factors))]
    options = replace(forecast.table.options, horizons=horizons, year=None, intervals=False)
    models = [shifted(forecast.table.model, together(some)) for some in _subsets(markers)]
    values = _values(models, partly, options)
    return Game(players, quantities, values)


def measured_markers(forecast: Forecast) -> tuple[Offset, ...]:
    """Markers that moved a forecast.

    Raises
    ------
    InputError
        One has the name of a factor.
    """
    markers = () if forecast.offset is None else forecast.offset.each
    for marker in markers:
        if marker.name in PLAYERS:
            raise InputError("is the name of a factor", field="markers", value=marker.name)
    return markers


def _subsets(markers: Sequence[Offset]) -> Iterator[list[Offset]]:
    """Every choice of the markers, in binary order."""
    for chosen in range(1 << len(markers)):
        yield [marker for place, marker in enumerate(markers) if chosen >> place & 1]


def _values(models: Sequence[Model], partly: list[Patient], options: Options) -> Array:
    """Risks (models x patients, quantities) of one patient under several states of what is known of her.

    The models differ in their coefficients alone.
    """
    parts: list[list[Array]] = [[] for _ in models]
    for block in blocks(models[0], partly, CELLS_AT_ONCE):
        cells, _ = prepare(models[0], block, options)
        first, of_cell = _distinct(cells)
        few = cells.take(first)
        rows = rate.design(few, models[0].index, models[0].centre, models[0].layout.bands)
        for model, part in zip(models, parts, strict=True):
            part.append(_mixed(cells, of_cell, *_by_cell(model, block[0], few, rows, options.horizons)))
    return np.concatenate([values for part in parts for values in part])


def known_factors(patient: Patient) -> tuple[str, ...]:
    """Factors of which something is known, in their usual order."""
    return tuple(
        factor
        for factor, names in PLAYERS.items()
        if any(getattr(patient, name) is not None for name in names)
    )


def _only(patient: Patient, players: Sequence[str], coalition: int) -> Patient:
    """The patient with the fields of the other players unknown; her clock and known sites stay."""
    hidden = [
        name for place, player in enumerate(players) if not coalition >> place & 1 for name in PLAYERS[player]
    ]
    # A patient without receptors is no valid record, yet has a forecast: the population's.
    return patient.model_copy(update=dict.fromkeys(hidden))


def _quantities(forecast: Forecast, horizons: tuple[float, ...]) -> Iterator[Quantity]:
    """What is uncertain of the patient, in the order of the columns of `_by_cell`."""
    sites = forecast.table.model.layout.sites
    if forecast.patient.involved:
        known = {str(site) for site in forecast.patient.involved_sites}
        yield from (Quantity("ever", site, h) for site in sites if site not in known for h in horizons)
        return
    yield from (Quantity("any", None, h) for h in horizons)
    for name in ("first", "only", "ever"):
        yield from (Quantity(name, site, h) for site in sites for h in horizons)
    yield from (Quantity("given", site, None) for site in sites)
    yield Quantity("several", None, None)


def _distinct(cells: Cells) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First cell of each combination of covariates, and the combination of each cell.

    Coalitions share most of their cells, so that each is worked out once.
    """
    code = np.zeros(len(cells), np.int64)
    for name in Cells.__dataclass_fields__:
        if name not in ("patient", "weight"):
            levels, of_cell = np.unique(getattr(cells, name), return_inverse=True)
            code = code * len(levels) + of_cell.ravel()
    _, first, of_cell = np.unique(code, return_index=True, return_inverse=True)
    return first, of_cell.ravel()


def _by_cell(
    model: Model, patient: Patient, cells: Cells, rows: rate.RateDesign, horizons: tuple[float, ...]
) -> tuple[Array, Array]:
    """Weight (n, quantities) that conditioning gives each cell for each quantity, and its risks."""
    theta, layout, window = model.theta[None], model.layout, model.window_years
    if patient.involved:
        history = state.History.of(patient, layout, window)
        log_weight, ever = state.by_cell(layout, theta, cells, rows, history, horizons, window)
        known = {str(site) for site in patient.involved_sites}
        open_sites = [k for k, site in enumerate(layout.sites) if site not in known]
        risks = ever[0][:, open_sites].reshape(len(cells), -1)
        weight = np.exp(log_weight[0] - log_weight.max())
        return np.broadcast_to(weight[:, None], risks.shape), risks
    kernel = Kernel(layout, cells.apart(), rows, patient.now, horizons, window, POINT_STEP)
    found = kernel.risks(theta)
    log_rate = rate.log_hazard(layout, theta, rows)
    free = rate.free_until(layout.bands, log_rate, rows.other, patient.now)[0]
    presents = free * kernel.presented(log_rate)[0]
    timed = [getattr(found, name)[0].reshape(len(cells), -1) for name in ("any", "first", "only", "ever")]
    ones = [found.given[0], found.several[0][:, None]]
    weights = [np.broadcast_to(free[:, None], part.shape) for part in timed]
    weights += [np.broadcast_to(presents[:, None], part.shape) for part in ones]
    return np.hstack(weights), np.hstack([*timed, *ones])


def _mixed(cells: Cells, of_cell: NDArray[np.int64], weight: Array, risks: Array) -> Array:
    """Weighted mean (patients, quantities) of the risks over the cells of each patient."""
    from scipy.sparse import csr_array

    ends = np.searchsorted(cells.patient, np.arange(cells.patient[-1] + 2))
    shares: Any = csr_array((cells.weight, of_cell, ends), shape=(len(ends) - 1, len(risks)))
    mean: Array = (shares @ (weight * risks)) / (shares @ weight)
    return mean
