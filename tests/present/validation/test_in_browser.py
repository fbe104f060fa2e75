"""The report in a browser: no request, no sideways scrolling of the page, rules of accessibility."""

from __future__ import annotations

from pathlib import Path

import pytest

from followed import simulated
from organotropism.present.validation.page import report
from organotropism.validate import Settings, validate
from svg_accessibility import problems
from toy import toy_model

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    settings = Settings((5.0,), bootstrap=5, folds=2, landmarks=(2.0,), recalibrate=True)
    file = tmp_path_factory.mktemp("page") / "report.html"
    file.write_text(report(validate(toy_model(), simulated(600), settings), "1.2.3"), encoding="utf-8")
    return file


@pytest.mark.parametrize("width", [360, 1280])
def test_in_a_browser(quiet_tab, page, width):
    quiet_tab(page, width)


def test_rules_of_accessibility(violations, page):
    assert violations(page) == []


def test_figures_can_be_read(page):
    text = page.read_text(encoding="utf-8")
    drawn = [part.partition("</figure>")[0] for part in text.split("<figure>")[1:]]
    assert drawn
    assert {svg[:40]: problems(svg) for svg in drawn if problems(svg)} == {}
