"""Determinants of a population: everything adds up, and pure effects stay where they belong."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from organotropism.cohort import simulate
from organotropism.explain.blocks import BLOCK_OF, NotInModel
from organotropism.explain.determinants import HOW_MANY, WHERE, WINDOWS, Determinants, Key, determinants
from organotropism.explain.observed import cox_slope
from organotropism.explain.pattern_game import entropy
from organotropism.explain.population import in_population_of
from organotropism.patient import Patient
from organotropism.process.layout import COVARIATES
from organotropism.process.model import Model
from organotropism.process.population import Population
from toy import toy_model

EXACT = 1e-9


@pytest.fixture(scope="module")
def found() -> Determinants:
    missing = NotInModel("exosome", 3, {"C": 2, "D": 1}, 0, 0, {"other cancer": 1})
    return determinants(toy_model(), draws=8, not_in_model=[missing])


def sums(found: Determinants, part: str, quantity: str, attribute: str) -> tuple[float, float, float]:
    chosen = {key.name: n for key, n in found.numbers.items() if key[:2] == (part, quantity)}
    factors = sum(getattr(number, attribute) for name, number in chosen.items() if name in BLOCK_OF)
    blocks = sum(getattr(n, attribute) for name, n in chosen.items() if name in BLOCK_OF.values())
    return factors, blocks, getattr(chosen["all"], attribute)


@pytest.mark.parametrize("attribute", ["value", "mode"])
@pytest.mark.parametrize("part", [*WINDOWS, HOW_MANY, WHERE])
def test_factors_and_blocks_add_up(found: Determinants, part: str, attribute: str) -> None:
    factors, blocks, everything = sums(found, part, "explained", attribute)
    assert factors == pytest.approx(everything, abs=EXACT)
    assert blocks == pytest.approx(everything, abs=EXACT)
    assert part == HOW_MANY or 0.005 < everything < 1.0


def test_shares_of_a_site_are_whole(found: Determinants) -> None:
    for site in found.model.layout.sites:
        factors, blocks, everything = sums(found, site, "share", "value")
        assert (factors, blocks, everything) == pytest.approx((1.0, 1.0, 1.0), abs=EXACT)
        assert found.get(site, "spread").value > 0


def test_values_lie_in_their_intervals(found: Determinants) -> None:
    for number in found.numbers.values():
        assert number.low - EXACT <= number.value <= number.high + EXACT


def test_what_a_factor_tells_alone_is_a_part_of_what_all_tell(found: Determinants) -> None:
    for key, number in found.numbers.items():
        if key.quantity == "alone" and key.part != WHERE:
            assert 0 <= number.mode <= found.get(key.part).mode + 0.05  # the sum is R2_D, this from variances
        elif key.quantity == "alone":
            assert -EXACT <= number.mode <= found.get(WHERE).mode + found.get(HOW_MANY).mode + EXACT


def test_document_and_rows_say_the_same(found: Determinants) -> None:
    document = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    rows = list(found.rows())
    assert document["numbers"] == json.loads(json.dumps(rows))
    assert document["not_in_model"][0]["grades"] == {"C": 2, "D": 1}
    assert document["observed"] is None
    with pytest.raises(KeyError):
        found.get("where", "explained", "ki67")


def histology_alone(rate: float, sites: list[float]) -> Model:
    """The toy model in which histology goes with no other factor and has the given effects."""
    toy = toy_model()
    counts = {name: np.asarray(table) for name, table in toy.population.counts.items()}
    counts["lobular"] = np.tile([0.7, 0.3], (4, 1))
    theta = toy.theta.copy()
    theta[toy.layout.names.index("rate.effects[lobular]")] = rate
    toy.layout.block(theta, "pattern.effects")[COVARIATES.index("lobular")] = sites
    none = np.zeros((toy.layout.size, toy.layout.size))
    return replace(toy, population=Population(counts), theta=theta, covariance=none, between=())


PURE_WHERE = (0.0, [0.8, -0.9, -0.4, -0.6, 0.9])
PURE_WHETHER = (0.9, [0.0] * 5)


def part_of_histology(model: Model, part: str, quantity: str = "explained") -> float:
    return determinants(model, draws=2).get(part, quantity, "histology").value


def courses(model: Model, count: int = 12_000) -> tuple[Any, Any]:
    """Simulated patients of the model's population, all fields but histology unknown, and who is lobular."""
    rng = np.random.default_rng(31)
    lobular = rng.random(count) < 0.3
    kinds = {True: "lobular", False: "ductal"}
    subtypes = rng.choice(4, count, p=model.population.shares["subtype"])
    names = ("HR+/HER2-", "HR+/HER2+", "HR-/HER2+", "TNBC")
    patients = [
        Patient(subtype=names[subtype], histology=kinds[bool(is_lobular)])
        for subtype, is_lobular in zip(subtypes, lobular, strict=True)
    ]
    return simulate(model, patients, seed=32), lobular


def information_of(found: Any, lobular: Any) -> float:
    """Mutual information of histology and set found, from simulated counts, over the entropy of the set."""
    presented = np.isfinite(found.any_time)
    number = found.at_presentation[presented] @ (1 << np.arange(5))
    table = np.array(
        [np.bincount(number[lobular[presented] == kind], minlength=32) for kind in (False, True)], float
    )
    table /= table.sum()
    total = entropy(table.sum(0))
    within = sum(row.sum() * entropy(row / row.sum()) for row in table)
    return float((total - within) / total)


def rate_slope(found: Any, lobular: Any) -> tuple[float, float]:
    years = np.minimum(np.minimum(found.any_time, found.death_time), 20.0)
    fitted = cox_slope(lobular.astype(float), np.zeros(len(years)), years, np.isfinite(found.any_time))
    assert fitted is not None
    return fitted


def test_a_pure_where_factor_gets_nothing_of_whether() -> None:
    model = histology_alone(*PURE_WHERE)
    for part in WINDOWS:
        assert part_of_histology(model, part) == pytest.approx(0.0, abs=EXACT)
        assert part_of_histology(model, part, "alone") == pytest.approx(0.0, abs=EXACT)
    assert part_of_histology(model, WHERE) > 0.01
    found, lobular = courses(model)
    slope, error = rate_slope(found, lobular)
    assert abs(slope) < 3 * error
    # Some 3,000 presentations: the information of a table of counts errs by about .002.
    assert information_of(found, lobular) == pytest.approx(
        part_of_histology(model, WHERE, "alone"), abs=0.008
    )


def test_a_pure_whether_factor_gets_nothing_of_how_many_and_where() -> None:
    model = histology_alone(*PURE_WHETHER)
    for part in (HOW_MANY, WHERE):
        assert part_of_histology(model, part) == pytest.approx(0.0, abs=EXACT)
    assert part_of_histology(model, "whether") > 0.01
    found, lobular = courses(model)
    slope, error = rate_slope(found, lobular)
    assert slope > 10 * error
    # Thirty degrees of freedom of noise: 30 / (2 * 3,000) nats of two.
    assert information_of(found, lobular) < 0.008


def test_a_cohort_becomes_a_population_of_the_same_shares() -> None:
    model = toy_model()
    rng = np.random.default_rng(41)
    cells = model.population.everyone(model.index, model.years[1])
    picked = cells.take(rng.choice(len(cells), 3000, p=cells.weight))
    names = ("HR+/HER2-", "HR+/HER2+", "HR-/HER2+", "TNBC")
    patients = [
        Patient(
            subtype=names[picked.subtype[i]],
            pr="positive" if picked.pr_positive[i] else "negative",
            grade=int(picked.grade[i]),
            age=picked.age[i],
            size_mm=picked.size_mm[i],
            positive_nodes=round(picked.nodes[i] + 0.1),
            histology="lobular" if picked.lobular[i] else "other",
            detection="screen" if picked.screen[i] else "symptoms",
            ki67=30 if picked.ki67_positive[i] else 3,
        )
        for i in range(3000)
    ]
    shares, expected = (m.population.shares for m in (in_population_of(model, patients), model))
    for name in ("subtype", "detection", "ki67"):
        # Four standard errors of a share among 3,000.
        assert shares[name] == pytest.approx(expected[name], abs=0.04)
    for name in ("grade", "lobular", "age", "size_mm", "pr"):
        assert shares[name][0] == pytest.approx(expected[name][0], abs=0.05)
    assert shares["positive_nodes"][:2] == pytest.approx(expected["positive_nodes"][:2], abs=0.1)


def test_unknown_fields_count_in_the_shares_of_the_models_own_population() -> None:
    model = toy_model()
    patient = Patient(subtype="TNBC")
    shares = in_population_of(model, [patient] * 400).population.shares
    assert shares["subtype"][3] > 0.99
    # Half a patient more in every cell of the table, of 400.
    assert shares["grade"][3] == pytest.approx(model.population.shares["grade"][3], abs=3e-3)


def test_keys_name_what_is_measured() -> None:
    assert Key("where", "explained") == ("where", "explained", "all")
