"""The rules that the evidence tables keep: closed vocabularies, keys, links, and conditions on single rows.

A rule on one row is a sentence and the condition under which the row breaks it. Rules that need a whole table
are functions in ``organotropism.evidence.check``.
"""

import math
import re
from collections.abc import Callable
from typing import Any

from organotropism.evidence.readings import FEATURES, OF_HAZARD_RATIOS, Functional, SetAside
from organotropism.vocabulary import (
    FINER_SITES,
    SUBTYPES,
    Compartment,
    Denominator,
    Design,
    Endpoint,
    Factor,
    Grade,
)

RowRule = Callable[[Any], bool]

_RATIOS = {"OR", "HR", "RR"}
_PERCENTS = {"percent", "proportion"}
_AT_RISK = {"all_patients", "metastatic_patients"}
_HUMAN_ENDPOINTS = {"at_diagnosis", "first_relapse", "ever", "time_to_site"}
_MISPRINT = "printed CI excludes estimate"
# log_ratio and se are kept to four decimals: half a unit of the last one, and a little for binary rounding.
_ROUNDING = 0.5e-4 + 1e-9
# Sources print percentages to a whole percent at the coarsest.
_PERCENT_ROUNDING = 0.5
_Z_WIDTH = 3.92  # a 95 % interval is 2 * 1.96 standard errors wide

_YES_NO = {"", "yes", "no"}
_USABLE = {"model", "direction", "context"}
_CONDITIONAL = {"", "site_given_group", "group_given_site"}
_SITES = {"", *FINER_SITES, "visceral", "any_distant", "multiple", "single"} | {
    f"{site}_only" for site in ("bone", "lung", "liver", "brain", "visceral")
}
_SUBTYPES = {"", *SUBTYPES, "HER2+", "HER2-", "luminal A", "luminal B", "luminal", "non-luminal"}
_SUBTYPES |= {"HER2-enriched", "basal-like", "normal-like", "claudin-low", "all", "other", "unknown"}
_MEANINGS = {"", "effect_ratio", "fold", "proportion", "cumulative_incidence", "share_within_site"}
_MEANINGS |= {"share_of_site_events", "event_free_rate", "hazard_increase_percent", "other"}

_READING: dict[str, set[str]] = {
    "functional": {"", *Functional},
    "read_as": {"", *FEATURES},
    "set_aside": {"", *SetAside},
}

VOCABULARY: dict[str, dict[str, set[str]]] = {
    "studies.csv": {
        "verified": {"yes", "no"},
        "primary_in_group": _YES_NO,
        "design": set(Design),
        "read_level": {"abstract", "full text", "review only"},
    },
    "associations.csv": {
        "site_std": _SITES,
        "endpoint_std": set(Endpoint),
        "denominator": set(Denominator),
        "denominator_basis": {"", "stated", "inferred"},
        "conditional": _CONDITIONAL,
        "factor_std": set(Factor),
        "value_meaning": _MEANINGS,
        "ci_check": {"none", "ok", "ok, printed P differs", "asymmetric", _MISPRINT, "p and CI disagree"},
        "evidence_grade": set(Grade),
        "usable": _USABLE,
        "independent_set": _YES_NO,
        "direction": {"", "increases", "decreases", "none"},
        "measure": _RATIOS | _PERCENTS | {"fold", "qualitative"},
        "adjusted": _YES_NO,
        **_READING,
    },
    "counts.csv": {
        "site_std": _SITES,
        "endpoint_std": {"", *Endpoint},
        "denominator": set(Denominator),
        "conditional": _CONDITIONAL,
        "factor_std": set(Factor),
        "row_kind": {"site_count", "numerator_only", "cohort_size", "selection_group"},
        "usable": _USABLE,
        "independent_set": _YES_NO,
        "given": {"", *FEATURES},
        **_READING,
    },
    "baseline.csv": _READING,
    "after_metastasis.csv": {
        "from": {"diagnosis", "metastatic diagnosis", "distant relapse"},
        "factor_std": {"", *Factor},
        "given": {"", *FEATURES},
        **_READING,
    },
    "markers.csv": {
        "compartment": set(Compartment),
        "evidence_grade": set(Grade),
        "direct_factor": {"aggressiveness", "tropism", "both", "unknown"},
        "executable": {"yes", "needs cut-off", "needs gene list", "no"},
    },
    "marker_genes.csv": {"feature_type": {"gene", "region"}},
    "review_claims.csv": {
        "verdict": {"supported", "supported in part", "misquoted", "not verifiable", "self-contradicting"}
    },
}

KEYS: dict[str, tuple[str, ...]] = {
    "studies.csv": ("study_id",),
    "associations.csv": ("record_id",),
    "counts.csv": ("count_id",),
    "baseline.csv": ("record_id",),
    "after_metastasis.csv": ("record_id",),
    "markers.csv": ("marker_id",),
    "marker_genes.csv": ("marker_id", "symbol"),
    "aliases.csv": ("symbol",),
    "review_claims.csv": ("claim_id",),
    "population.csv": ("factor", "level", "given", "given_level"),
}

# file, column with the link, file it points to, may it be blank, columns on which both rows must agree
LINKS: tuple[tuple[str, str, str, bool, dict[str, str]], ...] = (
    ("associations.csv", "study_id", "studies.csv", False, {"overlap_group": "overlap_group"}),
    ("counts.csv", "study_id", "studies.csv", False, {"overlap_group": "overlap_group"}),
    ("baseline.csv", "study_id", "studies.csv", False, {}),
    (
        "associations.csv",
        "count_id",
        "counts.csv",
        True,
        {"study_id": "study_id", "n_exposed": "n_patients", "events_exposed": "n_with_site"}
        | {column: column for column in ("site_std", "level_std", "endpoint_std", "denominator")},
    ),
    (
        "associations.csv",
        "duplicate_of",
        "associations.csv",
        True,
        {column: column for column in ("study_id", "site_std", "factor_std")},
    ),
    ("baseline.csv", "study_id", "studies.csv", False, {}),
    ("after_metastasis.csv", "study_id", "studies.csv", False, {}),
    ("markers.csv", "source_study_id", "studies.csv", False, {}),
    ("marker_genes.csv", "marker_id", "markers.csv", False, {}),
    ("review_claims.csv", "study_id", "studies.csv", True, {}),
    ("review_claims.csv", "record_ids", "associations.csv", True, {}),
)


def _excluded(low: float | None, value: float | None, high: float | None) -> bool:
    present = [number for number in (low, value, high) if number is not None]
    return present != sorted(present)


def _half(low: float | None, high: float | None) -> bool:
    return (low is None) != (high is None)


def _above(part: int | None, whole: int | None) -> bool:
    return part is not None and whole is not None and part > whole


def _has_log(a: Any) -> bool:
    return a.log_ratio is not None or a.se is not None


def _owes_log(a: Any) -> bool:
    whole = None not in (a.estimate, a.ci_low, a.ci_high)
    return a.measure in _RATIOS and whole and a.ci_check != _MISPRINT


def _wrong_log(a: Any) -> bool:
    if not (_owes_log(a) and _has_log(a)):
        return False
    if min(a.estimate, a.ci_low, a.ci_high) <= 0 or None in (a.log_ratio, a.se):
        return True
    width = math.log(a.ci_high) - math.log(a.ci_low)
    return bool(
        abs(math.log(a.estimate) - a.log_ratio) > _ROUNDING or abs(width / _Z_WIDTH - a.se) > _ROUNDING
    )


def _against_direction(a: Any) -> bool:
    # Of survival too the direction is that of the hazard: a ratio above one increases it.
    if a.log_ratio is None or a.direction not in ("increases", "decreases"):
        return False
    return bool((a.log_ratio > 0) != (a.direction == "increases"))


def _not_events_of_n(a: Any) -> bool:
    if a.measure not in _PERCENTS or None in (a.estimate, a.n_exposed, a.events_exposed):
        return False
    return bool(abs(100 * a.events_exposed / max(a.n_exposed, 1) - a.estimate) > _PERCENT_ROUNDING)


def _wrong_verified(s: Any) -> bool:
    return bool((s.verified == "no") != ("citation detail not checked against the paper" in s.notes))


def _comparable(c: Any) -> str:
    if None in (c.n_patients, c.n_with_site):
        return ""
    return "no" if c.n_with_site > c.n_patients else "yes"


def _read_twice_or_never(row: Any) -> bool:
    return bool(row.functional) == bool(row.set_aside)


def _not_levels(row: Any) -> bool:
    return not {part.partition("=")[0] for part in row.restricted_to} <= set(Factor)


_INDEPENDENT_RULE: dict[str, RowRule] = {
    "independent_set is for model rows, and for all of them": lambda row: (
        (row.usable == "model") != bool(row.independent_set)
    ),
    "another source of the same patients, not set aside": lambda row: (
        row.independent_set == "no" and not row.set_aside
    ),
    "a functional is for model rows": lambda row: row.usable != "model" and bool(row.functional),
    "usable in a model and neither read nor set aside, or both": lambda row: (
        row.usable == "model" and _read_twice_or_never(row)
    ),
}
_ASSOCIATION_RULES: dict[str, RowRule] = {
    "half of an interval is missing": lambda a: _half(a.ci_low, a.ci_high),
    "the interval does not contain the estimate": lambda a: (
        a.ci_check != _MISPRINT and _excluded(a.ci_low, a.estimate, a.ci_high)
    ),
    "log_ratio or se without a ratio and an interval that holds it": lambda a: (
        _has_log(a) and not _owes_log(a)
    ),
    "log_ratio and se are missing": lambda a: _owes_log(a) and not _has_log(a),
    "log_ratio or se does not follow from the interval": _wrong_log,
    "the direction is against the estimate": _against_direction,
    "a percentage outside 0 to 100": lambda a: a.measure in _PERCENTS and _excluded(0, a.estimate, 100),
    "more events than patients": lambda a: (
        _above(a.events_exposed, a.n_exposed) or _above(a.events_comparator, a.n_comparator)
    ),
    "the percentage is not events of n": _not_events_of_n,
    "a subtype outside the vocabulary": lambda a: (
        a.factor_std == "subtype" and not {a.level_std, a.comparator_std} <= _SUBTYPES
    ),
    "a denominator without its basis": lambda a: a.denominator in _AT_RISK and not a.denominator_basis,
    "a duplicate that is not context": lambda a: bool(a.duplicate_of) and a.usable != "context",
    "a duplicate of itself": lambda a: a.duplicate_of == a.record_id,
    "no reason for usable": lambda a: not a.usable_reason,
    "a hazard ratio read as no hazard": lambda a: (
        a.measure == "HR" and bool(a.functional) and a.functional not in OF_HAZARD_RATIOS
    ),
    "an odds ratio, risk ratio or percentage read as a hazard": lambda a: (
        a.measure != "HR" and a.functional in OF_HAZARD_RATIOS
    ),
    "usable as direction without a direction": lambda a: a.usable == "direction" and not a.direction,
} | _INDEPENDENT_RULE
# What a row must bring to enter a model.
_MODEL_ASSOCIATION_RULES: dict[str, RowRule] = {
    "denominator": lambda a: a.denominator not in _AT_RISK,
    "P(site | level)": lambda a: a.conditional != "site_given_group",
    "an endpoint in patients": lambda a: a.endpoint_std not in _HUMAN_ENDPOINTS,
    "grade A or B": lambda a: a.evidence_grade not in (Grade.A, Grade.B),
    "site, level and number": lambda a: not a.site_std or not a.level_std or a.estimate is None,
    "se or n": lambda a: a.se is None and a.n_exposed is None,
    "a proportion or a cumulative incidence as meaning of a percentage": lambda a: (
        a.measure in _PERCENTS and a.value_meaning not in ("proportion", "cumulative_incidence")
    ),
}
_COUNT_RULES: dict[str, RowRule] = {
    "more patients with the site than patients": lambda c: _above(c.n_with_site, c.n_patients),
    "n_comparable does not follow from the counts": lambda c: c.n_comparable != _comparable(c),
    "denominator differs from denominator_raw": lambda c: (
        c.denominator != c.denominator_raw.replace(" ", "_")
    ),
    "a subtype outside the vocabulary": lambda c: c.factor_std == "subtype" and c.level_std not in _SUBTYPES,
} | _INDEPENDENT_RULE
_MODEL_COUNT_RULES: dict[str, RowRule] = {
    "two comparable numbers": lambda c: c.n_comparable != "yes",
    "a count of a site": lambda c: c.row_kind != "site_count",
    "P(site | level)": lambda c: c.conditional != "site_given_group",
    "site and level": lambda c: not c.site_std or not c.level_std,
}


def _for_models(rules: dict[str, RowRule]) -> dict[str, RowRule]:
    def confined(broken: RowRule) -> RowRule:
        return lambda row: row.usable == "model" and broken(row)

    return {f"usable in a model without {what}": confined(broken) for what, broken in rules.items()}


ROW_RULES: dict[str, dict[str, RowRule]] = {
    "studies.csv": {
        "verified and notes disagree": _wrong_verified,
        "primary_in_group is for studies in a group, and for all of them": lambda s: (
            bool(s.overlap_group) != bool(s.primary_in_group)
        ),
        "url is neither an address nor the review": lambda s: not re.match(r"https?://|review$", s.url),
        "a design without its source": lambda s: not s.design_source,
        "more metastatic patients than patients": lambda s: _above(s.n_metastatic, s.n_total),
    },
    "associations.csv": _ASSOCIATION_RULES | _for_models(_MODEL_ASSOCIATION_RULES),
    "counts.csv": _COUNT_RULES | _for_models(_MODEL_COUNT_RULES),
    "baseline.csv": {
        "the period does not run forward": lambda b: b.from_years >= b.to_years,
        "a percentage outside 0 to 100": lambda b: "percent" in b.unit and _excluded(0, b.value, 100),
        "neither read nor set aside, or both": _read_twice_or_never,
        "restricted_to is not factor=level": _not_levels,
    },
    "after_metastasis.csv": {
        "half of an interval is missing": lambda r: _half(r.ci_low, r.ci_high),
        "the interval does not contain the estimate": lambda r: _excluded(r.ci_low, r.value, r.ci_high),
        "a percentage outside 0 to 100": lambda r: r.unit == "percent" and _excluded(0, r.value, 100),
        "neither read nor set aside, or both": _read_twice_or_never,
    },
    "time_varying.csv": {
        "the interval does not contain the estimate": lambda t: (
            _excluded(t.ci_low, t.hr_at_start, t.ci_high)
            or _excluded(t.time_ci_low, t.time_factor, t.time_ci_high)
        ),
    },
    "population.csv": {"more in the cell than patients": lambda p: _above(p.n, p.of)},
    "marker_genes.csv": {
        "sign is not +1, -1 or blank": lambda g: g.sign not in (1, -1, None),
        "not a gene symbol": lambda g: not re.fullmatch(r"[A-Za-z0-9@.\-]+", g.symbol),
    },
    "review_claims.csv": {"claim or source is blank": lambda r: not r.claim or not r.source_says},
}
