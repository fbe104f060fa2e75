"""Hostile tables: every row is used or set aside and counted, or the file is refused, whatever it holds."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from organotropism.cohort import check
from organotropism.cohort.cbioportal import import_cbioportal
from organotropism.cohort.mapping import TableMapping, parse_mapping
from organotropism.cohort.report import KINDS
from organotropism.cohort.table import Import, import_table
from organotropism.errors import InputError

pytestmark = pytest.mark.slow
#: Making a table smaller takes minutes; the first one that fails tells enough.
NO_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)
#: A value that no message, no log and no report may repeat.
SECRET = "Zebedee"
TIMES = ["0", "1", "30", "365", "365.5", "4000", "-3", "NA", "", "inf", "not found", "1e9", "x", SECRET]
DATES = ["2001-01-31", "2002-02", "2003", "31.12.1999", "1890-01-01", "2001-02-30", "", "NA", SECRET]
WORDS = {
    "id": ["a", "b", "c", "d", "e", "", "NA", " a ", "ä", "a,b", 'q"q', "1.0", SECRET],
    "age": ["50", "17", "17.9", "18", "200", "-1", "", "x", "5e1", "44,5", SECRET],
    "er": ["pos", "neg", "1", "0", "Positve", "", "?", SECRET],
    "her2": ["positive", "2+", "1", "", "amplified", SECRET],
    "subtype": ["TNBC", "HR+/HER2-", "luminal a", "", SECRET],
    "size_mm": ["20", "0", "301", "2,5", "", "x", SECRET],
    "t": ["T1", "T2", "pT4b", "Tis", "TX", "", SECRET],
    "positive_nodes": ["0", "3", "61", "2.5", "", SECRET],
    "n": ["N0", "N1", "", "x", SECRET],
    "histology": ["IDC", "ILC", "DCIS", "sarcoma", "", SECRET],
    "m": ["M0", "M1", "MX", "", "x", SECRET],
    "year_of_diagnosis": ["2001", "1900", "2001.5", "", SECRET],
}
STATUS = ["0", "1", "yes", "no", "1:DECEASED", "0:LIVING", "", "NA", "maybe", SECRET]
SITES = ["BONE", "liver", "Pleura", "skin", "moon", "not recorded", "", SECRET]


@st.composite
def mappings(draw: st.DrawFn, columns: list[str]) -> TableMapping | None:
    """A mapping of some columns, any column to any field."""
    column = st.sampled_from(columns)
    spec: Any = column | st.fixed_dictionaries(
        {"column": column},
        optional={
            "codes": st.dictionaries(
                st.sampled_from(["x", "a", "*"]), st.sampled_from(["yes", "no", "unknown"])
            ),
            "unknown": st.lists(st.sampled_from(["0", "x"]), max_size=2),
        },
    )
    unit = draw(st.sampled_from(["days", "months", "years", "dates"]))
    optional = {name: spec for name in ("entry", "distant", "distant_status")}
    times = draw(
        st.fixed_dictionaries(
            {"unit": st.just(unit), "follow_up": spec, "died": spec, "diagnosis": spec},
            optional=optional
            | {"empty": st.sampled_from(["not found", "not recorded"]), "day_zero": st.just("stage IV")},
        )
    )
    times.setdefault("empty", "not found")
    sites = draw(
        st.dictionaries(
            st.sampled_from(["bone", "lung", "brain", "pleura", "skin"]),
            st.fixed_dictionaries({"time": spec}) | st.fixed_dictionaries({"found": spec}) | column,
            max_size=3,
        )
    )
    content: dict[str, Any] = {
        "series": draw(
            st.sampled_from(["from diagnosis", "at diagnosis", "incident metastatic", "prevalent metastatic"])
        ),
        "columns": draw(st.dictionaries(st.sampled_from(list(WORDS)), spec, max_size=8)) | {"id": "id"},
        "times": times,
        "sites": sites,
        "only": draw(st.dictionaries(column, st.lists(st.sampled_from(["1", "a"]), min_size=1), max_size=1)),
        "exclude": draw(
            st.dictionaries(column, st.lists(st.sampled_from(["0", "x"]), min_size=1), max_size=1)
        ),
        "extra": draw(st.dictionaries(st.just("centre"), column, max_size=1)),
        "source": draw(st.fixed_dictionaries({}, optional={"misspelt": st.booleans()})),
    }
    if draw(st.booleans()):
        content["events"] = {"file": "events.csv", "id": "id", "site": "site", "time": "time"}
    try:
        return parse_mapping(content)
    except InputError:
        return None


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[str], list[list[str]]]:
    """Columns in any order and rows of plausible and hostile cells, some rows with cells too many or few."""
    pools = WORDS | {name: TIMES + DATES for name in ("follow_up", "bone", "distant")}
    pools |= {"died": STATUS, "diagnosis": DATES, "liver": STATUS + TIMES}
    header = draw(st.permutations(list(pools)))[: draw(st.integers(6, len(pools)))]
    header = list(dict.fromkeys([*header, "id", "follow_up", "died"]))
    count = draw(st.integers(1, 6))
    rows = [[draw(st.sampled_from(pools[name])) for name in header] for _ in range(count)]
    for row in rows:
        change = draw(st.sampled_from([0, 0, 0, 0, 0, 1, -1]))
        if change == 1:
            row.append("surplus")
        elif change == -1:
            row.pop()
    return header, rows


def written(header: list[str], rows: list[list[str]], delimiter: str = ",") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows([header, *rows])
    return out.getvalue()


def assert_accounted(result: Import, records: int | None) -> None:
    """Rows read are used or set aside, once; what is used is the cohort; nothing of a patient is told."""
    report = result.report
    for table in report.tables:
        numbers = [row for rows in table.aside.values() for row in rows]
        assert len(numbers) == len(set(numbers))
        assert table.read == table.used + len(numbers)
        assert table.used >= 0
    if records is not None:
        assert report.patients.read == records
    content = report.to_dict(rows=True)
    text = json.dumps(content, allow_nan=False)
    assert SECRET.casefold() not in text.casefold()
    for column in report.columns:
        assert sum(len(column.counts[kind]) for kind in KINDS if kind != "contradictory") <= column.cells
    if result.cohort is None:
        assert report.patients.used == 0
        assert result.problem is not None
        assert SECRET not in str(result.problem)
        return
    assert len(result.cohort) == report.patients.used
    assert check(result.cohort) == []
    for times in (result.cohort.distant, result.cohort.site_time):
        assert not np.isneginf(times).any()
    result.cohort.patients()


@settings(max_examples=300, phases=NO_SHRINKING)
@given(st.data())
def test_every_row_of_a_hostile_table_is_accounted_for(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    header, rows = data.draw(tables())
    mapping = data.draw(mappings(header))
    if mapping is None:
        return
    folder = tmp_path_factory.mktemp("t")
    path = folder / "t.csv"
    path.write_text(written(header, rows, data.draw(st.sampled_from(",;\t"))), encoding="utf-8")
    event = st.tuples(*(st.sampled_from(pool) for pool in (WORDS["id"], SITES, TIMES + DATES)))
    events = [list(found) for found in data.draw(st.lists(event, min_size=1, max_size=5))]
    (folder / "events.csv").write_text(written(["id", "site", "time"], events), encoding="utf-8")
    try:
        result = import_table(path, mapping)
    except InputError as error:
        # Any column may be mapped to any field: amounts are no codes, and 0 and 1 of HER2 have two meanings.
        assert any(word in str(error) for word in ("holds amounts", "two meanings"))
        assert SECRET not in str(error)
    else:
        assert_accounted(result, len(rows))


@settings(max_examples=200, phases=NO_SHRINKING)
@given(st.data())
def test_damaged_bytes_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    header, rows = data.draw(tables())
    ending = data.draw(st.sampled_from(["csv", "tsv", "parquet", "xlsx"]))
    path = tmp_path_factory.mktemp("t") / f"t.{ending}"
    whole = [row for row in rows if len(row) == len(header)]
    frame = pl.DataFrame({name: [row[k] for row in whole] for k, name in enumerate(header)}, strict=False)
    if ending == "parquet":
        frame.write_parquet(path)
    elif ending == "xlsx":
        frame.write_excel(path)
    else:
        path.write_text(written(header, rows, "," if ending == "csv" else "\t"), encoding="utf-8")
    content = bytearray(path.read_bytes())
    # Places as shares of the length: a workbook holds the time of its making, and its length varies.
    share = st.floats(0, 1, exclude_max=True)
    for place in data.draw(st.lists(share, max_size=6)):
        content[int(place * len(content))] = data.draw(st.sampled_from([0, 10, 13, 34, 44, 255, 0xE9]))
    path.write_bytes(bytes(content[: int(data.draw(share | st.just(1.0)) * len(content))]))
    mapping = parse_mapping(
        {
            "columns": {"id": "id", "er": "id"},
            "times": {"unit": "days", "follow_up": "follow_up", "died": "died", "empty": "not found"},
            "sites": {"bone": "follow_up"},
        }
    )
    try:
        result = import_table(path, mapping)
    except InputError as error:
        assert path.name in str(error)
        assert SECRET not in str(error)
    else:
        assert_accounted(result, None)


PORTAL = {
    "PATIENT_ID": ["p1", "p2", "p3", "", "NA"],
    "OS_MONTHS": ["12", "0", "-3", "x", "", SECRET],
    "OS_STATUS": ["0:LIVING", "1:DECEASED", "DEAD", "", SECRET],
    "RFS_STATUS": ["0:Not Recurred", "1:Recurred", "", SECRET],
    "DMFS_STATUS": ["0:No", "1:Yes", ""],
    "ER_IHC": ["Positve", "Negative", "", SECRET],
    "DAYS_TO_DEATH": ["400", "[Not Available]", SECRET],
    "TUMOR_STAGE": ["IV", "2", "null", SECRET],
    "ONCOTREE_CODE": ["BRCA", "DCIS", ""],
    "SAMPLE_TYPE": ["Primary", "Metastasis"],
    "METASTATIC_SITE": ["Bone", "Breast", "Unknown", "", SECRET],
    "START_DATE": ["10", "-4", "", "x", SECRET],
    "STATUS": ["Distant relapse", "Locoregional relapse", "Deceased", "No metastasis", SECRET],
    "SITE": ["BONE", "LNS", "BREAST", "", SECRET],
    "TUMOR_SIZE": ["2.5", "22", "", SECRET],
}


@settings(max_examples=150, phases=NO_SHRINKING)
@given(st.data())
def test_hostile_study_folders(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    folder = tmp_path_factory.mktemp("study")
    for name in ("data_clinical_patient", "data_clinical_sample", "data_timeline_status", "data_timeline_x"):
        if name.startswith("data_timeline") and data.draw(st.booleans()):
            continue
        columns = data.draw(st.lists(st.sampled_from(list(PORTAL)), max_size=8, unique=True))
        header = data.draw(st.permutations(["PATIENT_ID", *(c for c in columns if c != "PATIENT_ID")]))
        rows = [
            [data.draw(st.sampled_from(PORTAL[column])) for column in header]
            for _ in range(data.draw(st.integers(1, 5)))
        ]
        if data.draw(st.integers(0, 9)) == 0:
            rows[0].append("surplus")
        lines = ["#comment", *("\t".join(cells) for cells in [header, *rows])]
        (folder / f"{name}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    try:
        result = import_cbioportal(folder)
    except InputError as error:
        assert SECRET not in str(error)
    else:
        assert_accounted(result, None)


def test_a_secret_in_the_head_of_a_file_stays_there(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f"{SECRET},b\n1,2\n", encoding="utf-8")
    mapping = parse_mapping(
        {
            "times": {"unit": "days", "follow_up": "a", "died": "b", "empty": "not found"},
            "sites": {"bone": "b"},
        }
    )
    with pytest.raises(InputError, match='"a" is not a column of the table') as found:
        import_table(path, mapping)
    assert SECRET not in str(found.value)
