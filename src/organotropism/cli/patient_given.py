"""The patient of a command line: from a file, a bundle of mCODE, flags, or both."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Final

from organotropism.errors import InputError
from organotropism.patient import Patient
from organotropism.patient_file import STANDARD_INPUT, patient_from_flags, read_stream

#: Of standard input; a bundle may be far larger than the record of one patient.
_MOST_BYTES: Final = 50_000_000


def read_one_patient(flags: Mapping[str, str | Sequence[str] | None], file: str | None) -> Patient:
    """Read a patient; what a bundle did not tell goes to standard error, without values.

    Raises
    ------
    InputError
        As for `patient_from_flags` and `patient_from_content`.
    """
    fields = content = None
    if file == "-":
        content = sys.stdin.buffer.read(_MOST_BYTES + 1)
        if not _holds_fhir(content):
            fields = read_stream(BytesIO(content))
        file = STANDARD_INPUT
    elif file is None or not _may_be_fhir(file):
        return patient_from_flags(flags, file)
    if fields is not None:
        return patient_from_flags(flags, file, fields)
    from organotropism.cohort.mcode_patient import patient_from_bundle, patient_from_content

    found = patient_from_bundle(file) if content is None else patient_from_content(content, file)
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


def _holds_fhir(content: bytes) -> bool:
    if b'"resourceType"' not in content:
        return False
    from organotropism.cohort.mcode_patient import holds_fhir

    return holds_fhir(content)
