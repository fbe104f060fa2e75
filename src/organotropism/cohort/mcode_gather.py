"""What bundles say, gathered column by column as a reader's draft of patients."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from organotropism.cohort.columns import Column
from organotropism.cohort.draft import Draft
from organotropism.cohort.mcode import Bundle
from organotropism.cohort.mcode_course import (
    CONTRADICTION,
    DEATH_UNDATED,
    DEATH_UNTOLD,
    MONTH,
    OBSERVED_UNTIL,
    Course,
)
from organotropism.cohort.mcode_statements import Statements, read_statements
from organotropism.cohort.mcode_values import Value
from organotropism.cohort.report import Account, Report
from organotropism.cohort.schema import AFTER_DIAGNOSIS, COVARIATES
from organotropism.cohort.values import read_covariate
from organotropism.vocabulary import SITES

if TYPE_CHECKING:
    import polars as pl

Absent = Literal["not recorded", "not found"]

_DAYS_IN_YEAR: Final = 365.25
_UNTOLD: Final = "nothing is said of distant disease at some sites or at all"
UNSAID: Final = f"{_UNTOLD}: not recorded (--absent not-found reads it as none)"
TAKEN_AS_NONE: Final = f"{_UNTOLD}: taken as none (--absent not-found)"
BEFORE: Final = "distant disease up to a month before the diagnosis, or with M1: taken as at diagnosis"
FOLLOWED: Final = "follow-up ends with death, else with the latest date of any resource of the patient"
#: The element that each field is read from, for the report.
SOURCES: Final = {
    "age": "CancerPatient.birthDate, PrimaryCancerCondition.onset",
    "sex": "CancerPatient.gender",
    "year_of_diagnosis": "PrimaryCancerCondition.onset",
    "detection": "Procedure mammography, reason",
    "er": "TumorMarkerTest ER",
    "pr": "TumorMarkerTest PR",
    "her2": "TumorMarkerTest HER2",
    "ki67": "TumorMarkerTest Ki-67",
    "grade": "HistologicGrade",
    "size_mm": "TumorSize",
    "positive_nodes": "Observation regional nodes positive",
    "t": "TNMPrimaryTumorCategory",
    "n": "TNMRegionalNodesCategory",
    "histology": "HistologyMorphologyBehavior",
    "endocrine_therapy": "CancerRelatedMedication",
    "chemotherapy": "CancerRelatedMedication",
    "anti_her2_therapy": "CancerRelatedMedication",
    "radiotherapy": "RadiotherapyCourseSummary",
    "bisphosphonate": "CancerRelatedMedication",
}


M_SOURCE: Final = "TNMDistantMetastasesCategory, TNMStageGroup, PrimaryCancerCondition.stage"


@dataclass(frozen=True)
class Wording:
    """How a report speaks of a format.

    Attributes
    ----------
    reader : name of the reader
    sources : field, ``m`` included, to the element that it is read from
    followed : how the end of follow-up is told
    """

    reader: str
    sources: Mapping[str, str]
    followed: str


MCODE: Final = Wording("mcode", {**SOURCES, "m": M_SOURCE}, FOLLOWED)


class Gathered:
    """Statements of patients, column by column.

    Parameters
    ----------
    file, role : of the account of the patients
    absent : what it means that nothing is said of distant disease, or of a site
    wording : how the report speaks of the format
    """

    def __init__(self, file: str, role: str, absent: Absent, wording: Wording = MCODE) -> None:
        self.absent, self._wording = absent, wording
        self.patients = Account(file, role)
        self.ids: list[str | None] = []
        self.rows = array("q")
        self.digests = array("q")
        self.fields: dict[str, list[Value | None]] = {field: [] for field in wording.sources if field != "m"}
        self.times = {name: array("d") for name in ("entry", "follow_up", "distant", "elsewhere", *SITES)}
        self.flags = {name: bytearray() for name in ("died", *SITES)}
        self.m: list[str | None] = []
        self.notes: dict[str, array[int]] = {}
        self.contradictory: dict[str, array[int]] = {}

    def add(self, row: int, found: Bundle | Statements | str) -> Mapping[str, Sequence[int]]:
        """Add a patient, or the reason why there is none; returns reasons to the rows of unused resources.

        Parameters
        ----------
        row : where the patient stands
        """
        self.patients.read += 1
        if isinstance(found, str):
            self.patients.set_aside(found, [row])
            return {}
        statements = read_statements(found) if isinstance(found, Bundle) else found
        problem = statements.problem or _problem(statements)
        if problem is not None:
            self.patients.set_aside(problem, [row])
        else:
            self._keep(row, statements)
        return statements.ignored

    def _keep(self, row: int, statements: Statements) -> None:
        self.rows.append(row)
        self.ids.append(statements.id)
        self.digests.append(_digest(repr((sorted(statements.fields.items()), statements.course))))
        for name, values in self.fields.items():
            values.append(statements.fields.get(name))
        for name in statements.contradictory:
            self.contradictory.setdefault(name, array("q")).append(row)
        self.m.append(statements.course.m)
        notes = set(statements.notes)
        assert statements.diagnosis is not None
        self._course(statements.course, statements.diagnosis.days, notes)
        late = 0 if statements.entry is None else statements.entry - statements.diagnosis.days
        self.times["entry"].append(max(late, 0) / _DAYS_IN_YEAR)
        for note in sorted(notes):
            self.notes.setdefault(note, array("q")).append(row)

    def _course(self, course: Course, diagnosis: int, notes: set[str]) -> None:
        """Times of one patient as years since diagnosis."""
        first = _since(course.first, diagnosis, course, notes)
        distant = np.nan if first is None else first
        end, died = course.end, bool(course.dead)
        follow_up = np.nan if end is None else (end - diagnosis) / _DAYS_IN_YEAR
        free = self._free_until(course, diagnosis)
        if free is not None:
            notes.add(OBSERVED_UNTIL)
            distant, follow_up, died = np.inf, max(free, AFTER_DIAGNOSIS), False
        elif not course.asserted:
            distant = self._without(course, notes)
        if course.dead is None:
            notes.add(DEATH_UNTOLD)
        self.flags["died"].append(died)
        self.times["follow_up"].append(follow_up)
        self.times["distant"].append(distant)
        elsewhere = np.inf
        if course.untold and course.first is None:
            elsewhere = np.nan
        elif course.elsewhere is not None and self.absent == "not found":
            # Without this the sites of which nothing is said would count as not found.
            since = _since(course.elsewhere, diagnosis, course, notes)
            elsewhere = np.inf if since is None else since
        self.times["elsewhere"].append(elsewhere)
        for site in SITES:
            self._site(site, course, diagnosis, notes)

    def _free_until(self, course: Course, diagnosis: int) -> float | None:
        """Years without distant disease, where of the time after them nothing is known; else None.

        M0 says it of the diagnosis alone. Whoever is left out for it would be missing beside those with M1.
        """
        if course.asserted or self.absent == "not found":
            return None
        denied = diagnosis if course.denied is None and course.m == "M0" else course.denied
        if denied is None or (course.end is not None and denied >= course.end - MONTH and denied > diagnosis):
            return None
        return (denied - diagnosis) / _DAYS_IN_YEAR

    def _without(self, course: Course, notes: set[str]) -> float:
        """Time of distant disease where none is asserted."""
        if course.denied is not None:
            return np.inf
        notes.add(UNSAID if self.absent == "not recorded" else TAKEN_AS_NONE)
        return np.nan if self.absent == "not recorded" else np.inf

    def _site(self, site: str, course: Course, diagnosis: int, notes: set[str]) -> None:
        found = site in course.sites
        since = _since(course.sites.get(site), diagnosis, course, notes)
        time = np.inf if since is None else since
        if not found and site not in course.refuted and course.asserted:
            notes.add(UNSAID if self.absent == "not recorded" else TAKEN_AS_NONE)
            time = np.nan if self.absent == "not recorded" else np.inf
        if not found and site in course.open:
            time = np.nan
        self.times[site].append(time)
        self.flags[site].append(found and since is None)

    def draft(self) -> Draft:
        """All that was read, as every reader hands it over."""
        import polars as pl

        report = Report(self._wording.reader, [self.patients])
        # Rows set aside so far stand in the account already; the draft begins with the others.
        rows = np.array(self.rows, np.int64)
        everyone = np.ones(len(rows), bool)
        columns: dict[str, Column] = {}
        for name in (field for field in COVARIATES if field in self.fields):
            column = _column(name, self.fields[name])
            report.column(name, self._wording.sources[name], column, rows, everyone)
            # A field that no bundle has is no column of the cohort.
            if not column.missing.all():
                columns[name] = column
        m = _column("m", self.m)
        report.column("m", self._wording.sources["m"], m, rows, everyone)
        for name, found in self.contradictory.items():
            report.contradictory(name, found)
        draft = Draft(
            report=report,
            rows=rows,
            ids=_texts_column("id", self.ids),
            covariates=columns,
            m=m,
            entry=np.array(self.times["entry"]),
            follow_up=np.array(self.times["follow_up"]),
            died=pl.Series("died", np.frombuffer(bytes(self.flags["died"]), np.uint8).astype(bool)),
            distant=np.array(self.times["distant"]),
        )
        draft.elsewhere = np.array(self.times["elsewhere"])
        for k, site in enumerate(SITES):
            draft.site_time[:, k] = np.array(self.times[site])
            draft.undated[:, k] = np.frombuffer(bytes(self.flags[site]), np.uint8).astype(bool)
        report.note(self._wording.followed)
        for note, noted in self.notes.items():
            report.note(note, noted)
        return draft


def _problem(statements: Statements) -> str | None:
    """Why the course of a patient cannot be used."""
    course, diagnosis = statements.course, statements.diagnosis
    assert diagnosis is not None
    if course.contradicted(diagnosis.days):
        return CONTRADICTION
    if course.dead and course.death is None:
        return DEATH_UNDATED
    return None


def _since(day: int | None, diagnosis: int, course: Course, notes: set[str]) -> float | None:
    """Years since diagnosis; disease found with the primary tumour or just before it is at diagnosis."""
    if day is None:
        return None
    days = day - diagnosis
    if days < 0 and (days >= -MONTH or course.m == "M1"):
        notes.add(BEFORE)
        days = 0
    return days / _DAYS_IN_YEAR


def _texts_column(name: str, values: Sequence[str | None]) -> pl.Series:
    """Texts as the record of a patient reads them, null where there is none."""
    import polars as pl

    return read_covariate(name, pl.Series(name, values, pl.String)).values


def _column(name: str, values: Sequence[Value | None]) -> Column:
    """A field as the record of a patient reads it."""
    import polars as pl

    texts = [None if value is None else _text(value) for value in values]
    return read_covariate(name, pl.Series(name, texts, pl.String))


def _text(value: Value) -> str:
    return value if isinstance(value, str) else repr(float(value))


def _digest(text: str) -> int:
    """A number that only equal texts share, but for one chance in many millions of millions."""
    data = text.encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(data, digest_size=8).digest(), "little", signed=True)
