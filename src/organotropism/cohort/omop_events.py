"""What the tables of a common data model say of persons with breast cancer, as one stream ordered by person.

Every row is looked up by its standard concept, by its source concept and by its source code. Vocabularies
until 2024 put metastases among the conditions, later ones among the measurements: both are read alike.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from importlib import resources
from typing import TYPE_CHECKING, Final, NamedTuple

from organotropism.cohort.mcode_codes import table as mcode_codes
from organotropism.cohort.omop_source import has

if TYPE_CHECKING:
    from pathlib import Path

    from duckdb import DuckDBPyConnection

CONCEPTS: Final = "omop_concepts.csv"
CODES: Final = "omop_codes.csv"
READ: Final = (
    "condition_occurrence",
    "measurement",
    "observation",
    "procedure_occurrence",
    "drug_exposure",
    "drug_era",
    "episode",
)
"""Tables of clinical events."""

_FETCH: Final = 50_000
#: Descendants of these say the same as their nearest ancestor that is known.
_INHERITED: Final = (
    "('breast', 'site', 'history', 't', 'n', 'm', 'stage', 'grade', 'drug', 'er', 'pr', 'her2')"
)
#: Source codes without dots and blanks, and without the name of the code system that some hang before them.
_NORMAL: Final = (
    "regexp_replace(regexp_replace(upper({0}), '^ICD-?(9|10|O)?-?(CM|3)?[ :|]+', ''), '[. ]', '', 'g')"
)
#: How much a meaning tells: regional disease and named sites more than a metastasis somewhere.
_TELLS: Final = (
    "CASE WHEN {0} IS NULL THEN 0 WHEN {0} = 'site|regional' THEN 4"
    " WHEN {0} IN ('site|any', 'site|unclear node') THEN 1 ELSE 3 END"
)


class Event(NamedTuple):
    """One row of a table, as far as it is known.

    Attributes
    ----------
    person : identifier of the person
    table : where the row stands
    record : identifier of the row, None where it has none
    day : days since 1970-01-01, None where there is none
    until : end of a period, likewise
    element, value : what the row is about, and what its concept says of it
    number, unit, answer, text : result of a measurement: number, unit, answer by code, answer as text
    link : identifier of the condition that the row belongs to, None where none is told
    code : concept code that gives more than the value, such as the morphology of a registry's concept
    """

    person: int
    table: str
    record: int | None
    day: int | None
    until: int | None
    element: str
    value: str
    number: float | None
    unit: str | None
    answer: str | None
    text: str | None
    link: int | None
    code: str | None


def load_concepts(connection: DuckDBPyConnection, concept_sets: str | Path | None = None) -> dict[str, int]:
    """Make the tables of what concepts and codes mean; returns counts by how they are known.

    Parameters
    ----------
    concept_sets : a table in the form of the package's own, in place of it
    """
    rows = _rows(CONCEPTS) if concept_sets is None else _own(concept_sets)
    connection.execute(
        "CREATE TABLE shipped (concept_id BIGINT, element VARCHAR, value VARCHAR, code VARCHAR, name VARCHAR,"
        " sources VARCHAR)"
    )
    columns: list[list[object]] = [[int(row["concept_id"]) for row in rows]]
    columns += [[row[name] for row in rows] for name in ("element", "value", "code", "name", "sources")]
    _insert(connection, "shipped", columns)
    counts = {"shipped": len(rows)}
    confirmed = "lower(c.code) = lower(s.code) OR lower(c.name) = lower(s.name)"
    connection.execute(
        "CREATE TABLE known AS SELECT DISTINCT ON (s.concept_id) s.concept_id,"
        " s.element || '|' || s.value AS meaning,"
        " coalesce(c.code, s.code) AS code FROM shipped s LEFT JOIN concept c USING (concept_id)"
        f" WHERE CASE WHEN c.concept_id IS NULL THEN s.sources = 'two' ELSE coalesce({confirmed}, true) END"
    )
    # Concepts that another name and code stand for here were renumbered, or the list is wrong.
    counts["refused"] = len(rows) - _count(connection, "known")
    counts["by code"] = _add(connection, _BY_CODE)
    counts["by ancestor"] = _add(connection, _BY_ANCESTOR)
    counts["other primaries"] = _add(connection, _OTHER_PRIMARY)
    connection.execute("CREATE TABLE prefixes (prefix VARCHAR, meaning VARCHAR)")
    prefixes = [(row["prefix"], f"{row['element']}|{row['value']}") for row in _rows(CODES)]
    prefixes += [
        (code.code, f"{code.value}|by value")
        for code in mcode_codes()
        if code.element == "observation" and code.system == "LOINC" and code.value in _MEASURED
    ]
    _insert(
        connection,
        "prefixes",
        [[prefix.replace("-", "") for prefix, _ in prefixes], [meaning for _, meaning in prefixes]],
    )
    return counts


_MEASURED: Final = {"er", "pr", "her2", "her2 ihc", "her2 ish", "ki67", "grade", "size_mm", "positive_nodes"}
#: Concepts whose code tells by its form: ICD-O-3 of the breast, and categories of Cancer Modifier.
_BY_CODE: Final = r"""
SELECT concept_id, CASE
    WHEN regexp_matches(code, '^[0-9]{4}/3-C50') THEN 'breast|invasive'
    WHEN regexp_matches(code, '^[0-9]{4}/2-C50') THEN 'breast|in situ'
    WHEN regexp_matches(code, '^[0-9]{4}/3-C[0-9]') THEN 'other primary|yes'
    ELSE lower(regexp_extract(code, 'AJCC/UICC-(T|N|M|Stage)', 1)) || '|by code' END AS meaning, code
FROM concept WHERE regexp_matches(code, '^[0-9]{4}/[23]-C[0-9]')
    OR (vocabulary = 'Cancer Modifier'
    AND regexp_matches(code, '^([a-z]{1,2}-)?([678]th_)?AJCC/UICC-(T|N|M|Stage)'))
"""
_BY_ANCESTOR: Final = f"""
SELECT a.descendant, arg_min(k.meaning, a.levels), arg_min(k.code, a.levels) FROM concept_ancestor a
JOIN known k ON a.ancestor = k.concept_id
WHERE split_part(k.meaning, '|', 1) IN {_INHERITED} AND NOT k.meaning LIKE '%by value' GROUP BY a.descendant
"""
_OTHER_PRIMARY: Final = """
SELECT concept_id, 'other primary|yes', code FROM concept
WHERE lower(name) LIKE 'primary malignant neoplasm of%'
    AND NOT lower(name) LIKE '%breast%' AND NOT lower(name) LIKE '%skin%'
"""


def _insert(connection: DuckDBPyConnection, table: str, columns: Sequence[Sequence[object]]) -> None:
    """Fill a table column by column, which is many times faster than row by row."""
    places = ", ".join("unnest(?)" for _ in columns)
    connection.execute(f"INSERT INTO {table} SELECT {places}", list(columns))


def _count(connection: DuckDBPyConnection, table: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(row[0]) if row else 0


def _add(connection: DuckDBPyConnection, query: str) -> int:
    """Add what a query finds to the known concepts that are not known yet."""
    before = _count(connection, "known")
    connection.execute(
        "INSERT INTO known SELECT DISTINCT ON (concept_id) q.*"
        f" FROM ({query}) AS q(concept_id, meaning, code)"
        " WHERE q.concept_id NOT IN (SELECT concept_id FROM shipped)"
        " AND q.concept_id NOT IN (SELECT concept_id FROM known)"
    )
    return _count(connection, "known") - before


def _rows(name: str) -> list[dict[str, str]]:
    file = resources.files("organotropism") / "cohort" / "data" / name
    return _records(file.read_text(encoding="utf-8"))


def _records(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))


def _own(path: str | Path) -> list[dict[str, str]]:
    from pathlib import Path

    from organotropism.errors import InputError

    try:
        rows = _records(Path(path).read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, csv.Error):
        raise InputError("cannot be read as a table of concepts", file=str(path)) from None
    needed = ("concept_id", "element", "value")
    for number, row in enumerate(rows, start=1):
        if not all(row.get(name) for name in needed) or not str(row["concept_id"]).isdigit():
            raise InputError(
                "has no concept_id, element or value", file=str(path), row=number, expected="all three"
            )
        row.setdefault("code", "")
        row.setdefault("name", "")
        # Whoever gives a list of their own has looked at it.
        row["sources"] = "two"
    if not rows:
        raise InputError("has no concepts", file=str(path))
    return rows


def prepare(connection: DuckDBPyConnection) -> dict[str, tuple[int, int]]:
    """Look every row of the clinical tables up; returns rows and known rows of each table that is there."""
    union = " UNION ALL ".join(
        f"SELECT DISTINCT source_value AS v, '{table}' IN ('condition_occurrence', 'observation') AS bare"
        f" FROM {table} WHERE source_value IS NOT NULL"
        for table in READ
        if table != "drug_era"
    )
    connection.execute(
        "CREATE TABLE coded AS WITH v AS (SELECT DISTINCT v, bare FROM (" + union + ")),"
        f" n AS (SELECT v, bare, {_NORMAL.format('v')} AS norm FROM v)"
        " SELECT n.v, n.bare, coalesce(arg_max(p.meaning, len(p.prefix)), any_value(k.meaning), any_value("
        " CASE WHEN regexp_matches(norm, '^C([0-6][0-9]|7[0-6]|8[1-9]|9[0-6])[0-9A-Z]{0,4}$')"
        " AND NOT regexp_matches(norm, '^C(44|50)') THEN 'other primary|yes' END)) AS meaning"
        # Numbers alone are codes of ICD-9 only among conditions; elsewhere they need their dot.
        " FROM n LEFT JOIN prefixes p ON starts_with(replace(n.norm, '-', ''), p.prefix) AND CASE"
        " WHEN regexp_matches(p.prefix, '^[0-9]{4,5}$') AND len(p.prefix) <= 5"
        " THEN regexp_matches(n.norm, '^[0-9]{4,5}$') AND (n.bare OR contains(n.v, '.'))"
        " WHEN regexp_matches(p.prefix, '^[0-9]') THEN replace(n.norm, '-', '') = p.prefix"
        " ELSE regexp_matches(n.norm, '^[A-Z][0-9]{2}[0-9A-Z]{0,5}$') END"
        " LEFT JOIN (SELECT lower(name) AS name, min(element || '|' || value) AS meaning FROM shipped"
        " WHERE name <> '' GROUP BY 1) k ON lower(trim(n.v)) = k.name GROUP BY n.v, n.bare"
    )
    counts = {}
    parts = []
    for table in READ:
        if has(connection, table):
            connection.execute(f"CREATE TABLE known_{table} AS {_known_rows(table)}")
            counts[table] = (_count(connection, table), _count(connection, f"known_{table}"))
            parts.append(f"SELECT * FROM known_{table}")
    connection.execute("CREATE TABLE events AS " + " UNION ALL ".join(parts))
    connection.execute(
        "CREATE TABLE members AS SELECT DISTINCT person_id FROM events WHERE person_id IS NOT NULL"
        " AND (meaning LIKE 'breast|%' OR meaning = 'history|breast' OR (meaning = 'history|by value' AND"
        " answer LIKE 'breast|%'))"
    )
    return counts


def _known_rows(table: str) -> str:
    """Query of the rows of a table whose meaning is known."""
    measured = table in ("measurement", "observation")
    source = table != "drug_era"
    bare = str(table in ("condition_occurrence", "observation")).lower()
    units = "u.meaning" if table == "measurement" else "NULL"
    unit_text = "t.unit_text" if table == "measurement" else "NULL"
    result = (
        f"t.number, coalesce({units}, {unit_text}) AS unit, w.meaning AS answer, t.answer_text, t.link"
        if measured
        else "NULL::DOUBLE AS number, NULL AS unit, NULL AS answer, NULL AS answer_text, NULL::BIGINT AS link"
    )
    joins = "LEFT JOIN known a ON t.concept_id = a.concept_id"
    joins += " LEFT JOIN known b ON t.source_concept_id = b.concept_id" if source else ""
    joins += f" LEFT JOIN coded s ON t.source_value = s.v AND s.bare = {bare}" if source else ""
    joins += " LEFT JOIN known w ON t.answer_id = w.concept_id" if measured else ""
    joins += " LEFT JOIN known u ON t.unit_id = u.concept_id" if table == "measurement" else ""
    found = ["a.meaning", "b.meaning", "s.meaning"] if source else ["a.meaning"]
    best = found[0]
    for other in found[1:]:
        more = f"{_TELLS.format(f'({other})')} > {_TELLS.format(f'({best})')}"
        best = f"CASE WHEN {more} THEN {other} ELSE {best} END"
    code = "coalesce(a.code, b.code)" if source else "a.code"
    return (
        f"SELECT t.person_id, '{table}' AS tab, t.record_id, t.day, NULL::DATE AS until, {best} AS meaning,"
        f" {result}, {code} AS code FROM {table} t {joins} WHERE coalesce({', '.join(found)}) IS NOT NULL"
    )


def stream(connection: DuckDBPyConnection) -> Iterator[list[Event]]:
    """The events of each person with a record of the breast, person by person."""
    days = "date_diff('day', DATE '1970-01-01', {0})"
    none = "NULL, NULL, NULL, NULL, NULL"
    query = (
        f"SELECT person_id, tab, record_id, {days.format('day')}, {days.format('until')},"
        " split_part(meaning, '|', 1), split_part(meaning, '|', 2), number, unit, answer, answer_text, link,"
        " code FROM events SEMI JOIN members USING (person_id) UNION ALL"
        f" SELECT person_id, 'observation_period', NULL,"
        f" {days.format('day')}, {days.format('until')}, 'period',"
        f" '', {none}, NULL FROM observation_period SEMI JOIN members USING (person_id) UNION ALL"
        f" SELECT person_id, 'death', NULL, {days.format('day')}, NULL, 'death', 'dead', {none}, NULL"
        " FROM death SEMI JOIN members USING (person_id) UNION ALL"
        f" SELECT person_id, 'death', NULL, {days.format('death')}, NULL, 'death', 'dead', {none}, NULL"
        " FROM person SEMI JOIN members USING (person_id) WHERE death IS NOT NULL UNION ALL"
        " SELECT p.person_id, 'person', p.year_of_birth, p.month_of_birth, p.day_of_birth, 'person',"
        " coalesce(split_part(k.meaning, '|', 2), p.gender_source_value, ''), NULL, NULL, NULL, NULL, NULL,"
        " NULL FROM person p SEMI JOIN members USING (person_id) LEFT JOIN known k ON p.gender_concept_id ="
        " k.concept_id AND k.meaning LIKE 'sex|%' ORDER BY ALL"
    )
    cursor = connection.execute(query)
    person: list[Event] = []
    while rows := cursor.fetchmany(_FETCH):
        for row in rows:
            if person and person[0].person != row[0]:
                yield person
                person = []
            person.append(Event._make(row))
    if person:
        yield person
