"""A common data model of OHDSI becomes a cohort: the source is read only, the account holds counts alone."""

from __future__ import annotations

from array import array
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

from organotropism.cohort.mcode_dates import EPOCH
from organotropism.cohort.mcode_gather import Absent, Wording
from organotropism.cohort.omop_events import load_concepts, prepare, stream
from organotropism.cohort.omop_person import read_person
from organotropism.cohort.omop_rules import Rules
from organotropism.cohort.omop_source import open_cdm
from organotropism.cohort.parts import Parts, Spool, import_parts
from organotropism.cohort.report import Account
from organotropism.cohort.schema import WINDOW_YEARS, Cohort
from organotropism.cohort.source import Progress
from organotropism.cohort.table import Import

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

ROLE: Final = "persons with a record of the breast"
FOLLOWED: Final = (
    "follow-up ends with death, else with the observation period that holds the diagnosis or comes after it"
)
WORDING: Final = Wording(
    "omop",
    {
        "age": "person, first record of breast cancer",
        "sex": "person.gender_concept_id",
        "year_of_diagnosis": "first record of breast cancer",
        "er": "measurement ER",
        "pr": "measurement PR",
        "her2": "measurement HER2",
        "ki67": "measurement Ki-67",
        "grade": "measurement grade",
        "size_mm": "measurement size",
        "positive_nodes": "measurement positive nodes",
        "t": "measurement T",
        "n": "measurement N",
        "anatomic_stage": "measurement stage, before the 8th edition",
        "histology": "condition",
        "endocrine_therapy": "drugs",
        "chemotherapy": "drugs",
        "anti_her2_therapy": "drugs",
        "bisphosphonate": "drugs",
        "m": "measurement M, stage IV",
    },
    FOLLOWED,
)
_EVERY: Final = 1_000
#: Rows whose names speak of metastases and which no concept set knows.
_UNMAPPED: Final = """
SELECT t.concept_id, any_value(c.name), count(*) FROM {table} t LEFT JOIN concept c USING (concept_id)
LEFT JOIN known k ON t.concept_id = k.concept_id LEFT JOIN coded s ON t.source_value = s.v
WHERE k.concept_id IS NULL AND s.meaning IS NULL AND (
    lower(coalesce(c.name, '') || ' ' || coalesce(t.source_value, '')) LIKE '%metasta%'
    OR lower(coalesce(c.name, '')) LIKE '%secondary malignant%')
GROUP BY t.concept_id ORDER BY 3 DESC, 1 LIMIT 20
"""


def import_omop(
    path: str | Path,
    *,
    rules: Rules | None = None,
    schema: str | None = None,
    concept_sets: str | Path | None = None,
    absent: Absent = "not found",
    name: str | None = None,
    window_years: float = WINDOW_YEARS,
    progress: Progress | None = None,
    out: str | Path | None = None,
) -> Import:
    """Read a cohort from a common data model of OMOP, version 5.3, 5.4 or 6.0.

    Parameters
    ----------
    path : folder of CSV or Parquet exports, or a DuckDB file
    rules : what makes a diagnosis, a metastasis, a follow-up
    schema : of the tables in a DuckDB file
    concept_sets : concepts to use in place of the package's
    absent : what it means that nothing is said of distant disease: under observation, that there is none
    name, window_years, progress, out : as in `mcode_import.import_mcode`

    Raises
    ------
    InputError
        No such source, or tables are missing without which nothing can be read.
    """
    asked = rules or Rules()

    def read(kept: list[Cohort] | Spool) -> tuple[Parts, list[Account]]:
        with open_cdm(path, schema) as connection:
            counts = load_concepts(connection, concept_sets)
            tables = prepare(connection)
            parts = Parts(Path(path).name, ROLE, absent, window_years, kept, WORDING)
            aside: dict[str, array[int]] = {}
            today = (date.today() - EPOCH).days
            for number, events in enumerate(stream(connection), start=1):
                found = read_person(events, asked, today)
                for reason, rows in parts.add(number, found.problem or found).items():
                    aside.setdefault(reason, array("q")).extend(rows)
                for reason, rows in found.ignored.items() if found.problem else ():
                    aside.setdefault(reason, array("q")).extend(rows)
                if progress is not None and number % _EVERY == 0:
                    progress(_EVERY)
            parts.notes += [*_about(connection, counts), *_unmapped(connection, tables)]
            return parts, _accounts(tables, aside)

    label = name or Path(path).stem
    needed = "persons with breast cancer in the tables of the OMOP common data model"
    return import_parts(read, label=label, file=str(path), out=out, needed=needed)


def _accounts(tables: dict[str, tuple[int, int]], aside: dict[str, array[int]]) -> list[Account]:
    """One account for each clinical table: its rows that are known, and why some of them were not used."""
    accounts = []
    for table, (_, known) in tables.items():
        account = Account(table, "rows that a concept or code is known of", known)
        for reason, rows in aside.items():
            where, _, why = reason.partition(": ")
            if where == table:
                account.set_aside(why, rows)
        accounts.append(account)
    return accounts


def _about(connection: DuckDBPyConnection, counts: dict[str, int]) -> list[str]:
    """What the source is: persons, and how concepts came to be known."""
    row = connection.execute(
        "SELECT count(*), count(person_id), count(DISTINCT person_id) FROM person"
    ).fetchone()
    rows, numbered, persons = row or (0, 0, 0)
    members = connection.execute(
        "SELECT count(*), count(*) FILTER (NOT EXISTS (SELECT 1 FROM person p WHERE p.person_id ="
        " m.person_id)) FROM members m"
    ).fetchone() or (0, 0)
    notes = [f"flow: {persons:,} persons in the source, {members[0]:,} of them with a record of the breast"]
    if rows > numbered or numbered > persons or members[1]:
        notes.append(
            f"flow: {rows - numbered:,} rows of table person without an identifier, {numbered - persons:,}"
            f" that repeat one, {members[1]:,} persons with records and no row there"
        )
    notes.append(
        f"concepts: {counts['shipped']:,} of the list, {counts['refused']:,} of them not used for want of a"
        f" second source or because the concept table has another name and code; {counts['by ancestor']:,}"
        f" more by concept_ancestor, {counts['by code']:,} by their code"
    )
    return notes


def _unmapped(connection: DuckDBPyConnection, tables: dict[str, tuple[int, int]]) -> list[str]:
    """Concepts that speak of metastases and are not known, with frequency; free text is only counted."""
    notes = []
    for table in ("condition_occurrence", "measurement", "observation"):
        if table not in tables:
            continue
        for concept, name, count in connection.execute(_UNMAPPED.format(table=table)).fetchall():
            what = (
                f"concept {concept} {(name or '')[:80]}".strip()
                if concept and name
                else "free text or no concept"
            )
            notes.append(f"not mapped, {table}: {what} ({count:,} rows)")
    return notes
