from dataclasses import dataclass

import pytest

from organotropism import evidence
from organotropism.present.citations import PREDICT, cite, cited


@dataclass(frozen=True)
class Study:
    study_id: str = "a2020"
    authors_short: str = "Author-Name B et al."
    year: int | None = 2020
    title: str = "A title."
    journal: str = "Journal"
    doi: str = "10.1/x"
    pmid: str = "12"
    url: str = "https://example.org/x"
    read_level: str = "abstract"
    verified: str = "yes"


def test_all_that_is_known():
    found = cite(Study())
    assert found.short == "Author-Name 2020"
    assert found.full == "Author-Name B et al. 2020. A title. Journal."
    assert found.url == "https://doi.org/10.1/x"
    assert found.read == "read: abstract"


@pytest.mark.parametrize(
    "study, url",
    [
        (Study(doi=""), "https://pubmed.ncbi.nlm.nih.gov/12/"),
        (Study(doi="", pmid=""), "https://example.org/x"),
        (Study(doi="", pmid="", url="review"), ""),
        (Study(doi="", pmid="", url="javascript:x"), ""),
    ],
)
def test_address(study, url):
    assert cite(study).url == url


def test_what_is_not_known():
    found = cite(Study(authors_short="", year=None, verified="no"))
    assert found.short == "a2020"
    assert found.full == "(a2020). A title. Journal."
    assert found.read == "read: abstract; citation not verified"


def test_all_studies_of_the_evidence():
    studies = evidence.studies()
    found = cited(studies.values())
    assert set(found) == {*studies, "predict3", "METABRIC"}
    assert found["predict3"] is PREDICT
    assert found["kennecke2010"].short == "Kennecke 2010"
    assert all(citation.short and citation.full for citation in found.values())
