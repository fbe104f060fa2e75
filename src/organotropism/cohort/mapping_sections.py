"""Sections of a mapping: columns and how they are written, further tables, times, sites, events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from organotropism.cohort.schema import COVARIATES
from organotropism.errors import InputError
from organotropism.patient_record import Record

FIELDS: Final = ("id", *COVARIATES, "m")
"""What a column of patients can be."""

TIMES: Final = ("diagnosis", "entry", "follow_up", "died", "distant", "distant_status")
"""Columns of times and statuses, as `Times` has them."""

STATUSES: Final = ("died", "distant_status")
"""Those that are yes or no."""

RECEPTORS: Final = ("er", "pr", "her2")

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
    if isinstance(value, str):
        return {"column": value}
    # TOML reads "latest of" as well as latest_of.
    return (
        {str(k).replace(" of", "_of"): v for k, v in value.items()} if isinstance(value, Mapping) else value
    )


def _columns(value: object) -> object:
    return tuple(map(_column, value)) if isinstance(value, list | tuple) else value


Column = Annotated["Spec", BeforeValidator(_column)]
Several = Annotated[tuple["Spec", ...], BeforeValidator(_columns)]
Words = Annotated[tuple[str, ...], BeforeValidator(_words)]
Codes = Annotated[dict[str, str], BeforeValidator(_codes)]


class Source(Record):
    """How a text table or a workbook is laid out, where the file does not say it.

    Attributes
    ----------
    delimiter : between the cells; left out: the commonest of comma, semicolon, tab and bar in the header
    sheet : of a workbook; left out: the first
    skip : rows above the header that are none of the table, such as a title
    decimal : mark of numbers, ``.`` or ``,``; left out: the one that the numbers show, else ``,`` where
        semicolons part the cells
    quotes : whether cells may stand in double quotes
    unknown : texts that mean unknown in every column, beside the usual ones
    misspelt : whether a word one letter away from a known word is read as it, and counted
    """

    delimiter: str | None = Field(default=None, min_length=1, max_length=1)
    sheet: str | None = None
    skip: int = Field(default=0, ge=0, le=1000)
    decimal: Literal[".", ","] | None = None
    quotes: bool = True
    unknown: Words = ()
    misspelt: bool = False


class Spec(Record):
    """One column and how it is written; or several columns that tell one thing.

    Attributes
    ----------
    column : its name
    table : name of the further table that it stands in; left out: the first
    codes : text of the table to the word of the field; ``*`` for every other text
    unknown : texts that mean unknown in this column
    unit : of numbers: mm or cm, % or fraction, years, months or days; of times also dates
    format : of dates, as in Python, one or several to try: ``%d.%m.%Y``
    positive_from : of a receptor measured as an amount: positive from this value on
    bands : whether ages stand in bands such as 50-54, each taken as its middle
    first_of : several columns: the first in which something can be read
    latest_of, earliest_of : several columns of times: the latest, or the earliest, of them
    ihc, ish : two columns of HER2: a conclusive in situ hybridisation decides, else immunohistochemistry
    """

    column: str | None = None
    table: str | None = None
    codes: Codes = Field(default_factory=dict)
    unknown: Words = ()
    unit: str | None = None
    format: Words = ()
    positive_from: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    bands: bool = False
    first_of: Several = ()
    latest_of: Several = ()
    earliest_of: Several = ()
    ihc: Column | None = None
    ish: Column | None = None

    @model_validator(mode="after")
    def _check_form(self) -> Self:
        both = self.ihc is not None and self.ish is not None
        if (self.ihc is not None) + (self.ish is not None) == 1:
            raise InputError("are needed together", field="ihc and ish", expected="the two columns of HER2")
        forms = (self.column is not None, *map(bool, (self.first_of, self.latest_of, self.earliest_of)), both)
        if sum(forms) != 1:
            expected = "the name of a column, or one of first_of, latest_of and earliest_of"
            raise InputError("is missing" if not any(forms) else "is told twice", expected=expected)
        own = self.model_fields_set - {"column", "first_of", "latest_of", "earliest_of", "ihc", "ish"}
        if self.column is None and own:
            raise InputError("belongs to the single columns", field=min(own))
        if any(part.column is None for part in self.parts):
            raise InputError("cannot be combined once more", expected="single columns")
        return self

    @property
    def name(self) -> str:
        """Name of the column, of a single one."""
        assert self.column is not None
        return self.column

    @property
    def parts(self) -> tuple[Spec, ...]:
        """The single columns."""
        pair = (self.ish, self.ihc) if self.ihc and self.ish else ()
        several = (*self.first_of, *self.latest_of, *self.earliest_of, *pair)
        return several if self.column is None else (self,)


Spec.model_rebuild()


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
    no_column : what it means that a site has no column in `sites`, where there are no `events`
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
    no_column: Literal["not found", "not recorded"] = "not recorded"
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
        if isinstance(value, str) or (isinstance(value, Mapping) and not {"time", "found"} & value.keys())
        else value
    )


Site = Annotated[SiteColumns, BeforeValidator(_site)]


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


def _several(value: object) -> object:
    return (value,) if isinstance(value, Mapping) else value


SeveralEvents = Annotated[tuple[Events, ...], BeforeValidator(_several)]
