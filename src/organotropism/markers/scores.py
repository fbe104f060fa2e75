"""Scores of all markers in a cohort: one scorer per kind of rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from organotropism.markers.cohort_values import CohortValues, rank_fraction
from organotropism.markers.cutoffs import SCORE, Cutoffs
from organotropism.markers.definitions import Analyte, Definition, Kind, no_cutoff, unpublished
from organotropism.markers.expression import Array, Expression
from organotropism.vocabulary import Compartment

#: A set is scored where each of its sides has this share of its genes, or this many; the rest is left out.
#: Ten genes that correlate by .15 on average (usual within such sets) already give a mean that
#: correlates by .8 with that of many (Spearman-Brown).
LEAST_SHARE, ENOUGH = 0.5, 10
SMALL_COHORT = 10


class Basis(StrEnum):
    """What a score rests on."""

    PUBLISHED = "published signs"
    CUTOFF = "given cut-off"
    RANK = "rank within the cohort"
    NOT_MEASURED = "not measured"
    NOT_PUBLISHED = "not published"


@dataclass(frozen=True)
class Score:
    """One marker in a cohort; arrays are (samples,), None where there is no score.

    Attributes
    ----------
    basis : what it rests on
    remark : what the reader has to know of it
    value : in the unit of the rule: z-score difference, value as measured, or rank
    rank : place within the cohort, 0 to 1, high where the marker points to its site
    positive : 1 or 0 by a cut-off, NaN where there is none
    used, missing : genes behind it, genes that the file lacks
    stands_in : RNA was measured where the marker is a protein
    parts : rank of each part, for rules of several parts
    """

    definition: Definition
    basis: Basis
    remark: str = ""
    value: Array | None = None
    rank: Array | None = None
    positive: Array | None = None
    used: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    stands_in: bool = False
    parts: Mapping[str, Array] = field(default_factory=dict)


@dataclass(frozen=True)
class Assay:
    """Which compartment and analyte a file holds."""

    compartment: Compartment = Compartment.PRIMARY_TUMOUR
    analyte: Analyte = Analyte.RNA


def score_markers(
    expression: Expression,
    definitions: Sequence[Definition],
    assay: Assay | None = None,
    cutoffs: Cutoffs | None = None,
) -> tuple[Score, ...]:
    """Score every marker, or say why there is no score.

    Parameters
    ----------
    expression : of one cohort; z-scores and ranks are within it
    definitions : from `definitions.define`
    assay : what the file holds, primary tumour and RNA if left out
    cutoffs : the user's, by marker and gene
    """
    cohort, what = CohortValues(expression), assay or Assay()
    return tuple(
        _score(definition, cohort, what, (cutoffs or {}).get(definition.id, {})) for definition in definitions
    )


def _score(definition: Definition, cohort: CohortValues, assay: Assay, cutoffs: Mapping[str, float]) -> Score:
    if definition.kind == Kind.UNPUBLISHED:
        return Score(definition, Basis.NOT_PUBLISHED, unpublished(definition))
    reason = _unmeasured(definition, assay)
    if reason:
        return Score(definition, Basis.NOT_MEASURED, reason)
    used = cohort.present(definition.genes)
    missing = tuple(symbol for symbol in definition.genes if symbol not in used)
    found = _SCORERS[definition.kind](definition, cohort, cutoffs, used)
    if found.value is None:
        return Score(definition, Basis.NOT_MEASURED, found.remark, missing=missing)
    return Score(
        definition,
        found.basis,
        found.remark,
        found.value,
        rank_fraction(found.value) if found.rank is None else found.rank,
        found.positive,
        used,
        missing,
        not definition.measured_by(assay.analyte),
        found.parts,
    )


def _unmeasured(definition: Definition, assay: Assay) -> str:
    """Why a file of this assay does not measure a marker, "" where it does."""
    if definition.kind == Kind.STATED:
        return f"needs {definition.analyte}: {definition.rule}"
    if definition.compartment != assay.compartment:
        return f"is measured in another compartment: {definition.compartment}"
    if definition.measured_by(assay.analyte):
        return ""
    if assay.analyte == Analyte.RNA and assay.compartment == Compartment.PRIMARY_TUMOUR:
        return ""  # RNA of the tumour stands in for its protein, and the score says so
    return f"is measured as {definition.analyte}"


@dataclass(frozen=True)
class _Found:
    """What a scorer gives; `rank` where it is not that of `value`."""

    basis: Basis = Basis.RANK
    remark: str = ""
    value: Array | None = None
    rank: Array | None = None
    positive: Array | None = None
    parts: Mapping[str, Array] = field(default_factory=dict)


def _mean_z(cohort: CohortValues, genes: Sequence[str]) -> tuple[Array, int]:
    """Mean z-score (n,) and how many genes vary; NaN where fewer than `LEAST_SHARE` of them are seen."""
    z = cohort.z(genes) if genes else np.empty((0, len(cohort)))
    z = z[~np.isnan(z).all(1)]
    seen = (~np.isnan(z)).sum(0)
    mean = np.nansum(z, axis=0) / np.maximum(seen, 1)
    return np.where((seen > 0) & (seen >= LEAST_SHARE * len(z)), mean, np.nan), len(z)


def _signed_set(
    definition: Definition, cohort: CohortValues, cutoffs: Mapping[str, float], used: tuple[str, ...]
) -> _Found:
    value = np.zeros(len(cohort))
    for sign, genes in ((1.0, definition.up), (-1.0, definition.down)):
        if not genes:
            continue
        mean, varying = _mean_z(cohort, [symbol for symbol in genes if symbol in used])
        if varying < min(LEAST_SHARE * len(genes), ENOUGH):
            side = "up" if sign > 0 else "down"
            needed = f"half or {ENOUGH} needed"
            return _Found(remark=f"{varying} of {len(genes)} genes of the {side} side in the file: {needed}")
        value = value + sign * mean
    published = definition.kind == Kind.SIGNED_SET
    remark = (
        "signs as published; mean z-score of up minus down suggested here"
        if published
        else "weights and cut-off never published; equal-weight mean z-score suggested here"
    )
    if len(cohort) < SMALL_COHORT:
        remark += f"; z-scores within {len(cohort)} samples mean little"
    basis = Basis.CUTOFF if SCORE in cutoffs else Basis.PUBLISHED if published else Basis.RANK
    return _Found(basis, remark, value, None, _at_least(value, cutoffs.get(SCORE), True))


def _single(
    definition: Definition, cohort: CohortValues, cutoffs: Mapping[str, float], used: tuple[str, ...]
) -> _Found:
    if not used:
        return _Found(remark=f"{definition.genes[0]} is not in the file")
    symbol = used[0]
    up = symbol not in definition.down
    value, cutoff = cohort.values(symbol), cutoffs.get(symbol)
    positive = _at_least(value, cutoff, up)
    basis, remark = (Basis.RANK, no_cutoff(definition)) if cutoff is None else (Basis.CUTOFF, "")
    return _Found(basis, remark, value, cohort.toward(symbol, up), positive)


def _quartile(
    definition: Definition, cohort: CohortValues, cutoffs: Mapping[str, float], used: tuple[str, ...]
) -> _Found:
    """Highest against lowest quartile, here of this cohort: between them there is no call."""
    found = _single(definition, cohort, cutoffs, used)
    if found.rank is None or found.basis == Basis.CUTOFF:
        return found
    positive = np.where(found.rank > 0.75, 1.0, np.where(found.rank < 0.25, 0.0, np.nan))
    remark = "quartiles of this cohort; the published study's limits were never published"
    return _Found(Basis.RANK, remark, found.value, found.rank, positive)


def _all(
    definition: Definition, cohort: CohortValues, cutoffs: Mapping[str, float], used: tuple[str, ...]
) -> _Found:
    """All parts together: the weakest decides."""
    absent = [symbol for symbol in definition.genes if symbol not in used]
    if absent:
        return _Found(remark=f"needs all of its parts; {', '.join(absent)} not in the file")
    parts = {symbol: cohort.toward(symbol, symbol in definition.up) for symbol in used}
    value = np.min(list(parts.values()), axis=0)
    if set(cutoffs) < set(used):
        return _Found(Basis.RANK, f"rank of the weakest part; {no_cutoff(definition)}", value, parts=parts)
    calls = [_at_least(cohort.values(s), cutoffs[s], s in definition.up) for s in used]
    return _Found(Basis.CUTOFF, "", value, None, np.min(np.array(calls), axis=0), parts)


def _panel(
    definition: Definition, cohort: CohortValues, cutoffs: Mapping[str, float], used: tuple[str, ...]
) -> _Found:
    """Parts that were each associated with the site; no common score was published."""
    if not used:
        return _Found(remark="none of its parts is in the file")
    parts = {symbol: cohort.toward(symbol, symbol in definition.up) for symbol in used}
    remark = "no common score was published: mean rank of the parts suggested here"
    if set(cutoffs) >= set(used):
        calls = [_at_least(cohort.values(s), cutoffs[s], s in definition.up) for s in used]
        share = np.mean(np.array(calls), axis=0)
        return _Found(Basis.CUTOFF, "share of the parts on the published side", share, parts=parts)
    return _Found(Basis.RANK, remark, np.mean(list(parts.values()), axis=0), parts=parts)


def _at_least(value: Array, cutoff: float | None, up: bool) -> Array:
    """1 on the published side of the cut-off, 0 on the other, NaN without value or cut-off."""
    if cutoff is None:
        return np.full(len(value), np.nan)
    side = value >= cutoff if up else value < cutoff
    return np.where(np.isnan(value), np.nan, side.astype(float))


_Scorer = Callable[[Definition, CohortValues, Mapping[str, float], tuple[str, ...]], _Found]
_SCORERS: dict[Kind, _Scorer] = {
    Kind.SIGNED_SET: _signed_set,
    Kind.MEAN: _signed_set,
    Kind.SINGLE: _single,
    Kind.QUARTILE: _quartile,
    Kind.ALL: _all,
    Kind.PANEL: _panel,
}
