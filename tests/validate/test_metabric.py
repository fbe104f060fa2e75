"""METABRIC: the same figures as those of the tests' own reading, which does without weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import metabric
from organotropism import load_model
from organotropism.cohort.mapping import read_mapping
from organotropism.cohort.table import import_table
from organotropism.validate import Settings, validate

MAPPING = Path(__file__).resolve().parents[2] / "examples" / "metabric.toml"


def test_scores_are_those_of_the_reference(shared: Path) -> None:
    folder = shared / "data" / "metabric"
    read, model = metabric.load(folder), load_model("literature")
    cohort = import_table(folder / "clinical_relapse.tsv", read_mapping(MAPPING)).cohort
    assert cohort is not None
    found = validate(model, cohort, Settings(bootstrap=0))
    table = model.forecast(cohort.patients(), [5, 10], intervals=False).risks
    risk = np.concatenate([table.ever[0], table.any[0][:, None]], axis=1)
    columns = {**{site.lower(): k for k, site in enumerate(metabric.SITES)}, "any": 5}
    assert len(found.overall) == 12
    for entry in found.overall:
        k, t = columns[entry.outcome], entry.horizon
        follow_up = (read.event[:, k], read.years, read.dead)
        # Same events, ties in another order.
        expected = metabric.aalen_johansen(*follow_up, t)
        assert entry.observed.value == pytest.approx(expected, abs=2e-4)
        # The reference leaves out those censored before the horizon, 3 % by 5 and 11 % by 10 years.
        auc = metabric.auc(*follow_up, risk[:, k, int(t == 10)], t)
        assert entry.scores["auc"].value == pytest.approx(auc, abs=0.005)
        # The reference's observed and predicted share, as the project's documents quote them.
        ratio = expected / risk[:, k, int(t == 10)].mean()
        assert entry.scores["o_e"].value == pytest.approx(ratio, rel=2e-3)
