"""Several models in several cohorts: paired differences, and pooling only over patients new to the model."""

from __future__ import annotations

from dataclasses import replace

import pytest

from followed import simulated
from organotropism.cohort.identity import digest
from organotropism.errors import InputError
from organotropism.present.validation.several import several_in_brief, several_page, write_several
from organotropism.validate import Settings
from organotropism.validate.numbers import MEANING, spread_rows
from organotropism.validate.outcome import ANY
from organotropism.validate.resample import Estimate
from organotropism.validate.several import Several, scale_error, validate_several
from toy import toy_model

SETTINGS = Settings((5.0,), bootstrap=20, folds=2)


@pytest.fixture(scope="module")
def several() -> Several:
    """The truth and the same without its rate effects; three cohorts, the third known to the second model."""
    cohorts = [replace(simulated(500, seed=seed), name=f"cohort {seed}") for seed in (1, 2, 3)]
    blunt = toy_model()
    theta = blunt.theta.copy()
    theta[blunt.layout.slices["rate.slope"]] *= 0.5
    learnt = {"learnt_from": {"cohort": "cohort 3", "digest": digest(cohorts[2])}}
    blunt = replace(blunt, name="blunt", theta=theta, provenance=learnt)
    return validate_several([toy_model(), blunt], cohorts, SETTINGS)


def test_each_model_in_each_cohort_and_paired_differences(several: Several) -> None:
    for part in several.cohorts:
        assert [validation.model.name for validation in part.validations] == ["toy", "blunt"]
        assert [model.name for model in part.comparison.models] == ["toy", "blunt"]
        first, second = (model.scores[ANY, 5.0] for model in part.comparison.models)
        gain = second["auc_gain"]
        assert gain.value == pytest.approx(second["auc"].value - first["auc"].value)
        # Paired: the interval of the difference is shorter than that of either.
        assert gain.high - gain.low < second["auc"].high - second["auc"].low
        for model, validation in zip(part.comparison.models, part.validations, strict=True):
            own = next(entry for entry in validation.overall if entry.outcome == ANY)
            assert model.scores[ANY, 5.0]["auc"].value == pytest.approx(own.scores["auc"].value)


def test_cohorts_that_the_model_has_seen_are_not_pooled(several: Several) -> None:
    found = {(entry.model, entry.score): entry for entry in several.spread if entry.outcome == ANY}
    assert set(found["toy", "auc"].cohorts) == {"cohort 1", "cohort 2", "cohort 3"}
    assert set(found["blunt", "auc"].cohorts) == {"cohort 1", "cohort 2"}
    for entry in several.spread:
        low, high = entry.prediction
        assert low <= entry.mean.low <= entry.mean.value <= entry.mean.high <= high
    told = " ".join(several_in_brief(several))
    assert "learnt from these very patients" in told
    assert "too few to say what a further one would give" in told
    assert {row["measure"] for row in spread_rows(several.spread)} <= set(MEANING)


def test_page_and_folders(several: Several, tmp_path) -> None:
    write_several(several, tmp_path, "1.2.3")
    names = {path.name for path in tmp_path.iterdir()}
    pairs = {f"cohort_{n}-{model}" for n in (1, 2, 3) for model in ("toy", "blunt")}
    assert names == {"report.html", "numbers.csv", "numbers.json"} | pairs
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert all(f'href="{pair}/report.html"' in page for pair in pairs)
    own = (tmp_path / "cohort_1-toy" / "tripod_ai.csv").read_text(encoding="utf-8")
    assert "random effects on the logit of the AUC" in own
    assert "<title>Validation of the toy and blunt models in cohort 1, cohort 2 and cohort 3</title>" in page


def test_without_intervals_nothing_is_pooled() -> None:
    cohorts = [replace(simulated(300, seed=seed), name=f"cohort {seed}") for seed in (1, 2)]
    found = validate_several([toy_model()], cohorts, replace(SETTINGS, bootstrap=0))
    assert found.spread == []
    assert "Nothing is pooled" in several_page(found, "1")
    assert "nothing is pooled" in " ".join(several_in_brief(found))


def test_namesakes_are_refused() -> None:
    with pytest.raises(InputError, match="same name"):
        validate_several([toy_model()], [simulated(300), simulated(300)], SETTINGS)


def test_error_from_an_interval() -> None:
    # 0.8 to 1.25 is log 1.25 on either side of 1: 1.96 standard errors.
    assert scale_error(Estimate(1.0, 0.8, 1.25), "o_e") == pytest.approx(0.11385, abs=1e-5)
