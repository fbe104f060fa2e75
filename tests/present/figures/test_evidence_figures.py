"""Forest plot and evidence map: readable by machine, by screen reader, in colour and in grey."""

import re
import xml.etree.ElementTree as ET
from math import log

import pytest

from organotropism.evidence import cells, findings, forest_groups, selected, shipped_residuals
from organotropism.evidence.forest import forest_record
from organotropism.evidence.map import cell_record
from organotropism.present.figures.evidence_map import COLOURS, SITES, evidence_map
from organotropism.present.figures.forest import MODEL, forest_plot
from organotropism.present.figures.look import DATA, INK, QUIET
from organotropism.present.figures.render import render
from svg_accessibility import contrast, problems
from toy_findings import finding, fitted

SVG = "{http://www.w3.org/2000/svg}"
ROWS = [
    finding("a", ratio=2.0),
    finding("b", ratio=3.0, se=0.3),
    finding("c", ratio=3.5, group="b", adjusted="no"),
    finding("d", ratio=0.5, se=1.5, denominator="metastatic_patients"),
]


def drawn_forest(rows, residuals=()):
    groups = forest_groups(rows, {row.id: row for row in residuals})
    return forest_plot([forest_record(group) for group in groups], "TNBC and brain")


def drawn_map(rows=None, **filters):
    chosen = selected(findings(), **filters) if rows is None else rows
    return evidence_map([cell_record(cell) for cell in cells(chosen)], "Evidence on the site")


FIGURES = {
    "forest": drawn_forest(ROWS, [fitted("a", 1.5), fitted("b", 1.6)]),
    "map": drawn_map(factor="subtype"),
}


def words(root):
    return ["".join(element.itertext()) for element in root.iter(f"{SVG}text")]


@pytest.mark.parametrize("svg", FIGURES.values(), ids=FIGURES)
def test_a_reader_who_does_not_see_it_is_told_what_it_shows(svg):
    description = ET.fromstring(svg).find(f"{SVG}desc").text
    assert "more often" in description or "2.00 (1.64-2.43)" in description


@pytest.mark.parametrize("svg", FIGURES.values(), ids=FIGURES)
def test_nothing_is_fetched_or_run(svg):
    assert not re.search(r"<script|<image|<foreignObject|xlink|@import|href=", svg)
    assert set(re.findall(r"https?://[^\"' ]+", svg)) == {"http://www.w3.org/2000/svg"}
    assert len(svg) < 200_000


@pytest.mark.parametrize("svg", FIGURES.values(), ids=FIGURES)
def test_text_can_be_read(svg):
    assert problems(svg) == []
    assert min(float(element.get("font-size")) for element in ET.fromstring(svg).iter(f"{SVG}text")) >= 11


def test_marks_can_be_seen_on_paper():
    # 3 to 1 is what WCAG asks of graphics
    for colour in (*COLOURS.values(), MODEL, DATA, INK, QUIET):
        assert contrast(colour, "white") >= 3


def squares(root):
    """Centre and side of the squares of the studies, in the order of the rows; the legend's come last."""
    found = [r for r in root.iter(f"{SVG}rect") if r.get("stroke")]
    return [
        (float(r.get("x")) + float(r.get("width")) / 2, float(r.get("width")), r.get("fill")) for r in found
    ]


def test_squares_stand_at_their_ratios_and_weigh_what_they_weigh():
    root = ET.fromstring(FIGURES["forest"])
    (a, b, c, d) = squares(root)[:4]
    # one scale: distances in proportion to distances on the log scale
    unit = (b[0] - a[0]) / log(3 / 2)
    assert c[0] - a[0] == pytest.approx(unit * log(3.5 / 2), abs=0.2)
    assert d[0] - a[0] == pytest.approx(unit * log(0.5 / 2), abs=0.2)
    (group, _) = forest_groups(ROWS, {})
    assert (a[1] > b[1]) == (group.pooled.weights[0] > group.pooled.weights[1])
    assert [square[2] for square in (a, b, c)] == [INK, INK, "none"]


def test_the_model_is_drawn_where_it_learnt():
    root = ET.fromstring(FIGURES["forest"])
    rings = [ring for ring in root.iter(f"{SVG}circle") if ring.get("stroke") == MODEL]
    # two studies, their pool, and the legend
    assert len(rings) == 4
    assert "MODEL" not in drawn_forest(ROWS)
    assert MODEL not in drawn_forest(ROWS)


def test_an_interval_beyond_the_scale_ends_in_an_arrow():
    svg = drawn_forest([finding("a", ratio=2.0), finding("d", ratio=0.5, se=1.5, comparator="other")])
    arrows = re.findall(r'd="M[\d.]+ [\d.]+l-?6 -4v8z"', svg)
    assert len(arrows) == 2


def test_numbers_of_the_figure_are_those_of_the_data():
    text = " ".join(words(ET.fromstring(FIGURES["forest"])))
    assert "2.00 (1.64-2.43)" in text
    assert "Pooled (random effects)" in text


def test_map_tells_directions_by_shape_and_conflicts_by_hatching():
    svg = drawn_map([finding("a"), finding("b", "decreases"), finding("c", "none", site="bone")])
    root = ET.fromstring(svg)
    hatched = [r for r in root.iter(f"{SVG}rect") if "url(#" in (r.get("fill") or "")]
    assert len(hatched) == 2  # one cell, and the legend
    pattern = root.find(f".//{SVG}pattern").get("id")
    assert {r.get("fill") for r in hatched} == {f"url(#{pattern})"}
    assert svg.count(COLOURS["increases"]) == 2
    assert svg.count(COLOURS["decreases"]) == 2
    assert svg.count(COLOURS["none"]) == 2


def test_map_marks_grow_with_the_groups_of_patients():
    few = drawn_map([finding("a")])
    many = drawn_map([finding(name) for name in "abcdef"])

    def half(svg):
        tip = re.search(r'd="M([\d.]+) [\d.]+L([\d.]+) [\d.]+H', svg)
        return float(tip[1]) - float(tip[2])

    assert half(many) > half(few) > 3


def test_map_has_the_columns_asked_for():
    rows = [cell_record(cell) for cell in cells(selected(findings(), factor="subtype"))]
    text = words(ET.fromstring(evidence_map(rows, "t", ["brain", "bone"])))
    assert text.index("brain") < text.index("bone")
    assert "lung" not in text
    default = words(ET.fromstring(evidence_map(rows, "t")))
    assert [word for word in default if word in SITES][:4] == ["bone", "lung", "liver", "brain"]


def test_long_names_of_markers_are_shortened():
    text = words(ET.fromstring(drawn_map(factor="marker")))
    assert any(word.endswith("…") for word in text)
    assert max(len(word) for word in text) < 90


def test_png():
    picture = render(FIGURES["map"], "png")
    assert picture.startswith(b"\x89PNG")


def test_every_shipped_contrast_can_be_drawn():
    residuals = shipped_residuals()
    drawn = 0
    for question in {(row.name, row.comparison.level, row.site) for row in selected(findings())}:
        name, level, site = question
        groups = forest_groups(selected(findings(), factor=name, level=level, site=site), residuals)
        if groups:
            ET.fromstring(forest_plot([forest_record(group) for group in groups], "t"))
            drawn += 1
    assert drawn > 30
