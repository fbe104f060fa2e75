"""Many patients of mCODE become a cohort: bundles, or single resources of a bulk export."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from organotropism.cohort.mcode_bulk import Bulk
from organotropism.cohort.mcode_gather import Absent
from organotropism.cohort.mcode_source import STANDARD_INPUT, Bundles, are_single_resources, files_of
from organotropism.cohort.parts import Parts, Spool, import_parts
from organotropism.cohort.report import Account
from organotropism.cohort.schema import WINDOW_YEARS, Cohort
from organotropism.cohort.source import MOST_ROWS, Progress
from organotropism.cohort.table import Import
from organotropism.errors import InputError

_EVERY: Final = 1_000


def import_mcode(
    path: str | Path,
    *,
    absent: Absent = "not recorded",
    name: str | None = None,
    window_years: float = WINDOW_YEARS,
    progress: Progress | None = None,
    out: str | Path | None = None,
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
    out : Parquet file to write the cohort to part by part, in place of giving it: memory then holds one part

    Raises
    ------
    InputError
        No such file, or one of another kind. Patients that cannot be used are no error: the report counts
        them.
    """
    label = name or (STANDARD_INPUT if str(path) == "-" else Path(path).stem)
    file = STANDARD_INPUT if str(path) == "-" else str(path)
    return import_parts(
        lambda kept: _read(path, kept, absent, window_years, progress),
        label=label,
        file=file,
        out=out,
        needed="one bundle or resource of FHIR a line",
    )


def _read(
    path: str | Path,
    kept: list[Cohort] | Spool,
    absent: Absent,
    window_years: float,
    progress: Progress | None,
) -> tuple[Parts, list[Account]]:
    """Read the patients into parts; with the accounts of the files."""
    with files_of(path) as (source_name, files):
        source = Bulk(files) if are_single_resources(files) else Bundles(source_name, files)
        parts = Parts(source_name, source.role, absent, window_years, kept)
        for number, (row, found) in enumerate(source.patients(), start=1):
            if number > MOST_ROWS:
                raise InputError(
                    f"has more than {MOST_ROWS:,} patients", expected="a source in parts, one import each"
                )
            for reason, rows in parts.add(row, found).items():
                source.set_aside(reason, rows)
            if progress is not None and number % _EVERY == 0:
                progress(_EVERY)
        return parts, source.accounts
