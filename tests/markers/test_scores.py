"""Scores: worked examples of each rule, and what must hold of any cohort."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from markers.cohorts import BY_SYMBOL, TABLE
from markers.panels import BY_ID, DEFINITIONS
from organotropism.errors import InputError
from organotropism.markers import Identifiers, expression, read_expression, read_probe_map
from organotropism.markers.cutoffs import read_cutoffs
from organotropism.markers.definitions import Analyte, Kind
from organotropism.markers.expression import Expression
from organotropism.markers.scores import Assay, Basis, Score, score_markers
from organotropism.vocabulary import Compartment

ALL_GENES = tuple(sorted(TABLE.symbols))
EXOSOME = Assay(Compartment.EXOSOME, Analyte.PROTEIN)


def cohort(samples: int = 30, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).normal(8, 2, (len(ALL_GENES), samples))


def as_set(values: np.ndarray, genes: tuple[str, ...] = ALL_GENES) -> Expression:
    return expression(values, genes, [f"s{i}" for i in range(values.shape[1])], BY_SYMBOL)


def score(name: str, values: dict[str, list[float]], assay: Assay | None = None, **cutoffs: float) -> Score:
    given_ = as_set(np.array(list(values.values()), float), tuple(values))
    return score_markers(given_, [BY_ID[name]], assay, {name: cutoffs})[0]


def test_signed_set_is_mean_z_up_minus_mean_z_down() -> None:
    values = cohort()
    found = next(s for s in score_markers(as_set(values), DEFINITIONS) if s.definition.id == "SMID2008_LIVER")
    z = (values - values.mean(1, keepdims=True)) / values.std(1, ddof=1, keepdims=True)
    rows = {gene: z[i] for i, gene in enumerate(ALL_GENES)}
    up, down = ([rows[gene] for gene in genes] for genes in (found.definition.up, found.definition.down))
    # The same sums in another order.
    np.testing.assert_allclose(found.value, np.mean(up, 0) - np.mean(down, 0), rtol=0, atol=1e-12)
    assert found.basis == Basis.PUBLISHED
    assert found.missing == ()


def test_single_marker_ranks_or_is_called_by_the_given_cutoff() -> None:
    ranked = score("CRYAB", {"CRYAB": [5, 9, 7, 7]})
    assert ranked.basis == Basis.RANK
    assert ranked.rank is not None and ranked.positive is not None
    assert ranked.rank.tolist() == [0.125, 0.875, 0.5, 0.5]
    assert np.isnan(ranked.positive).all()
    assert "no published cut-off" in ranked.remark
    called = score("CRYAB", {"CRYAB": [5, 9, 7, np.nan]}, CRYAB=7)
    assert called.basis == Basis.CUTOFF
    np.testing.assert_array_equal(called.positive, [0, 1, 1, np.nan])


def test_marker_that_counts_when_low_is_turned_round() -> None:
    found = score("SIHTO_LIVER", {"SNAI1": [1, 2, 3, 4]}, SNAI1=2.5)
    assert found.rank is not None and found.positive is not None
    assert found.rank.tolist() == [0.875, 0.625, 0.375, 0.125]
    assert found.positive.tolist() == [1, 1, 0, 0]
    assert found.stands_in


def test_all_together_takes_the_weakest_part() -> None:
    parts = {"ITGA6": [1, 2, 3, 4], "ITGB4": [4, 3, 2, 1]}
    found = score("HOSHINO_LUNG_A6B4", parts, EXOSOME)
    assert found.value is not None
    assert found.value.tolist() == [0.125, 0.375, 0.375, 0.125]
    called = score("HOSHINO_LUNG_A6B4", parts, EXOSOME, ITGA6=2, ITGB4=2)
    assert called.positive is not None
    assert called.positive.tolist() == [0, 1, 1, 0]
    half = score("HOSHINO_LUNG_A6B4", parts, EXOSOME, ITGA6=2)
    assert half.basis == Basis.RANK


def test_ctc_signature_wants_epcam_absent() -> None:
    parts = {g: [1.0, 9.0] for g in ("ERBB2", "EGFR", "HPSE", "NOTCH1")}
    found = score("BMSM", {**parts, "EPCAM": [9.0, 1.0]}, Assay(Compartment.CTC, Analyte.PROTEIN))
    assert found.rank is not None
    assert found.rank[1] > found.rank[0]
    wrong = score("BMSM", {**parts, "EPCAM": [1.0, 9.0]}, Assay(Compartment.CTC, Analyte.PROTEIN))
    assert wrong.value is not None
    assert wrong.value[1] == found.value[0]  # type: ignore[index]


def test_panel_gives_the_share_of_parts_by_cutoffs() -> None:
    parts = {"KRT5": [1, 9], "EGFR": [1, 9], "ERBB2": [1, 9], "PGR": [9, 1]}
    found = score("SIHTO_LUNG", parts, None, KRT5=5, EGFR=5, ERBB2=5, PGR=5)
    assert found.value is not None
    assert found.value.tolist() == [0, 1]
    assert set(found.parts) == set(parts)
    ranked = score("SIHTO_LUNG", {"KRT5": [1, 9], "PGR": [9, 1]})
    assert ranked.value is not None
    assert ranked.value.tolist() == [0.25, 0.75]
    assert set(ranked.missing) == {"EGFR", "ERBB2"}


def test_quartiles_leave_the_middle_open() -> None:
    serum = Assay(Compartment.MICROENVIRONMENT, Analyte.PROTEIN)
    found = score("RANKL_SERUM", {"TNFSF11": list(range(8))}, serum)
    np.testing.assert_array_equal(found.positive, [0, 0, *[np.nan] * 4, 1, 1])


def test_missing_genes_as_documented() -> None:
    definition = BY_ID["SMID2008_LIVER"]
    values = cohort()

    def without(genes: tuple[str, ...]) -> Score:
        kept = [i for i, gene in enumerate(ALL_GENES) if gene not in genes]
        return score_markers(as_set(values[kept], tuple(ALL_GENES[i] for i in kept)), [definition])[0]

    assert len(definition.up) == 6
    assert without(definition.up[:3]).value is not None
    lacking = without(definition.up[:4])
    assert lacking.value is None
    assert lacking.basis == Basis.NOT_MEASURED
    assert lacking.remark == "2 of 6 genes of the up side in the file: half or 10 needed"
    assert set(lacking.missing) == set(definition.up[:4])
    large = BY_ID["SMID2008_BONE"]
    kept = (*large.up[:10], *large.down[:10])
    few = as_set(values[[ALL_GENES.index(g) for g in kept]], kept)
    assert score_markers(few, [large])[0].value is not None


def test_constant_genes_count_as_missing() -> None:
    values, definition = cohort(), BY_ID["SMID2008_LIVER"]
    for gene in definition.up[:4]:
        values[ALL_GENES.index(gene)] = 7.1
    assert score_markers(as_set(values), [definition])[0].value is None


def test_gaps_of_a_sample_leave_the_others_alone() -> None:
    values = cohort()
    base = score_markers(as_set(values), [BY_ID["SMID2008_LIVER"]])[0]
    values[:, 4] = np.nan
    values[0, 4] = 1.0
    found = score_markers(as_set(values), [BY_ID["SMID2008_LIVER"]])[0]
    assert found.value is not None and base.value is not None
    assert np.isnan(found.value[4])
    # The fifth sample left the mean and SD: the order of the others stays nearly the same.
    others = np.arange(30) != 4
    assert np.corrcoef(found.value[others], base.value[others])[0, 1] > 0.95


@pytest.mark.parametrize("assay", [Assay(), Assay(analyte=Analyte.PROTEIN), EXOSOME])
def test_every_marker_has_a_score_or_a_reason(assay: Assay) -> None:
    for found in score_markers(as_set(cohort()), DEFINITIONS, assay):
        if found.rank is None:
            assert found.remark
            assert found.basis in (Basis.NOT_MEASURED, Basis.NOT_PUBLISHED)
        else:
            assert found.definition.compartment == assay.compartment
            assert np.nanmin(found.rank) > 0
            assert np.nanmax(found.rank) < 1


def test_other_compartments_are_not_scored_from_the_tumour() -> None:
    scored = {
        s.definition.compartment for s in score_markers(as_set(cohort()), DEFINITIONS) if s.rank is not None
    }
    assert scored == {Compartment.PRIMARY_TUMOUR}
    exosomal = [s for s in score_markers(as_set(cohort()), DEFINITIONS, EXOSOME) if s.rank is not None]
    assert {"HOSHINO_LUNG_A6B4", "HOSHINO_LUNG_A6B1", "HOSHINO_LIVER_AVB5"} <= {
        s.definition.id for s in exosomal
    }


@settings(max_examples=20)
@given(st.permutations(range(12)))
def test_order_of_samples_is_indifferent(order: list[int]) -> None:
    values = cohort(12)
    base = score_markers(as_set(values), DEFINITIONS)
    moved = score_markers(as_set(values[:, order]), DEFINITIONS)
    for one, other in zip(base, moved, strict=True):
        assert (one.rank is None) == (other.rank is None)
        if one.rank is not None and one.value is not None:
            # Sums over the cohort in another order.
            np.testing.assert_allclose(other.value, one.value[order], rtol=0, atol=1e-9)
            np.testing.assert_allclose(other.rank, one.rank[order], rtol=0, atol=1e-12)


@settings(max_examples=20)
@given(st.lists(st.tuples(st.floats(0.1, 3), st.floats(-4, 4)), min_size=3, max_size=3))
def test_ranks_do_not_depend_on_the_scale_of_a_gene(pieces: list[tuple[float, float]]) -> None:
    values = cohort(15)
    moved = values.copy()
    for place, (slope, shift) in enumerate(pieces):
        moved[place::3] = np.exp(0.2 * slope * values[place::3]) + shift
    ranked = [d for d in DEFINITIONS if d.kind in (Kind.SINGLE, Kind.ALL, Kind.PANEL, Kind.QUARTILE)]
    for assay in (Assay(), EXOSOME):
        pairs = zip(
            score_markers(as_set(values), ranked, assay),
            score_markers(as_set(moved), ranked, assay),
            strict=True,
        )
        for one, other in pairs:
            if one.rank is not None:
                np.testing.assert_array_equal(one.rank, other.rank)


@settings(max_examples=20)
@given(st.floats(0.2, 4), st.floats(-10, 10))
def test_z_scores_do_not_depend_on_the_platform(slope: float, shift: float) -> None:
    values = cohort(15)
    sets = [d for d in DEFINITIONS if d.kind in (Kind.SIGNED_SET, Kind.MEAN)]
    for one, other in zip(
        score_markers(as_set(values), sets), score_markers(as_set(slope * values + shift), sets), strict=True
    ):
        # Values near 8 on a slope of .2 and a shift of 10: seven digits of the sixteen stay.
        np.testing.assert_allclose(one.value, other.value, rtol=0, atol=1e-9)


def test_real_cohort_puts_bone_to_luminal_and_brain_to_basal(shared: Path) -> None:
    from organotropism.markers import pam50

    folder = shared / "data" / "expression"
    probes = read_probe_map(folder / "expos_probes.csv", TABLE)
    found = read_expression(folder / "expos_expression.csv.gz", Identifiers(TABLE, probes))
    scores = {s.definition.id: s for s in score_markers(found, DEFINITIONS)}
    nearest = np.array(pam50(found, "robust").nearest)
    bone, brain = scores["SMID2008_BONE"].rank, scores["SMID2008_BRAIN"].rank
    assert bone is not None and brain is not None
    # Far apart in the review and in these tumours: .2 and .7 on average, so .3 between them is safe.
    assert bone[nearest == "LumA"].mean() - bone[nearest == "Basal"].mean() > 0.3
    assert brain[nearest == "Basal"].mean() - brain[nearest == "LumA"].mean() > 0.3


@pytest.mark.parametrize(
    "content, message",
    [
        ("[CRYABX]\nCRYAB = 1\n", 'is not a marker (did you mean "CRYAB"?)'),
        ("[CRYAB]\nESR1 = 1\n", '"ESR1" has no cut-off here; expected CRYAB'),
        ("[SMID2008_BONE]\nABAT = 1\n", "expected score"),
        ('[CRYAB]\nCRYAB = "high"\n', "is not a number"),
        ("[CRYAB]\nCRYAB = nan\n", "is not a number"),
        ("[LMS]\nscore = 1\n", "takes no cut-off"),
        ("CRYAB = 1\n", "is not a table"),
        ("[CRYAB\n", "is not valid TOML"),
    ],
)
def test_cutoffs_that_make_no_sense_are_refused(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "own.toml").write_text(content)
    with pytest.raises(InputError) as error:
        read_cutoffs(tmp_path / "own.toml", DEFINITIONS)
    assert message in str(error.value)


def test_cutoffs_are_read(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text("[CRYAB]\nCRYAB = 7\n[OSHI4]\nscore = 0.5\n")
    assert read_cutoffs(tmp_path / "own.toml", DEFINITIONS) == {
        "CRYAB": {"CRYAB": 7.0},
        "OSHI4": {"score": 0.5},
    }
    with pytest.raises(InputError, match="cannot be read"):
        read_cutoffs(tmp_path / "none.toml", DEFINITIONS)
