"""Effects of the markers of a cohort beside what is published, and the file that hands them to forecasts."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from organotropism.cohort.schema import Cohort
from organotropism.errors import InputError
from organotropism.learn.marker_effects import MarkerEffect, marker_effect
from organotropism.process.document import RESEARCH_ONLY
from organotropism.process.model import Model
from organotropism.process.offsets import Offset
from organotropism.vocabulary import Compartment

Array = NDArray[np.float64]
FORMAT: Final = "organotropism-marker-effects/1"
#: Fewer positive or negative patients, or presentations among the measured, tell too little.
FEWEST: Final = 10
#: Prior of the cohort alone, nearly flat: ratios from 1/50 to 50.
ALONE_SD: Final = 2.0
LARGEST_FILE: Final = 5_000_000
_Z95: Final = 1.959963984540054


@dataclass(frozen=True)
class Known:
    """What is known of a marker before the cohort.

    Attributes
    ----------
    compartment : where it is measured
    literature : mean and covariance of its effect (rate, then the sites of the model), None where silent
    studies : ids of the studies behind it
    """

    compartment: Compartment
    literature: tuple[Array, Array] | None = None
    studies: tuple[str, ...] = ()


@dataclass(frozen=True)
class MarkerEstimate:
    """Effect of one marker, positive against negative.

    Attributes
    ----------
    marker : id
    sites : of the model, in the order of the effects after the first
    known : before the cohort
    alone : from the cohort alone
    both : from the cohort and what was known; what forecasts use
    """

    marker: str
    sites: tuple[str, ...]
    known: Known
    alone: MarkerEffect
    both: MarkerEffect

    @property
    def positive(self) -> int:
        """Number of positive patients."""
        return round(self.both.share * self.both.patients)

    def rows(self) -> Iterator[dict[str, Any]]:
        """One row per effect and source: log ratio, its standard error, ratio, 95 % limits, counts."""
        sources = {"cohort alone": self.alone, "both": self.both}
        held = {name: (effect.mean, effect.covariance) for name, effect in sources.items()}
        if self.known.literature is not None:
            held = {"literature": self.known.literature, **held}
        for place, name in enumerate(("rate", *self.sites)):
            for source, (mean, covariance) in held.items():
                value, se = float(mean[place]), math.sqrt(covariance[place, place])
                yield {
                    "marker": self.marker,
                    "compartment": str(self.known.compartment),
                    "effect": name,
                    "measure": "hazard ratio" if place == 0 else "odds ratio",
                    "source": source,
                    "log_ratio": value,
                    "se": se,
                    "ratio": math.exp(value),
                    "low": math.exp(value - _Z95 * se),
                    "high": math.exp(value + _Z95 * se),
                    "patients": self.both.patients,
                    "positive": self.positive,
                    "presentations": self.both.presentations,
                }


def marker_estimates(
    model: Model, cohort: Cohort, positive: Mapping[str, Array], known: Mapping[str, Known]
) -> tuple[MarkerEstimate, ...]:
    """Estimate the effect of each marker by itself, adjusted for the covariates of the model.

    Parameters
    ----------
    positive : by marker, (n,) 1 positive, 0 negative, NaN not measured
    known : by marker

    Raises
    ------
    InputError
        A marker is positive or negative in fewer than `FEWEST` patients, or fewer than that presented.
    """
    found = []
    for marker, values in positive.items():
        _refuse_few(marker, cohort, values)
        size = 1 + len(model.layout.sites)
        flat = (np.zeros(size), ALONE_SD**2 * np.eye(size))
        alone = marker_effect(model, cohort, values, flat)
        both = marker_effect(model, cohort, values, known[marker].literature)
        found.append(MarkerEstimate(marker, model.layout.sites, known[marker], alone, both))
    return tuple(found)


def _refuse_few(marker: str, cohort: Cohort, values: Array) -> None:
    counts = {
        "positive patients": int((values == 1).sum()),
        "negative patients": int((values == 0).sum()),
        "patients with the marker and distant disease": int(cohort.presented[~np.isnan(values)].sum()),
    }
    for name, count in counts.items():
        if count < FEWEST:
            raise InputError(
                f"has too few {name} to estimate an effect ({count})",
                field="marker",
                value=marker,
                expected=f"at least {FEWEST}",
            )


def effects_document(model: Model, cohort: str, estimates: Sequence[MarkerEstimate]) -> dict[str, Any]:
    """What `read_effects` reads, as plain values."""
    return {
        "format": FORMAT,
        "purpose": RESEARCH_ONLY,
        "model": {"name": model.name, "version": model.version, "checksum": model.checksum},
        "cohort": cohort,
        "sites": list(model.layout.sites),
        "meaning": (
            "positive against negative: log hazard ratio of presenting, then log odds ratio of each site "
            "given presentation, adjusted for the covariates of the model"
        ),
        "markers": [_entry(estimate) for estimate in estimates],
    }


def _entry(estimate: MarkerEstimate) -> dict[str, Any]:
    known, both = estimate.known, estimate.both
    return {
        "marker": estimate.marker,
        "compartment": str(known.compartment),
        "studies": list(known.studies),
        "patients": both.patients,
        "positive": estimate.positive,
        "presentations": both.presentations,
        "share": both.share,
        "literature": None if known.literature is None else _values(*known.literature),
        "cohort_alone": _values(estimate.alone.mean, estimate.alone.covariance),
        "both": _values(both.mean, both.covariance),
    }


def _values(mean: Array, covariance: Array) -> dict[str, Any]:
    return {"mean": mean.tolist(), "covariance": covariance.tolist()}


@dataclass(frozen=True)
class OwnEffects:
    """Effects of markers that a cohort taught.

    Attributes
    ----------
    cohort : its name
    model : checksum of the model that they are adjusted for
    sites : of that model
    effects : by marker
    known : by marker
    """

    cohort: str
    model: str
    sites: tuple[str, ...]
    effects: Mapping[str, MarkerEffect]
    known: Mapping[str, Known]

    def offset(self, marker: str, positive: bool) -> Offset:
        """What a marker adds to the forecast of a patient."""
        known = self.known[marker]
        return self.effects[marker].offset(
            marker, positive, compartment=known.compartment, studies=known.studies
        )


def read_effects(path: str | Path) -> OwnEffects:
    """Read the file that ``organotropism markers effect`` wrote.

    Raises
    ------
    InputError
        It cannot be read, or is no such file.
    """
    file = Path(path)
    try:
        if file.stat().st_size > LARGEST_FILE:
            raise InputError("is too large for a file of marker effects", file=str(path))
        document = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", file=str(path)) from error
    except (ValueError, RecursionError) as error:
        raise InputError("is not a file of marker effects: not valid JSON", file=str(path)) from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise InputError("is not a file of marker effects", file=str(path), field="format", expected=FORMAT)
    try:
        sites = tuple(map(str, document["sites"]))
        markers = {str(entry["marker"]): entry for entry in document["markers"]}
        return OwnEffects(
            str(document["cohort"]),
            str(document["model"]["checksum"]),
            sites,
            {name: _effect(entry, 1 + len(sites)) for name, entry in markers.items()},
            {
                name: Known(Compartment(entry["compartment"]), None, tuple(map(str, entry["studies"])))
                for name, entry in markers.items()
            },
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError("is damaged", file=str(path), expected="the file as it was written") from error


def _effect(entry: Mapping[str, Any], size: int) -> MarkerEffect:
    mean, covariance = (np.array(entry["both"][name], np.float64) for name in ("mean", "covariance"))
    share = float(entry["share"])
    if mean.shape != (size,) or covariance.shape != (size, size) or not 0.0 < share < 1.0:
        raise ValueError("wrong shape")
    if not (np.isfinite(mean).all() and np.isfinite(covariance).all()):
        raise ValueError("not finite")
    if not np.allclose(covariance, covariance.T) or np.linalg.eigvalsh(covariance).min() <= 0.0:
        raise ValueError("no covariance")
    return MarkerEffect(mean, covariance, share, int(entry["patients"]), int(entry["presentations"]))
