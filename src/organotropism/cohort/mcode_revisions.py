"""Preliminary results give way to final ones, and final ones to what corrects them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from organotropism.cohort.mcode import Observation, Resource
from organotropism.cohort.mcode_codes import meaning
from organotropism.cohort.mcode_course import MONTH
from organotropism.cohort.mcode_dates import read_date

PRELIMINARY: Final = "preliminary results, for lack of final ones"
REPLACED_BY_FINAL: Final = "Observation that is preliminary, beside a final one"
REPLACED_BY_CORRECTED: Final = "Observation beside one that corrects it"
#: Rank of a status: whoever has a higher one replaces whoever has a lower one. Left out it is final.
_RANKS: Final = {"preliminary": 0, "amended": 2, "corrected": 2, "appended": 2}
_FINAL: Final = 1


def replaced(resources: Sequence[Resource], diagnosis: int | None, near: int) -> dict[int, str]:
    """Places of observations that others of the same kind replace, with the reason.

    Parameters
    ----------
    diagnosis : day of diagnosis, None where it is not known
    near : days from it beyond which a result is not of the primary tumour, and replaces none that is
    """
    groups: dict[str, list[tuple[int, int, int | None, Observation]]] = {}
    for place, resource in enumerate(resources):
        role = meaning("observation", resource.code) if isinstance(resource, Observation) else None
        # A history of metastasis may change between two records; the course weighs them by their days.
        if role is None or role == "history" or not isinstance(resource, Observation):
            continue
        when = read_date(resource.effective)
        if when is not None and diagnosis is not None and abs(when.days - diagnosis) > near:
            continue
        rank = _RANKS.get(resource.status or "", _FINAL)
        groups.setdefault(role, []).append((place, rank, None if when is None else when.days, resource))
    found: dict[int, str] = {}
    for group in groups.values():
        for place, rank, day, observation in group:
            better = [
                other
                for _, other, other_day, result in group
                if other > rank and _alike(observation, result) and (rank == 0 or _together(day, other_day))
            ]
            if better:
                found[place] = REPLACED_BY_FINAL if rank == 0 else REPLACED_BY_CORRECTED
    return found


def _alike(one: Observation, other: Observation) -> bool:
    """Whether two observations may be of the same tumour: neither focus nor specimen tells them apart."""
    pairs = ((_named(one.focus), _named(other.focus)), (_specimen(one), _specimen(other)))
    return all(not (here and there) or bool(here & there) for here, there in pairs)


def _named(references: Sequence[object]) -> frozenset[str]:
    names = (getattr(reference, "reference", None) for reference in references)
    return frozenset(name for name in names if name)


def _specimen(observation: Observation) -> frozenset[str]:
    return _named((observation.specimen,) if observation.specimen else ())


def _together(day: int | None, other: int | None) -> bool:
    """Whether two days may be of one result and its correction."""
    return day is None or other is None or abs(day - other) <= MONTH
