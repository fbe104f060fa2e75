"""A browser for pages, and what every page must hold in it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """The browser of this machine."""
    sync = pytest.importorskip("playwright.sync_api")
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no chromium on this machine")
    with sync.sync_playwright() as play:
        opened = play.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


@pytest.fixture
def quiet_tab(browser: Any) -> Iterator[Callable[[Path, int], Any]]:
    """Open a page that must ask for nothing, say nothing, and not scroll sideways."""
    tabs = []

    def opened(file: Path, width: int) -> Any:
        tab = browser.new_page(viewport={"width": width, "height": 800})
        tabs.append(tab)
        asked: list[str] = []
        said: list[str] = []
        tab.on("request", lambda request: asked.append(request.url))
        tab.on("console", lambda message: said.append(message.text))
        tab.goto(file.as_uri())
        assert asked == [file.as_uri()]
        assert said == []
        assert tab.evaluate("document.documentElement.scrollWidth") == width
        return tab

    yield opened
    for tab in tabs:
        tab.close()


@pytest.fixture
def violations(browser: Any) -> Iterator[Callable[[Path], list[tuple[str, list[str]]]]]:
    """Rules of accessibility that a page breaks, with where."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    tab = browser.new_page(viewport={"width": 360, "height": 800}, bypass_csp=True)

    def found(file: Path) -> list[tuple[str, list[str]]]:
        tab.goto(file.as_uri())
        broken = axe.Axe().run(tab).response["violations"]
        return [(entry["id"], [node["html"][:200] for node in entry["nodes"]]) for entry in broken]

    yield found
    tab.close()
