"""What a model file has to keep to: variances that are none, rates that no disease has, grids without end.

A file with a valid checksum can still hold anything. What is refused here would give risks without meaning,
or keep a processor busy for hours: the steps of the forward equations get as short as hazards are high.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from organotropism.errors import InputError
from organotropism.process import era, rate
from organotropism.process import index as predict
from organotropism.process.cells import Cells
from organotropism.process.layout import Layout
from organotropism.process.progression import FASTEST

if TYPE_CHECKING:
    from organotropism.process.model import Model

Array = NDArray[np.float64]
#: Largest coefficient and log hazard ratio: exp(20) is a ratio of 500 million.
LARGEST = 20.0
#: Largest standard deviation of a coefficient. One of 5 already spans a ratio of 18,000 from -1 to +1 SD.
LARGEST_SD = 5.0
#: Highest hazard per year of presenting, and of other death: a mean wait of nine hours. It is a bound over
#: every combination of values, far above any patient there is; of the models shipped it is 3 to 30.
FASTEST_ONSET = 1_000.0
#: Most bands of time, on either clock.
MOST_BANDS = 40
#: Lowest and highest score of each covariate of the pattern, after the three subtypes; see `pattern.scores`.
_SCORES = np.array([(0, 1), (-2, 2), (0, 2), (0, 2), (-1, 1)], float)
#: Negative eigenvalues of a covariance that rounding explains, as a share of the largest.
_ROUNDING = 1e-8


def check_plausible(model: Model, file: str) -> None:
    """Refuse a model that is none.

    Parameters
    ----------
    file : named in errors

    Raises
    ------
    InputError
        For negative variances, coefficients or hazards above what any disease shows, or too many bands.
    """
    for part in (_bands(model.layout, model.window_years), _variances(model), _sizes(model), _hazards(model)):
        for problem in part:
            raise problem.at(file=file)


def _bands(layout: Layout, window: float) -> Iterator[InputError]:
    for field, starts in (("bands_years", layout.bands), ("since_presentation_years", layout.since)):
        ascend = all(a < b for a, b in pairwise(starts))
        if not (1 <= len(starts) <= MOST_BANDS and starts[0] == 0.0 and ascend and np.isfinite(starts).all()):
            yield InputError(
                "are no bands of time", field=field, expected=f"up to {MOST_BANDS} starts, ascending from 0"
            )
    if not 0.0 < window <= 1.0:
        yield InputError("is no window", field="window_years", value=window, expected="more than 0 to 1 year")


def _variances(model: Model) -> Iterator[InputError]:
    covariance = model.covariance
    for name, variance in zip(model.layout.names, np.diag(covariance).tolist(), strict=True):
        if not 0.0 <= variance <= LARGEST_SD**2:
            yield InputError(
                "is not a variance", field=name, value=variance, expected=f"0 to {LARGEST_SD**2:g}"
            )
    lowest, *_, highest = np.r_[0.0, np.linalg.eigvalsh(covariance), 0.0][[1, -2]]
    if lowest < -_ROUNDING * max(highest, 0.0):
        yield InputError(
            "has a negative variance in some direction",
            field="covariance_lower_triangle",
            expected="a positive semidefinite matrix",
        )
    spreads = [(f"between_studies {number}", part.sd) for number, part in enumerate(model.between, start=1)]
    spreads += [(f"baselines {key}", study.sd) for key, study in model.baselines.items()]
    for field, sd in spreads:
        if not 0.0 <= sd <= LARGEST_SD:
            yield InputError(
                "is not a standard deviation", field=field, value=sd, expected=f"0 to {LARGEST_SD:g}"
            )


def _sizes(model: Model) -> Iterator[InputError]:
    values = dict(zip(model.layout.names, model.theta.tolist(), strict=True))
    values |= {f"baselines {key}": float(study.shift) for key, study in model.baselines.items()}
    for name, value in values.items():
        if not abs(value) <= LARGEST:
            yield InputError(
                "is too large for a coefficient",
                field=name,
                value=value,
                expected=f"-{LARGEST:g} to {LARGEST:g}",
            )
    if not np.isfinite(list(_numbers(model.index.coefficients))).all():
        yield InputError("holds a number that is not finite", field="index")
    for name, counts in model.population.counts.items():
        shares = np.array(counts, float)
        if not (np.isfinite(shares).all() and (shares >= 0).all() and shares.sum() > 0):
            yield InputError(
                "holds no counts or shares", field=f"population {name}", expected="numbers from 0"
            )


def _numbers(value: Any) -> Iterator[float]:
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, Iterable) and not isinstance(value, str):
        for item in value:
            yield from _numbers(item)
    else:
        yield float(value)


def _hazards(model: Model) -> Iterator[InputError]:
    bounds = {**_presenting(model), **_after(model)}
    for field, bound in bounds.items():
        ceiling = FASTEST if field in ("progression.level", "death.level") else FASTEST_ONSET
        if not bound <= np.log(ceiling):
            yield InputError(
                f"gives a hazard that may reach exp({bound:.1f}) per year",
                field=field,
                expected=f"at most {ceiling:g} per year for any patient",
            )


def _presenting(model: Model) -> dict[str, float]:
    """Highest log hazard of presenting and of other death, over every patient there can be.

    The index is a sum of terms of one field each, so its highest value is the sum of their highest.
    """
    layout, theta = model.layout, model.theta

    def block(name: str) -> Array:
        return np.asarray(layout.block(theta, name))

    effects = block("rate.effects")
    shift = max([0.0, *(study.shift for study in model.baselines.values())])
    shift += max(0.0, *effects[:3].tolist()) + max(0.0, float(effects[3])) + abs(float(block("rate.t4")))
    shift += sum(max(0.0, value) for value in _numbers(model.index.coefficients["treatment"]))
    edges = np.r_[layout.bands, max(layout.bands[-1] + 1.0, 20.0)]
    youngest, oldest = rate.age_terms(np.array(predict.AGE_RANGE)).max(0)
    earliest = float(era.decades(np.array([era.ERA[0]]))[0])
    highest = -np.inf
    for er, stratum in enumerate(("er_negative", "er_positive")):
        age, year = block("rate.age")[er], block("rate.year")[er]
        by_er = max(0.0, age[0] * youngest) + max(0.0, age[1] * oldest) + max(0.0, year * earliest)
        by_er += abs(float(model.index.coefficients[stratum]["adjustment"])) + _most_uptake(bool(er))
        highest = max(highest, float(np.max(block("rate.level")[er] + _index(model, er, edges))) + by_er)
    ages, years = np.linspace(*predict.AGE_RANGE, 7), np.arange(21.0)
    other = max(model.index.other_death(ages, np.full(7, year), years).max() for year in (2000.0, 2017.0))
    return {"rate.level": highest + shift, "index": float(np.log(other))}


def _index(model: Model, er: int, edges: Array) -> Array:
    """Highest value (bands,) that the index adds; its nodes do not fade."""
    fade = np.r_[0.0, model.layout.block(model.theta, "rate.fade")]
    slope = float(model.layout.block(model.theta, "rate.slope")[er])
    cells = _every_value(bool(er))
    spans = {name: (term.min(), term.max()) for name, term in model.index.terms(cells).items()}
    her2 = model.index.her2(cells, edges)
    ends = np.sum([span for name, span in spans.items() if name != "nodes"], axis=0)
    low, high = ends[0] + her2.min(0), ends[1] + her2.max(0)
    fading: Array = np.maximum((slope + fade) * low, (slope + fade) * high)
    whole, without = np.array(model.centre)[:, er]
    return fading + max(slope * end for end in spans["nodes"]) - slope * whole - fade * without


def _most_uptake(er_positive: bool) -> float:
    """Most that treatment not yet in use adds."""
    nodes = np.array([0.0, 1.0, 4.0])
    return float(era.uptake(np.full(3, er_positive), nodes, np.full(3, era.ERA[0])).max())


def _every_value(er_positive: bool) -> Cells:
    """Cells that hold, between them, every value of each field that bounds its term of the index."""
    n = 8

    def cycle(*values: float) -> Array:
        return np.resize(np.array(values, float), n)

    flag = cycle(0, 1) > 0
    return Cells(
        patient=np.arange(n),
        weight=np.ones(n),
        subtype=np.zeros(n, np.int64),
        er_positive=np.full(n, er_positive),
        her2_positive=flag,
        pr_positive=flag,
        ki67_positive=flag,
        lobular=flag,
        t4=flag,
        screen=cycle(0, 1),
        grade=cycle(1, 3),
        age=np.linspace(*predict.AGE_RANGE, n),
        size_mm=cycle(*predict.SIZE_RANGE_MM),
        nodes=cycle(*predict.NODES_RANGE),
        year=np.full(n, 2010.0),
        offset=np.zeros(n),
    )


def _after(model: Model) -> dict[str, float]:
    """Highest log hazard of a further site and of death after presentation, over every patient."""
    layout, theta = model.layout, model.theta

    def block(name: str) -> Array:
        return np.asarray(layout.block(theta, name))

    effects = block("pattern.effects")
    ends = effects[3:, None, :] * _SCORES[:, :, None]
    subtype = np.vstack([np.zeros_like(effects[0]), effects[:3]])
    slope = float(block("progression.slope"))
    low = subtype.min(0) + ends.min(1).sum(0)
    high = subtype.max(0) + ends.max(1).sum(0)
    gain = block("progression.level") + np.maximum(slope * low, slope * high)
    gain = (
        gain + max(0.0, *block("progression.shape").tolist()) + max(0.0, float(block("progression.several")))
    )
    death = float(block("death.level")) + max(0.0, *block("death.shape").tolist())
    death += max(0.0, *block("death.subtype").tolist())
    death += sum(max(0.0, float(block(f"death.{part}"))) for part in ("liver", "brain", "several"))
    return {"progression.level": float(gain.max()), "death.level": death}
