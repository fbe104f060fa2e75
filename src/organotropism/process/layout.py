"""Names and places of the coefficients: one flat vector, read as the parts of the process."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any

from numpy.typing import NDArray

from organotropism.process.sets import SiteSets
from organotropism.vocabulary import SUBTYPES

ER_STRATA = ("ER-", "ER+")
#: Covariates of the pattern. Ordered classes enter by their score, see `covariates.py`.
COVARIATES = ("HR+/HER2+", "HR-/HER2+", "TNBC", "lobular", "age", "nodes", "size", "grade")
#: Of these, the ones that act on the rate beside the index of age, size, nodes, grade and receptors.
RATE_COVARIATES = ("HR+/HER2+", "HR-/HER2+", "TNBC", "lobular")
#: Ends of age, in which relapse may differ from the death that the index was derived on.
AGE_TERMS = ("under 45", "over 65")


@dataclass(frozen=True)
class Layout:
    """Blocks of the coefficient vector.

    Parameters
    ----------
    sites : tuple of str
    bands : tuple of float
        Starts of the bands of the rate, years since diagnosis; the last is open.
    since : tuple of float
        Starts of the bands after presentation, years; the last is open.
    """

    sites: tuple[str, ...]
    bands: tuple[float, ...] = (0.0, 2.0, 5.0, 10.0)
    since: tuple[float, ...] = (0.0, 0.5, 1.0, 2.0, 4.0)

    @cached_property
    def sets(self) -> SiteSets:
        """The state space."""
        return SiteSets(self.sites)

    @cached_property
    def _labels(self) -> dict[str, tuple[tuple[str, ...], ...]]:
        bands = _intervals(self.bands)
        since = _intervals(self.since)[1:]
        pairs = tuple(f"{self.sites[a]}&{self.sites[b]}" for a, b in self.sets.pairs)
        changed = SUBTYPES[1:]
        return {
            "rate.level": (ER_STRATA, bands),
            "rate.slope": (ER_STRATA,),
            "rate.fade": (bands[1:],),
            "rate.year": (ER_STRATA,),
            "rate.age": (ER_STRATA, AGE_TERMS),
            "rate.t4": (),
            "rate.effects": (RATE_COVARIATES,),
            "pattern.level": (self.sites,),
            "pattern.de_novo": (self.sites,),
            "pattern.pair": (pairs,),
            "pattern.effects": (COVARIATES, self.sites),
            "progression.level": (self.sites,),
            "progression.shape": (since,),
            "progression.several": (),
            "progression.slope": (),
            "death.level": (),
            "death.shape": (since,),
            "death.subtype": (changed,),
            "death.liver": (),
            "death.brain": (),
            "death.several": (),
            "prevalence.level": (),
            "prevalence.subtype": (changed,),
        }

    @cached_property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Shape of each block."""
        return {name: tuple(len(axis) for axis in axes) for name, axes in self._labels.items()}

    @cached_property
    def slices(self) -> dict[str, slice]:
        """Place of each block in the vector."""
        start, slices = 0, {}
        for name, shape in self.shapes.items():
            slices[name] = slice(start, start := start + prod(shape))
        return slices

    @cached_property
    def names(self) -> tuple[str, ...]:
        """One name per coefficient, for example `pattern.effects[TNBC, brain]`."""
        names: list[str] = []
        for block, axes in self._labels.items():
            labels = [""]
            for axis in axes:
                labels = [f"{label}, {item}" if label else item for label in labels for item in axis]
            names += [f"{block}[{label}]" if label else block for label in labels]
        return tuple(names)

    @property
    def size(self) -> int:
        """Length of the coefficient vector."""
        return len(self.names)

    def block(self, theta: NDArray[Any], name: str) -> NDArray[Any]:
        """Read block `name` of `theta` (..., size) as an array (..., *shape)."""
        return theta[..., self.slices[name]].reshape((*theta.shape[:-1], *self.shapes[name]))


def _intervals(starts: tuple[float, ...]) -> tuple[str, ...]:
    ends = [*(f"-{end:g}" for end in starts[1:]), "+"]
    return tuple(f"{start:g}{end}" for start, end in zip(starts, ends, strict=True))
