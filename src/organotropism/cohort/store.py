"""A cohort on disk: one Parquet file, or CSV for other programs and for reading.

One row a patient: ``id``, covariates, ``entry``, ``follow_up``, ``distant``, ``died``, ``followed``,
``site_time.<site>``, ``unknown_time`` where members of a metastatic series presented at a time not recorded,
and ``extra.<name>`` for further columns. Times are years since diagnosis; ``inf`` did
not happen by ``follow_up``, empty (null) was not recorded. Name, sites, window and format version are
metadata of the Parquet file (with the cohort's random id), and a first line of JSON after ``#`` in CSV.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from organotropism.cohort.checks import check
from organotropism.cohort.identity import new_id
from organotropism.cohort.schema import COVARIATES, WINDOW_YEARS, Cohort
from organotropism.cohort.values import covariate_type, read_covariate
from organotropism.csv_files import escapes, unescaped_frame, write_frame
from organotropism.errors import InputError
from organotropism.files import new_file
from organotropism.parquet_files import refusing_damage

if TYPE_CHECKING:
    import polars as pl

FORMAT: Final = "organotropism-cohort/1"
SITE, EXTRA = "site_time.", "extra."
_KEY: Final = "organotropism"
#: Says in the head of a CSV file that its text is escaped for spreadsheets.
_TEXT, _ESCAPED = "text", "escaped"
_TIMES: Final = ("entry", "follow_up", "distant")
_FLAGS: Final = ("died", "followed")
_UNKNOWN_TIME: Final = "unknown_time"
_LONGEST_HEAD: Final = 100_000
#: Patients that are encoded at once, so that memory does not hold the file beside the cohort.
_ROWS_AT_ONCE: Final = 20_000
Array = NDArray[np.float64]


def write_cohort(cohort: Cohort, path: str | Path) -> None:
    """Write a cohort; the ending of the name says how: ``.parquet`` or ``.csv``.

    Parameters
    ----------
    cohort : must pass `checks.check`
    path : replaced where it exists, and only once the new file is whole

    Raises
    ------
    InputError
        Another ending, an inconsistent cohort, or a file that cannot be written.
    """
    kind = _ending(Path(path))
    _refuse_inconsistent(cohort, str(path))
    frame = to_frame(cohort)
    head = _head_of(cohort.name, cohort.sites, cohort.window_years, cohort.cohort_id)
    with new_file(path) as part:
        if kind == ".parquet":
            frame.write_parquet(part, metadata={_KEY: json.dumps(head)}, row_group_size=_ROWS_AT_ONCE)
        else:
            # The head says so: a file of another hand may hold apostrophes of its own.
            head |= {_TEXT: _ESCAPED} if escapes() else {}
            with open(part, "wb") as file:
                file.write(f"# {json.dumps(head)}\n".encode())
                write_frame(frame, file)


def join_cohorts(files: Sequence[Path], path: str | Path, name: str) -> None:
    """Write one cohort of several that `write_cohort` wrote; no file is held whole.

    Parameters
    ----------
    files : Parquet, of the same sites and window; no patient is in two of them
    path : of a Parquet file; replaced where it exists, and only once the new file is whole
    name : of the whole cohort

    Raises
    ------
    InputError
        A file that cannot be written.
    """
    import polars as pl

    first = json.loads(pl.read_parquet_metadata(files[0])[_KEY])
    head = _head_of(name, first["sites"], first["window_years"], new_id())
    whole = pl.concat([pl.scan_parquet(file, glob=False) for file in files], how="diagonal")
    with new_file(path) as part:
        whole.sink_parquet(part, metadata={_KEY: json.dumps(head)}, row_group_size=_ROWS_AT_ONCE)


def _head_of(name: str, sites: Sequence[str], window_years: float, cohort_id: str | None) -> dict[str, Any]:
    head = {"format": FORMAT, "name": name, "sites": list(sites), "window_years": window_years}
    return head if cohort_id is None else head | {"cohort_id": cohort_id}


def to_frame(cohort: Cohort) -> pl.DataFrame:
    """The cohort as one frame, in the columns that the files have."""
    import polars as pl

    columns = {name: getattr(cohort, name) for name in (*_TIMES, *_FLAGS)}
    if cohort.unknown_time is not None:
        columns[_UNKNOWN_TIME] = cohort.unknown_time
    columns |= {f"{SITE}{site}": cohort.site_time[:, k] for k, site in enumerate(cohort.sites)}
    times = pl.DataFrame(columns).with_columns(pl.selectors.float().fill_nan(None))
    parts = [cohort.covariates, times]
    if cohort.extra is not None:
        parts.append(cohort.extra.select(pl.all().name.prefix(EXTRA)))
    return pl.concat(parts, how="horizontal")


def read_cohort(path: str | Path) -> Cohort:
    """Read a cohort that `write_cohort` wrote.

    Raises
    ------
    InputError
        A file that is missing, damaged, of another format or version, or whose patients are inconsistent;
        values of patients are not shown.
    """
    source, file = Path(path), str(path)
    kind = _ending(source)
    with _readable(file):
        frame, head = _read_parquet(source) if kind == ".parquet" else _read_csv(source)
        cohort = from_frame(frame, name=source.stem, head=head)
    _refuse_inconsistent(cohort, file)
    return cohort


def from_frame(frame: pl.DataFrame, name: str, head: dict[str, Any] | None = None) -> Cohort:
    """Build a cohort from one frame in the columns of the files.

    Parameters
    ----------
    frame : texts are converted where needed
    name : label where `head` gives none
    head : name, sites and window of the file's metadata

    Raises
    ------
    InputError
        A column that is missing or not one of a cohort, or a value of the wrong kind.
    """
    import polars as pl

    head = head or {}
    sites = tuple(head.get("sites") or (c.removeprefix(SITE) for c in frame.columns if c.startswith(SITE)))
    covariates = ["id", *COVARIATES]
    needed = ["id", *_TIMES, *_FLAGS, *(f"{SITE}{site}" for site in sites)]
    extra = [column for column in frame.columns if column.startswith(EXTRA)]
    _refuse_columns(frame.columns, needed, {*covariates, *needed, *extra, _UNKNOWN_TIME})
    columns: dict[str, Any] = {c: _cast(frame[c], pl.Float64).fill_null(np.nan).to_numpy() for c in _TIMES}
    for flag in (name for name in (*_FLAGS, _UNKNOWN_TIME) if name in frame.columns):
        column = _cast(frame[flag], pl.Boolean)
        if column.null_count():
            raise InputError("is missing in some rows", field=flag, expected="true or false")
        columns[flag] = column.to_numpy()
    times = [_cast(frame[f"{SITE}{site}"], pl.Float64).fill_null(np.nan).to_numpy() for site in sites]
    return Cohort(
        name=str(head.get("name") or name),
        covariates=_covariates(frame.select(c for c in frame.columns if c in covariates)),
        sites=sites,
        site_time=np.array(times, float).reshape(len(sites), len(frame)).T.copy(),
        window_years=float(head.get("window_years") or WINDOW_YEARS),
        cohort_id=None if head.get("cohort_id") is None else str(head["cohort_id"]),
        extra=frame.select(pl.col(c).alias(c.removeprefix(EXTRA)) for c in extra) if extra else None,
        **columns,
    )


def _refuse_columns(given: list[str], needed: list[str], known: set[str]) -> None:
    if missing := [column for column in needed if column not in given]:
        raise InputError(f"has no column {missing[0]}", expected="a file that `cohort import` wrote")
    if foreign := [column for column in given if column not in known]:
        raise InputError("is not a column of a cohort", value=foreign[0], expected="a field or extra.NAME")


def _cast(column: pl.Series, kind: Any) -> pl.Series:
    import polars as pl

    try:
        if kind == pl.Boolean and column.dtype == pl.String:
            return column.str.to_lowercase().replace_strict({"true": True, "false": False}, return_dtype=kind)
        return column.cast(kind)
    except pl.exceptions.PolarsError:
        raise InputError("holds values of another kind", field=column.name, expected=str(kind)) from None


def _covariates(frame: pl.DataFrame) -> pl.DataFrame:
    """Every value read as the record of a patient would read it, so that no later step meets another."""
    import polars as pl

    columns = []
    for name in frame.columns:
        column = read_covariate(name, frame[name])
        if wrong := int(column.failed.sum()):
            raise InputError(f"holds values that cannot be used (patients: {wrong})", field=name)
        columns.append(_cast(frame[name], covariate_type(name)) if name == "id" else column.values)
    return pl.DataFrame(columns)


def _refuse_inconsistent(cohort: Cohort, file: str) -> None:
    if len(cohort) == 0:
        raise InputError("has no patients", expected="at least one", file=file)
    for breach in check(cohort):
        row = int(np.flatnonzero(breach.rows)[0]) + 1
        count = int(breach.rows.sum())
        raise InputError(f"{breach.reason} (patients: {count})", file=file, row=row)


def _ending(path: Path) -> str:
    kind = path.suffix.lower()
    if kind not in {".parquet", ".csv"}:
        raise InputError("is not the file of a cohort", expected="a .parquet or .csv file", file=str(path))
    return kind


@contextmanager
def _readable(file: str) -> Iterator[None]:
    import polars as pl

    try:
        yield
    except InputError as error:
        raise error.at(file=file) from None
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror or error})", file=file) from None
    except (pl.exceptions.PolarsError, UnicodeDecodeError, ValueError):
        # The library's own message may quote a cell.
        raise InputError("is damaged, or is not the file of a cohort", file=file) from None


def _read_parquet(path: Path) -> tuple[pl.DataFrame, dict[str, Any] | None]:
    import polars as pl

    with open(path, "rb") as file:
        if file.read(4) != b"PAR1":
            raise InputError("is not a Parquet file")
    with refusing_damage("is damaged"):
        head = pl.read_parquet_metadata(path).get(_KEY)
        frame = pl.read_parquet(path, glob=False)
    if head is None:
        raise InputError("is Parquet, but not of a cohort", expected="a file that `cohort import` wrote")
    return frame, _head(head)


def _read_csv(path: Path) -> tuple[pl.DataFrame, dict[str, Any] | None]:
    import polars as pl

    with open(path, encoding="utf-8-sig") as file:
        first = file.readline(_LONGEST_HEAD)
    head = _head(first.lstrip("# ")) if first.startswith("# {") else None
    frame = pl.read_csv(path, skip_lines=0 if head is None else 1, infer_schema=False, glob=False)
    if head is not None and head.get(_TEXT) == _ESCAPED:
        frame = unescaped_frame(frame)
    return frame, head


def _head(text: str) -> dict[str, Any]:
    head = json.loads(text)
    if not isinstance(head, dict) or head.get("format") != FORMAT:
        found = head.get("format") if isinstance(head, dict) else None
        raise InputError("is a cohort of another format", value=found, expected=FORMAT)
    return head
