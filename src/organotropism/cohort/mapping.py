"""The mapping of a table to a cohort: which column is what, how it is written; a TOML file."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self, get_args

from pydantic import BeforeValidator, Field, model_validator

from organotropism import clinical_terms as terms
from organotropism.cohort.schema import COVARIATES
from organotropism.cohort.values import UNITS
from organotropism.errors import InputError, did_you_mean, gather, one_of
from organotropism.patient_record import Record

LARGEST_MAPPING: Final = 1_000_000  # bytes
FIELDS: Final = ("id", *COVARIATES, "m")
"""What a column of patients can be."""

TIMES: Final = ("diagnosis", "entry", "follow_up", "died", "distant", "distant_status")
"""Columns of times and statuses, as `Times` has them."""

Series = Literal["from diagnosis", "at diagnosis", "incident metastatic", "prevalent metastatic"]
Unit = Literal["days", "30-day months", "months", "years", "dates"]


def _words(value: object) -> object:
    """One text or several; numbers and yes/no as TOML has them are texts too."""
    items = value if isinstance(value, list | tuple) else [value]
    return tuple(str(item).lower() if isinstance(item, bool) else str(item) for item in items)


def _codes(value: object) -> object:
    if not isinstance(value, Mapping):
        return value
    return {
        str(key): str(word).lower() if isinstance(word, bool) else str(word) for key, word in value.items()
    }


def _column(value: object) -> object:
    return {"column": value} if isinstance(value, str) else value


Words = Annotated[tuple[str, ...], BeforeValidator(_words)]
Codes = Annotated[dict[str, str], BeforeValidator(_codes)]


class Source(Record):
    """How a text table or a workbook is laid out, where the file does not say it.

    Attributes
    ----------
    delimiter : between the cells; left out: the commonest of comma, semicolon, tab and bar in the header
    sheet : of a workbook; left out: the first
    decimal : mark of numbers, ``.`` or ``,``; left out: ``,`` where semicolons part the cells
    quotes : whether cells may stand in double quotes
    unknown : texts that mean unknown in every column, beside the usual ones
    misspelt : whether a word one letter away from a known word is read as it, and counted
    """

    delimiter: str | None = Field(default=None, min_length=1, max_length=1)
    sheet: str | None = None
    decimal: Literal[".", ","] | None = None
    quotes: bool = True
    unknown: Words = ()
    misspelt: bool = False


class Spec(Record):
    """One column and how it is written.

    Attributes
    ----------
    column : its name
    table : name of the further table that it stands in; left out: the first
    codes : text of the table to the word of the field; ``*`` for every other text
    unknown : texts that mean unknown in this column
    unit : of numbers: mm or cm, % or fraction, years, months or days; of times also dates
    format : of dates, as in Python, one or several to try: ``%d.%m.%Y``
    """

    column: str
    table: str | None = None
    codes: Codes = Field(default_factory=dict)
    unknown: Words = ()
    unit: str | None = None
    format: Words = ()


Column = Annotated[Spec, BeforeValidator(_column)]


def _several(value: object) -> object:
    return (value,) if isinstance(value, Mapping) else value


class Further(Record):
    """A further table, joined by the patient's id.

    Of several rows of a patient the first is used, and the others where it has nothing.

    Attributes
    ----------
    file : beside the first table
    id : its column of ids
    only, exclude : rows used, and not used: column to texts
    reject : rows not used, whose patients are set aside where they have no other: column to texts
    """

    file: str
    id: str
    source: Source = Source()
    only: dict[str, Words] = Field(default_factory=dict)
    exclude: dict[str, Words] = Field(default_factory=dict)
    reject: dict[str, Words] = Field(default_factory=dict)


class Times(Record):
    """Times of a patient.

    Attributes
    ----------
    unit : of all times that do not say their own; ``dates`` need `diagnosis`
    format : of all dates that do not say their own; ISO dates are always read
    day_zero : what distant disease on the day of diagnosis is where M is not known: a relapse, or stage IV
    empty : what an empty time of distant disease or of a site means, where no other column says it
    diagnosis : date of diagnosis, with dates
    entry : under observation from then on (left truncation)
    follow_up : last contact, or death
    died : whether follow-up ended with death of any cause
    distant : time of the first distant disease
    distant_status : whether there was distant disease
    """

    unit: Unit
    format: Words = ()
    day_zero: Literal["relapse", "stage IV"] = "relapse"
    empty: Literal["not found", "not recorded"] | None = None
    diagnosis: Column | None = None
    entry: Column | None = None
    follow_up: Column | None = None
    died: Column | None = None
    distant: Column | None = None
    distant_status: Column | None = None


class SiteColumns(Record):
    """Columns of one site.

    Attributes
    ----------
    time : when it was found
    found : whether it was found; alone, with a time of first distant disease: found then
    """

    time: Column | None = None
    found: Column | None = None


def _site(value: object) -> object:
    return (
        {"time": value}
        if isinstance(value, str) or (isinstance(value, Mapping) and "column" in value)
        else value
    )


class Events(Record):
    """Distant sites in long form: one row for each patient, site and time.

    Attributes
    ----------
    file : beside the first table
    id, site, time : its columns; without `time` the sites are found at an unknown time
    only, exclude : rows used, and not used: column to texts
    """

    file: str
    id: str
    site: Column
    time: Column | None = None
    source: Source = Source()
    only: dict[str, Words] = Field(default_factory=dict)
    exclude: dict[str, Words] = Field(default_factory=dict)


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
    times : times of a patient
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
    times: Times
    sites: dict[str, Annotated[SiteColumns, BeforeValidator(_site)]] = Field(default_factory=dict)
    events: Annotated[tuple[Events, ...], BeforeValidator(_several)] = ()
    extra: dict[str, Column] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        problems = [*_field_problems(self), *_time_problems(self), *_table_problems(self)]
        if problems:
            raise gather(problems)
        return self

    def with_window(self, days: float) -> TableMapping:
        """The mapping with another window of presentation, in days."""
        return parse_mapping(self.model_dump(exclude_unset=True) | {"window_days": days})

    def specs(self) -> Iterator[tuple[str, Spec]]:
        """Every column with its place in the mapping, those of events aside."""
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
    for name, spec in mapping.columns.items():
        place = f"columns.{name}"
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


def _time_problems(mapping: TableMapping) -> Iterator[InputError]:
    times = mapping.times
    dated = [times.unit, *(spec.unit for _, spec in mapping.specs())]
    if "dates" in dated and times.diagnosis is None:
        yield InputError("is missing", field="times.diagnosis", expected="the date of diagnosis, with dates")
    needed = {
        "from diagnosis": ("follow_up", "died"),
        "prevalent metastatic": ("entry", "follow_up", "died"),
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
    for place, spec in mapping.specs():
        if place.startswith("times.") and spec.unit is not None and spec.unit not in get_args(Unit):
            expected = one_of(get_args(Unit))
            yield InputError("is not a unit of time", value=spec.unit, field=place, expected=expected)


def _table_problems(mapping: TableMapping) -> Iterator[InputError]:
    for place, spec in mapping.specs():
        if spec.table is not None and spec.table not in mapping.tables:
            hint = did_you_mean(spec.table, mapping.tables)
            yield InputError(f"is not one of the tables{hint}", value=spec.table, field=f"{place}.table")
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
