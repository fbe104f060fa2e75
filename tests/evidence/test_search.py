"""The starting review is findable: by its words, its references and its authors as it writes them."""

import pytest

from organotropism.evidence import associations, markers, review_claims, studies
from organotropism.evidence.catalogue import items
from organotropism.evidence.names import canonical, folded, nearest, study_ids, study_name
from organotropism.evidence.search import KINDS, search
from organotropism.evidence.show import show

#: Factors, markers and model systems as the starting review writes them, with something that each must find.
REVIEW = {
    # clinicopathological
    "molecular subtype": "rc002",
    "PAM50": "rc018",
    "luminal A": "molnar2017-02",
    "luminal B (HER2+)": "rc037",
    "HER2-enriched": "soni2015-06",
    "basal-like": "rc019",
    "triple-negative": "yao2019",
    "TNBC": "rc027",
    "HR+/HER2+": "rc021",
    "HR+/HER2-": "rc003",
    "tumor size": "rc017",
    "nodal status": "rc017",
    "lymph node": "rc053",
    "grade III": "rc050",
    "age at diagnosis": "purushotham2014",
    "African Americans": "rc043",
    "bone-only": "diessner2016-01",
    "nomogram": "boutros2015",
    # primary tumour
    "ER": "sihto2011-12",
    "PR": "sihto2011-20",
    "SNAI1": "sihto2011-13",
    "COX2": "sihto2011-14",
    "HER2": "sihto2011-15",
    "EGFR": "sihto2011-17",
    "cytokeratin-5": "sihto2011-18",
    "cytokeratin 5": "sihto2011-24",
    "E-cadherin": "sihto2011-21",
    "nestin": "rc079",
    "prominin-1": "sihto2011-23",
    "CD44": "CD44",
    "Notch3": "NOTCH3",
    "Aurora kinase A": "rc084",
    "AURKA": "rc084",
    "4-genes score": "oshi2020",
    "DOK 4": "OSHI4",
    "HCCS": "OSHI4",
    "PGF": "OSHI4",
    "SHCBP1": "OSHI4",
    "LM2-4": "OSHI4",
    "MDA-MB-231": "rc086",
    # exosomes
    "exosomes": "rc072",
    "integrin α6β4": "HOSHINO_LUNG_A6B4",
    "α6β1": "HOSHINO_LUNG_A6B1",
    "integrin αvβ5": "HOSHINO_LIVER_AVB5",
    "integrin β3": "ITGB3_EXO_BRAIN",
    "integrin α6 and β4": "luo_cong2024",
    "HCT116": "luo_cong2024-02",
    "SW620": "rc096",
    "SW480": "rc096",
    "hepatocyte growth factor": "rc097",
    "HGF": "zhangh2017-02",
    "miR-26a/b": "rc097",
    "c-MET": "zhangh2017",
    "exosomal EGFR": "EGFR_EXO_LIVER",
    "Kupffer cells": "rc098",
    "macrophage migration inhibitory factor": "MIF_EXO_LIVER",
    "MIF": "MIF_EXO_LIVER",
    "metalloproteinase 17": "ADAM17_EXO",
    "ADAM17": "ADAM17_EXO",
    "HSPC111": "HSPC111_EXO_LIVER",
    "cancer-associated fibroblasts": "rc101",
    # circulating tumour cells
    "CTCs": "rc102",
    "circulating tumor cells": "klotz2020",
    "vascular cell adhesion molecule-1": "VCAM1",
    "VCAM-1": "VCAM1",
    "integrin α4": "rc104",
    "Akt": "rc105",
    "Notch1": "NOTCH1_BRAIN",
    "CD44hi/CD24lo": "rc108",
    "231-BR": "rc109",
    "DAPT": "rc110",
    "MK-0752": "rc112",
    "γ-secretase inhibitor": "rc110",
    "EpCam": "rc113",
    "BMSM": "BMSM",
    "HER2+/EGFR+/HPSE+/Notch1+": "BMSM",
    "HPSE": "BMSM",
    "CTC-1": "rc114",
    "chr9q13–34": "CHR9Q_GAIN_BRAIN",
    "chromosome 9q": "CHR9Q_GAIN_BRAIN",
    "SEMA4D": "SEMA4D_BRAIN",
    "Semaphorin 4D": "SEMA4D_BRAIN",
    "PREX1": "PREX1_BONE",
    "MCF7": "rc123",
    # microenvironment
    "tissue factor": "TISSUE_FACTOR",
    "TF": "TISSUE_FACTOR",
    "CD11b": "MACROPHAGE_NICHE",
    "CD68": "MACROPHAGE_NICHE",
    "F4/80": "MACROPHAGE_NICHE",
    "CX3CR1": "MACROPHAGE_NICHE",
    "macrophages": "MACROPHAGE_NICHE",
    "neutrophil extracellular traps": "albrengues2018",
    "NETs": "rc130",
    "neutrophil elastase": "NET_PROTEASES",
    "matrix metalloproteinase 9": "NET_PROTEASES",
    "laminin": "rc131",
    "integrin 31": "rc131",
}
#: Authors as the review writes them, where it misspells them too, and the study.
AUTHORS = {
    "Xiao et al. (2018)": "xiao2018",
    "I.A. Molnár et al.": "molnar2017",
    "Kunikullaya": "kunikullaya2017",
    "A. Soni": "soni2015",
    "Diessner": "diessner2016",
    "C. Boutros": "boutros2015",
    "B. Ali": "ali2020",
    "Yao": "yao2019",
    "Purushotham": "purushotham2014",
    "Hoshino": "hoshino2015",
    "Shito": "sihto2011-12",
    "McFarlan\u0443": "mcfarlane2015",
    "Leontovitch": "leontovich2018-01",
    "M. Oshi": "oshi2020",
    "G.Y. Chen": "cheng2021",
    "Luo": "luo_cong2024",
    "Costa-Silva": "costasilva2015",
    "Sun": "sunj2021",
    "Zhang": "zhangc2022",
    "Chen (2011)": "chenq2011",
    "McGowan": "mcgowan2011",
    "Klotz": "klotz2020",
    "Clements": "clements2020",
    "Gil-Bernabé": "gilbernabe2012",
    "Albrengues": "albrengues2018",
}


@pytest.mark.parametrize(("words", "found"), [*REVIEW.items(), *AUTHORS.items()])
def test_the_words_of_the_review_find_what_they_speak_of(words, found):
    assert found in [hit.id for hit in search(words).hits]


def test_every_marker_is_found_by_its_name_and_genes():
    for row in markers():
        assert row.marker_id in [hit.id for hit in search(row.marker_id.replace("_", " ")).hits]


def test_every_reference_of_the_review_is_a_row():
    numbers = {number for item in items() for number in item.reference}
    assert numbers == {str(number) for number in range(1, 46)}
    for number in range(1, 46):
        (first, *_) = search(f"reference {number}").hits
        assert str(number) in studies()[first.id].review_ref.replace(" ", "").split(";")


@pytest.mark.parametrize("number", [1, 2, 3, 4, 12, 13, 14, 18, 31, 32, 35, 36, 41, 43, 44])
def test_a_reference_that_was_not_identified_says_so_and_what_is_claimed_of_it(number):
    study = studies()[f"review_ref{number}"]
    assert "not identified" in study.title
    assert any(study.study_id in claim.study_id for claim in review_claims())
    rows = [row for row in associations() if row.study_id == study.study_id]
    assert rows and all(row.usable == "context" and row.evidence_grade == "E" for row in rows)


def test_all_words_must_be_found_and_names_come_first():
    hits = search("SNAI1 liver").hits
    assert {"SIHTO_LIVER", "rc076", "sihto2011-16"} <= {hit.id for hit in hits}
    assert "sihto2011-13" not in {hit.id for hit in hits}
    scores = [(-hit.score, KINDS.index(hit.kind)) for hit in search("brain").hits]
    assert scores == sorted(scores)


def test_another_gene_is_no_misspelling():
    # One letter off is mended and said; one digit off is another gene.
    assert search("leontovitch1").hits == ()
    assert search("SNAI9").hits == ()
    assert search("kennecki").read_as == (("kennecki", "kennecke"),)
    assert search("").hits == search("the of").hits == search("qqqqqq").hits == ()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("COX2", "PTGS2"),
        ("Cytokeratin-5", "KRT5"),
        ("CK5", "KRT5"),
        ("prominin-1", "CD133"),
        ("tumour", "tumor"),
        ("IL8", "CXCL8"),
        ("integrin α6β4", "a6b4"),
        ("PTHrP", "PTHLH"),
        ("HSPC111", "NOP16"),
    ],
)
def test_names_of_one_thing(one, other):
    assert canonical(one) == canonical(other)


def test_folding():
    assert folded("Gil-Bernabé α6β4 (VCAM–1)") == "gil bernabe a6b4 vcam 1"
    sites = ("any_distant", "bone", "brain", "skin_soft_tissue")
    assert [nearest(word, sites) for word in ("Bone", "bones", "any distant", "CNS", "skin")] == [
        "bone", "bone", "any_distant", "brain", "skin_soft_tissue",
    ]  # fmt: skip
    levels = ("HR+/HER2+", "HR+/HER2-", "TNBC")
    assert [nearest(word, levels) for word in ("tnbc", "HR+/HER2-", "hr/her2")] == ["TNBC", "HR+/HER2-", None]


def test_every_study_has_a_name_and_is_found_by_it():
    for study in studies().values():
        name = study_name(study)
        assert name.strip(), study.study_id
        if study.authors_short and study.year:
            assert study.study_id in study_ids(name), name
    assert study_ids("Kennecke 2010") == ("kennecke2010",)
    assert study_ids("Zhang 2013") == ("zhangl2013", "zhangxhf2013")
    assert study_ids("nobody 2010") == ()


def test_show_takes_names_and_suggests_what_a_search_finds():
    assert show("Kennecke et al. 2010", {})["id"] == "kennecke2010"
    assert show("vcam1", {})["id"] == "VCAM1"
    with pytest.raises(ValueError, match="NOTCH1_BRAIN"):
        show("NOTCH1", {})
    with pytest.raises(ValueError, match="SIHTO_BONE"):
        show("SNAI1", {})
