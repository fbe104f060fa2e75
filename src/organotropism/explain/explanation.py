"""Why one forecast differs from that of the reference population: parts that add up exactly, on two scales.

On the log scale the model is a sum, so each factor has one part: of the log rate of presenting (whether and
when), and of the log odds of each site given which others are found (how many, and where). On the scale of
risks it is none, and the parts are Shapley values, effects across sites included. A measured marker that
moved the forecast is one more factor, in the block of the compartment where it was measured.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from organotropism.explain.blocks import BLOCK_OF, by_block
from organotropism.explain.coalitions import Game, Quantity, game, measured_markers
from organotropism.explain.shapley import shapley
from organotropism.process.document import RESEARCH_ONLY
from organotropism.process.reasons import FACTORS, stated
from organotropism.process.results import Forecast

LOG_RATE: Final = (
    "log hazard of distant disease, mean over the years of the forecast and over the women who agree with "
    "what is known, minus the same of the whole reference population"
)
LOG_ODDS: Final = (
    "log odds that the site is among those found at presentation, given which other sites are (at least "
    "one), mean over the women who agree with what is known, minus the same of the whole reference population"
)
RISK: Final = (
    "Shapley values: the mean, over all orders in which the known factors may become known, of the change of "
    "the forecast; reference is the mean forecast of the reference population at the same point of the "
    "course. All are at the coefficients; the forecast is the mean over what is uncertain of them"
)


@dataclass(frozen=True)
class RiskParts:
    """Parts of the known factors in one risk.

    Attributes
    ----------
    quantity : which risk
    reference : mean of the reference population
    risk : of the patient at the coefficients; the forecast is the mean over what is uncertain of them
    parts : by factor; they sum to `risk - reference`
    blocks : sums of the parts by block
    """

    quantity: Quantity
    reference: float
    risk: float
    parts: Mapping[str, float]
    blocks: Mapping[str, float]


@dataclass(frozen=True)
class LogParts:
    """Parts of all factors on one log scale; what is unknown is averaged and has a part, too.

    Attributes
    ----------
    site : None for the log rate
    parts : by factor; they sum to the difference from the reference population
    how_many, where : the two of which each part consists; empty for the log rate
    blocks : sums of the parts by block
    """

    site: str | None
    parts: Mapping[str, float]
    how_many: Mapping[str, float]
    where: Mapping[str, float]
    blocks: Mapping[str, float]

    @property
    def total(self) -> float:
        """Difference from the reference population."""
        return sum(self.parts.values())


@dataclass(frozen=True)
class Explanation:
    """Reasons for one forecast.

    Attributes
    ----------
    forecast : what is explained
    known : factors of which something is known, then measured markers
    values : what is known of each factor and marker, as text
    block_of : block of each factor and marker
    log_rate : parts of the log rate; None once sites are involved
    log_odds : parts of the log odds of each site that is not yet involved
    risks : parts of every risk
    """

    forecast: Forecast
    known: tuple[str, ...]
    values: Mapping[str, str]
    block_of: Mapping[str, str]
    log_rate: LogParts | None
    log_odds: tuple[LogParts, ...]
    risks: tuple[RiskParts, ...]

    def find(self, name: str, site: str | None = None, years: float | None = None) -> RiskParts:
        """Parts of one risk; `KeyError` where the forecast does not hold it."""
        for entry in self.risks:
            if entry.quantity == Quantity(name, site, years):
                return entry
        raise KeyError(f"{name} {site} {years}")

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values."""
        model, patient = self.forecast.table.model, self.forecast.patient
        return {
            "model": {"name": model.name, "version": model.version, "checksum": model.checksum},
            "purpose": RESEARCH_ONLY,
            "years_since_diagnosis": patient.now,
            "year_of_diagnosis_used": self.forecast.year,
            "involved": [str(site) for site in patient.involved_sites],
            "blocks": dict(self.block_of),
            "known": {factor: self.values[factor] for factor in self.known},
            "log_rate": None if self.log_rate is None else {"meaning": LOG_RATE, **_log(self.log_rate)},
            "log_odds": {
                "meaning": LOG_ODDS,
                "sites": {str(entry.site): _log(entry) for entry in self.log_odds},
            },
            "risks": {"meaning": RISK, "quantities": [_risk(entry) for entry in self.risks]},
        }

    def rows(self) -> Iterator[dict[str, Any]]:
        """Long form: one row per scale, quantity and factor."""
        for log in (*(() if self.log_rate is None else (self.log_rate,)), *self.log_odds):
            scale = "log rate" if log.site is None else "log odds"
            for factor, part in log.parts.items():
                head = {"scale": scale, "site": log.site or "any", "quantity": "", "years": None}
                yield {**head, **self._factor(factor), "part": part, "reference": None, "risk": None}
        for entry in self.risks:
            name, site, years = entry.quantity.name, entry.quantity.site, entry.quantity.years
            head = {"scale": "risk", "site": site or "any", "quantity": name, "years": years}
            for factor, part in entry.parts.items():
                ends = {"reference": entry.reference, "risk": entry.risk}
                yield {**head, **self._factor(factor), "part": part, **ends}

    def _factor(self, factor: str) -> dict[str, str]:
        return {"block": self.block_of[factor], "factor": factor, "value": self.values[factor]}


def explain(forecast: Forecast) -> Explanation:
    """Divide a forecast's difference from the reference population among its factors.

    Takes some seconds: the patient is forecast under every coalition of what is known of her, of which the
    eleven factors of the model make at most 2,048, and each marker twice as many.

    Raises
    ------
    InputError
        More factors and markers are known than can be told apart.
    """
    played = game(forecast)
    markers = measured_markers(forecast)
    block_of = {factor: BLOCK_OF[factor] for factor in FACTORS}
    block_of |= {marker.name: str(marker.compartment) for marker in markers}
    involved = {str(site) for site in forecast.patient.involved_sites}
    values = stated(forecast.patient) | {marker.name: marker.value or marker.name for marker in markers}
    if "year" in played.players:
        values["year"] = f"diagnosed {forecast.year}"
    return Explanation(
        forecast=forecast,
        known=played.players,
        values=values,
        block_of=block_of,
        log_rate=None if involved else _log_rate(forecast, block_of),
        log_odds=tuple(
            _log_odds(forecast, site, block_of) for site in forecast.contributions if site not in involved
        ),
        risks=_risks(played, block_of),
    )


def _risks(played: Game, block_of: Mapping[str, str]) -> tuple[RiskParts, ...]:
    divided, found = shapley(played.values), []
    for column, quantity in enumerate(played.quantities):
        parts = dict(zip(played.players, divided[:, column].tolist(), strict=True))
        ends = (float(played.values[0, column]), float(played.values[-1, column]))
        found.append(RiskParts(quantity, *ends, parts, by_block(parts, block_of)))
    return tuple(found)


def _log_rate(forecast: Forecast, block_of: Mapping[str, str]) -> LogParts:
    entries = next(iter(forecast.contributions.values()))
    parts = {entry.factor: entry.whether for entry in entries}
    return LogParts(None, parts, {}, {}, by_block(parts, block_of))


def _log_odds(forecast: Forecast, site: str, block_of: Mapping[str, str]) -> LogParts:
    entries = forecast.contributions[site]
    how_many = {entry.factor: entry.how_many for entry in entries}
    where = {entry.factor: entry.where for entry in entries}
    parts = {name: how_many[name] + where[name] for name in how_many}
    return LogParts(site, parts, how_many, where, by_block(parts, block_of))


def _log(entry: LogParts) -> dict[str, Any]:
    found: dict[str, Any] = {
        "sum": entry.total,
        "by_block": dict(entry.blocks),
        "by_factor": dict(entry.parts),
    }
    if entry.site is not None:
        found |= {"how_many": dict(entry.how_many), "where": dict(entry.where)}
    return found


def _risk(entry: RiskParts) -> dict[str, Any]:
    quantity = entry.quantity
    return {
        "quantity": quantity.name,
        "site": quantity.site,
        "years": quantity.years,
        "reference": entry.reference,
        "risk": entry.risk,
        "by_block": dict(entry.blocks),
        "by_factor": dict(entry.parts),
    }
