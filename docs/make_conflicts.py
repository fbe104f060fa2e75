"""Write conflicts.md: where the literature disagrees and why, from the evidence and the model's residuals.

Run from the repository root after the evidence or the literature model has changed:
``python docs/make_conflicts.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from organotropism.evidence import find_conflicts, findings, selected, shipped_residuals, studies
from organotropism.evidence.conflicts import conflict_record
from organotropism.present.conflicts import KINDS, LEGEND, VERDICTS, account, title

TARGET = Path(__file__).parent / "conflicts.md"
OPENING = """\
# Where the literature disagrees

This page is written by `docs/make_conflicts.py` from the shipped evidence (human breast cancer, grades A and
B) and from the residuals of the literature model. `organotropism evidence conflicts` shows the same, with
filters and every row. Study names are those of `studies.csv`: `organotropism evidence show NAME` tells which
paper each is.
"""
READING = """\
## How to read it

- {legend}
- A *finding* is a printed contrast of a level with its comparator at one site, or the odds ratio of two
  shares that one study prints (two ids with a colon). Findings bear on one *question*, such as TNBC against
  other subtypes and bone, whatever their cut-offs.
- A conflict is one of three: opposite directions; the same direction with sizes that differ beyond chance, or
  one that defies the literature model; found by some, not by others.
- *Kept apart by* names the fewest aspects of the studies (denominator, comparator or cut-off, endpoint, part
  of the follow-up, population, adjustment, years of diagnosis) within which no two findings have opposite
  directions, shown by at least two groups of patients. It is no proof of a cause: aspects go together, and
  most questions rest on few studies.
- Studies that share patients ({registry} on one US registry) are one group. Their numbers are not
  independent, so I² is a rough guide.
- Sizes are compared twice: as published, and after the value that the literature model expects of each
  number, given its denominator, endpoint, population and adjustment, is taken off. The model was fitted to
  these numbers among others, so what is left is a lower bound.
- Verdicts: {verdicts}
"""


def main() -> None:
    """Write conflicts.md beside this file."""
    TARGET.write_text(document(), encoding="utf-8")


def document() -> str:
    """Text of the page."""
    found = find_conflicts(selected(findings()), shipped_residuals())
    records = [conflict_record(conflict) for conflict in found]
    reading = READING.format(
        legend=LEGEND,
        registry=sum(study.overlap_group == "SEER" for study in studies().values()),
        verdicts=" ".join(f"*{name}*: {text.partition(': ')[2]}" for name, text in VERDICTS.items()),
    )
    lines = [OPENING, _summary(records), "", *_overview(records), "", reading.rstrip()]
    for kind, heading in KINDS.items():
        lines += ["", f"## {heading[0].upper()}{heading[1:]}"]
        for record in records:
            if record["kind"] == kind:
                lines += ["", f"### {title(record)}", "", *_paragraphs(record)]
    return "\n".join(lines).rstrip() + "\n"


def _summary(records: list[dict[str, Any]]) -> str:
    opposite = [record for record in records if record["kind"] == "direction"]
    apart = [record for record in opposite if record["apart"]]
    denominator = [record for record in apart if "denominator" in record["apart"]]
    return (
        f"On {len(opposite)} questions some studies point one way and some the other. On {len(apart)} "
        "of these something\nthat is recorded of the studies keeps the two sides apart: "
        f"on {len(denominator)} the denominator, alone or with another."
    )


def _overview(records: list[dict[str, Any]]) -> Iterator[str]:
    yield "| question and site | more / less / no difference | kept apart by | verdict |"
    yield "|---|---|---|---|"
    for record in records:
        counts = " / ".join(str(len(record[word])) for word in ("increases", "decreases", "none"))
        apart = ", ".join(record["apart"]) or "-"
        yield f"| {title(record)} | {counts} | {apart} | {record['verdict']} |"


def _paragraphs(record: Mapping[str, Any]) -> Iterator[str]:
    """Sentences as one paragraph; lists apart, as Markdown wants them."""
    listed = False
    for line in account(record):
        bullet = line.startswith("- ")
        if bullet != listed:
            yield ""
        listed = bullet
        yield line


if __name__ == "__main__":
    main()
