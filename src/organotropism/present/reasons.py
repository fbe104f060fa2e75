"""The reasons behind a forecast and the unknowns that would narrow it, as far as a person is shown them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from math import log

from organotropism.present import wording
from organotropism.present.numbers import percent, years
from organotropism.present.shown import open_sites
from organotropism.process.reasons import Contribution, Unknown
from organotropism.process.results import Forecast

#: A factor is a reason when it changes some hazard or odds by a tenth.
_VISIBLE = log(1.1)
_MOST_REASONS = 6
_MOST_STUDIES = 5
_MOST_UNKNOWN = 2


@dataclass(frozen=True)
class Reason:
    """One factor; its parts are logarithms of ratios.

    Attributes
    ----------
    text : what is known of the patient
    whether : log hazard ratio of distant disease, None once metastases are known
    how_many : log odds ratio of every site
    where : log odds ratio of each open site beyond that
    studies : ids of the studies that weigh most
    """

    text: str
    whether: float | None
    how_many: float
    where: dict[str, float]
    studies: tuple[str, ...]

    @property
    def size(self) -> float:
        """The largest part."""
        parts = [self.how_many, *self.where.values(), *([] if self.whether is None else [self.whether])]
        return max(map(abs, parts))


def shown_reasons(forecast: Forecast) -> list[Reason]:
    """The main reasons, largest first; what is unknown is an average over such patients, and no reason."""
    sites = open_sites(forecast)
    by_factor: dict[str, dict[str, Contribution]] = {}
    for site in sites:
        for entry in forecast.contributions[site]:
            by_factor.setdefault(entry.factor, {})[site] = entry
    reasons = [
        _reason(text, entries, bool(forecast.patient.involved))
        for factor, entries in by_factor.items()
        if (text := wording.reason(forecast, factor))
    ]
    visible = [reason for reason in reasons if reason.size >= _VISIBLE]
    return sorted(visible, key=lambda reason: -reason.size)[:_MOST_REASONS]


def _reason(text: str, entries: dict[str, Contribution], metastatic: bool) -> Reason:
    ids = dict.fromkeys(chain.from_iterable(entry.studies for entry in entries.values()))
    if metastatic:
        ids.pop(wording.PREDICT, None)  # it speaks of whether and when alone
    common = next(iter(entries.values()))
    return Reason(
        text,
        None if metastatic else common.whether,
        common.how_many,
        {site: entry.where for site, entry in entries.items()},
        tuple(ids)[:_MOST_STUDIES],
    )


def shown_unknowns(forecast: Forecast) -> list[str]:
    """What the unknown inputs that matter most could tell, a line each."""
    return [line for entry in forecast.unknown if (line := _narrowing(entry))][:_MOST_UNKNOWN]


def _narrowing(entry: Unknown) -> str | None:
    """What an unknown field could tell, or None where no digit shown would change."""
    low, high = (pick(entry.values.items(), key=lambda item: item[1]) for pick in (min, max))
    if percent(low[1]) == percent(high[1]):
        return None
    span = f"{percent(low[1])} ({low[0]}) to {percent(high[1])} ({high[0]})"
    return f"{wording.field_text(entry.field)}: {entry.site} within {years(entry.years)} from {span}"
