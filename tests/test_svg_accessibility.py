"""The checker of figures finds what it is there for."""

import pytest

from svg_accessibility import contrast, problems

GOOD = (
    '<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="a b"><title id="a">T</title>'
    '<desc id="b">D</desc><rect width="9" height="9" fill="#fff"/><g transform="translate(2,3)">'
    '<path d="M0,0h4v4h-4Z" fill="#000"/><text x="1" y="1" fill="#eee">x</text></g></svg>'
)


def test_good():
    assert problems(GOOD) == []


@pytest.mark.parametrize(
    "old, new, problem",
    [
        ('role="img"', "", "role is not img"),
        ('<title id="a">T</title>', "", "no title"),
        ("D</desc>", " </desc>", "no desc"),
        ('aria-labelledby="a b"', 'aria-labelledby="a"', "aria-labelledby does not name the desc"),
        ('aria-labelledby="a b"', 'aria-labelledby="a b c"', "no element c"),
        ('fill="#eee"', 'fill="#444"', "contrast of 'x': #444 on #000"),
        ('d="M0,0h4v4h-4Z"', 'd="M3,3h4v4h-4Z"', "contrast of 'x': #eee on #fff"),
        (">x<", "><", "no text"),
    ],
)
def test_bad(old, new, problem):
    assert old in GOOD
    assert problem in problems(GOOD.replace(old, new))


def test_contrast():
    assert contrast("#000", "white") == pytest.approx(21)
    # The grey that WCAG's own examples give as the lightest with enough contrast on white.
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)
