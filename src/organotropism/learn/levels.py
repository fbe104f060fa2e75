"""Factor levels of the literature as weights over the classes of the reference population.

Weights within the natural population keep its own mix; mixed labels (luminal B, HER2-positive,
non-luminal) are mixtures of the four clinical subtypes.
"""

from __future__ import annotations

from organotropism.learn.reference import EVERYONE, Context, Reference

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
#: Classes of age: under 40, 40s, 50s, 60s, 70s, 80 and over; half classes where limits cut one.
_AGE = {
    "<35": (1, 0, 0, 0, 0, 0),
    "<40": (1, 0, 0, 0, 0, 0),
    "<=35": (1, 0, 0, 0, 0, 0),
    "<=40": (1, 0, 0, 0, 0, 0),
    ">40": (0, 1, 1, 1, 1, 1),
    ">=40": (0, 1, 1, 1, 1, 1),
    "18-40": (1, 0, 0, 0, 0, 0),
    "41-60": (0, 1, 1, 0, 0, 0),
    "61-80": (0, 0, 0, 1, 1, 0),
    "35-49": (0.3, 1, 0, 0, 0, 0),
    "<50": (1, 1, 0, 0, 0, 0),
    "<=49": (1, 1, 0, 0, 0, 0),
    "50-64": (0, 0, 1, 0.5, 0, 0),
    "50-69": (0, 0, 1, 1, 0, 0),
    ">69": (0, 0, 0, 0, 1, 1),
    ">=65": (0, 0, 0, 0.5, 1, 1),
    "15-59": (1, 1, 1, 0, 0, 0),
    "60-74": (0, 0, 0, 1, 0.5, 0),
    "75-84": (0, 0, 0, 0, 0.5, 0.5),
}
#: Classes of nodes: 0, 1, 2-3, 4-9, 10 and over.
_NODES = {
    "N0": (1, 0, 0, 0, 0),
    "N+": (0, 1, 1, 1, 1),
    "N1-3": (0, 1, 1, 0, 0),
    "N4-9": (0, 0, 0, 1, 0),
    ">=4 nodes": (0, 0, 0, 1, 1),
    "localised": (1, 0, 0, 0, 0),
    "localised, node-negative": (1, 0, 0, 0, 0),
    "regional": (0, 1, 1, 1, 1),
}
#: Classes of size: to 10, 20, 30, 50 mm, over.
_SIZE = {
    "T1": (1, 1, 0, 0, 0),
    "T2": (0, 0, 1, 1, 0),
    "T1-T2": (1, 1, 1, 1, 0),
    "<=2 cm": (1, 1, 0, 0, 0),
    ">2 cm": (0, 0, 1, 1, 1),
}
#: Anatomic stage from size (rows) and nodes (columns).
_STAGE_OF = (
    "I II II III III",
    "I II II III III",
    "II II II III III",
    "II II II III III",
    "II III III III III",
)
_STAGES = {
    "I": {"I"},
    "II": {"II"},
    "III": {"III"},
    "advanced": {"III"},
    "early": {"I", "II"},
    "I-II": {"I", "II"},
    "II-III": {"II", "III"},
}


def restrict(
    reference: Reference, context: Context, factor: str, level: str, standardised: bool = False
) -> Context | None:
    """Context restricted to a level, or None where the level has no counterpart in the model."""
    if level in ("", "all") or factor == "baseline":
        return context
    if factor in ("subtype", "pr") or (factor, level) in _RECEPTORS:
        subtype = _subtype_weights(reference, factor, level)
        return None if subtype is None else context.also(("subtype",), subtype, standardised)
    if factor == "histology" and level in ("lobular", "ductal", "other"):
        return context.also(("lobular",), (0, 1) if level == "lobular" else (1, 0), standardised)
    if factor == "age" and level in _AGE:
        return context.also(("age",), _AGE[level], standardised)
    if factor in ("n_category", "stage") and level in _NODES:
        return context.also(("nodes",), _NODES[level], standardised)
    if factor in ("t_category", "tumour_size") and level in _SIZE:
        return context.also(("size",), _SIZE[level], standardised)
    if factor == "stage" and level in _STAGES:
        wanted = _STAGES[level]
        cells = [float(stage in wanted) for row in _STAGE_OF for stage in row.split()]
        return context.also(("size", "nodes"), cells, standardised)
    return None


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
        "age >=40": EVERYONE.also(("age",), _AGE[">=40"]),
        "HR+": EVERYONE.also(("subtype",), (1, 1, 0, 0)),
        "stage I-II after breast conservation": restrict(reference, EVERYONE, "stage", "I-II"),
    }
    if label in known:
        return known[label]
    return restrict(reference, EVERYONE, "subtype", label) if label in _SUBTYPE else None
