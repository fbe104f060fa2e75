"""A map from probes to genes."""

from __future__ import annotations

from pathlib import Path

from organotropism.errors import InputError
from organotropism.markers.genes import GeneTable
from organotropism.markers.tables import MISSING, TextTable

#: What a column's name contains, best first. As genefu does, probes are assigned by Entrez id where there is
#: one: symbols change.
_GENE_COLUMNS = ("entrez", "ensembl", "symbol", "gene", "hugo", "hgnc")
_PROBE_COLUMNS = ("probe", "probe_id", "probeid", "probeset", "id_ref", "id")


def read_probe_map(path: Path, genes: GeneTable) -> dict[str, str]:
    """Read which gene each probe measures; probes of other genes than those of the panels are left out.

    Parameters
    ----------
    path : CSV or TSV with a column of probes (named probe or id, else the first) and one of Entrez ids,
        Ensembl ids or symbols (the first of these whose name says so)

    Raises
    ------
    InputError
        No column names genes, or none of its genes is one of the panels.
    """
    table = TextTable.of(path)
    names = {name.lower(): name for name in table.header}
    probe = next((names[name] for name in _PROBE_COLUMNS if name in names), table.header[0])
    gene = next(
        (name for word in _GENE_COLUMNS for name in table.header if word in name.lower() and name != probe),
        None,
    )
    if gene is None:
        raise InputError(
            "has no column of genes",
            file=str(path),
            expected="a column whose name holds entrez, ensembl or symbol",
        )
    found: dict[str, str] = {}
    for _, row in table.rows():
        if row[gene] not in MISSING and (hit := genes.find(row[gene])) is not None:
            found[row[probe].strip()] = hit[0]
    if not found:
        raise InputError("names no gene of the panels", file=str(path), field=gene)
    return found
