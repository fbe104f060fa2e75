"""Risks as a person reads them: per cent, natural frequencies, ratios."""

from __future__ import annotations

from math import exp

from organotropism.process.results import Estimate

#: Below this risk a natural frequency counts among 1,000 people instead of 100.
_RARE = 0.02


def percent(risk: float) -> str:
    """A probability in per cent with at most two significant digits: ``9 %``, ``0.6 %``, ``<0.1 %``."""
    return f"{_digits(risk)} %"


def estimate(value: Estimate) -> str:
    """A risk with its interval where there is one: ``2.4 % (1.3-4.4)``."""
    if value.low is None or value.high is None:
        return percent(value.risk)
    return f"{percent(value.risk)} ({_digits(value.low)}-{_digits(value.high)})"


def frequency(risk: float) -> str:
    """A natural frequency: ``about 9 of 100``, below 2 % of 1,000."""
    if risk < 0.0005:
        return "under 1 of 1,000"
    if risk < _RARE:
        return f"about {1000 * risk:.0f} of 1,000"
    if 0.995 <= risk < 1.0:
        return "over 99 of 100"
    return f"about {100 * risk:.0f} of 100"


def ratio(log_ratio: float) -> str:
    """A ratio from its logarithm, ``×1.3`` or ``×0.75``; a dot where it is within 5 % of one."""
    value = exp(log_ratio)
    if 1 / 1.05 < value < 1.05:
        return "·"
    return f"×{value:.{2 if value < 1 else 1 if value < 10 else 0}f}"


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
