"""Simulate the expression of the examples: 24 tumours around the centroids of PAM50. No patient is in it.

Run in the folder of the repository: `python examples/make_expression.py`.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from organotropism.evidence import aliases, marker_genes, markers
from organotropism.markers import gene_table
from organotropism.markers.definitions import Kind, define
from organotropism.markers.pam50 import SUBTYPES, centroids

HERE = Path(__file__).parent
TUMOURS = {"Basal": 6, "Her2": 4, "LumA": 8, "LumB": 4, "Normal": 2}
#: Beside PAM50: all genes of the rules of few genes, and the smallest signature.
SMALL_RULES = (Kind.SINGLE, Kind.ALL, Kind.PANEL, Kind.MEAN)


def simulate() -> tuple[list[str], list[list[str]]]:
    """Header and rows of the expression file, genes by samples, log2."""
    rng = np.random.default_rng(5)
    own = [name for name, count in TUMOURS.items() for _ in range(count)]
    names = [f"T{number:02}" for number in range(1, len(own) + 1)]
    reference = dict(zip(centroids().symbols, centroids().values, strict=True))
    wanted = set(reference)
    for definition in define(markers(), marker_genes(), gene_table(aliases())):
        if definition.kind in SMALL_RULES or definition.id == "SMID2008_LIVER":
            wanted |= set(definition.genes)
    rows = []
    for gene in sorted(wanted):
        centre = reference.get(gene, np.zeros(5))[[SUBTYPES.index(name) for name in own]]
        # Uniform doubles alone: the part of numpy's streams that has not changed between versions.
        values = 5 + 5 * rng.random() + centre + 2 * rng.random(len(own)) - 1
        rows.append([gene, *(f"{value:.2f}" for value in values)])
    return ["gene", *names], rows


def write() -> None:
    """Write expression.csv and samples.csv beside this script."""
    header, rows = simulate()
    own = [name for name, count in TUMOURS.items() for _ in range(count)]
    with (HERE / "expression.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])
    status = ["negative" if name in ("Basal", "Her2") else "positive" for name in own]
    with (HERE / "samples.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(
            [["sample", "er"], *zip(header[1:], status, strict=True)]
        )


if __name__ == "__main__":
    write()
