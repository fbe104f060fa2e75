"""The English of everything on markers, in one place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import exp
from typing import Final

from organotropism.errors import one_of, printable

CARD: Final = "Marker card"
COMPARTMENTS: Final = {
    "primary tumour": "Primary tumour",
    "exosome": "Exosomes",
    "ctc": "Circulating tumour cells",
    "microenvironment": "Microenvironment",
}
COLUMNS: Final = ("marker", "measured", "points to", "evidence", "moves the forecast")
MEASURED: Final = "Measured markers"
NOTHING_MEASURED: Final = "nothing was measured here"
WARNINGS: Final = "Warnings"
KEY: Final = (
    "Places are within the cohort of the file: 0 lowest, 100 highest, counted so that high points to the "
    "site. The highest and the lowest quarter are said to point; where there is a cut-off, the side of it. "
    "Evidence: A human breast, repeated or validated; B human breast, one cohort; C mouse or cell line; "
    "D other cancer; E statement of a review. Studies that found it, found nothing, found the reverse. "
    "C to E show a direction and never move a number."
)
GRADES: Final = {
    "A": "human breast, repeated",
    "B": "human breast, one cohort",
    "C": "mouse or cell line",
    "D": "other cancer",
    "E": "review statement only",
}
STANDS_IN: Final = "RNA in place of protein"
_MOST_STUDIES: Final = 3
#: Highest and lowest quarter of the cohort.
_QUARTERS: Final = (0.25, 0.75)


def subtype_sentence(nearest: str | None, second: str | None, call: str | None, confidence: float) -> str:
    """What PAM50 says of one sample."""
    if nearest is None:
        return "PAM50: no call, too few of its genes were measured."
    order = f"nearest {nearest}, then {second}"
    sure = f"nearer than the second with probability {confidence:.2f}"
    return (
        f"PAM50 (research use, not Prosigna): {call} ({order}; {sure}). "
        "The forecast takes the receptors, not this."
    )


def place(rank: float) -> str:
    """A place within the cohort."""
    return f"place {100 * rank:.0f} of 100"


def called(positive: float) -> str:
    """A call by a cut-off."""
    return "positive" if positive else "negative"


def points(toward: bool | None, sites: Sequence[str], away: Sequence[str]) -> str:
    """Where a marker points: toward its sites, away from them, or nowhere."""
    named = one_of(sites).replace(" or ", " and ")
    if toward is None:
        return f"neither way ({named})"
    text = f"{'to' if toward else 'away from'} {named}"
    if away:
        text += f"; {'away from' if toward else 'to'} {one_of(away).replace(' or ', ' and ')}"
    return text


def direction(rank: float | None, positive: float | None) -> bool | None:
    """Toward the site or away from it: by the call, else by the quarter of the cohort; None between."""
    if positive is not None:
        return bool(positive)
    if rank is None or _QUARTERS[0] < rank < _QUARTERS[1]:
        return None
    return rank >= _QUARTERS[1]


def evidence(grade: str, found: Sequence[str], nothing: Sequence[str], reverse: Sequence[str]) -> str:
    """How good and how disputed the evidence is."""
    parts = [f"{grade}: {GRADES[grade]}"]
    for label, studies in (("found", found), ("nothing", nothing), ("reverse", reverse)):
        if studies:
            more = f" and {len(studies) - _MOST_STUDIES} more" if len(studies) > _MOST_STUDIES else ""
            parts.append(f"{label}: {', '.join(studies[:_MOST_STUDIES])}{more}")
    return "; ".join(parts)


def moves(why_not: str, rate: float, sites: Mapping[str, float]) -> str:
    """Whether a marker moves the forecast: the factors, or why not."""
    if why_not:
        return f"no: {why_not}"
    factors = [f"hazard ×{exp(rate):.2g}"]
    factors += [f"odds of {site} ×{exp(value):.2g}" for site, value in sites.items() if abs(value) > 0.01]
    return f"yes: {', '.join(factors)}"


def reading(text: str, positive: float | None) -> str:
    """A reading as given, with the call where it is a number."""
    if positive is None:
        return f"{text}, no cut-off to hold it against"
    return text if not text[:1].isdigit() else f"{text}, {called(positive)}"


def no_direction(sites: Sequence[str], direction: str) -> str:
    """Where a marker points on which the studies do not agree."""
    return f"no fixed direction ({one_of(sites)}: {direction})"


def reading_line(marker: str, text: str, points_to: str, moved: str) -> str:
    """One measured marker below a forecast."""
    verb = "" if points_to.startswith("no ") else "points "
    return f"{marker} {text}: {verb}{points_to}. Moves the forecast: {moved}."


def own_line(marker: str, text: str, cohort: str, moved: str) -> str:
    """One measured marker whose effect a cohort taught."""
    return f"{marker} {text}: effect estimated in {printable(cohort)}. Moves the forecast: {moved}."
