import csv

import pytest

from organotropism.learn import literature
from organotropism.process import model
from organotropism.process.model import load_model
from toy import toy_model

RESIDUALS = [
    {"id": "a-1", "residual": 0.5, "status": "used"},
    {"id": "a-2", "residual": "", "status": "set aside"},
]


@pytest.fixture(autouse=True)
def toy(monkeypatch, tmp_path):
    """The fit takes minutes and has tests of its own."""

    def learn(progress, own=None, without=()):
        progress(1, 0.5)
        used = [] if own is None else [{"id": row.record_id, "status": "used"} for row in own.associations]
        return toy_model(), [*RESIDUALS, *used]

    monkeypatch.setattr(literature, "learn", learn)
    monkeypatch.setattr(model, "load_model", lambda name: toy_model())
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("arguments, name", [([], "literature"), (["--out", "new.json"], "new")])
def test_model_and_residuals_are_written(run, tmp_path, arguments, name):
    result = run("learn", "literature", *arguments)
    assert (result.code, result.err) == (0, "")
    assert {path.name for path in tmp_path.iterdir()} == {f"{name}.json", f"{name}_residuals.csv"}
    assert (load_model(tmp_path / f"{name}.json").theta == toy_model().theta).all()
    with open(tmp_path / f"{name}_residuals.csv", newline="") as file:
        assert [row["residual"] for row in csv.DictReader(file)] == ["0.5", ""]


@pytest.mark.parametrize("problems, code", [([], 0), (["a differs"], 1)])
def test_comparison(run, tmp_path, monkeypatch, problems, code):
    monkeypatch.setattr(literature, "compare", lambda learned, shipped: problems)
    result = run("learn", "literature", "--compare")
    assert result.code == code
    assert result.out.splitlines() == (problems or ["the learned model equals the shipped one"])
    assert list(tmp_path.iterdir()) == []


def test_progress_on_a_terminal(run, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    assert "step 1, change 5.0e-01" in run("learn", "literature").err


def test_own_studies_are_read_and_reach_the_fit(run, tmp_path):
    own = tmp_path / "own.csv"
    row = "mine,subtype,TNBC,HR+/HER2-,brain,ever,metastatic_patients,OR,2.4,1.5,3.84"
    header = "study_id,factor,level,comparator,site,endpoint,denominator,measure,estimate,ci_low,ci_high"
    own.write_text(f"{header}\n{row}\n")
    assert run("learn", "literature", "--with", own, "--out", "new.json").code == 0
    assert "mine-own2" in (tmp_path / "new_residuals.csv").read_text()
    own.write_text(f"{header}\n{row.replace('brain', 'brian')}\n")
    refused = run("learn", "literature", "--with", own, "--out", "other.json")
    assert refused.code == 2
    assert "row 2, site" in refused.err
    assert not (tmp_path / "other.json").exists()
