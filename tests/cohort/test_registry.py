"""Registry tables through the shipped mappings: where, and how often at diagnosis; it is said so."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from organotropism.cohort import check
from organotropism.cohort.mapping import read_mapping
from organotropism.cohort.resolve import AT_DIAGNOSIS_ONLY
from organotropism.cohort.table import Import, import_table
from organotropism.cohort.tabulate import DE_NOVO, tabulate

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "registry"
NAMES = ("seer", "naaccr")


def read(name: str, table: Path | None = None) -> Import:
    result = import_table(table or FOLDER / f"{name}.csv", read_mapping(FOLDER / f"{name}.toml"))
    patients = result.report.patients
    assert patients.read == patients.used + sum(map(len, patients.aside.values()))
    return result


@pytest.mark.parametrize("name", NAMES)
def test_a_registry_tells_sites_and_prevalence_and_no_time(name: str) -> None:
    result = read(name)
    cohort = result.cohort
    assert cohort is not None
    assert check(cohort) == []
    assert result.report.patients.aside.keys() <= {
        "Behavior code ICD-O-3 is not Malignant",
        "behaviorCodeIcdO3 is not 3",
    }
    # Every column that the mapping names is understood: nothing but what is said to be unknown is missing.
    for column in result.report.columns:
        assert column.counts["unknown_codes"] == column.counts["out_of_range"] == []
        assert len(column.counts["missing"]) < 0.2 * column.cells
    assert (cohort.follow_up == 0).all()
    assert cohort.stage_iv.sum() == cohort.presented.sum() > 0
    assert len(result.report.notes[AT_DIAGNOSIS_ONLY]) == len(cohort)


@pytest.mark.parametrize("name", NAMES)
def test_its_tables_hold_the_pattern_at_diagnosis_and_the_prevalence_alone(name: str) -> None:
    pytest.importorskip("duckdb")
    cohort = read(name).cohort
    assert cohort is not None
    tables = tabulate(cohort)
    assert len(tables.rate) == len(tables.progression) == 0
    assert tables.pattern["band"].unique().to_list() == [DE_NOVO]
    recorded = cohort.stage_iv & cohort.sites_recorded
    assert tables.pattern["patients"].sum() == recorded.sum()
    assert tables.prevalence["patients"].sum() == len(cohort)
    assert tables.prevalence["stage_iv"].sum() == cohort.stage_iv.sum()


def test_codes_of_the_standard(tmp_path: Path) -> None:
    header, *_ = (FOLDER / "naaccr.csv").read_text(encoding="utf-8").splitlines()
    columns = header.split(",")
    case = dict.fromkeys(columns, "") | {
        "ageAtDiagnosis": "061",
        "sex": "2",
        "dateOfDiagnosis": "20190301",
        "behaviorCodeIcdO3": "3",
        "histologicTypeIcdO3": "8520",
        "estrogenReceptorSummary": "1",
        "her2OverallSummary": "7",
        "gradePathological": "9",
        "tumorSizeSummary": "022",
        "regionalNodesPositive": "98",
        "metsAtDxBone": "0",
        "metsAtDxLung": "0",
        "metsAtDxLiver": "0",
        "metsAtDxBrain": "0",
        "metsAtDxOther": "0",
        "metsAtDxDistantLn": "0",
    }
    cases = [
        case | {"ajccTnmClinM": "cM0"},
        case | {"ajccTnmClinM": "cM1", "metsAtDxBone": "1"},
        case | {"ajccTnmClinM": "cM1", "metsAtDxDistantLn": "1"},
        case | {"ajccTnmClinM": "cM1", "metsAtDxBone": "1", "metsAtDxLung": "9"},
        case | {"ajccTnmClinM": "cM0", "metsAtDxBone": "1"},
        case | {"metsAtDxBone": "9"},
        case | {"metsAtDxBone": "2"},
    ]
    lines = [
        ",".join((c | {"patientIdNumber": str(k)})[name] for name in columns) for k, c in enumerate(cases)
    ]
    table = tmp_path / "t.csv"
    table.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    result = read("naaccr", table)
    cohort = result.cohort
    assert cohort is not None
    assert result.report.patients.aside == {
        "M0, but a distant site at diagnosis is given": [6],
        "distant disease is not recorded": [7, 8],
    }
    inf, nan = np.inf, np.nan
    np.testing.assert_array_equal(
        cohort.site_time,
        [[inf] * 5, [0, inf, inf, inf, inf], [inf, inf, inf, inf, 0], [0, nan, inf, inf, inf]],
    )
    row = cohort.covariates.row(0, named=True)
    assert (row["age"], row["sex"], row["year_of_diagnosis"]) == (61.0, "female", 2019)
    assert (row["histology"], row["er"], row["her2"], row["grade"]) == ("lobular", "positive", None, None)
    assert row["size_mm"] == 22.0
    # Item 820 counts nodes that were left after treatment, too: the mapping does not take it.
    assert "positive_nodes" not in row
