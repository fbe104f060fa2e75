"""Fields of one patient that contradict one another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from organotropism.errors import InputError, one_of
from organotropism.patient_stage import NODE_NUMBERS, SIZES_MM

if TYPE_CHECKING:
    from organotropism.patient import Patient, Receptor, Subtype

RECEPTORS_OF: Final[dict[Subtype, tuple[Receptor, Receptor]]] = {
    "HR+/HER2-": ("positive", "negative"),
    "HR+/HER2+": ("positive", "positive"),
    "HR-/HER2+": ("negative", "positive"),
    "TNBC": ("negative", "negative"),
}
"""Hormone receptor and HER2 status of each clinical subtype, in the order of `vocabulary.SUBTYPES`."""


def against(patient: Patient, subtype: Subtype) -> tuple[str, ...]:
    """Receptors that are stated and contradict the subtype."""
    hormone, her2 = RECEPTORS_OF[subtype]
    if hormone == "negative":
        opposed = [name for name in ("er", "pr") if getattr(patient, name) == "positive"]
    else:
        opposed = ["er", "pr"] if patient.er == patient.pr == "negative" else []
    if patient.her2 is not None and patient.her2 != her2:
        opposed.append("her2")
    return tuple(opposed)


def contradictions(patient: Patient) -> Iterator[InputError]:
    """Problems between fields; each names both."""
    if patient.subtype is not None:
        yield from _subtype_contradictions(patient, patient.subtype)
    yield from _stage_contradictions(patient)
    yield from _time_contradictions(patient)


def _subtype_contradictions(patient: Patient, subtype: Subtype) -> Iterator[InputError]:
    opposed = against(patient, subtype)
    if opposed:
        opposite = {"positive": "negative", "negative": "positive"}
        stated = " and ".join(f"{name} {getattr(patient, name)}" for name in opposed)
        possible = [label for label in RECEPTORS_OF if not against(patient, label)]
        instead = " and ".join(f"{name} {opposite[getattr(patient, name)]}" for name in opposed)
        yield InputError(
            f"contradicts {stated}",
            field="subtype",
            value=subtype,
            expected=f"{one_of(possible)}, or {instead}",
            code="contradicts",
            against=opposed,
        )


def _stage_contradictions(patient: Patient) -> Iterator[InputError]:
    size, nodes = patient.size_mm, patient.positive_nodes
    if size is not None and patient.t in SIZES_MM:
        above, up_to = SIZES_MM[patient.t]
        if not above < size <= up_to:
            yield InputError(
                f"contradicts size_mm {size:g}",
                field="t",
                value=patient.t,
                expected=f"more than {above:g} to {up_to:g} mm for {patient.t}",
                code="contradicts",
                against=("size_mm",),
            )
    if nodes is not None and patient.n is not None:
        fewest, most = NODE_NUMBERS[patient.n]
        if not fewest <= nodes <= most:
            number = f"{fewest}" if fewest == most else f"{fewest} to {most}"
            yield InputError(
                f"contradicts positive_nodes {nodes}",
                field="n",
                value=patient.n,
                expected=f"{number} positive nodes for {patient.n}, or one of the two fields left out",
                code="contradicts",
                against=("positive_nodes",),
            )
            return
    if patient.stage_categories == frozenset():
        named = ("size_mm", "t", "positive_nodes", "n")
        known = [f"{name} {getattr(patient, name)}" for name in named if getattr(patient, name) is not None]
        yield InputError(
            f"contradicts {' and '.join(known)}",
            field="anatomic_stage",
            value=patient.anatomic_stage,
            expected="the anatomic stage (AJCC) of T and N, or the field left out",
        )


def _time_contradictions(patient: Patient) -> Iterator[InputError]:
    sites = [found.site for found in patient.involved]
    years = [found.years for found in patient.involved]
    if len(set(sites)) < len(sites):
        expected = "each site once, when first found"
        yield InputError("names a site twice", field="involved", expected=expected, code="twice", safe=True)
    if sites and patient.free_for is not None:
        expected = "as_of, with involved sites"
        yield _against_involved("contradicts involved", "free_for", expected)
    if patient.as_of is not None and not sites:
        expected = "free_for, without involved sites"
        yield _against_involved("is given without involved", "as_of", expected)
    if patient.as_of is not None and sites and patient.as_of < max(years):
        yield InputError(
            f"is before the latest year of involved, {max(years):g}",
            field="as_of",
            value=patient.as_of,
            expected=f"{max(years):g} or later",
            code="contradicts",
            against=("involved",),
        )
    at_diagnosis = 0.0 in years
    if patient.m == "M0" and at_diagnosis:
        expected = "M1, or a later year"
        yield _against_involved("contradicts involved at year 0", "m", expected, "M0")
    if patient.m == "M1" and not at_diagnosis:
        problem = "is given without involved at year 0, and the forecast starts from non-metastatic disease"
        expected = 'the sites found at diagnosis, such as involved = "bone@0"'
        yield _against_involved(problem, "m", expected, "M1")


def _against_involved(problem: str, field: str, expected: str, value: str | None = None) -> InputError:
    return InputError(
        problem,
        field=field,
        value=value,
        expected=expected,
        code="contradicts",
        safe=True,
        against=("involved",),
    )
