"""Predicted risks of the patients of a cohort: from a model, or from a table made elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from organotropism.cohort.schema import Cohort
from organotropism.errors import InputError
from organotropism.process.kernel import Kernel
from organotropism.process.model import Model
from organotropism.process.nodes import Nodes
from organotropism.process.prepare import prepare
from organotropism.process.rate import LAST_YEAR
from organotropism.process.results import Options
from organotropism.process.sets import SiteSets
from organotropism.validate.outcome import ANY
from organotropism.validate.where import narrowed, recorded_sites

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]

#: Patients whose patterns are computed at once, to bound memory.
AT_ONCE: Final = 500
COLUMNS: Final = ("id", "site", "years", "risk")


@dataclass(frozen=True, eq=False)
class Predictions:
    """Risks of the patients of one cohort by one model; NaN where there is none.

    Attributes
    ----------
    name : of the model
    horizons : years from diagnosis, or from the landmark
    risk : outcome to (patients, horizons)
    pattern : (patients, 2**K) P(exact set of the sites scored | presentation), None where there is none
    ranks : False where everyone has the same risk: the AUC is one half whatever differs between folds
    """

    name: str
    horizons: tuple[float, ...]
    risk: Mapping[str, Array]
    pattern: Array | None = None
    ranks: bool = True

    def at(self, outcome: str, horizon: float) -> Array:
        """(patients,) risks of an outcome, NaN where the model has none."""
        if outcome not in self.risk or horizon not in self.horizons:
            return np.full(len(next(iter(self.risk.values()))), np.nan)
        return self.risk[outcome][:, self.horizons.index(horizon)]


def outcomes_of(model: Model, cohort: Cohort) -> tuple[str, ...]:
    """Any distant disease, and the sites of the model that the cohort records."""
    recorded = recorded_sites(cohort)
    return (ANY, *(site for site in model.layout.sites if site in recorded))


def predict(model: Model, cohort: Cohort, horizons: Sequence[float], landmark: float = 0.0) -> Predictions:
    """Forecast the patients without distant disease at the landmark, given that they had none by then.

    Parameters
    ----------
    model : Model
    cohort : Cohort
    horizons : years from the landmark
    landmark : years since diagnosis

    Raises
    ------
    InputError
        Where no horizon lies within the years that the model speaks of.
    """
    with np.errstate(invalid="ignore"):
        rows = np.flatnonzero(cohort.distant > landmark)
    alike, which = _alike(cohort, rows)
    patients = cohort.take(alike).patients()
    if landmark > 0:
        patients = tuple(patient.model_copy(update={"free_for": landmark}) for patient in patients)
    reach = tuple(h for h in horizons if landmark + h <= LAST_YEAR)
    if not reach:
        raise InputError(
            "end where the model ends",
            field="horizons",
            value=", ".join(f"{h:g}" for h in horizons),
            expected=f"at most {LAST_YEAR - landmark:g} years",
        )
    found = model.forecast(patients, reach, intervals=False).risks
    risk = {ANY: found.any[0]}
    risk |= {site: found.ever[0][:, k] for k, site in enumerate(model.layout.sites)}
    whole = {name: np.full((len(cohort), len(horizons)), np.nan) for name in risk}
    for name, values in risk.items():
        whole[name][rows, : len(reach)] = values[which]
    return Predictions(model.name, tuple(horizons), whole)


def with_patterns(
    predictions: Predictions, model: Model, cohort: Cohort, presented: Bools, scored: SiteSets
) -> Predictions:
    """Add the probabilities of each set of the sites that are scored, for those in `presented` (N,)."""
    sets = np.full((len(cohort), scored.count), np.nan)
    rows = np.flatnonzero(presented)
    alike, which = _alike(cohort, rows)
    found = np.full((len(alike), scored.count), np.nan)
    nodes = Nodes.of(model.distribution())
    for part in np.array_split(np.arange(len(alike)), max(1, -(-len(alike) // AT_ONCE))):
        if len(part):
            cells, design = prepare(model, cohort.take(alike[part]).patients(), Options())
            kernel = Kernel(model.layout, cells, design, 0.0, (1.0,), model.window_years)
            found[part] = narrowed(kernel.patterns(nodes), model.layout.sets, scored)
    sets[rows] = found[which]
    return replace(predictions, pattern=sets)


def _alike(cohort: Cohort, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """One of the rows (m,) for each different set of covariates, and which of them each row (n,) is like.

    Where little is known of the patients many are alike, and what is unknown is averaged over once.
    """
    import polars as pl

    frame = cohort.covariates.drop("id")[rows]
    if not frame.width or not len(rows):
        return rows[:1], np.zeros(len(rows), np.int64)
    numbered = frame.with_columns(row=np.arange(len(rows)))
    first = numbered.group_by(frame.columns, maintain_order=True).agg(pl.col("row").first())
    place = first.with_columns(place=np.arange(len(first)))
    which = frame.join(place, on=frame.columns, how="left", nulls_equal=True, maintain_order="left")["place"]
    return rows[first["row"].to_numpy()], which.to_numpy()


def read_predictions(file: Path, cohort: Cohort, horizons: Sequence[float]) -> list[Predictions]:
    """Read risks predicted elsewhere, as one set of predictions per model named in the table.

    Parameters
    ----------
    file : CSV with the columns id, site (or ``any``), years, risk and, where there are several models, model

    Raises
    ------
    InputError
        For a missing column, a value that is no probability, an unknown site or no known id.
    """
    import polars as pl

    try:
        table = pl.read_csv(file, infer_schema_length=None, schema_overrides={"id": pl.String})
    except (pl.exceptions.PolarsError, OSError, UnicodeDecodeError) as error:
        raise InputError("cannot be read as CSV", file=str(file)) from error
    missing = [name for name in COLUMNS if name not in table.columns]
    if missing:
        raise InputError("has no such column", file=str(file), value=missing[0], expected=", ".join(COLUMNS))
    if "model" not in table.columns:
        table = table.with_columns(model=pl.lit(file.stem))
    number = {str(name): row for row, name in enumerate(cohort.covariates["id"].to_list())}
    outcomes = (ANY, *cohort.sites)
    found: dict[str, dict[str, Array]] = {}
    known = 0
    for row, (name, identity, site, years, risk) in enumerate(
        table.select("model", *COLUMNS).iter_rows(), start=2
    ):
        _check(file, row, site, outcomes, risk)
        place = number.get(str(identity))
        known += place is not None
        if place is None or years not in horizons:
            continue
        of_model = found.setdefault(
            str(name), {o: np.full((len(cohort), len(horizons)), np.nan) for o in outcomes}
        )
        of_model[site][place, list(horizons).index(years)] = risk
    if not known:
        raise InputError("names no patient of the cohort", file=str(file), field="id")
    return [Predictions(name, tuple(horizons), risk) for name, risk in found.items()]


def _check(file: Path, row: int, site: object, outcomes: Sequence[str], risk: object) -> None:
    if site not in outcomes:
        raise InputError(
            "is not an outcome of the cohort",
            file=str(file),
            row=row,
            field="site",
            value=site,
            expected=", ".join(outcomes),
        )
    if not isinstance(risk, int | float) or not 0 <= risk <= 1:
        raise InputError(
            "is not a probability", file=str(file), row=row, field="risk", value=risk, expected="0 to 1"
        )
