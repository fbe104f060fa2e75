"""The report of a cohort: sections of tables and figures, as a page, and every number as CSV."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from organotropism.csv_files import records_csv
from organotropism.describe.baseline import NUMBERS
from organotropism.describe.description import MEANING, Description
from organotropism.describe.disclosure import HIDDEN
from organotropism.describe.groups import ALL
from organotropism.describe.table import Record, Table
from organotropism.present.description_figures import incidence_figures, upset_figures
from organotropism.present.sections import Row, Section, sections_page
from organotropism.present.validation.words import NONE, decimal, field_name, outcome_name

_YEARS: Final = (1.0, 2.0, 5.0, 10.0, 15.0, 20.0)


def write_description(description: Description, folder: Path) -> None:
    """Write ``report.html`` and a CSV file for every table into a folder that exists."""
    page = sections_page(f"Cohort {description.cohort}", list(sections(description)))
    (folder / "report.html").write_text(page, encoding="utf-8")
    for table in description.tables.values():
        content = records_csv(table.records, table.columns)
        (folder / f"{table.name}.csv").write_text(content, encoding="utf-8")


def sections(description: Description) -> Iterator[Section]:
    """The sections of the report, in order; an analysis that cannot be made is a section that says so."""
    tables = description.tables
    yield Section(note=_opening(description))
    yield _flow(tables["flow"])
    yield _baseline(tables["baseline"], description)
    yield _follow_up(tables["follow_up"])
    yield _incidence(tables)
    for figure in incidence_figures(tables["incidence"], description.groups):
        yield Section(figure=figure)
    for name, count, heading in (
        ("sites", "found", "Sites of distant disease"),
        ("only_site", "only_this_site", "One site alone"),
        ("number_of_sites", "count", "Number of sites"),
    ):
        yield from _shares(tables[name], count, heading)
    for figure in upset_figures(tables["sets_of_sites"], tables["sites"]):
        yield Section(figure=figure)
    yield from _pairs(tables["pairs_of_sites"])
    yield _next(tables["next_site"])
    yield _survival(tables["survival_after_metastasis"])
    yield Section("Files", note="Every number of this page, and more, is in the CSV files beside it.")


def _opening(description: Description) -> str:
    words = f"{description.patients:,} patients"
    if description.by:
        words += f", by {field_name(description.by)}: {', '.join(description.groups)}"
    words += f". Sites found within {description.window_days:.0f} days of the first are one presentation."
    if description.minimum > 1:
        words += (
            f" Counts below {description.minimum} are hidden, with those that would tell them within the same"
            " table; smaller groups stand together; curves end where fewer than that are at risk."
            " Tables are not protected against each other: look at them before they leave the house."
        )
    return words


def _noted(table: Table) -> str:
    return " ".join([MEANING[table.name], *table.notes])


def _count(value: Any) -> str:
    return NONE if value is None else value if isinstance(value, str) else f"{value:,}"


def _share(row: Record, digits: int = 0) -> str:
    """``51 % (47 to 56)`` of a record with share, low and high."""
    if row.get("share") is None:
        return ""
    return _per_cent(row["share"], row["low"], row["high"], digits)


def _per_cent(value: float, low: float | None, high: float | None, digits: int = 1) -> str:
    text = f"{100 * value:.{digits}f} %"
    return (
        text if low is None or high is None else f"{text} ({100 * low:.{digits}f} to {100 * high:.{digits}f})"
    )


def _flow(table: Table) -> Section:
    rows = tuple(
        Row(row["reason"], ("", _count(row["left_out"])), "quiet")
        if "reason" in row
        else Row(row["step"], (_count(row["patients"]), ""))
        for row in table.records
    )
    return Section("Flow of the patients", ("patients", "left out"), rows, _noted(table))


def _baseline(table: Table, description: Description) -> Section:
    groups = [ALL, *description.groups] if len(description.groups) > 1 else [ALL]
    sizes = {row["group"]: row["patients"] for row in reversed(table.records)}
    rows: list[Row] = []
    cells: dict[tuple[str, str], dict[str, Record]] = {}
    for row in table.records:
        cells.setdefault((row["field"], row["level"]), {})[row["group"]] = row
    last = ""
    for (field, level), by_group in cells.items():
        first = by_group[groups[0]].get("standardised_difference")
        difference = () if len(groups) == 1 else ("" if first is None else decimal(first, 2),)
        if field in NUMBERS:
            texts = tuple(_number_cell(by_group[group]) for group in groups)
            rows.append(Row(field_name(field), texts + difference))
            continue
        if field != last:
            rows.append(Row(field_name(field), ("",) * len(groups) + difference, "strong"))
            last = field
        texts = tuple(_level_cell(by_group[group]) for group in groups)
        blank = ("",) if len(groups) > 1 else ()
        rows.append(Row(f"\u00a0\u00a0\u00a0{level}", texts + blank, "quiet" if level == "not known" else ""))
    headers = tuple(f"{group} ({sizes.get(group, 0):,})" for group in groups)
    headers += () if len(groups) == 1 else ("standardised difference",)
    note = (
        f"{_noted(table)} Numbers: median (middle half); number not known."
        " Categories: number, per cent of those known."
    )
    return Section("Table 1. Patients at diagnosis", headers, tuple(rows), note)


def _number_cell(row: Record) -> str:
    if row.get("shown") == HIDDEN:
        return HIDDEN
    if not row.get("known"):
        return NONE
    digits = 0 if row["field"] in ("year_of_diagnosis", "positive_nodes", "size_mm") else 1
    middle, low, high = (f"{row[k]:.{digits}f}" for k in ("median", "lower_quartile", "upper_quartile"))
    return f"{middle} ({low} to {high}); {row['missing']:,}"


def _level_cell(row: Record) -> str:
    if row.get("shown") == HIDDEN:
        return HIDDEN
    share = row.get("share_of_known")
    return f"{row['count']:,}" + ("" if share is None else f" ({100 * share:.0f} %)")


def _follow_up(table: Table) -> Section:
    rows = tuple(
        Row(
            row["group"],
            (
                f"{row['patients']:,}",
                _count(row.get("deaths")),
                decimal(row.get("median_years"), 1),
                f"{decimal(row.get('lower_quartile'), 1)} to {decimal(row.get('upper_quartile'), 1)}",
            ),
        )
        for row in table.records
    )
    return Section("Follow-up", ("patients", "deaths", "median, years", "middle half"), rows, _noted(table))


def _incidence(tables: dict[str, Table]) -> Section:
    points = {(row["outcome"], row["group"], row["years"]): row for row in tables["incidence"].records}
    tests = {row["outcome"]: row for row in tables["gray"].records}
    last = max((years for _, _, years in points), default=0.0)
    years = [year for year in _YEARS if year <= last]
    rows = []
    for row in tables["events"].records:
        outcome, group = row["outcome"], row["group"]
        test = tests.get(outcome, {}) if group == ALL else {}
        label = outcome_name(outcome) if group == ALL else f"\u00a0\u00a0\u00a0{group}"
        told = [points.get((outcome, group, year)) for year in years]
        cells = [_count(row[name]) for name in ("patients", "events", "deaths_without")]
        cells += [NONE if p is None else _per_cent(p["incidence"], p["low"], p["high"]) for p in told]
        rows.append(Row(label, (*cells, _p_value(test)), "strong" if group == ALL else ""))
    headers = (
        "patients",
        "events",
        "deaths without",
        *(f"{year:g} year{'s' * (year != 1)}" for year in years),
        "Gray's test, p",
    )
    if not tests:
        headers, rows = headers[:-1], [Row(row.label, row.cells[:-1], row.tone) for row in rows]
    reasons = sorted({row["not_tested_because"] for row in tests.values() if "not_tested_because" in row})
    note = _noted(tables["incidence"])
    if tests:
        note += f" {MEANING['gray']}"
    if reasons:
        note += f" Not tested where {'; '.join(reasons)}."
    return Section("Cumulative incidence from diagnosis", headers, tuple(rows), note)


def _p_value(test: Record) -> str:
    p = test.get("p_value")
    return "" if p is None else "<0.001" if p < 0.001 else f"{p:.3f}"


def _shares(table: Table, count: str, heading: str) -> Iterator[Section]:
    whens = list(dict.fromkeys(row["when"] for row in table.records))
    if not whens:
        if table.notes:
            yield Section(heading, note=" ".join(table.notes))
        return
    key = table.columns[2]
    for when in whens:
        own = [row for row in table.records if row["when"] == when]
        groups = list(dict.fromkeys(row["group"] for row in own))
        sizes = {row["group"]: row.get("patients") for row in own}
        found = {(row[key], row["group"]): row for row in own}
        rows = tuple(
            Row(outcome_name(str(level)), tuple(_found(found[level, group], count) for group in groups))
            for level in dict.fromkeys(row[key] for row in own)
        )
        headers = tuple(f"{group} ({_count(sizes[group])})" for group in groups)
        note = _noted(table) if when == whens[-1] else ""
        yield Section(f"{heading}: {when}", headers, rows, note)


def _found(row: Record, count: str) -> str:
    if row.get("share") is None:
        return HIDDEN
    return f"{row[count]:,}: {_share(row)}"


def _pairs(table: Table) -> Iterator[Section]:
    for when in dict.fromkeys(row["when"] for row in table.records):
        rows = tuple(
            Row(
                f"{outcome_name(row['site'])} and {outcome_name(row['other_site'])}",
                (
                    _count(row.get("both", HIDDEN)),
                    decimal(row.get("expected"), 1),
                    decimal(row.get("ratio"), 2),
                    NONE if row.get("low") is None else f"{row['low']:.2f} to {row['high']:.2f}",
                ),
            )
            for row in table.records
            if row["when"] == when
        )
        headers = ("both", "expected", "observed / expected", "95 % interval")
        yield Section(f"Pairs of sites: {when}", headers, rows, _noted(table))


def _next(table: Table) -> Section:
    firsts = list(dict.fromkeys(row["first_site"] for row in table.records))
    sizes = {row["first_site"]: row["patients"] for row in table.records}
    kinds = list(dict.fromkeys(row["next_site"] for row in table.records))
    # The order of the sites, with what is no site last.
    kinds = [kind for kind in firsts if kind in kinds] + [kind for kind in kinds if kind not in firsts]
    cells = {(row["first_site"], row["next_site"]): row for row in table.records}
    rows = tuple(
        Row(f"{outcome_name(a)} ({sizes[a]:,})", tuple(_next_cell(cells.get((a, b))) for b in kinds))
        for a in firsts
    )
    note = f"{_noted(table)} Patients, median years to it; incidence within two years is in next_site.csv."
    headers = tuple(outcome_name(kind) for kind in kinds)
    return Section("First site (rows) to next site", headers, rows, note if rows else " ".join(table.notes))


def _next_cell(row: Record | None) -> str:
    if row is None:
        return ""
    if row.get("count") is None:
        return HIDDEN
    median = row.get("median_years")
    return f"{row['count']:,}" + ("" if median is None else f"; {median:.1f}")


def _survival(table: Table) -> Section:
    rows, last = [], ""
    for row in table.records:
        if row["strata"] not in (last, ALL):
            rows.append(Row(field_name(row["strata"]), ("",) * 6, "strong"))
        last = row["strata"]
        if row.get("patients") is None:
            rows.append(Row(row["stratum"], (HIDDEN,) * 2 + (NONE,) * 4))
            continue
        median = decimal(row.get("median_years"), 2)
        if row.get("median_low") is not None:
            median += f" ({decimal(row['median_low'], 2)} to {decimal(row.get('median_high'), 2)})"
        cells = [f"{row['patients']:,}", f"{row['deaths']:,}", median]
        for years in ("1", "2", "5"):
            value = row.get(f"survival_{years}_years")
            ends = (row.get(f"low_{years}_years"), row.get(f"high_{years}_years"))
            cells.append(NONE if value is None else _per_cent(value, *ends, 0))
        rows.append(Row(row["stratum"], tuple(cells)))
    headers = ("patients", "deaths", "median, years", "1 year", "2 years", "5 years")
    note = _noted(table) if rows else " ".join(table.notes)
    return Section("Survival after the first distant disease", headers if rows else (), tuple(rows), note)
