"""Risks as a person reads them: per cent, natural frequencies, ratios."""

from __future__ import annotations

from math import exp

from organotropism.process.results import Estimate

#: Below this risk a natural frequency counts among 1,000 people instead of 100.
_RARE = 0.02
#: Stands for a number too small to be shown.
NOTHING = "·"


def percent(risk: float) -> str:
    """A probability in per cent with at most two significant digits: ``9 %``, ``0.6 %``, ``<0.1 %``."""
    return f"{_digits(risk)} %"


def estimate(value: Estimate) -> str:
    """A risk with its interval where there is one: ``2.4 % (1.3-4.4)``."""
    if value.low is None or value.high is None:
        return percent(value.risk)
    return f"{percent(value.risk)} ({_digits(value.low)}-{_digits(value.high)})"


def people(risk: float) -> int:
    """Among how many people a risk is counted: 100, or 1,000 where it is below 2 %."""
    return 1000 if risk < _RARE else 100


def counted(risk: float, of: int) -> int:
    """How many of `of` people a risk means, with at most two significant digits."""
    number = round(of * risk)
    return round(number, -1) if 100 <= number < 0.99 * of else number


def frequency(risk: float, of: int | None = None) -> str:
    """A natural frequency: ``about 9 of 100``, below 2 % of 1,000; or of as many as are given."""
    among = people(risk) if of is None else of
    if risk < 0.5 / among:
        return f"under 1 of {among:,}"
    if 0.995 <= risk < 1.0:
        return "over 99 of 100"
    return f"about {counted(risk, among)} of {among:,}"


def frequencies(value: Estimate, of: int) -> str | None:
    """The interval of a risk in people, ``3 to 17 of 100``, None where there is no interval."""
    if value.low is None or value.high is None:
        return None
    low = "under 1" if value.low < 0.5 / of else f"{counted(value.low, of)}"
    return f"{low} to {counted(value.high, of)} of {of:,}"


def per_thousand(risk: float) -> str:
    """How many of 1,000, with at most two significant digits and one decimal: ``12``, ``0.4``, ``<0.1``."""
    number = 1000 * risk
    if 0 < number < 0.05:
        return "<0.1"
    if number >= 9.5:
        return f"{counted(risk, 1000):,}"
    return f"{number:.1f}".removesuffix(".0")


def ratio(log_ratio: float) -> str:
    """A ratio from its logarithm, ``×1.3`` or ``×0.75``; a dot where it is within 5 % of one."""
    value = exp(log_ratio)
    if 1 / 1.05 < value < 1.05:
        return NOTHING
    return f"×{value:.{2 if value < 1 else 1 if value < 10 else 0}f}"


def points(difference: float) -> str:
    """A difference of two risks in percentage points, with its sign; a dot below a twentieth of a point."""
    value = 100 * difference
    if abs(value) < 0.05:
        return NOTHING
    return f"{value:+.{0 if abs(value) >= 9.95 else 1}f}"


def years(value: float) -> str:
    """A number of years: ``5 years``, ``1 year``, ``2.5 years``."""
    return f"{value:g} year{'' if value == 1 else 's'}"


def _digits(risk: float) -> str:
    value = 100 * risk
    if 99.5 <= value < 100:
        return ">99"
    if value >= 9.5:
        return f"{value:.0f}"
    if 0 < value < 0.05:
        return "<0.1"
    return f"{value:.1f}".removesuffix(".0")
