"""Bulk exports: single resources in any order are the patients that their bundles would be, line by line."""

from __future__ import annotations

import json
import random
import tempfile
import tracemalloc
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from mcode_bundles import ER, PR, bundle, patient, primary, secondary, visit, whole, written
from organotropism.cohort import Flaws, simulate_cohort
from organotropism.cohort import parts as importing
from organotropism.cohort.mcode_bulk import AGAIN, NO_PATIENT, TWICE, UNREADABLE, patient_key
from organotropism.cohort.mcode_import import import_mcode
from organotropism.cohort.mcode_write import write_mcode
from organotropism.cohort.report import Account
from organotropism.cohort.schema import WINDOW_YEARS
from organotropism.cohort.store import read_cohort, to_frame
from organotropism.cohort.table import Import
from organotropism.errors import InputError
from organotropism.process.model import load_model

SCHEMA = json.loads(
    (resources.files("organotropism") / "schema" / "import-report.schema.json").read_text(encoding="utf-8")
)


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own for what is put on disk; it must be empty afterwards."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Bundles of simulated patients, much of whom is not recorded."""
    cohort = simulate_cohort(
        load_model("literature"), 120, 5, flaws=Flaws(missing=0.2, sites_missing=0.3), stage_iv=True
    )
    path = tmp_path_factory.mktemp("mcode") / "bundles.ndjson"
    write_mcode(cohort, path)
    return path


def resources_of(bundles: Path) -> list[dict[str, Any]]:
    lines = bundles.read_text(encoding="utf-8").splitlines()
    return [entry["resource"] for line in lines for entry in json.loads(line)["entry"]]


def assert_accounted(result: Import) -> None:
    """Every line of every file, and every patient, is used or set aside once."""
    for account in result.report.tables:
        numbers = [row for rows in account.aside.values() for row in rows]
        assert len(numbers) == len(set(numbers)) <= account.read
        assert account.used == account.read - len(numbers)
    jsonschema.validate(result.report.to_dict(rows=True), SCHEMA)


def test_a_shuffled_export_gives_the_cohort_of_the_bundles(
    bundles: Path, tmp_path: Path, temporary: Path
) -> None:
    found = resources_of(bundles)
    random.Random(1).shuffle(found)
    export = tmp_path / "export"
    export.mkdir()
    for kind in {resource["resourceType"] for resource in found}:
        written(export / f"{kind}.ndjson", *(r for r in found if r["resourceType"] == kind))
    # The manifest of an export is no part of it.
    (export / "manifest.json").write_text("{}")
    one = written(tmp_path / "one.ndjson", *found)
    expected = import_mcode(bundles)
    assert expected.cohort is not None
    for source in (export, one):
        result = import_mcode(source)
        assert_accounted(result)
        assert result.cohort is not None
        assert to_frame(result.cohort).sort("id").equals(to_frame(expected.cohort).sort("id"))
        assert result.report.patients.read == 120
        assert sum(table.read for table in result.report.tables[1:]) == len(found)
        assert result.report.cohort["sites"] == expected.report.cohort["sites"]
    assert list(temporary.iterdir()) == []


def test_parts_give_what_one_part_gives(bundles: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole accounts, rows included; part by part or at once."""
    whole_ = import_mcode(bundles)
    monkeypatch.setattr(importing, "PART", 7)
    parts = import_mcode(bundles)
    assert whole_.cohort is not None and parts.cohort is not None
    assert to_frame(parts.cohort).equals(to_frame(whole_.cohort))
    assert parts.report.to_dict(rows=True) == whole_.report.to_dict(rows=True)


def test_a_file_written_in_parts_is_that_of_the_whole_cohort(
    bundles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "PART", 7)
    in_memory = import_mcode(bundles, name="x")
    assert in_memory.cohort is not None
    folder = tmp_path / "out"
    folder.mkdir()
    on_disk = import_mcode(bundles, name="x", out=folder / "c.parquet")
    assert (on_disk.cohort, on_disk.problem) == (None, None)
    assert on_disk.report.to_dict(rows=True) == in_memory.report.to_dict(rows=True)
    read = read_cohort(folder / "c.parquet")
    assert (read.name, read.sites, read.window_years) == ("x", in_memory.cohort.sites, WINDOW_YEARS)
    assert to_frame(read).equals(to_frame(in_memory.cohort))
    assert [path.name for path in folder.iterdir()] == ["c.parquet"]
    with pytest.raises(InputError, match="cannot be written"):
        import_mcode(bundles, out=tmp_path / "nowhere" / "c.parquet")


def test_repeated_ids_are_left_out_of_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "PART", 1)
    same = whole(of=patient(id="p"))
    alone = json.loads(
        json.dumps(whole()).replace('Patient/p"', 'Patient/q"').replace('"id": "p"', '"id": "q"')
    )
    result = import_mcode(written(tmp_path / "a.ndjson", same, alone, same), out=tmp_path / "c.parquet")
    assert result.report.cohort["patients"] == 2
    assert read_cohort(tmp_path / "c.parquet").covariates["id"].to_list() == ["p", "q"]


@pytest.mark.parametrize("part", [1, 2, 100])
def test_repeated_ids_are_found_across_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: int
) -> None:
    monkeypatch.setattr(importing, "PART", part)
    same, other = whole(of=patient(id="p")), whole(PR, of=patient(id="p"))
    alone = json.loads(
        json.dumps(whole()).replace('Patient/p"', 'Patient/q"').replace('"id": "p"', '"id": "q"')
    )
    twice = import_mcode(written(tmp_path / "a.ndjson", same, alone, same))
    assert twice.cohort is not None and len(twice.cohort) == 2
    assert twice.report.patients.aside == {"the same as an earlier row": [3]}
    differ = import_mcode(written(tmp_path / "b.ndjson", same, alone, same, other))
    assert differ.cohort is not None and differ.cohort.covariates["id"].to_list() == ["q"]
    assert differ.report.patients.used == 1
    aside = differ.report.patients.aside
    assert sorted(row for rows in aside.values() for row in rows) == [1, 3, 4]
    assert "an id shared by rows that differ" in aside
    assert differ.report.cohort["patients"] == 1


def hers(name: str, resource: dict[str, Any]) -> dict[str, Any]:
    return resource | {"subject": {"reference": f"Patient/{name}"}}


def test_lines_that_are_not_used_are_counted_in_their_file(tmp_path: Path, temporary: Path) -> None:
    (tmp_path / "x").mkdir()
    written(
        tmp_path / "x" / "a.ndjson",
        ER,
        hers("nobody", PR),
        hers("twice", primary()),
        hers("odd", primary()),
        {"resourceType": "Claim", "patient": {"reference": "Patient/p"}},
        {"resourceType": "Zebedee"},
        primary(subject={"reference": "Group/p"}),
        "{",
        "[1]",
        PR | {"subject": {"reference": "https://example.org/fhir/Patient/p/_history/2"}},
    )
    written(
        tmp_path / "x" / "b.ndjson",
        patient(),
        primary(),
        visit("2020-03-01"),
        secondary(verificationStatus={"coding": [{"code": "provisional"}]}),
        patient(id="twice"),
        patient(id="twice", gender="male"),
        patient(id="odd", birthDate=7),
        patient(id=None),
        patient(),
    )
    result = import_mcode(tmp_path / "x", absent="not found")
    assert_accounted(result)
    first, second = result.report.tables[1:]
    assert {reason: sorted(rows) for reason, rows in first.aside.items()} == {
        NO_PATIENT: [2],
        UNREADABLE: [3, 4],
        "type Claim, which is not read": [5],
        "type unknown, which is not read": [6],
        "Condition whose patient is not named by type and id, as a bulk export names her": [7],
        "not a FHIR resource": [8, 9],
    }
    assert first.used == 2
    assert second.aside["Condition of a metastasis that is not confirmed"] == [4]
    assert sorted(second.aside[UNREADABLE]) == [5, 6, 7]
    assert second.aside["Patient without an id"] == [8]
    assert second.aside[AGAIN] == [9]
    assert result.report.patients.aside == {
        TWICE: [2],
        "a patient that does not follow FHIR": [4],
        "no id": [5],
    }
    assert result.cohort is not None and result.cohort.covariates["pr"].to_list() == ["positive"]
    assert list(temporary.iterdir()) == []


REFERENCES = {
    "Patient/p": "p",
    "https://example.org/fhir/Patient/p": "p",
    "Patient/p/_history/3": "p",
    "urn:uuid:8d0a-1": "8d0a-1",
    "Group/p": None,
    "Patient/": None,
    "p": None,
    "": None,
}


@pytest.mark.parametrize("reference", REFERENCES)
def test_references_to_a_patient(reference: str) -> None:
    assert patient_key(reference) == REFERENCES[reference]


def test_a_patient_with_too_many_resources_is_set_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("organotropism.cohort.mcode_bulk.LARGEST", 2_000)
    lines = [patient(), primary(), visit("2020-03-01"), *[ER] * 20]
    more = [hers("q", r) for r in (primary(), visit("2020-03-01"), ER)]
    result = import_mcode(written(tmp_path / "a.ndjson", *lines, patient(id="q"), *more), absent="not found")
    assert_accounted(result)
    assert list(result.report.patients.aside) == ["larger than 50 MB"]
    assert result.report.tables[1].used == 4


def test_an_export_without_patients_is_an_error_with_an_account(tmp_path: Path) -> None:
    result = import_mcode(written(tmp_path / "a.ndjson", ER, primary()))
    assert_accounted(result)
    assert result.cohort is None
    assert isinstance(result.problem, InputError)
    assert result.report.tables[1].aside == {NO_PATIENT: [1, 2]}


def test_nothing_stays_on_disk_after_an_error(tmp_path: Path, temporary: Path, monkeypatch: Any) -> None:
    def fail(*_: object) -> None:
        raise InputError("no more")

    monkeypatch.setattr(importing.Parts, "add", fail)
    with pytest.raises(InputError, match="no more"):
        import_mcode(written(tmp_path / "a.ndjson", patient(), primary()))
    assert list(temporary.iterdir()) == []


def test_lines_of_bundles_in_several_files_are_one_source(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    written(tmp_path / "x" / "a.ndjson", whole())
    written(tmp_path / "x" / "b.ndjson", whole(of=patient(id=None)), bundle())
    result = import_mcode(tmp_path / "x", absent="not found")
    assert result.report.patients.aside == {
        "no patient in the bundle": [3],
        "no primary breast cancer (Condition of another patient)": [2],
    }


def test_row_numbers_are_counted_beyond_those_that_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("organotropism.cohort.row_numbers.MOST_KEPT", 3)
    account = Account("a", "rows", 10)
    account.set_aside("x", range(1, 3))
    account.set_aside("x", range(3, 8))
    assert account.used == 3
    assert list(account.aside["x"]) == [1, 2, 3]
    assert account.to_dict(True)["reasons"] == [{"reason": "x", "rows": 7, "row_numbers": [1, 2, 3]}]


def test_memory_holds_columns_not_bundles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What Python holds grows by less than a kilobyte a patient, whose bundle has nine."""
    monkeypatch.setattr(importing, "PART", 50)
    cohort = simulate_cohort(load_model("literature"), 1_050, 3, stage_iv=True)
    write_mcode(cohort, tmp_path / "b.ndjson")
    lines = (tmp_path / "b.ndjson").read_text(encoding="utf-8").splitlines()
    peaks = []
    # The first pays for what is loaded once.
    for patients in (50, 50, 1_050):
        source = written(tmp_path / "part.ndjson", *lines[:patients])
        tracemalloc.start()
        import_mcode(source)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    # Columns and kept row numbers take some 300 bytes, parts as small as these as much again for their
    # frames; statements kept as objects would take several thousand.
    assert (peaks[2] - peaks[1]) / 1_000 < 1_000
