"""The describe room: what a cohort shows, before any model: who, how long, whether, where, and what then."""

from organotropism.describe.description import Description, describe
from organotropism.describe.table import Table

__all__ = ["Description", "Table", "describe"]
