"""Every record of the evidence in one form, to list and to filter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from organotropism.errors import InputError, did_you_mean, one_of
from organotropism.evidence.findings import species_of
from organotropism.evidence.load import associations, baseline, counts, course, markers, studies
from organotropism.evidence.records import Association, BaselineRow, Count, CourseRow, Marker, Study

KINDS: Final = ("association", "count", "rate", "course", "marker")
#: Fields that a listing may be filtered by.
FILTERS: Final = (
    *("kind", "site", "factor", "level", "compartment", "endpoint", "denominator"),
    *("grade", "usable", "study", "species"),
)
_CLINICAL: Final = "clinicopathological"
#: Words of markers.csv for sites that have a standard name.
_SITE_WORDS: Final = {"any distant": "any_distant", "skin": "skin_soft_tissue"}
#: Expected values are listed in a message up to this many.
_LISTED: Final = 20


@dataclass(frozen=True, slots=True)
class Item:
    """One record of the evidence.

    Attributes
    ----------
    id : as in its table
    kind : one of `KINDS`
    study : studies it comes from, one for all but markers
    site : standardised sites, one for all but markers; none where the source names no single site
    factor, level, comparator, population, endpoint, denominator : standardised where the table is
    compartment : clinicopathological, or where a marker is measured
    measure : what the number is: OR, HR, RR, percent, fold, count, or the unit of a rate or of the course
    value, low, high : the number and its 95 % interval as printed; of a count the events
    n : patients it speaks of
    years : horizon, years; of a rate the end of its period
    direction : increases, decreases or none, where the source says so
    grade, usable : as in associations.csv; blank in tables without them
    species : human, mouse or cell line, other cancer
    read_level : full text, abstract or review only, as the study was read; of some rates a summary
    verified : whether the citation was confirmed: yes or no; blank for sources outside studies.csv
    """

    id: str
    kind: str
    study: tuple[str, ...]
    site: tuple[str, ...]
    factor: str
    level: str
    comparator: str
    population: str
    endpoint: str
    denominator: str
    compartment: str
    measure: str
    value: float | None
    low: float | None
    high: float | None
    n: int | None
    years: float | None
    direction: str
    grade: str
    usable: str
    species: str
    read_level: str
    verified: str


@cache
def items() -> tuple[Item, ...]:
    """Return every record: associations, counts, rates, course, markers, each in file order."""
    known = studies()
    return (
        *(_association(row, known[row.study_id]) for row in associations()),
        *(_count(row, known[row.study_id]) for row in counts()),
        *(_rate(row, known.get(row.study_id)) for row in baseline()),
        *(_course(row, known.get(row.study_id)) for row in course()),
        *(_marker(row, known) for row in markers()),
    )


def select(**filters: str | None) -> list[Item]:
    """Records that match every filter given.

    Parameters
    ----------
    filters : value by name of `FILTERS`; None lets all pass. Sites, studies and kinds of evidence (grades)
        may be several, separated by commas.

    Raises
    ------
    InputError
        A value that no record has, with the nearest.
    """
    found: Iterable[Item] = items()
    for name, text in filters.items():
        if text is None:
            continue
        wanted = frozenset(part.strip() for part in text.split(","))
        for value in sorted(wanted):
            _check(name, value)
        found = [item for item in found if wanted & set(values_of(item, name))]
    return list(found)


def values_of(item: Item, name: str) -> tuple[str, ...]:
    """Values of a field of `FILTERS` that a record answers to."""
    value = getattr(item, name)
    return value if isinstance(value, tuple) else (value,)


@cache
def _known(name: str) -> tuple[str, ...]:
    return tuple(sorted({value for item in items() for value in values_of(item, name) if value}))


def _check(name: str, value: str) -> None:
    known = _known(name)
    if value not in known:
        hint = did_you_mean(value, known)
        listed = one_of(known) if len(known) <= _LISTED else "one of the evidence"
        raise InputError(
            f"is not a {name} of the evidence", field=f"--{name}", value=value, expected=f"{listed}{hint}"
        )


def _association(row: Association, study: Study) -> Item:
    return Item(
        id=row.record_id,
        kind="association",
        study=(row.study_id,),
        site=_one(row.site_std),
        factor=row.factor_std,
        level=row.level_std or row.level,
        comparator=row.comparator_std,
        population=row.population,
        endpoint=row.endpoint_std,
        denominator=row.denominator,
        compartment=row.domain,
        measure=row.measure,
        value=row.estimate,
        low=row.ci_low,
        high=row.ci_high,
        n=row.n_exposed,
        years=row.horizon_years,
        direction=row.direction,
        grade=row.evidence_grade,
        usable=row.usable,
        species=species_of(row.evidence_grade, study),
        read_level=study.read_level,
        verified=study.verified,
    )


def _count(row: Count, study: Study) -> Item:
    return Item(
        id=row.count_id,
        kind="count",
        study=(row.study_id,),
        site=_one(row.site_std),
        factor=row.factor_std,
        level=row.level_std,
        comparator="",
        population=row.population,
        endpoint=row.endpoint_std,
        denominator=row.denominator,
        compartment=_CLINICAL,
        measure="count",
        value=row.n_with_site,
        low=None,
        high=None,
        n=row.n_patients,
        years=None,
        direction="",
        grade="",
        usable=row.usable,
        species="human",
        read_level=study.read_level,
        verified=study.verified,
    )


def _rate(row: BaselineRow, study: Study | None) -> Item:
    return Item(
        id=row.record_id,
        kind="rate",
        study=(row.study_id,),
        site=("any_distant",),
        factor="baseline",
        level=row.stratum,
        comparator="",
        population=row.population,
        endpoint=row.endpoint,
        denominator="all_patients",
        compartment=_CLINICAL,
        measure=f"{row.measure}, {row.unit}",
        value=row.value,
        low=None,
        high=None,
        n=row.n,
        years=row.to_years,
        direction="",
        grade="",
        usable="",
        species="human",
        read_level=row.read_level,
        verified=study.verified if study else "",
    )


def _course(row: CourseRow, study: Study | None) -> Item:
    return Item(
        id=row.record_id,
        kind="course",
        study=(row.study_id,),
        site=(),
        factor="baseline",
        level=row.stratum,
        comparator="",
        population=row.population,
        endpoint=row.outcome,
        denominator="metastatic_patients",
        compartment=_CLINICAL,
        measure=row.unit,
        value=row.value,
        low=row.ci_low,
        high=row.ci_high,
        n=row.n,
        years=None if row.at_months is None else row.at_months / 12,
        direction="",
        grade="",
        usable="",
        species="human",
        read_level=row.read_level,
        verified=study.verified if study else "",
    )


def _marker(row: Marker, known: dict[str, Study]) -> Item:
    sources = [known[study] for study in row.source_study_id]
    return Item(
        id=row.marker_id,
        kind="marker",
        study=row.source_study_id,
        site=tuple(_marker_sites(row.site)),
        factor="marker",
        level=row.analyte,
        comparator="",
        population="",
        endpoint="",
        denominator="",
        compartment=row.compartment,
        measure="",
        value=None,
        low=None,
        high=None,
        n=None,
        years=None,
        direction=row.direction,
        grade=row.evidence_grade,
        usable="",
        species=species_of(row.evidence_grade, sources[0]),
        read_level=_common(source.read_level for source in sources),
        verified=_common(source.verified for source in sources),
    )


def _marker_sites(text: str) -> Iterator[str]:
    """Sites of a marker; remarks in brackets and organs without a standard name are left in its record."""
    for part in text.replace(",", ";").split(";"):
        word = part.partition("(")[0].strip()
        if word not in ("GI", "ovary"):
            yield _SITE_WORDS.get(word, word)


def _common(values: Iterable[str]) -> str:
    """One value for several studies: the weakest that any of them has."""
    order = ("review only", "abstract", "full text", "no", "yes")
    return min(values, key=order.index)


def _one(value: str) -> tuple[str, ...]:
    return (value,) if value else ()
