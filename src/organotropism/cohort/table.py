"""The table reader: a table and a mapping become a cohort and the account of every row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from organotropism import clinical_terms as terms
from organotropism.cohort.columns import Column, Outcome, read_distinct
from organotropism.cohort.draft import Draft
from organotropism.cohort.events import add_events, read_sites
from organotropism.cohort.mapping import TableMapping
from organotropism.cohort.mapping_sections import Events, Further, SiteColumns, Spec
from organotropism.cohort.reading import Clock, choices, coding_of, format_of
from organotropism.cohort.report import Account, Report
from organotropism.cohort.resolve import resolve, set_repeats_aside
from organotropism.cohort.schema import Cohort
from organotropism.cohort.source import Progress, Table, read_table
from organotropism.cohort.times import DEATH, YES_NO, read_dates, read_status, read_years
from organotropism.cohort.values import UNITS, Coding, read_covariate
from organotropism.errors import InputError
from organotropism.patient_values import Choice
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
        self.joined = {name: self._join(name, further) for name, further in mapping.tables.items()}

    def draft(self) -> Draft:
        """Read every column; afterwards the account holds every cell."""
        mapping, times = self.mapping, self.mapping.times
        clock = Clock(times.unit, times.format, self._diagnosis())
        specs = {name: spec for name, spec in mapping.columns.items() if name not in {"id", "m"}}
        draft = Draft(
            report=self.report,
            rows=self.table.rows,
            ids=self.ids,
            covariates={name: self._covariate(name, spec) for name, spec in specs.items()},
            m=self._covariate("m", mapping.columns["m"]) if "m" in mapping.columns else None,
            died=self._died(),
            entry=self._time("entry", times.entry, clock),
            follow_up=self._time("follow_up", times.follow_up, clock),
            status=self._status("distant_status", times.distant_status, YES_NO),
            distant=self._distant(clock),
            extra=self._extra(),
        )
        draft.keep = self.chosen.copy()
        if not mapping.events and times.no_column == "not recorded":
            named = {terms.SITE(name) for name in mapping.sites}
            draft.site_time[:, [site not in named for site in SITES]] = np.nan
        for name, columns in mapping.sites.items():
            self._site(draft, name, columns, clock)
        # Before the events, which are entered at the first row of each id.
        set_repeats_aside(draft)
        for events in mapping.events:
            self._events(draft, events, clock)
        return draft

    def _wanted(self, table: str | None) -> list[str]:
        return [spec.column for _, spec in self.mapping.specs() if spec.table == table]

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
        coding = coding_of(spec, self.mapping.source, self.table)
        return read_covariate("id", self.table.frame[spec.column], coding).values

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

    def _place(self, spec: Spec, factor: float = 1.0) -> tuple[pl.Series, Coding]:
        """The cells of a column, and how they are written."""
        if spec.table is None:
            return self.table.frame[spec.column], coding_of(spec, self.mapping.source, self.table, factor)
        frame, table = self.joined[spec.table]
        return frame[spec.column], coding_of(spec, self.mapping.tables[spec.table].source, table, factor)

    def _count(self, name: str, spec: Spec, column: Column) -> Column:
        source = spec.column if spec.table is None else f"{spec.table}: {spec.column}"
        self.report.column(name, source, column, self.table.rows, self.chosen)
        return column

    def _covariate(self, name: str, spec: Spec) -> Column:
        factor = UNITS.get(name, {}).get(spec.unit or "", 1.0)
        texts, coding = self._place(spec, factor)
        if spec.format:
            texts, coding = read_years(texts, spec.format, coding), replace(coding, codes={})
        return self._count(name, spec, read_covariate(name, texts, coding))

    def _status(self, name: str, spec: Spec | None, choice: Choice) -> pl.Series | None:
        if spec is None:
            return None
        texts, coding = self._place(spec)
        return self._count(name, spec, read_status(texts, choice, coding)).values

    def _died(self) -> pl.Series:
        import polars as pl

        died = self._status("died", self.mapping.times.died, DEATH)
        return pl.Series("died", [None] * len(self.ids), dtype=pl.Boolean) if died is None else died

    def _diagnosis(self) -> Array | None:
        spec = self.mapping.times.diagnosis
        if spec is None:
            return None
        texts, coding = self._place(spec)
        dates = read_dates(texts, spec.format or self.mapping.times.format, coding)
        days = self._count("diagnosis", spec, dates).values.to_numpy().astype(float)
        return np.where(np.isfinite(days), days, np.nan)

    def _time(self, name: str, spec: Spec | None, clock: Clock) -> Array | None:
        """Years since diagnosis, (n,), NaN where missing."""
        if spec is None:
            return None
        texts, coding = self._place(spec)
        return self._count(name, spec, clock.read(texts, spec, coding)).values.to_numpy().astype(float)

    def _distant(self, clock: Clock) -> Array | None:
        spec, times = self.mapping.times.distant, self.mapping.times
        if spec is None:
            return None
        texts, coding = self._place(spec)
        column = self._count("distant", spec, clock.read(texts, spec, coding))
        return _with_empty(column, times.empty if times.distant_status is None else "not recorded")

    def _extra(self) -> pl.DataFrame | None:
        import polars as pl

        columns = []
        for name, spec in self.mapping.extra.items():
            texts, coding = self._place(spec)
            columns.append(read_distinct(texts, partial(_decoded, coding), pl.String).values.alias(name))
        return pl.DataFrame(columns) if columns else None

    def _site(self, draft: Draft, name: str, columns: SiteColumns, clock: Clock) -> None:
        """Enter the columns of one site; of several of the same site the earliest counts."""
        k = SITES.index(terms.SITE(name))
        label, n = f"site {name}", len(draft)
        empty = self.mapping.times.empty if columns.found is None else "not recorded"
        time = np.full(n, np.nan)
        if columns.time is not None:
            texts, coding = self._place(columns.time)
            column = self._count(label, columns.time, clock.read(texts, columns.time, coding))
            time = _with_empty(column, empty)
        if columns.found is not None:
            found = self._status(f"{label} found", columns.found, YES_NO)
            assert found is not None
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
        columns = [events.id, *(spec.column for spec in specs)]
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
        sites = read_sites(frame[events.site.column], coding_of(events.site, events.source, table))
        self.report.column("events site", events.site.column, sites, numbers, chosen)
        years = np.full(len(numbers), np.nan)
        if events.time is not None:
            coding = coding_of(events.time, events.source, table)
            column = clock.of(patient).read(frame[events.time.column], events.time, coding)
            self.report.column("events time", events.time.column, column, numbers, chosen)
            years = column.values.to_numpy().astype(float)
        add_events(draft, account, patient, sites, years, numbers)


def _decoded(coding: Coding, value: object) -> Outcome:
    return Outcome(coding.decoded(value))


def _with_empty(column: Column, empty: str | None) -> Array:
    """Times (n,), where an empty cell means not found, if so; what cannot be read is not recorded."""
    times = column.values.to_numpy().astype(float)
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
