"""Blocks of determinants, as the question of the field divides them, and the factors in each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final

from organotropism.vocabulary import Compartment

CLINICAL: Final = "clinicopathological"
TUMOUR: Final = str(Compartment.PRIMARY_TUMOUR)

CIRCUMSTANCES: Final = ("treatment", "year")
"""Factors that are no property of the disease; a reference population holds no distribution of them."""

BLOCKS: Final = (
    CLINICAL,
    TUMOUR,
    str(Compartment.EXOSOME),
    str(Compartment.CTC),
    str(Compartment.MICROENVIRONMENT),
)
"""All blocks, in the order in which they are shown."""

BLOCK_OF: Final[Mapping[str, str]] = {
    "age": CLINICAL,
    "nodes": CLINICAL,
    "size": CLINICAL,
    "detection": CLINICAL,
    "treatment": CLINICAL,
    "year": CLINICAL,
    "subtype": TUMOUR,
    "pr": TUMOUR,
    "ki67": TUMOUR,
    "grade": TUMOUR,
    "histology": TUMOUR,
}
"""Block of each factor of the model.

What the pathologist reads off the tumour cells (receptors, proliferation, grade, type) is their phenotype
and stands with the primary tumour; the patient, the extent of disease and its circumstances stand apart.
"""


def by_block(parts: Mapping[str, float], block_of: Mapping[str, str] = BLOCK_OF) -> dict[str, float]:
    """Sum of the parts of the factors in each block that has any, whether or not they have a part."""
    return {
        block: sum(value for factor, value in parts.items() if block_of[factor] == block)
        for block in BLOCKS
        if block in block_of.values()
    }


@dataclass(frozen=True)
class NotInModel:
    """A block, or a part of one, of which the model holds no effect, with what is published on it.

    Attributes
    ----------
    block : name of the block
    associations : number of published associations with a site
    grades : number by grade of evidence
    effects : number that are effects in patients, with an interval, for a stated site and denominator
    studies : number of studies that these effects come from
    reasons : why the others are none, with their numbers, most frequent first
    """

    block: str
    associations: int
    grades: Mapping[str, int]
    effects: int
    studies: int
    reasons: Mapping[str, int]

    def to_dict(self) -> dict[str, object]:
        """Return the entry as plain values."""
        return asdict(self)
