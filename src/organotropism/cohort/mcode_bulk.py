"""Bulk exports of FHIR: one resource a line, of many patients in any order, brought together by patient.

The lines are sorted on disk, in a temporary file that goes with the process; memory holds one patient.
https://hl7.org/fhir/uv/bulkdata/
"""

from __future__ import annotations

import json
import sqlite3
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

from organotropism.cohort.mcode import Bundle, PatientResource, Resource, is_read, read_resource, type_of
from organotropism.cohort.mcode_source import LARGEST, TOO_LARGE, Found, lines_of
from organotropism.cohort.mcode_subject import patient_key
from organotropism.cohort.report import Account

#: Kilobytes that the sorter may hold.
_CACHE: Final = 16_000
_LONGEST_KEY: Final = 200
_Row = tuple[bytes, int, int, bytes]
NO_PATIENT: Final = "of a patient without a Patient resource"
UNREADABLE: Final = "of a patient who cannot be used"
TWICE: Final = "two Patient resources that differ"
AGAIN: Final = "Patient that is told twice"


def _key(content: dict[str, Any], kind: str) -> str | None:
    """Whose resource it is."""
    if kind == "Patient":
        key = content.get("id")
        return key if isinstance(key, str) and key else None
    subject = content.get("subject")
    return patient_key(subject.get("reference")) if isinstance(subject, dict) else None


class Bulk:
    """A source of single resources.

    Attributes
    ----------
    role : what the rows of the patients are
    accounts : of the lines, one for each file
    """

    role: Final = "patients, by the number of their Patient resource"

    def __init__(self, files: Sequence[Path]) -> None:
        self._files = files
        self.accounts = [Account(file.name, "resources, one a line") for file in files]
        # Lines are numbered through all files; here each file begins, less one.
        self._starts: list[int] = []

    def set_aside(self, reason: str, rows: Iterable[int]) -> None:
        """Take note of resources that are not used, by their numbers through all files."""
        for row in rows:
            place = bisect_right(self._starts, row - 1) - 1
            self.accounts[place].set_aside(reason, [row - self._starts[place]])

    def patients(self) -> Iterator[Found]:
        """Each patient, in the order of their ids."""
        # A database without a name is a file that no other program sees and that goes with this one, even
        # where it is killed.
        with closing(sqlite3.connect("", isolation_level=None)) as store:
            for command in ("journal_mode = OFF", "synchronous = OFF", f"cache_size = -{_CACHE}"):
                store.execute(f"PRAGMA {command}")
            store.execute("CREATE TABLE resource (patient BLOB, line INTEGER, number INTEGER, text BLOB)")
            store.execute("BEGIN")
            # Patients without an id come first: nothing can belong to them.
            unnamed: list[int] = []
            store.executemany("INSERT INTO resource VALUES (?, ?, ?, ?)", self._rows(unnamed))
            yield from ((number, "no id") for number in unnamed)
            ordered = store.execute("SELECT patient, line, number, text FROM resource ORDER BY patient, line")
            for _, rows in groupby(ordered, key=itemgetter(0)):
                found = self._patient(rows)
                if found is not None:
                    yield found

    def _rows(self, unnamed: list[int]) -> Iterator[_Row]:
        """Each line that may be used, with its patient."""
        start = patients = 0
        for file, account in zip(self._files, self.accounts, strict=True):
            self._starts.append(start)
            line = 0
            for line, text in lines_of(file):
                account.read += 1
                content, kind = _content(text)
                patients += kind == "Patient"
                key = _key(content, kind) if kind is not None and is_read(kind) else None
                if key is not None and text is not None:
                    name = key.encode("utf-8", "surrogatepass")[:_LONGEST_KEY]
                    yield name, start + line, patients, text.strip()
                    continue
                account.set_aside(_unused(text, content, kind), [line])
                if kind == "Patient":
                    unnamed.append(patients)
            start += line

    def _patient(self, rows: Iterable[_Row]) -> Found | None:
        """The bundle of one patient; None where no Patient resource tells of her."""
        group = _Group()
        for _, line, number, text in rows:
            group.add(line, number, text)
        if group.patient is None or group.problem is not None:
            lines = [*group.bundle_lines(), *group.patient_lines]
            if group.number is None:
                self.set_aside(NO_PATIENT, lines)
                return None
            self.set_aside(UNREADABLE, lines)
            return group.number, group.problem or UNREADABLE
        self.set_aside(AGAIN, group.patient_lines[1:])
        bundle = Bundle(group.patient)
        for line, found in group.found:
            bundle.add(found, line)
        return group.number or 0, bundle


@dataclass
class _Group:
    """Resources of one patient.

    Attributes
    ----------
    patient, number : her Patient resource, and its number among all
    patient_lines : where it stands, or several do
    found : line and content of the others, or why one is not used
    skipped : lines of those that were one too many
    problem : why she cannot be used
    """

    patient: PatientResource | None = None
    number: int | None = None
    patient_lines: list[int] = field(default_factory=list)
    found: list[tuple[int, Resource | str]] = field(default_factory=list)
    skipped: list[int] = field(default_factory=list)
    problem: str | None = None
    _size: int = 0

    def add(self, line: int, number: int, text: bytes) -> None:
        """Add one resource of hers."""
        content = json.loads(text)
        told = type_of(content) == "Patient"
        self._size += len(text)
        if told:
            self.patient_lines.append(line)
            self.number = number if self.number is None else self.number
        if self._size > LARGEST:
            self.problem = TOO_LARGE
            if not told:
                self.skipped.append(line)
            return
        found = read_resource(content)
        if not told:
            self.found.append((line, found))
        elif not isinstance(found, PatientResource):
            self.problem = self.problem or "a patient that does not follow FHIR"
        elif self.patient is not None and self.patient != found:
            self.problem = self.problem or TWICE
        else:
            self.patient = found

    def bundle_lines(self) -> list[int]:
        """Lines of all resources but the patient's own."""
        return [*(line for line, _ in self.found), *self.skipped]


def _content(text: bytes | None) -> tuple[dict[str, Any], str | None]:
    """What a line holds, and its type; no type where it is no resource."""
    try:
        content = None if text is None else json.loads(text)
    except (ValueError, RecursionError):
        return {}, None
    kind = type_of(content)
    return (content if isinstance(content, dict) else {}), kind


def _unused(text: bytes | None, content: dict[str, Any], kind: str | None) -> str:
    """Why a line is not used."""
    if text is None:
        return TOO_LARGE
    if kind is None:
        return "not a FHIR resource"
    if kind == "Bundle":
        return "a bundle among single resources"
    if not is_read(kind):
        return str(read_resource({"resourceType": kind}))
    if kind == "Patient":
        return "Patient without an id"
    subject = content.get("subject")
    if isinstance(subject, dict) and (subject.get("reference") or subject.get("identifier")):
        return f"{kind} whose patient is not named by type and id, as a bulk export names her"
    return f"{kind} without a reference to a patient"
