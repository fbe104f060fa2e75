"""Effects on a forecast: shrinkage by hand, which markers move numbers, and that the rest move none."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from markers.panels import BY_ID, DEFINITIONS, EVIDENCE, SHARES
from organotropism.errors import InputError
from organotropism.evidence import associations
from organotropism.markers.dispute import dispute
from organotropism.markers.effects import (
    PRIOR_SD,
    UNADJUSTED_SD,
    Measurement,
    effect,
    measurements,
    posterior,
    shifts,
    why_no_effect,
)
from organotropism.markers.genes import read_shipped
from organotropism.markers.measured import PUBLISHED, Reading, read_measured
from organotropism.vocabulary import Grade

EFFECTS = {d.id: e for d in DEFINITIONS if (e := effect(d, EVIDENCE, SHARES)) is not None}
MAF = "MAF_16Q23_GAIN"


def test_maf_by_fish_alone_has_effect_interval_cutoff_and_share() -> None:
    assert set(EFFECTS) == {MAF}
    assert EFFECTS[MAF].share == pytest.approx(184 / 865)
    assert EFFECTS[MAF].studies == ("pavlovic2015", "coleman_azure_maf")


def test_maf_is_the_posterior_worked_out_by_hand() -> None:
    # y1 = ln 14.5 measures rate + (1 - .5) bone; y2 = 0 measures the rate, unadjusted. Two unknowns,
    # solved by Cramer's rule.
    a = (np.log(32.9) - np.log(6.4)) / 3.92
    b = np.hypot((np.log(1.41) - np.log(0.59)) / 3.92, UNADJUSTED_SD)
    prior, one, two = 1 / PRIOR_SD**2, 1 / a**2, 1 / b**2
    m11, m12, m22 = prior + one + two, 0.5 * one, prior + 0.25 * one
    y = np.log(14.5) * one
    determinant = m11 * m22 - m12**2
    found = EFFECTS[MAF]
    assert found.mean[0] == pytest.approx((y * m22 - m12 * 0.5 * y) / determinant)
    assert found.mean[1] == pytest.approx((m11 * 0.5 * y - m12 * y) / determinant)
    assert found.mean[2:].tolist() == [0, 0, 0, 0]
    assert found.covariance[0, 0] == pytest.approx(m22 / determinant)
    assert found.covariance[2, 2] == pytest.approx(PRIOR_SD**2)


@given(st.floats(-3, 3), st.floats(0.05, 1.0), st.integers(0, 3))
def test_shrinkage_never_overshoots_and_nulls_shrink_further(value: float, se: float, nulls: int) -> None:
    design = np.array([1.0, 0.5, 0, 0, 0, 0])
    positive = Measurement("a", "a", design, value, se**2)
    null = Measurement("b", "b", design, 0.0, se**2)
    mean, covariance = posterior([positive, *[null] * nulls])
    more, narrower = posterior([positive, *[null] * (nulls + 1)])
    fitted, further = design @ mean, design @ more
    assert abs(further) <= abs(fitted) + 1e-12
    assert abs(fitted) <= abs(value) + 1e-12
    assert fitted * value >= 0
    assert np.linalg.eigvalsh(covariance - narrower).min() > -1e-12


def test_null_studies_shrink_maf() -> None:
    found = measurements(MAF, EVIDENCE, SHARES)
    assert [m.value == 0 for m in found] == [False, True]
    with_null, without = posterior(found)[0], posterior(found[:1])[0]
    assert 0 < with_null[0] < without[0]


def test_unadjusted_effects_are_wider() -> None:
    adjusted = measurements("CRYAB", EVIDENCE, SHARES)[0]
    bare = replace(
        EVIDENCE,
        associations={
            **EVIDENCE.associations,
            "voduc2015-03": replace(EVIDENCE.associations["voduc2015-03"], adjusted=""),  # type: ignore[type-var]
        },
    )
    assert measurements("CRYAB", bare, SHARES)[0].variance == pytest.approx(adjusted.variance + 0.15**2)


@pytest.mark.parametrize(
    "marker, design",
    [
        (MAF, [1, 0.5, 0, 0, 0, 0]),  # hazard of a site among all patients
        ("CXCR4_IHC", [1, 0, 0, 0, 0, 0]),  # any distant among all patients
        ("CRYAB", [0, 0, 0, 0, 1, 0]),  # odds of a site among metastatic patients
        ("CLDN2_IHC", [0, 0, 0, 0.75, 0, 0]),  # hazard of a site among metastatic patients
    ],
)
def test_what_a_published_number_measures(marker: str, design: list[float]) -> None:
    assert measurements(marker, EVIDENCE, SHARES)[0].design.tolist() == design


def test_an_average_of_tumours_is_where_it_was() -> None:
    found = EFFECTS[MAF]
    (up, _), (down, _) = found.against_average(True), found.against_average(False)
    np.testing.assert_allclose(found.share * up + (1 - found.share) * down, 0, atol=1e-15)
    assert (up - down).tolist() == pytest.approx(found.mean.tolist())


@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda d: d.id)
@pytest.mark.parametrize("positive", [True, False, None])
def test_no_other_marker_moves_anything(definition, positive: bool | None) -> None:
    reading = Reading(definition.id, "x", positive, definition.published_cutoff)
    added = list(shifts([reading], EFFECTS))
    assert bool(added) == (definition.id == MAF and positive is not None)
    if definition.grade in (Grade.C, Grade.D, Grade.E):
        assert not added
        assert why_no_effect(definition) == f"grade {definition.grade} never moves a number"


def test_a_call_by_ones_own_cutoff_moves_nothing() -> None:
    assert not list(shifts([Reading(MAF, "3", True, False)], EFFECTS))


def test_grades_c_to_e_could_not_move_a_number_with_an_effect_either() -> None:
    for grade in (Grade.C, Grade.D, Grade.E):
        assert effect(replace(BY_ID[MAF], grade=grade), EVIDENCE, SHARES) is None
    assert effect(replace(BY_ID[MAF], executable="needs cut-off"), EVIDENCE, SHARES) is None


def test_links_name_records_of_their_marker() -> None:
    for row in read_shipped("effects.csv"):
        record = EVIDENCE.associations[row["record_id"]]
        assert row["marker_id"] in BY_ID
        assert record.evidence_grade in ("A", "B")
        assert row["role"] in ("effect", "null")
        assert row["sign"] in ("1", "-1")
        studies = (*BY_ID[row["marker_id"]].studies, "coleman_azure_maf", "cxcr4_meta2014")
        assert record.study_id in studies
        if row["role"] == "effect":
            assert record.estimate is not None and record.ci_low is not None
        else:
            assert record.direction == "none"


def test_published_cutoffs_are_those_of_the_record() -> None:
    assert BY_ID[MAF].cutoff == "copy number >=2.5"
    assert PUBLISHED == {MAF: 2.5}


def test_readings(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_text(f"id,marker,value\na,{MAF},2.5\na,CRYAB,high\nb,{MAF},2.4\nb,DOCK4,3\nb,CD44,NA\n")
    found = read_measured(path, DEFINITIONS, {"DOCK4": {"DOCK4": 2.0}})
    assert found["a"] == (Reading(MAF, "2.5", True, True), Reading("CRYAB", "high", True, False))
    assert found["b"] == (Reading(MAF, "2.4", False, True), Reading("DOCK4", "3", True, False))
    assert read_measured(path, DEFINITIONS)["b"][1].positive is None


@pytest.mark.parametrize(
    "content, message",
    [
        ("marker\n", "holds one column"),
        ("name,value\nMAF,1\n", "marker: has no such column"),
        ("marker,value\nMAFX,1\n", '"MAFX" is not a marker'),
        (f"marker,value\n{MAF},perhaps\n", '"perhaps" is not a value of a marker'),
        (f"marker,value\n{MAF},inf\n", "is not a value"),
        (f"marker,value\n{MAF},1\n{MAF},2\n", 'row 3, marker: "MAF_16Q23_GAIN" is given twice'),
    ],
)
def test_readings_that_make_no_sense_are_refused(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "m.csv").write_text(content)
    with pytest.raises(InputError) as error:
        read_measured(tmp_path / "m.csv", DEFINITIONS)
    assert message in str(error.value)


def test_dispute_tells_both_sides() -> None:
    said = {name: dispute(BY_ID[name], associations()) for name in ("PTHRP_IHC", MAF, "DOCK4", "DUCHNOWSKA3")}
    assert said["PTHRP_IHC"].reverse == ("henderson2006",)
    assert "takagaki2012" in said["PTHRP_IHC"].found
    assert said[MAF].nothing == ("coleman_azure_maf",)
    assert said["DUCHNOWSKA3"].nothing == ("duchnowska2015",)
    assert dispute(BY_ID["SIHTO_LIVER"], associations()).found == ("sihto2011",)
    assert dispute(BY_ID["ILC_HISTOLOGY"], associations()).found == ("mathew2017",)
