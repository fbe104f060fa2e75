"""The English of explanations, in one place."""

from __future__ import annotations

from typing import Final

from organotropism.errors import one_of
from organotropism.explain.coalitions import Quantity
from organotropism.explain.explanation import Explanation
from organotropism.patient import Patient
from organotropism.present import wording
from organotropism.present.numbers import years
from organotropism.present.wording_figures import QUANTITIES, within
from organotropism.process.results import Forecast
from organotropism.vocabulary import Compartment

FACTORS: Final = {
    "subtype": "subtype",
    "histology": "histology",
    "age": "age",
    "nodes": "nodes",
    "size": "size",
    "grade": "grade",
    "detection": "detection",
    "pr": "PR",
    "ki67": "Ki-67",
    "treatment": "treatment",
    "year": "year of diagnosis",
}
REFERENCE: Final = "average of the reference population"
PATIENT: Final = "this patient"
UNKNOWN: Final = "not known, averaged"
SUM: Final = "sum"
_UNSEEN: Final = {
    Compartment.EXOSOME: "exosomes",
    Compartment.CTC: "circulating tumour cells",
    Compartment.MICROENVIRONMENT: "the microenvironment",
}
RISK_NOTE: Final = (
    "Parts are Shapley values in percentage points: the mean change of the forecast over all orders in which "
    "the known factors may become known, what is not yet known being averaged over the reference population. "
    "A factor also gets what it tells of others. Factors without a visible part are left out. "
    "Risks here are at the model's coefficients; a forecast is the mean over what is uncertain of them."
)
LOG_NOTE: Final = (
    "log rate: log hazard of distant disease, mean over the years of the forecast. A site: log odds that it "
    "is among those found, given which others are (at least one). Differences from the reference population; "
    "what is not known has a part because it is averaged over those women who agree with what is."
)
LOG_NOTE_FURTHER: Final = (
    "A site: log odds that it is among those found, given which others are. Differences from the reference "
    "population; what is not known has a part because it is averaged over those who agree with what is."
)
WATERFALL: Final = "From the reference population to this patient"
RAISES: Final = "raises the risk"
LOWERS: Final = "lowers the risk"
SCALES: Final = "Each panel has its own scale."
BAR_NUMBERS: Final = "Numbers beside bars: percentage points."


def not_estimable(explanation: Explanation) -> str:
    """Which compartments the model and the markers say nothing of."""
    unseen = [name for block, name in _UNSEEN.items() if block not in explanation.block_of.values()]
    if not unseen:
        return ""
    return (
        f"The model holds no effect of {one_of(unseen)}; `organotropism determinants` says why. "
        "That is not an effect of zero."
    )


def reference_text(patient: Patient) -> str:
    """Whose mean a risk is compared with."""
    return f"{REFERENCE} with the same sites" if patient.involved else REFERENCE


def of_this(block: str) -> str:
    """Label of the sum over a block."""
    return f"of this {block}"


def known_text(explanation: Explanation, factor: str) -> str:
    """What is known of a factor, led by its name where the value alone would not tell."""
    text = wording.reason(explanation.forecast, factor) or explanation.values[factor]
    return f"histology {text}" if factor == "histology" else text


def risk_heading(quantity: str, horizon: float, forecast: Forecast) -> str:
    """What the table of risks holds."""
    meaning = "found by then" if forecast.patient.involved else QUANTITIES[quantity]
    return f"Risk, {within(horizon, forecast.patient)}: site {meaning}"


def quantity_text(quantity: Quantity) -> str:
    """A risk in words: ``brain, ever within 10 years``."""
    if quantity.name == "given":
        return f"{quantity.site}, given metastasis"
    if quantity.name == "several":
        return "more than one site, given metastasis"
    name = "" if quantity.name == "any" else f", {quantity.name}"
    return f"{quantity.site or 'any distant disease'}{name} within {years(quantity.years or 0.0)}"


def waterfall_title(quantity: str, horizon: float, forecast: Forecast) -> str:
    """What the waterfall shows."""
    if quantity == "given":
        return f"{WATERFALL}: sites found if distant disease presents"
    return f"{WATERFALL}: risk {within(horizon, forecast.patient)}"
