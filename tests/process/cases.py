"""What the proofs of the process share: random patients, random coefficients, and models of other layouts."""

from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from organotropism.patient import Patient
from organotropism.process.kernel import Risks
from organotropism.process.layout import Layout
from organotropism.process.model import Model
from toy import toy_model

Array = NDArray[np.float64]
QUANTITIES = ("any", "first", "only", "ever", "given", "several")

#: Every field that the model reads, with the whole range it is read over.
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "er": st.sampled_from(["positive", "negative"]),
    "her2": st.sampled_from(["positive", "negative"]),
    "pr": st.sampled_from(["positive", "negative"]),
    "grade": st.sampled_from([1, 2, 3]),
    "age": st.integers(18, 110),
    "size_mm": st.integers(1, 300),
    "positive_nodes": st.integers(0, 60),
    "histology": st.sampled_from(["ductal", "lobular", "mixed", "other"]),
    "detection": st.sampled_from(["screen", "symptoms"]),
    "ki67": st.integers(0, 100),
}
TREATMENTS: dict[str, tuple[Any, ...]] = {
    "endocrine_therapy": (True, False),
    "chemotherapy": ("none", "second generation", "third generation"),
    "anti_her2_therapy": (True, False),
    "radiotherapy": (True, False),
    "bisphosphonate": (True, False),
}

#: A patient with triple-negative disease of whom everything is known.
KNOWN = {
    "er": "negative",
    "pr": "negative",
    "her2": "negative",
    "grade": 3,
    "age": 48,
    "size_mm": 35,
    "positive_nodes": 5,
    "histology": "ductal",
    "detection": "symptoms",
    "ki67": 60,
}


@st.composite
def fields(draw: st.DrawFn, most_unknown: int = 3) -> dict[str, Any]:
    """Fields of a random patient, up to `most_unknown` of them left out, but not both receptors."""
    hidden = draw(st.sets(st.sampled_from([*FIELDS][1:]), max_size=most_unknown))
    stated = {name: draw(values) for name, values in FIELDS.items() if name not in hidden}
    for name, values in TREATMENTS.items():
        value = draw(st.sampled_from([None, None, *values]))
        if value is not None:
            stated[name] = value
    stated["year_of_diagnosis"] = draw(st.integers(1985, 2025))
    return stated


def patients(most_unknown: int = 3) -> st.SearchStrategy[Patient]:
    """Random patients free of distant disease at diagnosis."""
    return fields(most_unknown).map(lambda stated: Patient(**stated))


def shaken(seed: int, sd: float = 0.3) -> Model:
    """The toy model with every coefficient moved at random."""
    toy = toy_model()
    noise = np.random.default_rng(seed).normal(scale=sd, size=toy.layout.size)
    return replace(toy, theta=toy.theta + noise)


def certain(model: Model) -> Model:
    """The model with its coefficients known: its risks are those of the process at them, not means."""
    return replace(model, covariance=np.zeros_like(model.covariance), between=())


def models(sd: float = 0.3) -> st.SearchStrategy[Model]:
    """Models with random coefficients."""
    return st.integers(0, 2**32 - 1).map(lambda seed: shaken(seed, sd))


def risks_of(model: Model, patient: Patient, *horizons: float) -> Risks:
    """Point forecast of one patient; the first two axes of each array are one long."""
    risks: Risks = model.forecast([patient], horizons, intervals=False).risks
    return risks


def risks_at_coefficients(model: Model, patient: Patient, *horizons: float) -> Risks:
    """Risks of the process at the model's coefficients, as references compute them, not their means."""
    return risks_of(certain(model), patient, *horizons)


def largest_difference(a: Risks, b: Risks) -> float:
    """Largest absolute difference over all quantities."""
    return max(float(np.abs(getattr(a, name) - getattr(b, name)).max()) for name in QUANTITIES)


def with_layout(layout: Layout, theta: Array) -> Model:
    """A model of another layout, without spread."""
    none = np.zeros((layout.size, layout.size))
    toy = toy_model()
    return replace(toy, layout=layout, theta=theta, covariance=none, between=(), support={}, baselines={})


def random_theta(layout: Layout, seed: int) -> Array:
    """Plausible coefficients for any layout: hazards near .05, .1 and .3 per year, effects near zero."""
    theta = np.random.default_rng(seed).normal(scale=0.3, size=layout.size)
    centres = {"rate.level": -3.0, "rate.slope": 1.0, "progression.level": -2.3, "death.level": -1.2}
    for name, centre in centres.items():
        layout.block(theta, name)[...] += centre
    return theta
