"""The English of the figures, in one place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from organotropism.patient import Patient
from organotropism.present.numbers import counted, estimate, frequencies, frequency, people, years
from organotropism.process.results import Estimate

SITES: Final = {
    "any": "Any distant disease",
    "bone": "Bone",
    "lung": "Lung",
    "liver": "Liver",
    "brain": "Brain",
    "other": "Other sites",
}
QUANTITIES: Final = {
    "ever": "found at presentation or later",
    "first": "among the sites found when distant disease presents",
    "only": "the only site found when distant disease presents",
}
EVIDENCE: Final = "uncertainty of the evidence"
KNOWN: Final = "known"
LEGEND: Final = "Colour: risk of each site"
ANATOMY: Final = (
    "Anatomy: EBI Expression Atlas, CC BY 4.0,",
    "changed; spine and pelvis added.",
)
BODY_TITLE: Final = "Risk of distant metastasis by organ"
CURVES_TITLE: Final = "Risk over time by organ"
ICONS_TITLE: Final = "Risks as numbers of people"
BARS_TITLE: Final = "Risks by organ with their uncertainty"
EXPECTED_TITLE: Final = "Expected first presentations per 1,000, by year"
COMPETES: Final = "Death of other causes competes."


def site_name(site: str) -> str:
    """A site, or any distant disease, as a heading."""
    return SITES.get(site, site)


def risk_lines(value: Estimate) -> list[str]:
    """A risk and, on a line of its own, its interval, as natural frequencies."""
    among = people(value.risk)
    interval = frequencies(value, among)
    first = frequency(value.risk, among).removeprefix("about ")
    return [first] if interval is None else [first, f"({interval.partition(' of ')[0]})"]


def within(horizon: float, patient: Patient) -> str:
    """``within 10 years``, and where the clock does not start at diagnosis from when it counts."""
    start = "from now" if patient.now else "of diagnosis"
    return f"within {years(horizon)} {start}"


def axis_years(patient: Patient) -> str:
    """What the axis of time counts."""
    return "years from now" if patient.now else "years from diagnosis"


def body_description(quantity: str, horizon: float, numbers: Sequence[str], patient: Patient) -> str:
    """The body map in words."""
    known = ", ".join(patient.involved_sites)
    state = f" Known already: {known}." if known else ""
    return (
        f"Outline of a woman's body. Risk that each site is {QUANTITIES[quantity]}, "
        f"{within(horizon, patient)}, in brackets the {EVIDENCE}. {'; '.join(numbers)}.{state} {COMPETES}"
    )


def curves_description(
    quantity: str, ends: Sequence[tuple[str, Estimate]], horizon: float, patient: Patient
) -> str:
    """The curves in words: where each ends."""
    numbers = "; ".join(f"{site_name(site)}: {estimate(value)}" for site, value in ends)
    return (
        f"One panel for each site, rising with the {axis_years(patient)}: risk of being "
        f"{QUANTITIES[quantity]}. The line is the risk, the band its {EVIDENCE}. "
        f"At {years(horizon)}: {numbers}. {COMPETES}"
    )


def icons_description(panels: Sequence[str], horizon: float, patient: Patient) -> str:
    """The icons in words."""
    people = f"Rows of small figures, one for each woman, {within(horizon, patient)}."
    return f"{people} {' '.join(panels)} {COMPETES}"


def bars_description(names: Sequence[str], numbers: Sequence[str], horizon: float) -> str:
    """The bars in words."""
    who = "" if len(names) == 1 else f" of {' and '.join(names)}"
    bars = f"Risks{who} within {years(horizon)}, with a line for the {EVIDENCE}."
    return f"{bars} {'; '.join(numbers)}. {COMPETES}"


def icon_panel(site: str, value: Estimate, among: int) -> str:
    """What a panel of icons shows, with and without."""
    number = frequency(value.risk, among)
    return f"{site_name(site)}: {number}; {without(value.risk, among)}."


def without(risk: float, among: int) -> str:
    """The other framing: those in whom it is not found. The two numbers make up the whole."""
    if risk < 0.5 / among:
        return f"over {among - 1:,} not"
    return f"about {among - counted(risk, among):,} not"
