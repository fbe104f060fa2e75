"""The mapping of a table to a cohort: which column is what, how it is written; a TOML file."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Self, get_args

from pydantic import Field, model_validator

from organotropism import clinical_terms as terms
from organotropism.cohort.mapping_sections import (
    FIELDS,
    RECEPTORS,
    STATUSES,
    TIMES,
    Column,
    Further,
    Series,
    SeveralEvents,
    Site,
    Source,
    Spec,
    Times,
    Unit,
    Words,
)
from organotropism.cohort.values import UNITS
from organotropism.errors import InputError, did_you_mean, gather, one_of
from organotropism.patient_record import Record

LARGEST_MAPPING: Final = 1_000_000  # bytes


class TableMapping(Record):
    """A whole mapping.

    Attributes
    ----------
    name : label of the cohort
    series : how patients came into the table: all from diagnosis; at diagnosis only, without follow-up
        (registries); by presenting with metastases (incident: they teach where, not whether); or with
        metastases already (prevalent, which needs dates of entry)
    window_days : sites found within this time of the first are one presentation
    source : layout of the first table
    tables : further tables, by a name of their own
    only, exclude : rows used, and set aside: column to texts
    columns : fields of a patient
    times : times of a patient; may be left out where none is known, in an incident metastatic series
    sites : columns of single sites; several names may mean one site: pleura is `other`
    events : sites in long form, one table or several
    extra : other columns to keep, such as a centre, by the name they get
    """

    name: str | None = None
    series: Series = "from diagnosis"
    window_days: float = Field(default=30, ge=0, le=366)
    source: Source = Source()
    tables: dict[str, Further] = Field(default_factory=dict)
    only: dict[str, Words] = Field(default_factory=dict)
    exclude: dict[str, Words] = Field(default_factory=dict)
    columns: dict[str, Column] = Field(default_factory=dict)
    times: Times = Times(unit="years")
    sites: dict[str, Site] = Field(default_factory=dict)
    events: SeveralEvents = ()
    extra: dict[str, Column] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        checks = (_field_problems, _time_problems, _unit_problems, _table_problems)
        problems = [problem for check in checks for problem in check(self)]
        if problems:
            raise gather(problems)
        return self

    def with_window(self, days: float) -> TableMapping:
        """The mapping with another window of presentation, in days."""
        return parse_mapping(self.model_dump(exclude_unset=True) | {"window_days": days})

    def specs(self) -> Iterator[tuple[str, Spec]]:
        """Every single column with its place in the mapping, those of events aside."""
        for place, spec in self._entries():
            yield from ((place, part) for part in spec.parts)

    def _entries(self) -> Iterator[tuple[str, Spec]]:
        yield from ((f"columns.{name}", spec) for name, spec in self.columns.items())
        for name in TIMES:
            if (spec := getattr(self.times, name)) is not None:
                yield f"times.{name}", spec
        for site, columns in self.sites.items():
            for part in ("time", "found"):
                if (spec := getattr(columns, part)) is not None:
                    yield f"sites.{site}.{part}", spec
        yield from ((f"extra.{name}", spec) for name, spec in self.extra.items())


def _field_problems(mapping: TableMapping) -> Iterator[InputError]:
    for place, spec in mapping.specs():
        section, _, name = place.partition(".")
        if section != "columns":
            continue
        if name not in FIELDS:
            yield InputError(
                f"is not a field of a patient{did_you_mean(name, FIELDS)}", value=name, field=place
            )
        elif spec.format and name != "year_of_diagnosis":
            yield InputError(
                "is no date", field=place, expected="a format only for year_of_diagnosis and times"
            )
        elif spec.unit is not None and spec.unit not in UNITS.get(name, {}):
            expected = one_of(UNITS.get(name, ())) or "no unit for this field"
            yield InputError("is not a unit of this field", value=spec.unit, field=place, expected=expected)
        if spec.positive_from is not None and name not in RECEPTORS:
            expected = f"it only for {one_of(RECEPTORS)}"
            yield InputError("is for receptors", field=f"{place}.positive_from", expected=expected)
        if spec.bands and name != "age":
            yield InputError("are for ages", field=f"{place}.bands", expected="it only for age")
    yield from _several_problems(mapping)
    for name in mapping.sites:
        try:
            terms.SITE(name)
        except InputError as error:
            yield error.at(field=f"sites.{name}")
    for name in mapping.extra:
        if name in FIELDS or not name.isidentifier():
            expected = "a name of letters, digits and _, which is no field of a patient"
            yield InputError(
                "cannot be the name of a further column", value=name, field="extra", expected=expected
            )


def _several_problems(mapping: TableMapping) -> Iterator[InputError]:
    for name, spec in mapping.columns.items():
        if spec.latest_of or spec.earliest_of:
            yield InputError("are for times", field=f"columns.{name}", expected="first_of")
        if spec.ihc is not None and name != "her2":
            yield InputError("are for HER2", field=f"columns.{name}", expected="a column")
    single = {"columns.id": mapping.columns.get("id")}
    single |= {f"extra.{name}": spec for name, spec in mapping.extra.items()}
    single |= {f"times.{name}": getattr(mapping.times, name) for name in STATUSES}
    for number, events in enumerate(mapping.events, start=1):
        single |= {f"events {number}.site": events.site, f"events {number}.time": events.time}
    for place, found in single.items():
        timed = found is not None and bool(found.latest_of or found.earliest_of or found.ihc)
        if timed or (found is not None and found.column is None and not place.startswith("times.")):
            yield InputError("must be one column", field=place)


def _time_problems(mapping: TableMapping) -> Iterator[InputError]:
    times = mapping.times
    timed = [
        times.unit,
        *(spec.unit for _, spec in mapping.specs()),
        *(s.unit for _, s in _event_times(mapping)),
    ]
    if "times" not in mapping.model_fields_set and _timed(mapping):
        yield InputError("is missing", field="times.unit", expected=one_of(get_args(Unit)))
    if "dates" in timed and times.diagnosis is None:
        yield InputError("is missing", field="times.diagnosis", expected="the date of diagnosis, with dates")
    needed = {
        "from diagnosis": ("follow_up",),
        "prevalent metastatic": ("entry", "follow_up"),
    }.get(mapping.series, ())
    for name in needed:
        if getattr(times, name) is None:
            yield InputError(
                f"is needed for a series {mapping.series!r}", field=f"times.{name}", expected="a column"
            )
    alone = [name for name, site in mapping.sites.items() if site.found is None]
    if (alone or (times.distant and not times.distant_status)) and times.empty is None:
        expected = "not found or not recorded: what an empty time of distant disease or of a site means"
        yield InputError("is missing", field="times.empty", expected=expected)
    told = (mapping.sites, mapping.events, times.distant, times.distant_status, mapping.columns.get("m"))
    if not any(told):
        expected = "sites, events, times.distant, times.distant_status or columns.m"
        yield InputError("says nothing of distant disease", expected=expected)


def _timed(mapping: TableMapping) -> bool:
    """Whether any column of a time is mapped."""
    return any(site.time is not None for site in mapping.sites.values()) or any(_event_times(mapping))


def _event_times(mapping: TableMapping) -> Iterator[tuple[str, Spec]]:
    """Columns of times in long form, with their places in the mapping."""
    yield from (("events.time", events.time) for events in mapping.events if events.time is not None)


def _unit_problems(mapping: TableMapping) -> Iterator[InputError]:
    timed = [(place, spec) for place, spec in mapping.specs() if place.startswith(("times.", "sites."))]
    for place, spec in (*timed, *_event_times(mapping)):
        if spec.unit is not None and spec.unit not in get_args(Unit):
            expected = one_of(get_args(Unit))
            yield InputError("is not a unit of time", value=spec.unit, field=place, expected=expected)
    written = [*mapping.specs(), *_event_times(mapping)]
    formats = [("times", form) for form in mapping.times.format]
    formats += [(place, form) for place, spec in written for form in spec.format]
    for place, form in formats:
        if not _is_date_format(form):
            expected = "a year and directives of Python, such as %d.%m.%Y"
            yield InputError(
                "is not a format of dates", value=form, field=f"{place}.format", expected=expected
            )


def _is_date_format(form: str) -> bool:
    if "%Y" not in form and "%y" not in form:
        return False
    try:
        datetime.strptime("", form)
    except ValueError as error:
        return "does not match" in str(error)
    return False


def _table_problems(mapping: TableMapping) -> Iterator[InputError]:
    for place, spec in mapping.specs():
        if spec.table is not None and spec.table not in mapping.tables:
            hint = did_you_mean(spec.table, mapping.tables)
            yield InputError(f"is not one of the tables{hint}", value=spec.table, field=f"{place}.table")
    for number, events in enumerate(mapping.events, start=1):
        if any(spec is not None and spec.table is not None for spec in (events.site, events.time)):
            yield InputError("must stand in the table of events itself", field=f"events {number}")
    if (mapping.tables or mapping.events) and "id" not in mapping.columns:
        yield InputError("is missing", field="columns.id", expected="a column, to join further tables by")
    id_spec = mapping.columns.get("id")
    if id_spec is not None and id_spec.table is not None:
        yield InputError("must stand in the first table", field="columns.id.table")


def read_mapping(path: str | Path) -> TableMapping:
    """Read a mapping.

    Raises
    ------
    InputError
        A file that is missing, no TOML, or no mapping; the message names the key.
    """
    return parse_mapping(read_toml(path), str(path))


def read_toml(path: str | Path) -> dict[str, Any]:
    """Read the content of a mapping, or of a part of one.

    Raises
    ------
    InputError
        A file that is missing, too large or no TOML.
    """
    file = str(path)
    try:
        with open(path, "rb") as stream:
            content = stream.read(LARGEST_MAPPING + 1)
        if len(content) > LARGEST_MAPPING:
            raise InputError("is too large for a mapping", expected="at most 1 MB", file=file)
        return tomllib.loads(content.decode("utf-8-sig"))
    except InputError:
        raise
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", file=file) from None
    # Brackets without end are a RecursionError.
    except (ValueError, RecursionError) as error:
        raise InputError(f"is not valid TOML ({error})", file=file) from None


def parse_mapping(content: Mapping[str, Any], file: str | None = None) -> TableMapping:
    """Read a mapping from the content of its file.

    Raises
    ------
    InputError
        Naming the key, and the file where given.
    """
    try:
        return TableMapping(**content)
    except InputError as error:
        raise error.at(file=file) from None
