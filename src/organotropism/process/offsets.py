"""What is known of a patient beyond her covariates, such as a tumour marker, as a shift of the model.

A shift of the log hazard of presenting, and of the log odds of each site given presentation, is the same
as another level of these parts of the process, so the forecast of a patient with an offset is the
forecast of a model whose levels are moved by it, and whose covariance holds the offset's as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from organotropism.errors import InputError
from organotropism.process.layout import Layout
from organotropism.process.model import Model
from organotropism.vocabulary import Compartment

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Offset:
    """Shift of one patient's forecast; patients who share the object are forecast together.

    Attributes
    ----------
    name : what was measured, such as the id of a marker; of a sum, those of all
    rate : added to the log hazard of presenting, whether and when
    sites : (sites,) added to the log odds of each site given presentation; also to x'effects in the
        progression, as any covariate of the pattern
    covariance : (1 + sites, 1 + sites) of `rate` and `sites`, in this order
    studies : ids of the studies behind it
    value : what was found, such as ``positive``
    compartment : where it was measured
    parts : offsets that this one is the sum of; empty for one that is no sum
    """

    name: str
    rate: float
    sites: Array
    covariance: Array
    studies: tuple[str, ...] = ()
    value: str = ""
    compartment: Compartment = Compartment.PRIMARY_TUMOUR
    parts: tuple[Offset, ...] = ()

    @property
    def text(self) -> str:
        """What is known, in words."""
        return f"{self.name} {self.value}".strip()

    @property
    def each(self) -> tuple[Offset, ...]:
        """The single offsets: the parts of a sum, else this one."""
        return self.parts or (self,)


def together(offsets: Sequence[Offset]) -> Offset | None:
    """The sum of what is known of one patient, taken as independent; None of nothing.

    Raises
    ------
    InputError
        Two are of the same name.
    """
    if len(offsets) < 2:
        return offsets[0] if offsets else None
    names = [offset.name for offset in offsets]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InputError("is given twice", field="offset", value=twice)
    return Offset(
        ", ".join(offset.text for offset in offsets),
        sum(offset.rate for offset in offsets),
        np.sum([offset.sites for offset in offsets], axis=0),
        np.sum([offset.covariance for offset in offsets], axis=0),
        tuple(dict.fromkeys(study for offset in offsets for study in offset.studies)),
        parts=tuple(offsets),
    )


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
