"""Sheets of workbooks, read in a process of their own.

A workbook of a few kilobytes can claim a sheet of any size, and the library that reads it gives up the whole
process when the memory is not there. So the reading is done in another process whose memory is limited: what
cannot be read ends that one, and becomes an error here.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from organotropism.errors import InputError, did_you_mean
from organotropism.files import scratch_folder

if TYPE_CHECKING:
    import polars as pl

MEMORY: Final = 8 * 2**30
"""Bytes of address space of the reading process; a sheet of a million rows and fifty columns takes half."""

_SHEET: Final = "sheet.parquet"


@dataclass(frozen=True)
class Sheet:
    """Which sheet to read, and how much of it.

    Attributes
    ----------
    file : path of the workbook
    name : of the sheet; None: the first
    skip : rows above the header
    most : rows below the header to read at most; None: all
    """

    file: str
    name: str | None = None
    skip: int = 0
    most: int | None = None


def read_sheet(sheet: Sheet) -> pl.DataFrame:
    """Read a sheet as text; the columns are named by the header.

    Raises
    ------
    InputError
        A file that is damaged, is no workbook, has no such sheet, or claims more than memory holds.
    """
    _installed()
    import polars as pl

    with scratch_folder() as folder:
        command = [sys.executable, "-m", __name__, json.dumps(asdict(sheet)), str(folder)]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
        answer = folder / "answer.json"
        if done.returncode or not answer.exists():
            expected = "a smaller sheet, or a .csv or .parquet file"
            raise InputError("is damaged, or claims more cells than memory holds", expected=expected)
        found = json.loads(answer.read_text(encoding="utf-8"))
        if "problem" in found:
            raise InputError(**found)
        return pl.read_parquet(folder / _SHEET, glob=False).rename(
            dict(zip(found["places"], found["names"], strict=True))
        )


def _installed() -> None:
    from importlib.util import find_spec

    if find_spec("fastexcel") is None:
        install = 'pip install "organotropism[cohort]"'
        raise InputError("needs the package fastexcel to be read", expected=install)


def _main(request: str, folder: str) -> None:
    """Read a sheet into a file beside an answer that says how it went."""
    _limit_memory()
    answer = _answer(Sheet(**json.loads(request)), Path(folder))
    (Path(folder) / "answer.json").write_text(json.dumps(answer), encoding="utf-8")


def _answer(sheet: Sheet, folder: Path) -> dict[str, Any]:
    import fastexcel
    import polars as pl

    try:
        book = fastexcel.read_excel(sheet.file)
        if sheet.name is not None and sheet.name not in book.sheet_names:
            hint = did_you_mean(sheet.name, book.sheet_names)
            return {"problem": f"is not a sheet of the workbook{hint}", "value": sheet.name}
        found = book.load_sheet(sheet.name or 0, header_row=sheet.skip, dtypes="string", n_rows=sheet.most)
        frame = found.to_polars().select(pl.all().cast(pl.String))
    except fastexcel.FastExcelError:
        return {"problem": "is damaged, or is not a workbook"}
    names, places = frame.columns, [str(place) for place in range(frame.width)]
    frame.columns = places
    frame.write_parquet(folder / _SHEET)
    return {"names": names, "places": places}


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # not on Windows: there the system's own limit decides
        return
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    limit = MEMORY if hard == resource.RLIM_INFINITY else min(MEMORY, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))


if __name__ == "__main__":
    _main(*sys.argv[1:])
