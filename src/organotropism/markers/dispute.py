"""How disputed a marker is: studies that found it with its site, found nothing, or found the reverse."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from organotropism.markers.definitions import Definition, Kind
from organotropism.markers.genes import read_shipped
from organotropism.markers.records import AssociationRecord
from organotropism.vocabulary import FINER_SITES

#: Up to so many genes a record is taken as one on the marker where it names them.
_FEW_GENES = 5
_SITES = {"skin": "skin_soft_tissue", "any distant": "any_distant", "GI": "other", "ovary": "other"}
#: Endpoints of patients, where fewer metastases speak against a marker. In experiments they mostly follow
#: from taking it away, which speaks for it.
_OF_PATIENTS = ("at_diagnosis", "first_relapse", "ever", "time_to_site")
#: Levels that are the marker's absence, or its treatment: a lower risk is what it would lead one to expect.
_ABSENT = ("low", "negative", "treated")
#: Other names under which records speak of a gene.
_NAMES = {
    "ITGA6": ("ITGA6", "α6β4", "α6β1"),
    "ITGB4": ("ITGB4", "α6β4"),
    "ITGB1": ("ITGB1", "α6β1"),
    "ITGAV": ("ITGAV", "αvβ5"),
    "ITGB5": ("ITGB5", "αvβ5"),
}


@dataclass(frozen=True)
class Dispute:
    """Studies by what they found on a marker and its sites; a study stands under each that it reports.

    Attributes
    ----------
    found, nothing, reverse : ids of studies on the marker's own sites
    elsewhere : sites beyond its own for which it was found, with the studies
    """

    found: tuple[str, ...]
    nothing: tuple[str, ...]
    reverse: tuple[str, ...]
    elsewhere: dict[str, tuple[str, ...]]


def dispute(definition: Definition, records: Iterable[AssociationRecord]) -> Dispute:
    """Gather what the evidence says for and against a marker, human or not; the grade says which.

    Findings on survival alone do not count, as they are not about a site, unless they are the null studies
    that the marker's effect is shrunk by.
    """
    own = {_SITES.get(site, site) for site in (*definition.sites, *definition.away)}
    found: dict[str, list[str]] = {"found": [], "nothing": [], "reverse": []}
    nulls = {row["record_id"] for row in read_shipped("effects.csv") if row["role"] == "null"}
    nulls &= {row["record_id"] for row in read_shipped("effects.csv") if row["marker_id"] == definition.id}
    elsewhere: dict[str, list[str]] = {}
    for record in records:
        if record.record_id in nulls:
            found["nothing"].append(record.study_id)
        if record.endpoint_std in ("survival", "expression") or not _on(definition, record):
            continue
        verdict = _verdict(definition, record)
        if record.site_std in own and verdict:
            found[verdict].append(record.study_id)
        elif verdict == "found" and definition.kind == Kind.SINGLE and record.site_std in FINER_SITES:
            elsewhere.setdefault(record.site_std, []).append(record.study_id)
    once = {key: tuple(dict.fromkeys(ids)) for key, ids in found.items()}
    beyond = {site: tuple(dict.fromkeys(ids)) for site, ids in elsewhere.items()}
    return Dispute(once["found"], once["nothing"], once["reverse"], beyond)


def _verdict(definition: Definition, record: AssociationRecord) -> str:
    """Whether a record found what the marker says, nothing, or the reverse; "" where it does not tell."""
    if record.direction == "none":
        return "nothing"
    if record.direction not in ("increases", "decreases"):
        return ""
    away = record.site_std in {_SITES.get(site, site) for site in definition.away}
    low = any(_names(gene, record.factor) for gene in definition.down)
    if (record.direction == "increases") is not (away or low):
        return "found"
    against = record.endpoint_std in _OF_PATIENTS and record.level_std not in _ABSENT
    return "reverse" if against and "zoledron" not in record.level else ""


def _on(definition: Definition, record: AssociationRecord) -> bool:
    """Whether a record is about the marker."""
    same_study = record.study_id in definition.studies
    if definition.id == "ILC_HISTOLOGY":
        return record.factor_std == "histology" and same_study
    if record.factor_std != "marker":
        return False
    if definition.regions or not 0 < len(definition.genes) <= _FEW_GENES:
        return same_study
    named = [_names(gene, record.factor) for gene in definition.genes]
    return all(named) or (same_study and any(named))


def _names(gene: str, factor: str) -> bool:
    names = _NAMES.get(gene, (gene,))
    return any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", factor) for name in names)
