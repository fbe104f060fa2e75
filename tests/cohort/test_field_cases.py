"""Files as people have them: each kind of fault gives the right value, or a reason of its own."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from organotropism.cohort import Cohort
from organotropism.cohort.cbioportal import import_cbioportal
from organotropism.cohort.losses import refuse_cases_alone
from organotropism.cohort.mapping import parse_mapping
from organotropism.cohort.suggest import suggest_mapping
from organotropism.cohort.table import Import, import_table
from organotropism.errors import InputError
from organotropism.learn.cohort import learn_cohort

YEAR = 365.25


def imported(folder: Path, text: str, mapping: str, name: str = "t.csv") -> Import:
    (folder / name).write_text(text, encoding="utf-8")
    return import_table(folder / name, parse_mapping(tomllib.loads(mapping)))


def used(result: Import) -> Cohort:
    assert result.cohort is not None, result.problem
    account = result.report.patients
    assert account.read == account.used + sum(map(len, account.aside.values()))
    assert len(result.cohort) == account.used
    return result.cohort


def days(cohort: Cohort) -> list[float]:
    # Years of whole days: rounding takes away only the last bits.
    return (cohort.follow_up * YEAR).round(6).tolist()


FOLLOWED = """
[columns]
id = "id"
age = "age"
[times]
unit = "days"
follow_up = "fu"
died = "died"
empty = "not found"
[sites]
bone = "bone"
lung = "lung"
"""


@pytest.mark.parametrize(
    "cells, age, decimal",
    [
        (("3.652", "1.826", "999", "2.000"), "61,5", ","),
        (("3,652", "1,826", "999", "2,000"), "61.5", None),
        (("3 652", "1 826", "999", "2 000"), "61.5", None),
        (("3\u00a0652", "1\u202f826", "999", "2\u00a0000"), "61,5", None),
        (("3'652", "1\u2019826", "999", "2'000"), "61.5", None),
        # Only the column itself shows it: whoever writes 2.000 would write 999.000.
        (("3.652", "1.826", "999", "2.000"), "61", None),
    ],
)
def test_thousands_are_thousands(
    tmp_path: Path, cells: tuple[str, ...], age: str, decimal: str | None
) -> None:
    rows = "".join(f"{k}\t{age}\t{cell}\tno\t\t\n" for k, cell in enumerate(cells))
    source = "" if decimal is None else f'[source]\ndecimal = "{decimal}"\n'
    cohort = used(imported(tmp_path, "id\tage\tfu\tdied\tbone\tlung\n" + rows, source + FOLLOWED, "t.tsv"))
    assert days(cohort) == [3652, 1826, 999, 2000]
    assert cohort.covariates["age"][0] == float(age.replace(",", "."))


def test_a_mark_that_nothing_tells_is_an_unknown_code(tmp_path: Path) -> None:
    text = "id\tage\tfu\tdied\tbone\tlung\n" + "".join(
        f"{k}\t50\t{3 + k}.65{k}\tno\t\t\n" for k in range(1, 4)
    )
    result = imported(tmp_path, text, FOLLOWED, "t.tsv")
    assert result.cohort is None
    assert list(result.report.patients.aside) == ["follow-up time that cannot be read"]
    # Stated, they are decimals.
    stated = imported(tmp_path, text, '[source]\ndecimal = "."\n' + FOLLOWED, "t.tsv")
    assert days(used(stated)) == [4.651, 5.652, 6.653]


def test_a_size_of_thousands_is_out_of_range_not_a_thousandth(tmp_path: Path) -> None:
    mapping = '[source]\ndecimal = ","\n' + FOLLOWED.replace('age = "age"', 'size_mm = "size"')
    text = "id;size;fu;died;bone;lung\na;22,5;400;no;;\nb;1.200;400;no;;\n"
    result = imported(tmp_path, text, mapping)
    assert used(result).covariates["size_mm"].to_list() == [22.5, None]
    size = next(c for c in result.report.columns if c.field == "size_mm")
    assert len(size.counts["out_of_range"]) == 1


DATED = """
[columns]
id = "id"
age = "age"
[times]
unit = "dates"
format = ["%d.%m.%Y"]
diagnosis = "dx"
follow_up = "last"
died = "died"
distant = "met"
empty = "not found"
"""


@pytest.mark.parametrize(
    "sentinel", ["1900-01-01", "01.01.1900", "1800-01-01", "2099-12-31", "9999-12-31", "31.12.9999"]
)
def test_dates_that_stand_for_unknown(tmp_path: Path, sentinel: str) -> None:
    rows = [
        f"a,61,{sentinel},2009-06-15,no,",
        f"b,61,2001-04-03,{sentinel},no,",
        f"c,61,2001-04-03,2009-06-15,no,{sentinel}",
        "d,61,2001-04-03,2009-06-15,no,",
        "e,61,2001-04-03,2009-06-15,yes,2004-04-03",
    ]
    result = imported(tmp_path, "id,age,dx,last,died,met\n" + "\n".join(rows) + "\n", DATED)
    cohort = used(result)
    assert cohort.covariates["id"].to_list() == ["c", "d", "e"]
    assert cohort.follow_up.max() < 9
    # What the sentinel means for c nobody knows: neither none, nor some at an absurd time.
    assert np.isnan(cohort.distant[0])
    assert {len(rows) for rows in result.report.patients.aside.values()} == {1}
    assert not any("no follow-up time" in reason for reason in result.report.patients.aside)


def test_days_that_stand_for_unknown_and_ages_that_cannot_be(tmp_path: Path) -> None:
    rows = ["a,50,9999,no,,", "b,50,9999,no,,", "c,50,8888,no,,", "d,50,3000,no,,", "e,90,15000,no,,"]
    result = imported(tmp_path, "id,age,fu,died,bone,lung\n" + "\n".join(rows[:4]) + "\n", FOLLOWED)
    assert used(result).covariates["id"].to_list() == ["d"]
    old = imported(tmp_path, "id,age,fu,died,bone,lung\n" + "\n".join(rows[3:]) + "\n", FOLLOWED)
    assert used(old).covariates["id"].to_list() == ["d"]
    assert any("older than" in reason for reason in old.report.patients.aside)


HISTOLOGIES = {
    "8500/3: Infiltrating duct carcinoma, NOS": "ductal",
    "8520/3": "lobular",
    "85223": "mixed",
    "8503/3: Intraductal papillary adenocarcinoma with invasion": "other",
    "8033/3: Pseudosarcomatous carcinoma": "other",
    "Metaplastic carcinoma with sarcomatoid features": "other",
    "Invasive ductal carcinoma with DCIS": "ductal",
    "Invasive carcinoma NST, extensive intraductal component": "ductal",
    "IDC + LCIS": "ductal",
    "Invasive ductal carcinoma, margins benign": "ductal",
    "IDC, no lymphoma": "ductal",
    "8541/3: Paget disease and infiltrating duct carcinoma": "ductal",
    "Mucinous adenocarcinoma": "other",
    "infiltrating duct, NOS": "ductal",
    "Microinvasive carcinoma with DCIS": None,
    "Invasives duktales Karzinom mit DCIS": "ductal",
    "Carcinome lobulaire infiltrant": "lobular",
    "Carcinoma ductal infiltrante": "ductal",
    "Инвазивный дольковый рак": "lobular",
    "8010/3": None,
    "DCIS, suspicious for invasion": None,
}
NOT_INVASIVE = [
    *("8500/2: Intraductal carcinoma, noninfiltrating", "DCIS", "Carcinoma in situ", "DCIS without invasion"),
    *("ductal carcinoma, non-invasive", "nicht invasives Karzinom", "carcinome canalaire in situ", "8520/2"),
    *("malignant phyllodes tumour", "9020/3", "angiosarcoma", "9680/3 lymphoma", "fibroadenoma", "8500/0"),
]


def test_the_behaviour_or_the_invasive_component_decides(tmp_path: Path) -> None:
    texts = [*HISTOLOGIES, *NOT_INVASIVE]
    rows = "".join(f'{k}|50|400|no|||"{text}"\n' for k, text in enumerate(texts))
    mapping = FOLLOWED.replace('age = "age"', 'age = "age"\nhistology = "h"')
    result = imported(tmp_path, "id|age|fu|died|bone|lung|h\n" + rows, mapping)
    cohort = used(result)
    assert dict(zip(texts, cohort.covariates["histology"], strict=False)) == HISTOLOGIES
    assert len(cohort) == len(HISTOLOGIES)


@pytest.mark.parametrize(
    "text, m", [("cM0 (i+)", "M0"), ("M0(i+)", "M0"), ("cM0(mol+)", "M0"), ("pM1b", "M1"), ("MX", None)]
)
def test_categories_of_m(tmp_path: Path, text: str, m: str | None) -> None:
    mapping = FOLLOWED.replace('age = "age"', 'm = "m"')
    cohort = used(imported(tmp_path, f"id,m,fu,died,bone,lung\na,{text},400,no,,\nb,M0,400,no,,\n", mapping))
    assert len(cohort) == 2
    assert cohort.stage_iv[0] == (m == "M1")


AMOUNTS = "id,age,fu,died,bone,lung,er\n" + "".join(
    f"{k},50,400,no,,,{value}\n" for k, value in enumerate([0, 1, 4, 35, 260, 0, 12, 391])
)


def test_amounts_are_no_codes(tmp_path: Path) -> None:
    mapping = FOLLOWED.replace('age = "age"', 'er = "er"')
    with pytest.raises(InputError, match=r"columns\.er: holds amounts, not codes; expected .*positive_from"):
        imported(tmp_path, AMOUNTS, mapping)
    codes = ", ".join(f'"{value}" = "unknown"' for value in (35, 260, 12, 391))
    unknown = f'{{ column = "er", codes = {{ {codes} }} }}'
    with pytest.raises(InputError, match="holds amounts"):
        imported(tmp_path, AMOUNTS, FOLLOWED.replace('age = "age"', f"er = {unknown}"))
    cut = FOLLOWED.replace('age = "age"', 'er = { column = "er", positive_from = 10 }')
    found = used(imported(tmp_path, AMOUNTS, cut)).covariates["er"].to_list()
    assert found == [
        "negative",
        "negative",
        "negative",
        "positive",
        "positive",
        "negative",
        "positive",
        "positive",
    ]


def test_bounds_of_amounts_decide_or_are_unknown(tmp_path: Path) -> None:
    mapping = FOLLOWED.replace('age = "age"', 'er = { column = "er", positive_from = 1 }')
    values = ["<1 %", ">90 %", "<10 %", "1 %", "0", ">=1"]
    rows = "".join(f"{k},{v},400,no,,\n" for k, v in enumerate(values))
    cohort = used(imported(tmp_path, "id,er,fu,died,bone,lung\n" + rows, mapping))
    assert cohort.covariates["er"].to_list() == [
        "negative",
        "positive",
        None,
        "positive",
        "negative",
        "positive",
    ]


@pytest.mark.parametrize(
    "values, found",
    [
        (["0", "1", "2", "3"], ["negative", "negative", None, "positive"]),
        (["0", "1+", "2+", "3+"], ["negative", "negative", None, "positive"]),
        (["0", "1", "3+", "NA"], ["negative", "negative", "positive", None]),
        (["positive", "negative", "NA", "neg"], ["positive", "negative", None, "negative"]),
        (["0", "1", "0", "NA"], None),
        (["1.0", "0.0", "1.0", "0.0"], None),
    ],
)
def test_her2_of_0_and_1_is_never_guessed(
    tmp_path: Path, values: list[str], found: list[str | None] | None
) -> None:
    rows = "id,her2,fu,died,bone,lung\n" + "".join(f"{k},{v},400,no,,\n" for k, v in enumerate(values))
    mapping = FOLLOWED.replace('age = "age"', 'her2 = "her2"')
    if found is not None:
        assert used(imported(tmp_path, rows, mapping)).covariates["her2"].to_list() == found
        return
    with pytest.raises(InputError, match="two meanings"):
        imported(tmp_path, rows, mapping)
    suggested = suggest_mapping(tmp_path / "t.csv")
    assert '"0" = "negative", "1" = "positive"' in suggested
    assert '"0" = "negative", "1" = "negative"' in suggested
    assert "her2" not in tomllib.loads(suggested)["columns"]


def test_her2_of_two_columns(tmp_path: Path) -> None:
    pairs = [
        ("2+", "amplified"),
        ("3+", ""),
        ("0", ""),
        ("2", "not amplified"),
        ("1", "equivocal"),
        ("2+", ""),
    ]
    rows = "id,ihc,ish,fu,died,bone,lung\n" + "".join(
        f"{k},{a},{b},400,no,,\n" for k, (a, b) in enumerate(pairs)
    )
    mapping = FOLLOWED.replace('age = "age"', 'her2 = { ihc = "ihc", ish = "ish" }')
    found = used(imported(tmp_path, rows, mapping)).covariates["her2"].to_list()
    assert found == ["positive", "positive", "negative", "negative", "negative", None]


TCGA = """\
bcr_patient_barcode\tage_at_initial_pathologic_diagnosis\tER_Status\tpathologic_M\tvital_status\tdays_to_death\t\
days_to_last_followup\tnew_neoplasm_event_type\tdays_to_new_tumor_event_after_initial_treatment
T1\t55\tPositive\tM0\tLIVING\t\t1200\t\t
T2\t62\tNegative\tcM0 (i+)\tDECEASED\t900\t\tDistant Metastasis\t400
T3\t48\tPositive\tMX\tLIVING\t\t300\tLocoregional Recurrence\t200
T4\t71\tPositive\tM1\tDECEASED\t400\t\t\t
"""


def test_a_tcga_table_goes_from_file_to_cohort_with_the_first_mapping(tmp_path: Path) -> None:
    path = tmp_path / "t.tsv"
    path.write_text(TCGA, encoding="utf-8")
    content = tomllib.loads(suggest_mapping(path))
    assert content["times"]["follow_up"] == {"first_of": ["days_to_death", "days_to_last_followup"]}
    cohort = used(import_table(path, parse_mapping(content)))
    assert days(cohort) == [1200, 900, 300, 400]
    assert cohort.died.tolist() == [False, True, False, True]
    assert cohort.stage_iv.tolist() == [False, False, False, True]
    assert (cohort.distant * YEAR).round(6).tolist()[1:] == [400, np.inf, 0]


@pytest.mark.parametrize("how, expected", [("latest of", 900), ("first_of", 500), ("earliest_of", 500)])
def test_a_time_of_several_columns(tmp_path: Path, how: str, expected: float) -> None:
    mapping = FOLLOWED.replace('follow_up = "fu"', f'follow_up = {{ "{how}" = ["fu", "seen"] }}')
    rows = "id,age,fu,seen,died,bone,lung\na,50,500,900,no,,\nb,50,,700,no,,\nc,50,600,,no,,\n"
    cohort = used(imported(tmp_path, rows, mapping))
    assert days(cohort) == [expected, 700, 600]


def test_ages_in_bands_are_their_middle(tmp_path: Path) -> None:
    mapping = FOLLOWED.replace('age = "age"', 'age = { column = "age", bands = true }')
    rows = "id,age,fu,died,bone,lung\na,41-50,500,no,,\nb,80+,500,no,,\nc,50-54 years,500,no,,\n"
    assert used(imported(tmp_path, rows, mapping)).covariates["age"].to_list() == [45.5, None, 52.0]


def test_rows_above_the_header_are_skipped(tmp_path: Path) -> None:
    table = "id,age,fu,died,bone,lung\na,50,500,no,,\n"
    cohort = used(imported(tmp_path, "Extract 2024,,,,,\n\n" + table, "[source]\nskip = 1\n" + FOLLOWED))
    assert cohort.covariates["id"].to_list() == ["a"]
    told = used(imported(tmp_path, "sep=;\n" + table.replace(",", ";"), FOLLOWED))
    assert days(told) == [500]


def test_empty_rows_are_called_so(tmp_path: Path) -> None:
    result = imported(tmp_path, "id,age,fu,died,bone,lung\na,50,500,no,,\n,,,,,\n,,,,,\n", FOLLOWED)
    assert {reason: list(rows) for reason, rows in result.report.patients.aside.items()} == {
        "an empty row": [3, 4]
    }


HOSPITAL = "id,age,fu,died,bone,lung,liver,brain\n" + "".join(
    f"p{k},{40 + k % 40},{1000 + k},{'yes' if k % 5 == 0 else 'no'},{500 if k % 4 == 0 else ''},,,\n"
    for k in range(100)
)


def test_four_sites_of_a_hospital(tmp_path: Path) -> None:
    """An empty cell of a recorded site is not found there; only the fifth site is not recorded."""
    sites = '[sites]\nbone = "bone"\nlung = "lung"\nliver = "liver"\nbrain = "brain"\n'
    result = imported(tmp_path, HOSPITAL, FOLLOWED.partition("[sites]")[0] + sites)
    cohort = used(result)
    assert not np.isnan(cohort.distant).any()
    assert cohort.presented.sum() == 25
    assert np.isnan(cohort.site_time[:, 4]).all()
    assert not np.isnan(cohort.site_time[:, :4]).any()
    assert result.report.warnings == []
    refuse_cases_alone(cohort)


def test_unreadable_times_lose_the_metastatic_and_it_is_said(tmp_path: Path) -> None:
    rows = "id,age,fu,died,dr,bone,lung\n" + "".join(
        f"p{k},50,1000,no,{'yes' if k < 5 else 'no'},{'3 months?' if k < 4 else ''},\n" for k in range(40)
    )
    mapping = FOLLOWED.replace("[sites]", 'distant_status = "dr"\n[sites]')
    result = imported(tmp_path, rows, mapping)
    aside = {reason: len(rows) for reason, rows in result.report.patients.aside.items()}
    assert aside == {"distant disease, at a time that cannot be read": 4, "distant disease without a date": 1}
    assert any(
        "of 5 patients with distant disease, 5 (100%)" in warning for warning in result.report.warnings
    )


def test_everyone_with_distant_disease_is_warned_and_refused_for_the_rate(tmp_path: Path) -> None:
    rows = "id,age,fu,died,bone,lung\n" + "".join(f"p{k},50,{2000 + k},yes,{300 + k},\n" for k in range(30))
    result = imported(tmp_path, rows, FOLLOWED)
    assert any(warning.startswith("everyone of whom it is recorded") for warning in result.report.warnings)
    with pytest.raises(InputError, match="those with distant disease alone"):
        learn_cohort(used(result), None)


def test_deaths_that_all_get_lost_are_said(tmp_path: Path) -> None:
    rows = "id,age,fu,died,bone,lung\n" + "".join(
        f"p{k},50,{'' if k < 6 else 1000},{'yes' if k < 6 else 'no'},,\n" for k in range(30)
    )
    warnings = imported(tmp_path, rows, FOLLOWED).report.warnings
    assert any("6 deaths were read, and none of them" in warning for warning in warnings)


def test_a_series_without_a_column_of_death(tmp_path: Path) -> None:
    result = imported(
        tmp_path,
        "id,age,fu,bone,lung\na,50,723,723,\nb,50,6591,,\n",
        FOLLOWED.replace('died = "died"\n', ""),
    )
    cohort = used(result)
    assert not cohort.died.any()
    assert any("no column says who died" in note for note in result.report.notes)


def test_death_by_its_time_alone(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(
        "id,age,Diagnosedatum,Letzter Kontakt,Sterbedatum,Met Knochen\n"
        "a,50,01.02.2010,01.02.2015,,\nb,60,01.02.2010,,01.02.2013,01.02.2012\n",
        encoding="utf-8",
    )
    content = tomllib.loads(suggest_mapping(tmp_path / "t.csv"))
    cohort = used(import_table(tmp_path / "t.csv", parse_mapping(content)))
    assert cohort.died.tolist() == [False, True]
    assert days(cohort) == [1826, 1096]
    assert (cohort.distant * YEAR).round(6).tolist() == [np.inf, 730]


def study(folder: Path, patient: str, sample: str, timeline: str | None = None) -> Import:
    for name, text in {"patient": patient, "sample": sample}.items():
        (folder / f"data_clinical_{name}.txt").write_text(text.replace("|", "\t"), encoding="utf-8")
    if timeline is not None:
        (folder / "data_timeline_status.txt").write_text(timeline.replace("|", "\t"), encoding="utf-8")
    return import_cbioportal(folder)


PATIENTS = "PATIENT_ID|AGE|OS_STATUS|OS_MONTHS|DFS_STATUS\n" + "".join(
    f"P{k:02d}|50|0:LIVING|60|{'1:Recurred' if k % 4 == 0 else '0:DiseaseFree'}\n" for k in range(1, 13)
)
SAMPLES = "PATIENT_ID|SAMPLE_ID|CANCER_TYPE|ONCOTREE_CODE|SAMPLE_TYPE\n" + "".join(
    f"P{k:02d}|S{k}|Breast Cancer|IDC|Primary\n" for k in range(1, 13)
)


@pytest.mark.parametrize(
    "times, lost", [(("2015-03-01", "2015-03-02"), 2), (("300", "500"), 0), (("1,300", "500"), 0)]
)
def test_timelines_whose_times_cannot_be_read(tmp_path: Path, times: tuple[str, str], lost: int) -> None:
    rows = "".join(f"P{4 * k:02d}|{time}|Distant metastasis|Bone\n" for k, time in enumerate(times, start=1))
    result = study(tmp_path, PATIENTS, SAMPLES, "PATIENT_ID|START_DATE|STATUS|SITE\n" + rows)
    reasons = result.report.patients.aside
    assert len(reasons.get("distant disease, at a time that cannot be read", ())) == lost
    assert any("patients with distant disease" in warning for warning in result.report.warnings) == bool(lost)
    if not lost:
        found = used(result).distant
        assert sorted((found[np.isfinite(found)] * YEAR).round().tolist())[-1] in {500, 1300}


@pytest.mark.parametrize("word", ["Unknown", "NA", "[Not Available]", "Cancer of Unknown Primary"])
def test_an_unknown_type_of_cancer_is_unknown(tmp_path: Path, word: str) -> None:
    sample = SAMPLES.replace("P01|S1|Breast Cancer|IDC", f"P01|S1|{word}|BREAST")
    sample = sample.replace("P02|S2|Breast Cancer|IDC", f"P02|S2|{word}|STOMACH")
    sample = sample.replace("P03|S3|Breast Cancer|IDC", "P03|S3|Glioma|GB")
    result = study(
        tmp_path, "#x|x|x|Survival from the date of first CSF sample to death|x\n" + PATIENTS, sample
    )
    assert used(result).covariates["id"].to_list() == ["P01", *(f"P{k:02d}" for k in range(4, 13))]
    assert any("counts from date of first CSF sample" in warning for warning in result.report.warnings)


def test_columns_of_metastatic_sites_are_read(tmp_path: Path) -> None:
    patient = PATIENTS.replace("DFS_STATUS", "DMFS_STATUS|DMFS_MONTHS").replace("0:DiseaseFree", "0:No|")
    patient = patient.replace("1:Recurred", "1:Yes|20")
    lines = SAMPLES.splitlines()
    lines[0] += "|DMETS_DX_BONE|DMETS_DX_CNS_BRAIN"
    lines[1:] = [
        line + ("|Yes|No" if "P04" in line else "|No|Yes" if "P08" in line or "P12" in line else "|No|No")
        for line in lines[1:]
    ]
    result = study(tmp_path, patient, "\n".join(lines) + "\n")
    cohort = used(result)
    assert cohort.presented.sum() == 3
    assert np.isfinite(cohort.site_time[:, 0]).sum() == 1
    assert np.isfinite(cohort.site_time[:, 3]).sum() == 2


REGISTRIES: dict[str, tuple[list[str], dict[str, Any]]] = {
    "SEER": (
        ["Patient ID", "Age recode with <1 year olds", "ER Status Recode Breast Cancer (1990+)"],
        {"id": "Patient ID", "er": "ER Status Recode Breast Cancer (1990+)"},
    ),
    "NAACCR": (
        ["patientIdNumber", "ageAtDiagnosis", "regionalNodesPositive"],
        {"positive_nodes": "regionalNodesPositive"},
    ),
    "German": (
        ["PatNr", "Alter", "Östrogenrezeptor", "Tumorgröße mm"],
        {"age": "Alter", "er": "Östrogenrezeptor"},
    ),
    "French": (["identifiant", "âge au diagnostic", "récepteur estrogène"], {"age": "âge au diagnostic"}),
    "Spanish": (
        ["paciente", "edad", "receptor de estrógeno"],
        {"age": "edad", "er": "receptor de estrógeno"},
    ),
    "Russian": (["номер", "возраст", "РЭ"], {"age": "возраст", "er": "РЭ"}),
    "GEO": (["geo_accession", "age_years:ch1", "er_status_ihc:ch1"], {"er": "er_status_ihc:ch1"}),
}


@pytest.mark.parametrize("registry", REGISTRIES)
def test_usual_headers_are_found_and_every_column_is_listed(tmp_path: Path, registry: str) -> None:
    header, expected = REGISTRIES[registry]
    values = {"er": "positive", "positive_nodes": "2"}
    cells = [next((values.get(f, "55") for f, c in expected.items() if c == name), "55") for name in header]
    path = tmp_path / "t.csv"
    path.write_text(",".join([*header, "Zebra"]) + "\n" + ",".join([*cells, "z"]) + "\n", encoding="utf-8")
    text = suggest_mapping(path)
    columns = tomllib.loads(text)["columns"]
    for field, column in expected.items():
        spec = columns[field]
        assert (spec if isinstance(spec, str) else spec["column"]) == column
    listed = [line for line in text.splitlines() if line.startswith("#   ")]
    assert len(listed) == len(header) + 1
    assert '#   "Zebra": not mapped: no field goes by this name' in listed
    assert "NOT ENOUGH: no column of follow-up" in text
