"""The claims of the starting review: verdict, what the source says, and where each claim ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from organotropism.evidence.load import associations, markers, review_claims, studies
from organotropism.evidence.records import ReviewClaim, Study

NOT_IDENTIFIED: Final = "not identified"


@dataclass(frozen=True, slots=True)
class CheckedClaim:
    """A claim with what it was held against.

    Attributes
    ----------
    claim : the claim, its verdict, and what the source says
    ends_in : record, marker or not identified
    records, markers : ids that the claim was held against; markers of its studies, for claims on markers
    read_level : how its studies were read: full text, abstract or review only; blank without a study
    verified : whether their citations were confirmed: yes, no (one was not), blank without a study
    """

    claim: ReviewClaim
    ends_in: str
    records: tuple[str, ...]
    markers: tuple[str, ...]
    read_level: str
    verified: str


def checked_claims() -> list[CheckedClaim]:
    """Every claim, in the order of the review."""
    by_id = {row.record_id: row for row in associations()}
    known = studies()
    found = []
    for claim in review_claims():
        sources = [known[study] for study in claim.study_id]
        named = {by_id[record].factor_std for record in claim.record_ids}
        linked: tuple[str, ...] = ()
        if not claim.record_ids or "marker" in named:
            linked = tuple(
                marker.marker_id for marker in markers() if set(marker.source_study_id) & set(claim.study_id)
            )
        levels = [level for level in ("review only", "abstract", "full text") if _has(sources, level)]
        found.append(
            CheckedClaim(
                claim=claim,
                ends_in="record" if claim.record_ids else "marker" if linked else NOT_IDENTIFIED,
                records=claim.record_ids,
                markers=linked,
                read_level=", ".join(levels),
                verified="" if not sources else "yes" if all(s.verified == "yes" for s in sources) else "no",
            )
        )
    return found


def _has(sources: list[Study], level: str) -> bool:
    return any(source.read_level == level for source in sources)


def claim_record(checked: CheckedClaim) -> dict[str, object]:
    """A checked claim as one flat record, for CSV and JSON."""
    claim = checked.claim
    return {
        "id": claim.claim_id,
        "section": claim.section,
        "claim": claim.claim,
        "verdict": claim.verdict,
        "source_says": claim.source_says,
        "ends_in": checked.ends_in,
        "records": checked.records,
        "markers": checked.markers,
        "study": claim.study_id,
        "read_level": checked.read_level,
        "verified": checked.verified,
    }
