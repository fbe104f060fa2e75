"""Every claim of the starting review ends somewhere."""

from organotropism.evidence import associations, markers, review_claims, studies
from organotropism.evidence.claims import NOT_IDENTIFIED, checked_claims, claim_record

CHECKED = checked_claims()


def test_every_claim_is_there_in_order():
    assert [checked.claim for checked in CHECKED] == list(review_claims())
    assert len(CHECKED) == 133


def test_every_claim_ends_in_a_record_a_marker_or_not_identified():
    records = {row.record_id for row in associations()}
    known = {row.marker_id for row in markers()}
    for checked in CHECKED:
        if checked.ends_in == "record":
            assert checked.records
            assert set(checked.records) <= records
        elif checked.ends_in == "marker":
            assert not checked.records
            assert checked.markers
        else:
            assert checked.ends_in == NOT_IDENTIFIED
            assert not checked.records
            assert not checked.markers
        assert set(checked.markers) <= known
        assert checked.claim.verdict
        assert checked.claim.source_says


def test_what_is_not_identified_has_no_source():
    ends = {checked.claim.claim_id for checked in CHECKED if checked.ends_in == NOT_IDENTIFIED}
    assert ends
    for checked in CHECKED:
        if checked.claim.claim_id in ends:
            assert checked.claim.study_id == ()
            assert checked.claim.verdict in ("not verifiable", "supported in part")


def test_how_the_sources_were_read():
    by_id = {checked.claim.claim_id: checked for checked in CHECKED}
    for checked in by_id.values():
        sources = [studies()[study] for study in checked.claim.study_id]
        assert (checked.verified == "yes") == (
            bool(sources) and all(source.verified == "yes" for source in sources)
        )
        assert set(checked.read_level.split(", ")) - {""} == {source.read_level for source in sources}


def test_markers_stand_beside_claims_on_markers():
    for checked in CHECKED:
        for marker in markers():
            if marker.marker_id in checked.markers:
                assert set(marker.source_study_id) & set(checked.claim.study_id)


def test_record_is_flat():
    record = claim_record(CHECKED[0])
    assert record["id"] == "rc001"
    assert record["study"] == ("xiao2018", "wangr2019")
