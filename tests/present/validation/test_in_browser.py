"""The report in a browser: no request, no sideways scrolling of the page, rules of accessibility."""

from __future__ import annotations

import shutil
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


@pytest.fixture(scope="module")
def browser():
    sync = pytest.importorskip("playwright.sync_api")
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no chromium on this machine")
    with sync.sync_playwright() as play:
        opened = play.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


@pytest.mark.parametrize("width", [360, 1280])
def test_in_a_browser(browser, page, width):
    tab = browser.new_page(viewport={"width": width, "height": 800})
    asked, said = [], []
    tab.on("request", lambda request: asked.append(request.url))
    tab.on("console", lambda message: said.append(message.text))
    tab.goto(page.as_uri())
    assert asked == [page.as_uri()]
    assert said == []
    assert tab.evaluate("document.documentElement.scrollWidth") == width
    tab.close()


def test_rules_of_accessibility(browser, page):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    tab = browser.new_page(viewport={"width": 360, "height": 800}, bypass_csp=True)
    tab.goto(page.as_uri())
    found = axe.Axe().run(tab).response["violations"]
    assert [(entry["id"], [node["html"][:200] for node in entry["nodes"]]) for entry in found] == []
    tab.close()


def test_figures_can_be_read(page):
    text = page.read_text(encoding="utf-8")
    drawn = [part.partition("</figure>")[0] for part in text.split("<figure>")[1:]]
    assert drawn
    assert {svg[:40]: problems(svg) for svg in drawn if problems(svg)} == {}
