"""A cohort: patients with follow-up, column-wise; not recorded is kept apart from did not happen."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from organotropism.patient import Patient

if TYPE_CHECKING:
    import polars as pl

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]

WINDOW_YEARS: Final = 30.0 / 365.25
"""Sites found within this time of the first are one presentation."""

UNKNOWN_TIME: Final = 3.5
"""Years: where members of a metastatic series stand who presented at a time that nobody recorded. Nothing is
learnt of it; it bears only on what is unknown of their covariates, and is what shared tables assume too."""

AFTER_DIAGNOSIS: Final = 1e-3
"""Years: a relapse dated on the day of a non-metastatic diagnosis is moved here, so that 0 means stage IV."""

COVARIATES: Final = tuple(
    name
    for name in Patient.model_fields
    if name not in {"id", "m", "other_treatments", "free_for", "involved", "as_of"}
)
"""Fields of `Patient` that a cohort may carry. What happened, M included, is in the times instead."""


@dataclass(frozen=True, eq=False)
class Cohort:
    """Patients with follow-up; times are years since diagnosis.

    Attributes
    ----------
    name : label for reports
    covariates : frame with one row a patient: ``id`` and fields of `Patient` at diagnosis; null is unknown
    sites : names of the sites, the columns of `site_time`
    entry : (n,) observed from then on: 0 from diagnosis, later with left truncation
    follow_up : (n,) last contact, or death
    died : (n,) whether follow-up ended with death of any cause
    distant : (n,) first distant disease: 0 at diagnosis (stage IV), inf not by `follow_up`, NaN not recorded
    site_time : (n, sites) when each site was found: 0 at diagnosis, inf not by `follow_up`, NaN not recorded
    followed : (n,) False for the members of an incident series of metastatic patients, who came under
        observation by presenting: they teach where, and the course after, but nothing of whether
    window_years : sites found within this time of the first are one presentation
    extra : frame with one row a patient: other columns to select or group by, such as a centre; the models
        never see them
    unknown_time : (n,) members of an incident metastatic series who presented at a time that is not recorded:
        their times all stand at `UNKNOWN_TIME` and say nothing; they teach where alone. None: nobody
    cohort_id : random, drawn at import, inherited by subsets; None where the cohort was not imported
    """

    name: str
    covariates: pl.DataFrame
    sites: tuple[str, ...]
    entry: Array
    follow_up: Array
    died: Bools
    distant: Array
    site_time: Array
    followed: Bools
    window_years: float = WINDOW_YEARS
    extra: pl.DataFrame | None = None
    unknown_time: Bools | None = None
    cohort_id: str | None = None

    def __len__(self) -> int:
        return len(self.follow_up)

    @property
    def presented(self) -> Bools:
        """(n,) whether distant disease was found, at diagnosis or later."""
        presented: Bools = np.isfinite(self.distant)
        return presented

    @property
    def stage_iv(self) -> Bools:
        """(n,) whether distant disease was found at diagnosis."""
        stage_iv: Bools = np.equal(self.distant, 0.0)
        return stage_iv

    @property
    def entered_with_disease(self) -> Bools:
        """(n,) whether distant disease was found before the patient came under observation.

        Whoever died of it before she could enter is not in the cohort: the sites of those who did enter are
        not those of all who present.
        """
        with np.errstate(invalid="ignore"):
            before: Bools = self.presented & (self.distant < self.entry)
        return before

    @property
    def found_at_presentation(self) -> Bools:
        """(n, sites) whether the site belongs to the presentation; False also where not recorded."""
        with np.errstate(invalid="ignore"):
            since = self.site_time - self.distant[:, None]
            found: Bools = self.presented[:, None] & (since <= self.window_years)
        return found

    @property
    def sites_recorded(self) -> Bools:
        """(n,) whether every site is known to be found or not found."""
        recorded: Bools = np.asarray(~np.isnan(self.site_time).any(1), bool)
        return recorded

    def take(self, rows: NDArray[Any]) -> Cohort:
        """Return some of the patients, by number (may repeat) or by a mask."""
        picked: NDArray[Any] = np.flatnonzero(rows) if rows.dtype == bool else rows
        kept: dict[str, Any] = {
            field.name: getattr(self, field.name)[picked]
            for field in fields(self)
            if field.name not in {"name", "sites", "window_years", "cohort_id"}
            and getattr(self, field.name) is not None
        }
        return replace(self, **kept)

    def patients(self) -> tuple[Patient, ...]:
        """Return the patients as at diagnosis, for a forecast.

        A member of whom no receptor is known stays one: what is unknown is averaged over, never dropped.
        """
        return tuple(Patient.parse(row) for row in self.covariates.iter_rows(named=True))
