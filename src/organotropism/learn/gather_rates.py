"""Rows of `baseline.csv`, risks and hazards over time, as measurements of the rate."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import log

from organotropism import evidence
from organotropism.evidence.readings import Functional
from organotropism.evidence.readings import SetAside as Reason
from organotropism.learn.fit import ANY_RECURRENCE
from organotropism.learn.gather import SetAside
from organotropism.learn.levels import restrict
from organotropism.learn.measurement import Measurement, Scale, cloglog, reading, risk_measurement
from organotropism.learn.reference import EVERYONE, Context, Reference

#: Standard error of a point of a published curve (log scale). No interval is printed, and most curves are
#: smoothed or modelled, so their points err together; chosen by cross-validation over studies.
CURVE_SE = 0.20
#: Log of first recurrences of any kind over first distant ones: 1343 distant, 362 local and 148 regional in
#: the Netherlands (nkr2017).
ANY_OVER_DISTANT = log((1343 + 362 + 148) / 1343)
#: All ER-positive women of the row had endocrine therapy.
_ENDOCRINE = "treatment=endocrine therapy"


def rates(reference: Reference, rows: Iterable[evidence.BaselineRow]) -> Iterator[Measurement | SetAside]:
    """Measurements of the level and time course of the rate (`baseline.csv`)."""
    for row in rows:
        context = _context(reference, row)
        if row.set_aside or context is None:
            yield SetAside(row.record_id, row.study_id, row.set_aside or Reason.LEVEL)
            continue
        share = row.value / row.n if row.unit == "patients" and row.n else row.value / 100
        scale: Scale = "log" if row.functional == Functional.HAZARD else "cloglog"
        if row.measure == "derived count" and row.n:
            value, se = risk_measurement(row.value, row.n)
        else:
            value, se = log(share) if scale == "log" else cloglog(share), CURVE_SE
        group = row.overlap_group or row.study_id
        yield Measurement(
            id=row.record_id,
            study=row.study_id,
            group=f"{ANY_RECURRENCE}{group}" if row.read_as == "any_recurrence" else group,
            **reading(row.functional),
            feature="any_distant",
            scale=scale,
            value=value,
            se=se,
            context=context,
            years=row.to_years,
            from_years=row.from_years,
            year=row.middle_year,
            endocrine=_ENDOCRINE in row.restricted_to,
            excess=ANY_OVER_DISTANT if row.read_as == "any_recurrence" else 0.0,
            own_term=_own_term(row),
            design=evidence.studies()[row.study_id].design,
            factor="baseline",
            level=row.stratum,
            population=row.population,
        )


def _own_term(row: evidence.BaselineRow) -> str:
    """Deviation of risks modelled from deaths, one for each age: other deaths depend on age as well."""
    if row.functional != Functional.MODELLED_NET_RISK:
        return ""
    return next((part for part in row.restricted_to if part.startswith("age=")), "")


def _context(reference: Reference, row: evidence.BaselineRow) -> Context | None:
    """Women of a row, or None where one of its levels has no counterpart in the model."""
    context: Context | None = EVERYONE
    for part in row.restricted_to:
        if context is not None and part != _ENDOCRINE:
            factor, _, level = part.partition("=")
            context = restrict(reference, context, factor, level)
    return context
