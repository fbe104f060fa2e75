"""Tables of a validation report: headers and rows of text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from organotropism.present.validation.words import decimal, field_name, interval, outcome_name, per_cent
from organotropism.validate.compare import Comparison
from organotropism.validate.score import Scored
from organotropism.validate.validation import Validation
from organotropism.validate.where import Where

Cell = Callable[[Scored], str]
Rows = list[tuple[str, ...]]


@dataclass(frozen=True)
class Table:
    """A table; the first `left` columns are text, the others numbers. `note` stands below it."""

    caption: str
    headers: tuple[str, ...]
    rows: Rows
    left: int = 1
    note: str = ""


def _score(name: str, digits: int) -> Cell:
    return lambda scored: interval(scored.scores.get(name), digits)


_RISKS: dict[str, Cell] = {
    "outcome": lambda scored: outcome_name(scored.outcome),
    "years": lambda scored: f"{scored.horizon:g}",
    "patients": lambda scored: f"{scored.counts.patients:,}",
    "events": lambda scored: f"{scored.counts.events:,}",
    "observed": lambda scored: per_cent(scored.observed),
    "predicted": lambda scored: per_cent(scored.scores.get("expected")),
    "O/E": _score("o_e", 2),
}
_CALIBRATION: dict[str, Cell] = {
    **{name: cell for name, cell in _RISKS.items() if name != "patients"},
    "slope": _score("slope", 2),
    "intercept": _score("intercept", 2),
}
_DISTANCE: dict[str, Cell] = {
    **{name: _RISKS[name] for name in ("outcome", "years", "events")},
    "ICI": lambda scored: per_cent(scored.scores.get("ici")),
    "E50": lambda scored: per_cent(scored.scores.get("e50")),
    "E90": lambda scored: per_cent(scored.scores.get("e90")),
}
_DISCRIMINATION: dict[str, Cell] = {
    **{name: _RISKS[name] for name in ("outcome", "years", "events")},
    "AUC": _score("auc", 2),
    "C-index": _score("c_index", 2),
    "IPA": lambda scored: per_cent(scored.scores.get("ipa")),
    "Brier": _score("brier", 3),
    "log score": _score("log_score", 3),
}
_SHORT: dict[str, Cell] = {
    **_RISKS,
    "AUC": _score("auc", 2),
    "IPA": lambda scored: per_cent(scored.scores.get("ipa")),
}


def _table(caption: str, cells: dict[str, Cell], scored: Sequence[Scored]) -> Table:
    return Table(caption, tuple(cells), [tuple(cell(entry) for cell in cells.values()) for entry in scored])


def calibration_table(scored: Sequence[Scored]) -> Table:
    """Observed and predicted risks, O/E, slope, intercept."""
    return _table("Level and spread", _CALIBRATION, scored)


def distance_table(scored: Sequence[Scored]) -> Table:
    """ICI, E50, E90."""
    return _table("Distance of the calibration curve from agreement", _DISTANCE, scored)


def discrimination_table(scored: Sequence[Scored]) -> Table:
    """AUC, C-index, IPA, Brier score, log score."""
    return _table("Discrimination and overall accuracy", _DISCRIMINATION, scored)


def short_table(caption: str, scored: Sequence[Scored]) -> Table:
    """Observed, predicted, O/E, AUC, IPA."""
    return _table(caption, _SHORT, scored)


def count_table(scored: Sequence[Scored]) -> Table:
    """Patients, events and observed risk, where there is no score."""
    names = ("outcome", "years", "patients", "events", "observed")
    return _table("Events by each horizon", {name: _RISKS[name] for name in names}, scored)


def shift_table(validation: Validation) -> Table:
    """Levels that are off: the parameter, what to add, and mean risks before and after by horizon."""

    def risks(by_horizon: dict[float, float]) -> str:
        return ", ".join(f"{100 * risk:.1f} %" for risk in by_horizon.values())

    rows: Rows = [
        (
            outcome_name(shift.outcome),
            shift.parameter,
            decimal(shift.add, 2),
            " and ".join(f"{horizon:g}" for horizon in shift.observed),
            risks(shift.observed),
            risks(shift.before),
            risks(shift.after),
        )
        for shift in validation.shifts
    ]
    headers = ("outcome", "parameter", "add", "years", "observed", "predicted now", "predicted then")
    return Table("Levels that can be told from the observed ones", headers, rows, left=2)


def subgroup_tables(validation: Validation) -> dict[str, list[Table]]:
    """By grouping one table per outcome: the groups side by side, those with too few events counted below."""
    tables: dict[str, list[Table]] = {}
    for grouping in dict.fromkeys(grouping for grouping, _ in validation.subgroups):
        headers = (grouping, *(name for name in _SHORT if name != "outcome"))
        for outcome in dict.fromkeys(entry.outcome for entry in validation.overall):
            entries = [
                (label, entry)
                for (name, label), scored in validation.subgroups.items()
                if name == grouping
                for entry in scored
                if entry.outcome == outcome
            ]
            rows: Rows = [
                (label, *(cell(entry) for name, cell in _SHORT.items() if name != "outcome"))
                for label, entry in entries
                if entry.scores
            ]
            left_out = _left_out([part for part in entries if not part[1].scores])
            tables.setdefault(grouping, []).append(Table(outcome_name(outcome), headers, rows, note=left_out))
    return tables


def _left_out(entries: Sequence[tuple[str, Scored]]) -> str:
    """How many groups have too few events at each horizon, with their patients and events."""
    parts = []
    for horizon in dict.fromkeys(entry.horizon for _, entry in entries):
        counts = [entry.counts for _, entry in entries if entry.horizon == horizon]
        patients, events = sum(c.patients for c in counts), sum(c.events for c in counts)
        groups = "1 group" if len(counts) == 1 else f"{len(counts)} groups"
        parts.append(f"at {horizon:g} years {groups} ({patients:,} patients, {events} events)")
    return f"Left out for too few events: {'; '.join(parts)}." if parts else ""


def outcome_table(validation: Validation) -> Table:
    """Follow-up of each outcome."""
    rows: Rows = [
        (
            outcome_name(entry.name),
            f"{entry.patients:,}",
            f"{entry.events:,}",
            f"{entry.deaths:,}",
            decimal(entry.last_horizon, 1),
        )
        for entry in validation.cohort.outcomes
    ]
    headers = ("outcome", "patients", "events", "deaths without it", "last horizon, years")
    return Table("Follow-up, whole length", headers, rows)


def field_table(validation: Validation) -> Table:
    """What is known of the patients."""
    patients = max(validation.cohort.described, 1)
    rows: Rows = [
        (
            field_name(entry.name),
            f"{100 * entry.known / patients:.0f} %",
            entry.summary or "not recorded",
        )
        for entry in validation.cohort.fields
    ]
    return Table("What is known of the patients", ("field", "known", "values"), rows, left=3)


def where_table(where: Where) -> Table:
    """Sites among the presented: observed and predicted share, O/E, AUC."""
    rows: Rows = [
        (
            outcome_name(site),
            per_cent(share.observed),
            per_cent(share.expected),
            interval(share.o_e, 2),
            interval(share.auc, 2),
        )
        for site, share in where.sites.items()
    ]
    return Table("Sites found at presentation", ("site", "observed", "predicted", "O/E", "AUC"), rows)


def pattern_table(where: Where) -> Table:
    """Log scores of the exact set found."""
    rows: Rows = [
        ("the model", interval(where.log_score, 3), NOTHING),
        ("shares of each set in this cohort", interval(where.marginal, 3), interval(where.gain, 3)),
        (
            "mean of the model's own patterns",
            interval(where.average, 3),
            interval(where.gain_of_covariates, 3),
        ),
    ]
    headers = ("pattern", "mean log score", "model minus this")
    return Table("Log score of the exact set found, higher is better", headers, rows)


NOTHING = ""


def comparison_tables(comparison: Comparison) -> list[Table]:
    """One table per outcome and horizon, models as rows."""
    tables = []
    for place, patients in comparison.patients.items():
        rows: Rows = []
        for model in comparison.models:
            scores = model.scores.get(place)
            if scores is None:
                rows.append((model.name, "no predictions", *[NOTHING] * 5))
                continue
            rows.append(
                (
                    model.name,
                    interval(scores["auc"], 3),
                    interval(scores["auc_gain"], 3) if "auc_gain" in scores else NOTHING,
                    per_cent(scores["ipa"]),
                    per_cent(scores["ipa_gain"]) if "ipa_gain" in scores else NOTHING,
                    interval(scores["log_score_gain"], 4) if "log_score_gain" in scores else NOTHING,
                    interval(scores["o_e"], 2),
                )
            )
        caption = f"{outcome_name(place[0])}, {place[1]:g} years, {patients:,} patients"
        headers = ("model", "AUC", "difference", "IPA", "difference", "log score: difference", "O/E")
        tables.append(Table(caption, headers, rows))
    return tables


def comparison_where_table(comparison: Comparison) -> Table | None:
    """Log score of the set found at presentation, for the models that have patterns."""
    rows: Rows = [
        (model.name, interval(model.where, 3), interval(model.where_gain, 3) if model.where_gain else NOTHING)
        for model in comparison.models
        if model.where is not None
    ]
    if not rows:
        return None
    return Table("Exact set of sites at presentation", ("model", "mean log score", "difference"), rows)


def recalibration_table(validation: Validation) -> Table:
    """Cross-fitted scores after recalibration, with the line to apply elsewhere."""
    rows: Rows = [
        (
            outcome_name(entry.scored.outcome),
            f"{entry.scored.horizon:g}",
            entry.method,
            decimal(entry.intercept, 3),
            decimal(entry.slope, 3),
            *(interval(entry.scored.scores.get(name), 2) for name in ("o_e", "slope")),
            *(per_cent(entry.scored.scores.get(name)) for name in ("ici", "ipa")),
        )
        for entry in validation.recalibrated
    ]
    headers = ("outcome", "years", "adjusted", "add", "multiply", "O/E", "slope", "ICI", "IPA")
    return Table("After recalibration", headers, rows, left=3)


def optimism_table(validation: Validation) -> Table:
    """Apparent and corrected scores."""
    rows: Rows = [
        (
            outcome_name(outcome),
            f"{years:g}",
            {"auc": "AUC", "ipa": "IPA", "o_e": "O/E"}[score],
            decimal(apparent, 3),
            decimal(corrected, 3),
        )
        for (outcome, years, score), (apparent, corrected) in validation.optimism.items()
        if score in ("auc", "ipa", "o_e")
    ]
    headers = ("outcome", "years", "score", "apparent", "corrected")
    return Table("The model learnt anew from this cohort", headers, rows, left=3)
