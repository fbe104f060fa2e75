"""The table reader: a table and a mapping become a cohort and the account of every row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from organotropism import clinical_terms as terms
from organotropism.cohort.cells import Cells, marks_in
from organotropism.cohort.columns import Column, Outcome, read_distinct
from organotropism.cohort.draft import Draft
from organotropism.cohort.events import add_events, read_sites
from organotropism.cohort.mapping import TableMapping
from organotropism.cohort.mapping_sections import Events, Further, SiteColumns
from organotropism.cohort.numbers import decimal_mark
from organotropism.cohort.reading import Clock, choices, coding_of, format_of
from organotropism.cohort.report import Account, Report
from organotropism.cohort.resolve import resolve, set_repeats_aside
from organotropism.cohort.schema import Cohort
from organotropism.cohort.source import Progress, Table, read_table
from organotropism.cohort.times import DEATH, LONGEST, YES_NO
from organotropism.cohort.values import Coding, read_covariate
from organotropism.errors import InputError
from organotropism.vocabulary import SITES

if TYPE_CHECKING:
    import polars as pl

_PATIENTS: Final = "patients"
#: Name of the column of ids while tables are joined; no table has it.
_KEY: Final = "\0patient"
Array = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Import:
    """What a reader returns.

    Attributes
    ----------
    cohort : the patients that can be used, None where there are none, or where they went to a file
    report : the account of every row
    problem : why there is no cohort
    """

    cohort: Cohort | None
    report: Report
    problem: InputError | None = None


def import_table(
    path: str | Path,
    mapping: TableMapping,
    progress: Progress | None = None,
    *,
    reader_name: str = "table",
    derived: Mapping[str, Table] | None = None,
) -> Import:
    """Read a cohort from a table, and from the further tables that the mapping names.

    Parameters
    ----------
    path : a .csv, .tsv, .txt, .parquet, .xlsx, .xls or .ods file; further tables lie beside it
    mapping : which column is what
    progress : called with the number of rows of each part as it was read
    reader_name : name of the reader in the report
    derived : tables that are no files but were made of some, by the name that the mapping gives them

    Raises
    ------
    InputError
        A file that cannot be read as a table, or a column that is not there. Rows that cannot be used are no
        error: the report counts them.
    """
    reader = _Reader(Path(path), mapping, Report(reader_name), progress, derived or {})
    draft = reader.draft()
    try:
        cohort = resolve(
            draft,
            mapping.name or Path(path).stem,
            series=mapping.series,
            window_years=mapping.window_days / 365.25,
            day_zero_is_stage_iv=mapping.times.day_zero == "stage IV",
        )
    except InputError as error:
        return Import(None, draft.report, error.at(file=str(path)))
    return Import(cohort, draft.report)


class _Reader:
    """One import: the tables, joined by the patient's id, and the account of them."""

    def __init__(
        self,
        path: Path,
        mapping: TableMapping,
        report: Report,
        progress: Progress | None,
        derived: Mapping[str, Table],
    ) -> None:
        self.path, self.mapping, self.report, self.progress = path, mapping, report, progress
        self.derived = derived
        self.table, _ = self._read(path.name, mapping, _PATIENTS, self._wanted(None))
        self.ids = self._ids()
        self.chosen = np.ones(len(self.table.rows), bool)
        for reason, rows in choices(self.table.frame, mapping.only, mapping.exclude):
            self.report.patients.set_aside(reason, self.table.rows[rows & self.chosen])
            self.chosen &= ~rows
        joined = {name: self._join(name, further) for name, further in mapping.tables.items()}
        self.cells = Cells(mapping, self.table, joined, self.report, self.chosen)

    def draft(self) -> Draft:
        """Read every column; afterwards the account holds every cell."""
        import polars as pl

        mapping, times, cells = self.mapping, self.mapping.times, self.cells
        diagnosis = cells.diagnosis()
        clock = Clock(times.unit, times.format, None if diagnosis is None else _years(diagnosis))
        specs = {name: spec for name, spec in mapping.columns.items() if name not in {"id", "m"}}
        end = None if times.follow_up is None else cells.time("follow_up", times.follow_up, clock)
        distant = None if times.distant is None else cells.time("distant", times.distant, clock)
        died = cells.status("died", times.died, DEATH, "times.died")
        draft = Draft(
            report=self.report,
            rows=self.table.rows,
            ids=self.ids,
            covariates={name: cells.covariate(name, spec) for name, spec in specs.items()},
            m=cells.covariate("m", mapping.columns["m"]) if "m" in mapping.columns else None,
            died=pl.Series("died", [None] * len(self.ids), pl.Boolean) if died is None else died,
            deaths_told=died is not None,
            entry=None if times.entry is None else _years(cells.time("entry", times.entry, clock)),
            follow_up=None if end is None else _years(end),
            status=cells.status("distant_status", times.distant_status, YES_NO, "times.distant_status"),
            distant=None if distant is None else _with_empty(distant, self._empty(times.distant_status)),
            extra=self._extra(),
        )
        draft.keep, draft.chosen = self.chosen.copy(), self.chosen
        if distant is not None:
            draft.mark(distant)
        draft.no_follow_up = dict(_reasons(diagnosis, end))
        if not mapping.events and times.no_column == "not recorded" and mapping.sites:
            named = {terms.SITE(name) for name in mapping.sites}
            alone = times.empty == "not found" and times.distant is None and times.distant_status is None
            draft.leave_open([site not in named for site in SITES], told=alone)
        elif not mapping.events and times.no_column == "not recorded":
            draft.site_time[:] = np.nan
        for name, columns in mapping.sites.items():
            self._site(draft, name, columns, clock)
        # Before the events, which are entered at the first row of each id.
        set_repeats_aside(draft)
        for events in mapping.events:
            self._events(draft, events, clock)
        return draft

    def _empty(self, status: object) -> str | None:
        """What an empty time means: where a status says whether, nothing."""
        return self.mapping.times.empty if status is None else "not recorded"

    def _wanted(self, table: str | None) -> list[str]:
        return [spec.name for _, spec in self.mapping.specs() if spec.table == table]

    def _read(
        self, file: str, layout: TableMapping | Further | Events, role: str, columns: list[str]
    ) -> tuple[Table, Account]:
        """A table and its account, with the rows that are no records set aside."""
        reject = layout.reject if isinstance(layout, Further) else {}
        wanted = list(dict.fromkeys([*columns, *layout.only, *layout.exclude, *reject]))
        if file in self.derived:
            table = self.derived[file]
        else:
            path = self.path.parent / file
            table = read_table(path, wanted, format_of(layout.source), progress=self.progress)
        if table.other_encoding:
            self.report.note(f"{table.file}: not UTF-8, read as Windows-1252", table.other_encoding)
        account = Account(table.file, role, table.read)
        for reason, rows in table.faults.items():
            account.set_aside(reason, rows)
        if file not in self.derived or role == _PATIENTS:
            self.report.tables.append(account)
        return table, account

    def _ids(self) -> pl.Series:
        import polars as pl

        spec = self.mapping.columns.get("id")
        if spec is None:
            self.report.note("no column of ids: patients are numbered by their rows")
            return pl.Series("id", self.table.rows).cast(pl.String)
        coding = coding_of(spec, self.mapping.source)
        return read_covariate("id", self.table.frame[spec.name], coding).values

    def _join(self, name: str, further: Further) -> tuple[pl.DataFrame, Table]:
        """The further table with one row for each row of the first, empty where it has none; and itself."""
        import polars as pl

        table, account = self._read(further.file, further, f"table {name}", [*self._wanted(name), further.id])
        kept = np.ones(len(table.rows), bool)
        ids = table.frame[further.id]
        nobody = _numbers(self.ids, ids) < 0
        chosen = list(choices(table.frame, further.only, further.exclude))
        rejected = list(choices(table.frame, {}, further.reject))
        for reason, rows in (*chosen, *rejected, ("no such patient in the first table", nobody)):
            account.set_aside(reason, table.rows[rows & kept])
            kept &= ~rows
        frame = table.frame.filter(pl.Series(kept))
        again = ~frame[further.id].is_first_distinct().to_numpy()
        account.set_aside(
            "a further row of the same patient, used where the first has nothing", table.rows[kept][again]
        )
        for reason, rows in rejected:
            self._reject(f"{table.file}: {reason}", ids.filter(pl.Series(rows)), frame[further.id])
        key = pl.col(further.id).alias(_KEY)
        first = frame.group_by(key, maintain_order=True).agg(pl.all().drop_nulls().first())
        aligned = self.ids.to_frame(_KEY).join(first, on=_KEY, how="left", maintain_order="left")
        return aligned, table

    def _reject(self, reason: str, ids: pl.Series, present: pl.Series) -> None:
        """Set patients aside who have such rows and no other."""
        rejected = self.ids.is_in(ids.drop_nulls().to_list()) & ~self.ids.is_in(
            present.drop_nulls().to_list()
        )
        rows = rejected.fill_null(value=False).to_numpy() & self.chosen
        self.report.patients.set_aside(reason, self.table.rows[rows])
        self.chosen &= ~rows

    def _extra(self) -> pl.DataFrame | None:
        import polars as pl

        columns = []
        for name, spec in self.mapping.extra.items():
            texts, coding = self.cells.place(spec)
            columns.append(read_distinct(texts, partial(_decoded, coding), pl.String).values.alias(name))
        return pl.DataFrame(columns) if columns else None

    def _site(self, draft: Draft, name: str, columns: SiteColumns, clock: Clock) -> None:
        """Enter the columns of one site; of several of the same site the earliest counts."""
        k = SITES.index(terms.SITE(name))
        label, n = f"site {name}", len(draft)
        time = np.full(n, np.nan)
        if columns.time is not None:
            column = self.cells.time(label, columns.time, clock)
            time = _with_empty(column, self._empty(columns.found))
            draft.mark(column)
        found = self.cells.status(f"{label} found", columns.found, YES_NO, f"sites.{name}.found")
        if found is not None:
            yes = found.fill_null(value=False).to_numpy()
            no = (~found).fill_null(value=False).to_numpy()
            dateless = yes & ~np.isfinite(time)
            (draft.undated if columns.time is not None else draft.at_first)[:, k] |= dateless
            time = np.where(no & ~np.isfinite(time), np.inf, np.where(dateless, np.inf, time))
        before = draft.site_time[:, k]
        draft.site_time[:, k] = _earliest(before, time)

    def _events(self, draft: Draft, events: Events, clock: Clock) -> None:
        """Enter sites in long form."""
        specs = [events.site] if events.time is None else [events.site, events.time]
        columns = [events.id, *(spec.name for spec in specs)]
        table, account = self._read(events.file, events, "events", columns)
        kept = np.ones(len(table.rows), bool)
        for reason, rows in choices(table.frame, events.only, events.exclude):
            account.set_aside(reason, table.rows[rows & kept])
            kept &= ~rows
        place = np.flatnonzero(kept)
        frame, numbers = table.frame[place], table.rows[place]
        patient = _numbers(self.ids, frame[events.id])
        chosen = patient >= 0
        chosen[chosen] = draft.keep[patient[chosen]]
        sites = read_sites(frame[events.site.name], coding_of(events.site, events.source))
        self.report.column("events site", events.site.name, sites, numbers, chosen)
        years = np.full(len(numbers), np.nan)
        if events.time is not None:
            texts = frame[events.time.name]
            coding = coding_of(events.time, events.source)
            clock, days = clock.of(patient), clock.unit_of(events.time) == "days"
            if clock.unit_of(events.time) != "dates":
                marks = marks_in(texts, events.source, table, decimal_mark([texts]), whole=days)
                coding = replace(coding, marks=marks)
            column = clock.read(texts, events.time, coding)
            self.report.column("events time", events.time.name, column, numbers, chosen)
            years = _years(column)
            draft.untold[patient[column.failed & (patient >= 0)]] = True
        add_events(draft, account, patient, sites, years, numbers)


def _decoded(coding: Coding, value: object) -> Outcome:
    return Outcome(coding.decoded(value))


def _years(column: Column) -> Array:
    """Values (n,), NaN where there are none."""
    return column.values.to_numpy().astype(float)


def _reasons(diagnosis: Column | None, end: Column | None) -> Iterator[tuple[str, Bools]]:
    """Why a follow-up time is not known, each with its rows (n,), the likeliest cause first."""
    impossible = "before 1930, or in the future"
    if diagnosis is not None:
        yield f"date of diagnosis {impossible}", diagnosis.out_of_range
        yield "date of diagnosis that cannot be read", diagnosis.unknown_code
        yield "no date of diagnosis", diagnosis.missing
    if end is not None:
        beyond = f"longer than {LONGEST:g} years" if diagnosis is None else impossible
        yield f"follow-up {beyond}", end.out_of_range
        yield "follow-up time that cannot be read", end.unknown_code


def _with_empty(column: Column, empty: str | None) -> Array:
    """Times (n,), where an empty cell means not found, if so; what cannot be read is not recorded."""
    times = _years(column)
    return np.where(column.missing, np.inf, times) if empty == "not found" else times


def _earliest(a: Array, b: Array) -> Array:
    """The earlier time of two; a site that one column does not find is only as known as the other says."""
    known = np.fmin(a, b)
    return np.where(np.isposinf(known) & (np.isnan(a) | np.isnan(b)), np.nan, known)


def _numbers(ids: pl.Series, texts: pl.Series) -> NDArray[np.int64]:
    """The number of the first patient of each id, -1 where there is none."""
    import polars as pl

    known = pl.DataFrame({"id": ids, "at": np.arange(len(ids))}).drop_nulls().unique("id", keep="first")
    rows = pl.DataFrame({"id": texts}).join(known, on="id", how="left", maintain_order="left")
    return rows["at"].fill_null(-1).to_numpy()
