import csv
import re
from pathlib import Path

import pytest

from organotropism.vocabulary import (
    FINER_SITES,
    ICD10,
    OTHER_SITES,
    SITES,
    SUBTYPES,
    UBERON,
    Compartment,
    Denominator,
    Endpoint,
    Factor,
    Grade,
    Site,
)


def test_sites_and_subtypes_keep_their_order() -> None:
    assert [str(site) for site in SITES] == ["bone", "lung", "liver", "brain", "other"]
    assert SUBTYPES == ("HR+/HER2-", "HR+/HER2+", "HR-/HER2+", "TNBC")


def test_every_single_organ_has_codes_and_other_has_none() -> None:
    assert set(UBERON) == set(ICD10) == set(SITES) - {Site.OTHER}
    uberon = [*UBERON.values(), *(finer.uberon for finer in OTHER_SITES)]
    assert len(set(uberon)) == len(uberon)
    assert all(re.fullmatch(r"UBERON:\d{7}", code) for code in uberon)
    icd10 = [*ICD10.values(), *(finer.icd10 for finer in OTHER_SITES)]
    assert all(re.fullmatch(r"C7[789]\.\d", code) for code in icd10)


@pytest.mark.parametrize(
    ("file", "column", "vocabulary"),
    [
        ("associations.csv", "endpoint_std", Endpoint),
        ("associations.csv", "denominator", Denominator),
        ("associations.csv", "evidence_grade", Grade),
        ("associations.csv", "factor_std", Factor),
        ("markers.csv", "compartment", Compartment),
    ],
)
def test_vocabularies_cover_the_evidence(
    shared: Path, file: str, column: str, vocabulary: type[Endpoint]
) -> None:
    with (shared / "evidence" / file).open(encoding="utf-8", newline="") as stream:
        used = {row[column] for row in csv.DictReader(stream)}
    assert used <= {str(word) for word in vocabulary}


def test_finer_sites_cover_the_single_organs_of_the_evidence(shared: Path) -> None:
    with (shared / "evidence" / "associations.csv").open(encoding="utf-8", newline="") as stream:
        used = {row["site_std"] for row in csv.DictReader(stream)}
    # What remains is not one organ: groups, numbers of organs, and single organs as the only one.
    groups = {"", "visceral", "any_distant", "multiple", "single"}
    assert {name for name in used if not name.endswith("_only")} - groups == set(FINER_SITES)
