"""The Rotterdam cohort enters as counts of cells, not as rows of patients, and can be left out."""

from __future__ import annotations

import csv
import importlib.util
from math import exp, log
from pathlib import Path
from types import ModuleType

import pytest

from organotropism import evidence
from organotropism.errors import InputError
from organotropism.learn.literature import measurements
from organotropism.learn.measurement import risk_measurement

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("derive", ROOT / "tools" / "derive_rotterdam.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def woman(met: str, fu: str, dead: str = "Alive") -> dict[str, str]:
    return {"met": met, "fu": fu, "dead": dead}


def test_risk_is_aalen_johansen(tool: ModuleType) -> None:
    """By hand: of 4 one relapses, of 3 one dies, of 2 one is lost, the last relapses: 1/4 + 1/2."""
    women = [woman("1", "9"), woman("", "2", "Dead"), woman("", "3"), woman("4", "9")]
    assert tool.incidence(women, 0.0, 5.0, True) == (pytest.approx(0.75), 4)
    # Death censored: 1/4, then the last of those at risk.
    assert tool.incidence(women, 0.0, 5.0, False) == (pytest.approx(1.0), 4)
    # A death before does not count among those free later.
    assert tool.incidence(women, 2.5, 5.0, False) == (pytest.approx(1.0), 2)


def test_rows_are_those_that_the_tool_derives(tool: ModuleType, shared: Path) -> None:
    with (shared / "data" / "rotterdam" / "rotterdam.csv").open(encoding="utf-8", newline="") as stream:
        women = list(csv.DictReader(stream))
    assert sum(len(members) for _, members in tool.cells(women)) == len(women)
    derived = list(tool.rows(women))
    shipped = [row for row in evidence.baseline() if row.study_id == "rotterdam"]
    assert [(row["stratum"], row["from_years"], row["n"], row["value"]) for row in derived] == [
        (row.stratum, f"{row.from_years:g}", str(row.n), f"{row.value:.1f}") for row in shipped
    ]


def test_no_cell_is_smaller_than_twenty_women() -> None:
    rows = [row for row in evidence.baseline() if row.study_id == "rotterdam"]
    assert len(rows) > 50
    assert min(row.n or 0 for row in rows) >= 20


def test_a_count_errs_as_its_size() -> None:
    """Cloglog of 30 of 100 with the halves; four times the women halve the error."""
    value, se = risk_measurement(30, 100)
    assert 1 - exp(-exp(value)) == pytest.approx(30.5 / 101)
    risk = 30.5 / 101
    assert se == pytest.approx((risk * (1 - risk) / 101) ** 0.5 / ((1 - risk) * -log(1 - risk)))
    assert risk_measurement(120, 400)[1] == pytest.approx(se / 2, rel=0.01)


def test_a_study_can_be_left_out() -> None:
    whole, part = measurements(), measurements(without=["rotterdam"])
    assert {row.study for row in whole.rows} - {row.study for row in part.rows} == {"rotterdam"}
    with pytest.raises(InputError, match=r"rotterdm.*did you mean .*rotterdam"):
        measurements(without=["rotterdm"])
