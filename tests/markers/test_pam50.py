"""PAM50 against genefu on real cohorts, against R on a small one, and what must hold of any cohort."""

import csv
import json
from dataclasses import replace
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from markers.cohorts import BY_SYMBOL, TABLE, as_expression, tumours
from organotropism.errors import InputError
from organotropism.markers import Identifiers, expression, pam50, read_expression, read_probe_map
from organotropism.markers.pam50 import SUBTYPES, UNCERTAIN, centroids

ORACLES = Path(__file__).resolve().parents[1] / "oracles"
# Both sides are double precision sums over 50 ranks: 1e-6 is asked for, 1e-12 is what they give.
EXACT = 1e-12


def genefu(path: Path) -> tuple[list[str], list[str], np.ndarray]:
    """Samples, calls and correlations as genefu gave them."""
    with path.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.reader(handle))[1:]
    return [r[0] for r in rows], [r[1] for r in rows], np.array([[float(v) for v in r[7:]] for r in rows])


@pytest.mark.oracle
@pytest.mark.parametrize("cohort", ["vdxs", "expos"])
@pytest.mark.parametrize("scaling, model", [("none", "pam50"), ("robust", "pam50_robust")])
def test_equals_genefu(shared: Path, cohort: str, scaling: str, model: str) -> None:
    folder = shared / "data" / "expression"
    probes = read_probe_map(folder / f"{cohort}_probes.csv", TABLE)
    cohort_expression = read_expression(folder / f"{cohort}_expression.csv.gz", Identifiers(TABLE, probes))
    found = pam50(cohort_expression, scaling)
    samples, calls, correlations = genefu(folder / f"{cohort}_genefu_{model}.csv")
    assert list(found.samples) == samples
    assert list(found.nearest) == calls
    np.testing.assert_allclose(found.correlations, correlations, rtol=0, atol=EXACT)


@pytest.mark.oracle
@pytest.mark.parametrize("scaling", ["none", "median", "robust"])
def test_equals_r(scaling: str) -> None:
    given_ = json.loads((ORACLES / "pam50_input.json").read_text(encoding="utf-8"))
    result = json.loads((ORACLES / "pam50.json").read_text(encoding="utf-8"))
    values = np.array(given_["values"], float)
    found = pam50(as_expression(values, given_["genes"]), scaling)
    assert np.isnan(values).any()
    np.testing.assert_allclose(found.correlations, result["correlations"][scaling], rtol=0, atol=EXACT)
    assert list(found.nearest) == result["calls"][scaling]


@pytest.mark.parametrize("scaling", ["median", "robust", "er-balanced"])
def test_tumours_near_a_centroid_get_its_name(scaling: str) -> None:
    values, own = tumours(noise=0.3)
    er = np.array([0.0, 0.0, 1.0, 1.0, np.nan])[own]
    found = pam50(as_expression(values), scaling, er)
    assert list(found.nearest) == [SUBTYPES[number] for number in own]


def test_er_balanced_calls_do_not_depend_on_the_mix() -> None:
    values, own = tumours(80)
    er = np.array([0.0, 0.0, 1.0, 1.0, 1.0])[own]
    full = pam50(as_expression(values), "er-balanced", er)
    # Each ER-positive tumour four times: the balanced median stays, that of the cohort moves.
    columns = np.concatenate([np.flatnonzero(er == 0), np.repeat(np.flatnonzero(er == 1), 4)])
    skewed = pam50(as_expression(values[:, columns]), "er-balanced", er[columns])
    np.testing.assert_allclose(skewed.correlations, full.correlations[columns], rtol=0, atol=EXACT)
    by_median = pam50(as_expression(values[:, columns]), "median")
    assert np.abs(by_median.correlations - full.correlations[columns]).max() > 0.1


@settings(max_examples=25)
@given(st.permutations(range(20)), st.sampled_from(["none", "median", "robust", "er-balanced"]))
def test_order_of_samples_and_genes_is_indifferent(order: list[int], scaling: str) -> None:
    values, own = tumours(20)
    er = np.where(own < 2, 0.0, 1.0)
    base = pam50(as_expression(values), scaling, er)
    genes = np.random.default_rng(sum(order[:7])).permutation(50)
    moved = expression(
        values[np.ix_(genes, order)],
        [centroids().symbols[gene] for gene in genes],
        [f"s{i}" for i in order],
        BY_SYMBOL,
    )
    found = pam50(moved, scaling, er[order])
    np.testing.assert_allclose(found.correlations, base.correlations[order], rtol=0, atol=EXACT)
    assert found.calls == tuple(base.calls[i] for i in order)


@settings(max_examples=25)
@given(st.floats(0.2, 3), st.floats(-5, 5), st.floats(0, 2))
def test_without_scaling_only_ranks_count(slope: float, shift: float, bend: float) -> None:
    values, _ = tumours(10)
    found = pam50(as_expression(slope * values + shift + bend * values**3), "none")
    np.testing.assert_allclose(
        found.correlations, pam50(as_expression(values), "none").correlations, atol=EXACT, rtol=0
    )


@settings(max_examples=25)
@given(st.floats(0.2, 3), st.lists(st.floats(-5, 5), min_size=50, max_size=50))
def test_centring_takes_away_the_platform(slope: float, shifts: list[float]) -> None:
    values, _ = tumours(15)
    moved = slope * values + np.array(shifts)[:, None]
    for scaling in ("median", "robust"):
        base = pam50(as_expression(values), scaling)
        # Rounding can exchange two ranks that lie within it: one exchange moves a correlation by 1e-3.
        np.testing.assert_allclose(
            pam50(as_expression(moved), scaling).correlations, base.correlations, atol=2e-3, rtol=0
        )


def test_missing_genes_are_left_out_and_told() -> None:
    values, _ = tumours()
    few = pam50(as_expression(values[:30], centroids().symbols[:30]), "median")
    gaps = values.copy()
    gaps[30:] = np.nan
    same = pam50(as_expression(gaps), "median")
    np.testing.assert_array_equal(few.correlations, same.correlations)
    assert set(few.missing) == set(centroids().symbols[30:])
    assert set(few.genes_used) == {30}
    assert "20 of the 50 genes of PAM50 are missing" in few.warnings[0]


def test_sample_without_values_gets_no_call() -> None:
    values, _ = tumours()
    values[:, 3] = np.nan
    found = pam50(as_expression(values), "median")
    assert found.nearest[3] is None
    assert found.calls[3] is None
    assert np.isnan(found.correlations[3]).all()
    assert None not in found.nearest[:3] + found.nearest[4:]


def test_constant_sample_gets_no_call() -> None:
    values, _ = tumours()
    values[:, 0] = 7.0
    assert pam50(as_expression(values), "none").nearest[0] is None


def test_one_sample_alone_gets_no_call_and_a_warning() -> None:
    values, _ = tumours()
    for scaling in ("robust", "median"):
        found = pam50(as_expression(values[:, :1]), scaling)
        assert found.nearest == (None,)
        assert "one sample is few for centring" in found.warnings[-1]


def test_tumour_between_two_centroids_is_uncertain() -> None:
    reference = centroids().values
    values = np.c_[reference[:, 2], (reference[:, 2] + reference[:, 3]) / 2, reference]
    found = pam50(as_expression(values), "none")
    assert found.calls[0] == "LumA"
    assert found.calls[1] == UNCERTAIN
    assert {found.nearest[1], found.second[1]} == {"LumA", "LumB"}
    assert found.confidence[0] > 0.99
    assert 0.5 <= found.confidence[1] < 0.75
    assert found.margin[1] < found.margin[0]


def test_confidence_is_the_test_of_two_dependent_correlations() -> None:
    # Equations 1 to 3 of Meng, Rosenthal and Rubin (1992) written out for one sample of the cohort.
    found = pam50(as_expression(tumours()[0]), "median")
    reference = np.argsort(np.argsort(centroids().values, axis=0), axis=0)
    between = np.corrcoef(reference.T)
    r = found.correlations[0]
    first, second = np.argsort(-r)[:2]
    mean = (r[first] ** 2 + r[second] ** 2) / 2
    f = min((1 - between[first, second]) / (2 * (1 - mean)), 1)
    h = 1 + mean / (1 - mean) * (1 - f)
    z = (np.arctanh(r[first]) - np.arctanh(r[second])) * np.sqrt(47 / (2 * (1 - between[first, second]) * h))
    assert found.confidence[0] == pytest.approx(NormalDist().cdf(z), abs=1e-9)


def test_weak_best_correlation_is_uncertain() -> None:
    values, _ = tumours()
    found = pam50(as_expression(values), "median")
    weak = replace(found, correlations=0.09 * found.correlations / found.correlations.max(1, keepdims=True))
    assert set(weak.calls) == {UNCERTAIN}


@pytest.mark.parametrize(
    "scaling, positive, count, expected",
    [
        ("median", 0.5, 60, None),
        ("median", 0.8, 60, "UNSAFE: 48 of 60"),
        ("median", 0.1, 60, "UNSAFE: 6 of 60"),
        ("robust", 1.0, 60, "do not use the calls"),
        ("median", None, 60, "ER STATUS UNKNOWN"),
        ("er-balanced", 0.8, 60, None),
        ("er-balanced", 0.9, 60, "too few to balance"),
        ("median", 0.5, 20, "20 samples are few"),
        ("none", 0.5, 60, "absolute levels"),
    ],
)
def test_warnings_on_the_mix(scaling: str, positive: float | None, count: int, expected: str | None) -> None:
    values, _ = tumours(count)
    er = None if positive is None else (np.arange(count) < round(positive * count)).astype(float)
    warnings = pam50(as_expression(values), scaling, er).warnings
    assert (warnings == ()) if expected is None else (expected in " ".join(warnings))


def test_default_scaling_follows_what_is_known() -> None:
    values, own = tumours(60)
    assert pam50(as_expression(values)).scaling == "robust"
    assert pam50(as_expression(values), None, np.ones(60)).scaling == "robust"
    assert pam50(as_expression(values), None, (own > 1).astype(float)).scaling == "er-balanced"


@pytest.mark.parametrize("scaling", ["er-balanced", "quantile"])
def test_impossible_scalings_are_refused(scaling: str) -> None:
    with pytest.raises(InputError, match="scaling"):
        pam50(as_expression(tumours()[0]), scaling, np.ones(40))


def test_too_few_genes_are_refused() -> None:
    values, _ = tumours()
    with pytest.raises(InputError, match="3 of the 50 genes"):
        pam50(as_expression(values[:3], centroids().symbols[:3]), "median")


def test_balanced_median_of_equal_parts_is_the_median() -> None:
    values, _ = tumours(40)
    er = np.tile([0.0, 1.0], 20)
    balanced, plain = (pam50(as_expression(values), how, er) for how in ("er-balanced", "median"))
    np.testing.assert_allclose(balanced.correlations, plain.correlations, rtol=0, atol=EXACT)
