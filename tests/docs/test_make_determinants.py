"""The page of determinants can be made from any model, and the stored one names a shipped model."""

from pathlib import Path
from xml.etree import ElementTree

from organotropism.evidence import by_compartment
from organotropism.explain.blocks import NotInModel
from organotropism.explain.determinants import determinants
from organotropism.process.model import shipped_models
from scripts import script
from toy import toy_model

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_the_page_answers_first_and_says_what_is_missing() -> None:
    missing = [NotInModel(**entry) for entry in by_compartment()]
    page = script("docs/make_determinants.py").page(
        determinants(toy_model(), draws=2, not_in_model=missing), "toy", ""
    )
    lines = [line for line in page.splitlines() if line]
    assert lines[0].startswith("# Determinants")
    assert [line.partition(":**")[0] for line in lines if line.startswith("- **")][:6] == [
        "- **Tumour cells or microenvironment",
        "- **Whether and when",
        "- **How many sites",
        "- **Where",
        "- **By organ",
        "- **Open",
    ]
    assert page.index("Open:**") < page.index("## What cannot yet be said") < page.index("| age |")
    assert "| **microenvironment** | ? | ? | ? |" in page


def test_the_stored_page_and_figure_are_of_a_shipped_model() -> None:
    page = (DOCS / "determinants.md").read_text(encoding="utf-8")
    assert any(f"make_determinants.py {name}`" in page for name in shipped_models())
    assert ElementTree.parse(DOCS / "images" / "determinants.svg").getroot().get("role") == "img"
