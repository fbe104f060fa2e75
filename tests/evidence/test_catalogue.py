"""Every record in one form; filters that match; one id with everything known of it."""

import pytest

from organotropism.errors import InputError
from organotropism.evidence import associations, baseline, counts, course, markers, shipped_residuals, studies
from organotropism.evidence.catalogue import FILTERS, KINDS, items, select, values_of
from organotropism.evidence.show import show

RESIDUALS = shipped_residuals()


def test_every_record_is_there_once():
    ids = [item.id for item in items()]
    assert len(set(ids)) == len(ids)
    tables = (associations(), counts(), baseline(), course(), markers())
    assert [sum(item.kind == kind for item in items()) for kind in KINDS] == [len(rows) for rows in tables]


def test_rows_are_named_as_in_the_residuals():
    # every row that the model read or set aside can be shown
    assert set(RESIDUALS) <= {item.id for item in items()}


def test_a_filter_matches_what_it_says():
    for name in FILTERS:
        value = next(value for item in items() for value in values_of(item, name) if value)
        found = select(repeats=True, **{name: value})
        assert found
        assert all(value in values_of(item, name) for item in found)
        missed = set(items()) - set(found)
        assert not any(value in values_of(item, name) for item in missed)


def test_a_number_in_two_rows_is_listed_once():
    both = {item.id for item in select(study="xiong2018", repeats=True)}
    once = {item.id for item in select(study="Xiong 2018")}
    assert both - once == {item.id for item in items() if item.id in both and item.same_as in both}
    assert "c014" in once and "xiong2018-02" in both - once
    # Alone it stays: nothing that is listed holds its number.
    assert "xiong2018-02" in {item.id for item in select(study="xiong2018", kind="association")}


def test_filters_by_reference_marker_and_loose_names():
    assert {item.study for item in select(reference="21") if item.kind == "association"} == {("sihto2011",)}
    assert {"sihto2011-13", "SIHTO_BONE"} <= {item.id for item in select(marker="snai1")}
    assert select(marker="cytokeratin-5") == select(marker="KRT5")
    assert select(site="Bone") == select(site="bone")


def test_filters_together_and_several_values():
    found = select(site="bone,brain", grade="A", factor="subtype", usable=None)
    assert {item.site for item in found} == {("bone",), ("brain",)}
    assert {(item.grade, item.factor) for item in found} == {("A", "subtype")}
    assert select(study="xiao2018", kind="count") == []


@pytest.mark.parametrize(
    "filters, message",
    [
        ({"site": "brian"}, '--site: "brian" is not a site of the evidence; expected'),
        ({"grade": "A,F"}, '--grade: "F" is not a grade of the evidence; expected A, B, C, D or E'),
        ({"study": "xiao2108"}, 'did you mean "xiao2018"?'),
    ],
)
def test_values_that_no_record_has(filters, message):
    with pytest.raises(InputError) as error:
        select(**filters)
    assert message in str(error.value)


def test_a_record_says_how_it_was_read():
    by_id = {item.id: item for item in items()}
    assert (by_id["c017"].read_level, by_id["c017"].verified) == ("full text", "no")
    assert (by_id["xiao2018-05"].read_level, by_id["xiao2018-05"].verified) == ("abstract", "yes")
    levels = {item.read_level for item in items() if item.kind not in ("rate", "course")}
    assert levels == {"full text", "abstract", "review only"}
    outside = {item.study for item in items() if not item.verified}
    assert not {name for names in outside for name in names} & set(studies())


def test_markers_have_standard_sites():
    known = {value for item in items() if item.kind == "association" for value in item.site}
    assert {site for item in items() if item.kind == "marker" for site in item.site} <= known


def test_show_an_association():
    shown = show("xiao2018-05", RESIDUALS)
    assert shown["kind"] == "association"
    assert shown["record"]["estimate"] == 1.3
    assert shown["studies"][0]["verified"] == "yes"
    assert shown["studies"][0]["read_level"] == "abstract"
    assert shown["model"]["status"] == "set aside"
    used = show("xiao2018-13", RESIDUALS)["model"]
    assert used["status"] == "used"
    assert isinstance(used["residual"], float)
    assert [claim["claim_id"] for claim in shown["claims"]] == ["rc021"]
    assert shown["contrasts"][0]["question"] == "HR+/HER2+ against other subtypes"


def test_show_a_count_and_what_it_is_compared_with():
    shown = show("c014", RESIDUALS)
    assert {part["id"] for part in shown["contrasts"]} == {"c017:c014", "c020:c014", "c023:c014"}
    assert shown["same"] == ["xiong2018-02"]
    assert show("xiong2018-02", RESIDUALS)["same"] == ["c014"]


def test_show_a_row_that_the_model_does_not_use():
    assert show("leone2017-14", RESIDUALS)["model"] == {
        "status": "not used",
        "reason": "no number with n or interval",
    }
    assert show("c050", RESIDUALS)["model"]["status"] == "set aside"


def test_show_the_other_kinds():
    marker = show("SMID2008_BONE", RESIDUALS)
    assert len(marker["genes"]) > 100
    assert marker["studies"][0]["study_id"] == "smid2008"
    study = show("kennecke2010", RESIDUALS)
    assert {"kennecke2010-10", "course-01"} <= set(study["records"])
    claim = show("rc021", RESIDUALS)
    assert (claim["ends_in"], claim["records"]) == ("record", ["xiao2018-05"])
    (study,) = show("baseline-001", RESIDUALS)["studies"]
    assert (study["study_id"], study["design"]) == ("pan2017", "trial or multicentre")
    assert show("course-01", RESIDUALS)["record"]["from"] == "distant relapse"


def test_every_id_can_be_shown():
    # a part that is empty is left out
    for item in items():
        shown = show(item.id, RESIDUALS) if item.kind != "association" else None
        assert shown is None or (shown["id"] == item.id and all(shown.values()))


def test_show_what_is_not_there():
    with pytest.raises(InputError, match=r'"xiao2018-5" is no record.*did you mean "xiao2018-'):
        show("xiao2018-5", RESIDUALS)
