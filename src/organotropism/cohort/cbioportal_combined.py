"""Fields of a cBioPortal study that two columns of its patients tell together: HER2, and M."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from organotropism.cohort import column_names as names
from organotropism.cohort.source import Table

if TYPE_CHECKING:
    import polars as pl

HER2: Final = "HER2 by FISH, else by IHC"
M: Final = "M by stage and M category"
_IHC: Final = "ihc her2|her2 status by ihc|her2 ihc status primary"
_FISH: Final = "her2 fish status|her2 fish status primary"
_M: Final = "path m stage|m stage|ajcc metastasis pathologic pm"
STAGE: Final = (
    "tumor stage|stage|ajcc stage|pathologic stage|ajcc pathologic tumor stage|clinical stage"
    "|stage at diagnosis|ajcc staging|tumour stage|dx stage"
)
_STAGE_IV: Final = re.compile(r"(stage\s*)?(4|iv)[abc]?", re.I)
_EARLIER: Final = re.compile(r"(stage\s*)?(0|1|2|3|i{1,3})[abc]?[0-9]?", re.I)
_CATEGORY: Final = re.compile(r"[cp]?M([01])\b.*", re.I)
_DEFINITE: Final = re.compile(r"positive|negative|amplified|not amplified", re.I)


def stage_codes(texts: pl.Series) -> dict[str, str]:
    """M by stage: IV is M1, the others M0; a text that is no stage leaves M open."""
    codes = {"*": "unknown"}
    for text in texts.drop_nulls().unique().to_list():
        if _STAGE_IV.fullmatch(text):
            codes[text] = "M1"
        elif _EARLIER.fullmatch(text):
            codes[text] = "M0"
    return codes if len(codes) > 1 else {}


def combined_of(columns: Sequence[str]) -> set[str]:
    """The columns of a table that HER2 and M may be made of."""
    return set(names.all_of(columns, "|".join((_IHC, _FISH, _M, STAGE))))


def with_combined(course: Table, patient: Table) -> Table:
    """The table of the course with HER2 and M, where the patients' table tells them in two columns.

    FISH, where it was conclusive, decides over immunohistochemistry. Stage and M category that contradict
    one another leave M open.
    """
    import polars as pl

    found = []
    ihc, fish = (names.best(patient.frame.columns, known) for known in (_IHC, _FISH))
    if ihc is not None and fish is not None:
        both = zip(patient.frame[fish].to_list(), patient.frame[ihc].to_list(), strict=True)
        found.append(pl.Series(HER2, [_her2(*pair) for pair in both], pl.String))
    stage, category = (names.best(patient.frame.columns, known) for known in (STAGE, _M))
    if category is not None:
        codes = {} if stage is None else stage_codes(patient.frame[stage])
        stages = [None] * len(patient.frame) if stage is None else patient.frame[stage].to_list()
        pairs = zip(stages, patient.frame[category].to_list(), strict=True)
        found.append(pl.Series(M, [_m(codes.get(s or ""), c) for s, c in pairs], pl.String))
    frame = course.frame.with_columns(found)
    return replace(course, frame=frame, columns=tuple(frame.columns))


def _her2(fish: str | None, ihc: str | None) -> str | None:
    return fish if fish is not None and _DEFINITE.fullmatch(fish) else ihc


def _m(by_stage: str | None, category: str | None) -> str | None:
    match = _CATEGORY.fullmatch(category or "")
    by_category = None if match is None else f"M{match[1]}"
    told = {by_stage, by_category} - {None, "unknown"}
    return told.pop() if len(told) == 1 else None
