"""What a few further studies would change in the literature model: one linearised update of its fit.

The fit to the literature is a Gauss-Newton iteration, whose last step has settled at the model's own
coefficients. A few further rows are added to that last step: with their predictions and derivatives there,
the new mode and covariance are those of a normal prior (the model) and a normal likelihood (the rows, with
the same spread between studies). That is exact for rows that do not move the mode far, takes a second, and
keeps the spread between studies and the weights of the published rows; the fit itself
(``organotropism learn literature --with FILE``) estimates both anew.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from organotropism.errors import InputError
from organotropism.evidence.own import OwnEvidence
from organotropism.learn.fit import FAMILIES, Choices, Linear, intercept_columns, linearised
from organotropism.learn.gather import SetAside, gather_associations
from organotropism.learn.literature import with_own
from organotropism.learn.measurement import Measurement
from organotropism.learn.prior import prior
from organotropism.learn.reference import Reference
from organotropism.learn.shipped import predict_index, reference_population
from organotropism.process.model import Model

Array = NDArray[np.float64]
#: Rounds after which the weights of far rows have settled.
_WEIGHT_STEPS = 20


@dataclass(frozen=True)
class Update:
    """A model with further rows, and what became of each row.

    Attributes
    ----------
    model : the updated model
    rows : what was used
    expected, residuals : value that the model expected of each row before, on its scale, and published less
        expected in standard errors, which hold the row's own error, the level of its study and the spread
        between studies
    aside : what was not used, with the reason
    """

    model: Model
    rows: tuple[Measurement, ...]
    expected: Array
    residuals: Array
    aside: tuple[SetAside, ...]


def updated(model: Model, own: OwnEvidence) -> Update:
    """Update the literature model by a user's own studies.

    Raises
    ------
    InputError
        Where the model was not learnt from the literature, whose spread between studies is needed.
    """
    tau = model.provenance.get("between_study_sd")
    if not isinstance(tau, dict) or set(tau) != set(FAMILIES):
        raise InputError("was not learnt from the literature", field="model", value=model.name)
    reference = Reference(reference_population(), predict_index(), model.layout.bands)
    rows, aside = gather_associations(reference, own.associations, own.studies)
    if not rows:
        return Update(with_own(model, own), (), np.zeros(0), np.zeros(0), tuple(aside))
    fitted, jacobian = linearised(model.layout, reference, model.theta, rows)
    residual = np.array([row.value for row in rows]) - fitted
    choices = Choices()
    columns = intercept_columns(model.layout, rows, jacobian)
    linear = Linear(rows, residual, jacobian, columns, choices, *prior(model.layout))
    noise = linear.noise(tau, np.ones(len(rows)))
    spread = np.sqrt(np.diag(noise))
    step, covariance = solved(model.covariance, jacobian, noise, residual)
    for _ in range(_WEIGHT_STEPS if choices.robust else 0):
        weights = linear.robust_weights(tau, residual - jacobian @ step)
        step, covariance = solved(model.covariance, jacobian, linear.noise(tau, weights), residual)
    moved = replace(model, theta=model.theta + step, covariance=covariance)
    return Update(with_own(moved, own), tuple(rows), fitted, residual / spread, tuple(aside))


def solved(prior_covariance: Array, jacobian: Array, noise: Array, residual: Array) -> tuple[Array, Array]:
    """Step of the mode and the new covariance, for rows whose errors are independent of those before.

    Parameters
    ----------
    prior_covariance : (size, size) of the coefficients before
    jacobian : (rows, size) derivatives of the rows' predictions
    noise : (rows, rows) covariance of the rows given the coefficients
    residual : (rows,) published less predicted
    """
    reach = prior_covariance @ jacobian.T
    gain = np.linalg.solve(jacobian @ reach + noise, reach.T).T
    covariance = prior_covariance - gain @ reach.T
    return gain @ residual, (covariance + covariance.T) / 2
