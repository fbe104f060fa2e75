"""Prior of the coefficients before any measurement: where each part starts and how far it may go."""

from __future__ import annotations

from math import log

import numpy as np
from numpy.typing import NDArray

from organotropism.process import era
from organotropism.process.layout import COVARIATES, Layout
from organotropism.vocabulary import SITES

Array = NDArray[np.float64]

#: Mean and standard deviation by block. Log hazards and log odds; slopes are ratios.
#: The slope of PREDICT's index: its forms are kept, its strength may differ for distant relapse.
#: The slope of the later course on x'effects: 1 says that tropism acts after presentation as at it.
BLOCKS: dict[str, tuple[float | tuple[float, ...], float]] = {
    "rate.level": (log(0.02), 1.5),
    "rate.slope": (1.0, 0.15),
    "rate.fade": (0.0, 0.3),  # per step from band to band
    "rate.year": (era.AT_GIVEN_TREATMENT, era.STANDARD_ERROR),  # per decade
    "rate.age": (0.0, 0.15),  # per decade under 45 or over 65, beyond PREDICT's term of death
    "rate.t4": (log(1.3), 0.3),
    "rate.effects": (0.0, 0.2),
    "pattern.level": (0.0, 1.5),
    "pattern.de_novo": (0.0, 0.5),
    "pattern.pair": (0.0, 0.3),
    "pattern.effects": (0.0, 0.2),
    "progression.level": (log(0.1), 1.0),
    "progression.shape": (0.0, 0.3),
    "progression.several": (0.0, 0.5),
    "progression.slope": (1.0, 0.5),
    "death.level": (log(0.3), 1.0),
    "death.shape": (0.0, 0.3),
    "death.subtype": (0.0, 0.5),
    "death.liver": (0.0, 0.5),
    "death.brain": (0.0, 0.5),
    "death.several": (0.0, 0.5),
    "prevalence.level": (-3.0, 1.0),
    "prevalence.subtype": (0.0, 0.5),
}
#: Taken from its source and not learnt again: years of publication, of diagnosis and of treatment go together
#: in the rows, so that they cannot tell the fall at given treatment from the rest.
HELD = ("rate.year",)
#: Effects of subtype and histology on the pattern may be larger than those of age, size, nodes, grade.
WIDE_EFFECT_SD, WIDE_EFFECTS = 0.5, 4
#: The log hazard walks from band to band: few studies print risks inside the first five years.
LEVEL_STEP_SD = 0.5
#: Pairs share one mean: sites attract or repel one another in general.
COMMON_PAIR_SD = 0.7


def effect_sd(k: int, sites: int = len(SITES)) -> float:
    """Prior SD of the k-th effect on the pattern (covariates by sites)."""
    return WIDE_EFFECT_SD if k // sites < WIDE_EFFECTS else BLOCKS["pattern.effects"][1]


def prior(layout: Layout) -> tuple[Array, Array]:
    """Mean (size,) and covariance (size, size) of the Gaussian prior."""
    mean, sd = np.zeros(layout.size), np.zeros(layout.size)
    for name, part in layout.slices.items():
        mean[part], sd[part] = BLOCKS[name]
    effects = layout.slices["pattern.effects"]
    sd[effects] = [effect_sd(k, len(layout.sites)) for k in range(len(COVARIATES) * len(layout.sites))]
    covariance = np.diag(sd**2)
    bands = len(layout.bands)
    walk = np.minimum.outer(np.arange(bands), np.arange(bands)).astype(float)
    levels = layout.slices["rate.level"]
    by_er = BLOCKS["rate.level"][1] ** 2 + LEVEL_STEP_SD**2 * walk
    covariance[levels, levels] = np.kron(np.eye(2), by_er)
    fade = layout.slices["rate.fade"]
    covariance[fade, fade] = BLOCKS["rate.fade"][1] ** 2 * walk[1:, 1:]
    pairs = layout.slices["pattern.pair"]
    covariance[pairs, pairs] += COMMON_PAIR_SD**2
    return mean, covariance
