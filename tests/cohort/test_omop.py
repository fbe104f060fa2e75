"""The OMOP reader on ten invented persons in real layouts, and on what sites do to their tables.

The commands of docs/omop.md speak of databases of the reader's own; their forms are run here.
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pytest

from organotropism.cli import main
from organotropism.cohort import check
from organotropism.cohort.omop_import import import_omop
from organotropism.cohort.omop_person import LATE_DEATH, LATE_DISEASE
from organotropism.cohort.omop_rules import Rules, parse_rules
from organotropism.cohort.schema import Cohort
from organotropism.cohort.table import Import
from organotropism.errors import InputError
from organotropism.vocabulary import SITES


@pytest.fixture(scope="module")
def samples(shared: Path) -> Path:
    folder = shared / "reference" / "codes" / "samples" / "cdm54"
    if not folder.is_dir():
        pytest.skip("the sample CDM is not there")
    return folder


@pytest.fixture(scope="module")
def counted(samples: Path) -> Import:
    return import_omop(samples, rules=Rules(after_observation="counted"))


def of(result: Import | Cohort, person: str) -> dict[str, object]:
    """Fields and times of a person; times in days since diagnosis, rounded."""
    cohort = result if isinstance(result, Cohort) else result.cohort
    assert cohort is not None
    row = cohort.covariates["id"].to_list().index(person)

    def days(years: float) -> float:
        return round(years * 365.25) if np.isfinite(years) else float(years)

    times = {str(site): days(cohort.site_time[row, k]) for k, site in enumerate(SITES)}
    fields = {
        name: value for name, value in cohort.covariates.row(row, named=True).items() if value is not None
    }
    return {
        **fields,
        "distant": days(cohort.distant[row]),
        "end": days(cohort.follow_up[row]),
        "died": bool(cohort.died[row]),
        "entry": days(cohort.entry[row]),
        "sites": {site: time for site, time in times.items() if not np.isposinf(time)},
    }


def since(diagnosis: str, day: str) -> int:
    return (date.fromisoformat(day) - date.fromisoformat(diagnosis)).days


def expect(found: dict[str, object], **wanted: object) -> None:
    assert {name: found.get(name) for name in wanted} == wanted


def test_ten_persons_are_read_as_they_are(counted: Import) -> None:
    assert counted.cohort is not None
    assert check(counted.cohort) == []
    d = "2012-03-14"
    first = of(counted, "1")
    expect(
        first, year_of_diagnosis=2012, er="positive", pr="positive", her2="negative", grade=2, size_mm=22.0
    )
    # Three positive nodes contradict the clinical N0. Zoledronic acid came after the metastasis.
    expect(first, t="T2", n=None, positive_nodes=3, chemotherapy="third generation", bisphosphonate=None)
    expect(first, died=True, end=since(d, "2019-05-11"), endocrine_therapy=True)
    expect(first, sites={"bone": since(d, "2016-09-02"), "liver": since(d, "2018-01-20")})
    d = "2009-11-30"
    expect(
        of(counted, "2"),
        distant=since(d, "2013-06-01"),
        died=False,
        er="positive",
        end=since(d, "2023-12-31"),
    )
    expect(of(counted, "2"), sites={"bone": since(d, "2013-06-15"), "lung": since(d, "2014-10-01")})
    d = "2005-02-10"
    expect(
        of(counted, "3"), sites={"bone": since(d, "2009-01-05"), "brain": since(d, "2009-03-01")}, died=True
    )
    expect(
        of(counted, "4"), distant=np.inf, sites={}, grade=3, end=since("2015-08-19", "2022-06-30"), died=False
    )
    fifth = of(counted, "5")
    expect(
        fifth, distant=0, her2="positive", er=None, pr=None, end=since("2019-06-15", "2021-04-02"), died=True
    )
    assert str(fifth["sites"]) == str({"bone": 0, "lung": np.nan})
    d = "2011-04-04"
    later = since(d, "2020-02-20")
    expect(
        of(counted, "7"), er="negative", pr="negative", her2="negative", sites={"bone": later, "other": later}
    )
    expect(of(counted, "8"), sex="male", distant=np.inf, died=True, end=since("2016-10-10", "2022-03-03"))
    d = "2013-02-01"
    tenth = of(counted, "10")
    expect(tenth, distant=since(d, "2015-05-05"), died=True, end=since(d, "2016-01-31"))
    # Bone has no date, which is not a date before the diagnosis.
    later = since(d, "2015-05-05")
    assert str(tenth["sites"]) == str({"bone": np.nan, "brain": later, "other": later})


def test_who_is_set_aside_and_why(counted: Import) -> None:
    assert {reason: list(rows) for reason, rows in counted.report.patients.aside.items()} == {
        "breast cancer in situ alone": [6],
        "a history of breast cancer alone: no date of diagnosis": [9],
    }


def test_after_the_end_of_observation_nothing_is_counted_by_default(samples: Path) -> None:
    # Of those who neither died nor relapsed nothing is known then: to count the others would bias every rate.
    report = import_omop(samples).report
    assert list(report.notes[LATE_DEATH]) == list(report.notes[LATE_DISEASE]) == [10]
    assert list(report.patients.aside["distant disease without a date"]) == [10]
    assert any("with distant disease, 1" in text for text in report.warnings)


def write(folder: Path, name: str, rows: list[dict[str, str]], change: Callable[[str], str] = str) -> None:
    with (folder / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        writer.writerow([change(column) for column in rows[0]] if rows else [])
        writer.writerows(list(row.values()) for row in rows)


def records(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def same(a: Cohort | None, b: Cohort | None) -> None:
    assert a is not None
    assert b is not None
    assert a.covariates.equals(b.covariates)
    for name in ("entry", "follow_up", "died", "distant", "site_time"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))


def as_database(folder: Path, file: Path, schema: str, upper: bool) -> None:
    with duckdb.connect(str(file)) as database:
        database.execute(f"CREATE SCHEMA {schema}")
        for table in sorted(folder.glob("*.csv")):
            name = table.stem.upper() if upper else table.stem
            database.execute(
                f"CREATE TABLE {schema}.{name} AS SELECT *"
                f" FROM read_csv('{table}', header = true, all_varchar = {upper})"
            )


@pytest.mark.parametrize("upper", [False, True])
def test_a_database_file_gives_the_same_cohort_and_is_left_alone(
    samples: Path, counted: Import, tmp_path: Path, upper: bool
) -> None:
    file = tmp_path / "cdm.duckdb"
    as_database(samples, file, "omop", upper)
    before = file.read_bytes()
    file.chmod(0o400)
    result = import_omop(file, rules=Rules(after_observation="counted"))
    same(result.cohort, counted.cohort)
    assert file.read_bytes() == before


def test_upper_case_quoted_names_parts_and_parquet_give_the_same_cohort(
    samples: Path, counted: Import, tmp_path: Path
) -> None:
    for table in samples.glob("*.csv"):
        if table.stem == "measurement":
            (tmp_path / "MEASUREMENT").mkdir()
            rows = records(table)
            write(tmp_path / "MEASUREMENT", "part-0.csv", rows[:20], str.upper)
            write(tmp_path / "MEASUREMENT", "part-1.csv", rows[20:], str.upper)
        elif table.stem == "person":
            import polars as pl

            pl.read_csv(table).write_parquet(tmp_path / "cdm.person.parquet")
        elif rows := records(table):
            write(tmp_path, f"cdm.{table.name}".upper(), rows, str.upper)
    result = import_omop(tmp_path, rules=Rules(after_observation="counted"))
    same(result.cohort, counted.cohort)


def copy_without(samples: Path, target: Path, *tables: str) -> Path:
    target.mkdir()
    for table in samples.glob("*.csv"):
        if table.stem not in tables:
            shutil.copy(table, target)
    return target


def test_without_vocabulary_the_fixed_lists_do(samples: Path, tmp_path: Path) -> None:
    tables = ("concept", "concept_ancestor", "concept_relationship")
    result = import_omop(
        copy_without(samples, tmp_path / "cdm", *tables), rules=Rules(after_observation="counted")
    )
    first = of(result, "1")
    expect(first, er="positive", t="T2", grade=2)
    assert set(first["sites"]) == {"bone", "liver"}  # type: ignore[call-overload]
    # A list that one source alone has is used only where a concept table agrees.
    expect(of(result, "2"), er=None)
    assert result.report.patients.read == 10


def test_without_observation_periods_the_last_record_ends(samples: Path, tmp_path: Path) -> None:
    result = import_omop(copy_without(samples, tmp_path / "cdm", "observation_period"))
    assert of(result, "2")["end"] == since("2009-11-30", "2014-10-01")
    assert of(result, "10")["died"]


@pytest.mark.parametrize("missing", ["person", "condition_occurrence"])
def test_what_is_missing_is_said(samples: Path, tmp_path: Path, missing: str) -> None:
    with pytest.raises(InputError, match=f"no table {missing}"):
        import_omop(copy_without(samples, tmp_path / "cdm", missing))


def changed(samples: Path, folder: Path, table: str, more: list[dict[str, str]]) -> Path:
    """The samples with further rows in a table."""
    shutil.copytree(samples, folder)
    rows = records(samples / f"{table}.csv")
    # The folder of samples is read-only.
    (folder / f"{table}.csv").chmod(0o600)
    folder.chmod(0o700)
    write(folder, f"{table}.csv", rows + [dict.fromkeys(rows[0], "") | row for row in more])
    return folder


def condition(record: str, person: str, code: str, day: str, concept: str = "0") -> dict[str, str]:
    return {
        "condition_occurrence_id": record,
        "person_id": person,
        "condition_concept_id": concept,
        "condition_start_date": day,
        "condition_source_value": code,
    }


CODES = {
    **dict.fromkeys(("C77.3", "C77.1", "C77.9", "196.3", "196.9", "C79.81", "19881", "C7B.02", "C80.1"), ""),
    **dict.fromkeys(("C77.2", "C77.4", "196.6", "C79.52", "C78.2"), "other"),
    **{"c78.7": "liver", "ICD10CM:C78.02": "lung", "C79.49": "brain", "1985": "bone", "C79.51 ": "bone"},
}


def test_codes_of_the_source(tmp_path: Path) -> None:
    persons, conditions, periods = [], [], []
    for k, code in enumerate(CODES):
        persons.append({"person_id": str(k), "year_of_birth": "1950"})
        conditions += [condition(f"{k}0", str(k), "C50.9", "2010-01-01")]
        conditions += [condition(f"{k}1", str(k), code, "2012-01-01")]
        period = {"observation_period_start_date": "2008-01-01", "observation_period_end_date": "2018-01-01"}
        periods.append({"person_id": str(k), **period})
    write(tmp_path, "person.csv", persons)
    write(tmp_path, "condition_occurrence.csv", conditions)
    write(tmp_path, "observation_period.csv", periods)
    result = import_omop(tmp_path)
    found = {code: " ".join(dict(of(result, str(k))["sites"])) for k, code in enumerate(CODES)}
    assert found == CODES


def test_disseminated_disease_has_no_site(samples: Path, tmp_path: Path) -> None:
    more = [condition("2000", "4", "199.0", "2018-01-01")]
    found = of(import_omop(changed(samples, tmp_path / "cdm", "condition_occurrence", more)), "4")
    expect(found, distant=since("2015-08-19", "2018-01-01"))
    assert np.isnan(list(found["sites"].values())).all()  # type: ignore[attr-defined]


def test_another_cancer_makes_an_unlinked_metastasis_doubtful(samples: Path, tmp_path: Path) -> None:
    more = [condition("2000", "4", "C34.1", "2017-01-01"), condition("2001", "4", "C78.7", "2018-01-01")]
    folder = changed(samples, tmp_path / "cdm", "condition_occurrence", more)
    # Whether she had distant disease is not known: set aside, and counted among those lost with it.
    doubtful = import_omop(folder).report
    assert list(doubtful.patients.aside["distant disease without a date"]) == [4, 10]
    assert any("rule other_primary" in note and list(rows) == [4] for note, rows in doubtful.notes.items())
    kept = import_omop(folder, rules=Rules(other_primary="breast"))
    twice = import_omop(folder, rules=Rules(other_primary="breast", metastasis_codes=2))
    assert of(twice, "4")["distant"] == np.inf
    assert set(of(kept, "4")["sites"]) == {"liver"}  # type: ignore[call-overload]


def test_rules_change_who_is_in_and_the_account_says_how_many(samples: Path, tmp_path: Path) -> None:
    two = import_omop(samples, rules=parse_rules(["diagnosis_codes=2", "after_observation=counted"]))
    reason = "fewer records of breast cancer than the rule diagnosis_codes asks for"
    assert list(two.report.patients.aside[reason]) == [2, 3, 4, 8, 10]
    within = import_omop(samples, rules=parse_rules(["diagnosis_codes=2", "codes_within=30"]))
    assert list(within.report.patients.aside[reason]) == [2, 3, 4, 7, 8, 10]
    washed = import_omop(samples, rules=parse_rules(["washout=365"]))
    washout = "under observation for less than the rule washout asks for before the first record"
    # Before the diagnosis they were under observation for 230, 165, 334, 283 and 31 days.
    assert list(washed.report.patients.aside[washout]) == [4, 5, 7, 8, 10]


def test_observation_that_begins_later_enters_late(samples: Path, tmp_path: Path) -> None:
    folder = copy_without(samples, tmp_path / "cdm", "observation_period")
    rows = records(samples / "observation_period.csv")
    for row in rows:
        if row["person_id"] == "4":
            row["observation_period_start_date"] = "2017-01-01"
    write(folder, "observation_period.csv", rows)
    assert of(import_omop(folder), "4")["entry"] == since("2015-08-19", "2017-01-01")


@pytest.mark.parametrize("text", ["washout", "washout=-1", "nodes=both", "size=2", "diagnosis_codes=0"])
def test_a_rule_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="--rule"):
        parse_rules([text])


def test_the_command(samples: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, account = tmp_path / "cohort.parquet", tmp_path / "account.json"
    arguments = ["cohort", "import", "--from", "omop", str(samples), "--rule", "after_observation=counted"]
    assert main([*arguments, "--out", str(out), "--report", str(account)]) == 0
    text = capsys.readouterr().out + account.read_text(encoding="utf-8")
    assert out.exists()
    assert "10 persons in the source" in text
    # No identifier, no source value.
    assert "invented-" not in text
    assert "Metastasis to adrenal" not in text
