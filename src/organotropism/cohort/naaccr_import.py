"""A file of NAACCR XML becomes a cohort; what a registry cannot tell is said in the account."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from organotropism.cohort.mcode_gather import Wording
from organotropism.cohort.naaccr_source import registered
from organotropism.cohort.naaccr_tumour import FIRST_ALONE, read_registered
from organotropism.cohort.parts import Parts, Spool, import_parts
from organotropism.cohort.report import Account
from organotropism.cohort.schema import WINDOW_YEARS, Cohort
from organotropism.cohort.source import Progress
from organotropism.cohort.table import Import

CAUTION: Final = (
    "a registry records metastases at diagnosis and the first recurrence alone: sites that came later are"
    " missing, so that progression from site to site must not be learnt from it"
)
WORDING: Final = Wording(
    "naaccr",
    {
        "age": "ageAtDiagnosis",
        "sex": "sex, sexAssignedAtBirth",
        "year_of_diagnosis": "dateOfDiagnosis",
        "er": "estrogenReceptorSummary, csSiteSpecificFactor1",
        "pr": "progesteroneRecepSummary, csSiteSpecificFactor2",
        "her2": "her2OverallSummary, csSiteSpecificFactor15",
        "ki67": "ki67",
        "grade": "gradePathological, gradeClinical, csSiteSpecificFactor7, grade",
        "size_mm": "tumorSizeSummary, tumorSizeClinical, csTumorSize",
        "positive_nodes": "regionalNodesPositive, without neoadjuvant treatment",
        "t": "ajccTnmPathT, ajccTnmClinT, tnmPathT, tnmClinT",
        "n": "ajccTnmPathN, ajccTnmClinN, tnmPathN, tnmClinN",
        "histology": "histologicTypeIcdO3",
        "endocrine_therapy": "rxSummHormone",
        "chemotherapy": "rxSummChemo",
        "anti_her2_therapy": "rxSummBrm",
        "neoadjuvant": "neoadjuvantTherapy, rxSummSystemicSurSeq",
        "previous_cancer": "further tumours, sequenceNumberCentral",
        "m": "metastases at diagnosis, M, stage IV",
    },
    "follow-up ends with the date of last contact, which is that of death where vitalStatus says so",
)
_EVERY: Final = 1_000


def import_naaccr(
    path: str | Path,
    *,
    name: str | None = None,
    window_years: float = WINDOW_YEARS,
    progress: Progress | None = None,
    out: str | Path | None = None,
) -> Import:
    """Read a cohort from NAACCR XML, versions 14 to 26, plain or compressed with gzip.

    Parameters
    ----------
    path : of the file
    name, window_years, progress, out : as in `mcode_import.import_mcode`

    Raises
    ------
    InputError
        No such file, or no NAACCR XML.
    """

    def read(kept: list[Cohort] | Spool) -> tuple[Parts, list[Account]]:
        parts = Parts(Path(path).name, "patients", "not recorded", window_years, kept, WORDING)
        for number, patient in enumerate(registered(path), start=1):
            found = read_registered(patient)
            parts.add(number, found.problem or found)
            if progress is not None and number % _EVERY == 0:
                progress(_EVERY)
        return parts, []

    result = import_parts(
        read,
        label=name or Path(path).name.split(".")[0],
        file=str(path),
        out=out,
        needed="patients in NAACCR XML",
    )
    if FIRST_ALONE in result.report.notes:
        result.report.cautions.append(CAUTION)
    return result
