"""One bundle of mCODE as the fields of a patient, for a forecast."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from organotropism.cohort.draft import Draft
from organotropism.cohort.mcode import NotOnePatient, parse_bundle
from organotropism.cohort.mcode_gather import Gathered
from organotropism.cohort.mcode_revisions import PRELIMINARY
from organotropism.cohort.mcode_source import LARGEST, Bundles
from organotropism.cohort.mcode_statements import BOUND_ONLY
from organotropism.cohort.mcode_subject import CONTAINED
from organotropism.cohort.report import Account, Report
from organotropism.cohort.resolve import resolve
from organotropism.cohort.schema import AFTER_DIAGNOSIS, Cohort
from organotropism.errors import InputError
from organotropism.patient_record import HORIZON_LIMIT

MARK: Final = b'"resourceType"'
#: Notes of the reader that bear on the values of the record.
_TOLD: Final = frozenset({PRELIMINARY, CONTAINED})


@dataclass(frozen=True)
class BundlePatient:
    """What a bundle says of a patient.

    Attributes
    ----------
    fields : of the record of a patient
    report : the account of the bundle
    notes : what a reader of the forecast has to know, without values
    """

    fields: Mapping[str, Any]
    report: Report
    notes: tuple[str, ...]


def is_fhir(path: str | Path) -> bool:
    """Whether a file ends with .json and holds a resource of FHIR."""
    file = Path(path)
    try:
        if file.suffix.lower() != ".json" or not file.is_file() or file.stat().st_size > LARGEST:
            return False
        return holds_fhir(file.read_bytes())
    except OSError:
        return False


def holds_fhir(content: bytes) -> bool:
    """Whether a text is a resource of FHIR in JSON."""
    try:
        return MARK in content and isinstance(json.loads(content).get("resourceType"), str)
    except (ValueError, AttributeError, RecursionError):
        return False


def patient_from_bundle(path: str | Path) -> BundlePatient:
    """Read the patient of a bundle, as a cohort's reader would.

    The forecast starts where the bundle ends what it says of distant disease: at the last site found, or
    where distant disease was last denied; else at diagnosis.

    Parameters
    ----------
    path : of the file

    Raises
    ------
    InputError
        No bundle of one patient with a primary breast cancer, a patient who died, or distant disease whose
        date or sites are not told. Values of the patient are not shown.
    """
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", file=str(path)) from None
    return patient_from_content(content, str(path))


def patient_from_content(content: bytes, file: str) -> BundlePatient:
    """Read the patient of a bundle that has no file of its own, or was read already.

    Parameters
    ----------
    content : the bundle as JSON
    file : what messages and the account call it

    Raises
    ------
    InputError
        As for `patient_from_bundle`.
    """
    try:
        bundle = parse_bundle(content)
    except NotOnePatient as problem:
        raise InputError(f"is not the bundle of a patient: {problem}", file=file) from None
    name = Path(file).name
    resources = Account(name, "resources of the bundle", bundle.read)
    gathered = Gathered(name, Bundles.role, "not recorded")
    for reason, rows in gathered.add(1, bundle).items():
        resources.set_aside(reason, rows)
    draft = gathered.draft()
    draft.report.tables.append(resources)
    if len(draft) and bool(draft.died[0]):
        raise InputError("is the bundle of a patient who died", file=file, expected="a patient to forecast")
    _observe_a_moment(draft)
    try:
        cohort = resolve(draft, "bundle", day_zero_is_stage_iv=True)
    except InputError as error:
        raise error.at(file=file) from None
    fields = {
        name: value for name, value in cohort.covariates.row(0, named=True).items() if value is not None
    }
    if "age" in fields:
        fields["age"] = round(fields["age"], 1)
    fields |= _course(cohort, draft, file)
    return BundlePatient(fields, draft.report, _notes(cohort, draft))


def _observe_a_moment(draft: Draft) -> None:
    """A cohort asks for follow-up, which a patient who was just diagnosed does not have."""
    if draft.follow_up is not None:
        told = np.nan_to_num(draft.follow_up, nan=0.0)
        draft.follow_up = np.where(told <= 0, AFTER_DIAGNOSIS, told)


def _course(cohort: Cohort, draft: Draft, file: str) -> dict[str, Any]:
    """M, involved sites, or the time without distant disease."""
    distant, times = float(cohort.distant[0]), cohort.site_time[0]
    found = np.isfinite(times)
    if np.isfinite(distant):
        if not found.any() or not (times[found] <= distant + cohort.window_years).any():
            raise InputError(
                "tells distant disease, but not its first sites", file=file, expected="the sites, with dates"
            )
        if times[found].max() >= HORIZON_LIMIT - 0.01:
            raise InputError(
                f"tells distant disease {HORIZON_LIMIT:g} years after diagnosis or later", file=file
            )
        involved = [
            {"site": site, "years": round(float(years), 2)}
            for site, years in zip(cohort.sites, times, strict=True)
            if np.isfinite(years)
        ]
        return {"involved": involved} | ({"m": "M1"} if distant == 0 else {})
    m = {"m": "M0"} if draft.m is not None and draft.m.values[0] == "M0" else {}
    free = float(cohort.follow_up[0])
    if np.isposinf(distant) and AFTER_DIAGNOSIS < free < HORIZON_LIMIT - 0.01:
        return m | {"free_for": round(free, 2)}
    return m


def _notes(cohort: Cohort, draft: Draft) -> tuple[str, ...]:
    """How many resources were used, and what was assumed."""
    used = draft.report.tables[1]
    told = [f"mCODE: {used.used} of {used.read} resources used"]
    if np.isfinite(cohort.distant[0]) and np.isnan(cohort.site_time[0]).any():
        told.append("sites of which the bundle says nothing are taken as free of disease")
    contradictory = sorted(c.field for c in draft.report.columns if c.counts["contradictory"])
    unknown = sorted(
        c.field for c in draft.report.columns if c.counts["unknown_codes"] or c.counts["out_of_range"]
    )
    bounds = BOUND_ONLY.format("")
    undecided = {note.removesuffix(bounds) for note in draft.report.notes if note.endswith(bounds)}
    unknown = [name for name in unknown if name not in undecided]
    told += [note for note in draft.report.notes if note in _TOLD or note.endswith(bounds)]
    if contradictory:
        told.append(f"contradictory, taken as unknown: {', '.join(contradictory)}")
    if unknown:
        told.append(f"could not be read, taken as unknown: {', '.join(unknown)}")
    return tuple(told)
