"""Factor levels of the literature as weights over the classes of the reference population.

Weights within the natural population keep its own mix; mixed labels (luminal B, HER2-positive,
non-luminal) are mixtures of the four clinical subtypes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from organotropism.learn.level_ranges import Weights, age_weights, grade_weights, node_weights, size_weights
from organotropism.learn.reference import EVERYONE, Context, Reference
from organotropism.patient_stage import STAGES, holds, stage_of

#: Share of HER2-positive disease in "luminal B" of studies that count it there; the rest is HR+/HER2-.
LUMINAL_B_HER2 = 1 / 3
_SUBTYPE = {
    "HR+/HER2-": (1, 0, 0, 0),
    "HR+/HER2+": (0, 1, 0, 0),
    "HR-/HER2+": (0, 0, 1, 0),
    "TNBC": (0, 0, 0, 1),
    "luminal A": (1, 0, 0, 0),
    "HER2-enriched": (0, 0, 1, 0),
    "basal-like": (0, 0, 0, 1),
    "luminal": (1, 1, 0, 0),
    "non-luminal": (0, 0, 1, 1),
    "HER2+": (0, 1, 1, 0),
    "HER2-": (1, 0, 0, 1),
}
_RECEPTORS = {
    ("er", "positive"): (1, 1, 0, 0),
    ("er", "negative"): (0, 0, 1, 1),
    ("hormone_receptor", "positive"): (1, 1, 0, 0),
    ("hormone_receptor", "negative"): (0, 0, 1, 1),
    ("her2", "positive"): (0, 1, 1, 0),
    ("her2", "negative"): (1, 0, 0, 1),
}
#: Share of PR-positive among HR+/HER2- and HR+/HER2+ (population.csv: 815 of 1210, 41 of 103).
_PR_POSITIVE = (815 / 1210, 41 / 103, 0.0, 0.0)
_HISTOLOGY: Final = {
    "lobular": (0, 1),
    **dict.fromkeys(("ductal", "mixed", "other", "non-lobular"), (1, 0)),
}
#: Factors whose levels are ranges of one axis of the grid, and how they are read.
_RANGES: Final[dict[str, tuple[str, Callable[[str], Weights | None]]]] = {
    "grade": ("grade", grade_weights),
    "age": ("age", age_weights),
    "n_category": ("nodes", node_weights),
    "t_category": ("size", size_weights),
    "tumour_size": ("size", size_weights),
}
#: T and N of the classes of size and of nodes.
_T_OF: Final = ("T1", "T1", "T2", "T2", "T3")
_N_OF: Final = ("N0", "N1", "N1", "N2", "N3")
#: Substages in their order; IB (micrometastases) and IIIB (T4) have no class of size and nodes of their own.
_SUBSTAGES: Final = ("IA", "IB", "IIA", "IIB", "IIIA", "IIIB", "IIIC")
_STAGE_WORDS: Final = {"early": "I-II", "advanced": "III", "locally advanced": "III"}
_NODE_STAGES: Final = ("localised", "localised, node-negative", "regional")


def restrict(
    reference: Reference, context: Context, factor: str, level: str, standardised: bool = False
) -> Context | None:
    """Context restricted to a level, or None where the level has no counterpart in the model."""
    if level in ("", "all") or factor == "baseline":
        return context
    axes: tuple[str, ...]
    weights: Weights | None
    if factor in ("subtype", "pr") or (factor, level) in _RECEPTORS:
        axes, weights = ("subtype",), _subtype_weights(reference, factor, level)
    elif factor == "histology":
        axes, weights = ("lobular",), _HISTOLOGY.get(level)
    elif factor == "stage" and level in _NODE_STAGES:
        axes, weights = ("nodes",), node_weights(level)
    elif factor == "stage":
        axes, weights = ("size", "nodes"), _stage_weights(level)
    elif factor in _RANGES:
        axis, read = _RANGES[factor]
        axes, weights = (axis,), read(level)
    else:
        return None
    if weights is None:
        return None
    t4 = context.t4 or (factor == "t_category" and re.fullmatch(r"[cp]?t4[a-d]?", level, re.I) is not None)
    return replace(context.also(axes, weights, standardised), t4=t4)


def _stage_weights(level: str) -> Weights | None:
    """Cells of size and nodes of an anatomic stage, or of a range of stages such as ``I-IIA``."""
    text = _STAGE_WORDS.get(level, level.removeprefix("stage ").upper().replace(" ", ""))
    first, _, last = text.partition("-")
    if first not in STAGES or (last or first) not in STAGES:
        return None
    numbers = [
        [number for number, substage in enumerate(_SUBSTAGES) if holds(end, substage)]
        for end in (first, last or first)
    ]
    wanted = _SUBSTAGES[numbers[0][0] : numbers[1][-1] + 1]
    cells = tuple(float(stage_of(t, n) in wanted) for t in _T_OF for n in _N_OF)
    if wanted == ("IIIB",):
        # T4 is read as the largest tumours, whose nodes IIIB leaves open up to N2.
        cells = tuple(float(t == "T3" and n != "N3") for t in _T_OF for n in _N_OF)
    return cells if any(cells) else None


def _subtype_weights(reference: Reference, factor: str, level: str) -> tuple[float, ...] | None:
    if factor == "pr":
        negative = tuple(1 - share for share in _PR_POSITIVE)
        return {"positive": _PR_POSITIVE, "negative": negative}.get(level)
    if (factor, level) in _RECEPTORS:
        return _RECEPTORS[factor, level]
    if level == "luminal B":
        shares = reference.population.shares["subtype"]
        return (
            (1 - LUMINAL_B_HER2) / float(shares[0]),
            LUMINAL_B_HER2 / float(shares[1]),
            0.0,
            0.0,
        )
    return _SUBTYPE.get(level)


def population_context(reference: Reference, label: str) -> Context | None:
    """Context of the subgroup a row is confined to; None where the model cannot express it."""
    known = {
        "": EVERYONE,
        "stage I-III": EVERYONE,
        "inflammatory": EVERYONE,
        "HR+": EVERYONE.also(("subtype",), (1, 1, 0, 0)),
        "stage I-II after breast conservation": restrict(reference, EVERYONE, "stage", "I-II"),
    }
    if label in known:
        return known[label]
    factor, _, level = label.partition(" ")
    if factor in ("age", "grade", "stage"):
        return restrict(reference, EVERYONE, factor, level)
    alone = ("subtype", "n_category", "t_category", "histology")
    contexts = (restrict(reference, EVERYONE, factor, label) for factor in alone)
    return next((context for context in contexts if context is not None), None)
