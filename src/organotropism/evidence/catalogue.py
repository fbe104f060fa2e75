"""Every record of the evidence in one form, to list and to filter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from organotropism.errors import InputError, did_you_mean, one_of
from organotropism.evidence.findings import species_of
from organotropism.evidence.load import (
    associations,
    baseline,
    counts,
    course,
    marker_genes,
    markers,
    studies,
)
from organotropism.evidence.names import canonical, nearest, study_ids
from organotropism.evidence.records import Association, BaselineRow, Count, CourseRow, Marker, Study

KINDS: Final = ("association", "count", "rate", "course", "marker")
#: Fields that a listing may be filtered by.
FILTERS: Final = (
    *("kind", "site", "factor", "level", "compartment", "endpoint", "denominator"),
    *("grade", "usable", "study", "species", "reference", "marker"),
)
_CLINICAL: Final = "clinicopathological"
#: Words of markers.csv for sites that have a standard name.
_SITE_WORDS: Final = {"any distant": "any_distant", "skin": "skin_soft_tissue"}
#: Factors whose name says which.
_NAMED: Final = ("marker", "other")
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
    reference : numbers of those studies in the reference list of the starting review
    site : standardised sites, one for all but markers; none where the source names no single site
    marker : gene, protein or other characteristic in the words of the source, where the factor only says
        marker or other; of a marker its id
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
    same_as : id of the row that holds the same number or finding, where this one repeats it
    """

    id: str
    kind: str
    study: tuple[str, ...]
    reference: tuple[str, ...]
    site: tuple[str, ...]
    factor: str
    marker: str
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
    same_as: str


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


def select(*, repeats: bool = False, **filters: str | None) -> list[Item]:
    """Records that match every filter given, each number or finding once.

    Parameters
    ----------
    repeats : keep rows that repeat another row that is found too
    filters : value by name of `FILTERS`; None lets all pass. Several values are separated by commas. Case,
        blanks and signs do not matter; studies may be named (Kennecke 2010) and markers by another of their
        names (cytokeratin 5, KRT5), alone or as a gene of a signature.

    Raises
    ------
    InputError
        A value that no record has, with the nearest.
    """
    found: Iterable[Item] = items()
    for name, text in filters.items():
        if text is None:
            continue
        wanted = frozenset(value for part in text.split(",") for value in _read(name, part.strip()))
        found = [item for item in found if wanted & set(values_of(item, name))]
    chosen = list(found)
    if repeats:
        return chosen
    ids = {item.id for item in chosen}
    return [item for item in chosen if item.same_as not in ids]


def values_of(item: Item, name: str) -> tuple[str, ...]:
    """Values of a field of `FILTERS` that a record answers to; of a marker's genes each."""
    value = getattr(item, name)
    if name == "marker":
        return tuple(name for name in (value, *_genes().get(item.id, ())) if name)
    return value if isinstance(value, tuple) else (value,)


@cache
def _genes() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for gene in marker_genes():
        found[gene.marker_id] = (*found.get(gene.marker_id, ()), gene.symbol)
    return found


@cache
def _known(name: str) -> tuple[str, ...]:
    return tuple(sorted({value for item in items() for value in values_of(item, name) if value}))


def _read(name: str, value: str) -> tuple[str, ...]:
    """Values of the evidence that one given value stands for."""
    known = _known(name)
    if name == "study":
        outside = [study for study in known if study == value]
        named = [study for study in study_ids(value) if study in known] or outside
        if named:
            return tuple(named)
    if name == "marker":
        same = tuple(other for other in known if canonical(other) == canonical(value))
        if same:
            return same
    else:
        near = nearest(value, known)
        if near is not None:
            return (near,)
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
        reference=_references(study),
        site=_one(row.site_std),
        factor=row.factor_std,
        marker=row.factor if row.factor_std in _NAMED else "",
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
        same_as=row.duplicate_of or row.count_id,
    )


def _count(row: Count, study: Study) -> Item:
    return Item(
        id=row.count_id,
        kind="count",
        study=(row.study_id,),
        reference=_references(study),
        site=_one(row.site_std),
        factor=row.factor_std,
        marker="",
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
        same_as="",
    )


def _rate(row: BaselineRow, study: Study | None) -> Item:
    return Item(
        id=row.record_id,
        kind="rate",
        study=(row.study_id,),
        reference=_references(study),
        site=("any_distant",),
        factor="baseline",
        marker="",
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
        same_as="",
    )


def _course(row: CourseRow, study: Study | None) -> Item:
    return Item(
        id=row.record_id,
        kind="course",
        study=(row.study_id,),
        reference=_references(study),
        site=(),
        factor="baseline",
        marker="",
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
        same_as="",
    )


def _marker(row: Marker, known: dict[str, Study]) -> Item:
    sources = [known[study] for study in row.source_study_id]
    return Item(
        id=row.marker_id,
        kind="marker",
        study=row.source_study_id,
        reference=_references(*sources),
        site=tuple(_marker_sites(row.site)),
        factor="marker",
        marker=row.marker_id,
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
        same_as="",
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


def _references(*sources: Study | None) -> tuple[str, ...]:
    """Numbers in the starting review, of which a study may have several."""
    numbers = (number.strip() for source in sources if source for number in source.review_ref.split(";"))
    return tuple(dict.fromkeys(number for number in numbers if number))


def _one(value: str) -> tuple[str, ...]:
    return (value,) if value else ()
