"""What if treatment were other than stated: the average effects of randomised trials, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from organotropism.app.work import forecast_table
from organotropism.patient import Patient
from organotropism.process.model import Model
from organotropism.process.results import Options

_NAMES: Final = {
    "endocrine_therapy": "Endocrine therapy",
    "chemotherapy": "Chemotherapy",
    "anti_her2_therapy": "Trastuzumab",
    "radiotherapy": "Radiotherapy",
    "bisphosphonate": "Bisphosphonate",
}


@dataclass(frozen=True)
class WhatIf:
    """Risk of any distant disease without and with one treatment, the others as stated.

    Attributes
    ----------
    field : that of the patient, with the level where there are several
    name : of the treatment, as people say it
    without, with_ : risks at the horizon
    """

    field: str
    name: str
    without: float
    with_: float


def what_if(model: Model, patient: Patient, options: Options) -> list[WhatIf]:
    """Each treatment that applies, with and without; empty once distant disease is known.

    Treatment changes whether and when distant disease presents, by the log hazard ratios that travel with the
    model (PREDICT v3.2, from overviews of randomised trials). Nothing observational enters.
    """
    if patient.involved:
        return []
    choices = list(_choices(model, patient))
    variants = [
        patient.model_copy(update={name: value})
        for name, without, level in choices
        for value in (without, level)
    ]
    if not variants:
        return []
    last = Options((options.horizons[-1],), False, options.year, options.baseline)
    risks = forecast_table(model, variants, last).risks.any[0, :, 0]
    found = []
    for number, (name, _, level) in enumerate(choices):
        several = isinstance(level, str)
        label = f"{_NAMES[name]} ({level})" if several else _NAMES[name]
        field = f"{name}-{level}".replace(" ", "-") if several else name
        found.append(WhatIf(field, label, float(risks[2 * number]), float(risks[2 * number + 1])))
    return found


def _choices(model: Model, patient: Patient) -> Iterator[tuple[str, bool | str, bool | str]]:
    """Field, its value without, and its value with the treatment."""
    effects = model.index.coefficients["treatment"]
    for name in _NAMES:
        if name not in effects or not _applies(name, patient):
            continue
        for level in effects[name]:
            yield (name, False, True) if level == "True" else (name, "none", level)


def _applies(name: str, patient: Patient) -> bool:
    """Whether the treatment can act, as the model reads receptors and menopause."""
    if name == "endocrine_therapy":
        return patient.er_status is not False
    if name == "anti_her2_therapy":
        return any("HER2+" in subtype for subtype in patient.clinical_subtypes)
    return not (name == "bisphosphonate" and patient.menopausal_status == "pre")
