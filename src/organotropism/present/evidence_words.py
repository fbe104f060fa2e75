"""The English of the evidence: words for its coded values, used by text, figures and documents alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import exp, sqrt
from typing import Any, Final

SITES: Final = {
    "distant_lymph_node": "distant lymph node",
    "skin_soft_tissue": "skin or soft tissue",
    "any_distant": "any distant site",
    "multiple": "more than one site",
    "single": "one site alone",
    "other": "other organs",
    "visceral": "visceral organs",
}
DENOMINATORS: Final = {
    "all_patients": "among all patients",
    "metastatic_patients": "among metastatic patients",
    "unclear": "among whom is unclear",
    "not_applicable": "",
}
ENDPOINTS: Final = {
    "at_diagnosis": "at diagnosis",
    "first_relapse": "at first relapse",
    "ever": "at any time",
    "time_to_site": "over time",
}
DIRECTIONS: Final = {
    "increases": "more often",
    "decreases": "less often",
    "none": "no difference",
    "mixed": "divided",
}
ASPECTS: Final = {
    "denominator": "the denominator",
    "comparator": "the comparator or cut-off",
    "endpoint": "the endpoint",
    "period": "the part of the follow-up",
    "population": "the population",
    "adjustment": "adjustment",
    "era": "the years of diagnosis",
}
_FACTORS: Final = {
    "age": "age",
    "t_category": "T category",
    "n_category": "N category",
    "tumour_size": "tumour",
    "stage": "stage",
    "grade": "grade",
    "er": "ER",
    "pr": "PR",
    "her2": "HER2",
    "hormone_receptor": "hormone receptor",
    "histology": "histology",
}
#: Factors whose level stands in front: "older age", "lobular histology".
_LEVEL_FIRST: Final = ("age", "t_category", "n_category", "tumour_size", "stage", "grade", "histology")


#: Of these the title names a direction, and each group of a forest plot its cut-offs.
_WITH_CUT_OFF: Final = ("age", "t_category", "n_category", "tumour_size", "stage", "grade")


def site(name: str) -> str:
    """A site as a person writes it."""
    if name.endswith("_only"):
        return f"{site(name.removesuffix('_only'))} alone"
    return SITES.get(name, name)


def question(factor: str, level: str, against: str = "") -> str:
    """A contrast in words: ``TNBC``, ``older age``, ``PR positive``, ``Black (against White)``."""
    if factor in _LEVEL_FIRST:
        return f"{level} {_FACTORS[factor]}"
    if factor in _FACTORS and level.startswith(_FACTORS[factor]):
        return level
    if factor in _FACTORS:
        return f"{_FACTORS[factor]} {level}"
    if factor not in ("subtype", "race", "treatment", "menopause"):
        return f"{factor} ({level})" if level else factor
    return level if against in ("", "other subtypes") else f"{level} (against {against})"


def setting(values: Sequence[str], names: Sequence[str]) -> str:
    """Values of aspects as a phrase: ``among metastatic patients, against HR+/HER2-``."""
    return ", ".join(_aspect(name, value) for name, value in zip(names, values, strict=True))


def _aspect(name: str, value: str) -> str:
    if name == "denominator":
        return DENOMINATORS.get(value, value)
    if name == "endpoint":
        return ENDPOINTS.get(value, value)
    if name == "comparator":
        side = "all others" if value == "other" else value.replace("against other", "against all others")
        return side if " against " in side else f"against {side}"
    if name == "population":
        return f"in {value}"
    return value


def ratio(log_ratio: float) -> str:
    """A ratio from its logarithm, with two significant digits: ``×1.3``, ``×0.64``."""
    return ratio_of(exp(log_ratio))


def ratio_of(value: float) -> str:
    """A ratio with two significant digits: ``×1.3``, ``×0.64``, ``×14``."""
    return f"×{value:.{2 if value < 1 else 1 if value < 10 else 0}f}"


def ratio_interval(log_ratio: float, se: float) -> str:
    """A ratio with its 95 % interval: ``1.3 (1.2-1.4)``."""
    middle, low, high = (
        f"{exp(value):.2f}" for value in (log_ratio, log_ratio - 1.96 * se, log_ratio + 1.96 * se)
    )
    return f"{middle} ({low}-{high})"


def number(item: Mapping[str, Any]) -> str:
    """The number of a record as printed: ``OR 1.3 (1.22-1.39)``, ``1150 of 1805``, ``63.7 % of 1805``."""
    value, measure = item["value"], item["measure"]
    if value is None:
        size = "" if item["n"] is None else f"n {item['n']}"
        return DIRECTIONS.get(item["direction"], item["direction"]) or size
    if measure == "count":
        return f"{value:g}" if item["n"] is None else f"{value} of {item['n']}"
    interval = f" ({item['low']:g}-{item['high']:g})" if None not in (item["low"], item["high"]) else ""
    if measure in ("OR", "HR", "RR"):
        return f"{measure} {value:g}{interval}"
    size = f" of {item['n']}" if item["n"] is not None else ""
    if measure.endswith("percent"):
        return f"{value:g} %{interval}{size}"
    return f"{value:g} {measure.rpartition(', ')[2]}{interval}"


POOLED: Final = "Pooled (random effects)"
RATIO_HEADER: Final = "ratio (95 % interval)"
WEIGHT_HEADER: Final = "weight"
LEGEND_STUDY: Final = "study with 95 % interval"
LEGEND_WEIGHT: Final = ", size by weight in the pool"
LEGEND_LEFT_OUT: Final = "not pooled: holds patients of another study"
LEGEND_POOLED: Final = "pooled effect, and interval for a new study (95 %)"
LEGEND_MODEL: Final = "what the literature model expects of the same number"


def group_setting(group: Mapping[str, Any]) -> str:
    """Comparator, denominator and endpoint of a group of a forest plot."""
    where = setting([group["denominator"], group["endpoint"]], ("denominator", "endpoint"))
    comparator = group["comparator"]
    if group["factor"] not in _WITH_CUT_OFF:
        return f"{_aspect('comparator', comparator or 'other')}, {where}"
    return f"{group['level']}{f' against {comparator}' if comparator else ''}, {where}"


def entry_setting(entry: Mapping[str, Any]) -> str:
    """What sets one study of a group apart: measure, adjustment, population, period."""
    parts = [
        entry["measure"],
        "adjusted" if entry["adjusted"] == "yes" else "",
        f"in {entry['population']}" if entry["population"] else "",
        entry["period"],
    ]
    return ", ".join(part for part in parts if part)


def pooled_interval(pooled: Mapping[str, Any]) -> str:
    """Pooled ratio with its 95 % interval."""
    middle, low, high = (_number(exp(pooled[name])) for name in ("mean", "low", "high"))
    return f"{middle} ({low}-{high})"


def pooled_remark(pooled: Mapping[str, Any]) -> str:
    """Prediction interval and heterogeneity of a pool."""
    low, high = (_number(exp(pooled[name])) for name in ("prediction_low", "prediction_high"))
    spread = f"τ {sqrt(pooled['tau2']):.2f}, I² {100 * pooled['i2']:.0f} %"
    return f"{pooled['k']} studies; a new one {low}-{high}; {spread}"


def _number(value: float) -> str:
    return f"{value:.2f}" if value < 100 else f"{value:.0f}"


def forest_description(groups: Sequence[Mapping[str, Any]], title: str) -> str:
    """What a forest plot shows, for readers who do not see it."""
    parts = []
    for group in groups:
        found = [f"{e['study']} {ratio_interval(e['log_ratio'], e['se'])}" for e in group["entries"]]
        pooled = f"; pooled {pooled_interval(group['pooled'])}" if group["pooled"] else ""
        model = (
            f"; the literature model expects {exp(group['model']):.2f}" if group["model"] is not None else ""
        )
        parts.append(f"{group_setting(group)}: {', '.join(found)}{pooled}{model}.")
    return f"Ratios with 95 % intervals, {title}. {' '.join(parts)}"


MAP_TITLE: Final = "Evidence on the site of metastasis"
LEGEND_COUNTS: Final = "more, less, none: groups of patients; studies of the same patients count once."
LEGEND_CONFLICT: Final = "conflict: some find it more often, others less often"
LEGEND_MAP: Final = "Numbers and sizes: groups of patients; studies of the same patients count once."


def row_label(factor: str, level: str, against: str) -> str:
    """Label of a row of the evidence map."""
    text = question(factor, level, against)
    return text[0].upper() + text[1:]


def map_description(cells: Sequence[Mapping[str, Any]], title: str) -> str:
    """What an evidence map shows, for readers who do not see it."""
    parts = []
    for cell in cells:
        found = [
            f"{DIRECTIONS[word]} {cell[word]}" for word in ("increases", "decreases", "none") if cell[word]
        ]
        name = row_label(cell["factor"], cell["level"], cell["against"])
        conflict = " (conflict)" if cell["conflict"] else ""
        parts.append(f"{name}, {site(cell['site'])}: {', '.join(found)}{conflict}")
    return f"{title}. Groups of patients by what they find. {'; '.join(parts)}."
