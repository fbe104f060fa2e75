"""docs/conflicts.md is what its script makes of the evidence; numbers of the model may be of an older fit."""

import re
from pathlib import Path

from organotropism.evidence import find_conflicts, findings, selected, shipped_residuals, studies
from scripts import script

DOCS = Path(__file__).resolve().parents[2] / "docs"


def sections(page: str) -> dict[str, list[str]]:
    """Of each conflict the lines that do not depend on the model: who finds what, what keeps them apart."""
    found = {}
    for part in page.split("\n### ")[1:]:
        name, *lines = part.split("\n## ")[0].splitlines()
        found[name] = [
            line
            for line in lines
            if line
            and not re.search(r"published|expected|numbers to compare|^(Accounted|Kept|In part|Open)", line)
        ]
    return found


STORED = (DOCS / "conflicts.md").read_text(encoding="utf-8")
MADE = script("docs/make_conflicts.py").document()


def test_the_page_is_of_this_evidence():
    stored, made = sections(STORED), sections(MADE)
    # conflicts of size come and go with the fit of the model; the others follow from the evidence alone
    for name, lines in made.items():
        if name in stored:
            assert stored[name] == lines, f"{name}: run docs/make_conflicts.py"
    assert len(set(stored) & set(made)) > 20


def test_opposite_directions_are_all_there():
    opposite = STORED.partition("## Opposite directions")[2].partition("\n## ")[0]
    conflicts = find_conflicts(selected(findings()), shipped_residuals())
    assert opposite.count("\n### ") == sum(conflict.kind == "direction" for conflict in conflicts)


def test_every_study_that_is_named_exists():
    listed = re.findall(r"(?:More|less|no difference|often) (?:often )?in ([^;(]+)", STORED)
    named = {
        name for text in listed for name in re.split(r", | and ", text.strip()) if re.search(r"\d{4}$", name)
    }
    assert len(named) > 30
    assert named <= set(studies())


def test_the_page_says_how_it_was_made():
    assert "docs/make_conflicts.py" in STORED
    assert "was fitted to\nthese numbers among others" in STORED.replace("\n  ", "\n")
