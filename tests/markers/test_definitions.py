"""All 64 markers are defined, each with a kind of rule that fits what was published."""

from collections import Counter

import pytest

from markers.panels import BY_ID, DEFINITIONS
from organotropism.evidence import markers
from organotropism.markers.definitions import Analyte, Kind, detail, no_cutoff, unpublished
from organotropism.vocabulary import Compartment


def test_all_are_there() -> None:
    assert len(DEFINITIONS) == 64
    assert [d.id for d in DEFINITIONS] == [m.marker_id for m in markers()]
    assert {d.compartment for d in DEFINITIONS} == set(Compartment)


@pytest.mark.parametrize(
    "name, kind",
    [
        ("SMID2008_BONE", Kind.SIGNED_SET),
        ("OSHI4", Kind.MEAN),
        ("SIHTO_BRAIN", Kind.PANEL),
        ("HOSHINO_LUNG_A6B4", Kind.ALL),
        ("BMSM", Kind.ALL),
        ("CAPG_GIPC1", Kind.ALL),
        ("RANKL_SERUM", Kind.QUARTILE),
        ("MAF_16Q23_GAIN", Kind.STATED),
        ("ILC_HISTOLOGY", Kind.STATED),
        ("MAF_EXPR", Kind.SINGLE),
        ("MACROPHAGE_NICHE", Kind.PANEL),
        ("LMS", Kind.UNPUBLISHED),
        ("PTHRP_IHC", Kind.UNPUBLISHED),
        ("CNI_BONE_LIU", Kind.UNPUBLISHED),
    ],
)
def test_kind_of_rule(name: str, kind: Kind) -> None:
    assert BY_ID[name].kind == kind


def test_what_the_evidence_calls_executable_has_a_rule() -> None:
    for definition in DEFINITIONS:
        if definition.executable in ("no", "needs gene list"):
            assert definition.kind == Kind.UNPUBLISHED, definition.id
        if definition.published_cutoff:
            assert definition.kind in (Kind.SIGNED_SET, Kind.STATED), definition.id


def test_genes_are_todays_and_counted_once() -> None:
    recorded = {m.marker_id: (m.n_up, m.n_down, m.n_unsigned) for m in markers()}
    for d in DEFINITIONS:
        regions = Counter(sign for _, sign in d.regions)
        counts = (len(d.up) + regions[1], len(d.down) + regions[-1], len(d.unsigned))
        # Fewer than recorded only where two old symbols are one gene today.
        assert all(0 <= r - c <= 2 for r, c in zip(recorded[d.id], counts, strict=True)), d.id
        assert len(set(d.genes)) == len(d.genes), d.id
    assert "CCN2" in BY_ID["KANG_BONE"].up
    assert BY_ID["SIHTO_BRAIN"].down == ("ESR1", "PGR")


def test_sites_toward_and_away() -> None:
    assert BY_ID["ILC_HISTOLOGY"].sites == ("bone", "GI", "ovary")
    assert BY_ID["ILC_HISTOLOGY"].away == ("lung", "liver")
    assert BY_ID["VCAM1"].sites == ("lung", "bone")
    assert not any(d.away for d in DEFINITIONS if d.id != "ILC_HISTOLOGY")


def test_what_is_missing_is_said() -> None:
    assert unpublished(BY_ID["LMS"]).startswith("gene list not published in what was read; genes, signs")
    assert "contradictory" in unpublished(BY_ID["PTHRP_IHC"])
    assert "failed validation" in unpublished(BY_ID["DUCHNOWSKA3"])
    assert no_cutoff(BY_ID["CRYAB"]) == "no published cut-off"
    assert detail("partial: rule yes, ng/mL no") == "rule yes, ng/mL no"
    assert all(unpublished(d) for d in DEFINITIONS)


@pytest.mark.parametrize(
    "name, rna, protein",
    [
        ("SMID2008_BONE", True, False),
        ("SIHTO_BONE", False, True),
        ("MAF_EXPR", True, True),
        ("BMSM", False, True),
        ("HSPC111_EXO_LIVER", True, True),
        ("MACROPHAGE_NICHE", False, False),
    ],
)
def test_analytes(name: str, rna: bool, protein: bool) -> None:
    assert BY_ID[name].measured_by(Analyte.RNA) is rna
    assert BY_ID[name].measured_by(Analyte.PROTEIN) is protein
