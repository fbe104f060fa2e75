"""Write docs/vignettes.md: thirteen fixed patients, their forecasts, and the orders that they must keep.

Run from the repository root after a model has been learnt anew: ``python docs/make_vignettes.py``. The test
``tests/test_vignettes.py`` checks the orders and bounds, not the numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import organotropism as ot
from organotropism.patient_file import read_patient
from organotropism.present.numbers import estimate, frequency, percent

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "examples" / "vignettes"
PAGE = ROOT / "docs" / "vignettes.md"
NAMES = (
    "luminal-small",
    "luminal-usual",
    "luminal-nodes",
    "luminal-lobular",
    "luminal-late",
    "luminal-old",
    "her2-luminal",
    "her2-enriched",
    "triple-negative",
    "triple-negative-nodes",
    "triple-negative-t4",
    "triple-negative-late",
    "triple-negative-lung",
)
SITES = ("bone", "lung", "liver", "brain", "other")
HORIZONS = (5.0, 10.0)
#: Those who have not presented, and groups of them.
FREE = NAMES[:-1]
LUMINAL = NAMES[:6]
TRIPLE_NEGATIVE = (
    "triple-negative",
    "triple-negative-nodes",
    "triple-negative-t4",
    "triple-negative-late",
)
MANY_NODES = ("luminal-nodes", "triple-negative-nodes", "triple-negative-t4")
HR_NEGATIVE = ("her2-enriched", *TRIPLE_NEGATIVE)
Quantity = Callable[[ot.Forecast], float]


def any_within(years: float) -> Quantity:
    """Risk of any distant disease."""
    return lambda forecast: forecast.any(years).risk


def given(site: str) -> Quantity:
    """Probability of a site among those found, given presentation."""
    return lambda forecast: forecast.site(site, "given").risk


def ever(site: str, years: float = 10.0) -> Quantity:
    """Risk of a site being found by then."""
    return lambda forecast: forecast.site(site, "ever", years).risk


def bone_alone(forecast: ot.Forecast) -> float:
    """Share of presentations within ten years with bone alone."""
    return forecast.site("bone", "only", 10.0).risk / forecast.any(10.0).risk


def late(forecast: ot.Forecast) -> float:
    """Share of the ten-year risk that lies in the second five years."""
    return 1 - forecast.any(5.0).risk / forecast.any(10.0).risk


@dataclass(frozen=True)
class Order:
    """Each of the larger patients has more of a quantity than each of the smaller."""

    text: str
    quantity: Quantity
    larger: tuple[str, ...]
    smaller: tuple[str, ...]

    def holds(self, forecasts: dict[str, ot.Forecast]) -> bool:
        """Whether the forecasts keep the order."""
        return min(self.values(forecasts, self.larger)) > max(self.values(forecasts, self.smaller))

    def values(self, forecasts: dict[str, ot.Forecast], names: tuple[str, ...]) -> list[float]:
        """The quantity of some patients."""
        return [self.quantity(forecasts[name]) for name in names]


@dataclass(frozen=True)
class Bound:
    """A quantity of one patient lies where no clinician would doubt it."""

    text: str
    quantity: Quantity
    name: str
    low: float
    high: float


def without(*names: str) -> tuple[str, ...]:
    """Everyone who has not presented, but for some."""
    return tuple(name for name in FREE if name not in names)


ORDERS = (
    Order("Any distant disease is rarest in the small luminal tumour of grade 1 without nodes",
          any_within(10.0), without("luminal-small"), ("luminal-small",)),
    Order("Nodes and grade act on whether: all patients with seven and more nodes lead within five years",
          any_within(5.0), MANY_NODES, without(*MANY_NODES)),
    Order("Skin involved (T4b) adds to the same size and nodes", any_within(5.0), ("triple-negative-t4",),
          ("triple-negative-nodes",)),
    Order("Brain is a larger share of presentations in every HER2-positive or triple-negative patient than "
          "in every luminal one", given("brain"), ("her2-luminal", *HR_NEGATIVE), LUMINAL),
    Order("Bone is a larger share in every luminal patient than in every hormone receptor negative one",
          given("bone"), LUMINAL, HR_NEGATIVE),
    Order("Liver is the largest share in HER2-positive, hormone receptor negative disease",
          given("liver"), ("her2-enriched",), without("her2-enriched")),
    # Studies disagree on lung between triple-negative and HER2-positive disease: no order is asked there.
    Order("Lung is a larger share in every triple-negative patient than in the HER2-negative luminal ones",
          given("lung"), TRIPLE_NEGATIVE, LUMINAL),
    Order("Bone alone is most likely in the luminal lobular patient", bone_alone, ("luminal-lobular",),
          without("luminal-lobular")),
    Order("Lung is the smallest share in the lobular patient", given("lung"), without("luminal-lobular"),
          ("luminal-lobular",)),
    Order("Of the HER2-positive, the hormone receptor positive has more bone", given("bone"),
          ("her2-luminal",), ("her2-enriched",)),
    Order("Of the HER2-positive, the hormone receptor negative has more brain at presentation",
          given("brain"), ("her2-enriched",), ("her2-luminal",)),
    Order("Late risk is carried by ER-positive disease: more of ten years' risk lies after the fifth",
          late, ("luminal-usual",), HR_NEGATIVE[:2]),
    Order("So it is after five years free of distant disease", late, ("luminal-late",),
          ("triple-negative-late",)),
    Order("At 84 less of ten years' risk lies after the fifth than at 57", late, ("luminal-usual",),
          ("luminal-old",)),
    Order("Brain is a smaller share at 84 than at 57", given("brain"), ("luminal-usual",), ("luminal-old",)),
    Order("Brain follows more often once triple-negative disease is in the lung than it is found from "
          "diagnosis on", ever("brain"), ("triple-negative-lung",), ("triple-negative",)),
)  # fmt: skip
BOUNDS = (
    Bound("any distant disease within 5 years", any_within(5.0), "triple-negative-t4", 0.20, 0.80),
    Bound("any distant disease within 10 years", any_within(10.0), "luminal-small", 0.002, 0.05),
    Bound("any distant disease within 10 years", any_within(10.0), "luminal-usual", 0.03, 0.20),
    Bound("any distant disease within 5 years", any_within(5.0), "triple-negative-nodes", 0.15, 0.70),
    Bound("brain among the sites found at presentation", given("brain"), "her2-enriched", 0.10, 0.40),
    Bound("bone alone at presentation", bone_alone, "luminal-lobular", 0.30, 0.80),
    Bound("brain within 10 years", ever("brain"), "triple-negative-lung", 0.10, 0.60),
)


def forecasts(intervals: bool = False) -> dict[str, ot.Forecast]:
    """Forecasts of the shipped model, by the name of the vignette."""
    model = ot.load_model()
    return {
        name: model.forecast(read_patient(FOLDER / f"{name}.toml"), HORIZONS, intervals=intervals)
        for name in NAMES
    }


def told(name: str) -> str:
    """What the first line of the file says of the patient."""
    return (FOLDER / f"{name}.toml").read_text(encoding="utf-8").splitlines()[0].removeprefix("# ")


def page(found: dict[str, ot.Forecast]) -> str:
    """The page."""
    model = next(iter(found.values())).table.model
    lines = [
        "# Vignettes",
        "",
        "Thirteen fixed, simulated patients with the order that a clinician expects. The files are in "
        "`examples/vignettes`; a test checks every order and bound below with the shipped model. The "
        f"numbers are those of the model `{model.name}`, version {model.version}, in brackets the 95 % "
        "uncertainty of the evidence.",
        "",
        "    organotropism predict examples/vignettes/luminal-lobular.toml",
        "    organotropism predict examples/vignettes/triple-negative.toml --out forecast.html",
        "",
        "## The patients",
        "",
        "| vignette | patient |",
        "|---|---|",
        *(f"| `{name}` | {told(name)} |" for name in NAMES),
        "",
        "## Any distant disease",
        "",
        "| vignette | within 5 years | within 10 years | in people |",
        "|---|---|---|---|",
    ]
    for name in FREE:
        five, ten = (found[name].any(h) for h in HORIZONS)
        lines.append(f"| `{name}` | {estimate(five)} | {estimate(ten)} | {frequency(ten.risk)} |")
    lines += [
        "",
        "`luminal-late` and `triple-negative-late` count from five years after diagnosis.",
        "",
        "## Sites found within ten years, at presentation or later",
        "",
        f"| vignette | {' | '.join(SITES)} |",
        f"|---|{'---|' * len(SITES)}",
    ]
    for name in NAMES:
        known = found[name].patient.involved_sites
        cells = [
            "known" if site in known else estimate(found[name].site(site, "ever", 10.0)) for site in SITES
        ]
        lines.append(f"| `{name}` | {' | '.join(cells)} |")
    lines += [
        "",
        "## Sites found at presentation, if distant disease presents",
        "",
        f"| vignette | {' | '.join(SITES)} | more than one |",
        f"|---|{'---|' * (len(SITES) + 1)}",
    ]
    for name in FREE:
        cells = [percent(given(site)(found[name])) for site in SITES]
        lines.append(f"| `{name}` | {' | '.join([*cells, percent(found[name].several.risk)])} |")
    lines += ["", "## Orders that hold", ""]
    for order in ORDERS:
        low, high = min(order.values(found, order.larger)), max(order.values(found, order.smaller))
        mark = "" if order.holds(found) else " **Not kept by this model.**"
        lines.append(f"- {order.text}: {percent(low)} or more against {percent(high)} or less.{mark}")
    lines += ["", "## Bounds", "", "| vignette | quantity | forecast | between |", "|---|---|---|---|"]
    for bound in BOUNDS:
        value = percent(bound.quantity(found[bound.name]))
        span = f"{percent(bound.low)} and {percent(bound.high)}"
        lines.append(f"| `{bound.name}` | {bound.text} | {value} | {span} |")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    PAGE.write_text(page(forecasts(intervals=True)), encoding="utf-8")
