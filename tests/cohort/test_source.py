"""Tables as they lie on disk: every kind of file, encodings, ragged rows, refusals."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from organotropism.cohort import source
from organotropism.cohort.source import Format, read_table
from organotropism.errors import InputError

FRAME = pl.DataFrame({"id": ["a", "b"], "n": [1, None], "x": [1.5, 2.0], "wide": ["u", "v"]})


@pytest.mark.parametrize("ending", ["csv", "tsv", "txt", "parquet", "xlsx"])
def test_every_kind_of_file_gives_the_same_texts(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"t.{ending}"
    if ending == "parquet":
        FRAME.write_parquet(path)
    elif ending == "xlsx":
        FRAME.write_excel(path)
    else:
        FRAME.write_csv(path, separator={"csv": ",", "tsv": "\t", "txt": "|"}[ending])
    table = read_table(path, ["x", "id", "n"])
    assert table.columns == ("id", "n", "x", "wide")
    assert table.frame.columns == ["x", "id", "n"]
    assert table.frame["id"].to_list() == ["a", "b"]
    assert [float(text) for text in table.frame["x"]] == [1.5, 2.0]
    assert table.frame["n"][1] is None
    assert table.rows.tolist() == ([1, 2] if ending == "parquet" else [2, 3])
    assert table.read == 2


def test_a_named_sheet_and_empty_rows(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    import xlsxwriter

    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("first").write_row(0, 0, ["other"])
        sheet = book.add_worksheet("second")
        for row, cells in enumerate([["id", "d"], ["a", "2001-01-31"], [], ["b", ""]]):
            sheet.write_row(row, 0, cells)
    table = read_table(path, None, Format(sheet="second"))
    assert table.frame["id"].to_list() == ["a", "b"]
    assert table.rows.tolist() == [2, 4]
    with pytest.raises(InputError, match='did you mean "second"'):
        read_table(path, None, Format(sheet="secund"))


def test_comment_lines_quotes_and_lines_within_cells(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text('#a comment\n# another\nid,x\n"a\nb","1,5"\n\n"q""q", 2 \n', encoding="utf-8")
    table = read_table(path, None)
    assert table.frame.rows() == [("a\nb", "1,5"), ('q"q', "2")]
    assert table.rows.tolist() == [4, 7]
    portal = tmp_path / "t.txt"
    portal.write_text('id\tx\n5"\t1\n', encoding="utf-8")
    assert read_table(portal, None, Format(delimiter="\t", quotes=False)).frame["id"].to_list() == ['5"']


def test_mixed_encodings_are_read_and_noted(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes("id,x\nä,1\n".encode() + "ö,2\n".encode("cp1252") + b"plain,3\n")
    table = read_table(path, None)
    assert table.frame["id"].to_list() == ["ä", "ö", "plain"]
    assert table.other_encoding == [3]
    path.write_text("id,x\nä,1\n", encoding="utf-16")
    assert read_table(path, None).frame["id"].to_list() == ["ä"]
    path.write_bytes(b"\xef\xbb\xbfid,x\na,1\n")
    assert read_table(path, ["id"]).frame["id"].to_list() == ["a"]


def test_rows_of_another_length_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("id,x\na,1\nb\nc,1,2\nd,4\n", encoding="utf-8")
    table = read_table(path, None)
    assert table.frame["id"].to_list() == ["a", "d"]
    assert table.faults == {"fewer cells than the header": [3], "more cells than the header": [4]}
    assert table.read == 4


def test_semicolons_bring_decimal_commas(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("id;x\na;1,5\n", encoding="utf-8")
    table = read_table(path, None)
    assert table.decimal_comma
    assert table.frame.row(0) == ("a", "1,5")


@pytest.mark.parametrize(
    "content, message",
    [
        (b"", "has no header"),
        (b"\n\n", "has no header"),
        (b"id,x\n", "has no rows"),
        (b'id,x\n"a,1\nb,2\n', "row 2: cannot be read as a table"),
        (b'"id,x\n', "row 1: cannot be read as a table"),
        (b"id,id\n1,2\n", '"id" is the name of two columns'),
        (b"ident,x\n1,2\n", '"id" is not a column of the table'),
        (b"id,x\n" + b"a" * 1_100_000 + b"\n", "too long to be a record"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message) as found:
        read_table(path, ["id"])
    assert "t.csv" in str(found.value)


def test_other_files_are_refused(tmp_path: Path) -> None:
    for name, message in {
        "t.pdf": "is not a table",
        "absent.csv": "No such file",
        "absent.parquet": "No such file",
    }.items():
        with pytest.raises(InputError, match=message):
            read_table(tmp_path / name, None)
    folder = tmp_path / "folder.csv"
    folder.mkdir()
    with pytest.raises(InputError, match="cannot be read"):
        read_table(folder, None)
    for ending in ("parquet", "xlsx"):
        path = tmp_path / f"broken.{ending}"
        (FRAME.write_parquet if ending == "parquet" else FRAME.write_excel)(path)
        path.write_bytes(path.read_bytes()[:200])
        with pytest.raises(InputError, match="is damaged"):
            read_table(path, None)


def test_nested_parquet_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    pl.DataFrame({"id": ["a"], "list": [[1, 2]], "blob": [b"\xff"]}).write_parquet(path)
    assert read_table(path, ["id"]).frame["id"].to_list() == ["a"]
    for column in ("list", "blob"):
        try:
            assert isinstance(read_table(path, [column]).frame[column][0], str)
        except InputError as error:
            assert "holds columns that are no text" in str(error)


@pytest.mark.parametrize("ending", ["csv", "parquet", "xlsx"])
def test_a_table_that_is_too_long_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    monkeypatch.setattr(source, "MOST_ROWS", 100)
    path = tmp_path / f"t.{ending}"
    frame = pl.DataFrame({"id": np.arange(101), "x": np.zeros(101)})
    {"csv": frame.write_csv, "parquet": frame.write_parquet, "xlsx": frame.write_excel}[ending](path)
    with pytest.raises(InputError, match="has more than 100 rows; expected a table in parts"):
        read_table(path, ["id"])
    # A first look takes what it asks for, of a table of any length.
    assert read_table(path, ["id"], most=10).read == 10


def test_long_cells_are_cut(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f"id,x\n{'a' * 5000},1\n", encoding="utf-8")
    assert len(read_table(path, ["id"]).frame["id"][0]) == source.LONGEST_CELL


def test_of_a_wide_table_only_the_wanted_cells_are_held(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    cells = ",".join(["abcdefgh"] * 1500)
    path.write_text("\n".join([",".join(f"c{k}" for k in range(1500)), *[cells] * 600]), encoding="utf-8")
    tracemalloc.start()
    table = read_table(path, ["c7", "c1400"])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert table.read == 600
    # All 900,000 cells together take more than 50 MB.
    assert peak < 5_000_000


def test_progress_tells_every_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "_PART", 30)
    seen: list[int] = []
    for ending in ("csv", "parquet"):
        path = tmp_path / f"t.{ending}"
        frame = pl.DataFrame({"id": np.arange(100)})
        (frame.write_csv if ending == "csv" else frame.write_parquet)(path)
        seen.clear()
        table = read_table(path, None, progress=seen.append)
        assert sum(seen) == 100
        assert len(seen) == 4
        assert table.frame["id"].to_list() == [str(number) for number in range(100)]
