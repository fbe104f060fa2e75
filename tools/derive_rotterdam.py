"""Counts of distant disease in cells of the Rotterdam cohort, as rows of `baseline.csv`.

The rows of patients are not shipped; these counts are, in cells of `FEWEST` women or more. Cells are made
by ER, then split by nodes, size, grade and age in this order where every part keeps `FEWEST` women.

    python tools/derive_rotterdam.py ROTTERDAM.csv BASELINE.csv

replaces the rows of the study in the second file.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

Woman = Mapping[str, str]
FEWEST = 20
STUDY = "rotterdam"
HORIZONS = (5.0, 10.0)
_NODES = ((0, "N0"), (3, "1-3 nodes"), (9, "4-9 nodes"))
#: Factor of the evidence, and the level of a woman.
SPLITS: tuple[tuple[str, Callable[[Woman], str]], ...] = (
    ("er", lambda w: w["er"]),
    ("n_category", lambda w: _level(int(w["nodes"]), _NODES, ">=10 nodes")),
    ("t_category", lambda w: w["t"]),
    ("grade", lambda w: w["grade"]),
    ("age", lambda w: _level(int(w["age"]), ((49, "<50"), (69, "50-69")), ">=70")),
)


def _level(value: int, limits: Sequence[tuple[int, str]], last: str) -> str:
    return next((label for limit, label in limits if value <= limit), last)


def cells(women: Sequence[Woman], step: int = 0) -> Iterator[tuple[list[str], Sequence[Woman]]]:
    """Cells as factor=level texts with their women; every woman is in one."""
    if step == len(SPLITS):
        yield [], women
        return
    factor, level = SPLITS[step]
    parts: dict[str, list[Woman]] = {}
    for woman in women:
        parts.setdefault(level(woman), []).append(woman)
    if min(map(len, parts.values())) < FEWEST:
        yield from cells(women, step + 1)
        return
    for name in sorted(parts):
        for rest, members in cells(parts[name], step + 1):
            yield [f"{factor}={name}", *rest], members


def incidence(women: Sequence[Woman], start: float, end: float, death_competes: bool) -> tuple[float, int]:
    """Aalen-Johansen risk of distant disease between two years, and the women free at the first.

    Where death does not compete it is censored, as follow-up is. Ties are taken as they come in the file;
    times are given in days, so there are few.
    """
    records = []
    for woman in women:
        met = float(woman["met"]) if woman["met"] else float("inf")
        end_of_follow_up = float(woman["fu"])
        kind = "distant" if met <= end_of_follow_up else "death" if woman["dead"] == "Dead" else "end"
        records.append((min(met, end_of_follow_up), kind))
    records = sorted(record for record in records if record[0] > start)
    free, risk = 1.0, 0.0
    for number, (time, kind) in enumerate(records):
        if time > end:
            break
        share = free / (len(records) - number)
        if kind == "distant":
            risk += share
        if kind == "distant" or (kind == "death" and death_competes):
            free -= share
    return risk, len(records)


def rows(women: Sequence[Woman]) -> Iterator[dict[str, str]]:
    """Rows of `baseline.csv`: the risk to five years, and from five to ten among those free at five."""
    years = sorted(int(woman["year"]) for woman in women)
    for place, members in cells(women):
        for start, end in zip((0.0, *HORIZONS), HORIZONS, strict=False):
            risk, free = incidence(members, start, end, death_competes=start == 0)
            if free < FEWEST:
                continue
            yield {
                "study_id": STUDY,
                "authors_short": "Rotterdam cohort",
                "year": "2008",
                "url": "https://cran.r-project.org/package=Epi",
                "population": f"diagnosed {years[0]}-{years[-1]}; tumour bank of Rotterdam",
                "n": str(free),
                "endpoint": "distant metastasis",
                "stratum": "; ".join(part.replace("=", " ", 1) for part in place),
                "from_years": f"{start:g}",
                "to_years": f"{end:g}",
                "measure": "derived count",
                "value": f"{risk * free:.1f}",
                "unit": "patients",
                "read_level": "data",
                "notes": "risk times women; death " + ("competes" if start == 0 else "is censored"),
                "restricted_to": ";".join(place),
                "middle_year": f"{years[len(years) // 2]}",
                "functional": "incidence" if start == 0 else "net_risk",
                "read_as": "any_distant",
            }


def main(cohort: str, baseline: str) -> None:
    """Write the rows."""
    with open(cohort, encoding="utf-8", newline="") as stream:
        women = list(csv.DictReader(stream))
    table = Path(baseline)
    with table.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        columns = list(reader.fieldnames or ())
        kept = [row for row in reader if row["study_id"] != STUDY]
    for number, row in enumerate(rows(women), start=1):
        kept.append(dict.fromkeys(columns, "") | row | {"record_id": f"{STUDY}-{number:02d}"})
    with table.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(kept)


if __name__ == "__main__":
    main(*sys.argv[1:])
