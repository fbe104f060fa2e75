"""Rows of `baseline.csv`, risks and hazards over time, as measurements of the rate."""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import log

from organotropism import evidence
from organotropism.learn.gather import SetAside
from organotropism.learn.levels import population_context, restrict
from organotropism.learn.measurement import Kind, Measurement, cloglog
from organotropism.learn.reference import Context, Reference

#: Standard error of a point of a published curve (log scale). No interval is printed, and most curves are
#: smoothed or modelled, so their points err together; chosen by cross-validation over studies.
CURVE_SE = 0.20


def rates(reference: Reference) -> Iterator[Measurement | SetAside]:
    """Measurements of the level and time course of the rate (`baseline.csv`)."""
    for number, row in enumerate(evidence.baseline(), start=1):
        identity = f"baseline-{number:03d}"
        distant = "distant" in row.endpoint or "metasta" in row.endpoint
        recurrence = row.measure == "annual hazard"
        context, year = _rate_context(reference, row)
        if row.study_id in _RATE_ASIDE or row.to_years > 20 or context is None:
            reason = _RATE_ASIDE.get(
                row.study_id, "beyond 20 years" if context else "no counterpart in the model"
            )
            yield SetAside(identity, row.study_id, reason)
            continue
        if row.to_years - row.from_years == 1:
            yield SetAside(identity, row.study_id, "the year of the peak, not the mean of a band")
            continue
        nested = (row.study_id, row.stratum, row.from_years, row.to_years) in _RATE_NESTED
        if nested or not (distant or recurrence):
            yield SetAside(identity, row.study_id, "any first recurrence, or a window within another row")
            continue
        share = row.value / row.n if row.unit == "patients" and row.n else row.value / 100
        kind: Kind
        if row.measure in ("annual hazard", "annual risk"):
            kind, scale, value = "hazard", "log", log(share)
        elif row.measure == "conditional risk" or row.from_years > 0:
            kind, scale, value = "net_risk", "cloglog", cloglog(share)
        else:
            kind, scale, value = "incidence", "cloglog", cloglog(share)
        yield Measurement(
            id=identity,
            study=row.study_id,
            group="any recurrence, " + row.study_id
            if not distant
            else _RATE_GROUP.get(row.study_id, row.study_id),
            kind=kind,
            feature="any_distant",
            scale=scale,  # type: ignore[arg-type]
            value=value,
            se=CURVE_SE,
            context=context,
            years=row.to_years,
            from_years=row.from_years,
            year=year,
            factor="baseline",
            level=row.stratum,
            population=row.population,
        )


_RATE_GROUP = {"lord2012": "NSW", "lord2022": "NSW"}
_RATE_ASIDE = {
    "reddy2018": "deaths are counted as events",
    "croninfenton2018": "any recurrence over five years",
    "pogoda2013": "the metastatic share after a median follow-up, stage IV included",
}
#: Windows within a longer one of the same women, and a 20-year risk whose start is not clear.
_RATE_NESTED = {
    ("colleoni2016", "all", 0.0, 5.0),
    ("pan2017", "N0", 0.0, 20.0),
    ("pan2017", "N1-3", 0.0, 20.0),
    ("pan2017", "N4-9", 0.0, 20.0),
}
_RATE_YEARS = {"pan2017": 1990.0, "nkr2017": 2006.0, "colleoni2016": 1982.0, "saphner1996": 1985.0}


def _rate_context(reference: Reference, row: evidence.BaselineRow) -> tuple[Context | None, float]:
    """Context and year of diagnosis of a stratum of `baseline.csv`."""
    years = [int(y) for y in re.findall(r"(?:19|20)\d\d", f"{row.population} {row.stratum}")]
    year = sum(years) / len(years) if years else _RATE_YEARS.get(row.study_id, row.year - 10.0)
    context: Context | None = population_context(reference, "")
    parts = re.split(r"; ", row.stratum)
    if row.population.startswith("ER positive"):
        parts += ["ER positive", "T1-T2"]
    for part in parts:
        match = re.fullmatch(r"(T[12])(N0|N1-3|N4-9)", part)
        pieces = [match[1], match[2]] if match else [part]
        for piece in pieces:
            if context is not None and not piece.startswith("diagnosed") and piece != "all":
                factor, level = _rate_level(piece)
                context = restrict(reference, context, factor, level)
    return context, year


def _rate_level(piece: str) -> tuple[str, str]:
    """Factor and level of one part of a stratum's name."""
    if piece.startswith("stage "):
        return "stage", piece.removeprefix("stage ")
    if piece.startswith(("HR ", "ER ")):
        return "hormone_receptor", piece[3:]
    if piece.startswith("age "):
        return "age", piece.removeprefix("age ").replace(" ", "")
    if piece.startswith("T"):
        return ("subtype", "TNBC") if piece == "TNBC" else ("t_category", piece)
    return "n_category", piece
