"""Names of genes, and that the table holds every gene of the panels."""

import pytest

from markers.cohorts import TABLE
from organotropism.evidence import aliases, marker_genes
from organotropism.markers.pam50 import centroids


@pytest.mark.parametrize(
    "name, symbol",
    [
        ("ESR1", "ESR1"),
        (' "ESR1" ', "ESR1"),
        ("2099", "ESR1"),
        ("2099.0", "ESR1"),
        ("geneid.2099", "ESR1"),
        ("ENSG00000091831", "ESR1"),
        ("ENSG00000091831.24", "ESR1"),
        ("ESR1|2099", "ESR1"),
        ("?|2099", "ESR1"),
        ("KNTC2", "NDC80"),
        ("C21ORF91", "C21orf91"),
        ("CTGF", "CCN2"),
        ("Esr1", None),
        ("ESR1 /// PGR", None),
        ("", None),
        ("?", None),
        ("-", None),
    ],
)
def test_find(name: str, symbol: str | None) -> None:
    hit = TABLE.find(name)
    assert (None if hit is None else hit[0]) == symbol


def test_every_gene_of_the_panels_is_in_the_table() -> None:
    needed = {gene.current_symbol or gene.symbol for gene in marker_genes() if gene.feature_type == "gene"}
    assert {TABLE.current(symbol) for symbol in needed} <= TABLE.symbols
    assert set(centroids().symbols) <= TABLE.symbols


def test_aliases_of_the_evidence_are_followed() -> None:
    for alias in aliases():
        if alias.current_symbol in TABLE.symbols:
            assert TABLE.current(alias.symbol) == alias.current_symbol
            assert TABLE.find(str(alias.entrez)) == (alias.current_symbol, "Entrez")


def test_no_name_stands_for_two_genes() -> None:
    for field in ("symbol", "entrez", "ensembl"):
        names = [value for gene in TABLE.genes if (value := getattr(gene, field))]
        assert len(names) == len(set(names)), field
    former = [name for gene in TABLE.genes for name in gene.former]
    assert len(former) == len(set(former))
    assert not set(former) & TABLE.symbols
