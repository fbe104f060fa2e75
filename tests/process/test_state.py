"""Patients with known metastases, against the generator of the process written out site by site."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from numpy.typing import NDArray
from scipy.linalg import expm

from organotropism.patient import Patient
from organotropism.process import rate
from organotropism.process.cells import Cells
from organotropism.process.model import Model
from organotropism.process.pattern import scores
from organotropism.process.prepare import prepare
from organotropism.process.results import Options
from organotropism.process.state import History
from process.cases import KNOWN, models, risks_at_coefficients
from toy import toy_model

Array = NDArray[np.float64]
SITES = ("bone", "lung", "liver", "brain", "other")
COVARIATES = ("HR+/HER2+", "HR-/HER2+", "TNBC", "lobular", "age", "nodes", "size", "grade")
SINCE = ("0-0.5", "0.5-1", "1-2", "2-4", "4+")
STARTS = (0.0, 0.5, 1.0, 2.0, 4.0)
SUBTYPES = ("HR+/HER2-", "HR+/HER2+", "HR-/HER2+", "TNBC")
WINDOW = 30 / 365.25
DEAD = 32
HORIZONS = (1.0, 5.0)


def coefficient(model: Model) -> Callable[[str], float]:
    """Coefficients by name; the reference levels, which have none, are zero."""
    values = dict(zip(model.layout.names, model.theta, strict=True))
    return lambda name: float(values.get(name, 0.0))


def tilt(model: Model, x: Array, site: str) -> float:
    c = coefficient(model)
    return sum(
        value * c(f"pattern.effects[{name}, {site}]") for name, value in zip(COVARIATES, x, strict=True)
    )


def generator(model: Model, x: Array, subtype: int, band: int, after_window: bool) -> Array:
    """(33, 33) hazards from set to set and to death; set i holds site s when bit s of i is one."""
    c, since = coefficient(model), SINCE[band]
    g = np.zeros((33, 33))
    for a in range(32):
        held = [site for s, site in enumerate(SITES) if a >> s & 1]
        several = len(held) > 1
        for s, site in enumerate(SITES):
            if site not in held and after_window:
                log_gain = c(f"progression.level[{site}]") + c(f"progression.shape[{since}]")
                log_gain += several * c("progression.several")
                g[a, a | 1 << s] = np.exp(log_gain + c("progression.slope") * tilt(model, x, site))
        log_death = c("death.level") + c(f"death.shape[{since}]") + c(f"death.subtype[{SUBTYPES[subtype]}]")
        log_death += sum(c(f"death.{site}") for site in ("liver", "brain") if site in held)
        g[a, DEAD] = np.exp(log_death + several * c("death.several"))
        g[a, a] = -g[a].sum()
    return g


def pieces(start: float, end: float) -> list[tuple[float, float, int, bool]]:
    """Stretches of constant hazards: years from and to, band, whether after the window."""
    marks = sorted({start, end, *(m for m in (*STARTS, WINDOW) if start < m < end)})
    return [(a, b, sum(a >= s for s in STARTS) - 1, a >= WINDOW) for a, b in pairwise(marks)]


def transition(
    model: Model, x: Array, subtype: int, start: float, end: float, tracked: bool = False
) -> Array:
    """Transition probabilities; with `tracked`, the dead keep the set they died with: (64, 64)."""
    total = np.eye(64 if tracked else 33)
    for a, b, band, after in pieces(start, end):
        g = generator(model, x, subtype, band, after)
        if tracked:
            g = np.block([[g[:32, :32], np.diag(g[:32, DEAD])], [np.zeros((32, 64))]])
        total = total @ expm(g * (b - a))
    return total


def set_number(*sites: str) -> int:
    return sum(1 << SITES.index(site) for site in sites)


def log_prior(
    model: Model, x: Array, subtype: int, log_rate: Array, other: Array, year: float, found: int
) -> float:
    """Log density of presenting in that year with that set."""
    c = coefficient(model)
    level = [
        c(f"pattern.level[{site}]") + (year == 0) * c(f"pattern.de_novo[{site}]") + tilt(model, x, site)
        for site in SITES
    ]
    log_weights = [
        sum(level[s] for s in range(5) if a >> s & 1)
        + sum(
            c(f"pattern.pair[{SITES[s]}&{SITES[u]}]")
            for s in range(5)
            for u in range(s + 1, 5)
            if a >> s & 1 and a >> u & 1
        )
        for a in range(1, 32)
    ]
    total = log_weights[found - 1] - np.log(np.sum(np.exp(log_weights)))
    if year == 0:
        logit = c("prevalence.level") + c(f"prevalence.subtype[{SUBTYPES[subtype]}]")
        return float(total + np.log(1 / (1 + np.exp(-logit))))
    free = rate.free_until((0.0, 2.0, 5.0, 10.0), log_rate, other, year)
    return float(total + log_rate[sum(year >= band for band in (0, 2, 5, 10)) - 1] + np.log(free))


def by_hand(
    model: Model, cells: Cells, rows: rate.RateDesign, path: list[tuple[float, int]], as_of: float
) -> Array:
    """P(each site within each horizon of `as_of`), (sites, horizons)."""
    log_rate = rate.log_hazard(model.layout, model.theta[None], rows)[0]
    presented = path[0][0]
    until = as_of - presented
    total, ever = 0.0, np.zeros((5, len(HORIZONS)))
    for i, x in enumerate(scores(cells)):
        subtype = int(cells.subtype[i])
        log_weight = np.log(cells.weight[i])
        log_weight += log_prior(model, x, subtype, log_rate[i], rows.other[i], presented, path[0][1])
        for (year, held), (later, then) in pairwise(path):
            # Nothing happens until the next site is found, and then it is.
            start, end = year - presented, later - presented
            log_weight += sum(
                generator(model, x, subtype, band, after)[held, held] * (b - a)
                for a, b, band, after in pieces(start, end)
            )
            band = sum(end >= s for s in STARTS) - 1
            log_weight += np.log(generator(model, x, subtype, band, True)[held, then])
        year, held = path[-1]
        log_weight += sum(
            generator(model, x, subtype, band, after)[held, held] * (b - a)
            for a, b, band, after in pieces(year - presented, until)
        )
        weight = np.exp(log_weight)
        for h, horizon in enumerate(HORIZONS):
            reached = transition(model, x, subtype, until, until + horizon, tracked=True)[held]
            at = reached[:32] + reached[32:]
            ever[:, h] += weight * np.array(
                [at[[a for a in range(32) if a >> s & 1]].sum() for s in range(5)]
            )
        total += weight
    return ever / total


BONE, LIVER_BRAIN = set_number("bone"), set_number("liver", "brain")
HISTORIES: dict[str, tuple[list[tuple[str, float]], float, list[tuple[float, int]]]] = {
    "just found": ([("bone", 3.0)], 3.0, [(3.0, BONE)]),
    "at diagnosis": ([("bone", 0.0)], 0.0, [(0.0, BONE)]),
    "at diagnosis, a while ago": ([("liver", 0.0), ("brain", 0.05)], 1.3, [(0.0, LIVER_BRAIN)]),
    "two sites in one window": ([("brain", 6.0), ("liver", 6.08)], 7.5, [(6.0, LIVER_BRAIN)]),
    "followed by another": (
        [("bone", 2.5), ("lung", 4.0)],
        4.4,
        [(2.5, BONE), (4.0, set_number("bone", "lung"))],
    ),
    "followed by two others": (
        [("bone", 11.0), ("lung", 11.3), ("brain", 12.5)],
        12.5,
        [(11.0, BONE), (11.3, set_number("bone", "lung")), (12.5, set_number("bone", "lung", "brain"))],
    ),
}


# The scheme and the cubics between its nodes are each bounded by 1e-4 in test_forecast_grid.
@pytest.mark.parametrize("name", HISTORIES)
@settings(max_examples=2)
@given(model=models(sd=0.15))
def test_forecast_given_a_history_is_that_of_the_generator(name: str, model: Model) -> None:
    involved, as_of, path = HISTORIES[name]
    stated: dict[str, Any] = {key: value for key, value in KNOWN.items() if key not in ("grade", "her2")}
    patient = Patient(**stated, involved=[{"site": s, "years": y} for s, y in involved], as_of=as_of)
    cells, rows = prepare(model, [patient], Options())
    assert len(cells) == 6
    expected = by_hand(model, cells, rows, path, as_of)
    found = risks_at_coefficients(model, patient, *HORIZONS)
    np.testing.assert_allclose(found.ever[0, 0], expected, rtol=0, atol=2e-4)
    first = [float(path[0][1] >> s & 1) for s in range(5)]
    np.testing.assert_array_equal(found.first[0, 0], np.column_stack([first] * 2))
    np.testing.assert_array_equal(found.given[0, 0], first)
    alone = sum(first) == 1
    np.testing.assert_array_equal(found.only[0, 0], found.first[0, 0] * alone)
    assert found.several.item() == (not alone)
    assert np.all(found.any == 1.0)


def test_a_history_gathers_what_is_found_within_the_window() -> None:
    layout = toy_model().layout
    involved = [
        {"site": "lung", "years": 4.0},
        {"site": "bone", "years": 2.0},
        {"site": "liver", "years": 2.08},
    ]
    history = History.of(Patient(**KNOWN, involved=involved, as_of=5.5), layout, WINDOW)
    assert history.presented == 2.0
    together = set_number("bone", "liver")
    assert history.path == [(0.0, together), (2.0, together | set_number("lung"))]
    assert history.until == 3.5


def test_everything_found_leaves_nothing_to_find() -> None:
    involved = [{"site": site, "years": 1.0} for site in SITES]
    found = risks_at_coefficients(toy_model(), Patient(**KNOWN, involved=involved), *HORIZONS)
    assert np.all(found.ever == 1.0)
    assert found.several.item() == 1.0
