"""Names of genes: symbol, former symbol, Entrez or Ensembl id, or probe, all read as today's symbol."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources

from organotropism.markers.records import AliasRecord

_VERSION = re.compile(r"\.\d+$")
# R puts an X before names that begin with a digit.
_ENTREZ = re.compile(r"(?:geneid\.|entrez(?:gene)?:?|geneid:?|X)?(\d+)(?:\.0+)?", re.IGNORECASE)
_X_DIGIT = re.compile(r"X(?=\d)")
_MARKS = re.compile(r"[^A-Za-z0-9]")


@dataclass(frozen=True, slots=True)
class Gene:
    """One gene of a panel: today's symbol, NCBI (Entrez) and Ensembl id ("" where none), former symbols."""

    symbol: str
    entrez: str
    ensembl: str
    former: tuple[str, ...]


@dataclass(frozen=True)
class GeneTable:
    """Every name that a gene of the panels goes by.

    Parameters
    ----------
    genes : tuple of Gene
        The genes that any marker needs.
    """

    genes: tuple[Gene, ...]

    @cached_property
    def _by_symbol(self) -> dict[str, str]:
        return {name: gene.symbol for gene in self.genes for name in (gene.symbol.upper(), gene.symbol)}

    @cached_property
    def _by_former(self) -> dict[str, str]:
        return {name: gene.symbol for gene in self.genes for name in gene.former}

    @cached_property
    def _by_entrez(self) -> dict[str, str]:
        return {gene.entrez: gene.symbol for gene in self.genes if gene.entrez}

    @cached_property
    def _by_ensembl(self) -> dict[str, str]:
        return {gene.ensembl: gene.symbol for gene in self.genes if gene.ensembl}

    @cached_property
    def _by_dots(self) -> dict[str, str]:
        """Symbols with a mark, such as HLA-DOB, as R writes them: HLA.DOB; none that several genes share."""
        dotted: dict[str, set[str]] = {}
        for name, symbol in (self._by_former | self._by_symbol).items():
            dotted.setdefault(_MARKS.sub(".", name), set()).add(symbol)
        return {name: min(found) for name, found in dotted.items() if len(found) == 1 and "." in name}

    @cached_property
    def symbols(self) -> frozenset[str]:
        """Today's symbols of all genes."""
        return frozenset(gene.symbol for gene in self.genes)

    def current(self, symbol: str) -> str:
        """Today's symbol of a gene by today's or a former symbol; the text itself where it is neither."""
        return self._by_symbol.get(symbol) or self._by_former.get(symbol) or symbol

    def find(self, identifier: str) -> tuple[str, str] | None:
        """Today's symbol and how it was found: symbol, former symbol, Entrez or Ensembl; None if unknown.

        Versions of Ensembl ids (``ENSG00000091831.24``), prefixes and decimals of Entrez ids
        (``geneid.2099``, ``2099.0``), the TCGA form ``ESR1|2099`` and R's dots (``HLA.DOB``) are understood.
        Names of several genes (``A /// B``) are none: the signal is not one gene's.
        """
        for name in identifier.strip().strip('"').split("|"):
            for kind, table, key in (
                ("symbol", self._by_symbol, name),
                ("former symbol", self._by_former, name),
                ("Ensembl", self._by_ensembl, _VERSION.sub("", name)),
                ("Entrez", self._by_entrez, match[1] if (match := _ENTREZ.fullmatch(name)) else ""),
                ("symbol with dots", self._by_dots, _MARKS.sub(".", name)),
            ):
                if key in table:
                    return table[key], kind
        return None


def gene_table(aliases: Iterable[AliasRecord] = ()) -> GeneTable:
    """Genes of all panels, with further old symbols from the records of the evidence.

    Ids and former symbols are those of the HUGO Gene Nomenclature Committee (HGNC, CC0), July 2024.
    """
    extra: dict[str, set[str]] = {}
    for alias in aliases:
        extra.setdefault(alias.current_symbol, set()).add(alias.symbol)
    genes = []
    for row in read_shipped("genes.csv"):
        former = {name for name in row["former_symbols"].split(";") if name}
        former |= extra.get(row["symbol"], set()) - {row["symbol"]}
        genes.append(Gene(row["symbol"], row["entrez"], row["ensembl"], tuple(sorted(former))))
    return GeneTable(tuple(genes))


@cache
def read_shipped(name: str) -> list[dict[str, str]]:
    """Rows of one of the tables in `markers/data`."""
    file = resources.files("organotropism") / "markers" / "data" / name
    return list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))


@dataclass(frozen=True)
class Identifiers:
    """How the identifiers of one file are read: as genes, or as probes that a map assigns to genes.

    Parameters
    ----------
    genes : GeneTable
    probes : mapping of probe to today's symbol, None where the identifiers are genes
    """

    genes: GeneTable
    probes: Mapping[str, str] | None = None

    def find(self, identifier: str) -> tuple[str, str] | None:
        """Symbol and how it was found, None where the identifier is of no gene of the panels."""
        if self.probes is None:
            return self.genes.find(identifier)
        name = identifier.strip().strip('"')
        symbol = self.probes.get(name) or self.probes.get(_X_DIGIT.sub("", name, count=1))
        return None if symbol is None else (symbol, "probe")
