"""What is known of a patient beyond her covariates, such as a tumour marker, as a shift of the model.

A shift of the log hazard of presenting, and of the log odds of each site given presentation, is the same
as another level of these parts of the process, so the forecast of a patient with an offset is the
forecast of a model whose levels are moved by it, and whose covariance holds the offset's as well.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from organotropism.errors import InputError
from organotropism.process.layout import Layout
from organotropism.process.model import Model

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Offset:
    """Shift of one patient's forecast; patients who share the object are forecast together.

    Attributes
    ----------
    name : what is known, for the reasons
    rate : added to the log hazard of presenting, whether and when
    sites : (sites,) added to the log odds of each site given presentation; also to x'effects in the
        progression, as any covariate of the pattern
    covariance : (1 + sites, 1 + sites) of `rate` and `sites`, in this order
    studies : ids of the studies behind it
    """

    name: str
    rate: float
    sites: Array
    covariance: Array
    studies: tuple[str, ...] = ()


def shifted(model: Model, offset: Offset | None) -> Model:
    """The model for patients with this offset; the model itself where there is none.

    Raises
    ------
    InputError
        The offset is not of this model's sites.
    """
    if offset is None:
        return model
    count = len(model.layout.sites)
    if offset.sites.shape != (count,) or offset.covariance.shape != (count + 1, count + 1):
        raise InputError("is not of the sites of the model", field="offset", value=offset.name)
    direction = _direction(model.layout, model.theta)
    return replace(
        model,
        theta=model.theta + direction @ np.r_[offset.rate, offset.sites],
        covariance=model.covariance + direction @ offset.covariance @ direction.T,
    )


def _direction(layout: Layout, theta: Array) -> Array:
    """(size, 1 + sites) change of the coefficients by a unit of the rate and of each site."""
    change = np.zeros((layout.size, 1 + len(layout.sites)))
    change[layout.slices["rate.level"], 0] = 1.0
    each = np.eye(len(layout.sites))
    change[layout.slices["pattern.level"], 1:] = each
    # The progression has a slope on x'effects, of which the offset is a part.
    change[layout.slices["progression.level"], 1:] = float(layout.block(theta, "progression.slope")) * each
    return change
