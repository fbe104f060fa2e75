"""Patients of a long source become a cohort part by part, whichever reader makes statements of them.

Patients are read one by one and brought into columns part by part. Memory holds one part of the patients, and
the columns of the cohort unless these go to a file part by part.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from organotropism.cohort.identity import new_id
from organotropism.cohort.mcode import Bundle
from organotropism.cohort.mcode_gather import MCODE, Absent, Gathered, Wording
from organotropism.cohort.mcode_statements import Statements
from organotropism.cohort.report import Account, Report
from organotropism.cohort.resolve import DIFFERENT, SAME, no_patient, resolve
from organotropism.cohort.schema import COVARIATES, Cohort
from organotropism.cohort.store import join_cohorts, read_cohort, write_cohort
from organotropism.cohort.table import Import
from organotropism.errors import InputError
from organotropism.files import scratch_folder

PART: Final = 5_000
"""Patients that are brought into columns at once."""

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


def import_parts(
    read: Callable[[list[Cohort] | Spool], tuple[Parts, list[Account]]],
    *,
    label: str,
    file: str,
    out: str | Path | None,
    needed: str,
) -> Import:
    """Make a cohort of what a reader gives part by part.

    Parameters
    ----------
    read : reads the patients into parts, which it keeps in what it is given; with the accounts of the files
    label : name of the cohort
    file : the source, for messages
    out : Parquet file to write the cohort to part by part, in place of giving it
    needed : what a source without any record should have had

    Raises
    ------
    InputError
        The source cannot be read, or has no record.
    """
    with _kept(out) as kept:
        try:
            parts, accounts = read(kept)
        except InputError as error:
            raise error.at(file=file) from None
        except OSError as error:
            raise InputError(f"cannot be read ({error.strerror})", file=file) from None
        report = parts.whole(label)
        report.tables += accounts
        if sum(account.read for account in report.tables) == 0:
            raise InputError("has no records of patients", expected=needed, file=file)
        if not report.cohort:
            return Import(None, report, no_patient(report).at(file=file))
        if isinstance(kept, list):
            return Import(_joined(kept, label), report)
        join_cohorts(kept.files, str(out), label)
        return Import(None, report)


@contextmanager
def _kept(out: str | Path | None) -> Iterator[list[Cohort] | Spool]:
    """Where parts are kept: in memory, or beside the file to write, where patients may lie."""
    if out is None:
        yield []
        return
    with ExitStack() as folders:
        try:
            folder = folders.enter_context(scratch_folder(Path(out).parent))
        except OSError as error:
            raise InputError(f"cannot be written ({error.strerror})", file=str(out)) from None
        yield Spool(folder)


class Spool:
    """Parts of a cohort as files of a folder, as a list would hold them."""

    def __init__(self, folder: Path) -> None:
        self._folder, self.files = folder, list[Path]()

    def __len__(self) -> int:
        return len(self.files)

    def append(self, cohort: Cohort) -> None:
        """Write a further part."""
        self.files.append(self._folder / f"{len(self.files)}.parquet")
        write_cohort(cohort, self.files[-1])

    def __getitem__(self, number: int) -> Cohort:
        return read_cohort(self.files[number])

    def __setitem__(self, number: int, cohort: Cohort) -> None:
        write_cohort(cohort, self.files[number])

    def __delitem__(self, number: int) -> None:
        del self.files[number]


class Parts:
    """The patients read so far: columns of those of whole parts, and statements of the others."""

    def __init__(
        self,
        file: str,
        role: str,
        absent: Absent,
        window_years: float,
        kept: list[Cohort] | Spool,
        wording: Wording = MCODE,
    ) -> None:
        self._about = (file, role, absent, wording)
        self._window, self._cohorts = window_years, kept
        self._gathered = Gathered(*self._about)
        # What a reader notes of the source as a whole.
        self.notes: list[str] = []
        self._report: Report | None = None
        # Of each member its row; of each patient whom an id was found for the id, what was said, and the row.
        self._members, self._ids, self._digests, self._rows = (array("q") for _ in range(4))

    def add(self, row: int, found: Bundle | Statements | str) -> Mapping[str, Sequence[int]]:
        """As `Gathered.add`."""
        unused = self._gathered.add(row, found)
        if self._gathered.patients.read >= PART:
            self._close()
        return unused

    def _close(self) -> None:
        """Bring a part into columns."""
        gathered, self._gathered = self._gathered, Gathered(*self._about)
        draft = gathered.draft()
        # Where none of a part can be used the report says why.
        with suppress(InputError):
            self._cohorts.append(resolve(draft, "part", window_years=self._window, day_zero_is_stage_iv=True))
        self._members.extend(draft.rows[draft.keep].tolist())
        for number in np.flatnonzero(draft.claims):
            self._ids.append(hash(draft.ids[int(number)]))
            self._digests.append(gathered.digests[int(number)])
            self._rows.append(gathered.rows[int(number)])
        if self._report is None:
            self._report = draft.report
        else:
            self._report.add(draft.report)

    def whole(self, name: str) -> Report:
        """The account; parts without the patients who repeat the id of another one, if need be none, stay."""
        if self._gathered.patients.read or self._report is None:
            self._close()
        assert self._report is not None
        for note in self.notes:
            self._report.note(note)
        report, repeats, members = self._report, self._repeats(), np.array(self._members)
        report.cohort = {}
        for number in reversed(range(len(self._cohorts))):
            cohort = self._cohorts[number]
            rows, members = members[len(members) - len(cohort) :], members[: len(members) - len(cohort)]
            gone = np.zeros(len(rows), bool)
            for reason, repeated in repeats.items():
                found = np.isin(rows, repeated)
                report.patients.set_aside(reason, rows[found])
                gone |= found
            if gone.all():
                del self._cohorts[number]
                continue
            if gone.any():
                cohort = self._cohorts[number] = cohort.take(~gone)
            report.describe(replace(cohort, name=name))
        return report

    def _repeats(self) -> dict[str, Ints]:
        """Reasons to the rows of patients whose id another one has, as `resolve` sees it within a part."""
        ids = np.array(self._ids, np.int64)
        if len(np.unique(ids)) == len(ids):
            return {}
        digests, rows = np.array(self._digests, np.int64), np.array(self._rows, np.int64)
        order = np.argsort(ids, kind="stable")
        ids, digests, rows = ids[order], digests[order], rows[order]
        first = np.r_[True, ids[1:] != ids[:-1]]
        group = np.cumsum(first) - 1
        starts = np.flatnonzero(first)
        # Of each id the digest of its first row; a group with another one is of patients who differ.
        other = digests != digests[starts][group]
        differ = np.bincount(group[other], minlength=len(starts))[group] > 0
        return {SAME: rows[~first & ~differ], DIFFERENT: rows[differ]}


def _joined(cohorts: list[Cohort], name: str) -> Cohort:
    """One cohort of several; a covariate that some lack is not recorded in them."""
    import polars as pl

    frame = pl.concat([cohort.covariates for cohort in cohorts], how="diagonal")
    single = {"name", "covariates", "sites", "window_years", "extra", "unknown_time", "cohort_id"}
    arrays: dict[str, Any] = {
        field.name: np.concatenate([getattr(cohort, field.name) for cohort in cohorts])
        for field in fields(Cohort)
        if field.name not in single
    }
    return Cohort(
        name=name,
        covariates=frame.select("id", *(field for field in COVARIATES if field in frame.columns)),
        sites=cohorts[0].sites,
        window_years=cohorts[0].window_years,
        cohort_id=new_id(),
        **arrays,
    )
