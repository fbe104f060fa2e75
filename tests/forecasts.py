"""Forecasts of the toy model that the tests of figures and pages share."""

from __future__ import annotations

from functools import cache

from organotropism.patient import Patient
from organotropism.present.figures import curve_horizons
from organotropism.process.results import Forecast
from toy import KNOWN, toy_model

SHOWN = (5.0, 10.0)
PATIENTS = {
    "full": KNOWN
    | {
        "chemotherapy": "third generation",
        "endocrine_therapy": True,
        "m": "M0",
        "id": "A & <b>B</b>",
    },
    "low": {
        "age": 63,
        "er": "positive",
        "pr": "positive",
        "her2": "negative",
        "ki67": 8,
        "grade": 1,
        "size_mm": 9,
        "positive_nodes": 0,
        "histology": "ductal",
        "detection": "screen",
        "m": "M0",
    },
    "free": {
        "er": "negative",
        "pr": "negative",
        "her2": "negative",
        "age": 50,
        "grade": 2,
        "size_mm": 20,
        "detection": "symptoms",
        "ki67": 30,
        "free_for": 3,
    },
    "metastatic": {
        "subtype": "TNBC",
        "involved": "bone@2.5;lung@3",
        "as_of": 4,
        "age": 50,
        "grade": 3,
        "size_mm": 20,
        "positive_nodes": 2,
        "histology": "ductal",
    },
}


@cache
def forecast(name: str, intervals: bool = True) -> Forecast:
    """Forecast of one of `PATIENTS` on the horizons that curves need."""
    patient = Patient.parse(PATIENTS[name])
    table = toy_model().forecast([patient], curve_horizons(SHOWN, patient.now), intervals=intervals)
    found: Forecast = table[0]
    return found
