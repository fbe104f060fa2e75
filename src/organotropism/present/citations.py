"""Studies as a reader looks them up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Protocol

from organotropism.present import wording


class StudyRecord(Protocol):
    """What a citation is made of; the records of the evidence tables have it."""

    @property
    def study_id(self) -> str:
        """Id of the study."""

    @property
    def authors_short(self) -> str:
        """First author, as printed."""

    @property
    def year(self) -> int | None:
        """Year of publication."""

    @property
    def title(self) -> str:
        """Title."""

    @property
    def journal(self) -> str:
        """Journal."""

    @property
    def doi(self) -> str:
        """DOI without resolver, blank where none is known."""

    @property
    def pmid(self) -> str:
        """PubMed id, blank where none is known."""

    @property
    def url(self) -> str:
        """Where the study was read."""

    @property
    def read_level(self) -> str:
        """Full text, abstract, or review only."""

    @property
    def verified(self) -> str:
        """Yes, or no where a field of the citation was not confirmed in the paper."""


@dataclass(frozen=True)
class Citation:
    """A study as it is cited.

    Attributes
    ----------
    study : its id
    short : author and year, for the running text
    full : authors, year, title and journal
    url : DOI, else PubMed, else the page where it was read; blank where there is none
    read : what was read of it, and whether the citation is confirmed
    """

    study: str
    short: str
    full: str
    url: str
    read: str


PREDICT: Final = Citation(
    wording.PREDICT,
    wording.STUDIES[wording.PREDICT],
    "Grootes I, Wishart GC, Pharoah PDP. 2024. An updated PREDICT breast cancer prognostic model including "
    "the benefits and harms of radiotherapy. npj Breast Cancer.",
    "https://doi.org/10.1038/s41523-024-00612-y",
    "coefficients of the R package predictv30r 0.3.2",
)
#: A cohort that the shipped models learnt from: its name in their support, and its paper.
METABRIC: Final = Citation(
    "METABRIC",
    "METABRIC",
    "Rueda OM et al. 2019. Dynamics of breast-cancer relapse reveal late-recurring ER-positive genomic "
    "subgroups. Nature 567:399.",
    "https://doi.org/10.1038/s41586-019-1007-8",
    "patients of Tables S6 and S7, complete relapse histories",
)


def cite(study: StudyRecord) -> Citation:
    """Citation of one study."""
    author = study.authors_short.removesuffix(" et al.").replace(",", "").strip()
    authors = study.authors_short.rstrip(".") or f"({study.study_id})"
    parts = [authors, str(study.year or ""), study.title.rstrip("."), study.journal]
    return Citation(
        study.study_id,
        f"{author.split(' ')[0]} {study.year or ''}".strip() if author else _named_by(study.study_id),
        ". ".join(part for part in parts if part) + ".",
        _address(study),
        f"read: {study.read_level}" + ("" if study.verified == "yes" else "; citation not verified"),
    )


def cited(studies: Iterable[StudyRecord]) -> dict[str, Citation]:
    """Citations by the id of the study, with those of PREDICT and METABRIC."""
    own = {citation.study: citation for citation in (PREDICT, METABRIC)}
    return {**own, **{study.study_id: cite(study) for study in studies}}


def _named_by(study_id: str) -> str:
    """An id as a reader knows it, where the evidence names no author."""
    return study_id.upper() if study_id.startswith("pmc") else study_id


def _address(study: StudyRecord) -> str:
    if study.doi:
        return f"https://doi.org/{study.doi}"
    if study.pmid:
        return f"https://pubmed.ncbi.nlm.nih.gov/{study.pmid}/"
    return study.url if study.url.startswith(("https://", "http://")) else ""
