"""The explanation of a forecast: everything adds up, and each part is what it says."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from organotropism.errors import InputError
from organotropism.explain.blocks import BLOCK_OF, BLOCKS
from organotropism.explain.coalitions import PLAYERS, Game, game
from organotropism.explain.explanation import Explanation, explain
from organotropism.patient import Patient
from organotropism.process.kernel import Kernel
from organotropism.process.layout import COVARIATES
from organotropism.process.model import Model
from organotropism.process.offsets import Offset, together
from organotropism.process.population import Population
from organotropism.process.rate import design
from organotropism.process.reasons import FACTORS
from organotropism.process.results import Forecast
from organotropism.vocabulary import Compartment
from process.cases import KNOWN, certain, fields, models
from toy import toy_model

#: The acceptance of the project: parts sum to the difference to 1e-9.
EXACT = 1e-9
SOME = {"er": "positive", "her2": "negative", "grade": 3, "positive_nodes": 4, "histology": "lobular"}
#: Courses are computed in steps set by the fastest of the cells that are worked on together, and the cells of
#: time likewise, which moves a risk by less than test_forecast_grid allows.
STEPS = 1e-4
INVOLVED = {"involved": [{"site": "bone", "years": 1.0}, {"site": "liver", "years": 2.0}]}


def forecast_of(stated: dict[str, Any], model: Model | None = None, **options: Any) -> Forecast:
    # Explanations are of the coefficients, so the forecasts beside them leave nothing uncertain.
    found: Forecast = certain(model or toy_model()).forecast(
        Patient(**stated), [2.0, 5.0], intervals=False, **options
    )
    return found


def explained(stated: dict[str, Any], model: Model | None = None, **options: Any) -> Explanation:
    return explain(forecast_of(stated, model, **options))


def check_sums(found: Explanation) -> None:
    forecast = found.forecast
    for entry in found.risks:
        q = entry.quantity
        if q.site is not None:
            shown = forecast.site(q.site, q.name, q.years).risk
        else:
            shown = forecast.several.risk if q.years is None else forecast.any(q.years).risk
        assert entry.risk == pytest.approx(shown, abs=STEPS)
        assert sum(entry.parts.values()) == pytest.approx(entry.risk - entry.reference, abs=EXACT)
        assert sum(entry.blocks.values()) == pytest.approx(entry.risk - entry.reference, abs=EXACT)
    for log in found.log_odds:
        for factor in FACTORS:
            assert log.parts[factor] == pytest.approx(log.how_many[factor] + log.where[factor], abs=EXACT)
        assert sum(log.blocks.values()) == pytest.approx(log.total, abs=EXACT)


@settings(max_examples=4)
@given(models(), fields(most_unknown=6))
def test_parts_add_up(model: Model, stated: dict[str, Any]) -> None:
    check_sums(explained(stated, model))


@pytest.mark.parametrize("extra", [{"free_for": 3.0}, INVOLVED, {"positive_nodes": None, "n": "N2"}])
def test_parts_add_up_for_every_kind_of_patient(extra: dict[str, Any]) -> None:
    check_sums(explained({**SOME, **extra}))


def test_nothing_but_a_receptor_known() -> None:
    found = explained({"her2": "positive"})
    assert found.known == ("subtype",)
    check_sums(found)


def values_by_known(played: Game) -> dict[frozenset[str], Any]:
    """Values of the coalitions by the names of their players."""
    return {
        frozenset(player for place, player in enumerate(played.players) if c >> place & 1): row
        for c, row in enumerate(played.values)
    }


@pytest.mark.parametrize(
    "stated",
    [
        {**SOME, "free_for": 2.5, "chemotherapy": "third generation", "year_of_diagnosis": 2000},
        {**SOME, "age": 43, "pr": "positive", **INVOLVED},
    ],
)
def test_a_coalition_is_the_forecast_with_the_other_fields_unknown(stated: dict[str, Any]) -> None:
    played = game(forecast_of(stated))
    values = values_by_known(played)
    for hidden in ({"grade"}, {"histology", "nodes"}, {"nodes", "grade", "histology"}):
        fields_left = {
            name: value
            for name, value in stated.items()
            if not any(name in PLAYERS[player] for player in hidden)
        }
        other = forecast_of(fields_left)
        for column, q in enumerate(played.quantities):
            if q.site is None:
                expected = other.several.risk if q.years is None else other.any(q.years).risk
            else:
                expected = other.site(q.site, q.name, q.years).risk
            found = values[frozenset(played.players) - hidden][column]
            assert found == pytest.approx(expected, abs=STEPS)


def test_the_reference_is_the_mean_forecast_of_the_population() -> None:
    model = toy_model()
    played = game(forecast_of({**SOME, "free_for": 2.5}))
    cells = model.population.everyone(model.index, model.years[1])
    rows = design(cells, model.index, model.centre, model.layout.bands)
    mean = Kernel(model.layout, cells, rows, 2.5, (2.0, 5.0), model.window_years).risks(model.theta[None])
    expected = np.concatenate(
        [getattr(mean, name)[0].ravel() for name in ("any", "first", "only", "ever", "given", "several")]
    )
    # As above.
    assert played.values[0] == pytest.approx(expected, abs=STEPS)


def independent_histology(model: Model) -> Model:
    """The model in a population where histology goes with nothing else."""
    counts = {name: np.asarray(table) for name, table in model.population.counts.items()}
    counts["lobular"] = np.tile([0.9, 0.1], (4, 1))
    return replace(model, population=Population(counts))


def without_rate(model: Model, covariate: str) -> Model:
    """The model with no effect of a covariate on whether and when."""
    theta = model.theta.copy()
    theta[model.layout.names.index(f"rate.effects[{covariate}]")] = 0.0
    return replace(model, theta=theta)


def without_pattern(model: Model, covariate: str) -> Model:
    """The model with no effect of a covariate on how many and where."""
    theta = model.theta.copy()
    model.layout.block(theta, "pattern.effects")[COVARIATES.index(covariate)] = 0.0
    return replace(model, theta=theta)


def test_a_pure_where_factor_has_no_part_in_whether() -> None:
    model = without_rate(toy_model(), "lobular")
    for within in (model, independent_histology(model)):
        rate = explained(SOME, within).log_rate
        assert rate is not None
        assert rate.parts["histology"] == 0.0
    # Where histology tells nothing of other factors, its Shapley values are its own effect alone.
    found = explained(SOME, independent_histology(model))
    assert found.find("any", None, 5.0).parts["histology"] == pytest.approx(0.0, abs=EXACT)
    assert abs(found.find("given", "bone").parts["histology"]) > 0.01
    assert abs(found.find("ever", "bone", 5.0).parts["histology"]) > 1e-4


def test_a_pure_whether_factor_has_no_part_in_how_many_and_where() -> None:
    found = explained(SOME, without_pattern(toy_model(), "lobular"))
    assert all(log.parts["histology"] == 0.0 for log in found.log_odds)
    assert found.log_rate is not None
    assert found.log_rate.parts["histology"] > 0.05


def test_a_factor_without_any_effect_gets_nothing() -> None:
    model = independent_histology(without_rate(without_pattern(toy_model(), "lobular"), "lobular"))
    for entry in explained(SOME, model).risks:
        assert entry.parts["histology"] == pytest.approx(0.0, abs=EXACT)


def test_effects_on_one_site_change_others_through_the_normalisation() -> None:
    theta = toy_model().theta.copy()
    effects = toy_model().layout.block(theta, "pattern.effects")
    effects[:] = 0.0
    effects[COVARIATES.index("lobular"), 0] = 1.0  # on bone alone
    found = explained(SOME, independent_histology(replace(toy_model(), theta=theta)))
    assert found.find("given", "bone").parts["histology"] > 0.02
    assert found.find("given", "lung").parts["histology"] < -0.02
    lung = next(log for log in found.log_odds if log.site == "lung")
    assert lung.parts["histology"] == pytest.approx(0.0, abs=EXACT)


def test_a_chosen_year_is_a_reason_and_a_baseline_is_none() -> None:
    found = explained(SOME, year=2000)
    assert "year" in found.known
    assert found.values["year"] == "diagnosed 2000"
    assert found.find("any", None, 5.0).parts["year"] > 0  # hazards fell since
    check_sums(found)
    study = explained(SOME, baseline="mariotto2018")
    assert study.find("any", None, 5.0).reference > found.find("any", None, 5.0).reference
    check_sums(study)


def test_known_metastases_leave_the_open_sites() -> None:
    found = explained({**SOME, **INVOLVED})
    assert found.log_rate is None
    assert {entry.quantity.name for entry in found.risks} == {"ever"}
    assert {entry.quantity.site for entry in found.risks} == {"lung", "brain", "other"}
    assert [log.site for log in found.log_odds] == ["lung", "brain", "other"]
    with pytest.raises(KeyError):
        found.find("ever", "bone", 5.0)


def test_every_factor_has_a_block() -> None:
    assert set(BLOCK_OF) == set(FACTORS)
    assert set(BLOCK_OF.values()) <= set(BLOCKS)


def test_document_and_rows_hold_the_same() -> None:
    found = explained({**KNOWN, "ki67": None})
    document = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    rows = list(found.rows())
    assert document["known"].keys() == set(found.known)
    risks = {
        (q["quantity"], q["site"] or "any", q["years"], factor): part
        for q in document["risks"]["quantities"]
        for factor, part in q["by_factor"].items()
    }
    listed = {
        (row["quantity"], row["site"], row["years"], row["factor"]): row["part"]
        for row in rows
        if row["scale"] == "risk"
    }
    assert risks == listed
    logs = [row for row in rows if row["scale"] == "log odds" and row["site"] == "brain"]
    assert sum(row["part"] for row in logs) == pytest.approx(document["log_odds"]["sites"]["brain"]["sum"])
    assert {row["block"] for row in rows} == {"clinicopathological", "primary tumour"}


SHIFT = np.array([0.6, -0.2, 0.1, 0.0, 0.3])


def marker(name: str, rate: float = 0.5, sites: Any = SHIFT, where: str = "primary tumour") -> Offset:
    return Offset(name, rate, sites, np.zeros((6, 6)), (), "positive", Compartment(where))


def with_markers(stated: dict[str, Any], *markers: Offset) -> Explanation:
    found = certain(toy_model()).forecast(
        [Patient.parse(stated)],
        [2.0, 5.0],
        intervals=False,
        offsets=[together(markers)],
    )
    return explain(found[0])


@pytest.mark.parametrize("extra", [{}, {"free_for": 3.0}, INVOLVED])
def test_markers_are_factors_in_the_block_of_their_compartment(extra: dict[str, Any]) -> None:
    found = with_markers({**SOME, **extra}, marker("M1"), marker("M2", -0.2, -SHIFT, "exosome"))
    assert found.known[-2:] == ("M1", "M2")
    plain = explained({**SOME, **extra})
    for entry in found.risks:
        q = entry.quantity
        if q.site is not None:
            shown = found.forecast.site(q.site, q.name, q.years).risk
            assert entry.risk == pytest.approx(shown, abs=STEPS)
        assert sum(entry.parts.values()) == pytest.approx(entry.risk - entry.reference, abs=EXACT)
        assert sum(entry.blocks.values()) == pytest.approx(entry.risk - entry.reference, abs=EXACT)
        assert entry.blocks["exosome"] == entry.parts["M2"]
        assert entry.reference == pytest.approx(plain.find(q.name, q.site, q.years).reference, abs=EXACT)
    # On the log scale a marker's part is its own shift, and the others keep theirs.
    for place, site in enumerate(toy_model().layout.sites):
        for log, other in zip(found.log_odds, plain.log_odds, strict=True):
            if log.site == site:
                assert log.parts["M1"] == pytest.approx(SHIFT[place], abs=EXACT)
                assert log.total == pytest.approx(other.total, abs=EXACT)  # M2 takes back what M1 adds
                assert sum(log.blocks.values()) == pytest.approx(log.total, abs=EXACT)
                assert log.blocks["exosome"] == pytest.approx(-SHIFT[place], abs=EXACT)
    if found.log_rate is not None and plain.log_rate is not None:
        assert found.log_rate.total == pytest.approx(plain.log_rate.total + 0.5 - 0.2, abs=EXACT)
    rows = [row for row in found.rows() if row["factor"] == "M2"]
    assert {(row["block"], row["value"]) for row in rows} == {("exosome", "positive")}
    assert json.loads(json.dumps(found.to_dict()))["blocks"]["M2"] == "exosome"


def test_a_coalition_without_the_marker_is_the_forecast_without_it() -> None:
    played = game(with_markers(SOME, marker("M1")).forecast)
    values = values_by_known(played)
    for hidden in (set(), {"grade", "nodes"}):
        left = {k: v for k, v in SOME.items() if not any(k in PLAYERS[player] for player in hidden)}
        for markers in ((), (marker("M1"),)):
            kept = frozenset(played.players) - hidden - (set() if markers else {"M1"})
            other = with_markers(left, *markers).forecast
            for column, q in enumerate(played.quantities):
                if q.site is not None:
                    expected = other.site(q.site, q.name, q.years).risk
                    assert values[kept][column] == pytest.approx(expected, abs=STEPS)


def test_a_marker_that_adds_nothing_has_no_part() -> None:
    found = with_markers(SOME, marker("M1", 0.0, np.zeros(5)))
    plain = explained(SOME)
    for entry in found.risks:
        # As above.
        assert entry.parts["M1"] == pytest.approx(0.0, abs=1e-6)
        same = plain.find(entry.quantity.name, entry.quantity.site, entry.quantity.years)
        for factor, part in same.parts.items():
            assert entry.parts[factor] == pytest.approx(part, abs=1e-6)
    assert found.log_rate is not None
    assert found.log_rate.parts["M1"] == 0.0
    assert all(log.parts["M1"] == 0.0 for log in found.log_odds)


def test_a_pure_where_marker_has_no_part_in_whether_and_the_reverse() -> None:
    found = with_markers(SOME, marker("WHERE", 0.0), marker("WHETHER", 0.5, np.zeros(5)))
    assert found.log_rate is not None
    assert found.log_rate.parts["WHERE"] == 0.0
    assert found.log_rate.parts["WHETHER"] == 0.5
    assert all(log.parts["WHETHER"] == 0.0 for log in found.log_odds)
    assert found.find("any", None, 5.0).parts["WHERE"] == pytest.approx(0.0, abs=EXACT)
    assert found.find("any", None, 5.0).parts["WHETHER"] > 0.01
    assert found.find("given", "bone").parts["WHERE"] > 0.02
    # Of a patient known in full, the rate tells nothing of the set; the others leave none unknown here.
    whole = with_markers({**KNOWN, "chemotherapy": "none"}, marker("WHETHER", 0.5, np.zeros(5)))
    alone = game(whole.forecast).values
    column = [q.name for q in game(whole.forecast).quantities].index("given")
    assert alone[-1, column] == pytest.approx(alone[len(alone) // 2 - 1, column], abs=EXACT)


def test_markers_with_the_name_of_a_factor_or_too_many_are_refused() -> None:
    with pytest.raises(InputError, match="name of a factor"):
        with_markers(SOME, marker("grade"))
    many = [marker(f"M{number}") for number in range(13)]
    with pytest.raises(InputError, match="too many to be told apart"):
        with_markers(SOME, *many)
