"""The patient of a command line: from a file, a bundle of mCODE, flags, or both."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from organotropism.errors import InputError
from organotropism.patient import Patient
from organotropism.patient_file import patient_from_flags


def read_one_patient(flags: Mapping[str, str | Sequence[str] | None], file: str | None) -> Patient:
    """Read a patient; what a bundle did not tell goes to standard error, without values.

    Raises
    ------
    InputError
        As for `patient_from_flags` and `patient_from_bundle`.
    """
    if file is None or not _may_be_fhir(file):
        return patient_from_flags(flags, file)
    from organotropism.cohort.mcode_patient import patient_from_bundle

    found = patient_from_bundle(file)
    for note in found.notes:
        print(note, file=sys.stderr)
    try:
        return patient_from_flags(flags, file, found.fields)
    except InputError as error:
        for problem in (error, *error.others):
            # Of a bundle no value is repeated; what was typed on the command line may be.
            if flags.get(problem.field or "") is None:
                problem.value = None
        raise


def _may_be_fhir(file: str) -> bool:
    """Whether to look closer; the cohort's code takes a moment to load."""
    if Path(file).suffix.lower() != ".json":
        return False
    from organotropism.cohort.mcode_patient import is_fhir

    return is_fhir(file)
