"""Write determinants.md and its figure: what decides whether, how many and where, from a model's numbers.

Run from the repository root: ``python docs/make_determinants.py MODEL [COHORT]``. COHORT is a file that
``organotropism cohort import`` wrote; with it the page says how the model held against its outcomes.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from organotropism.cli.determinants import measured, observed_in
from organotropism.explain.determinants import Determinants
from organotropism.present import wording_determinants as words
from organotropism.present.determinants import determinants_sections
from organotropism.present.figures.determinants import determinants_figure
from organotropism.present.sections import Section
from organotropism.process.model import load_model

HERE = Path(__file__).parent
DRAWS = 200
INTRODUCTION = """\
The review this project starts from ends with an open question: which is more determining for where a breast
cancer spreads, the phenotype of the tumour cells or the microenvironment, and what limits the spread to one
organ? In numbers, as far as numbers go (in brackets 95 % uncertainty of the evidence):
"""
READING = """\
## How to read it

- **Two scales.** *whether/when* is Royston and Sauerbrei's R²_D of the log hazard of distant disease; *how
  many* and *where* are shares of the entropy of the set of sites found at presentation, among those who
  present. Compare factors within a column. The answer above also gives whether within ten years on the scale
  of entropy.
- **Shares without order.** Each number is a Shapley value: how many and where share first, then blocks, then
  the factors of a block. A factor that is absent is held at its mean on the log scale, so one without effect
  gets nothing however much it goes with others. What a factor *tells*, others included, is the last table.
- **Blocks.** *Primary tumour* is the phenotype of the tumour cells as the pathologist reads it: receptors and
  subtype, grade, histology, Ki-67. (The review treats these under clinicopathological factors; the question
  sets them apart.) *Clinicopathological* is the patient and the extent of disease.
- **Treatment and year of diagnosis** are circumstances, no determinants of the disease, and are left out.
- **Intervals** are 95 % over draws of the coefficients from their covariance and the spread between
  populations. Values are means over the draws: an effect of which little is known is seldom zero in a draw,
  so its value lies above what the forecasts use (the mode), and its interval is wide.

This page is generated from a model: `python docs/make_determinants.py {model}`. The same numbers come from
`organotropism determinants {model}`.
"""
CANNOT = """\
## What cannot yet be said

- **Whether the phenotype of tumour cells or the microenvironment decides more.** No model can weigh what was
  not measured in patients: {blocks}. What is open bounds their part from above, and only from above.
- **How much of what is open is chance.** The same tumour need not spread twice alike; no number here tells.
- **What is limiting for one organ**, beyond the table by site: its intervals are wide because most studies
  print one factor, one site, and no adjustment for the others.
- **Causes.** These are shares of prediction. A factor may stand for another that was not measured.

What would change this: exosomes, circulating tumour cells and the niche measured in patients at diagnosis,
with follow-up by site, a stated denominator, and an effect with its interval, adjusted for subtype.
"""


def main(model_name: str, cohort_file: str | None) -> None:
    """Write determinants.md and images/determinants.svg beside this file."""
    model = load_model(model_name)
    found = measured(model, "reference population", DRAWS, None)
    held = ""
    if cohort_file is not None:
        _, observed, name = observed_in(model, cohort_file)
        held = f"\n- **Held against {name}:** {words.observed(observed)}"
    (HERE / "images" / "determinants.svg").write_text(determinants_figure(found), encoding="utf-8")
    (HERE / "determinants.md").write_text(page(found, model_name, held), encoding="utf-8")


def page(found: Determinants, model_name: str, held: str) -> str:
    """The page as Markdown; `held` is a further point of the answer."""
    answers = "\n".join(f"- **{lead}:** {text}" for lead, text in map(_split, words.answer(found)))
    tables = "\n".join(_markdown(section) for section in determinants_sections(found))
    missing = "; ".join(
        f"{words.block_label(entry.block)}, {entry.associations} published associations, "
        f"{entry.effects or 'none'} of them an effect in patients with an interval"
        for entry in found.not_in_model
        if entry.block != "primary tumour"
    )
    return (
        "# Determinants: what decides whether, how many and where\n\n"
        f"{INTRODUCTION}\n{answers}{held}\n\n"
        f"![{words.title(found)}](images/determinants.svg)\n\n"
        f"{CANNOT.format(blocks=missing)}\n{tables}\n{READING.format(model=model_name)}"
    )


def _split(sentence: str) -> tuple[str, str]:
    lead, _, text = sentence.partition(": ")
    return lead, text


def _markdown(section: Section) -> str:
    parts = []
    if section.heading:
        parts.append(f"## {section.heading}\n")
    if section.rows:
        lines = [_row(("", *section.headers)), _row(("---", *["---:"] * len(section.headers)))]
        for row in section.rows:
            label = f"**{row.label.strip()}**" if row.tone == "strong" else row.label.strip()
            lines.append(_row((label, *row.cells)))
        parts.append("\n".join(lines) + "\n")
    if section.note:
        parts.append(f"{section.note}\n")
    return "\n".join(parts)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None)
