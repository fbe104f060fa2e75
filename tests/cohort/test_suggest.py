"""First mappings: columns and codes found by their usual names; what is not known is left to the reader."""

from __future__ import annotations

import csv
import io
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cohorts import same
from organotropism.cohort import read_cohort
from organotropism.cohort.column_names import best, best_time, normal, site_of, unit_of
from organotropism.cohort.mapping import parse_mapping
from organotropism.cohort.suggest import suggest_mapping
from organotropism.cohort.table import import_table
from organotropism.errors import InputError

ROOT = Path(__file__).resolve().parents[2]


def suggested(folder: Path, header: list[str], rows: list[list[Any]], delimiter: str = ",") -> dict[str, Any]:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows([header, *rows])
    path = folder / "t.csv"
    path.write_text(out.getvalue(), encoding="utf-8")
    return tomllib.loads(suggest_mapping(path))


def test_the_example_needs_no_completing() -> None:
    """Suggested mapping, import, and the cohort is that of the file itself."""
    path = ROOT / "examples" / "cohort.csv"
    text = suggest_mapping(path)
    assert text == (ROOT / "examples" / "cohort.toml").read_text(encoding="utf-8")
    result = import_table(path, parse_mapping(tomllib.loads(text)))
    own = read_cohort(path)
    assert result.cohort is not None
    assert same(result.cohort, replace(own, name="cohort"))
    assert len(own) == 800


def test_a_table_of_a_hospital(tmp_path: Path) -> None:
    header = [
        *("Patient ID", "AgeAtDx", "ER_status", "HER2", "Tumour size (cm)", "Date of diagnosis"),
        *("Last contact date", "Vital status", "Bone mets date", "Liver metastasis", "Centre", "Remarks"),
    ]
    rows = [
        [
            "p1",
            "55",
            "positive",
            "2+",
            "2.1",
            "01.02.2010",
            "03.04.2015",
            "dead",
            "05.06.2012",
            "yes",
            "x",
            "Mrs Doe",
        ],
        [
            "p2",
            "66",
            "negative",
            "neg",
            "3.5",
            "21.02.2010",
            "13.04.2016",
            "alive",
            "",
            "no",
            "y",
            "free text",
        ],
    ]
    content = suggested(tmp_path, header, rows)
    assert content["times"]["no_column"] == "not recorded"
    assert content["columns"]["id"] == "Patient ID"
    assert content["columns"]["age"] == "AgeAtDx"
    assert content["columns"]["size_mm"] == {"column": "Tumour size (cm)", "unit": "cm"}
    assert content["columns"]["her2"] == {"column": "HER2", "codes": {"2+": "unknown"}}
    assert content["columns"]["year_of_diagnosis"] == {"column": "Date of diagnosis", "format": ["%d.%m.%Y"]}
    times = content["times"]
    assert (times["unit"], times["format"]) == ("dates", ["%d.%m.%Y"])
    assert (times["diagnosis"], times["follow_up"], times["died"]) == (
        "Date of diagnosis",
        "Last contact date",
        "Vital status",
    )
    assert content["sites"] == {"bone": {"time": "Bone mets date"}, "liver": {"found": "Liver metastasis"}}
    assert content["extra"] == {"centre": "Centre"}
    # No free text of a patient comes along.
    assert "Doe" not in str(content)
    result = import_table(tmp_path / "t.csv", parse_mapping(content))
    assert result.cohort is not None
    assert result.cohort.follow_up[0] == pytest.approx(1887 / 365.25, abs=1e-12)


def test_a_table_with_semicolons_and_months(tmp_path: Path) -> None:
    header = ["id", "size", "OS_MONTHS", "OS_STATUS", "os time months", "bone"]
    rows = [["a", "12,5", "30,5", "1:DECEASED", "30,5", "12"], ["b", "25", "60", "0:LIVING", "60", ""]]
    content = suggested(tmp_path, header, rows, ";")
    assert content["source"] == {"delimiter": ";", "decimal": ","}
    assert content["times"]["unit"] == "months"
    assert content["columns"]["size_mm"]["unit"] == "mm"


def test_codes_with_a_meaning_of_their_own_are_asked_for(tmp_path: Path) -> None:
    content = suggested(
        tmp_path, ["id", "histology", "event"], [["a", "IDC", "1"], ["b", "XYZ", "0"], ["c", "DCIS", "0"]]
    )
    # DCIS is known, and no invasive cancer: it must not be mapped to unknown.
    assert content["columns"]["histology"] == {"column": "histology", "codes": {"XYZ": "unknown"}}


def test_a_misspelt_code_is_suggested_as_what_it_must_mean(tmp_path: Path) -> None:
    content = suggested(tmp_path, ["id", "er"], [["a", "positve"], ["b", "2"], ["c", "neg"]])
    assert content["columns"]["er"] == {"column": "er", "codes": {"2": "unknown", "positve": "positive"}}


def test_a_column_that_is_something_else_is_not_mapped(tmp_path: Path) -> None:
    content = suggested(
        tmp_path, ["id", "T", "grade"], [[f"p{k}", str(100 + 37 * k), "2"] for k in range(40)]
    )
    assert "t" not in content["columns"]
    assert content["times"]["follow_up"] == "T"
    assert content["times"]["unit"] == "days"


def test_metabric(shared: Path) -> None:
    content = tomllib.loads(suggest_mapping(shared / "data" / "metabric" / "clinical_relapse.tsv"))
    assert content["columns"]["er"] == "ER.Status"
    times = content["times"]
    assert (times["unit"], times["follow_up"], times["died"]) == ("days", "T", "Death")
    assert (times["distant"], times["distant_status"]) == ("TDR", "DR")
    parse_mapping(content)


def test_names_of_columns() -> None:
    assert normal("AgeAt.DX (years)") == "age at dx years"
    assert unit_of("OS_MONTHS") == ("months", "os")
    assert unit_of("days_to_last_followup") == ("days", "last followup")
    assert best(["er", "ER status by IHC"], "er status by ihc|er") == "ER status by IHC"
    assert best_time(["fu_years", "x"], "fu") == "fu_years"
    assert best(["x"], "er") is None
    names = {
        "Bone mets date": "bone",
        "liver": "liver",
        "bone_marrow_biopsy": None,
        "date of brain metastasis": "brain",
    }
    assert {name: site_of(name) for name in names} == names


CELL = st.text(max_size=6) | st.sampled_from(["1", "pos", "2010-01-01", "3.5", "", "NA"])


@settings(max_examples=60)
@given(st.data())
def test_any_table_gives_toml(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    name = st.text(min_size=1, max_size=8) | st.sampled_from(
        ["id", "er", "T", "age", "bone date", "died", "os_months", "date dx"]
    )
    header = data.draw(st.lists(name, min_size=1, max_size=8, unique_by=str.strip))
    rows = data.draw(
        st.lists(st.lists(CELL, min_size=len(header), max_size=len(header)), min_size=1, max_size=4)
    )
    try:
        content = suggested(tmp_path_factory.mktemp("t"), header, rows)
    except (InputError, UnicodeEncodeError):
        return
    assert content["series"] in {"from diagnosis", "at diagnosis"}
    try:
        parse_mapping(content)
    except InputError as error:
        assert any(word in str(error) for word in ("is missing", "is needed", "says nothing"))


def test_only_the_first_rows_are_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("organotropism.cohort.suggest.FIRST_ROWS", 3)
    rows = [[f"p{k}", "pos" if k < 3 else "odd"] for k in range(10)]
    assert suggested(tmp_path, ["id", "er"], rows)["columns"]["er"] == "er"
