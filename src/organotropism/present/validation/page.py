"""The report of a validation as one self-contained page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from organotropism.present.extras import needs
from organotropism.present.figures.render import render
from organotropism.present.validation import figures, landmarks, tables
from organotropism.present.validation.card import NOT_FOR, USE
from organotropism.present.validation.summary import in_brief
from organotropism.present.validation.tripod import checklist, limits
from organotropism.present.validation.words import and_list, decimal, model_title, outcome_name
from organotropism.validate.numbers import MEANING
from organotropism.validate.score import Scored
from organotropism.validate.validation import Validation
from organotropism.validate.where import SEVERAL


def environment() -> Any:
    """The templates of reports, for values that are escaped and all given."""
    jinja = needs("report", "jinja2")
    return jinja.Environment(
        loader=jinja.PackageLoader("organotropism.present.validation", "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja.StrictUndefined,
    )


def report(validation: Validation, package: str, joint: str = "") -> str:
    """Render the report.

    Parameters
    ----------
    package : version of organotropism
    joint : models and cohorts of the run that this is part of, in words; empty where it stands alone

    Raises
    ------
    InputError
        Where the extra ``report`` is not installed.
    """
    items = checklist(validation, package, joint)
    page: str = (
        environment()
        .get_template("report.html.j2")
        .render(
            title=f"Validation of {model_title(validation.model)} in {validation.cohort.name}",
            validation=validation,
            model=validation.model,
            cohort=validation.cohort,
            settings=validation.settings,
            package=package,
            scored=any(entry.scores for entry in validation.overall),
            follow_up=decimal(validation.cohort.follow_up_median, 1),
            where_sites=_where_sites(validation),
            joint=joint,
            brief=in_brief(validation),
            limits=limits(validation),
            use=USE,
            not_for=NOT_FOR,
            tables=_tables(validation),
            figures=_figures(validation),
            items=items,
            statuses=Counter(item.status for item in items),
            meaning=MEANING,
            outcome_name=outcome_name,
        )
    )
    return page


def _where_sites(validation: Validation) -> str:
    """The sites that the pattern was scored on, in words."""
    if validation.where is None:
        return ""
    sites = [outcome_name(site) for site in validation.where.sites if site != SEVERAL]
    return "all sites" if len(sites) == len(validation.model.layout.sites) else and_list(sites)


def _tables(validation: Validation) -> dict[str, Any]:
    comparison, where = validation.comparison, validation.where
    return {
        "outcomes": tables.outcome_table(validation),
        "counts": tables.count_table(validation.overall),
        "shifts": tables.shift_table(validation) if validation.shifts else None,
        "fields": tables.field_table(validation),
        "calibration": tables.calibration_table(validation.overall),
        "distance": tables.distance_table(validation.overall),
        "discrimination": tables.discrimination_table(validation.overall),
        "subgroups": tables.subgroup_tables(validation),
        "landmarks": [
            tables.short_table(f"Free of distant disease for {years:g} years", scored)
            for years, scored in validation.landmarks.items()
            if scored
        ],
        "where": None if where is None else tables.where_table(where),
        "pattern": None if where is None else tables.pattern_table(where),
        "comparison": [] if comparison is None else tables.comparison_tables(comparison),
        "comparison_where": None if comparison is None else tables.comparison_where_table(comparison),
        "recalibration": tables.recalibration_table(validation) if validation.recalibrated else None,
        "optimism": tables.optimism_table(validation) if validation.optimism else None,
    }


def _figures(validation: Validation) -> dict[str, Any]:
    """SVG texts: they are made by the package itself, and the words in them are escaped there."""
    drawn = [entry for entry in validation.overall if entry.curves is not None]
    comparison = validation.comparison
    compared = (
        [] if comparison is None else list(dict.fromkeys(outcome for outcome, _ in comparison.patients))
    )
    return {
        "discrimination": [_svg(figures.discrimination(drawn))] if drawn else [],
        "landmarks": [_svg(chart) for chart in landmarks.figures(validation)],
        "calibration": _by_horizon(drawn, figures.calibration),
        "decision": _by_horizon(drawn, figures.decision),
        "models": [_svg(figures.models(comparison, outcome)) for outcome in compared if comparison],
    }


def _by_horizon(drawn: list[Scored], figure: Callable[[Scored], Any]) -> dict[float, list[str]]:
    found: dict[float, list[str]] = {}
    for entry in sorted(drawn, key=lambda entry: entry.horizon):
        found.setdefault(entry.horizon, []).append(_svg(figure(entry)))
    return found


def _svg(chart: Any) -> str:
    return render(chart).decode()
