"""What all figures have in common: told to readers who do not see them, and rendered to every format."""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise
from xml.etree import ElementTree

import pytest

import svg_accessibility
from forecasts import PATIENTS, SHOWN, forecast
from organotropism.errors import InputError
from organotropism.present import extras, figures
from organotropism.present.figures.look import CLASSES, INK, QUIET
from organotropism.present.numbers import counted, estimate, frequency, per_thousand
from organotropism.present.shown import at_horizons, open_sites

NAMES = ("body", "curves", "icons", "bars", "expected")
CASES = [
    (figure, patient, intervals)
    for figure in NAMES
    for patient in PATIENTS
    for intervals in (True, False)
    if (figure, patient) != ("expected", "metastatic") and (intervals or patient != "low")
]


@cache
def svg(figure: str, patient: str, intervals: bool = True) -> str:
    full = forecast(patient, intervals)
    few = at_horizons(full, SHOWN)
    draw = {
        "body": lambda: figures.body_map(few),
        "curves": lambda: figures.curves(full),
        "icons": lambda: figures.icon_array(few),
        "bars": lambda: figures.risk_bars([few]),
        "expected": lambda: figures.expected_figure(full),
    }
    return figures.render(draw[figure]()).decode()


def description(text: str) -> str:
    return ElementTree.fromstring(text).findtext(f"{svg_accessibility.SVG}desc") or ""


@pytest.mark.parametrize("figure, patient, intervals", CASES)
def test_accessible(figure, patient, intervals):
    assert svg_accessibility.problems(svg(figure, patient, intervals)) == []


@pytest.mark.parametrize("figure, patient, intervals", CASES)
def test_the_description_tells_every_number(figure, patient, intervals):
    result, text = forecast(patient, intervals), description(svg(figure, patient, intervals))
    risks = {} if patient == "metastatic" else {"any": result.any(10)}
    risks |= {site: result.site(site, "ever", 10) for site in open_sites(result)}
    if figure == "body":
        risks.pop("any", None)
    if figure == "icons":
        among = 1000 if min(value.risk for value in risks.values()) < 0.02 else 100
        told = [frequency(value.risk, among) for value in risks.values()]
    elif figure == "expected":
        told = [per_thousand(result.any(1).risk), per_thousand(result.site("bone", "first", 1).risk)]
    else:
        told = [estimate(value) for value in risks.values()]
    assert [number for number in told if number not in text] == []
    assert not re.search(r"\byou", text, re.IGNORECASE)


@pytest.mark.parametrize("figure", NAMES)
def test_nothing_from_elsewhere(figure):
    text = svg(figure, "full")
    assert len(text) < 60_000
    addresses = set(re.findall(r"https?://[^\"'\s)]+", text))
    assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    assert "<script" not in text


def test_figures_of_one_page_share_no_id():
    page = "".join(svg(figure, patient) for figure in NAMES[:-1] for patient in ("full", "metastatic"))
    ids = re.findall(r'\bid="([^"]+)"', page)
    # Vega marks the parts of a drawing by class; ids serve references alone.
    assert len(ids) == len(set(ids)) > 20
    assert set(re.findall(r"url\(#([^)]+)\)", page)) <= set(ids)


@pytest.mark.parametrize("figure", ["body", "curves"])
@pytest.mark.parametrize("kind, start", [("svg", b"<svg"), ("png", b"\x89PNG\r\n"), ("pdf", b"%PDF-")])
def test_formats(figure, kind, start):
    few = at_horizons(forecast("full"), SHOWN)
    drawn = figures.body_map(few) if figure == "body" else figures.curves(forecast("full"))
    assert figures.render(drawn, kind).startswith(start)


def test_rendering_twice_gives_the_same():
    assert figures.render(figures.curves(forecast("full"))) == svg("curves", "full").encode()


@pytest.mark.parametrize("module", ["altair", "vl_convert"])
def test_without_the_extra(monkeypatch, module):
    def missing(name):
        if name == module:
            raise ImportError(name)
        return __import__(name)

    monkeypatch.setattr(extras, "import_module", missing)
    with pytest.raises(
        InputError, match=rf'{module}, which is not installed; expected pip install "organotro'
    ):
        figures.render(figures.curves(forecast("full")))


def test_classes_of_risk_darken_and_have_one_hue():
    # Lightness alone orders them, so grey print and colour-blind readers see the same order.
    shades = [svg_accessibility.luminance(colour) for _, colour in CLASSES]
    assert shades == sorted(shades, reverse=True)
    assert min(a - b for a, b in pairwise(shades)) > 0.02
    for _, colour in CLASSES:
        red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
        assert red < green < blue


def test_colours_of_text():
    assert svg_accessibility.contrast(INK, "#ffffff") > 10
    assert svg_accessibility.contrast(QUIET, "#ffffff") > 4.5


@pytest.mark.parametrize("horizon", [5.0, 10.0])
def test_icons_are_as_many_as_the_number(horizon):
    few = at_horizons(forecast("low"), SHOWN)
    text = figures.icon_array(few, horizon=horizon)
    among = int(re.findall(r'id="[^"]*with(\d+)"', text)[0])
    wide, tall = {100: (10, 15), 1000: (4, 6)}[among]
    panels = text.split('<g transform="translate')[1:]
    risks = [few.any(horizon), *(few.site(site, "ever", horizon) for site in open_sites(few))]
    assert len(panels) == len(risks)
    for panel, value in zip(panels, risks, strict=True):
        areas = {
            name: sum(
                float(w) * float(h)
                for w, h in re.findall(
                    rf'width="([\d.]+)" height="([\d.]+)" fill="url\(#[^-]*-{name}\d', panel
                )
            )
            for name in ("with", "without")
        }
        assert areas["with"] / (wide * tall) == counted(value.risk, among)
        assert (areas["with"] + areas["without"]) / (wide * tall) == among


def test_one_denominator_for_all_icons():
    # The low risks are below 2 %, so everything is counted in 1,000; the high ones are counted in 100.
    for patient, among in (("low", "1,000"), ("metastatic", "100")):
        text = svg("icons", patient)
        assert set(re.findall(r"of ([\d,]+)", description(text))) == {among}


def test_curves_start_at_zero_and_end_at_the_forecast():
    chart = figures.curves(forecast("full")).to_dict()
    values = [
        {name: row[name] for name in ("years", "risk", "low", "high")}
        for row in chart["data"]["values"]
        if row["panel"].startswith("Any distant disease|10 years: ")
    ]
    last = forecast("full").any(10)
    assert values[0] == {"years": 0.0, "risk": 0.0, "low": 0.0, "high": 0.0}
    assert values[-1] == {"years": 10.0, "risk": last.risk, "low": last.low, "high": last.high}
    assert [row["risk"] for row in values] == sorted(row["risk"] for row in values)


@pytest.mark.parametrize(
    "shown, now, last",
    [((5.0, 10.0), 0.0, 10.0), ((2.3,), 0.0, 2.3), ((5.0, 10.0), 12.0, 8.0), ((0.2,), 0.0, 0.2)],
)
def test_horizons_of_curves(shown, now, last):
    found = figures.curve_horizons(shown, now)
    assert list(found) == sorted(set(found))
    assert set(shown) <= set(found)
    inside = [h for h in found if h <= last]
    assert inside[-1] >= last - 0.5
    # What the evidence does not reach stays as asked for: the forecast says so.
    assert [h for h in found if h > last] == [h for h in shown if h > last]


def test_bars_of_two():
    few = [at_horizons(forecast(name), SHOWN) for name in ("full", "metastatic")]
    text = figures.render(figures.risk_bars(few, ["A", "B"])).decode()
    assert svg_accessibility.problems(text) == []
    assert f"Brain, A: {estimate(few[0].site('brain', 'ever', 10))}" in description(text)
    assert f"Brain, B: {estimate(few[1].site('brain', 'ever', 10))}" in description(text)
    assert "Bone, B" not in description(text)
