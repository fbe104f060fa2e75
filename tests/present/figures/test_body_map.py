import re
from xml.etree import ElementTree

import pytest

from forecasts import SHOWN, forecast
from organotropism.present.figures import body_map
from organotropism.present.figures.body_map import anatomy
from organotropism.present.figures.look import CLASSES, shade
from organotropism.present.shown import at_horizons, open_sites
from organotropism.vocabulary import UBERON

ORGANS = ("brain", "lung", "liver", "bone")


def organs(text):
    """Fill and UBERON id of each organ."""
    root = ElementTree.fromstring(text)
    drawn = [element for element in root.iter() if element.get("data-site")]
    return {element.get("data-site"): (element.get("fill"), element.get("data-uberon")) for element in drawn}


@pytest.mark.parametrize("patient", ["full", "low", "free"])
@pytest.mark.parametrize("horizon", [5, 10])
def test_organs_have_the_colour_of_their_risk(patient, horizon):
    few = at_horizons(forecast(patient), SHOWN)
    expected = {site: (shade(few.site(site, "ever", horizon).risk), UBERON[site]) for site in ORGANS}
    assert organs(body_map(few, horizon=horizon)) == expected


def test_known_organs_are_hatched():
    found = organs(body_map(at_horizons(forecast("metastatic"), SHOWN)))
    assert [site for site, (fill, _) in found.items() if fill.startswith("url(#")] == ["lung", "bone"]
    text = body_map(at_horizons(forecast("metastatic"), SHOWN))
    assert text.count(">known<") == 2
    assert "Known already: bone, lung." in text


def test_quantities_differ():
    few = at_horizons(forecast("full"), SHOWN)
    texts = {body_map(few, quantity=name) for name in ("ever", "first", "only")}
    assert len(texts) == 3


def test_classes():
    assert [shade(limit - 1e-9) for limit, _ in CLASSES] == [colour for _, colour in CLASSES]
    assert shade(0.0) == CLASSES[0][1]
    assert shade(1.0) == CLASSES[-1][1]


def test_other_sites_have_a_box():
    few = at_horizons(forecast("full"), SHOWN)
    assert re.search(
        rf'width="14" height="14" fill="{shade(few.site("other", "ever", 10).risk)}"', body_map(few)
    )
    assert "other" in open_sites(few)


def points(path):
    """Ends of the segments of a path of absolute moves and relative lines and curves."""
    at, found = (0.0, 0.0), []
    for command, rest in re.findall(r"([MlcCLz])([^MlcCLz]*)", path):
        numbers = [float(n) for n in re.findall(r"-?(?:\d+\.?\d*|\.\d+)", rest)]
        if command == "z":
            continue
        x, y = numbers[-2:]
        at = (x, y) if command == "M" else (at[0] + x, at[1] + y)
        found.append(at)
    return found


def test_the_organs_are_where_they_belong():
    # Titles in the original are partly wrong, so the drawings themselves are looked at: top to bottom, inside
    # the body of 105 by 195, paired lungs left and right of the middle, liver to the patient's right.
    middle = {}
    for name in ("brain", "lung", "liver", "femur"):
        at = points(anatomy()[name])
        assert all(0 < x < 105.5 and 0 < y < 195 for x, y in at)
        middle[name] = (sum(x for x, _ in at) / len(at), sum(y for _, y in at) / len(at))
    heights = [y for _, y in middle.values()]
    assert heights == sorted(heights)
    lung = [x for x, _ in points(anatomy()["lung"])]
    assert min(lung) < 45
    assert max(lung) > 60
    assert middle["liver"][0] < 52.5 < middle["femur"][0]


def test_credit():
    few = at_horizons(forecast("full"), SHOWN)
    assert "EBI Expression Atlas, CC BY 4.0" in body_map(few)
