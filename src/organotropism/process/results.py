"""Results of a forecast: typed numbers of one patient or of a table of patients."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from organotropism.patient import Patient
from organotropism.process import reasons
from organotropism.process.kernel import Risks
from organotropism.process.model import AVERAGE, Model

if TYPE_CHECKING:
    import polars as pl

    from organotropism.process.offsets import Offset

Array = NDArray[np.float64]
DEFAULT_HORIZONS = (5.0, 10.0)


@dataclass(frozen=True)
class Options:
    """Settings of a forecast.

    Attributes
    ----------
    horizons : years from now, ascending
    intervals : whether to compute 95 % intervals
    year : year of diagnosis to use for everyone, None: the patient's own, else the latest covered
    baseline : "average" or the id of a study whose level of the rate is used
    """

    horizons: tuple[float, ...] = DEFAULT_HORIZONS
    intervals: bool = True
    year: int | None = None
    baseline: str = AVERAGE


@dataclass(frozen=True)
class Estimate:
    """A probability with its 95 % interval, None where not asked for."""

    risk: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class ForecastTable:
    """Forecasts of many patients; arrays as in `kernel.Risks`, without the axis of draws.

    A risk is NaN where the horizon lies beyond the years that the evidence covers. `offsets` holds what is
    known of each patient beyond her covariates, None for those without; empty where nothing is of anyone.
    """

    model: Model
    patients: tuple[Patient, ...]
    options: Options
    risks: Risks
    low: Risks | None
    high: Risks | None
    warnings: tuple[tuple[str, ...], ...]
    offsets: tuple[Offset | None, ...] = ()

    def __len__(self) -> int:
        return len(self.patients)

    def rows(self) -> dict[str, list[Any]]:
        """Long form as columns: id, site, quantity, years, risk, low, high."""
        columns: dict[str, list[Any]] = {name: [] for name in ("id", "site", "quantity", "years")}
        keys = list(self._keys())
        ids = [
            patient.id if patient.id is not None else str(i + 1) for i, patient in enumerate(self.patients)
        ]
        for name, place in (("site", 0), ("quantity", 1), ("years", 2)):
            columns[name] = [key[place] for key in keys] * len(ids)
        columns["id"] = [identity for identity in ids for _ in keys]
        for name, risks in (("risk", self.risks), ("low", self.low), ("high", self.high)):
            columns[name] = [None] * len(columns["id"]) if risks is None else _flat(risks).ravel().tolist()
        return columns

    def _keys(self) -> list[tuple[str, str, float | None]]:
        horizons, sites = self.options.horizons, self.model.layout.sites
        keys: list[tuple[str, str, float | None]] = [("any", "any", h) for h in horizons]
        for quantity in ("first", "only", "ever"):
            keys += [(site, quantity, h) for site in sites for h in horizons]
        keys += [(site, "given_metastasis", None) for site in sites]
        return [*keys, ("any", "several", None)]

    def to_frame(self) -> pl.DataFrame:
        """Long table: id, site, quantity, years, risk, low, high."""
        import polars as pl

        types = {"id": pl.String, "site": pl.String, "quantity": pl.String}
        numbers = dict.fromkeys(("years", "risk", "low", "high"), pl.Float64)
        return pl.DataFrame(self.rows(), schema={**types, **numbers}, nan_to_null=True)

    def to_dict(self) -> list[dict[str, Any]]:
        """One document per patient, as `Forecast.to_dict`, without reasons."""
        return [Forecast(self, number).to_dict() for number in range(len(self))]

    def __getitem__(self, number: int) -> Forecast:
        """Forecast of one patient of the table, with its reasons."""
        return Forecast(self, range(len(self))[number])


@dataclass(frozen=True)
class Forecast:
    """Forecast of one patient.

    `any`, `first`, `only` and `ever` count from `now`; see the definitions in the method page.
    """

    table: ForecastTable
    number: int = 0

    @property
    def patient(self) -> Patient:
        """The patient."""
        return self.table.patients[self.number]

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the reader has to know before using the numbers."""
        return self.table.warnings[self.number]

    @property
    def offset(self) -> Offset | None:
        """What moves this forecast beyond the covariates, None where nothing does."""
        return self.table.offsets[self.number] if self.table.offsets else None

    @property
    def year(self) -> int:
        """Year of diagnosis that the rate speaks of."""
        return year_used(self.table.model, self.patient, self.table.options)

    @property
    def year_assumed(self) -> bool:
        """Whether no year of diagnosis was stated, so that the latest one covered was taken."""
        return self.table.options.year is None and self.patient.year_of_diagnosis is None

    @cached_property
    def any_in_first_year(self) -> tuple[int, float, float] | None:
        """First year of diagnosis covered, last horizon in reach, and the risk of any distant disease then.

        What a stated year could change; None once sites are involved.
        """
        from organotropism.process.forecast import forecast

        if self.patient.involved:
            return None
        year = self.table.model.years[0]
        last = [h for h in self.table.options.horizons if not np.isnan(self.any(h).risk)][-1]
        options = replace(self.table.options, horizons=(last,), intervals=False, year=year)
        found = forecast(self.table.model, [self.patient], options, [self.offset])
        return year, last, float(found.risks.any[0, 0, 0])

    def any(self, horizon: float) -> Estimate:
        """Risk of any distant disease within `horizon` years from now."""
        return self._estimate("any", self._place(horizon))

    def site(self, site: str, quantity: str, horizon: float | None = None) -> Estimate:
        """Risk of one site: quantity first, only or ever at a horizon, or given (no horizon)."""
        k = self.table.model.layout.sites.index(site)
        if quantity == "given":
            return self._estimate("given", k)
        if horizon is None:
            raise ValueError(f"{quantity} needs a horizon in years")
        return self._estimate(quantity, k, self._place(horizon))

    @property
    def several(self) -> Estimate:
        """P(more than one site | presentation)."""
        return self._estimate("several")

    @cached_property
    def contributions(self) -> dict[str, tuple[reasons.Contribution, ...]]:
        """Reasons per site, largest first."""
        from organotropism.process.why import contributions

        return contributions(self.table.model, self.patient, self.table.options, self.offset)

    @cached_property
    def unknown(self) -> list[reasons.Unknown]:
        """Unknown fields by how much each would narrow the forecast; empty once sites are involved."""
        from organotropism.process.offsets import shifted
        from organotropism.process.why import unknown

        return unknown(shifted(self.table.model, self.offset), self.patient, self.table.options)

    def to_frame(self) -> pl.DataFrame:
        """Long table of this patient."""
        picked = np.array([self.number])
        t = self.table
        low = None if t.low is None else t.low.take(picked)
        high = None if t.high is None else t.high.take(picked)
        one = ForecastTable(
            t.model,
            (self.patient,),
            t.options,
            t.risks.take(picked),
            low,
            high,
            (self.warnings,),
            (self.offset,),
        )
        return one.to_frame()

    def to_dict(self) -> dict[str, Any]:
        """Return the documented JSON contract as plain values."""
        from organotropism.process.document import forecast_document

        return forecast_document(self)

    def _place(self, horizon: float) -> int:
        return self.table.options.horizons.index(float(horizon))

    def _estimate(self, quantity: str, *place: int) -> Estimate:
        at = (0, self.number, *place)
        t = self.table
        values = [None if r is None else float(getattr(r, quantity)[at]) for r in (t.risks, t.low, t.high)]
        return Estimate(values[0] if values[0] is not None else float("nan"), values[1], values[2])


def _flat(risks: Risks) -> Array:
    """(patients, values) in the order of `ForecastTable._keys`."""
    count = risks.any.shape[1]
    names = ("any", "first", "only", "ever", "given", "several")
    return np.concatenate([getattr(risks, name)[0].reshape(count, -1) for name in names], axis=1)


def year_used(model: Model, patient: Patient, options: Options) -> int:
    """Year of diagnosis that the rate speaks of, held inside the years of the evidence."""
    year = options.year if options.year is not None else patient.year_of_diagnosis
    return model.years[1] if year is None else min(max(year, model.years[0]), model.years[1])
