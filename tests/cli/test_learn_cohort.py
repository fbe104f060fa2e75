"""``organotropism learn cohort`` and ``cohort tabulate`` from the outside."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from organotropism.cli.run import main
from organotropism.cohort import Flaws, simulate_cohort, write_cohort
from organotropism.process.model import load_model
from toy import toy_model


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A simulated cohort on disk."""
    path = tmp_path_factory.mktemp("cohort") / "cohort.parquet"
    write_cohort(simulate_cohort(toy_model(), 800, 1, flaws=Flaws(missing=0.05), name="our clinic"), path)
    return path


def test_cohort_to_model(cohort: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One command: a model that loads and forecasts, a table on screen and as CSV."""
    out, table = tmp_path / "model.json", tmp_path / "table.csv"
    assert main(["learn", "cohort", str(cohort), "--out", str(out), "--table", str(table)]) == 0
    shown = capsys.readouterr().out
    assert "cohort alone" in shown
    assert "Does the cohort disagree with the literature?" in shown
    assert "pattern.effects[TNBC, brain]" in shown
    model = load_model(out)
    assert model.name == "our clinic"
    assert "our clinic" in model.speaks_of
    rows = list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
    assert [row["coefficient"] for row in rows] == list(model.layout.names)
    assert all(float(row["both_se"]) > 0 for row in rows)


def test_tables_learn_as_the_cohort_does(cohort: Path, tmp_path: Path) -> None:
    """The fit reads only the tables: local ones give the same model to the last digit."""
    tables = tmp_path / "tables"
    assert main(["cohort", "tabulate", str(cohort), "--out", str(tables)]) == 0
    for source, name in ((cohort, "a.json"), (tables, "b.json")):
        assert main(["learn", "cohort", str(source), "--prior", "none", "--out", str(tmp_path / name)]) == 0
    assert load_model(tmp_path / "a.json").checksum == load_model(tmp_path / "b.json").checksum


def test_shared_tables_of_two_centres(
    cohort: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sent = [str(tmp_path / name) for name in ("a", "b")]
    for folder in sent:
        assert main(["cohort", "tabulate", str(cohort), "--shared", "--out", folder]) == 0
    assert main(["cohort", "tabulate", *sent, "--shared", "--out", str(tmp_path / "both")]) == 0
    assert "1,600 patients" in capsys.readouterr().out
    manifest = json.loads((tmp_path / "both" / "manifest.json").read_text())
    assert manifest["kind"] == "shared"
    assert manifest["smallest"] == 5


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["learn", "cohort", "no.parquet", "--out", "x.json"], "no.parquet"),
        (["learn", "cohort", "COHORT", "--prior", "nobody", "--out", "x.json"], "no such model"),
        (["cohort", "tabulate", "COHORT", "--shared", "--smallest", "1", "--out", "x"], "--smallest"),
        (["cohort", "tabulate", "COHORT", "COHORT", "--out", "x"], "folders of shared tables"),
    ],
)
def test_bad_input_is_told(
    cohort: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    message: str,
) -> None:
    """Exit code 2, one line, nothing written."""
    monkeypatch.chdir(tmp_path)
    assert main([str(cohort) if word == "COHORT" else word for word in arguments]) == 2
    assert message in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
