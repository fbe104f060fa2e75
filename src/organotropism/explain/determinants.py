"""Which factors decide whether and when, how many sites, and where: for a population, not for one patient.

Whether and when is measured by R2_D of the log hazard of presenting, how many and where by the entropy of
the set of sites found at presentation that they remove. Each is divided among factors and blocks by Shapley
values, so that no order of the factors matters. Everything is repeated for draws of the coefficients: values
are means over the draws, which add up as each draw does, with 95 % intervals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from organotropism.explain import prognostic
from organotropism.explain.blocks import BLOCK_OF, BLOCKS, CIRCUMSTANCES, NotInModel
from organotropism.explain.observed import Observed
from organotropism.explain.pattern_game import PatternGame, entropy
from organotropism.process import pattern, rate, reasons, why
from organotropism.process.cells import Cells
from organotropism.process.document import RESEARCH_ONLY
from organotropism.process.kernel import Kernel, strata
from organotropism.process.model import Model

Array = NDArray[np.float64]
DRAWS: Final = 100
SEED: Final = 20_240_501
#: Years since diagnosis over which the log hazard is averaged.
WINDOWS: Final[Mapping[str, tuple[float, float]]] = {
    "whether": (0.0, 10.0),
    "whether, years 0-5": (0.0, 5.0),
    "whether, years 5-10": (5.0, 10.0),
}
HOW_MANY: Final = "how many"
WHERE: Final = "where"
ALL: Final = "all"


class Key(NamedTuple):
    """What a number is.

    Attributes
    ----------
    part : whether (and its windows), how many, where, or a site
    quantity : explained (R2_D, or share of the entropy of the set of sites), alone (the same by what one
        factor alone tells), D, entropy (share of the entropy of presenting within ten years), spread
        (standard deviation of a site's log odds), share (of the variance of a site's log odds)
    name : a factor, a block, or all
    """

    part: str
    quantity: str
    name: str = ALL


@dataclass(frozen=True)
class Determined:
    """A number with its 95 % interval over the draws, and as the forecasts use it, at the mode."""

    value: float
    low: float
    high: float
    mode: float


@dataclass(frozen=True)
class Determinants:
    """What decides the course in a population.

    Attributes
    ----------
    model : whose coefficients
    population : name of the population
    numbers : by key
    not_in_model : blocks, or parts of them, of which the model holds no effect, and why
    observed : the same held against the outcomes of a cohort, None without
    """

    model: Model
    population: str
    numbers: Mapping[Key, Determined]
    not_in_model: tuple[NotInModel, ...]
    observed: Observed | None

    def get(self, part: str, quantity: str = "explained", name: str = ALL) -> Determined:
        """One number."""
        return self.numbers[Key(part, quantity, name)]

    def rows(self) -> Iterator[dict[str, Any]]:
        """Long form: one row a number."""
        for key, found in self.numbers.items():
            yield {
                **key._asdict(),
                "block": BLOCK_OF.get(key.name, key.name if key.name in BLOCKS else ""),
                "value": found.value,
                "low": found.low,
                "high": found.high,
                "at_mode": found.mode,
            }

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values."""
        return {
            "model": {
                "name": self.model.name,
                "version": self.model.version,
                "checksum": self.model.checksum,
            },
            "purpose": RESEARCH_ONLY,
            "population": self.population,
            "draws": DRAWS,
            "numbers": list(self.rows()),
            "not_in_model": [entry.to_dict() for entry in self.not_in_model],
            "observed": None if self.observed is None else self.observed.to_dict(),
        }


def determinants(
    model: Model,
    population: str = "reference population",
    *,
    draws: int = DRAWS,
    not_in_model: Sequence[NotInModel] = (),
    observed: Observed | None = None,
    steps: Callable[[Array], Iterable[Array]] = iter,
) -> Determinants:
    """Measure what each factor and block explains in the model's population.

    Takes about a quarter of a second for each draw.

    Parameters
    ----------
    model : Model
        For another population than its own see `population_of`.
    population : str
        What to call it.
    draws : int
        Even number of draws of the coefficients.
    not_in_model, observed
        Passed on to the result.
    steps : callable
        Passes the draws on one by one, and may show how far they are.
    """
    measure = _Measure(model)
    mode = measure.numbers(model.theta)
    drawn = []
    for theta in steps(model.draws(draws, SEED)):
        drawn.append(list(measure.numbers(theta).values()))
    table = np.array(drawn)
    low, high = np.percentile(table, [2.5, 97.5], axis=0)
    numbers = {
        key: Determined(*map(float, found))
        for key, *found in zip(mode, table.mean(0), low, high, mode.values(), strict=True)
    }
    return Determinants(model, population, numbers, tuple(not_in_model), observed)


@dataclass(frozen=True)
class _Measure:
    """All numbers of one population as functions of the coefficients."""

    model: Model

    @cached_property
    def cells(self) -> Cells:
        return self.model.population.everyone(self.model.index, self.model.years[1])

    @cached_property
    def rows(self) -> rate.RateDesign:
        return rate.design(self.cells, self.model.index, self.model.centre, self.model.layout.bands)

    @cached_property
    def kernel(self) -> Kernel:
        return Kernel(self.model.layout, self.cells, self.rows, 0.0, (10.0,), self.model.window_years)

    @cached_property
    def groups(self) -> Any:
        return strata(self.cells)

    @cached_property
    def terms(self) -> dict[str, Array]:
        return why.index_terms(self.model, self.cells)

    @cached_property
    def levels(self) -> dict[str, NDArray[np.int64]]:
        """Level (cells,) of each factor, as the population tells them apart."""
        cells = self.cells
        values = {
            "age": cells.age,
            "nodes": cells.nodes,
            "size": cells.size_mm,
            "detection": cells.screen,
            "subtype": cells.subtype,
            "pr": cells.pr_positive,
            "ki67": cells.ki67_positive,
            "grade": cells.grade,
            "histology": cells.lobular,
        }
        return {name: np.unique(value, return_inverse=True)[1].ravel() for name, value in values.items()}

    def numbers(self, theta: Array) -> dict[Key, float]:
        found: dict[Key, float] = {}
        for part, window in WINDOWS.items():
            found |= self._whether(theta, part, window)
        log_rate = rate.log_hazard(self.model.layout, theta[None], self.rows)
        clock = rate.Clock(self.model.layout.bands, 0.0, (10.0,), 1.0)
        within = clock.masses(log_rate, self.rows.other).sum(-1)[0]
        found[Key("whether", "entropy")] = prognostic.entropy_explained(within, self.cells.weight)
        presents = self.cells.weight * self.kernel.presented(log_rate)[0]
        return found | self._pattern(theta, presents / presents.sum())

    def _whether(self, theta: Array, part: str, window: tuple[float, float]) -> dict[Key, float]:
        weights = self.cells.weight
        years = why.time_shares(self.model, window[0], window[1] - window[0])
        terms = reasons.whether(self.model.layout, theta, self.rows, self.terms, years)
        parts = {name: value for name, value in terms.items() if name not in CIRCUMSTANCES}
        index = np.sum(list(parts.values()), axis=0)
        d = prognostic.separation(index, weights)
        r2 = prognostic.explained(d)
        share = prognostic.shares_of_variance(parts, weights)
        found = {Key(part, "D"): d}
        found |= _with_blocks(part, "explained", {name: r2 * value for name, value in share.items()})
        for name, level in self.levels.items():
            found[Key(part, "alone", name)] = _alone(index, weights, level)
        return found

    def _pattern(self, theta: Array, presents: Array) -> dict[Key, float]:
        layout, groups = self.model.layout, self.groups
        weights: Array = np.bincount(groups.of_cell, presents).astype(float)
        effects = reasons.where(layout, theta, groups.design)
        names = list(effects)
        blocks = [
            [names.index(name) for name in names if BLOCK_OF[name] == block]
            for block in dict.fromkeys(BLOCK_OF[name] for name in names)
        ]
        game = PatternGame(layout, weights, np.array(list(effects.values())), theta)
        parts = game.parts(blocks)
        found: dict[Key, float] = {}
        for part, values in ((HOW_MANY, parts.how_many), (WHERE, parts.where)):
            relative = values / parts.entropy
            found |= _with_blocks(part, "explained", dict(zip(names, map(float, relative), strict=True)))
        sets = pattern.probabilities(layout, theta[None], groups.design)[0, :, 1:]
        for name, level in self.levels.items():
            joint = np.zeros((level.max() + 1, len(weights)))
            np.add.at(joint, (level, groups.of_cell), presents)
            told = entropy(joint.sum(0) @ sets) - sum(
                row.sum() * entropy(row @ sets / row.sum()) for row in joint
            )
            found[Key(WHERE, "alone", name)] = float(told / parts.entropy)
        for k, site in enumerate(layout.sites):
            at_site = {name: value[:, k] for name, value in effects.items()}
            share = prognostic.shares_of_variance(at_site, weights)
            total = np.sum(list(at_site.values()), axis=0)
            found[Key(site, "spread")] = float(np.sqrt(weights @ (total - weights @ total) ** 2))
            found |= _with_blocks(site, "share", share)
        return found


def _with_blocks(part: str, quantity: str, values: Mapping[str, float]) -> dict[Key, float]:
    """Values by factor, by block, and of all."""
    found = {Key(part, quantity, name): value for name, value in values.items()}
    for block in dict.fromkeys(BLOCK_OF[name] for name in values):
        found[Key(part, quantity, block)] = sum(v for name, v in values.items() if BLOCK_OF[name] == block)
    found[Key(part, quantity)] = sum(values.values())
    return found


def _alone(index: Array, weights: Array, level: NDArray[np.int64]) -> float:
    """R2 of the mean index at each level of one factor, from its variance: the levels are too few for D."""
    share = np.bincount(level, weights)
    mean = np.bincount(level, weights * index) / share
    variance = float(share @ (mean - share @ mean) ** 2)
    return variance / (prognostic.NOISE + variance)
