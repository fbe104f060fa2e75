"""Marker cards as text and as a page."""

import re

import pytest

from organotropism.present import wording_markers as words
from organotropism.present.marker_card import Card, CardLine, card_text, measured_text
from organotropism.present.marker_page import cards_page

LINE = CardLine("exosome", "HOSHINO", "place 90 of 100", "to lung", "C: mouse or cell line", "no: grade C")
CARD = Card("P<1>", "PAM50: LumA.", (LINE,), ("Genes missing in the file: X.",), ("UNSAFE: mix",))


def test_text_holds_everything_in_the_width_given() -> None:
    for width in (60, 80, 100):
        text = card_text(CARD, width=width, colour=False)
        assert max(map(len, text.splitlines())) <= width
        flat = " ".join(text.split())
        for part in ("P<1>", "PAM50: LumA.", "HOSHINO", "UNSAFE: mix", "Genes missing", "For research"):
            assert part in flat
        assert flat.count(words.NOTHING_MEASURED) == 3


def test_page_holds_everything_escaped_and_nothing_from_elsewhere() -> None:
    page = cards_page([CARD])
    assert "P&lt;1&gt;" in page
    assert "P<1>" not in page
    for part in ("HOSHINO", "to lung", "UNSAFE: mix", "Genes missing", "For research"):
        assert part in page
    assert not re.search(r"https?:|<script|<link|url\(", page)
    assert page.count('scope="col"') == len(words.COLUMNS)
    assert 'lang="en"' in page


def test_several_cards_stand_in_one_page() -> None:
    assert cards_page([CARD, CARD]).count("<section") == 2


@pytest.mark.parametrize(
    "rank, positive, toward",
    [
        (0.9, None, True),
        (0.75, None, True),
        (0.5, None, None),
        (0.25, None, False),
        (0.9, 0.0, False),
        (None, 1.0, True),
        (None, None, None),
    ],
)
def test_direction(rank: float | None, positive: float | None, toward: bool | None) -> None:
    assert words.direction(rank, positive) is toward


def test_words() -> None:
    assert words.points(True, ("bone",), ("lung", "liver")) == "to bone; away from lung and liver"
    assert words.points(False, ("bone", "lung"), ()) == "away from bone and lung"
    assert words.points(None, ("bone",), ()) == "neither way (bone)"
    assert words.evidence("A", ("a", "b", "c", "d"), ("x",), ()) == (
        "A: human breast, repeated; found: a, b, c and 1 more; nothing: x"
    )
    assert words.moves("", 0.4, {"bone": 0.5, "lung": 0.0}) == "yes: hazard ×1.5, odds of bone ×1.6"
    assert words.subtype_sentence(None, None, None, float("nan")).startswith("PAM50: no call")
    assert "uncertain (nearest LumA, then LumB" in words.subtype_sentence("LumA", "LumB", "uncertain", 0.6)


def test_measured_markers_below_a_forecast() -> None:
    said = words.reading_line(LINE.marker, LINE.measured, LINE.points, LINE.moves)
    text = measured_text([said], width=80, colour=False)
    assert "HOSHINO place 90 of 100: points to lung. Moves the forecast: no: grade C." in " ".join(
        text.split()
    )
