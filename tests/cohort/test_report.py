"""The account of an import as JSON keeps its documented form."""

import json
from importlib import resources
from pathlib import Path

import jsonschema
import pytest

from organotropism.cohort.mapping import read_mapping
from organotropism.cohort.report import KINDS, Account, Report
from organotropism.cohort.table import import_table

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads(
    (resources.files("organotropism") / "schema" / "import-report.schema.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("rows", [False, True])
def test_a_report_follows_its_schema(rows: bool) -> None:
    mapping = read_mapping(ROOT / "examples" / "cohort.toml")
    report = import_table(ROOT / "examples" / "cohort.csv", mapping).report
    report.patients.set_aside("a reason", [3])
    report.note("a note", [4])
    jsonschema.validate(report.to_dict(rows), SCHEMA, cls=jsonschema.Draft202012Validator)


def test_a_report_without_a_cohort_follows_it_too() -> None:
    report = Report("table", [Account("t.csv", "patients", 1, {"no id": [2]})])
    jsonschema.validate(report.to_dict(), SCHEMA, cls=jsonschema.Draft202012Validator)


def test_the_schema_is_strict_and_complete() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    column = SCHEMA["properties"]["columns"]["items"]
    assert set(KINDS) < set(column["required"])
    for part in (SCHEMA, column, SCHEMA["properties"]["cohort"], SCHEMA["properties"]["tables"]["items"]):
        assert part["additionalProperties"] is False
        assert set(part["required"]) <= set(part["properties"])


def test_an_account_adds_up() -> None:
    account = Account("t.csv", "patients", 10)
    account.set_aside("a", [2, 3])
    account.set_aside("b", [])
    account.set_aside("a", [9])
    assert account.used == 7
    assert account.aside == {"a": [2, 3, 9]}
