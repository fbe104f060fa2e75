"""Tables of an OMOP common data model: a folder of CSV or Parquet, or a DuckDB file; read, never written.

Each table becomes a view with the columns that are read, in lower case and with their types, whatever the
version of the model and the case of the names; a column that is not there is empty.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from organotropism.errors import InputError, one_of

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

#: Table to columns as read: name to kind and the names that versions of the model give it.
TABLES: Final[Mapping[str, Mapping[str, tuple[str, tuple[str, ...]]]]] = {
    "person": {
        "person_id": ("id", ("person_id",)),
        "gender_concept_id": ("id", ("gender_concept_id",)),
        "gender_source_value": ("text", ("gender_source_value",)),
        "year_of_birth": ("id", ("year_of_birth",)),
        "month_of_birth": ("id", ("month_of_birth",)),
        "day_of_birth": ("id", ("day_of_birth",)),
        "death": ("date", ("death_datetime",)),
    },
    "condition_occurrence": {
        "person_id": ("id", ("person_id",)),
        "record_id": ("id", ("condition_occurrence_id",)),
        "concept_id": ("id", ("condition_concept_id",)),
        "source_concept_id": ("id", ("condition_source_concept_id",)),
        "source_value": ("text", ("condition_source_value",)),
        "day": ("date", ("condition_start_date", "condition_start_datetime")),
    },
    "measurement": {
        "person_id": ("id", ("person_id",)),
        "record_id": ("id", ("measurement_id",)),
        "concept_id": ("id", ("measurement_concept_id",)),
        "source_concept_id": ("id", ("measurement_source_concept_id",)),
        "source_value": ("text", ("measurement_source_value",)),
        "day": ("date", ("measurement_date", "measurement_datetime")),
        "number": ("number", ("value_as_number",)),
        "answer_id": ("id", ("value_as_concept_id",)),
        "answer_text": ("text", ("value_source_value",)),
        "unit_id": ("id", ("unit_concept_id",)),
        "unit_text": ("text", ("unit_source_value",)),
        "link": ("id", ("measurement_event_id", "modifier_of_event_id")),
    },
    "observation": {
        "person_id": ("id", ("person_id",)),
        "record_id": ("id", ("observation_id",)),
        "concept_id": ("id", ("observation_concept_id",)),
        "source_concept_id": ("id", ("observation_source_concept_id",)),
        "source_value": ("text", ("observation_source_value",)),
        "day": ("date", ("observation_date", "observation_datetime")),
        "number": ("number", ("value_as_number",)),
        "answer_id": ("id", ("value_as_concept_id",)),
        "answer_text": ("text", ("value_source_value", "value_as_string")),
        "link": ("id", ("observation_event_id",)),
    },
    "procedure_occurrence": {
        "person_id": ("id", ("person_id",)),
        "record_id": ("id", ("procedure_occurrence_id",)),
        "concept_id": ("id", ("procedure_concept_id",)),
        "source_concept_id": ("id", ("procedure_source_concept_id",)),
        "source_value": ("text", ("procedure_source_value",)),
        "day": ("date", ("procedure_date", "procedure_datetime")),
    },
    "drug_exposure": {
        "person_id": ("id", ("person_id",)),
        "record_id": ("id", ("drug_exposure_id",)),
        "concept_id": ("id", ("drug_concept_id",)),
        "source_concept_id": ("id", ("drug_source_concept_id",)),
        "source_value": ("text", ("drug_source_value",)),
        "day": ("date", ("drug_exposure_start_date", "drug_exposure_start_datetime")),
    },
    "drug_era": {
        "person_id": ("id", ("person_id",)),
        "record_id": ("id", ("drug_era_id",)),
        "concept_id": ("id", ("drug_concept_id",)),
        "day": ("date", ("drug_era_start_date", "drug_era_start_datetime")),
    },
    "episode": {
        "person_id": ("id", ("person_id",)),
        "record_id": ("id", ("episode_id",)),
        "concept_id": ("id", ("episode_concept_id",)),
        "source_concept_id": ("id", ("episode_source_concept_id",)),
        "source_value": ("text", ("episode_source_value",)),
        "day": ("date", ("episode_start_date", "episode_start_datetime")),
    },
    "observation_period": {
        "person_id": ("id", ("person_id",)),
        "day": ("date", ("observation_period_start_date",)),
        "until": ("date", ("observation_period_end_date",)),
    },
    "death": {"person_id": ("id", ("person_id",)), "day": ("date", ("death_date", "death_datetime"))},
    "concept": {
        "concept_id": ("id", ("concept_id",)),
        "name": ("text", ("concept_name",)),
        "vocabulary": ("text", ("vocabulary_id",)),
        "code": ("text", ("concept_code",)),
    },
    "concept_ancestor": {
        "ancestor": ("id", ("ancestor_concept_id",)),
        "descendant": ("id", ("descendant_concept_id",)),
        "levels": ("id", ("min_levels_of_separation",)),
    },
}
#: Without these tables and columns nothing can be read.
NEEDED: Final = {
    "person": ("person_id",),
    "condition_occurrence": ("condition_occurrence_id", "person_id", "condition_concept_id"),
}
_ENDINGS: Final = (".parquet", ".csv", ".csv.gz", ".tsv", ".tsv.gz", ".txt")
_SQL: Final = {"id": "BIGINT", "text": "VARCHAR", "number": "DOUBLE", "date": "DATE"}


@contextmanager
def open_cdm(path: str | Path, schema: str | None = None) -> Iterator[DuckDBPyConnection]:
    """Open a common data model: a connection with a view for each table, empty where it is not there.

    Parameters
    ----------
    path : folder of exports, or a DuckDB file, which is opened for reading only
    schema : of the tables in the file; left out: the only one that has them

    Raises
    ------
    InputError
        Neither of the two, a table that cannot be read, or one that is missing and without which nothing
        can be read.
    """
    try:
        import duckdb
    except ImportError:
        raise InputError(
            "needs DuckDB, which is not installed", expected="pip install organotropism[cohort]"
        ) from None
    source = Path(path)
    if not source.exists():
        raise InputError("does not exist", file=str(path), expected="a folder of tables or a DuckDB file")
    connection = duckdb.connect(":memory:", config={"preserve_insertion_order": False})
    try:
        found = _of_folder(connection, source) if source.is_dir() else _of_file(connection, source, schema)
        for name, columns in NEEDED.items():
            if name not in found:
                raise InputError(f"has no table {name}", file=str(path), expected=one_of(list(NEEDED)))
            there = {column.lower() for column in found[name][1]}
            if missing := [column for column in columns if column not in there]:
                raise InputError(f"table {name} has no column {missing[0]}", file=str(path))
        for name in TABLES:
            _view(connection, name, found.get(name))
        yield connection
    except duckdb.Error:
        # What the database says may hold values of patients.
        raise InputError("cannot be read as tables of the OMOP common data model", file=str(path)) from None
    finally:
        connection.close()


Found = dict[str, tuple[str, list[str]]]


def _of_folder(connection: DuckDBPyConnection, folder: Path) -> Found:
    """Table to the relation that reads it and its columns; parts of a table lie in a folder of its name."""
    import duckdb

    found: Found = {}
    for entry in sorted(folder.iterdir()):
        name = _stem(entry.name) if entry.is_file() else entry.name.lower()
        # Extracts hang the schema before the name.
        name = name.rpartition(".")[2]
        files = [entry] if entry.is_file() else sorted(f for f in entry.iterdir() if _stem(f.name))
        files = [file for file in files if _stem(file.name)]
        if name not in TABLES or not files:
            continue
        if name in found:
            raise InputError(f"has table {name} twice", file=str(folder), expected="one file or folder")
        relation = _files_sql(files)
        try:
            columns = [row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()]
        except duckdb.Error:
            raise InputError(
                f"table {name} cannot be read", file=str(entry), expected="CSV or Parquet"
            ) from None
        found[name] = (relation, columns)
    return found


def _stem(name: str) -> str:
    """A file's name in lower case without its ending; empty where that is not one of a table."""
    low = name.lower()
    ending = next((e for e in _ENDINGS if low.endswith(e)), None)
    return low[: -len(ending)] if ending and not low.startswith((".", "_")) else ""


def _files_sql(files: list[Path]) -> str:
    names = "[" + ", ".join(_quoted(str(file), "'") for file in files) + "]"
    if files[0].name.lower().endswith(".parquet"):
        return f"read_parquet({names}, union_by_name = true)"
    # Vocabulary files of Athena part columns by tabs, and quotes in them mean nothing.
    import gzip

    try:
        packed = files[0].name.lower().endswith(".gz")
        with gzip.open(files[0], "rb") if packed else files[0].open("rb") as stream:
            header = stream.readline(100_000)
    except (OSError, EOFError):
        raise InputError("cannot be read", file=str(files[0])) from None
    tab = b"\t" in header
    marks = (
        "delim = '\t', quote = ''"
        if tab
        else f"delim = '{';' if header.count(b';') > header.count(b',') else ','}'"
    )
    return f"read_csv({names}, {marks}, header = true, all_varchar = true, union_by_name = true)"


def _of_file(connection: DuckDBPyConnection, file: Path, schema: str | None) -> Found:
    import duckdb

    try:
        connection.execute(f"ATTACH {_quoted(str(file), chr(39))} AS cdm (READ_ONLY)")
    except duckdb.Error:
        raise InputError(
            "is not a DuckDB file", file=str(file), expected="a DuckDB file, or a folder of tables"
        ) from None
    rows = connection.execute(
        "SELECT table_schema, table_name, column_name FROM information_schema.columns"
        " WHERE table_catalog = 'cdm' ORDER BY ordinal_position"
    ).fetchall()
    tables: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        tables.setdefault((row[0], row[1]), []).append(row[2])
    schemas = sorted({s for s, name in tables if name.lower() == "person"})
    if schema is not None:
        schemas = [s for s in schemas if s.lower() == schema.lower()]
    if len(schemas) != 1:
        what = "has no table person" if not schemas else "has several schemas with a table person"
        expected = "tables of the OMOP common data model" if not schemas else f"--schema {one_of(schemas)}"
        raise InputError(what, file=str(file), expected=expected)
    return {
        name.lower(): (f"cdm.{_quoted(s)}.{_quoted(name)}", columns)
        for (s, name), columns in tables.items()
        if s == schemas[0] and name.lower() in TABLES
    }


def _quoted(name: str, mark: str = '"') -> str:
    return mark + name.replace(mark, mark * 2) + mark


def _view(connection: DuckDBPyConnection, name: str, found: tuple[str, list[str]] | None) -> None:
    """A view of a table with the columns that are read."""
    names = {} if found is None else {re.sub(r"^\W+|\W+$", "", c).lower(): c for c in found[1]}
    parts = []
    for column, (kind, known) in TABLES[name].items():
        there = [_typed(_quoted(names[k]), kind) for k in known if k in names]
        value = f"coalesce({', '.join(there)})" if there else f"NULL::{_SQL[kind]}"
        parts.append(f"{value} AS {column}")
    rows = "(SELECT 1) WHERE false" if found is None else found[0]
    connection.execute(f"CREATE VIEW {name} AS SELECT {', '.join(parts)} FROM {rows}")


def _typed(column: str, kind: str) -> str:
    text = f"trim({column}::VARCHAR)"
    if kind == "id":
        return f"coalesce(TRY_CAST({text} AS BIGINT), TRY_CAST(TRY_CAST({text} AS DOUBLE) AS BIGINT))"
    if kind == "number":
        return f"TRY_CAST({text} AS DOUBLE)"
    if kind == "date":
        return f"coalesce(TRY_CAST(left({text}, 10) AS DATE), try_strptime(left({text}, 8), '%Y%m%d')::DATE)"
    return f"nullif(nullif({text}, ''), '\\N')"


def has(connection: Any, table: str) -> bool:
    """Whether a table has any row."""
    return connection.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() is not None
