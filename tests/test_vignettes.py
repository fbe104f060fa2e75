"""Thirteen fixed patients keep the order that a clinician expects, with the shipped model."""

import re
from pathlib import Path

import pytest

from scripts import script

ROOT = Path(__file__).resolve().parent.parent
VIGNETTES = script("docs/make_vignettes.py")


@pytest.fixture(scope="module")
def forecasts():
    return VIGNETTES.forecasts()


def test_there_are_thirteen_files():
    files = {file.stem for file in (ROOT / "examples" / "vignettes").glob("*.toml")}
    assert files == set(VIGNETTES.NAMES)
    assert len(files) == 13
    assert all(VIGNETTES.told(name).endswith((".", "?")) for name in files)


@pytest.mark.parametrize("number", range(len(VIGNETTES.ORDERS)))
def test_order(forecasts, number):
    order = VIGNETTES.ORDERS[number]
    larger, smaller = (
        {name: round(order.quantity(forecasts[name]), 4) for name in names}
        for names in (order.larger, order.smaller)
    )
    assert order.holds(forecasts), f"{order.text}: {larger} against {smaller}"


@pytest.mark.parametrize("number", range(len(VIGNETTES.BOUNDS)))
def test_bound(forecasts, number):
    bound = VIGNETTES.BOUNDS[number]
    assert bound.low < bound.quantity(forecasts[bound.name]) < bound.high, bound.text


def test_no_vignette_raises_a_warning(forecasts):
    assert {name: forecast.warnings for name, forecast in forecasts.items() if forecast.warnings} == {}


def test_an_order_that_does_not_hold_is_found(forecasts):
    order = VIGNETTES.ORDERS[0]
    reverse = type(order)(order.text, order.quantity, order.smaller, order.larger)
    assert not reverse.holds(forecasts)


def test_the_page_names_everything(forecasts):
    # Numbers of the page follow the model that it was made with: `python docs/make_vignettes.py`.
    page = (ROOT / "docs" / "vignettes.md").read_text(encoding="utf-8")
    assert all(f"`{name}` | {VIGNETTES.told(name)}" in page for name in VIGNETTES.NAMES)
    assert all(order.text in page for order in VIGNETTES.ORDERS)
    assert "Not kept" not in page
    # Made anew, only numbers may differ.
    plain = [
        re.sub(r"[<>]?[\d.,]+( of [\d,]+)?|under |about |over ", "#", text)
        for text in (page, VIGNETTES.page(VIGNETTES.forecasts(intervals=False)))
    ]
    headings = [re.findall(r"^#.*$|^\| `.*?` ", text, re.MULTILINE) for text in plain]
    assert headings[0] == headings[1]
