"""An edited copy of the evidence tables, to show what the reader and the rules notice."""

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from organotropism.evidence.load import DATA

Row = dict[str, str]


class Copy:
    """A copy of the tables in a folder of its own; rows are counted as in the file, the header being 1."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for path in DATA.glob("*.csv"):
            shutil.copy(path, folder)

    def rows(self, file: str) -> list[Row]:
        with (self.folder / file).open(encoding="utf-8", newline="") as handle:
            return list(csv.DictReader(handle))

    def find(self, file: str, chosen: Callable[[Row], bool]) -> int:
        return next(number for number, row in enumerate(self.rows(file), start=2) if chosen(row))

    def edit(self, file: str, number: int, changes: Row) -> None:
        rows = self.rows(file)
        assert changes.keys() <= rows[0].keys()
        rows[number - 2] |= changes
        with (self.folder / file).open("w", encoding="utf-8", newline="") as handle:
            writer = csv.DictWriter(handle, rows[0].keys(), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    return Copy(tmp_path)
