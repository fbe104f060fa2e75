"""A cohort on disk comes back as it was; whatever else lies there is refused in one message."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cohorts import cohorts, same, small_cohort
from organotropism.cohort import Cohort, read_cohort, write_cohort
from organotropism.errors import InputError


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_a_cohort_comes_back_as_it_was(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"c.{ending}"
    write_cohort(small_cohort(), path)
    back = read_cohort(path)
    assert same(back, small_cohort())
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


@settings(max_examples=60)
@given(cohorts(), st.sampled_from(["parquet", "csv"]))
def test_any_cohort_comes_back(tmp_path_factory: pytest.TempPathFactory, cohort: Cohort, ending: str) -> None:
    path = tmp_path_factory.mktemp("c") / f"c.{ending}"
    write_cohort(cohort, path)
    assert same(read_cohort(path), cohort)


def test_not_recorded_is_not_the_same_as_not_happened(tmp_path: Path) -> None:
    for ending in ("parquet", "csv"):
        path = tmp_path / f"c.{ending}"
        write_cohort(small_cohort(), path)
        back = read_cohort(path)
        assert np.isinf(back.site_time[1]).all()
        assert np.isnan(back.site_time[3]).all()
        assert back.sites_recorded.tolist() == [True, True, True, False]
    # In the table itself too, for readers that know nothing of this package.
    frame = pl.read_csv(tmp_path / "c.csv", comment_prefix="#")
    assert frame["site_time.bone"].to_list() == [2.0, np.inf, np.inf, None]


def test_a_csv_without_its_head_is_read_by_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "named.csv"
    write_cohort(small_cohort(), path)
    path.write_text(path.read_text().partition("\n")[2])
    back = read_cohort(path)
    assert back.name == "named"
    assert back.sites == small_cohort().sites


@settings(max_examples=150)
@given(st.data())
def test_a_damaged_file_is_one_input_error(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    ending = data.draw(st.sampled_from(["parquet", "csv"]))
    path = tmp_path_factory.mktemp("c") / f"c.{ending}"
    write_cohort(small_cohort(), path)
    content = bytearray(path.read_bytes())
    cut = data.draw(st.integers(0, len(content)))
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=3)):
        content[place] ^= data.draw(st.integers(1, 255))
    path.write_bytes(bytes(content[:cut]))
    try:
        read_cohort(path)  # a change may leave a cohort: of other values, or of fewer rows in CSV
    except InputError as error:
        assert path.name in str(error)


@pytest.mark.parametrize(
    "content, message",
    [
        (b"", "not a Parquet file"),
        (b"PAR1", "damaged"),
        (b"PAR1" + b"\0" * 100 + b"PAR1", "damaged"),
    ],
)
def test_what_is_no_parquet_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "c.parquet"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_cohort(path)


def test_truncated_parquet_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "c.parquet"
    write_cohort(small_cohort(), path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(InputError, match=r"c\.parquet: is damaged"):
        read_cohort(path)


def test_files_of_others_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "c.parquet"
    pl.DataFrame({"id": ["a"]}).write_parquet(path)
    with pytest.raises(InputError, match="not of a cohort"):
        read_cohort(path)
    with pytest.raises(InputError, match="cannot be read"):
        read_cohort(tmp_path / "absent.parquet")
    with pytest.raises(InputError, match=r"expected a \.parquet or \.csv file"):
        read_cohort(tmp_path / "c.xlsx")
    with pytest.raises(InputError, match=r"expected a \.parquet or \.csv file"):
        write_cohort(small_cohort(), tmp_path / "c.json")
    with pytest.raises(InputError, match="cannot be written"):
        write_cohort(small_cohort(), tmp_path / "no folder" / "c.csv")


@pytest.mark.parametrize(
    "old, new, message",
    [
        ("cohort/1", "cohort/2", "another format"),
        ('"window_years"', '"window', "damaged"),
        ("50.5", "250.5", r"age: holds values that cannot be used \(patients: 1\)"),
        ("positive", "Dr Jane Doe", "er: holds values"),
        ("site_time.bone", "site_time.bones", "no column site_time.bone"),
        (",entry", ",entries", "no column entry"),
        (",age", ",ages", "ages"),
        ("2.0,true", "2.0,", "died: is missing"),
        ("2.0,true", "2.0,perhaps", "died: holds values of another kind"),
    ],
)
def test_what_was_changed_by_hand_is_said(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = tmp_path / "c.csv"
    write_cohort(small_cohort(), path)
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(InputError, match=message) as found:
        read_cohort(path)
    # A message may reach a log: it quotes no value of a patient.
    assert "Jane" not in str(found.value)


def test_an_inconsistent_cohort_is_neither_written_nor_read(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    wrong = small_cohort(follow_up=np.array([8.0, 10.0, 0.0, 0.8]))
    with pytest.raises(InputError, match=r"row 4: distant disease after death or the end of follow-up"):
        write_cohort(wrong, path)
    assert not path.exists()
    write_cohort(small_cohort(), path)
    path.write_text(path.read_text().replace("8.0", "1.0", 1))
    with pytest.raises(InputError, match="row 1: distant disease after death"):
        read_cohort(path)
    with pytest.raises(InputError, match="no patients"):
        write_cohort(small_cohort().take(np.array([], int)), path)


def test_an_existing_file_survives_a_failure(tmp_path: Path) -> None:
    path = tmp_path / "c.parquet"
    write_cohort(small_cohort(), path)
    before = path.read_bytes()
    with pytest.raises(InputError):
        write_cohort(small_cohort(entry=np.full(4, 50.0)), path)
    assert path.read_bytes() == before
