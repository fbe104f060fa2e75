"""The heat map: markers under their sites, samples by subtype, and a description for who does not see it."""

import re

import pytest

from organotropism.present.figures import render
from organotropism.present.figures.heatmap import HeatRow, description, heatmap

pytest.importorskip("altair", reason="the extra report draws charts")
pytest.importorskip("vl_convert", reason="the extra report draws charts")

ROWS = (
    HeatRow("ONE (A)", "bone", (0.1, 0.9, 0.5, None)),
    HeatRow("TWO (B)", "bone", (0.2, 0.8, 0.4, 0.6)),
    HeatRow("THREE (C)", "brain", (0.9, 0.1, 0.5, 0.5)),
)
GROUPS = ("Basal", "LumA", "Basal", "LumA")


def cells(rows: tuple[HeatRow, ...], groups: tuple[str, ...]) -> list[dict[str, object]]:
    parts = heatmap(rows, groups).to_dict()["vconcat"][1:]
    return [cell for part in parts for cell in part["data"]["values"]]


def test_samples_stand_by_group_and_from_low_to_high() -> None:
    one = [(cell["column"], cell["rank"]) for cell in cells(ROWS, GROUPS) if cell["marker"] == "ONE (A)"]
    # Basal are samples 0 and 2, mean places .4 and .47; LumA 3 (missing in this row) and 1, .55 and .6.
    assert one == [(0, 0.1), (1, 0.5), (3, 0.9)]


def test_svg_names_every_marker_site_and_group_and_tells_the_means() -> None:
    svg = render(heatmap(ROWS, GROUPS)).decode()
    for text in ("ONE (A)", "TWO (B)", "THREE (C)", "bone", "brain", "Basal 2", "LumA 2"):
        assert text in svg
    title = re.search(r"<title[^>]*>(.*?)</title>", svg)
    assert title is not None
    assert title[1] == "Markers by site and sample"
    assert "ONE (A) (bone): Basal 30%, LumA 90%" in description(ROWS, GROUPS)
    assert 'role="img"' in svg


def test_png_is_made() -> None:
    assert render(heatmap(ROWS, GROUPS), "png").startswith(b"\x89PNG")


def test_many_samples_share_columns() -> None:
    many = tuple(HeatRow(row.label, row.site, row.ranks * 500) for row in ROWS)
    found = cells(many, GROUPS * 500)
    assert len({cell["column"] for cell in found}) <= 250
    assert all(0 <= cell["rank"] <= 1 for cell in found)  # type: ignore[operator]
