"""Which way round a published contrast is read, and which contrasts ask the same question.

Sources print "ER negative against positive" and "ER positive against negative", "under 40 against the rest"
and "over 65 against younger". Here every contrast is turned the same way: the later level on the factor's
own order against the earlier. Labels of subtypes by expression stand beside the clinical ones that they are
close to (docs/evidence.md).
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from organotropism.vocabulary import Factor


class Comparison(NamedTuple):
    """The question that rows share whatever their cut-offs: a level of a factor against the rest.

    Attributes
    ----------
    factor : name of the factor; of a marker or another factor, as its source names it
    level, against : the two sides, ``TNBC`` against ``other subtypes``, ``higher`` against ``lower``
    """

    factor: str
    level: str
    against: str


OTHERS: Final = "other subtypes"
#: Labels by expression or by surrogate, and the clinical subtype each is close to.
CLOSE_TO: Final = {"luminal A": "HR+/HER2-", "HER2-enriched": "HR-/HER2+", "basal-like": "TNBC"}
#: Comparators of a subtype that stand for the majority of patients.
_MAJORITY: Final = {"", "other", "reference", "all", "HR+/HER2-", "HER2-", "luminal", "non-luminal"}
_SUBTYPE_ORDER: Final = {
    name: rank
    for rank, name in enumerate(
        ("HR+/HER2-", "HER2-", "luminal", "luminal B", "HR+/HER2+", "HER2+", "HR-/HER2+", "TNBC")
    )
}
#: Factors with an order, and what its two ends are called.
_ENDS: Final = {
    Factor.AGE: ("older", "younger"),
    Factor.T_CATEGORY: ("higher", "lower"),
    Factor.N_CATEGORY: ("higher", "lower"),
    Factor.TUMOUR_SIZE: ("larger", "smaller"),
    Factor.STAGE: ("higher", "lower"),
    Factor.GRADE: ("higher", "lower"),
    Factor.ER: ("positive", "negative"),
    Factor.PR: ("positive", "negative"),
    Factor.HER2: ("positive", "negative"),
    Factor.HORMONE_RECEPTOR: ("positive", "negative"),
    Factor.MARKER: ("high", "low"),
}
_LOW: Final = {
    *("younger", "lower", "smaller", "negative", "low", "absent", "early", "localised"),
    *("N0", "T1", "T1-2", "T1-T3", "<=2 cm", "I", "stage 0", "stage I", "grade I-II"),
}
_HIGH: Final = {
    *("older", "higher", "larger", "positive", "high", "present", "advanced", "regional", "de novo"),
    *("N+", "N1", "N3", ">=4 nodes", "T2", "T3-4", "T4", ">2 cm", ">5 cm", "grade III"),
    *("IIA", "IIB", "III", "stage II", "stage III", "stage IV", "per year", "any"),
}
#: Years that divide younger from older where one limit is printed alone.
_MIDDLE_AGE: Final = 50.0
#: Factors whose two named sides have an order only by custom; the first against the second.
_CUSTOM: Final = {
    ("ductal", "lobular"): ("lobular", "ductal"),
    ("other", "lobular"): ("lobular", "other"),
    ("no anti-HER2", "anti-HER2 given"): ("anti-HER2 given", "no anti-HER2"),
    ("female", "male"): ("male", "female"),
}


def turned(factor: str, level: str, comparator: str) -> tuple[str, str, bool]:
    """Level and comparator as read here, and whether they changed sides.

    Parameters
    ----------
    factor, level, comparator : standardised labels (``factor_std``, ``level_std``, ``comparator_std``)
    """
    if not level and factor in _ENDS:
        return "any", comparator, False
    if factor == Factor.SUBTYPE:
        return _turned_subtype(CLOSE_TO.get(level, level), CLOSE_TO.get(comparator, comparator))
    if (level, comparator) in _CUSTOM:
        return *_CUSTOM[level, comparator], True
    here, there = _place(factor, level), _place(factor, comparator)
    if here is None or (there is None and here > 0) or (there is not None and here >= there):
        return level, comparator, False
    return comparator or _ENDS[Factor(factor)][0], level, True


def comparison(factor: str, name: str, level: str, comparator: str) -> Comparison:
    """Question that a contrast, already turned, belongs to.

    Parameters
    ----------
    factor : standardised factor
    name : its name, which for a marker is that of the source
    level, comparator : as `turned` gives them
    """
    if factor == Factor.SUBTYPE:
        if (level, comparator) == ("non-luminal", "luminal"):
            return Comparison(name, level, comparator)
        return Comparison(name, level, OTHERS if comparator in _MAJORITY else comparator)
    if factor in _ENDS and _place(factor, level) is not None:
        return Comparison(name, *_ENDS[Factor(factor)])
    if factor == Factor.HISTOLOGY:
        return Comparison(name, level, "other histology")
    return Comparison(name, level, "" if comparator in ("other", "reference") else comparator)


def _turned_subtype(level: str, comparator: str) -> tuple[str, str, bool]:
    if level == "luminal" and comparator in ("", "other", "non-luminal"):
        return "non-luminal", "luminal", True
    if level == "other" and comparator in _SUBTYPE_ORDER:
        return comparator, "other", True
    here, there = _SUBTYPE_ORDER.get(level), _SUBTYPE_ORDER.get(comparator)
    if here is not None and there is not None and here < there:
        return comparator, level, True
    return level, comparator, False


def _place(factor: str, level: str) -> float | None:
    """Place of a level on its factor's order, positive on the upper side; None where it has none."""
    if factor not in _ENDS:
        return None
    if level in _LOW:
        return -1.0
    if level in _HIGH:
        return 1.0
    return _age(level) if factor == Factor.AGE else None


def _age(level: str) -> float | None:
    """Years from the middle age: a closed range by its centre, an open one well beyond its limit."""
    limits = [float(number) for number in re.findall(r"\d+", level)]
    if not limits:
        return None
    centre = sum(limits) / len(limits)
    if level.startswith("<"):
        centre -= 20
    elif level.startswith(">"):
        centre += 20
    return centre - _MIDDLE_AGE or 0.5
