"""Words and numbers of a validation report."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan

from organotropism.process.model import Model
from organotropism.validate.outcome import ANY
from organotropism.validate.resample import Estimate
from organotropism.validate.score import Scored
from organotropism.validate.where import SEVERAL

NONE = "–"


def outcome_name(outcome: str) -> str:
    """Name of an outcome as readers see it."""
    return {ANY: "any distant disease", "other": "other sites", SEVERAL: "more than one site"}.get(
        outcome, outcome
    )


def field_name(field: str) -> str:
    """Name of a field of the patients as readers see it."""
    known = {"er": "ER", "pr": "PR", "her2": "HER2", "ki67": "Ki-67, %", "size_mm": "size, mm"}
    known |= {"age": "age, years", "anti_her2_therapy": "anti-HER2 therapy"}
    return known.get(field, field.replace("_", " "))


def model_title(model: Model) -> str:
    """A model as a person would name it in a title."""
    learnt = model.provenance.get("learnt_from")
    if isinstance(learnt, dict) and learnt.get("cohort") == model.name:
        return f"the model learnt from {model.name}"
    return f"the {model.name} model"


def and_list(words: Sequence[str]) -> str:
    """Words as a list in a sentence: ``a, b and c``."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def named(scored: Sequence[Scored], *, years: bool = False) -> str:
    """Names of outcomes, each once, with their horizons on request: ``bone (5 and 10 years)``."""
    names = []
    for outcome in dict.fromkeys(entry.outcome for entry in scored):
        horizons = [f"{entry.horizon:g}" for entry in scored if entry.outcome == outcome]
        names.append(outcome_name(outcome) + (f" ({and_list(horizons)} years)" if years else ""))
    return and_list(names)


def estimate_excludes(value: Estimate | None, number: float) -> int | None:
    """1 where the interval lies above `number`, -1 where below, 0 where it covers it, None without one."""
    if value is None or value.low is None or value.high is None:
        return None
    return int(value.low > number) - int(value.high < number)


def decimal(value: float | None, digits: int) -> str:
    """A number with a fixed count of decimals, a dash where there is none."""
    if value is None or isnan(value):
        return NONE
    text = f"{value:.{digits}f}"
    return text.replace("-", "−") if float(text) else f"{0:.{digits}f}"


def interval(value: Estimate | None, digits: int) -> str:
    """A score with its interval where there is one: ``0.72 (0.69 to 0.75)``."""
    if value is None:
        return NONE
    text = decimal(value.value, digits)
    if value.low is None or value.high is None or value.low == value.high:
        return text
    return f"{text} ({decimal(value.low, digits)} to {decimal(value.high, digits)})"


def per_cent(value: Estimate | None) -> str:
    """A risk in per cent with one decimal, with its interval where there is one."""
    if value is None:
        return NONE
    low, high = (None if part is None else 100 * part for part in (value.low, value.high))
    return f"{interval(Estimate(100 * value.value, low, high), 1)} %"
