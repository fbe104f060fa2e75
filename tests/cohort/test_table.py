"""What the table reader makes of plausible tables: each rule with the smallest table that shows it."""

from __future__ import annotations

import csv
import io
import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from organotropism.cohort import Cohort
from organotropism.cohort.mapping import parse_mapping
from organotropism.cohort.report import Report
from organotropism.cohort.schema import AFTER_DIAGNOSIS
from organotropism.cohort.table import Import, import_table

INF, NAN = np.inf, np.nan
YEAR = 365.25
WIDE: dict[str, Any] = {
    "columns": {"id": "id", "er": "er"},
    "times": {
        "unit": "years",
        "follow_up": "end",
        "died": "dead",
        "empty": "not found",
        "no_column": "not found",
    },
    "sites": {"bone": "bone", "lung": "lung"},
}
HEADER = ["id", "er", "end", "dead", "bone", "lung"]


def read(folder: Path, rows: list[list[Any]], header: list[str] = HEADER, **sections: Any) -> Import:
    """Import rows with the mapping `WIDE`, changed in some sections."""
    content = deepcopy(WIDE)
    for name, value in sections.items():
        if isinstance(value, dict) and name in content:
            content[name] = {k: v for k, v in {**content[name], **value}.items() if v is not None}
        else:
            content[name] = value
    out = io.StringIO()
    csv.writer(out).writerows([header, *rows])
    path = folder / "t.csv"
    path.write_text(out.getvalue(), encoding="utf-8")
    return import_table(path, parse_mapping(content))


def used(result: Import) -> Cohort:
    assert result.cohort is not None, result.problem
    return result.cohort


def aside(result: Import) -> dict[str, list[int]]:
    report = result.report.patients
    assert report.read == report.used + sum(map(len, report.aside.values()))
    return report.aside


def notes(report: Report) -> dict[str, list[int]]:
    return report.notes


def test_sites_found_and_not_found(tmp_path: Path) -> None:
    cohort = used(
        read(tmp_path, [["a", "pos", 5, 1, 2, ""], ["b", "neg", 6, 0, "", ""], ["c", "", 7, 0, 3, "x"]])
    )
    assert cohort.name == "t"
    assert cohort.distant.tolist() == [2.0, INF, 3.0]
    assert cohort.site_time[0].tolist() == [2.0, INF, INF, INF, INF]
    # What stands there cannot be read: whether lung was found is not recorded.
    assert np.isnan(cohort.site_time[2, 1])
    assert cohort.died.tolist() == [True, False, False]


def test_an_empty_time_can_also_mean_not_recorded(tmp_path: Path) -> None:
    rows = [["a", "pos", 5, 1, 2, ""], ["b", "neg", 6, 0, "", ""], ["c", "neg", 6, 0, "inf", "not found"]]
    cohort = used(read(tmp_path, rows, times={"empty": "not recorded"}))
    np.testing.assert_array_equal(cohort.distant, [2.0, NAN, INF])
    assert np.isnan(cohort.site_time[0, 1])
    assert np.isinf(cohort.site_time[0, 2])


def test_sites_without_a_column_are_not_recorded_unless_the_mapping_says_so(tmp_path: Path) -> None:
    rows = [["a", "pos", 5, 1, 2, ""], ["b", "neg", 6, 0, "", ""]]
    cohort = used(read(tmp_path, rows, times={"no_column": None}))
    assert cohort.site_time[0, :2].tolist() == [2.0, INF]
    assert np.isnan(cohort.site_time[0, 2:]).all()
    # Neither bone nor lung, as the mapping says of an empty cell; of the other sites nothing is known.
    assert np.isposinf(cohort.distant[1])
    assert np.isposinf(cohort.site_time[1, :2]).all()
    assert np.isnan(cohort.site_time[1, 2:]).all()
    header = [*HEADER, "dr"]
    stated = used(
        read(
            tmp_path,
            [[*row, k == 0] for k, row in enumerate(rows)],
            header,
            times={"no_column": None, "distant_status": "dr"},
        )
    )
    assert stated.distant.tolist() == [2.0, INF]
    assert np.isinf(stated.site_time[1]).all()


HOSTILE = {
    "no id": ["", "pos", 5, 0, "", ""],
    "no follow-up time": ["a", "pos", "", 0, "", ""],
    "death not recorded": ["a", "pos", 5, "?", "", ""],
    "follow-up ends before diagnosis": ["a", "pos", -5, 0, "", ""],
    "no follow-up after diagnosis": ["a", "pos", 0, 0, "", ""],
    "distant disease before diagnosis": ["a", "pos", 5, 0, -1, ""],
    "distant disease after death or the end of follow-up": ["a", "pos", 5, 1, 6, ""],
    "more cells than the header": ["a", "pos", 5, 1, 2, "", "surplus"],
    "fewer cells than the header": ["a", "pos", 5],
}


@pytest.mark.parametrize("reason", HOSTILE)
def test_a_hostile_row_is_set_aside_for_its_reason(tmp_path: Path, reason: str) -> None:
    result = read(tmp_path, [HOSTILE[reason], ["good", "pos", 5, 0, "", ""]])
    assert aside(result) == {reason: [2]}
    assert used(result).covariates["id"].to_list() == ["good"]


def test_when_nobody_is_left_the_report_says_why(tmp_path: Path) -> None:
    result = read(tmp_path, [HOSTILE["no id"], HOSTILE["death not recorded"]])
    assert result.cohort is None
    assert "no id (1); death not recorded (1)" in str(result.problem)
    assert result.report.to_dict()["cohort"] is None


def test_the_same_row_twice_counts_once_and_rows_that_differ_not_at_all(tmp_path: Path) -> None:
    same, other = ["a", "pos", 5, 0, 1, ""], ["a", "pos", 6, 0, 1, ""]
    result = read(tmp_path, [same, ["b", "pos", 5, 0, "", ""], same])
    assert aside(result) == {"the same as an earlier row": [4]}
    result = read(tmp_path, [same, ["b", "pos", 5, 0, "", ""], other, same])
    assert aside(result) == {"the same as an earlier row": [5], "an id shared by rows that differ": [2, 4]}
    assert used(result).covariates["id"].to_list() == ["b"]


def test_columns_may_stand_in_any_order(tmp_path: Path) -> None:
    rows = [["a", "pos", 5, 1, 2, ""], ["b", "neg", 6, 0, "", 4]]
    cohort = used(read(tmp_path, rows))
    order = [4, 2, 0, 5, 1, 3]
    shuffled = used(read(tmp_path, [[row[k] for k in order] for row in rows], [HEADER[k] for k in order]))
    assert shuffled.covariates.equals(cohort.covariates)
    np.testing.assert_array_equal(shuffled.site_time, cohort.site_time)


def test_disease_on_the_day_of_diagnosis(tmp_path: Path) -> None:
    header, rows = [*HEADER, "stage"], [["a", "pos", 5, 0, 0, "", m] for m in ("M0", "M1", "")]
    rows = [[f"p{k}", *row[1:]] for k, row in enumerate(rows)]
    result = read(tmp_path, rows, header, columns={"m": "stage"})
    assert used(result).distant.tolist() == [AFTER_DIAGNOSIS, 0.0, AFTER_DIAGNOSIS]
    assert notes(result.report)[
        "distant disease on the day of diagnosis, taken as a relapse just after it"
    ] == [2, 4]
    stage_iv = used(read(tmp_path, rows, header, columns={"m": "stage"}, times={"day_zero": "stage IV"}))
    assert stage_iv.distant.tolist() == [AFTER_DIAGNOSIS, 0.0, 0.0]
    assert used(read(tmp_path, rows, header, times={"day_zero": "stage IV"})).stage_iv.all()


def test_stage_iv_by_m_alone_leaves_the_sites_open(tmp_path: Path) -> None:
    header = [*HEADER, "stage"]
    rows = [
        ["a", "pos", 5, 0, "", "", "M1"],
        ["b", "pos", 0, 0, "", 2, "M1"],
        ["c", "pos", 5, 0, "", 2, "M1"],
    ]
    result = read(tmp_path, rows, header, columns={"m": "stage"})
    assert aside(result) == {"distant disease after death or the end of follow-up": [3]}
    cohort = used(result)
    assert cohort.stage_iv.all()
    assert np.isnan(cohort.site_time[0]).all()
    # Lung came at two years; where the disease was at diagnosis is not recorded.
    assert cohort.site_time[1, 1] == 2.0
    assert np.isnan(np.delete(cohort.site_time[1], 1)).all()


def test_status_and_time_of_distant_disease(tmp_path: Path) -> None:
    header = [*HEADER, "dr", "tdr"]
    rows = [
        ["a", "pos", 5, 0, "", "", 1, 2],  # where is not recorded
        ["b", "pos", 5, 0, "", "", 0, 5],  # the time is that of the end
        ["c", "pos", 5, 0, "", "", "", 5],  # not recorded
        ["d", "pos", 5, 0, 2, "", 0, 5],  # contradiction
        ["e", "pos", 5, 0, "", "", 1, ""],  # no date
        ["f", "pos", 5, 0, 1, "", 1, 2],  # the site came first
        ["g", "pos", 5, 0, 2, "", 1, 2],
        ["h", "pos", 5, 0, 3, "", 1, 2],  # another site must have been first
    ]
    result = read(tmp_path, rows, header, times={"distant_status": "dr", "distant": "tdr"})
    cohort = used(result)
    assert aside(result) == {
        "distant disease is denied, but a site of it is given": [5],
        "distant disease without a date": [6],
    }
    np.testing.assert_array_equal(cohort.distant, [2, INF, NAN, 1, 2, 2])
    assert np.isnan(cohort.site_time[0]).all()
    assert np.isinf(cohort.site_time[1]).all()
    assert np.isnan(cohort.site_time[2]).all()
    assert cohort.site_time[4, 0] == 2.0
    assert np.isinf(cohort.site_time[4, 1:]).all()
    assert np.isnan(cohort.site_time[5, 1:]).all()
    assert list(notes(result.report).values()) == [[7], [2, 9]]


def test_sites_that_are_only_found_or_not(tmp_path: Path) -> None:
    header = [*HEADER, "tdr"]
    rows = [
        ["a", "pos", 5, 0, "yes", "no", 2],
        ["b", "pos", 5, 0, "no", "", 3],
        ["c", "pos", 5, 0, "no", "no", ""],
    ]
    cohort = used(
        read(
            tmp_path,
            rows,
            header,
            sites={"bone": {"found": "bone"}, "lung": {"found": "lung"}},
            times={"distant": "tdr"},
        )
    )
    np.testing.assert_array_equal(cohort.distant, [2, 3, INF])
    assert cohort.site_time[0, :2].tolist() == [2.0, INF]
    assert np.isnan(cohort.site_time[1, 1])


def test_several_columns_of_one_site_and_found_with_time(tmp_path: Path) -> None:
    header = [*HEADER, "bone2", "f"]
    rows = [
        ["a", "pos", 5, 0, 3, "", 2, "yes"],
        ["b", "pos", 5, 0, "", "", "", "yes"],
        ["c", "pos", 5, 0, "", 1, "", "yes"],
    ]
    sites = {"bone": "bone", "bones": "bone2", "lung": {"time": "lung", "found": "f"}}
    result = read(tmp_path, rows, header, sites=sites)
    assert aside(result) == {"distant disease without a date": [3]}
    cohort = used(result)
    assert cohort.site_time[0, 0] == 2.0
    # Lung was found, at a time that is not known.
    assert np.isnan(cohort.site_time[0, 1])
    assert cohort.site_time[1, 1] == 1.0


def test_events_in_long_form(tmp_path: Path) -> None:
    rows = [[key, "pos", 10, 0, "", ""] for key in "abcdef"]
    (tmp_path / "e.csv").write_text(
        "who,what,where,when\n"
        "a,DISTANT,Bone,730.5\n"
        "a,DISTANT,bone,365.25\n"
        "a,LOCAL,breast,10\n"
        "b,DISTANT,liver,\n"
        "c,DISTANT,moon,365.25\n"
        "d,DISTANT,lung,365.25\n"
        "d,DISTANT,brain,\n"
        "z,DISTANT,bone,5\n"
        "e,DISTANT,skin,-5\n"
    )
    events = {
        "file": "e.csv",
        "id": "who",
        "site": "where",
        "time": {"column": "when", "unit": "days"},
        "only": {"what": "DISTANT"},
    }
    result = read(tmp_path, rows, sites={"bone": None, "lung": None}, events=events)
    cohort = used(result)
    assert cohort.covariates["id"].to_list() == ["a", "c", "d", "f"]
    assert aside(result) == {"distant disease without a date": [3], "distant disease before diagnosis": [6]}
    assert cohort.distant.tolist() == [1.0, 1.0, 1.0, INF]
    assert cohort.site_time[0].tolist() == [1.0, INF, INF, INF, INF]
    assert np.isnan(cohort.site_time[1]).all()
    assert cohort.site_time[2, 1] == 1.0
    assert np.isnan(cohort.site_time[2, 3])
    account = result.report.tables[1]
    assert account.aside == {"what is not DISTANT": [4], "no such patient in the first table": [9]}
    assert (account.read, account.used) == (9, 7)
    counts = {column.field: column.counts for column in result.report.columns}
    assert counts["events site"]["unknown_codes"] == [6]
    assert counts["events time"]["missing"] == [5, 8]


def test_dates(tmp_path: Path) -> None:
    header = [*HEADER, "dx"]
    rows = [
        ["a", "pos", "01.01.2010", 1, "01.01.2005", "", "01.01.2000"],
        ["b", "pos", "2010-01-01", 0, "31.12.1999", "", "01.01.2000"],
        ["c", "pos", "01.01.2010", 0, "", "", ""],
        ["d", "pos", "32.01.2010", 0, "", "", "01.01.2000"],
    ]
    result = read(
        tmp_path, rows, header, times={"unit": "dates", "format": "%d.%m.%Y", "diagnosis": "dx"},
        columns={"year_of_diagnosis": {"column": "dx", "format": "%d.%m.%Y"}},
    )  # fmt: skip
    assert aside(result) == {
        "no date of diagnosis": [4],
        "follow-up time that cannot be read": [5],
        "distant disease before diagnosis": [3],
    }
    cohort = used(result)
    assert cohort.follow_up[0] == 3653 / YEAR
    assert cohort.distant[0] == 1827 / YEAR
    assert cohort.covariates["year_of_diagnosis"].to_list() == [2000]


def test_filters_name_the_mapping_s_own_words(tmp_path: Path) -> None:
    header = [*HEADER, "stage", "centre"]
    rows = [[f"p{k}", "pos", 5, 0, "", "", stage, centre] for k, (stage, centre) in enumerate(
        [("4.0", "x"), ("2", "x"), ("", "X "), ("iv", "y"), ("0", "")]
    )]  # fmt: skip
    result = read(
        tmp_path,
        rows,
        header,
        exclude={"stage": [4, "IV", ""]},
        only={"centre": ["x"]},
        extra={"centre": "centre"},
    )
    assert aside(result) == {"centre is not x": [5, 6], "stage is 4": [2], "stage is empty": [4]}
    assert used(result).extra is not None
    assert used(result).extra.to_dicts() == [{"centre": "x"}]  # type: ignore[union-attr]


def test_further_tables(tmp_path: Path) -> None:
    rows = [[key, "pos", 5, 0, "", ""] for key in "abcd"]
    (tmp_path / "s.csv").write_text("who,her2,kind\na,,P\na,+,P\nb,-,M\nc,+,X\nz,+,P\n")
    tables = {"s": {"file": "s.csv", "id": "who", "exclude": {"kind": "M"}, "reject": {"kind": "X"}}}
    result = read(tmp_path, rows, tables=tables, columns={"her2": {"table": "s", "column": "her2"}})
    assert aside(result) == {"s.csv: kind is X": [4]}
    assert used(result).covariates["her2"].to_list() == ["positive", None, None]
    assert result.report.tables[1].aside == {
        "kind is M": [4],
        "kind is X": [5],
        "no such patient in the first table": [6],
        "a further row of the same patient, used where the first has nothing": [3],
    }


def test_covariates_are_left_out_and_counted_never_the_patient(tmp_path: Path) -> None:
    header = [*HEADER, "size", "t", "histology", "sub"]
    rows = [
        ["a", "maybe", 5, 0, "", "", "2.5", "T1", "IDC", "TNBC"],
        ["b", "pos", 5, 0, "", "", "99", "T2", "", "TNBC"],
        ["c", "", 5, 0, "", "", "", "", "", ""],
        ["d", "pos", 5, 0, "", "", "1", "T1", "DCIS", ""],
        ["e", "pos", 5, 0, "", "", "1", "Tis", "", ""],
    ]
    columns = {
        "size_mm": {"column": "size", "unit": "cm"},
        "t": "t",
        "histology": "histology",
        "subtype": "sub",
    }
    result = read(tmp_path, rows, header, columns=columns)
    assert aside(result) == {"t is an in situ cancer": [6], "histology is an in situ cancer": [5]}
    frame = used(result).covariates
    assert frame["size_mm"].to_list() == [25.0, None, None]
    assert frame["t"].to_list() == [None, "T2", None]  # 25 mm is not T1: the size stays
    assert frame["subtype"].to_list() == ["TNBC", None, None]  # ER positive is not triple negative
    counts = {column.field: column.counts for column in result.report.columns}
    assert counts["er"]["unknown_codes"] == [2]
    assert counts["size_mm"]["out_of_range"] == [3]
    assert counts["t"]["contradictory"] == [2]
    assert counts["subtype"]["contradictory"] == [3]
    assert notes(result.report)["no receptor is known: averaged over all"] == [4]
    assert len(used(result).patients()) == 3


def test_left_truncation(tmp_path: Path) -> None:
    header = [*HEADER, "entry"]
    rows = [
        ["a", "pos", 5, 0, "", "", 1],
        ["b", "pos", 5, 0, "", "", 5],
        ["c", "pos", 5, 0, "", "", ""],
        ["d", "pos", 5, 0, "", "", -1],
    ]
    result = read(tmp_path, rows, header, times={"entry": "entry"})
    assert aside(result) == {
        "no time of entry": [4],
        "entry before diagnosis": [5],
        "entry not before the end of follow-up": [3],
    }
    assert used(result).entry.tolist() == [1.0]


def test_an_incident_series_of_metastatic_patients(tmp_path: Path) -> None:
    rows = [["a", "pos", 5, 1, 2, ""], ["b", "pos", "", "", 3, ""], ["c", "pos", 5, 0, "", ""]]
    result = read(tmp_path, rows, series="incident metastatic")
    assert aside(result) == {"no distant disease, in a series of metastatic patients": [4]}
    cohort = used(result)
    assert not cohort.followed.any()
    assert cohort.follow_up.tolist() == [5.0, 3.0]
    assert cohort.died.tolist() == [True, False]
    assert cohort.entry.tolist() == [0.0, 0.0]


def test_a_prevalent_series_needs_entry(tmp_path: Path) -> None:
    header = [*HEADER, "entry"]
    rows = [["a", "pos", 5, 1, 2, "", 3], ["b", "pos", 5, 1, 2, "", ""]]
    result = read(tmp_path, rows, header, series="prevalent metastatic", times={"entry": "entry"})
    assert aside(result) == {"no time of entry": [3]}
    assert used(result).entry.tolist() == [3.0]
    assert not used(result).followed.any()


def test_a_registry_sees_patients_at_diagnosis_only(tmp_path: Path) -> None:
    header, times = ["id", "er", "bone", "lung", "m"], {"follow_up": None, "died": None, "empty": None}
    rows = [
        ["a", "pos", "yes", "no", "M1"],
        ["b", "pos", "no", "no", "M0"],
        ["c", "pos", "", "", ""],
        ["d", "pos", "yes", "", "M1"],
        ["e", "neg", "", "", "M1"],
    ]
    result = read(
        tmp_path,
        rows,
        header,
        series="at diagnosis",
        times=times,
        columns={"m": "m"},
        sites={"bone": {"found": "bone"}, "lung": {"found": "lung"}},
    )
    assert aside(result) == {"distant disease is not recorded": [4]}
    cohort = used(result)
    assert cohort.distant.tolist() == [0.0, INF, 0.0, 0.0]
    assert cohort.site_time[0, :2].tolist() == [0.0, INF]
    assert np.isnan(cohort.site_time[2, 1])
    assert np.isnan(cohort.site_time[3]).all()
    assert not cohort.follow_up.any()


def test_dates_that_were_rounded_differently(tmp_path: Path) -> None:
    result = read(tmp_path, [["a", "pos", 5, 1, 5.05, 2], ["b", "pos", 5, 1, 5.05, ""]])
    cohort = used(result)
    assert cohort.site_time[0, :2].tolist() == [5.0, 2.0]
    assert cohort.distant.tolist() == [2.0, 5.0]
    assert notes(result.report)["a site up to a month after the end of follow-up, moved to it"] == [2, 3]


def test_the_window_of_presentation_is_the_mapping_s(tmp_path: Path) -> None:
    rows = [["a", "pos", 5, 1, 2, 2 + 45 / YEAR]]
    assert used(read(tmp_path, rows)).found_at_presentation.sum() == 1
    assert used(read(tmp_path, rows, window_days=60)).found_at_presentation.sum() == 2


def test_without_ids_patients_have_the_number_of_their_row(tmp_path: Path) -> None:
    result = read(tmp_path, [["a", "pos", 5, 0, "", ""], ["a", "pos", 5, 0, "", ""]], columns={"id": None})
    assert used(result).covariates["id"].to_list() == ["2", "3"]


def test_parquet_with_types_of_its_own(tmp_path: Path) -> None:
    from datetime import date

    path = tmp_path / "t.parquet"
    pl.DataFrame(
        {
            "id": [1, 2],
            "er": [True, False],
            "dx": [date(2000, 1, 1)] * 2,
            "end": [date(2010, 1, 1), None],
            "dead": [True, False],
            "bone": [date(2005, 1, 1), None],
        }
    ).write_parquet(path)
    content = {
        "columns": {"id": "id", "er": "er"},
        "times": {
            "unit": "dates",
            "diagnosis": "dx",
            "follow_up": "end",
            "died": "dead",
            "empty": "not found",
        },
        "sites": {"bone": "bone"},
    }
    result = import_table(path, parse_mapping(content))
    assert used(result).covariates.row(0) == ("1", "positive")
    assert used(result).distant.tolist() == [1827 / YEAR]
    assert aside(result) == {"no follow-up time": [2]}


def test_the_report_counts_and_names_rows_only_on_request(tmp_path: Path) -> None:
    report = read(tmp_path, [HOSTILE["no id"], ["Zebedee", "maybe", 5, 0, 1, ""]]).report
    plain, numbered = report.to_dict(), report.to_dict(rows=True)
    assert "row_numbers" not in json.dumps(plain)
    assert numbered["tables"][0]["reasons"] == [{"reason": "no id", "rows": 1, "row_numbers": [2]}]
    assert "Zebedee" not in json.dumps(numbered)
    assert plain["cohort"]["sites"]["bone"] == {"found": 1, "not_found": 0, "not_recorded": 0}
