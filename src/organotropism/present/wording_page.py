"""The English of the printed page, in one place."""

from __future__ import annotations

from typing import Final

from organotropism.patient import Patient
from organotropism.present.numbers import counted, frequencies, frequency, people, years
from organotropism.present.wording_figures import EVIDENCE, within, without
from organotropism.process.results import Estimate, Forecast

TITLE: Final = "Distant metastasis: where, when, how sure"
SEVERAL_TITLE: Final = "Forecasts of distant metastasis"
COMPARISON_TITLE: Final = "Two patients compared"
CONTENTS: Final = "Patients"
ENTERED: Final = "What is known"
NOT_KNOWN: Final = "Not known, and averaged over the reference population"
BODY: Final = "Where"
CURVES: Final = "When"
ICONS: Final = "How many people"
NUMBERS: Final = "The numbers"
GIVEN: Final = "If distant disease presents: sites found then"
REASONS: Final = "Why: what sets this forecast apart"
UNKNOWN: Final = "What would narrow the answer"
NO_UNKNOWN: Final = "No unknown input would change a digit shown here."
EXPECTED: Final = "Expected presentations, for planning studies"
LIMITS: Final = "Of whom the numbers speak, and of whom not"
WARNINGS: Final = "Warnings for this patient"
STUDIES: Final = "Studies named above"
BARS: Final = "Side by side"

SITE: Final = "site"
FIELD: Final = "field"
YEAR: Final = "year"
ALL_YEARS: Final = "all"
SPREAD: Final = "uncertainty"
BRACKETS: Final = f"In brackets: 95 % {EVIDENCE}."
COLUMNS: Final = {"ever": "found by then", "first": "found first", "only": "only one"}
QUANTITIES: Final = (
    "Found by then: when distant disease presents or later. Found first: among the sites found when it "
    "presents. Only one: the one site found then. Death of other causes competes."
)
FURTHER: Final = "Found by then: a further site found within that time. Death competes."
REASONS_LEAD: Final = (
    "Against the average of the reference population. Whether and when: hazard ratio of distant disease. How "
    "many: odds ratio of every site once it presents. Where: odds ratio of one site beyond that. Effects "
    "within 5 % are left out. Links lead to the studies that weigh most."
)
REASONS_LEAD_FURTHER: Final = (
    "Against the average of the reference population. How many: odds ratio of every site. Where: odds ratio "
    "of one site beyond that. Effects within 5 % are left out. Links lead to the studies that weigh most."
)
WHETHER: Final = "whether and when"
HOW_MANY: Final = "how many"
WHERE: Final = "where"
NO_EFFECT: Final = "within 5 %"
LEVEL: Final = (
    "How often differs between populations more than where: the order of the sites is better founded than "
    "the level of the risks, and the same tumour has another risk in another country or decade. The "
    "intervals hold this spread between the populations of the studies."
)
NOT_FOR: Final = (
    "People below 18 years, in situ cancer alone, phyllodes tumours and sarcoma are refused.",
    "Men, pregnancy, inflammatory or bilateral cancer and an earlier cancer: hardly any of the evidence is "
    "from them, and a warning says so.",
    "Local, regional and contralateral recurrence are not forecast.",
    "Treatments newer than the evidence are not accounted for: CDK4/6 inhibitors, antibody-drug conjugates, "
    "PARP inhibitors, immunotherapy.",
    "Findings in mice, cell lines or other cancers move no number. Nor do molecular markers without a "
    "published cut-off and an effect with an interval, which is most of them: they show a direction alone "
    "(organotropism markers list).",
)
EXPECTED_BRACKETS: Final = f"Last line: 95 % {EVIDENCE} of the sum."
ROUTINE_IMAGING: Final = (
    "These numbers are for planning studies. Routine imaging of women without symptoms has not been shown to "
    "prolong life, and guidelines advise against it."
)
#: What `ROUTINE_IMAGING` rests on: title and address.
GUIDELINES: Final = (
    (
        "Moschetti I et al. Follow-up strategies for women treated for early breast cancer. Cochrane "
        "Database Syst Rev 2016;(5):CD001768",
        "https://doi.org/10.1002/14651858.CD001768.pub3",
    ),
    (
        "Khatcheressian JL et al. Breast cancer follow-up and management after primary treatment: ASCO "
        "guideline update. J Clin Oncol 2013;31:961-965",
        "https://doi.org/10.1200/JCO.2012.45.9859",
    ),
    (
        "Runowicz CD et al. ACS/ASCO breast cancer survivorship care guideline. CA Cancer J Clin "
        "2016;66:43-73",
        "https://doi.org/10.3322/caac.21319",
    ),
)
CREDIT: Final = (
    "Anatomy: EBI Expression Atlas anatomogram, CC BY 4.0, reduced and recoloured; spine and pelvis added."
)
LABELS: Final = {
    "age": "Age at diagnosis",
    "sex": "Sex",
    "year_of_diagnosis": "Year of diagnosis",
    "detection": "Found by",
    "er": "Oestrogen receptor",
    "pr": "Progesterone receptor",
    "her2": "HER2",
    "ki67": "Ki-67",
    "grade": "Grade",
    "size_mm": "Size",
    "positive_nodes": "Positive nodes",
    "t": "T category",
    "n": "N category",
    "anatomic_stage": "Anatomic stage",
    "m": "M category",
    "histology": "Histology",
    "menopausal_status": "Menopausal status",
    "subtype": "Clinical subtype",
    "pam50": "Intrinsic subtype (PAM50)",
    "endocrine_therapy": "Endocrine therapy",
    "chemotherapy": "Chemotherapy",
    "anti_her2_therapy": "Trastuzumab",
    "radiotherapy": "Radiotherapy",
    "bisphosphonate": "Bisphosphonate",
    "neoadjuvant": "Systemic treatment before surgery",
    "previous_cancer": "Earlier cancer",
    "bilateral": "Both breasts",
    "inflammatory": "Inflammatory",
    "pregnant": "Pregnant",
    "other_treatments": "Other treatments",
    "free_for": "Free of distant disease for",
    "involved": "Distant sites known",
    "as_of": "Known as of",
}
_UNITS: Final = {"age": " years", "free_for": " years", "as_of": " years", "ki67": " %", "size_mm": " mm"}


def women(patient: Patient) -> str:
    """Whom natural frequencies count."""
    return "men" if patient.sex == "male" else "women"


def entered(patient: Patient) -> list[tuple[str, str]]:
    """Every field that is known, as label and value."""
    rows = []
    for name, label in LABELS.items():
        value = getattr(patient, name)
        if value is None or value == ():
            continue
        rows.append((label, _value(name, value)))
    return rows


def _value(name: str, value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name == "involved" and isinstance(value, tuple):
        return ", ".join(f"{found.site} at {years(found.years)}" for found in value)
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    number = f"{value:g}" if isinstance(value, float) else str(value)
    unit = _UNITS.get(name, "")
    return f"{number}{unit[:-1] if unit == ' years' and value == 1 else unit}"


def summary(forecast: Forecast, horizon: float) -> str:
    """Any distant disease in both framings, with what the evidence leaves open."""
    value = forecast.any(horizon)
    among = people(value.risk)
    time = within(horizon, forecast.patient)
    spread = frequencies(value, among)
    sure = "" if spread is None else f" {EVIDENCE.capitalize()}: {spread}."
    return (
        f"Of {among:,} such {women(forecast.patient)}, {_number(value, among)} have distant disease found "
        f"{time}; {_others(value.risk, among)}.{sure}"
    )


def _others(risk: float, among: int) -> str:
    """The other framing, as a clause."""
    return without(risk, among).replace(" not", " do not")


def _number(value: Estimate, among: int) -> str:
    if value.risk < 0.5 / among:
        return "under 1"
    return f"about {counted(value.risk, among)}"


def largest(forecast: Forecast, horizon: float, sites: list[str]) -> str:
    """The sites found most often by then."""
    risks = {site: forecast.site(site, "ever", horizon).risk for site in sites}
    ranked = sorted(risks, key=lambda site: -risks[site])[:2]
    shown = " and ".join(f"{site} ({frequency(risks[site])})" for site in ranked)
    return f"Found most often {within(horizon, forecast.patient)}: {shown}."


def expected_lead(forecast: Forecast) -> str:
    """What the table of expected presentations counts."""
    start = "years from now" if forecast.patient.now else "years from diagnosis"
    return (
        f"Per 1,000 such {women(forecast.patient)}: first presentations with distant disease, by year "
        f"({start}). One with several sites counts for each of them, and once under any."
    )


def further(forecast: Forecast) -> str:
    """What the forecast of a patient with known metastases is of."""
    sites = ", ".join(forecast.patient.involved_sites)
    return f"Metastases are known in: {sites}. The forecast is of further sites."


def speaks_of(forecast: Forecast) -> str:
    """The population behind the model."""
    text = forecast.table.model.speaks_of.rstrip(".")
    return f"{text[:1].upper()}{text[1:]}."


def model_line(forecast: Forecast) -> str:
    """Which model made the numbers."""
    model = forecast.table.model
    sum_of_file = f", checksum {model.checksum.removeprefix('sha256:')[:12]}" if model.checksum else ""
    return f"Model {model.name}, version {model.version}{sum_of_file}."
