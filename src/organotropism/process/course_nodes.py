"""Expected course after presentation: a rule of four nodes over what is uncertain in it.

What follows a presentation depends on log hazards that are linear in the coefficients, but for slope times
x'effects. So the log hazard of each stratum, site and time is normal with a known spread, and the course is
computed with the hazards of all further sites, then those of death, sqrt(2) standard deviations above and
below their means: exact for each up to the third order. The sites move together, since what differs
between studies differs for all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from organotropism.process import pattern, progression
from organotropism.process.nodes import Spread

Array = NDArray[np.float64]
#: Standard deviations by which the hazards of further sites and of death are moved, all of equal weight.
RULE: Final = ((2**0.5, 0.0), (-(2**0.5), 0.0), (0.0, 2**0.5), (0.0, -(2**0.5)))
#: Longer steps than those of a single course, which hold for any patient: this moves a risk by some 1e-5.
EXIT_PER_STEP: Final = 4 * progression.EXIT_PER_STEP


@dataclass(frozen=True)
class Gains:
    """Log hazards of further sites over the distribution of the coefficients, by stratum and site.

    Attributes
    ----------
    shift : (strata, sites) mean beyond the value at the mode, from slope times x'effects
    sd : (strata, sites, since bands) standard deviation
    several : (strata,) what a burden of several sites adds to it, mean over sites and bands
    with_odds : (strata, sites) covariance with the log odds of the site at presentation
    """

    shift: Array
    sd: Array
    several: Array
    with_odds: Array


def gains(spread: Spread, design: Array) -> Gains:
    """Read the distribution of log hazards of further sites for strata with the given `design`."""
    layout, v = spread.layout, spread.covariance
    place = {name: np.arange(at.start, at.stop) for name, at in layout.slices.items()}
    several, slope = place["progression.several"], place["progression.slope"]
    shape = place["progression.shape"]
    effects = pattern.site_effects(layout, spread.theta[None], design)[0]
    ones = np.ones((len(design), 1))
    parts = []
    for k in range(len(layout.sites)):
        of_site = place["pattern.effects"].reshape(-1, len(layout.sites))[:, k]
        # The log hazard is level + slope * x'effects: its derivatives, and those of the log odds.
        moved = np.r_[place["progression.level"][k], slope, of_site]
        gradient = np.hstack([ones, effects[:, [k]], spread.theta[slope] * design])
        odds = np.r_[place["pattern.level"][k], of_site]
        # The mean and the variance of the product of the two deviations.
        shift = design @ v[np.ix_(of_site, slope)][:, 0]
        product = v[slope, slope] * _form(design, v[np.ix_(of_site, of_site)]) + shift**2
        # The first band has no coefficient of the shape.
        later = 2 * gradient @ v[np.ix_(moved, shape)] + v[shape, shape]
        variance = (_form(gradient, v[np.ix_(moved, moved)]) + product)[:, None]
        variance = np.hstack([variance, variance + later])
        extra = (2 * gradient @ v[np.ix_(moved, several)] + v[several, several]).repeat(len(shape) + 1, 1)
        extra[:, 1:] += 2 * v[shape, several]
        sd = np.sqrt(np.maximum(variance, 0.0))
        burden = np.sqrt(np.maximum(variance + extra, 0.0)) - sd
        with_odds = np.einsum("ni,ij,nj->n", gradient, v[np.ix_(moved, odds)], np.hstack([ones, design]))
        parts.append((shift, sd, burden.mean(1), with_odds))
    shift, sd, burden, with_odds = (np.stack(part, axis=1) for part in zip(*parts, strict=True))
    return Gains(shift, sd, burden.mean(1), with_odds)


def deaths(spread: Spread, subtype: NDArray[np.int64]) -> tuple[Array, Array]:
    """Standard deviation of the log hazard of death, (strata, since bands), and what each set adds to it."""
    layout = spread.layout
    names = [number for number, name in enumerate(layout.names) if name.startswith("death")]
    v = spread.covariance[np.ix_(names, names)]
    unit = np.zeros((len(names), layout.size))
    unit[np.arange(len(names)), names] = 1.0
    # The log hazards are linear, so those of unit vectors are the derivatives.
    none = np.zeros((len(names), len(subtype), len(layout.sites)))
    found = progression.hazards(layout, unit, none, subtype)
    by_band = found.death.reshape(len(names), len(subtype), -1)
    by_set = found.death_by_set.reshape(len(names), len(subtype), -1)

    def sd(derivative: Array) -> Array:
        variance: Array = np.einsum("i...,ij,j...->...", derivative, v, derivative)
        return np.sqrt(np.maximum(variance, 0.0))

    alone = sd(by_band)
    together = sd(by_band[:, :, [0]] + by_set)
    return alone, together - alone[:, [0]]


def _form(rows: Array, matrix: Array) -> Array:
    form: Array = np.einsum("ni,ij,nj->n", rows, matrix, rows)
    return form


@dataclass(frozen=True, eq=False)
class CourseNodes:
    """Hazards after presentation of some strata at the nodes of `RULE`.

    Parameters
    ----------
    spread : distribution of the coefficients
    design : (strata, covariates) of the pattern
    subtype : (strata,) number in `vocabulary.SUBTYPES`
    """

    spread: Spread
    design: Array
    subtype: NDArray[np.int64]

    def course(
        self, start: Array, features: Array, times: tuple[float, float], window: float, odds: bool
    ) -> progression.Course:
        """Mean of `progression.course` over the distribution.

        Parameters
        ----------
        odds : whether the sites of `start` are uncertain, too; else they are known
        """
        layout, theta = self.spread.layout, self.spread.theta[None]
        middle = progression.hazards(
            layout, theta, pattern.site_effects(layout, theta, self.design), self.subtype
        )
        gain, (death, by_set) = gains(self.spread, self.design), deaths(self.spread, self.subtype)
        shift = gain.shift
        if odds:
            # Where a site is often found at presentation its later hazard is high: those without it are
            # from where it is lower. Exactly so for a log-linear pattern and a small hazard.
            shift = shift - np.log1p((start @ layout.sets.membership) * np.expm1(gain.with_odds))
        moved = [
            progression.Hazards(
                gain=middle.gain + shift[..., None] + of_gain * gain.sd,
                several=middle.several + of_gain * gain.several,
                death=middle.death + of_death * death,
                death_by_set=middle.death_by_set + of_death * by_set,
            )
            for of_gain, of_death in RULE
        ]
        found = progression.course(
            layout,
            progression.Hazards.join(moved),
            np.tile(start, (len(RULE), 1)),
            features,
            times,
            window,
            exit_per_step=EXIT_PER_STEP,
        )
        return found.mean_of(len(RULE))
