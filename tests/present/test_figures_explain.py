"""Figures of explanations, determinants and nomograms: well-formed, told in words, labels apart."""

import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from organotropism.explain.blocks import NotInModel
from organotropism.explain.determinants import Determinants, determinants
from organotropism.explain.explanation import Explanation, explain
from organotropism.explain.nomogram import Target, nomogram
from organotropism.patient import Patient
from organotropism.present.figures.determinants import determinants_figure
from organotropism.present.figures.nomogram import nomogram_figure
from organotropism.present.figures.waterfall import LOWER, RAISE, waterfall
from process.cases import KNOWN
from toy import toy_model

SVG = "{http://www.w3.org/2000/svg}"


def root_of(svg: str) -> ElementTree.Element:
    root = ElementTree.fromstring(svg)
    assert root.get("role") == "img"
    assert root.find(f"{SVG}title") is not None
    assert len(root.find(f"{SVG}desc").text) > 40  # type: ignore[union-attr, arg-type]
    return root


def texts(root: ElementTree.Element) -> list[str]:
    return [element.text or "" for element in root.iter(f"{SVG}text")]


def inside(root: ElementTree.Element) -> None:
    """Every text starts inside the drawing."""
    width, height = float(root.get("width", 0)), float(root.get("height", 0))
    for element in root.iter(f"{SVG}text"):
        assert 0 <= float(element.get("x", -1)) <= width
        assert 0 <= float(element.get("y", -1)) <= height


@pytest.fixture(scope="module")
def explanation() -> Explanation:
    stated = {**KNOWN, "id": "<b>&", "age": None, "ki67": None, "detection": None}
    return explain(toy_model().forecast(Patient(**stated), [5.0, 10.0], intervals=False))


@pytest.fixture(scope="module")
def found() -> Determinants:
    missing = NotInModel("exosome", 3, {"C": 2, "D": 1}, 0, 0, {"other cancer": 1})
    return determinants(toy_model(), draws=2, not_in_model=[missing])


def test_waterfall_has_a_panel_for_each_risk_and_ends_at_the_forecast(explanation: Explanation) -> None:
    root = root_of(waterfall(explanation))
    inside(root)
    shown = texts(root)
    assert {"Any distant disease", "Bone", "Lung", "Liver", "Brain", "Other sites"} <= set(shown)
    colours = {element.get("fill") for element in root.iter(f"{SVG}rect")}
    assert {RAISE, LOWER} <= colours
    one = root_of(waterfall(explanation, site="brain"))
    assert "Bone" not in texts(one)
    assert "Lung" in texts(root_of(waterfall(explanation, quantity="given")))
    with pytest.raises(KeyError):
        waterfall(explanation, horizon=7.0)


def test_waterfall_bars_lead_from_one_to_the_next(explanation: Explanation) -> None:
    root = root_of(waterfall(explanation, site="brain"))
    bars = [r for r in root.iter(f"{SVG}rect") if r.get("fill") in (RAISE, LOWER) and r.get("height") == "15"]
    ends = [(float(r.get("x", 0)), float(r.get("x", 0)) + float(r.get("width", 0))) for r in bars]
    fills = [r.get("fill") for r in bars]
    for (low, high), (next_low, next_high), colour, next_colour in zip(
        ends, ends[1:], fills, fills[1:], strict=False
    ):
        arrived = high if colour == RAISE else low
        departs = next_low if next_colour == RAISE else next_high
        # Bars are drawn to a hundredth, and steps too small to show are passed over.
        assert arrived == pytest.approx(departs, abs=2.0)


def test_determinants_show_what_is_missing_and_never_as_a_bar(found: Determinants) -> None:
    root = root_of(determinants_figure(found))
    inside(root)
    shown = texts(root)
    assert "whether/when" in shown and "how many" in shown and "where" in shown
    missing = [text for text in shown if text.startswith("? not in the model")]
    assert len(missing) == 3
    assert any("3 published associations" in text for text in missing)


@pytest.mark.parametrize(
    "target",
    [
        Target("ever", "brain", 10.0, None, 2010),
        Target("any", None, 5.0, "TNBC", 2010),
        Target("given_metastasis", "bone", None, None, 2010),
        Target("several", None, None, None, 2010),
    ],
)
def test_nomogram_labels_do_not_touch(target: Target) -> None:
    root = root_of(nomogram_figure(nomogram(toy_model(), target)))
    inside(root)
    assert "Total points" in texts(root)
    rows: dict[str, list[tuple[float, float]]] = {}
    for element in root.iter(f"{SVG}text"):
        if element.get("text-anchor") == "middle" and element.text:
            x, half = float(element.get("x", 0)), 3.0 * len(element.text)
            rows.setdefault(str(element.get("y")), []).append((x - half, x + half))
    for spans in rows.values():
        spans.sort()
        assert all(right <= left for (_, right), (left, _) in pairwise(spans))


def test_nomogram_names_every_level_of_a_factor() -> None:
    root = root_of(nomogram_figure(nomogram(toy_model(), Target("ever", "brain", 10.0, None, 2010))))
    assert {"HR+/HER2-", "HR+/HER2+", "HR-/HER2+", "TNBC", "lobular", "screen"} <= set(texts(root))
    assert any(re.search(r"within [\d.]+ for 95 of 100 women", text) for text in texts(root))
