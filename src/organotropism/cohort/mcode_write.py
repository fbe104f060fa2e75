"""Bundles of mCODE from a cohort: one patient a line, to test readers with patients whose truth is known."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np

from organotropism.cohort.mcode_codes import ADDRESSES, Code, code_for
from organotropism.cohort.schema import Cohort
from organotropism.errors import InputError

#: Fields that a bundle carries; others of a cohort are left out.
CARRIED: Final = (
    *("age", "sex", "year_of_diagnosis", "detection", "er", "pr", "her2", "ki67", "grade", "size_mm"),
    *("positive_nodes", "t", "n", "histology"),
)
_PROFILE: Final = "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-"
_TERMS: Final = "http://terminology.hl7.org/CodeSystem/"
_NO_NAME: Final = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
_ID: Final = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_DAYS_IN_YEAR: Final = 365.25
#: Day of diagnosis within its year, and the year written where none is recorded.
_DAY, _NO_YEAR = (7, 1), 2000
_AJCC8: Final = {
    "coding": [{"system": ADDRESSES["SNOMED"], "code": "897275008"}],
    "text": "AJCC Cancer Staging Manual, 8th edition",
}
#: Marker: a name in the code that the observation gets.
_MARKERS: Final = {"er": "Breast cancer specimen", "pr": "Breast cancer specimen", "her2": "Breast cancer"}

Resource = dict[str, Any]


def left_out(cohort: Cohort) -> tuple[str, ...]:
    """Columns of a cohort that a bundle does not carry."""
    extra = () if cohort.extra is None else tuple(f"extra.{name}" for name in cohort.extra.columns)
    columns = cohort.covariates
    return (
        tuple(
            name
            for name in columns.columns
            if name not in {"id", *CARRIED} and columns[name].null_count() < len(columns)
        )
        + extra
    )


def write_mcode(cohort: Cohort, path: str | Path) -> None:
    """Write a cohort as NDJSON, one bundle a line; times are rounded to days.

    Parameters
    ----------
    cohort : followed from diagnosis
    path : replaced where it exists

    Raises
    ------
    InputError
        A cohort that enters late or by presenting, or with ids that FHIR does not allow; or a file that
        cannot be written.
    """
    if (cohort.entry > 0).any() or not cohort.followed.all():
        raise InputError(
            "cannot be written as mCODE", field="cohort", expected="patients seen from diagnosis on"
        )
    try:
        with open(path, "w", encoding="utf-8") as file:
            for bundle in bundles(cohort):
                file.write(json.dumps(bundle, separators=(",", ":"), ensure_ascii=False) + "\n")
    except OSError as error:
        raise InputError(f"cannot be written ({error.strerror or error})", file=str(path)) from None


def bundles(cohort: Cohort) -> Iterator[Resource]:
    """Yield the bundle of each patient of a cohort."""
    for number, row in enumerate(cohort.covariates.iter_rows(named=True)):
        if not _ID.fullmatch(str(row["id"])):
            raise InputError(
                "is not an id of FHIR", field="id", row=number + 1, expected="letters, digits, - and ."
            )
        yield _Writer(cohort, number, row).bundle()


class _Writer:
    """One patient as resources that refer to one another."""

    def __init__(self, cohort: Cohort, number: int, row: dict[str, Any]) -> None:
        self.cohort, self.number, self.row = cohort, number, row
        self.id = str(row["id"])
        self.subject = {"reference": f"Patient/{self.id}"}
        self.diagnosis = date(row.get("year_of_diagnosis") or _NO_YEAR, *_DAY)
        self.resources: list[Resource] = []

    def bundle(self) -> Resource:
        """The bundle."""
        self._patient()
        self._primary()
        self._markers()
        self._stage()
        self._metastases()
        self._last_contact()
        entries = [
            {"fullUrl": f"http://example.org/fhir/{r['resourceType']}/{r['id']}", "resource": r}
            for r in self.resources
        ]
        meta = {"profile": [f"{_PROFILE}patient-bundle"]}
        return {"resourceType": "Bundle", "id": self.id, "meta": meta, "type": "collection", "entry": entries}

    def _day(self, years: float) -> str:
        return (self.diagnosis + timedelta(days=round(years * _DAYS_IN_YEAR))).isoformat()

    def _add(self, kind: str, name: str, profile: str, **content: Any) -> str:
        """Add a resource; returns the reference to it."""
        reference = f"{self.id}-{name}"[-64:]
        meta = {"profile": [f"{_PROFILE}{profile}"]} if profile else {}
        resource = {"resourceType": kind, "id": reference, "meta": meta, **content}
        self.resources.append({key: value for key, value in resource.items() if value != {}})
        return f"{kind}/{reference}"

    def _patient(self) -> None:
        row = self.row
        meta: Resource = {"profile": [f"{_PROFILE}cancer-patient"]}
        if row.get("year_of_diagnosis") is None:
            meta["security"] = [{"system": f"{_TERMS}v3-ObservationValue", "code": "MASKED"}]
        patient: Resource = {
            "resourceType": "Patient",
            "id": self.id,
            "meta": meta,
            "identifier": [{"system": "http://example.org/simulated", "value": self.id}],
            "name": [{"extension": [{"url": _NO_NAME, "valueCode": "masked"}]}],
            "gender": row.get("sex") or "unknown",
        }
        if row.get("age") is not None:
            patient["birthDate"] = self._day(-row["age"])
        if self.cohort.died[self.number]:
            patient["deceasedDateTime"] = self._day(self.cohort.follow_up[self.number])
        else:
            patient["deceasedBoolean"] = False
        self.resources.append(patient)

    def _primary(self) -> None:
        content = self._condition(code_for("breast", "invasive"), 0.0)
        if self.row.get("histology") is not None:
            morphology = _concept(code_for("histology", self.row["histology"]))
            url = f"{_PROFILE}histology-morphology-behavior"
            content["extension"] = [{"url": url, "valueCodeableConcept": morphology}]
        self.primary = self._add("Condition", "primary", "primary-cancer-condition", **content)
        if self.row.get("detection") is not None:
            self._add(
                "Procedure",
                "mammogram",
                "",
                status="completed",
                code=_concept(code_for("procedure", "mammography")),
                subject=self.subject,
                performedDateTime=self._day(0.0),
                reasonCode=[_concept(code_for("intent", self.row["detection"]))],
            )

    def _condition(self, code: Code, years: float, verification: str = "confirmed") -> Resource:
        clinical = "active" if verification == "confirmed" else "inactive"
        return {
            "clinicalStatus": _term("condition-clinical", clinical),
            "verificationStatus": _term("condition-ver-status", verification),
            "category": [_term("condition-category", "problem-list-item")],
            "code": _concept(code),
            "subject": self.subject,
            "onsetDateTime": self._day(years),
        }

    def _observe(self, name: str, profile: str, code: Code, years: float = 0.0, **value: Any) -> None:
        category = "social-history" if name == "history" else "laboratory"
        self._add(
            "Observation",
            name,
            profile,
            status="final",
            category=[_term("observation-category", category)],
            code=_concept(code),
            subject=self.subject,
            effectiveDateTime=self._day(years),
            **value,
        )

    def _markers(self) -> None:
        row = self.row
        for name, display in _MARKERS.items():
            if row.get(name) is not None:
                value = _concept(code_for("status", row[name]))
                code = code_for("observation", name, display)
                self._observe(name, "tumor-marker-test", code, valueCodeableConcept=value)
        if row.get("ki67") is not None:
            quantity = _quantity(row["ki67"], "%")
            self._observe(
                "ki67", "tumor-marker-test", code_for("observation", "ki67"), valueQuantity=quantity
            )
        if row.get("grade") is not None:
            value = _concept(code_for("grade", str(row["grade"])))
            self._observe(
                "grade", "histologic-grade", code_for("observation", "grade"), valueCodeableConcept=value
            )
        if row.get("positive_nodes") is not None:
            self._observe(
                "nodes", "", code_for("observation", "positive_nodes"), valueInteger=row["positive_nodes"]
            )
        if row.get("size_mm") is not None:
            self._size(row["size_mm"])

    def _size(self, millimetres: float) -> None:
        """A size, of a tumour of its own as the profile demands."""
        kind = {"coding": [{"system": "http://hl7.org/fhir/resource-types", "code": "BodyStructure"}]}
        tumour = self._add(
            "BodyStructure",
            "tumour",
            "tumor",
            identifier=[{"use": "usual", "type": kind, "value": f"{self.id}-tumour"}],
            location=_concept(code_for("breast", "invasive", "Breast structure")),
            patient=self.subject,
        )
        longest = code_for("observation", "size_mm", "maximum")
        part = {"code": _concept(longest), "valueQuantity": _quantity(millimetres, "mm")}
        code = code_for("observation", "size_mm")
        self._observe("size", "tumor-size", code, focus=[{"reference": tumour}], component=[part])

    def _stage(self) -> None:
        distant = self.cohort.distant[self.number]
        m = None if np.isnan(distant) else "M1" if distant == 0 else "M0"
        categories = {
            "t": ("t pathologic", self.row.get("t"), "tnm-primary-tumor-category", " pT"),
            "n": ("n pathologic", self.row.get("n"), "tnm-regional-nodes-category", " pN"),
            "m": ("m", m, "tnm-distant-metastases-category", " cM"),
        }
        for name, (role, value, profile, display) in categories.items():
            if value is not None:
                self._observe(
                    name,
                    profile,
                    code_for("observation", role),
                    valueCodeableConcept=_concept(code_for("category", value, display)),
                    method=_AJCC8,
                    focus=[{"reference": self.primary}],
                )

    def _metastases(self) -> None:
        """Sites found as secondary cancers, sites not found as refuted ones; not recorded is left out."""
        cohort, number = self.cohort, self.number
        distant = cohort.distant[number]
        if np.isposinf(distant):
            code = code_for("observation", "history")
            end = cohort.follow_up[number]
            self._observe("history", "history-of-metastatic-cancer", code, end, valueBoolean=False)
        if not np.isfinite(distant):
            return
        times = cohort.site_time[number]
        for site, years in zip(cohort.sites, times, strict=True):
            if not np.isnan(years):
                found = bool(np.isfinite(years))
                self._secondary(site, site, years if found else cohort.follow_up[number], found)
        if not (times == distant).any():
            self._secondary("site-not-recorded", "not recorded", distant, True)

    def _secondary(self, name: str, site: str, years: float, found: bool) -> None:
        content = self._condition(code_for("site", site), years, "confirmed" if found else "refuted")
        self._add("Condition", name, "secondary-cancer-condition", **content)

    def _last_contact(self) -> None:
        if self.cohort.died[self.number]:
            return
        day = self._day(self.cohort.follow_up[self.number])
        visit = {
            "coding": [{"system": ADDRESSES["SNOMED"], "code": "185389009", "display": "Follow-up visit"}]
        }
        self._add(
            "Encounter",
            "last-contact",
            "",
            status="finished",
            **{"class": {"system": f"{_TERMS}v3-ActCode", "code": "AMB"}},
            type=[visit],
            subject=self.subject,
            period={"start": day, "end": day},
        )


def _concept(code: Code) -> Resource:
    return {"coding": [{"system": ADDRESSES[code.system], "code": code.code, "display": code.display}]}


def _term(system: str, code: str) -> Resource:
    return {"coding": [{"system": f"{_TERMS}{system}", "code": code}]}


def _quantity(value: float, unit: str) -> Resource:
    return {"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit}
