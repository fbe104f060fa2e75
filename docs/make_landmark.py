"""Write docs/landmark.md: forecasts after years without distant disease, against what METABRIC saw.

Run from the repository root: ``python docs/make_landmark.py`` (needs the shared data, see CONTRIBUTING.md).
METABRIC is not used in learning, and no setting is chosen here.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from textwrap import wrap

import numpy as np
from numpy.typing import NDArray

import organotropism as ot

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

import metabric  # noqa: E402  (tests are not a package)

PAGE = ROOT / "docs" / "landmark.md"
SITES = ("bone", "lung", "liver", "brain", "other", "any")
#: Years without distant disease (0: at diagnosis, to compare with), and years from then.
LANDMARKS, HORIZONS = (0.0, 2.0, 5.0), (5.0, 10.0)
RESAMPLES, SEED = 300, 20_250_301
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Row:
    """One site at one horizon: mean forecast, and cumulative incidence with its 95 % interval."""

    landmark: float
    horizon: float
    site: str
    patients: int
    events: int
    predicted: float
    observed: float
    low: float
    high: float


def at_landmark(cohort: metabric.Cohort, landmark: float) -> metabric.Cohort:
    """Patients still followed and free of distant disease, on the clock from then."""
    kept = (cohort.years > landmark) & (cohort.event[:, 5] > landmark)
    patients = [
        patient.model_copy(update={"free_for": landmark})
        for patient, keep in zip(cohort.patients, kept, strict=True)
        if keep
    ]
    return replace(
        cohort,
        patients=patients,
        event=cohort.event[kept] - landmark,
        years=cohort.years[kept] - landmark,
        dead=cohort.dead[kept],
        training_centre=cohort.training_centre[kept],
    )


def observed(cohort: metabric.Cohort, column: int, horizon: float) -> tuple[float, float, float]:
    """Aalen-Johansen estimate, death competing, and percentiles of resamples of patients."""
    event, years, dead = cohort.event[:, column], cohort.years, cohort.dead
    random = np.random.default_rng(SEED)
    draws = []
    for _ in range(RESAMPLES):
        picked = random.integers(0, len(years), len(years))
        draws.append(metabric.aalen_johansen(event[picked], years[picked], dead[picked], horizon))
    low, high = np.quantile(draws, (0.025, 0.975))
    return metabric.aalen_johansen(event, years, dead, horizon), float(low), float(high)


def rows(model: ot.Model, cohort: metabric.Cohort) -> list[Row]:
    """Forecast and observation of every site, horizon and landmark."""
    found = []
    for landmark in LANDMARKS:
        free = at_landmark(cohort, landmark)
        table = model.forecast(free.patients, HORIZONS, intervals=False)
        risk = np.concatenate([table.risks.ever[0], table.risks.any[0][:, None]], axis=1)
        for h, horizon in enumerate(HORIZONS):
            for k, site in enumerate(SITES):
                events = int((free.event[:, k] <= horizon).sum())
                seen = observed(free, k, horizon)
                predicted = float(risk[:, k, h].mean())
                found.append(Row(landmark, horizon, site, len(free.patients), events, predicted, *seen))
    return found


def heading(landmark: float) -> str:
    """A landmark as the heading of a column."""
    return f"free for {landmark:g} years" if landmark else "at diagnosis"


def page(model: ot.Model, found: list[Row]) -> str:
    """The page."""
    ratio = {(row.landmark, row.horizon, row.site): row.predicted / row.observed for row in found}
    early = [f"{ratio[landmark, HORIZONS[0], 'any']:.2f}" for landmark in LANDMARKS]
    model_said = f"`{model.name}`, version {model.version}"
    what = (
        "Forecasts for women who have been free of distant disease for two or five years, against what "
        "happened in METABRIC from then on. Predicted is the mean of the forecasts (`ever`; `any` for any "
        "distant disease), observed the cumulative incidence with death competing (Aalen-Johansen), in "
        f"brackets its 95 % interval from {RESAMPLES} resamples of patients. Patients and covariates as in "
        "[Validation](validation.md), those still followed and without distant relapse at the landmark. "
        f"Model {model_said}, which has not seen METABRIC. Made by `python docs/make_landmark.py`."
    )
    reading = (
        "The level of the literature model is uncertain (see [Validation](validation.md)). A ratio away from "
        "1 that is the same from diagnosis and from both landmarks is that level; a ratio that moves with "
        f"the landmark is an error of the time course. For any distant disease within {HORIZONS[0]:g} years "
        f"it is {early[0]} at diagnosis, {early[1]} after two years and {early[2]} after five."
    )
    lines = [
        "# Landmark check",
        "",
        *wrap(what, 105),
        "",
        "## Predicted / observed",
        "",
        *wrap(reading, 105),
        "",
    ]
    lines += [
        f"| years from then | site | {' | '.join(map(heading, LANDMARKS))} |",
        f"|---|---|{'---|' * len(LANDMARKS)}",
    ]
    for horizon in HORIZONS:
        for site in SITES:
            cells = " | ".join(f"{ratio[landmark, horizon, site]:.2f}" for landmark in LANDMARKS)
            lines.append(f"| {horizon:g} | {site} | {cells} |")
    for landmark in LANDMARKS[1:]:
        mine = [row for row in found if row.landmark == landmark]
        lines += [
            "",
            f"## Free of distant disease for {landmark:g} years",
            "",
            f"{mine[0].patients:,} women.",
        ]
        lines += ["", "| years from then | site | relapses | predicted | observed |", "|---|---|---|---|---|"]
        for row in mine:
            seen = f"{row.observed:.3f} ({row.low:.3f}-{row.high:.3f})"
            lines.append(f"| {row.horizon:g} | {row.site} | {row.events} | {row.predicted:.3f} | {seen} |")
    return "\n".join([*lines, ""])


def main() -> None:
    """Write the page."""
    shared = Path(os.environ.get("ORGANOTROPISM_SHARED") or ROOT.parent / "shared")
    model = ot.load_model("literature")
    cohort = metabric.load(shared / "data" / "metabric")
    PAGE.write_text(page(model, rows(model, cohort)), encoding="utf-8")


if __name__ == "__main__":
    main()
