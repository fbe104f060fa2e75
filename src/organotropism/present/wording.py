"""The English of the text output, in one place."""

from __future__ import annotations

from collections.abc import Sequence

from organotropism.errors import one_of, printable
from organotropism.patient import Patient
from organotropism.present.numbers import percent, years
from organotropism.process.results import Forecast

LEVEL = (
    "The level of risk is uncertain in this model: the intervals hold the spread between the populations "
    "of the studies."
)
INTERVAL = "In brackets: 95 % uncertainty of the evidence."
QUANTITIES = (
    "first: among the sites found when distant disease presents; only: the one site found then; "
    "ever: found then or later."
)
FURTHER = "ever: a further site found by then; death competes."
ANY = "any"
GIVEN = "If distant disease presents, sites found then"
SEVERAL = "more than one site"
REASONS = "Main reasons, against the average of the reference population"
RATIOS = (
    "whether/when: hazard ratio of distant disease. how many: odds ratio of every site once it presents. "
    "where: odds ratio of one site beyond that. A dot is within 5 % of 1. Below: studies that weigh most."
)
RATIOS_FURTHER = (
    "how many: odds ratio of every site. where: odds ratio of one site beyond that. "
    "A dot is within 5 % of 1. Below: studies that weigh most."
)
NO_REASONS = "Nothing that is known sets this forecast apart from the average of the reference population."
NO_STUDIES = "no study: prior alone"
UNKNOWN = "Unknown inputs that would narrow the answer most"
WARNINGS = "Warnings"
PREDICT = "predict3"
STUDIES = {PREDICT: "PREDICT v3.2"}
FIELDS = {
    "age": "age",
    "detection": "detection",
    "er": "ER",
    "grade": "grade",
    "her2": "HER2",
    "histology": "histology",
    "ki67": "Ki-67",
    "positive_nodes": "positive nodes",
    "pr": "PR",
    "size_mm": "size",
    "subtype": "subtype",
}
TREATMENTS = {
    "endocrine_therapy": "endocrine therapy",
    "chemotherapy": "chemotherapy",
    "anti_her2_therapy": "trastuzumab",
    "radiotherapy": "radiotherapy",
    "bisphosphonate": "bisphosphonate",
}


def title(forecast: Forecast) -> str:
    """Who the forecast is for, as far as it matters."""
    known = [subtype(forecast.patient)]
    for factor in ("age", "size", "nodes", "grade", "histology"):
        text = factor_text(forecast.patient, factor)
        if text is not None:
            known.append(text)
    label = "" if forecast.patient.id is None else f"{printable(forecast.patient.id)}: "
    return f"{label}{', '.join(known)}"


def subtype(patient: Patient) -> str:
    """The clinical subtype, or those that are possible."""
    return one_of(patient.clinical_subtypes)


def start(patient: Patient) -> str:
    """What the forecast starts from, and its clock."""
    if patient.involved:
        known = sorted(patient.involved, key=lambda found: found.years)
        sites = ", ".join(f"{found.site} (found at {years(found.years)})" for found in known)
        state = f"Known: {sites}; no other distant site at {years(patient.now)} after diagnosis."
    elif patient.now:
        state = f"Free of distant disease {years(patient.now)} after diagnosis."
    else:
        return "No distant disease at diagnosis. Years count from diagnosis."
    return f"{state} Years count from then; in brackets, from diagnosis."


def clock(now: float, horizon: float) -> str:
    """A horizon in years from now and, where that differs, in brackets from diagnosis."""
    return f"{horizon:g} ({now + horizon:g})" if now else f"{horizon:g}"


def level(forecast: Forecast) -> str:
    """Whose level of risk the forecast has."""
    options, model = forecast.table.options, forecast.table.model
    year = f"diagnosed {forecast.year}{_assumed(forecast) if forecast.year_assumed else ''}"
    if options.baseline in model.baselines:
        return f"Level of risk: {year}, in {model.baselines[options.baseline].label} ({options.baseline})."
    whose = "population-based (registries and trials)" if model.baselines else "of the model's own population"
    return f"Level of risk: {year}, {whose}."


def _assumed(forecast: Forecast) -> str:
    """That no year was stated, and what a stated one could change."""
    text = " (no year stated: the latest that the evidence covers"
    found = forecast.any_in_first_year
    if found is None:
        return f"{text})"
    year, horizon, risk = found
    risks = f"{percent(forecast.any(horizon).risk)}, {percent(risk)} if diagnosed {year}"
    return f"{text}; any distant disease within {years(horizon)} {risks})"


def factor_text(patient: Patient, factor: str) -> str | None:
    """What is known of one factor of an explanation, None where nothing is."""
    size, nodes = patient.size_mm, patient.positive_nodes
    texts: dict[str, str | None] = {
        "subtype": subtype(patient),
        "age": None if patient.age is None else f"age {patient.age:g}",
        "size": patient.t if size is None else f"{size:g} mm{', T4' if patient.t == 'T4' else ''}",
        "nodes": patient.n if nodes is None else f"{nodes} positive node{'' if nodes == 1 else 's'}",
        "grade": None if patient.grade is None else f"grade {patient.grade}",
        "histology": patient.histology,
        "detection": {"screen": "found by screening", "symptoms": "found by symptoms"}.get(
            patient.detection or ""
        ),
        "pr": None if patient.pr is None else f"PR {patient.pr}",
        "ki67": None if patient.ki67 is None else f"Ki-67 {patient.ki67:g} %",
        "treatment": treatment(patient),
    }
    return texts[factor]


def treatment(patient: Patient) -> str | None:
    """Adjuvant treatment that is stated, None where nothing is."""
    texts = []
    for field, name in TREATMENTS.items():
        value = getattr(patient, field)
        if value is None:
            continue
        if value is True:
            texts.append(name)
        elif value in (False, "none"):
            texts.append(f"no {name}")
        else:
            texts.append(f"{name} ({value})")
    return ", ".join(texts) or None


def reason(forecast: Forecast, factor: str) -> str | None:
    """As `factor_text`, for the year the one that the forecast used, and the markers that moved it."""
    for offset in () if forecast.offset is None else forecast.offset.each:
        if offset.name == factor:
            return offset.text
    return f"diagnosed {forecast.year}" if factor == "year" else factor_text(forecast.patient, factor)


def field_text(name: str) -> str:
    """An unknown field, or several open receptors, by their usual names."""
    return "/".join(FIELDS.get(part, part) for part in name.strip().split("/"))


def studies(ids: Sequence[str]) -> str:
    """Studies by their ids."""
    return ", ".join(STUDIES.get(study, study) for study in ids) or NO_STUDIES
