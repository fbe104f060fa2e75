"""Rules of a cohort from a common data model that a data steward may want otherwise, with their defaults."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

from organotropism.errors import InputError, one_of


@dataclass(frozen=True)
class Rules:
    """What makes a diagnosis, a metastasis and a follow-up.

    Attributes
    ----------
    diagnosis_codes : records of invasive breast cancer on so many different days make a diagnosis
    codes_within : days from the first of them within which the last must lie; 0: any time
    metastasis_codes : records of distant disease on so many different days make a metastasis
    washout : days under observation before the first record; less, and the diagnosis may be older
    secondary_before : a metastasis up to so many days before the diagnosis counts as at diagnosis
    nodes : what lymph nodes of a region that is not told are: ``regional`` or ``distant``
    other_primary : what a metastasis without a link is in a person with another invasive cancer: ``unknown``
        or ``breast``
    near_diagnosis : receptors, grade, size, T, N, M within so many days of the diagnosis are of the
        primary tumour
    gap : days between two observation periods that count as one
    after_observation : what deaths and metastases after the end of observation are: ``ignored``, since of
        those who had neither nothing is known then, or ``counted``
    """

    diagnosis_codes: int = 1
    codes_within: int = 0
    metastasis_codes: int = 1
    washout: int = 0
    secondary_before: int = 31
    nodes: str = "regional"
    other_primary: str = "unknown"
    near_diagnosis: int = 90
    gap: int = 31
    after_observation: str = "ignored"


_WORDS: Final = {
    "nodes": ("regional", "distant"),
    "other_primary": ("unknown", "breast"),
    "after_observation": ("ignored", "counted"),
}
_LEAST: Final = {"diagnosis_codes": 1, "metastasis_codes": 1}
_MOST: Final = 3653


def parse_rules(texts: Sequence[str]) -> Rules:
    """Rules from texts such as ``washout=365``.

    Raises
    ------
    InputError
        No such rule, or a value that it cannot have.
    """
    names = [field.name for field in fields(Rules)]
    chosen: dict[str, Any] = {}
    for text in texts:
        name, mark, value = text.partition("=")
        name = name.strip().replace("-", "_")
        if name not in names or not mark:
            raise InputError(
                "is not a rule", field="--rule", value=text, expected=f"NAME=VALUE with {one_of(names)}"
            )
        if name in _WORDS:
            if value.strip() not in _WORDS[name]:
                raise InputError(
                    "cannot be", field=f"--rule {name}", value=value, expected=one_of(_WORDS[name])
                )
            chosen[name] = value.strip()
            continue
        least = _LEAST.get(name, 0)
        if not value.strip().isascii() or not value.strip().isdigit() or not least <= int(value) <= _MOST:
            raise InputError(
                "cannot be",
                field=f"--rule {name}",
                value=value,
                expected=f"a whole number from {least} to {_MOST}",
            )
        chosen[name] = int(value)
    return Rules(**chosen)
