"""A series of metastatic patients without any date is read, teaches where and is validated for where."""

from __future__ import annotations

import numpy as np
import pytest

from organotropism.cohort import Cohort, check, read_cohort, write_cohort
from organotropism.cohort.mapping import parse_mapping
from organotropism.cohort.schema import UNKNOWN_TIME
from organotropism.cohort.table import import_table
from organotropism.cohort.tabulate import tabulate
from organotropism.errors import InputError
from organotropism.present.validation.page import report
from organotropism.present.validation.summary import in_brief
from organotropism.validate import Settings, rows, validate
from toy import toy_model

SITES = ("bone", "lung", "liver", "brain", "other")
MAPPING = {
    "series": "incident metastatic",
    "columns": {"subtype": "Subtype"},
    "sites": {site: {"found": site} for site in SITES},
}


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """200 patients, sites drawn so that triple-negative disease goes to the brain more often."""
    rng = np.random.default_rng(4)
    lines = ["Subtype," + ",".join(SITES)]
    for number in range(200):
        negative = number % 4 == 0
        share = np.array([0.35, 0.45, 0.25, 0.3, 0.3] if negative else [0.65, 0.25, 0.3, 0.06, 0.25])
        found = rng.random(5) < share
        found[0] |= not found.any()
        words = ",".join("yes" if site else "no" for site in found)
        lines.append(f"{'TNBC' if negative else 'HR+/HER2-'},{words}")
    file = tmp_path_factory.mktemp("series") / "series.csv"
    file.write_text("\n".join(lines) + "\n")
    return file


@pytest.fixture(scope="module")
def cohort(table) -> Cohort:
    found = import_table(table, parse_mapping(MAPPING)).cohort
    assert found is not None
    return found


def test_everybody_is_read_and_what_is_assumed_is_said(table) -> None:
    result = import_table(table, parse_mapping(MAPPING))
    assert result.cohort is not None and len(result.cohort) == 200
    assert check(result.cohort) == []
    notes = result.report.notes
    assert any("teach where alone" in note and len(rows) == 200 for note, rows in notes.items())
    assert any("taken as relapses" in note for note in notes)


def test_it_teaches_where_and_nothing_else(cohort: Cohort) -> None:
    tables = tabulate(cohort)
    assert int(tables.pattern["patients"].sum()) == 200
    assert not tables.rate["observed"].any()
    assert len(tables.progression) == len(tables.prevalence) == 0


def test_the_file_says_that_times_are_not_known(cohort: Cohort, tmp_path) -> None:
    assert cohort.unknown_time is not None and cohort.unknown_time.all()
    assert set(cohort.distant) == {UNKNOWN_TIME}
    for name in ("a.parquet", "a.csv"):
        write_cohort(cohort, tmp_path / name)
        again = read_cohort(tmp_path / name)
        assert again.unknown_time is not None and again.unknown_time.all()
    part = cohort.take(np.arange(5))
    assert part.unknown_time is not None and len(part.unknown_time) == 5


def test_it_is_validated_for_where_and_the_rest_cannot_be_said(cohort: Cohort) -> None:
    found = validate(toy_model(), cohort, Settings((5.0,), bootstrap=20, landmarks=(2.0,)))
    assert found.overall == []
    assert found.where is not None and found.where.patients == 200
    told = " ".join(in_brief(found))
    assert "whether and when it comes cannot be validated here" in told
    page = report(found, "1")
    assert "nan" not in page.split("<main>")[1].lower().replace("nano", "")
    assert 'id="discrimination"' not in page and 'id="where"' in page
    assert {row["section"] for row in rows(found)} == {"cohort", "where"}


def test_stage_iv_is_told_by_m_and_not_scored(table) -> None:
    text = table.read_text().splitlines()
    header, body = (
        text[0] + ",M",
        [f"{line},{'M1' if n % 5 == 0 else 'M0'}" for n, line in enumerate(text[1:])],
    )
    file = table.with_name("with_m.csv")
    file.write_text("\n".join([header, *body]) + "\n")
    mapping = parse_mapping(MAPPING | {"columns": {"subtype": "Subtype", "m": "M"}})
    cohort = import_table(file, mapping).cohort
    assert cohort is not None and int(cohort.stage_iv.sum()) == 40
    found = validate(toy_model(), cohort, Settings((5.0,), bootstrap=0))
    assert found.where is not None and found.where.patients == 160
    assert any(note.startswith("40 members") for note in found.notes)


def test_too_few_are_refused(cohort: Cohort) -> None:
    with pytest.raises(InputError, match="9 relapsed patients"):
        validate(toy_model(), cohort.take(np.arange(9)), Settings((5.0,)))


def test_sites_with_times_still_need_a_unit() -> None:
    with pytest.raises(InputError, match=r"times\.unit"):
        parse_mapping(MAPPING | {"sites": {"bone": "DateBone"}})
