"""The markers room: what is measured on the tumour cell, its exosomes, CTCs and the microenvironment."""

from organotropism.markers.expression import Expression, expression
from organotropism.markers.genes import GeneTable, Identifiers, gene_table
from organotropism.markers.pam50 import Pam50, pam50
from organotropism.markers.probes import read_probe_map
from organotropism.markers.read import read_expression

__all__ = [
    "Expression",
    "GeneTable",
    "Identifiers",
    "Pam50",
    "expression",
    "gene_table",
    "pam50",
    "read_expression",
    "read_probe_map",
]
