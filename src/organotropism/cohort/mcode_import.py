"""Many patients of mCODE become a cohort: bundles, or single resources of a bulk export.

Patients are read one by one and brought into columns part by part. Memory holds the columns of the cohort,
and one part of the patients on the way there.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from organotropism.cohort.mcode import Bundle
from organotropism.cohort.mcode_bulk import Bulk
from organotropism.cohort.mcode_gather import Absent, Gathered
from organotropism.cohort.mcode_source import STANDARD_INPUT, Bundles, are_single_resources, files_of
from organotropism.cohort.report import Report
from organotropism.cohort.resolve import DIFFERENT, SAME, no_patient, resolve
from organotropism.cohort.schema import COVARIATES, WINDOW_YEARS, Cohort
from organotropism.cohort.source import MOST_ROWS, Progress
from organotropism.cohort.table import Import
from organotropism.errors import InputError

PART: Final = 5_000
"""Patients that are brought into columns at once."""

_EVERY: Final = 1_000
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


def import_mcode(
    path: str | Path,
    *,
    absent: Absent = "not recorded",
    name: str | None = None,
    window_years: float = WINDOW_YEARS,
    progress: Progress | None = None,
) -> Import:
    """Read a cohort from resources with the profiles of mCODE.

    Parameters
    ----------
    path : a .ndjson or .jsonl file with one bundle or one resource a line, a folder of such files or of .json
        files with one bundle each, one such .json file, or ``-`` for either on standard input
    absent : what it means that nothing is said of distant disease, or of a site
    name : label of the cohort; left out: the name of the file
    window_years : sites found within this time of the first are one presentation
    progress : called with the number of patients of each part as it was read

    Raises
    ------
    InputError
        No such file, or one of another kind. Patients that cannot be used are no error: the report counts
        them.
    """
    label = name or (STANDARD_INPUT if str(path) == "-" else Path(path).stem)
    file = STANDARD_INPUT if str(path) == "-" else str(path)
    try:
        with files_of(path) as (source_name, files):
            source = Bulk(files) if are_single_resources(files) else Bundles(source_name, files)
            parts = _Parts(source_name, source.role, absent, window_years)
            for number, (row, found) in enumerate(source.patients(), start=1):
                if number > MOST_ROWS:
                    raise InputError(
                        f"has more than {MOST_ROWS:,} patients", expected="a source in parts, one import each"
                    )
                for reason, rows in parts.add(row, found).items():
                    source.set_aside(reason, rows)
                if progress is not None and number % _EVERY == 0:
                    progress(_EVERY)
    except InputError as error:
        raise error.at(file=file) from None
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", file=file) from None
    cohort, report = parts.whole(label)
    report.tables += source.accounts
    if sum(account.read for account in report.tables) == 0:
        raise InputError("has no bundles", expected="one bundle or resource of FHIR a line", file=file)
    if cohort is None:
        return Import(None, report, no_patient(report).at(file=file))
    return Import(cohort, report)


class _Parts:
    """The patients read so far: columns of those of whole parts, and statements of the others."""

    def __init__(self, file: str, role: str, absent: Absent, window_years: float) -> None:
        self._file, self._role, self._absent = file, role, absent
        self._window = window_years
        self._gathered = Gathered(self._file, self._role, self._absent)
        self._report: Report | None = None
        self._cohorts: list[Cohort] = []
        # Of each member its row; of each patient whom an id was found for the id, what was said, and the row.
        self._members, self._ids, self._digests, self._rows = (array("q") for _ in range(4))

    def add(self, row: int, found: Bundle | str) -> Mapping[str, Sequence[int]]:
        """As `Gathered.add`."""
        unused = self._gathered.add(row, found)
        if self._gathered.patients.read >= PART:
            self._close()
        return unused

    def _close(self) -> None:
        """Bring a part into columns."""
        gathered, self._gathered = self._gathered, Gathered(self._file, self._role, self._absent)
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

    def whole(self, name: str) -> tuple[Cohort | None, Report]:
        """The cohort of all parts, None where nobody can be used, and the account."""
        if self._gathered.patients.read or self._report is None:
            self._close()
        assert self._report is not None
        if not self._cohorts:
            return None, self._report
        repeats = self._repeats()
        cohort, members = _joined(self._cohorts, name), np.array(self._members)
        self._cohorts.clear()
        for reason, rows in repeats.items():
            gone = np.isin(members, rows)
            self._report.patients.set_aside(reason, members[gone])
            if gone.any():
                cohort, members = cohort.take(~gone), members[~gone]
        self._report.cohort = {}
        if len(cohort) == 0:
            return None, self._report
        self._report.describe(cohort)
        return cohort, self._report

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
    single = {"name", "covariates", "sites", "window_years", "extra"}
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
        **arrays,
    )
