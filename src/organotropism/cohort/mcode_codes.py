"""Codes that the mCODE reader knows: LOINC, SNOMED CT, ICD-10, ICD-O-3, RxNorm; a table in the package."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from organotropism.cohort.mcode import CodeableConcept, Coding

TABLE: Final = "mcode_codes.csv"
#: Addresses and object identifiers of code systems, to their names in the table.
_SYSTEMS: Final = {
    "http://loinc.org": "LOINC",
    "urn:oid:2.16.840.1.113883.6.1": "LOINC",
    "http://snomed.info/sct": "SNOMED",
    "urn:oid:2.16.840.1.113883.6.96": "SNOMED",
    "http://www.nlm.nih.gov/research/umls/rxnorm": "RxNorm",
    "http://ncicb.nci.nih.gov/xml/owl/evs/thesaurus.owl": "NCIT",
    "http://ncithesaurus-stage.nci.nih.gov": "NCIT",
    "http://cancerstaging.org": "AJCC",
    "http://terminology.hl7.org/codesystem/v3-observationinterpretation": "INTERPRETATION",
    "http://hl7.org/fhir/v3/observationinterpretation": "INTERPRETATION",
    "http://terminology.hl7.org/codesystem/v2-0078": "INTERPRETATION",
    "http://hl7.org/fhir/v2/0078": "INTERPRETATION",
}
_CATEGORY: Final = re.compile(r"(?<![A-Za-z])(?P<prefix>[acpry]{0,2})(?P<letter>[TNM])(?P<value>X|is|[0-4])")
_GROUP: Final = r"(?P<stage>IV|I{1,3}|[0-4])(?:[A-D]\d?)?"
_STAGE: Final = re.compile(
    rf"(?<![a-z])(?P<prefix>[acpry]{{0,2}}) ?stage +(?:group +)?{_GROUP}(?![a-z0-9])", re.I
)
_STAGE_CODE: Final = re.compile(_GROUP, re.I)
_MORPHOLOGY: Final = re.compile(r"(\d{4})(?:\d?/|/)?([0-9])")
#: Carcinoma and adenocarcinoma, not otherwise specified: the type is not told.
_NO_TYPE: Final = frozenset({"8010", "8140"})
#: Address of each system as the writer writes it.
ADDRESSES: Final = {
    "LOINC": "http://loinc.org",
    "SNOMED": "http://snomed.info/sct",
    "RxNorm": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "NCIT": "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl",
    "ICD-O-3": "http://terminology.hl7.org/CodeSystem/icd-o-3",
    "ICD-10": "http://hl7.org/fhir/sid/icd-10-cm",
}


@dataclass(frozen=True)
class Code:
    """One row of the table.

    Attributes
    ----------
    element : where the code stands: observation, status, category, grade, histology, breast, site, ...
    value : what it is read as
    system, code, display : as in the code system
    source : where the code was looked up
    """

    element: str
    value: str
    system: str
    code: str
    display: str
    source: str


@cache
def table() -> tuple[Code, ...]:
    """All rows of the table, in its order."""
    file = resources.files("organotropism") / "cohort" / "data" / TABLE
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return tuple(Code(**row) for row in csv.DictReader(lines))


@cache
def _known() -> dict[tuple[str, str, str], str]:
    return {(row.element, row.system, row.code): row.value for row in table()}


@cache
def _drugs() -> tuple[tuple[re.Pattern[str], str], ...]:
    rows = [row for row in table() if row.element == "medication"]
    return tuple((re.compile(rf"\b{re.escape(row.display)}\b", re.I), row.value) for row in rows)


def system_of(address: str | None) -> str:
    """Name of a code system in the table; empty where it is none of them."""
    key = (address or "").partition("|")[0].strip().casefold().rstrip("/")
    if key in _SYSTEMS:
        return _SYSTEMS[key]
    if "icd-o-3" in key:
        return "ICD-O-3"
    return "ICD-10" if "icd-10" in key else ""


def meaning(element: str, concept: CodeableConcept | None) -> str | None:
    """What a coded concept is read as; None where no code of it stands in the table.

    Codes of ICD-10 are read by the longest one in the table that they begin with.
    """
    if concept is None:
        return None
    for coding in concept.coding:
        found = _coded(element, coding)
        if found is not None:
            return found
    return None


def _coded(element: str, coding: Coding) -> str | None:
    system, code = system_of(coding.system), (coding.code or "").strip()
    if not system or not code or len(code) > 40:
        return None
    if system.startswith("ICD"):
        code = code.upper()
        for end in range(len(code), 2, -1):
            found = _known().get((element, system, code[:end].rstrip(".")))
            if found is not None:
                return found
        return None
    return _known().get((element, system, code))


def category(concept: CodeableConcept | None) -> tuple[str, str] | None:
    """Prefix and category of a T, N or M category: by its code, else by the text beside it.

    AJCC writes the category itself as the code; SNOMED CT says it in the name of its concepts.
    """
    if concept is None:
        return None
    texts = [coding.code for coding in concept.coding if system_of(coding.system) == "AJCC"]
    texts += [coding.display for coding in concept.coding]
    found = [_CATEGORY.search(text[:200]) for text in (*texts, concept.text) if text]
    match = next((hit for hit in found if hit is not None), None)
    known = meaning("category", concept)
    prefix = "" if match is None else match["prefix"]
    if known is not None:
        return prefix, known
    return None if match is None else (prefix, match["letter"] + match["value"])


def stage_group(concept: CodeableConcept | None) -> tuple[str, bool] | None:
    """Prefix of a stage group, and whether it is IV; None where no stage can be read.

    AJCC writes the group itself as the code, other systems say it in the name.
    """
    if concept is None:
        return None
    known = meaning("stage", concept)
    if known is not None:
        return "", known == "IV"
    for coding in concept.coding:
        if system_of(coding.system) == "AJCC" and (code := _STAGE_CODE.fullmatch((coding.code or "")[:10])):
            return "", code["stage"].upper() in {"IV", "4"}
    texts = [*(coding.display for coding in concept.coding), concept.text]
    for text in texts:
        if text and (match := _STAGE.search(text[:200])):
            return match["prefix"].lower(), match["stage"].upper() in {"IV", "4"}
    return None


def histology(concept: CodeableConcept | None) -> str | None:
    """Histology as the record of a patient has it, ``in situ`` or ``phyllodes``; None where not known.

    Of ICD-O-3 every invasive morphology that the table does not name is another type of carcinoma, as long
    as it lies among the epithelial tumours (8010 to 8589); behaviour 2 is in situ.
    """
    known = meaning("histology", concept)
    if known is not None or concept is None:
        return known
    for coding in concept.coding:
        match = _MORPHOLOGY.fullmatch((coding.code or "").strip()[:20])
        if system_of(coding.system) == "ICD-O-3" and match is not None:
            return _morphology(match[1], match[2])
    return None


def _morphology(type_: str, behaviour: str) -> str | None:
    named = _known().get(("histology", "ICD-O-3", f"{type_}/{behaviour}"))
    if named is not None:
        return named
    if behaviour == "2":
        return "in situ"
    special = "8010" <= type_ <= "8589" and type_ not in _NO_TYPE
    return "other" if behaviour == "3" and special else None


def drugs(concept: CodeableConcept | None) -> Iterable[str]:
    """Kinds of cancer treatment that a medication holds: by its ingredient's code, or by its name."""
    if concept is None:
        return ()
    found = {value for coding in concept.coding if (value := _coded("medication", coding)) is not None}
    texts = [text[:200] for text in (concept.text, *(coding.display for coding in concept.coding)) if text]
    found |= {value for pattern, value in _drugs() if any(pattern.search(text) for text in texts)}
    return sorted(found)


def code_for(element: str, value: str, display: str = "") -> Code:
    """The first code of the table for a value, of those whose name holds a text."""
    return next(
        row for row in table() if row.element == element and row.value == value and display in row.display
    )
