"""A tumour of a registry as a patient at diagnosis, with metastases at diagnosis and the first recurrence.

Codes as in the NAACCR data dictionaries 14 to 26 and, for cases before 2018, Collaborative Stage.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from organotropism.cohort.mcode import CodeableConcept, Coding
from organotropism.cohort.mcode_codes import ADDRESSES, histology
from organotropism.cohort.mcode_dates import When, read_date
from organotropism.cohort.mcode_statements import Statements
from organotropism.cohort.mcode_values import Value
from organotropism.cohort.naaccr_source import Registered

NO_BREAST: Final = "no tumour of the breast"
NOT_INVASIVE: Final = "a tumour of the breast that is in situ or benign"
UNDATED: Final = "no date of diagnosis"
NO_CONTACT: Final = "no date of last contact: seen at diagnosis only"
FIRST_ALONE: Final = "item 1880 gives the first recurrence alone: sites found later are not recorded"
NOT_FREE: Final = "no first recurrence is recorded, and none is denied: observed at diagnosis alone"
AFTER_TREATMENT: Final = "nodes and size after neoadjuvant treatment: not those at diagnosis, not taken"
GENERALISED: Final = (
    "metastases at diagnosis are called generalised (item 1117, code 2): read as another site"
)
PROGNOSTIC: Final = "stage groups of AJCC 8 are not read but for IV: they may be prognostic"
_PARTIAL: Final = "dates of a month or a year alone: its middle is taken"

_SITES: Final = {
    "bone": ("metsAtDxBone", "csMetsAtDxBone"),
    "lung": ("metsAtDxLung", "csMetsAtDxLung"),
    "liver": ("metsAtDxLiver", "csMetsAtDxLiver"),
    "brain": ("metsAtDxBrain", "csMetsAtDxBrain"),
}
#: Distant nodes and other organs are one site; both must be denied for it to be.
_OTHER: Final = ("metsAtDxOther", "metsAtDxDistantLn")
#: Item 1880: organ of a first recurrence that is distant; 59 and more name none.
_RECURRENCE: Final = {
    **dict.fromkeys(("51", "53", "57", "58"), "other"),
    **{"52": "lung", "54": "liver", "55": "bone", "56": "brain"},
    **dict.fromkeys(("40", "46", "59", "60", "62"), "elsewhere"),
}
_LOCAL: Final = frozenset(
    ("04", "06", "10", "13", "14", "15", "16", "17", "20", "21", "22", "25", "26", "27", "30", "36")
)
_NEOADJUVANT: Final = frozenset({"1", "2"})
_BEFORE_SURGERY: Final = frozenset({"2", "4"})
_GIVEN: Final = {"01": "yes", "00": "no", "82": "no", "85": "no", "86": "no", "87": "no"}
_FACTOR: Final = {"010": "positive", "020": "negative"}
_SUMMARY: Final = {"1": "positive", "0": "negative"}
_NOTTINGHAM: Final = {"030": 1, "040": 1, "050": 1, "060": 2, "070": 2, "080": 3, "090": 3} | {
    "110": 1,
    "120": 2,
    "130": 3,
}


def read_registered(patient: Registered) -> Statements:
    """Read the first invasive tumour of the breast of a patient."""
    found = Statements(patient.items.get("patientIdNumber"))
    breast = [
        t for t in patient.tumours if t.get("primarySite", "").upper().replace(".", "").startswith("C50")
    ]
    invasive = [t for t in breast if t.get("behaviorCodeIcdO3", t.get("behaviorIcdO2")) == "3"]
    if not invasive:
        found.problem = NOT_INVASIVE if breast else NO_BREAST
        return found
    dated = [
        (when.days, n) for n, t in enumerate(invasive) if (when := _date(t.get("dateOfDiagnosis"), found))
    ]
    if not dated:
        found.problem = UNDATED
        return found
    tumour = invasive[min(dated)[1]]
    found.diagnosis = _date(tumour.get("dateOfDiagnosis"), found)
    # Files made of flat records may hold items at the other level.
    items = {**patient.items, **tumour}
    _covariates(items, found)
    earlier = [_date(t.get("dateOfDiagnosis"), found) for t in patient.tumours if t not in breast]
    if (
        any(when and when.days < min(dated)[0] for when in earlier)
        or "02" <= items.get("sequenceNumberCentral", "") <= "59"
    ):
        found.fields["previous_cancer"] = "yes"
    _course(items, found)
    return found


def _date(text: str | None, found: Statements) -> When | None:
    """A date of the standard: YYYYMMDD, of which day, or month and day, may be left out."""
    digits = re.fullmatch(r"(\d{4})(\d{2})?(\d{2})?", (text or "").replace("-", ""))
    when = None if digits is None else read_date("-".join(part for part in digits.groups() if part))
    if when is not None and not when.whole:
        found.notes.add(_PARTIAL)
    return when


def _first(items: dict[str, str], names: Iterable[str]) -> str:
    return next((items[name] for name in names if name in items), "")


def _covariates(items: dict[str, str], found: Statements) -> None:
    fields = found.fields
    age = items.get("ageAtDiagnosis", "")
    if age.isdigit() and int(age) < 121:
        fields["age"] = float(age)
    sex = {"1": "male", "2": "female"}.get(items.get("sex", ""))
    year = items["dateOfDiagnosis"][:4]
    receptors: dict[str, tuple[str, str]] = {
        "er": ("estrogenReceptorSummary", "csSiteSpecificFactor1"),
        "pr": ("progesteroneRecepSummary", "csSiteSpecificFactor2"),
        "her2": ("her2OverallSummary", "csSiteSpecificFactor15"),
    }
    told: dict[str, Value | None] = {
        name: _SUMMARY.get(items.get(now, "")) or _FACTOR.get(items.get(before, ""))
        for name, (now, before) in receptors.items()
    }
    told |= {"sex": sex, "year_of_diagnosis": int(year), "grade": _grade(items)}
    ki67 = re.fullmatch(r"\d{1,3}(\.\d)?", items.get("ki67", ""))
    told["ki67"] = float(items["ki67"]) if ki67 else None
    coding = Coding(system=ADDRESSES["ICD-O-3"], code=f"{items.get('histologicTypeIcdO3', '')}/3")
    told["histology"] = histology(CodeableConcept(coding=(coding,)))
    for name, item in (
        ("endocrine_therapy", "rxSummHormone"),
        ("anti_her2_therapy", "rxSummBrm"),
    ):
        told[name] = _GIVEN.get(items.get(item, ""))
    # The agents are text alone: that some were given does not tell the generation.
    told["chemotherapy"] = "none" if _GIVEN.get(items.get("rxSummChemo", "")) == "no" else None
    neoadjuvant = (
        items.get("neoadjuvantTherapy") in _NEOADJUVANT
        or items.get("rxSummSystemicSurSeq") in _BEFORE_SURGERY
    )
    if neoadjuvant:
        told["neoadjuvant"] = "yes"
    fields.update({name: value for name, value in told.items() if value is not None})
    _extent(items, neoadjuvant, found)


def _grade(items: dict[str, str]) -> int | None:
    """Nottingham grade before treatment: of the specimen, else of the biopsy."""
    for name in ("gradePathological", "gradeClinical", "derivedSummaryGrade2018"):
        if items.get(name) in ("1", "2", "3"):
            return int(items[name])
    factor = _NOTTINGHAM.get(items.get("csSiteSpecificFactor7", ""))
    # Item 440 of later cases is filled with 9.
    return factor or (int(items["grade"]) if items.get("grade") in ("1", "2", "3") else None)


def _extent(items: dict[str, str], neoadjuvant: bool, found: Statements) -> None:
    """Size, nodes, T, N: of the specimen, but before any treatment."""
    fields = found.fields
    sizes = (
        ("tumorSizeClinical", "tumorSizeSummary")
        if neoadjuvant
        else ("tumorSizeSummary", "tumorSizePathologic")
    )
    size = _first(items, (*sizes, "csTumorSize"))
    if re.fullmatch(r"\d{3}", size) and 1 <= int(size) <= 988:
        fields["size_mm"] = float(size)
    nodes = items.get("regionalNodesPositive", "")
    if re.fullmatch(r"\d{2}", nodes) and int(nodes) < 90:
        if neoadjuvant:
            found.notes.add(AFTER_TREATMENT)
        elif not (nodes == "00" and items.get("regionalNodesExamined") in ("00", "98")):
            fields["positive_nodes"] = int(nodes)
    for name, letter in (("t", "T"), ("n", "N")):
        path, clinical = f"ajccTnmPath{letter}", f"ajccTnmClin{letter}"
        names = (
            (clinical, f"tnmClin{letter}")
            if neoadjuvant
            else (path, f"tnmPath{letter}", clinical, f"tnmClin{letter}")
        )
        for item in names:
            match = re.match(rf"[cp]?{letter}?([0-4])", items.get(item, ""))
            if match and (letter == "N" or match[1] != "0") and (letter == "T" or match[1] != "4"):
                fields[name] = letter + match[1]
                break


def _course(items: dict[str, str], found: Statements) -> None:
    course, diagnosis = found.course, found.diagnosis
    assert diagnosis is not None
    vital, last = items.get("vitalStatus"), _date(items.get("dateOfLastContact"), found)
    course.dead = {"0": True, "4": True, "1": False}.get(vital or "")
    if last is None:
        # Who presented is kept, to teach where; a death without a date is no end.
        course.dead, course.last = False, diagnosis.days
        found.notes.add(NO_CONTACT)
    else:
        course.last = course.death = max(last.days, diagnosis.days) if not last.whole else last.days
    _at_diagnosis(items, diagnosis.days, found)
    _recurrence(items, diagnosis.days, found)


def _at_diagnosis(items: dict[str, str], diagnosis: int, found: Statements) -> None:
    """M and the organs of it, by code: 0 no, 1 yes, else not recorded."""
    course, codes = found.course, {site: _first(items, names) for site, names in _SITES.items()}
    others = [items.get(name, "") for name in _OTHER]
    if "2" in others[:1]:
        found.notes.add(GENERALISED)
    yes = "1" in others or others[0] == "2"
    codes["other"] = "1" if yes else "0" if others == ["0", "0"] else ""
    for site, code in codes.items():
        if code == "1":
            course.sites[site] = diagnosis
    told = " ".join(
        items.get(f"{system}{basis}M", "") for system in ("ajccTnm", "tnm") for basis in ("Clin", "Path")
    )
    stages = [
        items.get(f"{system}{basis}StageGroup", "")
        for system in ("ajccTnm", "tnm")
        for basis in ("Clin", "Path")
    ]
    if any(stages):
        found.notes.add(PROGNOSTIC)
    denied = all(codes[site] == "0" for site in codes) or items.get("csMetsAtDx") == "00"
    if course.sites or re.search(r"(^| )[cp]?M?1", told) or any(stage.startswith("4") for stage in stages):
        course.m = "M1"
    elif re.search(r"(^| )[cp]?M?0", told) or denied:
        course.m = "M0"
    if course.m == "M1":
        course.refuted |= {site for site, code in codes.items() if code == "0"}
        course.open |= {site for site, code in codes.items() if code not in ("0", "1")}


def _recurrence(items: dict[str, str], diagnosis: int, found: Statements) -> None:
    """The first recurrence, with its organ where it is distant; else until when there was none."""
    course, kind = found.course, items.get("recurrenceType1st", "")
    when = _date(items.get("recurrenceDate1st"), found)
    site = _RECURRENCE.get(kind)
    if course.m == "M1":
        return
    if site is not None:
        if when is None:
            course.untold = True
        elif site == "elsewhere":
            course.elsewhere = max(when.days, diagnosis)
        else:
            course.sites[site] = max(when.days, diagnosis)
            # The code says that it was this organ only.
            course.refuted |= {name for name in (*_SITES, "other") if name != site}
        found.notes.add(FIRST_ALONE)
    elif kind in _LOCAL and when is not None:
        # What followed a local recurrence is not recorded.
        course.denied = max(when.days, diagnosis)
    elif kind == "00" and course.last is not None:
        course.denied = course.last
    elif course.m == "M0":
        found.notes.add(NOT_FREE)
