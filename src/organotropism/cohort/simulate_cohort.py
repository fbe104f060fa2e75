"""Cohorts whose truth is known: drawn from a model, observed as real ones are, imperfectly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from organotropism.cohort.schema import COVARIATES, Cohort
from organotropism.cohort.simulate import courses
from organotropism.cohort.simulate_covariates import RECORDED, draw_covariates, record
from organotropism.errors import InputError, did_you_mean
from organotropism.process import rate
from organotropism.process.cells import Cells
from organotropism.process.layout import Layout
from organotropism.process.model import Model

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
#: Courses at a time, to bound memory.
_AT_ONCE: Final = 50_000
#: Late entry keeps drawing until enough patients were still under observation at their entry.
_MOST_ROUNDS: Final = 200


@dataclass(frozen=True)
class Flaws:
    """What is imperfect in a cohort; left out, nothing is but that follow-up ends.

    Attributes
    ----------
    follow_up : years; each patient's observation ends evenly between the two, if she lives so long
    lost : hazard per year of being lost to follow-up before that
    late_entry : years; patients enter evenly between 0 and this time after diagnosis, and only those who are
        then alive and free of distant disease are in the cohort (left truncation)
    missing : share of each covariate that is not recorded, at random; one share for all but age, or by name
    sites_missing : share of patients with distant disease whose sites are not recorded
    miscoded : share of the recorded receptors, grades, histologies and ways of detection that are wrong
    """

    follow_up: tuple[float, float] = (5.0, 20.0)
    lost: float = 0.0
    late_entry: float = 0.0
    missing: float | Mapping[str, float] = 0.0
    sites_missing: float = 0.0
    miscoded: float = 0.0

    def __post_init__(self) -> None:
        shortest, longest = self.follow_up
        if not 0 < shortest <= longest <= rate.LAST_YEAR:
            expected = f"0 < shortest <= longest <= {rate.LAST_YEAR:g} years"
            raise InputError("cannot be simulated", field="follow_up", expected=expected)
        if not 0 <= self.late_entry < longest:
            expected = "0 or more, and less than the longest follow-up"
            raise InputError("is out of range", field="late_entry", value=self.late_entry, expected=expected)
        if not 0 <= self.lost < np.inf:
            raise InputError("is out of range", field="lost", value=self.lost, expected="0 or more a year")
        for name, share in (("sites_missing", self.sites_missing), ("miscoded", self.miscoded)):
            _check_share(name, share)
        for name in self.shares_missing:
            if name not in RECORDED:
                hint = did_you_mean(name, RECORDED)
                raise InputError(f"is not a simulated covariate{hint}", field="missing", value=name)
        for share in self.shares_missing.values():
            _check_share("missing", share)

    @property
    def shares_missing(self) -> dict[str, float]:
        """Share that is not recorded, by covariate."""
        if isinstance(self.missing, Mapping):
            return dict(self.missing)
        return dict.fromkeys((name for name in RECORDED if name != "age"), float(self.missing))


def _check_share(name: str, share: float) -> None:
    if not 0 <= share <= 1:
        raise InputError("is not a share", field=name, value=share, expected="0 to 1")


_NONE: Final = Flaws()


def simulate_cohort(
    model: Model,
    n: int,
    seed: int,
    *,
    flaws: Flaws = _NONE,
    years: tuple[int, int] = (2005, 2015),
    stage_iv: bool = False,
    name: str = "simulated",
) -> Cohort:
    """Draw a cohort from a model: covariates from its reference population, courses from its coefficients.

    The coefficients are those of `model.theta`; no treatment is given. Ages, sizes and nodes are drawn
    evenly around the value that stands for their class. 30,000 patients take about a second.

    Parameters
    ----------
    model : the truth
    n : number of patients
    seed : same seed, same cohort
    flaws : censoring, left truncation, missing and wrong values
    years : first and last year of diagnosis, drawn evenly
    stage_iv : whether some have distant disease at diagnosis, by the model's prevalence; else nobody has
    name : label of the cohort

    Raises
    ------
    InputError
        Fewer than one patient, or late entry at which hardly anybody is left.
    """
    if not 1900 <= years[0] <= years[1] <= 2100:
        expected = "first and last year of diagnosis, in order"
        raise InputError("cannot be simulated", field="years", expected=expected)
    if n < 1:
        raise InputError("is not a number of patients", field="n", value=n, expected="1 or more")
    if stage_iv and flaws.late_entry:
        raise InputError("cannot be combined with stage_iv", field="late_entry", expected="one of the two")
    rng = np.random.default_rng(seed)
    parts: list[Cohort] = []
    found = 0
    for _ in range(_MOST_ROUNDS + n // _AT_ONCE):
        part = _draw(model, min(_AT_ONCE, max(n - found, 1000)), rng, flaws, years, stage_iv)
        parts.append(part)
        found += len(part)
        if found >= n:
            break
    else:
        raise InputError("leaves too few patients", field="late_entry", value=flaws.late_entry)
    return _joined(parts, n, name)


def _draw(
    model: Model, n: int, rng: np.random.Generator, flaws: Flaws, years: tuple[int, int], stage_iv: bool
) -> Cohort:
    """A cohort of those among `n` patients who come under observation; ids are left to the end."""
    import polars as pl

    cells, numbers = draw_covariates(model, n, years, rng)
    de_novo = rng.random(n) < _prevalence(model, cells) if stage_iv else np.zeros(n, bool)
    distant, site_time, death, _ = courses(model, cells, rng, de_novo)
    end = rng.uniform(*flaws.follow_up, n)
    if flaws.lost:
        end = np.minimum(end, rng.exponential(1 / flaws.lost, n))
    entry = rng.uniform(0.0, flaws.late_entry, n) if flaws.late_entry else np.zeros(n)
    follow_up, died = np.minimum(end, death), death <= end
    site_time = np.where(site_time <= follow_up[:, None], site_time, np.inf)
    distant = np.where(distant <= follow_up, distant, np.inf)
    unseen = np.isfinite(distant) & (rng.random(n) < flaws.sites_missing)
    site_time[unseen] = np.nan
    covariates = record(numbers, flaws.shares_missing, flaws.miscoded, rng)
    cohort = Cohort(
        name="simulated",
        covariates=covariates.select(pl.lit("").alias("id"), *(f for f in COVARIATES if f in numbers)),
        sites=model.layout.sites,
        entry=entry,
        follow_up=follow_up,
        died=died,
        distant=distant,
        site_time=site_time,
        followed=np.ones(n, bool),
        window_years=model.window_years,
    )
    if not flaws.late_entry:
        return cohort
    return cohort.take((follow_up > entry) & (distant > entry))


def _prevalence(model: Model, cells: Cells) -> Array:
    """P(stage IV at diagnosis), (n,), by subtype."""
    layout: Layout = model.layout
    logit = np.r_[0.0, layout.block(model.theta, "prevalence.subtype")]
    logit = logit + layout.block(model.theta, "prevalence.level")
    share: Array = 1 / (1 + np.exp(-logit))
    return share[cells.subtype]


def _joined(parts: list[Cohort], n: int, name: str) -> Cohort:
    """The first `n` patients of the parts, numbered from 1."""
    import polars as pl

    columns: dict[str, Any] = {
        field: np.concatenate([getattr(part, field) for part in parts])[:n]
        for field in ("entry", "follow_up", "died", "distant", "site_time", "followed")
    }
    numbers = pl.Series("id", np.arange(1, n + 1)).cast(pl.String)
    covariates = pl.concat([part.covariates for part in parts]).head(n).with_columns(numbers)
    first = parts[0]
    return Cohort(name, covariates, first.sites, window_years=first.window_years, **columns)
