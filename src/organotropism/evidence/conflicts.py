"""Where the literature disagrees, and what sets the sides apart.

Findings on one question (a level of a factor against the rest, at one site) are compared twice: as
published, with each other; and each with what the literature model expects of exactly that number, given its
endpoint, denominator, population and adjustment. What is left after that is disagreement that these do not
account for. Studies are then sorted by what they differ in, to see what keeps the directions apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from math import exp, sqrt
from typing import Final, Literal

from organotropism.evidence.findings import Finding, by_comparison
from organotropism.evidence.levels import Comparison
from organotropism.evidence.residuals import Residual, fitted_value, residual_of
from organotropism.meta_analysis import common_mean, random_effects

#: In this order, since the first are known to change what a number means.
ASPECTS: Final = ("denominator", "comparator", "endpoint", "period", "population", "adjustment", "era")
NOT_STATED: Final = "not stated"
#: A residual of the literature model is called large from here on, in standard errors.
LARGE: Final = 2.0
#: Disagreement beyond chance: p value of Cochran's Q below this.
_BEYOND_CHANCE: Final = 0.01
#: Diagnoses before and from this year are two eras (aromatase inhibitors, trastuzumab, taxanes).
_ERA: Final = 2000
Verdict = Literal["accounted for", "kept apart", "in part", "open", "not judged"]
Aspects = tuple[str, ...]
Kind = Literal["direction", "size", "presence"]
_KINDS: Final = ("direction", "size", "presence")


@dataclass(frozen=True, slots=True)
class Spread:
    """How far log ratios lie apart.

    Attributes
    ----------
    k : number of log ratios
    q, q_p, i2 : Cochran's Q, its p value, and I² (0 to 1); rows of the same patients are not independent,
        so p is a rough guide
    tau : standard deviation between studies (REML)
    gap : largest ratio of one to another, at least 1
    """

    k: int
    q: float
    q_p: float
    i2: float
    tau: float
    gap: float


@dataclass(frozen=True, slots=True)
class Side:
    """Findings alike in the aspects that matter.

    Attributes
    ----------
    values : value of each aspect, in the order of `Conflict.apart`
    increases, decreases, none : studies by what they found
    ratio : fixed-effect mean of those with an interval or counts, None where there are none
    """

    values: tuple[str, ...]
    increases: tuple[str, ...]
    decreases: tuple[str, ...]
    none: tuple[str, ...]
    ratio: float | None


@dataclass(frozen=True, slots=True)
class Row:
    """One finding, with what the model expects of it.

    Attributes
    ----------
    finding : the published contrast
    fitted : log ratio that the model expects, None where it did not learn from the row
    residual : in standard errors of the model, for printed contrasts
    """

    finding: Finding
    fitted: float | None
    residual: float | None


@dataclass(frozen=True, slots=True)
class Conflict:
    """One question on which findings disagree.

    Attributes
    ----------
    comparison, site : the question
    kind : direction (some increase, some decrease), size (numbers differ beyond chance, or one defies the
        model) or presence (some find a difference, others none)
    increases, decreases, none : studies by what they found; one that finds both stands twice
    groups : number of groups of patients that the studies draw on
    before : spread of the published log ratios, None for fewer than two; of those alone that the model
        learnt from, where these are two or more
    after : spread of what is left of the same numbers when the model's value is taken off each, else None
    apart : the fewest aspects within which no two findings have opposite directions, () where none do
    also : other single aspects that would do as well; they go together here and cannot be told apart
    differ : where `apart` is empty, single aspects in which all of one side differ from all of the other, but
        with one group of patients behind each value, so that nothing can be concluded
    sides : findings sorted by `apart`
    rows : every finding
    verdict : accounted for: aspects keep the directions apart, and the model leaves at most half of the
        spread and no large residual; kept apart: the same without numbers to judge sizes by; in part: only
        one of the two; open: neither; not judged: some found no difference, which is no proof of none
    """

    comparison: Comparison
    site: str
    kind: Kind
    increases: tuple[str, ...]
    decreases: tuple[str, ...]
    none: tuple[str, ...]
    groups: int
    before: Spread | None
    after: Spread | None
    apart: Aspects
    also: Aspects
    differ: Aspects
    sides: tuple[Side, ...]
    rows: tuple[Row, ...]
    verdict: Verdict


def find_conflicts(findings: Iterable[Finding], residuals: Mapping[str, Residual]) -> list[Conflict]:
    """Questions on which the findings disagree, opposite directions first, then by number of studies.

    Parameters
    ----------
    findings : those to compare, of people (grades A and B) as a rule
    residuals : of the literature model, by row id
    """
    found = []
    for (question, site), rows in by_comparison(findings).items():
        conflict = _conflict(question, site, rows, residuals)
        if conflict is not None:
            found.append(conflict)
    return sorted(
        found,
        key=lambda c: (_KINDS.index(c.kind), -len({r.finding.study for r in c.rows}), c.comparison, c.site),
    )


def aspect(finding: Finding, name: str) -> str:
    """Value of one of `ASPECTS` for a finding."""
    if name == "comparator":
        # Of a factor with an order the two cut-offs, else whom the level is compared with.
        level = "" if finding.level == finding.comparison.level else f"{finding.level} against "
        # A source that names no comparator speaks of all other levels.
        return f"{level}{finding.comparator or 'other'}"
    if name == "adjustment":
        return {"yes": "adjusted", "no": "not adjusted"}.get(finding.adjusted, NOT_STATED)
    if name == "era":
        if finding.year is None:
            return NOT_STATED
        return f"before {_ERA}" if finding.year < _ERA else f"from {_ERA}"
    return str(getattr(finding, name)) or {"population": "everyone", "period": "all follow-up"}[name]


def spread(log_ratios: Sequence[float], standard_errors: Sequence[float]) -> Spread | None:
    """Spread of log ratios with their standard errors; None for fewer than two."""
    if len(log_ratios) < 2:
        return None
    pooled = random_effects(log_ratios, standard_errors)
    share = max(0.0, 1 - (pooled.k - 1) / pooled.q) if pooled.q > 0 else 0.0
    gap = exp(max(log_ratios) - min(log_ratios))
    return Spread(pooled.k, pooled.q, pooled.q_p, share, sqrt(pooled.tau2), gap)


def _conflict(
    question: Comparison, site: str, rows: list[Finding], residuals: Mapping[str, Residual]
) -> Conflict | None:
    judged = tuple(Row(row, fitted_value(row, residuals), residual_of(row, residuals)) for row in rows)
    before, after = _before_and_after(judged)
    far = any(row.residual is not None and abs(row.residual) >= LARGE for row in judged)
    kind = _kind(rows, far or (after is not None and after.q_p < _BEYOND_CHANCE))
    if kind is None:
        return None
    apart, also, differ = _set_apart(rows) if kind == "direction" else ((), (), ())
    return Conflict(
        comparison=question,
        site=site,
        kind=kind,
        increases=_studies(rows, "increases"),
        decreases=_studies(rows, "decreases"),
        none=_studies(rows, "none"),
        groups=len({row.group for row in rows}),
        before=before,
        after=after,
        apart=apart,
        also=also,
        differ=differ,
        sides=_sides(rows, apart),
        rows=judged,
        verdict=_verdict(kind, bool(apart), far, before, after),
    )


def _kind(rows: Sequence[Finding], sizes_differ: bool) -> Kind | None:
    directions = {row.direction for row in rows}
    if {"increases", "decreases"} <= directions:
        return "direction"
    if sizes_differ:
        return "size"
    # The same study may find a difference at one endpoint and none at another.
    found = {row.study for row in rows if row.direction in ("increases", "decreases")}
    missed = {row.study for row in rows if row.direction == "none"}
    return "presence" if found and missed - found else None


def _before_and_after(rows: Sequence[Row]) -> tuple[Spread | None, Spread | None]:
    """Spread of the published numbers, and of the same with the model's value taken off."""
    numbers = [
        (finding.log_ratio, finding.se, row.fitted)
        for row in rows
        # A ratio per year of age is on another scale than one between two groups.
        if (finding := row.finding).log_ratio is not None and finding.se and finding.level != "per year"
    ]
    learnt = [(value, se, fitted) for value, se, fitted in numbers if fitted is not None]
    if len(learnt) < 2:
        return spread([value for value, _, _ in numbers], [se for _, se, _ in numbers]), None
    errors = [se for _, se, _ in learnt]
    return (
        spread([value for value, _, _ in learnt], errors),
        spread([value - fitted for value, _, fitted in learnt], errors),
    )


def _verdict(kind: Kind, apart: bool, far: bool, before: Spread | None, after: Spread | None) -> Verdict:
    if kind == "presence":
        return "not judged"
    judged = before is not None and after is not None
    shrunk = before is not None and after is not None and _shrunk(before, after) and not far
    if kind == "size":
        return "in part" if shrunk else "open"
    if apart and shrunk:
        return "accounted for"
    if apart and not judged and not far:
        return "kept apart"
    return "in part" if apart or shrunk else "open"


def _shrunk(before: Spread, after: Spread) -> bool:
    """Whether numbers that differ beyond chance lie within chance, or at half the spread, afterwards."""
    if before.q_p >= _BEYOND_CHANCE:
        return False
    return after.q_p >= _BEYOND_CHANCE or after.tau <= before.tau / 2


def _set_apart(rows: Sequence[Finding]) -> tuple[Aspects, Aspects, Aspects]:
    """Return `Conflict.apart`, `also` and `differ`."""
    signed = [row for row in rows if row.direction in ("increases", "decreases")]
    for size in (1, 2):
        able = [names for names in combinations(ASPECTS, size) if _keeps_apart(signed, names)]
        shown = [names for names in able if _shown_twice(signed, names)]
        if shown:
            also = tuple(name for names in shown[1:] for name in names) if size == 1 else ()
            return shown[0], also, ()
        if able and size == 1:
            return (), (), tuple(name for names in able for name in names)
    return (), (), ()


def _keeps_apart(rows: Sequence[Finding], names: Aspects) -> bool:
    """Whether findings alike in these aspects have one direction; what is not stated keeps nothing apart."""
    if any(aspect(row, name) == NOT_STATED for row in rows for name in names):
        return False
    return all(len({row.direction for row in members}) == 1 for members in _alike(rows, names).values())


def _shown_twice(rows: Sequence[Finding], names: Aspects) -> bool:
    """Whether some findings alike come from two groups of patients: with one in each, anything would do."""
    return any(len({row.group for row in members}) > 1 for members in _alike(rows, names).values())


def _alike(rows: Sequence[Finding], names: Aspects) -> dict[Aspects, list[Finding]]:
    cells: dict[Aspects, list[Finding]] = {}
    for row in rows:
        cells.setdefault(tuple(aspect(row, name) for name in names), []).append(row)
    return cells


def _sides(rows: Sequence[Finding], names: Aspects) -> tuple[Side, ...]:
    found = []
    for values, members in _alike(rows, names).items():
        numbers = [(r.log_ratio, r.se) for r in members if r.log_ratio is not None and r.se is not None]
        ratio = None
        if numbers:
            ratio = exp(common_mean(*zip(*numbers, strict=True)))
        up, down, null = (_studies(members, word) for word in ("increases", "decreases", "none"))
        found.append(Side(values, up, down, null, ratio))
    return tuple(found)


def _studies(rows: Iterable[Finding], direction: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(row.study for row in rows if row.direction == direction))


def conflict_record(conflict: Conflict) -> dict[str, object]:
    """A conflict as plain dictionaries and lists, for JSON and for `organotropism.present.conflicts`."""
    record = asdict(conflict)
    record["comparison"] = conflict.comparison._asdict()
    record["rows"] = [
        asdict(row.finding)
        | {
            "aspects": {name: aspect(row.finding, name) for name in ASPECTS},
            "fitted": row.fitted,
            "residual": row.residual,
        }
        for row in conflict.rows
    ]
    return record
