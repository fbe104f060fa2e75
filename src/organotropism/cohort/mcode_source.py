"""Where resources of FHIR lie: bundles, or single resources of many patients in a bulk export."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final

from organotropism.cohort.mcode import Bundle, NotOnePatient, parse_bundle, type_of
from organotropism.cohort.report import Account
from organotropism.errors import InputError
from organotropism.files import scratch_folder

LARGEST: Final = 50_000_000
"""Bytes of one bundle, of one line, or of all resources of one patient; what is larger is set aside."""

TOO_LARGE: Final = f"larger than {LARGEST // 10**6} MB"
STANDARD_INPUT: Final = "standard input"
_LINES: Final = frozenset({".ndjson", ".jsonl"})
#: Lines looked at to tell bundles from single resources.
_LOOKED_AT: Final = 1_000

#: Where a patient stands, and her bundle, or why there is none.
Found = tuple[int, Bundle | str]
#: Called with a reason and the rows of resources that are not used for it.
Aside = Callable[[str, Iterable[int]], None]


@contextmanager
def files_of(path: str | Path) -> Iterator[tuple[str, list[Path]]]:
    """Name and files of a source; standard input (``-``) is one for as long as the block lasts.

    Raises
    ------
    InputError
        Another kind of file, or none.
    """
    if str(path) != "-":
        yield Path(path).name, _found(Path(path))
        return
    with scratch_folder() as folder:
        yield STANDARD_INPUT, [_spooled(sys.stdin.buffer, folder)]


def _found(path: Path) -> list[Path]:
    if path.is_dir():
        lines = sorted(file for file in path.iterdir() if file.suffix.lower() in _LINES)
        # Beside the files of a bulk export its manifest may lie, which is .json.
        files = lines or sorted(path.glob("*.json"))
        if not files:
            raise InputError("has no bundles", expected=".ndjson or .json files", file=str(path))
        return files
    if path.suffix.lower() not in {*_LINES, ".json"}:
        expected = "a .ndjson file, a .json file, or a folder of either"
        raise InputError("holds no bundles of FHIR", expected=expected, file=str(path))
    return [path]


def _spooled(stream: BinaryIO, folder: Path) -> Path:
    """Standard input as a file, named by what its first line is: a record, or the start of one."""
    whole = folder / "input"
    with open(whole, "wb") as file:
        shutil.copyfileobj(stream, file)
    first = next((text for _, text in lines_of(whole)), b"")
    one_line = first is not None and _parsed(first) is not None
    return whole.rename(folder / ("input.ndjson" if one_line else "input.json"))


def lines_of(file: Path) -> Iterator[tuple[int, bytes | None]]:
    """Number and text of each line that is not empty; None where it is too long."""
    with open(file, "rb") as stream:
        number = 0
        while line := stream.readline(LARGEST):
            number += 1
            whole = line.endswith(b"\n") or len(line) < LARGEST
            rest = line
            while not (rest.endswith(b"\n") or len(rest) < LARGEST):
                rest = stream.readline(LARGEST)
            if line.strip():
                yield number, line if whole else None


def _parsed(text: bytes | None) -> object:
    try:
        return None if text is None else json.loads(text)
    except (ValueError, RecursionError):
        return None


def are_single_resources(files: Sequence[Path]) -> bool:
    """Whether the first lines hold resources, but no bundle."""
    if files[0].suffix.lower() not in _LINES:
        return False
    texts = (text for file in files for _, text in islice(lines_of(file), _LOOKED_AT))
    resources = False
    for text in texts:
        kind = type_of(_parsed(text))
        if kind == "Bundle":
            return False
        resources |= kind is not None
    return resources


class Bundles:
    """A source in which each line of NDJSON, or each .json file, is the bundle of one patient.

    Attributes
    ----------
    role : what the rows of the patients are
    accounts : of the resources
    """

    role: Final = "patients, one bundle each"

    def __init__(self, name: str, files: Sequence[Path]) -> None:
        self._files = files
        self._resources = Account(name, "resources of these bundles")
        self.accounts = [self._resources]

    def set_aside(self, reason: str, rows: Iterable[int]) -> None:
        """Take note of resources that are not used."""
        self._resources.set_aside(reason, rows)

    def patients(self) -> Iterator[Found]:
        """Each patient."""
        for row, text in self._texts():
            if text is None:
                yield row, TOO_LARGE
                continue
            try:
                bundle = parse_bundle(text, row)
            except NotOnePatient as refusal:
                yield row, str(refusal)
                continue
            self._resources.read += bundle.read
            yield row, bundle

    def _texts(self) -> Iterator[tuple[int, bytes | None]]:
        number = 0
        for file in self._files:
            if file.suffix.lower() in _LINES:
                last = number
                for line, text in lines_of(file):
                    last = number + line
                    yield last, text
                number = last
            else:
                number += 1
                yield number, None if file.stat().st_size > LARGEST else file.read_bytes()
