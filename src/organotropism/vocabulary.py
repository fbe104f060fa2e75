"""The closed vocabularies of the field as used here: sites, subtypes, endpoints, factors, with codes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Site(StrEnum):
    """Organ of a distant metastasis; the order is that of every array over sites."""

    BONE = "bone"
    LUNG = "lung"
    LIVER = "liver"
    BRAIN = "brain"
    OTHER = "other"


SITES: Final = tuple(Site)

UBERON: Final = {
    Site.BONE: "UBERON:0002481",
    Site.LUNG: "UBERON:0002048",
    Site.LIVER: "UBERON:0002107",
    Site.BRAIN: "UBERON:0000955",
}
"""Anatomy codes; `Site.OTHER` is a collection and has none of its own, see `OTHER_SITES`."""

ICD10: Final = {
    Site.BONE: "C79.5",
    Site.LUNG: "C78.0",
    Site.LIVER: "C78.7",
    Site.BRAIN: "C79.3",
}
"""ICD-10 codes of secondary malignant neoplasms; C79.5 covers bone marrow as well as bone."""


@dataclass(frozen=True, slots=True)
class FinerSite:
    """An organ within `Site.OTHER`, with its UBERON and ICD-10 codes."""

    name: str
    uberon: str
    icd10: str


OTHER_SITES: Final = (
    FinerSite("pleura", "UBERON:0000977", "C78.2"),
    FinerSite("distant lymph node", "UBERON:0000029", "C77.9"),
    FinerSite("skin or soft tissue", "UBERON:0002097", "C79.2"),
    FinerSite("peritoneum", "UBERON:0002358", "C78.6"),
    FinerSite("gastrointestinal tract", "UBERON:0001555", "C78.8"),
    FinerSite("ovary", "UBERON:0000992", "C79.6"),
    FinerSite("adrenal gland", "UBERON:0002369", "C79.7"),
    FinerSite("bone marrow", "UBERON:0002371", "C79.5"),
)
"""What `Site.OTHER` gathers."""

FINER_SITES: Final = {
    "bone": Site.BONE,
    "lung": Site.LUNG,
    "liver": Site.LIVER,
    "brain": Site.BRAIN,
    "pleura": Site.OTHER,
    "distant_lymph_node": Site.OTHER,
    "skin_soft_tissue": Site.OTHER,
    "other": Site.OTHER,
}
"""Single organs as the evidence tables name them (`site_std`) and the site each belongs to."""

SUBTYPES: Final = ("HR+/HER2-", "HR+/HER2+", "HR-/HER2+", "TNBC")
"""Clinical subtypes by hormone receptors (ER or PR) and HER2; the order is that of every array over them."""


class Endpoint(StrEnum):
    """What a published number counts (`endpoint_std` of the evidence tables)."""

    AT_DIAGNOSIS = "at_diagnosis"
    FIRST_RELAPSE = "first_relapse"
    EVER = "ever"
    TIME_TO_SITE = "time_to_site"
    SURVIVAL = "survival"
    EXPERIMENTAL = "experimental"
    EXPRESSION = "expression"
    OTHER = "other"


class Denominator(StrEnum):
    """Among whom a published number counts: anyone with breast cancer, or those with metastases."""

    ALL_PATIENTS = "all_patients"
    METASTATIC_PATIENTS = "metastatic_patients"
    NOT_APPLICABLE = "not_applicable"
    UNCLEAR = "unclear"


class Grade(StrEnum):
    """Grade of evidence.

    A human breast, repeated or validated; B human breast, one cohort; C mouse or cell line; D other cancer;
    E statement of a review. Grades C to E never move a number of the model.
    """

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    E = "E"


class Design(StrEnum):
    """Whose patients a study speaks of, on which the level of its risks depends.

    Of a registry metastases are observed; where recurrence was inferred from deaths the design says so.
    """

    REGISTRY = "registry or nationwide"
    MULTICENTRE = "trial or multicentre"
    HOSPITAL = "single hospital"
    MODELLED = "modelled from deaths"
    NOT_APPLICABLE = "not applicable"
    NOT_STATED = "not stated"


class Compartment(StrEnum):
    """Where a molecular marker is measured."""

    PRIMARY_TUMOUR = "primary tumour"
    EXOSOME = "exosome"
    MICROENVIRONMENT = "microenvironment"
    CTC = "ctc"


class Factor(StrEnum):
    """Kind of determinant (`factor_std` of the evidence tables)."""

    SUBTYPE = "subtype"
    ER = "er"
    PR = "pr"
    HER2 = "her2"
    HORMONE_RECEPTOR = "hormone_receptor"
    T_CATEGORY = "t_category"
    TUMOUR_SIZE = "tumour_size"
    N_CATEGORY = "n_category"
    GRADE = "grade"
    AGE = "age"
    MENOPAUSE = "menopause"
    HISTOLOGY = "histology"
    RACE = "race"
    STAGE = "stage"
    TREATMENT = "treatment"
    MARKER = "marker"
    BASELINE = "baseline"
    OTHER = "other"
