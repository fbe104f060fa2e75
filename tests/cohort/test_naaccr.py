"""The reader of NAACCR XML on twelve invented patients in real layouts, and on damaged files."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from organotropism.cli import main
from organotropism.cohort import check
from organotropism.cohort.naaccr_import import CAUTION, import_naaccr
from organotropism.cohort.naaccr_source import registered
from organotropism.cohort.naaccr_tumour import read_registered
from organotropism.cohort.table import Import
from organotropism.errors import InputError

NAN, INF = np.nan, np.inf


@pytest.fixture(scope="module")
def folder(shared: Path) -> Path:
    found = shared / "reference" / "codes" / "samples" / "naaccr"
    if not found.is_dir():
        pytest.skip("the sample files are not there")
    return found


def of(result: Import, patient: str) -> tuple[dict[str, object], list[float], float, float, bool]:
    """Fields, times of the sites, distant disease and follow-up in years, and whether she died."""
    cohort = result.cohort
    assert cohort is not None
    assert check(cohort) == []
    row = cohort.covariates["id"].to_list().index(patient)
    fields = {k: v for k, v in cohort.covariates.row(row, named=True).items() if v is not None}
    times = np.round(cohort.site_time[row], 2).tolist()
    return (
        fields,
        times,
        round(cohort.distant[row], 2),
        round(cohort.follow_up[row], 2),
        bool(cohort.died[row]),
    )


def test_a_file_of_version_25(folder: Path) -> None:
    result = import_naaccr(folder / "naaccr_v250.xml")
    fields, sites, distant, end, died = of(result, "00000001")
    assert {"t": "T2", "n": "N1", "er": "positive", "grade": 2, "size_mm": 23.0}.items() <= fields.items()
    # 2018-04-12 to 2021-09-03, and to death on 2023-11-02.
    assert (sites, distant, end, died) == ([3.39, INF, INF, INF, INF], 3.39, 5.56, True)
    fields, sites, distant, *_ = of(result, "00000002")
    assert (sites, distant) == ([0, INF, INF, INF, 0], 0)
    assert fields["n"] == "N3"
    assert "size_mm" not in fields
    fields, sites, distant, *_ = of(result, "00000003")
    assert {"grade": 3, "neoadjuvant": True, "t": "T2", "n": "N1", "size_mm": 35.0}.items() <= fields.items()
    assert "positive_nodes" not in fields
    assert distant == INF
    fields, sites, distant, *_ = of(result, "00000005")
    assert fields["previous_cancer"] is True
    assert "positive_nodes" not in fields
    assert (sites, distant) == ([INF] * 5, INF)
    _, sites, distant, *_ = of(result, "00000006")
    assert np.isnan(sites).all()
    assert distant == 2.0
    _, sites, distant, end, _ = of(result, "00000007")
    assert (sites, distant, end) == ([INF, 0, INF, INF, 0], 0, 0)
    fields, _, distant, end, _ = of(result, "00000008")
    # Free of distant disease until the local recurrence of 2023-04-05; nothing is recorded after it.
    assert (distant, end) == (INF, 4.31)
    assert (fields["size_mm"], fields["endocrine_therapy"]) == (1.0, False)
    assert {k: list(v) for k, v in result.report.patients.aside.items()} == {
        "a tumour of the breast that is in situ or benign": [4]
    }
    assert CAUTION in result.report.warnings


def test_prefix_byte_order_mark_and_the_sex_of_version_26(folder: Path) -> None:
    result = import_naaccr(folder / "naaccr_v260_prefix_bom.xml")
    assert of(result, "00000101")[0]["sex"] == "female"
    assert of(result, "00000101")[1] == [INF, INF, INF, INF, 0]
    fields, sites, _, _, died = of(result, "00000102")
    assert "sex" not in fields
    assert (sites, died) == ([0, INF, 0, 0, INF], True)


def test_old_names_and_collaborative_stage(folder: Path) -> None:
    result = import_naaccr(folder / "naaccr_v180_old_names.xml")
    fields, sites, distant, _, died = of(result, "00000201")
    wanted = {"er": "positive", "pr": "negative", "her2": "negative", "grade": 3, "t": "T2", "n": "N1"}
    assert wanted.items() <= fields.items()
    assert "size_mm" not in fields
    assert (sites, distant, died) == ([INF, INF, INF, 2.28, INF], 2.28, True)
    assert of(result, "00000202")[0]["pr"] == "positive"


def test_gzip_and_the_command(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    packed, out = tmp_path / "cases.xml.gz", tmp_path / "cohort.parquet"
    packed.write_bytes(gzip.compress((folder / "naaccr_v250.xml").read_bytes()))
    assert main(["cohort", "import", "--from", "naaccr", str(packed), "--out", str(out)]) == 0
    assert "8 rows read = 7 used + 1 set aside" in capsys.readouterr().out
    assert out.exists()


HEAD = '<NaaccrData xmlns="http://naaccr.org/naaccrxml">'
PATIENT = (
    '<Patient><Item naaccrId="patientIdNumber">{id}</Item><Item naaccrId="vitalStatus">1</Item>'
    '<Item naaccrId="dateOfLastContact">20200101</Item><Item naaccrId="myOwnItem">Zebedee</Item>'
    '<own:Item xmlns:own="urn:own" naaccrId="ageAtDiagnosis">101</own:Item><Tumor>'
    '<Item naaccrId="primarySite">C504</Item><Item naaccrId="behaviorCodeIcdO3">3</Item>'
    '<Item naaccrId="dateOfDiagnosis">20150101</Item><Item naaccrId="ageAtDiagnosis">050</Item>'
    '<Item naaccrId="recurrenceType1st">00</Item><Item naaccrId="metsAtDxBone">{bone}</Item>{more}'
    "</Tumor></Patient>"
)


def file_of(folder: Path, *patients: str) -> Path:
    path = folder / "cases.xml"
    path.write_text(HEAD + "".join(patients) + "</NaaccrData>", encoding="utf-8")
    return path


def test_code_2_is_no_metastasis_but_in_item_1117(tmp_path: Path) -> None:
    path = file_of(tmp_path, PATIENT.format(id=1, bone=2, more=""), PATIENT.format(id=2, bone=1, more=""))
    result = import_naaccr(path)
    fields, sites, distant, *_ = of(result, "1")
    assert (sites, distant, fields["age"]) == ([INF] * 5, INF, 50.0)
    _, sites, distant, *_ = of(result, "2")
    assert distant == 0
    assert sites[0] == 0
    # Of the other organs nothing is said, which is not that there is nothing.
    assert np.isnan(sites[1:]).all()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"patientIdNumber,sex\n1,2\n",
        b"<NaaccrData><Patient>",
        b"<Bundle/>",
        b'<!DOCTYPE x [<!ENTITY a "Zebedee">]><NaaccrData/>',
        b"\x1f\x8b\x08\x00damaged",
        HEAD.encode() + b"</NaaccrData>",
        HEAD.encode() + b'<Patient><Item naaccrId="sex">\xff\xfe</Item></Patient></NaaccrData>',
    ],
)
def test_what_is_no_file_of_a_registry_is_one_clear_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "cases.xml"
    path.write_bytes(content)
    with pytest.raises(InputError) as found:
        import_naaccr(path)
    assert "cases.xml" in str(found.value)
    assert "Zebedee" not in str(found.value)


SEED = 26
VALUES = [
    "",
    "0",
    "1",
    "2",
    "9",
    "99",
    "999",
    "00",
    "55",
    "62",
    "10",
    "20180101",
    "201801",
    "2018",
    "20191332",
]
VALUES += [
    "18000101",
    "29990101",
    "Zebedee",
    "\u00e4" * 300,
    "C504",
    "C189",
    "3",
    "cM1",
    "cM0",
    "T2",
    "-1",
    "&#9;",
    "R10",
]
ITEMS = ["patientIdNumber", "sex", "vitalStatus", "dateOfLastContact", "primarySite", "behaviorCodeIcdO3"]
ITEMS += ["dateOfDiagnosis", "ageAtDiagnosis", "recurrenceType1st", "recurrenceDate1st", "metsAtDxBone"]
ITEMS += ["metsAtDxOther", "metsAtDxDistantLn", "tumorSizeSummary", "regionalNodesPositive", "ajccTnmClinM"]
ITEMS += [
    "ki67",
    "histologicTypeIcdO3",
    "gradeClinical",
    "ajccTnmPathT",
    "estrogenReceptorSummary",
    "rxSummChemo",
]


def test_300_faulty_files_lose_nobody_and_tell_no_value(tmp_path: Path) -> None:
    print(f"seed {SEED}")
    rng = np.random.default_rng(SEED)
    read = 0
    for number in range(300):
        patients = []
        for k in range(int(rng.integers(1, 5))):
            items = "".join(
                f'<Item naaccrId="{rng.choice(ITEMS)}">{rng.choice(VALUES)}</Item>'
                for _ in range(int(rng.integers(0, 12)))
            )
            whole = PATIENT.format(id=f"{number}-{k}", bone=rng.choice(["0", "1", "9"]), more=items)
            at = int(rng.integers(0, len(whole)))
            # Some are cut, or lose a character, so that the file is none.
            patients.append(whole if rng.random() < 0.9 else whole[:at] + whole[at + 1 :])
        path = file_of(tmp_path, *patients)
        try:
            statements = [read_registered(patient) for patient in registered(path)]
        except InputError as error:
            assert "Zebedee" not in str(error)
            continue
        assert len(statements) == len(patients)
        assert all((found.problem is None) == (found.diagnosis is not None) for found in statements)
        read += 1
        if number % 10 == 0:
            # To bring patients into columns takes longer than to read them.
            whole_account(import_naaccr(path), len(patients))
    assert read > 100


def whole_account(result: Import, patients: int) -> None:
    """Every patient is used or counted, and no value is told."""
    account = result.report.patients
    assert account.read == patients == account.used + sum(map(len, account.aside.values()))
    assert "Zebedee" not in str(result.report.to_dict(rows=True))
    if result.cohort is not None:
        assert check(result.cohort) == []
        assert len(result.cohort) == account.used
