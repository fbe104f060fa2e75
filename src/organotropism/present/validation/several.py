"""The report on several models in several cohorts: one page, and a folder with the report of each pair."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from organotropism.present.extras import needs
from organotropism.present.figures.render import render
from organotropism.present.validation import figures, spread_figure, tables
from organotropism.present.validation.page import environment
from organotropism.present.validation.tables import Rows, Table
from organotropism.present.validation.words import (
    and_list,
    decimal,
    estimate_excludes,
    interval,
    outcome_name,
    per_cent,
)
from organotropism.present.validation.write import write_report
from organotropism.validate.numbers import COLUMNS, MEANING, rows, spread_rows
from organotropism.validate.outcome import ANY
from organotropism.validate.several import InCohort, Several
from organotropism.validate.validation import Validation

#: With fewer cohorts the interval for a further one holds nearly everything, and is left to the table.
_FEWEST_TO_TELL: Final = 3
SCORE_NAMES: Final = {"auc": "AUC", "o_e": "O/E"}


def write_several(several: Several, folder: Path, package: str) -> None:
    """Write report.html, numbers.csv and numbers.json, and a folder with the report of each pair.

    Parameters
    ----------
    folder : exists, and is empty
    package : version of organotropism
    """
    joint = _joint(several)
    for part in several.cohorts:
        for validation in part.validations:
            own = folder / pair_folder(validation)
            own.mkdir()
            write_report(validation, own, package, joint)
    numbers = _numbers(several)
    with (folder / "numbers.csv").open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, ("cohort", *COLUMNS), lineterminator="\n")
        writer.writeheader()
        writer.writerows(numbers)
    document = {
        "format": "organotropism-validations/1",
        "package": package,
        "settings": asdict(several.settings),
        "meaning": MEANING,
        "columns": ("cohort", *COLUMNS),
        "numbers": [list(row.values()) for row in numbers],
    }
    text = json.dumps(document, ensure_ascii=False, allow_nan=False)
    (folder / "numbers.json").write_text(text + "\n", encoding="utf-8")
    (folder / "report.html").write_text(several_page(several, package), encoding="utf-8")


def pair_folder(validation: Validation) -> str:
    """Name of the folder of one model in one cohort."""
    parts = (validation.cohort.name, validation.model.name)
    return "-".join(re.sub(r"[^\w.]+", "_", part).strip("._") or "unnamed" for part in parts)


def _joint(several: Several) -> str:
    cohorts = and_list([part.validations[0].cohort.name for part in several.cohorts])
    models = and_list([validation.model.name for validation in several.cohorts[0].validations])
    return f"models {models}, cohorts {cohorts}"


def _numbers(several: Several) -> list[dict[str, Any]]:
    found = [
        {"cohort": part.validations[0].cohort.name, **row}
        for part in several.cohorts
        for number, validation in enumerate(part.validations)
        for row in rows(validation, part.comparison if number == 0 else None)
    ]
    return [*found, *({"cohort": "", **row} for row in spread_rows(several.spread))]


def several_page(several: Several, package: str) -> str:
    """Render the page.

    Raises
    ------
    InputError
        Where the extra ``report`` is not installed.
    """
    needs("report", "jinja2")
    models = [validation.model.name for validation in several.cohorts[0].validations]
    cohorts = [part.validations[0].cohort.name for part in several.cohorts]
    word = "model" if len(models) == 1 else "models"
    page: str = (
        environment()
        .get_template("several.html.j2")
        .render(
            title=f"Validation of the {and_list(models)} {word} in {and_list(cohorts)}",
            package=package,
            brief=several_in_brief(several),
            several=several,
            settings=several.settings,
            cohorts=_cohort_table(several),
            parts=[_part(part) for part in several.cohorts],
            spread=_spread_table(several),
            spread_figures=[_svg(chart) for chart in spread_figure.figures(several.spread)],
            meaning=MEANING,
        )
    )
    return page


def several_in_brief(several: Several) -> list[str]:
    """Sentences for the head of the page."""
    sentences = []
    for part in several.cohorts:
        sentences.append(_cohort_in_brief(part))
        sentences += [
            f"{validation.cohort.name}, {validation.model.name}: {validation.apparent.why}."
            for validation in part.validations
            if validation.apparent is not None
        ]
    sentences += _spread_in_brief(several)
    if not several.settings.bootstrap:
        sentences.append(
            "No intervals were computed (--bootstrap 0): nothing is pooled, and nothing is said "
            "of what differs by more than chance."
        )
    return sentences


def _cohort_in_brief(part: InCohort) -> str:
    first, comparison = part.validations[0], part.comparison
    place = next((place for place in reversed(comparison.patients) if place[0] == ANY), None)
    name = first.cohort.name
    if place is None:
        where = "; ".join(
            f"{model.name} {interval(model.where, 3)}"
            for model in comparison.models
            if model.where is not None
        )
        return f"{name}: only where can be scored (mean log score of the set of sites: {where or 'too few'})."
    parts = []
    for model in comparison.models:
        if place not in model.scores:
            continue
        scores = model.scores[place]
        gain = ""
        if "auc_gain" in scores:
            sign = estimate_excludes(scores["auc_gain"], 0.0)
            told = {1: ", higher", -1: ", lower", 0: ", which may be chance", None: ""}[sign]
            gain = f", difference {interval(scores['auc_gain'], 3)}{told}"
        o_e = interval(scores["o_e"], 2)
        parts.append(f"{model.name}: AUC {interval(scores['auc'], 2)}{gain}, O/E {o_e}")
    return (
        f"{name}, any distant disease at {place[1]:g} years, {comparison.patients[place]:,} patients. "
        f"{'. '.join(part[0].upper() + part[1:] for part in parts)}."
    )


def _spread_in_brief(several: Several) -> list[str]:
    found = []
    for entry in several.spread:
        if entry.outcome != ANY or entry.horizon != max(e.horizon for e in several.spread):
            continue
        name, count = SCORE_NAMES[entry.score], len(entry.cohorts)
        head = f"Between cohorts, {entry.model}, any distant disease at {entry.horizon:g} years: {name}"
        if count < _FEWEST_TO_TELL:
            ends = sorted(value.value for value in entry.cohorts.values())
            low, high = (decimal(value, 2) for value in (ends[0], ends[-1]))
            found.append(
                f"{head} {low} to {high} in {count} cohorts, too few to say what a further one would give."
            )
        else:
            low, high = (decimal(value, 2) for value in entry.prediction)
            found.append(
                f"{head} {interval(entry.mean, 2)} over {count} cohorts; in a further cohort {low} to {high} "
                "is to be expected."
            )
    pooled = {entry.model for entry in several.spread}
    alone = [v.model.name for v in several.cohorts[0].validations if v.model.name not in pooled]
    if alone and several.settings.bootstrap:
        found.append(f"Not pooled over cohorts, for fewer than two are new to it: {and_list(alone)}.")
    return found


def _cohort_table(several: Several) -> Table:
    found: Rows = []
    for part in several.cohorts:
        facts = part.validations[0].cohort
        first = facts.outcomes[0]
        sites = [entry.name for entry in facts.outcomes if entry.name != ANY]
        found.append(
            (
                facts.name,
                f"{facts.patients:,}",
                f"{first.patients:,}",
                f"{first.events:,}",
                f"{first.deaths:,}",
                decimal(facts.follow_up_median, 1),
                decimal(first.last_horizon, 1),
                "–" if facts.years is None else f"{facts.years[0]}-{facts.years[1]}",
                ", ".join(sites) or "none",
            )
        )
    headers = (
        "cohort",
        "patients",
        "used for whether and when",
        "distant disease",
        "deaths without it",
        "median follow-up, years",
        "last horizon, years",
        "diagnosed",
        "sites recorded",
    )
    return Table("Cohorts", headers, found)


def _part(part: InCohort) -> dict[str, Any]:
    """What the page shows of one cohort."""
    first = part.validations[0]
    compared = list(dict.fromkeys(outcome for outcome, _ in part.comparison.patients))
    last = max((place[1] for place in part.comparison.patients), default=None)
    return {
        "name": first.cohort.name,
        "facts": first.cohort,
        "notes": first.notes,
        "apparent": {v.model.name: v.apparent for v in part.validations if v.apparent is not None},
        "figures": [_svg(figures.models(part.comparison, outcome)) for outcome in compared],
        "comparison": tables.comparison_tables(part.comparison),
        "left_out": part.comparison.left_out,
        "calibration": _calibration_table(part),
        "curves": [
            _svg(figures.calibration(entry, validation.model.name))
            for number in range(len(first.overall))
            for validation in part.validations
            if (entry := validation.overall[number]).curves is not None and entry.horizon == last
        ],
        "horizon": last,
        "where": tables.comparison_where_table(part.comparison),
        "shifts": [(v, tables.shift_table(v)) for v in part.validations if v.shifts],
        "pairs": [(v.model.name, f"{pair_folder(v)}/report.html") for v in part.validations],
    }


def _calibration_table(part: InCohort) -> Table:
    found: Rows = []
    for number, entry in enumerate(part.validations[0].overall):
        for validation in part.validations:
            scored = validation.overall[number]
            found.append(
                (
                    outcome_name(entry.outcome),
                    f"{entry.horizon:g}",
                    validation.model.name,
                    f"{scored.counts.events:,}",
                    per_cent(scored.observed),
                    per_cent(scored.scores.get("expected")),
                    *(interval(scored.scores.get(name), 2) for name in ("o_e", "slope", "intercept")),
                    per_cent(scored.scores.get("ici")),
                )
            )
    headers = (
        "outcome",
        "years",
        "model",
        "events",
        "observed",
        "predicted",
        "O/E",
        "slope",
        "intercept",
        "ICI",
    )
    return Table("Level and spread", headers, found, left=3)


def _spread_table(several: Several) -> Table:
    found: Rows = [
        (
            outcome_name(entry.outcome),
            f"{entry.horizon:g}",
            SCORE_NAMES[entry.score],
            entry.model,
            "; ".join(f"{name} {interval(value, 2)}" for name, value in entry.cohorts.items()),
            interval(entry.mean, 2),
            " to ".join(decimal(value, 2) for value in entry.prediction),
            decimal(entry.tau2, 3),
            f"{100 * entry.i2:.0f} %",
        )
        for entry in several.spread
    ]
    headers = (
        "outcome",
        "years",
        "score",
        "model",
        "in each cohort",
        "mean",
        "in a further cohort",
        "τ²",
        "I²",
    )
    return Table("Between cohorts", headers, found, left=5)


def _svg(chart: Any) -> str:
    return render(chart).decode()
