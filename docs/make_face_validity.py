"""Write face-validity.md: published absolute numbers beside what the default model forecasts.

Run from the repository root after the evidence or a model has changed, some minutes:
``python docs/make_face_validity.py``. Causes of misses stand in ``face_validity_causes.csv``.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from organotropism.evidence.published import MISS, Compared, summaries
from organotropism.learn.literature import measurements
from organotropism.learn.published import compare_published, not_compared
from organotropism.present.published import EXPLANATION, HEADERS, SUMMARY_HEADERS, cells, summary_cells
from organotropism.process.model import load_model

TARGET = Path(__file__).parent / "face-validity.md"
CAUSES = Path(__file__).parent / "face_validity_causes.csv"
#: Sources that a reader who knows the field will look for first, and what each is known for.
WELL_KNOWN: Final = {
    "ebctcg2024": "EBCTCG 2024: distant recurrence by receptor, nodes and decade, 151 trials",
    "pan2017": "Pan 2017 (EBCTCG): distant recurrence from 5 to 20 years, ER-positive",
    "colzani2014": "Colzani 2014: first distant metastasis by time, Stockholm",
    "holleczek2019": "Holleczek 2019: Saarland cancer registry",
    "vanmaaren2019": "van Maaren 2019: Netherlands Cancer Registry, by subtype",
    "pestalozzi2013": "Pestalozzi 2013: CNS relapses in HERA",
    "jerzak2026": "Jerzak 2026: treated brain metastases by subtype and stage, Ontario",
    "dawood2012": "Dawood 2012: brain metastases in TNBC",
    "hess2013": "Hess 2013: sites of first recurrence, MD Anderson",
    "savci2015": "Savci-Heijink 2015: sites by subtype, metastatic series",
    "darlix2019": "Darlix 2019: brain metastases by subtype, ESME",
}
ALIGN: Final = "lllrrrr"
OPENING: Final = """\
# Face validity

Published absolute numbers (risks, hazards, shares of sites, deaths after metastasis) beside what the model
`{model}` forecasts for the same women. This page is written by `docs/make_face_validity.py`. Every number
that can be compared stands on it; those that cannot are counted at its end with the reason.
`organotropism evidence published` shows the same for one study, one site or another model.

{explanation} All numbers are in per cent, hazards in per cent a year.

What differs between studies was estimated from these numbers, so that most of them lie inside wide limits
speaks for the limits, not for the forecasts, which are judged by the log ratios. Where a study tells in words
alone how its women were treated or followed, the forecast is for women treated and followed as usual in
their years. All are held against the level of registries and trials, single hospitals too, whose patients
relapse more often: `--baseline hospital` forecasts at theirs.
"""


def main() -> None:
    """Write face-validity.md beside this file."""
    model = load_model()
    TARGET.write_text(document(model.name, compare_published(model)), encoding="utf-8")


def document(model: str, rows: Sequence[Compared]) -> str:
    """Text of the page from the comparisons."""
    causes = read_causes()
    short = [summary_cells(label, asdict(found)) for label, found in summaries(rows).items()]
    lines = [OPENING.format(model=model, explanation=EXPLANATION)]
    lines += ["## In short", "", *_table(SUMMARY_HEADERS, short, "lrrrrr"), ""]
    lines += ["## What any reader will look for", "", *_well_known(rows)]
    misses = sorted((row for row in rows if abs(row.z) > MISS), key=lambda row: -abs(row.z))
    lines += [f"## Misses beyond {MISS:g} standard errors", ""]
    lines += [f"{len(misses)} of {len(rows)} numbers, each with its cause, or *open*.", ""]
    told = ((row.id, *_row(row), causes.get(row.id, "*open*")) for row in misses)
    lines += [*_table(("row", *HEADERS, "cause"), told, f"l{ALIGN}l"), ""]
    for design in sorted({row.design for row in rows}):
        own = sorted((row for row in rows if row.design == design), key=_order)
        lines += [f"## All numbers: {design}", "", *_table(HEADERS, map(_row, own), ALIGN), ""]
    lines += ["## Not compared", "", *_not_compared()]
    return "\n".join(lines).rstrip() + "\n"


def read_causes() -> dict[str, str]:
    """Cause of each miss that is understood, by row of the evidence."""
    with CAUSES.open(encoding="utf-8", newline="") as file:
        return {row["id"]: row["cause"].replace("open:", "*open*:") for row in csv.DictReader(file)}


def _order(row: Compared) -> tuple[str, str, str]:
    return row.study, row.site, row.id


def _well_known(rows: Sequence[Compared]) -> Iterator[str]:
    for study, title in WELL_KNOWN.items():
        own = sorted((row for row in rows if row.study == study), key=_order)
        yield f"### {title}"
        yield ""
        if own:
            yield from _table(HEADERS, map(_row, own), ALIGN)
        else:
            reasons = sorted({row.reason for row in not_compared(measurements()) if row.study == study})
            yield f"No number to compare: {'; '.join(reasons) or 'it prints contrasts alone'}."
        yield ""


def _not_compared() -> Iterator[str]:
    by_reason: dict[str, list[str]] = defaultdict(list)
    for row in not_compared(measurements()):
        by_reason[row.reason].append(row.study)
    lines = [
        (reason, str(len(named)), ", ".join(sorted(set(named))))
        for reason, named in sorted(by_reason.items(), key=lambda entry: -len(entry[1]))
    ]
    yield from _table(("reason", "numbers", "studies"), lines, "lrl")


def _row(row: Compared) -> tuple[str, ...]:
    """Cells in which no sign is taken for Markdown."""
    return tuple(cell.replace("|", "\\|").replace("*", "\\*") for cell in cells(asdict(row)))


def _table(headers: Sequence[str], lines: Iterable[Sequence[str]], align: str) -> Iterator[str]:
    """Markdown table; `align` has l or r for each column."""
    rules = {"l": "---", "r": "---:"}
    for line in (headers, [rules[side] for side in align], *lines):
        yield f"| {' | '.join(line)} |"


if __name__ == "__main__":
    main()
