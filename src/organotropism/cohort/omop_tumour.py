"""Receptors, grade, size, nodes, categories and type of the primary tumour in a common data model."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Final

from organotropism.cohort.mcode import CodeableConcept, Coding
from organotropism.cohort.mcode_codes import ADDRESSES, histology
from organotropism.cohort.mcode_course import M_CONTRADICTED
from organotropism.cohort.mcode_statements import Candidate, Statements, choose
from organotropism.cohort.mcode_values import NOT_READ, Value
from organotropism.cohort.omop_events import Event

DayOf = Callable[[Event], int | None]

_YES: Final = re.compile(r"\W*(pos|yes|present|1$|\+$|3\s*\+|amplified|detected|c?p?m1)", re.I)
_NO: Final = re.compile(r"\W*(neg|no$|none|absent|0$|-$|[01]\s*\+|not amplified|not detected|c?p?m0)", re.I)
_UNKNOWN: Final = re.compile(r"\W*(8$|9$|unk|not known|n/?a$)", re.I)
_CATEGORY: Final = re.compile(r"(?:(?P<prefix>[a-z]{1,2})-)?(?:(?P<edition>\d)th_)?AJCC/UICC-(?P<rest>.+)")
_STAGES: Final = {"1": "I", "2": "II", "3": "III"}
#: Pathology comes before what was found clinically; after treatment (yc, yp) it is another tumour.
_BASIS: Final = {"p": 0, None: 1, "c": 2}
_UNIT: Final = {"unit|mm": 1.0, "mm": 1.0, "millimeter": 1.0, "unit|cm": 10.0, "cm": 10.0, "centimeter": 10.0}
NO_UNIT: Final = "a size without a unit: not read"
_MOST_GRADES: Final = 3


def negated(event: Event) -> str | None:
    """What the answer of a record says: ``no``, ``yes``, ``unknown``, or None where there is none.

    A record that is its own answer, as a metastasis is, has none.
    """
    answer = (event.answer or "").removeprefix("answer|")
    if answer in ("absent", "negative"):
        return "no"
    if answer in ("present", "positive", "yes"):
        return "yes"
    for pattern, word in ((_UNKNOWN, "unknown"), (_NO, "no"), (_YES, "yes")):
        if event.text and pattern.match(event.text):
            return word
    return None


def describe(by: dict[str, list[Event]], diagnosis: int, near: int, found: Statements, day_of: DayOf) -> None:
    """Fields of the tumour from records within so many days of the diagnosis.

    Parameters
    ----------
    near : days; what was measured later may be of a metastasis
    """
    candidates: dict[str, list[Candidate]] = {}
    m: set[str] = set()
    for events in by.values():
        for event in events:
            day = day_of(event)
            if day is None or abs(day - diagnosis) > near:
                continue
            for name, priority, value in _said(event, found):
                if name == "m":
                    m.add(str(value))
                else:
                    candidates.setdefault(name, []).append(Candidate(priority, abs(day - diagnosis), value))
    for name, values in candidates.items():
        choose(name, values, found)
    if len(m) > 1:
        # M0 of one examination may have missed what another one found.
        found.notes.add("M0 and M1 are both told at diagnosis: M1 is taken")
    found.course.m = "M1" if "M1" in m else next(iter(m), None)
    note = found.course.settle_m(None, diagnosis)
    if note == M_CONTRADICTED:
        found.notes.add(note)
        found.contradictory.add("m")


def _said(event: Event, found: Statements) -> Iterator[tuple[str, int, Value]]:
    """Field, priority and value of what one record says."""
    element = event.element
    if element == "breast" and event.value.startswith("invasive"):
        yield from _of_diagnosis(event)
    elif element in ("er", "pr", "her2", "her2 ihc", "her2 ish"):
        value = event.value if event.value in ("positive", "negative") else _receptor(event)
        if value is not None:
            # In situ hybridisation decides where immunohistochemistry is equivocal.
            yield element.partition(" ")[0], {"her2 ish": 0, "her2 ihc": 1}.get(element, 1), value
    elif element == "ki67" and event.number is not None:
        yield "ki67", 0, event.number
    elif element == "grade":
        yield from _grade(event)
    elif element == "size_mm" and event.number is not None:
        factor = _UNIT.get((event.unit or "").strip().lower())
        if factor is None:
            found.notes.add(NO_UNIT)
        else:
            yield "size_mm", 0, event.number * factor
    elif element == "positive_nodes" and event.number is not None:
        # 95 and more are codes of registries: positive or not, number unknown.
        if event.number < 95:
            yield "positive_nodes", 0, event.number
    elif element in ("t", "n", "m", "stage"):
        yield from _categories(event)


def _of_diagnosis(event: Event) -> Iterator[tuple[str, int, Value]]:
    """Type and receptors that the concept of the diagnosis holds."""
    detail = event.value.partition("; ")[2]
    if event.code and re.match(r"\d{4}/", event.code):
        kind = _morphology(event.code[:6])
        if kind is not None:
            yield "histology", 0, kind
    elif detail in ("ductal", "lobular", "mixed", "other"):
        yield "histology", 1, detail
    elif detail == "triple negative":
        yield from ((name, 3, "negative") for name in ("er", "pr", "her2"))
    elif detail.startswith("her2 "):
        yield "her2", 3, detail[5:]


@lru_cache(maxsize=1000)
def _morphology(code: str) -> str | None:
    coding = Coding(system=ADDRESSES["ICD-O-3"], code=code)
    return histology(CodeableConcept(coding=(coding,)))


def _receptor(event: Event) -> str | None:
    said = negated(event)
    return {"yes": "positive", "no": "negative"}.get(said or "")


def _grade(event: Event) -> Iterator[tuple[str, int, Value]]:
    if event.value in ("1", "2", "3"):
        yield "grade", 0, int(event.value)
    elif event.number is not None and event.number in range(1, _MOST_GRADES + 1):
        yield "grade", 0, int(event.number)
    elif event.number is None and (event.text or "").strip() in ("1", "2", "3"):
        yield "grade", 0, int(str(event.text))
    elif event.number is not None:
        yield "grade", 0, NOT_READ


def _categories(event: Event) -> Iterator[tuple[str, int, Value]]:
    match = _CATEGORY.fullmatch(event.code or "")
    prefix, edition, told = None, None, event.value
    if match is not None:
        prefix, edition = match["prefix"], match["edition"]
        told = match["rest"].removeprefix("Stage-") if event.element == "stage" else match["rest"]
    elif event.value in ("by value", "by code"):
        told = {"yes": "M1", "no": "M0"}.get(negated(event) or "", "") if event.element == "m" else ""
    if prefix not in _BASIS:
        return
    told = told.removeprefix("p") if event.element == "m" else told
    if event.element == "stage":
        yield from _stage(told, prefix, edition)
    elif event.element == "m" and told[:2] in ("M0", "M1"):
        yield "m", 0, told[:2]
    elif event.element in ("t", "n") and re.match(r"T[1-4]|N[0-3]", told):
        yield event.element, _BASIS[prefix], told[:2]


def _stage(told: str, prefix: str | None, edition: str | None) -> Iterator[tuple[str, int, Value]]:
    """Stage IV of every edition is M1; others are anatomic in editions before the 8th alone."""
    if told[:1] == "4" or told == "IV":
        yield "m", 0, "M1"
    elif edition in ("6", "7") and told[:1] in _STAGES:
        yield "anatomic_stage", _BASIS[prefix], _STAGES[told[0]] + told[1:2]
