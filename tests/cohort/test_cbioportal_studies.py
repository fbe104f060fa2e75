"""Study folders in the manners of several published studies; all patients are made up."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from organotropism.cohort import Cohort
from organotropism.cohort.cbioportal import import_cbioportal
from organotropism.cohort.table import Import

#: Columns as TCGA's studies name them.
TCGA = """\
PATIENT_ID|SUBTYPE|AGE|SEX|AJCC_PATHOLOGIC_TUMOR_STAGE|PATH_M_STAGE|PATH_N_STAGE|PATH_T_STAGE|RADIATION_THERAPY\
|OS_STATUS|OS_MONTHS|DFS_STATUS|ER_STATUS_BY_IHC|PR_STATUS_BY_IHC|IHC_HER2|HER2_FISH_STATUS\
|LYMPH_NODES_EXAMINED_HE_COUNT|HISTOLOGICAL_DIAGNOSIS|RACE
T1|BRCA_LumA|55|Female|STAGE IIA|M0|N1A|T2|Yes|0:LIVING|49.3|0:DiseaseFree|Positive|Positive|Negative\
|[Not Available]|1|Infiltrating Ductal Carcinoma|White
T2|BRCA_Basal|47|Female||M1|N0 (I-)|T4B|No|1:DECEASED|20.1|1:Recurred/Progressed|Negative|Negative|Equivocal\
|Positive|0|Infiltrating Lobular Carcinoma|White
T3|BRCA_Basal|60|Female|STAGE IV|M0|N0|T2|No|0:LIVING|20.1|1:Recurred/Progressed|Negative|Negative|Positive\
|Negative|0|Infiltrating Ductal Carcinoma|White
"""
#: Columns as a series of sequenced metastases names them.
MSK = """\
PATIENT_ID|SEX|ER_STATUS_PRIMARY|PR_STATUS_PRIMARY|OVERALL_HER2_STATUS_PATIENT|STAGE_AT_DIAGNOSIS|T_STAGE|N_STAGE\
|M_STAGE|INVASIVE_CARCINOMA_DX_AGE|MENOPAUSAL_STATUS_AT_DIAGNOSIS|METASTATIC_DZ_FILE|METASTATIC_RECURRENCE_TIME\
|OS_MONTHS|OS_STATUS|LATERALITY
M1|Female|Positive|Positive|Negative|IIA|T2|N0|M0|50|Pre|Yes|30.5|60|0:LIVING|Left
M2|Female|Negative|Negative|Negative|IIA|T2|N0|M0|50|Post|No||60|0:LIVING|Left
M3|Female|Positive|Positive|Negative|IV|T2|N0|M1|50|Pre|Yes|0|60|1:DECEASED|Left
"""
MSK_SAMPLES = """\
PATIENT_ID|SAMPLE_ID|SAMPLE_TYPE|METASTATIC_SITE|ONCOTREE_CODE|CANCER_TYPE
M1|M1-a|Primary|Not Applicable|IDC|Breast Cancer
M1|M1-b|Metastasis|Liver|IDC|Breast Cancer
M2|M2-a|Primary|Not Applicable|ILC|Breast Cancer
M3|M3-b|Metastasis|Chest Wall|IDC|Breast Cancer
"""
#: Columns as patients themselves report them.
MBC = """\
PATIENT_ID|PATIENT_GENDER|PRIMARY_DX_AGE|DX_STAGE|ER_STATUS|PR_STATUS|HER2_STATUS|BODY_SITES_MET
P1|Female|41|Stage II|Positive|Positive|Negative|Bone, Liver
P2|Female|52|Stage IV|Negative|Negative|Positive|Lung
"""
MBC_SPECIMENS = """\
PATIENT_ID|START_DATE|EVENT_TYPE|SAMPLE_ID|SPECIMEN_SITE
P1|10|SPECIMEN|P1-1|BREAST
P1|1900|SPECIMEN|P1-2|LIVER
P2|5|SPECIMEN|P2-1|LUNG
"""
#: A series without follow-up.
SMC = """\
PATIENT_ID|AGE|SEX|STAGE
S1|38|Female|IIIA
S2|33|Female|I
"""


def read(folder: Path, patients: str, **more: str) -> Import:
    for name, text in {"clinical_patient": patients, **more}.items():
        head = "" if name.startswith("timeline") else "#a\n#a\n#STRING\n#1\n"
        (folder / f"data_{name}.txt").write_text(head + text.replace("|", "\t"), encoding="utf-8")
    return import_cbioportal(folder)


def members(result: Import) -> Cohort:
    assert result.cohort is not None, result.problem
    return result.cohort


def columns(result: Import) -> dict[str, str]:
    return {column.field: column.column for column in result.report.columns}


def unread(result: Import) -> set[str]:
    notes = [note for note in result.report.notes if "columns not read" in note]
    return {name for note in notes for name in note.rpartition(": ")[2].split(", ")}


def test_columns_of_tcga(tmp_path: Path) -> None:
    result = read(tmp_path, TCGA)
    cohort = members(result)
    # FISH decides over IHC, where it was conclusive.
    assert cohort.covariates["her2"].to_list() == ["negative", "positive", "negative"]
    assert cohort.covariates["positive_nodes"].to_list() == [1, 0, 0]
    assert cohort.covariates["histology"].to_list() == ["ductal", "lobular", "ductal"]
    assert cohort.covariates["t"].to_list() == ["T2", "T4", "T2"]
    # No stage, but M1; stage IV and M0 contradict one another, and a recurrence may have been distant.
    assert cohort.stage_iv.tolist() == [False, True, False]
    assert np.isnan(cohort.distant).tolist() == [False, False, True]
    assert unread(result) == {"SUBTYPE", "RACE"}


def test_samples_of_metastases_and_a_stated_time(tmp_path: Path) -> None:
    result = read(tmp_path, MSK, clinical_sample=MSK_SAMPLES)
    cohort = members(result)
    assert cohort.covariates["id"].to_list() == ["M1", "M2", "M3"]
    assert cohort.distant == pytest.approx([30.5 / 12, np.inf, 0.0])
    # The liver was sampled, when is not told; the chest wall is no distant site.
    assert np.isnan(cohort.site_time[0, cohort.sites.index("liver")])
    assert (cohort.site_time[1] == np.inf).all()
    assert cohort.covariates["er"].to_list() == ["positive", "negative", "positive"]
    assert cohort.covariates["menopausal_status"].to_list() == ["pre", "post", "pre"]
    assert columns(result)["age"] == "INVASIVE_CARCINOMA_DX_AGE"
    assert unread(result) == {"LATERALITY"}


def test_columns_that_patients_report(tmp_path: Path) -> None:
    result = read(tmp_path, MBC, timeline_specimen=MBC_SPECIMENS)
    cohort = members(result)
    assert cohort.covariates["age"].to_list() == [41, 52]
    assert cohort.stage_iv.tolist() == [False, True]
    # Sites without dates are not read, and named as such.
    assert unread(result) == {"BODY_SITES_MET"}


def test_a_study_without_follow_up_is_an_error_that_says_so(tmp_path: Path) -> None:
    result = read(tmp_path, SMC)
    assert result.cohort is None
    assert "no follow-up time (2)" in str(result.problem)
    assert result.report.patients.read == 2
