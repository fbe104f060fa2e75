"""A small model with plausible, invented coefficients, for tests that need any model at all."""

from __future__ import annotations

from functools import cache
from math import log

import numpy as np

from organotropism.learn.reference import Reference
from organotropism.learn.shipped import predict_index, reference_population
from organotropism.process.layout import COVARIATES, Layout
from organotropism.process.model import Baseline, Between, Model
from organotropism.vocabulary import SITES

#: Fields of a patient of whom all that the model asks is known.
KNOWN = {
    "age": 52,
    "er": "positive",
    "pr": "positive",
    "her2": "negative",
    "ki67": 25,
    "grade": 3,
    "size_mm": 28,
    "positive_nodes": 5,
    "histology": "lobular",
    "detection": "symptoms",
}
#: Order of the values: as `Layout` names them; sites are bone, lung, liver, brain, other.
BLOCKS = {
    "rate.level": [
        [log(0.045), log(0.035), log(0.012), log(0.006)],
        [log(0.012), log(0.016), log(0.013), log(0.011)],
    ],
    "rate.slope": [1.0, 0.95],
    "rate.fade": [-0.1, -0.25, -0.4],
    "rate.year": [-0.21, -0.29],
    "rate.age": [[0.1, -0.05], [0.05, 0.1]],
    "rate.t4": 0.26,
    "rate.effects": [0.05, 0.1, 0.15, 0.1],
    "pattern.level": [0.1, -1.2, -1.3, -2.9, -0.9],
    "pattern.de_novo": [0.6, 0.1, 0.1, -0.4, 0.1],
    "pattern.pair": [-0.3, 0.1, -0.5, -0.2, 0.5, 0.6, 0.5, 0.3, -0.1, 0.2],
    "progression.level": [log(0.12), log(0.10), log(0.12), log(0.05), log(0.10)],
    "progression.shape": [0.1, 0.1, -0.1, -0.3],
    "progression.several": 0.3,
    "progression.slope": 0.8,
    "death.level": log(0.2),
    "death.shape": [0.1, 0.2, 0.1, -0.1],
    "death.subtype": [-0.2, 0.2, 0.9],
    "death.liver": 0.4,
    "death.brain": 0.8,
    "death.several": 0.4,
    "prevalence.level": -3.0,
    "prevalence.subtype": [0.3, 0.4, 0.1],
}
EFFECTS = {
    "HR+/HER2+": [-0.2, 0.2, 0.5, 0.7, 0.0],
    "HR-/HER2+": [-0.8, 0.4, 0.7, 1.2, 0.1],
    "TNBC": [-0.8, 0.6, -0.1, 1.1, 0.3],
    "lobular": [0.4, -0.7, -0.2, -0.4, 0.7],
    "age": [-0.05, 0.1, -0.1, -0.15, 0.0],
    "nodes": [0.05, -0.05, 0.1, 0.0, 0.05],
    "size": [0.0, 0.1, 0.05, 0.05, 0.1],
    "grade": [-0.1, 0.15, 0.15, 0.2, 0.0],
}
SUPPORT = {
    "pattern.effects[TNBC, brain]": {"kennecke2010": 0.6, "pmc5040895": 0.3},
    "pattern.effects[lobular, bone]": {"mathew2017": 0.8},
    "pattern.effects[grade, bone]": {"colzani2014": 0.5},
}


@cache
def toy_model() -> Model:
    """The model; one object for all tests, which must not change it."""
    layout = Layout(tuple(str(site) for site in SITES))
    theta = np.zeros(layout.size)
    for name, values in BLOCKS.items():
        theta[layout.slices[name]] = np.ravel(values)
    layout.block(theta, "pattern.effects")[:] = [EFFECTS[name] for name in COVARIATES]
    index, population = predict_index(), reference_population()
    level = tuple(name for name in layout.names if name.startswith("rate.level"))
    return Model(
        name="toy",
        version="0",
        speaks_of="Nobody: the coefficients are invented for tests.",
        layout=layout,
        theta=theta,
        covariance=0.05**2 * np.eye(layout.size),
        between=(Between(level, 0.3),),
        index=index,
        centre=Reference(population, index, layout.bands).centre,
        population=population,
        baselines={"mariotto2018": Baseline("Women of a registry, 1990-2013", 0.4, 0.1)},
        support=SUPPORT,
        provenance={"licence": "none"},
    )
