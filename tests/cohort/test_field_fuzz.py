"""Tables with every fault of the field at once, of known truth: what is read is right, or unknown.

Each file has its own seed, which a failure names. `ORGANOTROPISM_FIELD_FILES=10000` tries more of them.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from organotropism.cohort.mapping import parse_mapping
from organotropism.cohort.report import KINDS
from organotropism.cohort.table import Import, import_table
from organotropism.errors import InputError
from organotropism.patient_histology import read_histology

pytestmark = pytest.mark.slow
FILES: Final = int(os.environ.get("ORGANOTROPISM_FIELD_FILES", "300"))
THOUSANDS: Final = {".": ["", ",", " ", "'", "\u00a0", "\u2019"], ",": ["", ".", " ", "'", "\u202f"]}
SENTINELS: Final = {
    "days": ["9999", "99999", "", "NA", "?", "x", "unbekannt", "-"],
    "dates": ["1900-01-01", "9999-12-31", "2099-12-31", "00.00.0000", "", "NA", "99.99.9999", "soon"],
}
HISTOLOGIES: Final = {
    "8500/3: Infiltrating duct carcinoma, NOS": "ductal",
    "IDC + DCIS": "ductal",
    "Invasive lobular carcinoma with LCIS": "lobular",
    "Mucinous adenocarcinoma": "other",
    "8520/3": "lobular",
    "DCIS": "refused",
    "8500/2": "refused",
    "angiosarcoma": "refused",
    "something else": None,
    "": None,
}
M: Final = {"M0": "M0", "cM0 (i+)": "M0", "MX": None, "M1": "M1", "": None}


def number(value: float, decimals: int, decimal: str, thousands: str) -> str:
    """A number as a program of some country writes it."""
    whole, _, rest = f"{value:,.{decimals}f}".partition(".")
    return whole.replace(",", thousands) + (decimal + rest if rest else "")


class Made:
    """A file of known truth: its text, its mapping, and what was meant of each patient."""

    def __init__(self, seed: int) -> None:
        rng = self.rng = np.random.default_rng(seed)
        self.kind = "dates" if rng.random() < 0.5 else "days"
        self.decimal = str(rng.choice([".", ","]))
        self.mark = str(rng.choice(THOUSANDS[self.decimal]))
        self.delimiter = str(
            rng.choice([";", "\t"] if self.decimal == "," or self.mark == "," else [",", ";", "\t"])
        )
        self.truth: dict[str, dict[str, Any]] = {}
        self.records = 0
        self.text = "".join(self._lines())
        self.mapping = self._mapping()

    def _lines(self) -> Any:
        rng, d = self.rng, self.delimiter
        header = ["id", "age", "size", "h", "m", "fu", "died", "bone", "lung"] + ["dx"] * (
            self.kind == "dates"
        )
        if rng.random() < 0.2:
            yield f"sep={d}\n"
        yield d.join(header) + "\n"
        for k in range(int(rng.integers(4, 30))):
            row = self._patient(f"p{k}")
            fault = rng.random()
            if fault < 0.03:
                row.append("surplus")
            elif fault < 0.06:
                yield d.join([""] * len(header)) + "\n"
                self.records += 1
            self.records += 1
            yield d.join(row) + "\n"
            if fault > 0.97:
                self.records += 1
                yield d.join(row) + "\n"

    def _patient(self, name: str) -> list[str]:
        rng, kind = self.rng, self.kind
        age, size = round(float(rng.uniform(30, 80)), 1), float(rng.integers(3, 90))
        histology = str(rng.choice(list(HISTOLOGIES)))
        fu, death = int(rng.integers(1000, 7000)), bool(rng.random() < 0.4)
        m = str(rng.choice(list(M), p=[0.5, 0.2, 0.1, 0.1, 0.1]))
        sites = {s: int(rng.integers(1, fu)) if rng.random() < 0.3 else None for s in ("bone", "lung")}
        dx = np.datetime64("1995-03-01") + int(rng.integers(0, 3000))
        times = {"fu": fu, **sites}
        told: dict[str, Any] = {"age": age, "size": size, "histology": HISTOLOGIES[histology], "m": M[m]}
        cells = {}
        for key, value in times.items():
            bad = rng.random() < 0.08
            cells[key] = str(rng.choice(SENTINELS[kind])) if bad else self._time(value, dx)
            told[key] = "odd" if bad else value
        self.truth[name] = told
        row = [
            name,
            number(age, 1, self.decimal, ""),
            number(size, 0, self.decimal, ""),
            self._quoted(histology),
            m,
        ]
        row += [cells["fu"], "1" if death else "0", cells["bone"], cells["lung"]]
        return row + ([self._date(dx)] if kind == "dates" else [])

    def _quoted(self, text: str) -> str:
        return f'"{text}"' if self.delimiter in text else text

    def _date(self, day: np.datetime64) -> str:
        year, month, rest = str(day).split("-")
        return f"{rest}.{month}.{year}" if self.rng.random() < 0.5 else str(day)

    def _time(self, value: int | None, dx: np.datetime64) -> str:
        if value is None:
            return ""
        return self._date(dx + value) if self.kind == "dates" else number(value, 0, self.decimal, self.mark)

    def _mapping(self) -> dict[str, Any]:
        times = {"unit": self.kind, "follow_up": "fu", "died": "died", "empty": "not found"}
        if self.kind == "dates":
            times |= {"diagnosis": "dx", "format": "%d.%m.%Y"}
        stated = {"decimal": self.decimal} if self.rng.random() < 0.5 else {}
        return {
            "source": stated,
            "columns": {"id": "id", "age": "age", "size_mm": "size", "histology": "h", "m": "m"},
            "times": times,
            "sites": {"bone": "bone", "lung": "lung"},
        }


def assert_right(made: Made, result: Import) -> int:
    """Rows and cells add up, and every number read is the one meant; returns the number of patients."""
    account = result.report.patients
    numbers = [row for rows in account.aside.values() for row in rows]
    assert len(numbers) == len(set(numbers))
    assert account.read == made.records == account.used + len(numbers)
    for column in result.report.columns:
        assert sum(len(column.counts[kind]) for kind in KINDS if kind != "contradictory") <= column.cells
    if result.cohort is None:
        assert result.problem is not None
        assert account.used == 0
        return 0
    cohort = result.cohort
    assert len(cohort) == account.used
    assert cohort.covariates["id"].n_unique() == len(cohort)
    for place, row in enumerate(cohort.covariates.iter_rows(named=True)):
        told = made.truth[row["id"]]
        assert told["histology"] != "refused"
        assert row["histology"] in (None, told["histology"])
        assert row["age"] in (None, told["age"])
        assert row["size_mm"] in (None, told["size"])
        # Days are whole: half a day is nothing but rounding.
        assert told["fu"] == "odd" or abs(cohort.follow_up[place] * 365.25 - told["fu"]) < 0.5
        assert 0 <= cohort.follow_up[place] < 40
        for k, site in enumerate(("bone", "lung")):
            time = cohort.site_time[place, k]
            if np.isfinite(time) and told["m"] != "M1":
                assert abs(time * 365.25 - told[site]) < 0.5
    return len(cohort)


@pytest.mark.parametrize("part", range(4))
def test_every_fault_at_once(tmp_path: Path, part: int) -> None:
    patients, made = 0, None
    for seed in range(part, FILES, 4):
        made = Made(seed)
        path = tmp_path / ("t.csv" if made.delimiter != "\t" else "t.tsv")
        path.write_text(made.text, encoding="utf-8")
        try:
            patients += assert_right(made, import_table(path, parse_mapping(made.mapping)))
        except (AssertionError, InputError) as error:
            raise AssertionError(f"seed {seed}: {error!r}\n{made.text}") from error
    # Most files have patients that can be used: the property is not kept by refusing everything.
    assert patients > FILES / 4 * 4


def test_histologies_mean_what_the_truth_says() -> None:
    for text, meant in HISTOLOGIES.items():
        try:
            found: object = read_histology(text)
        except InputError as error:
            found = "refused" if type(error).__name__ == "IneligibleError" else None
        assert found == meant, text
