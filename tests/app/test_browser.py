"""The application as people use it, in a browser: by keyboard, at two widths, back and forward, on paper."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from app_case import CASE, Server

WIDTHS = [360, 1440]
ANY = "[data-testid=table-any-any-10]"
READY = 60_000  # milliseconds; generous, since the machine that runs the tests may be busy


@dataclass
class Tab:
    """A tab, and what went wrong in it."""

    page: Any
    console: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)


def open_tab(browser: Any, server: Server, **settings: Any) -> Tab:
    context = browser.new_context(base_url=server.url, **settings)
    context.set_default_timeout(READY)
    tab = Tab(context.new_page())

    def asked(request: Any) -> None:
        tab.addresses.append(request.url)
        if not request.url.startswith(server.url) and not request.url.startswith("data:"):
            tab.elsewhere.append(request.url)

    tab.page.on("request", asked)
    tab.page.on("console", lambda message: tab.console.append(message.text))
    tab.page.on("pageerror", lambda error: tab.console.append(str(error)))
    return tab


@pytest.fixture(params=WIDTHS)
def tab(browser: Any, server: Server, request: pytest.FixtureRequest) -> Iterator[Tab]:
    made = open_tab(browser, server, viewport={"width": request.param, "height": 900})
    yield made
    made.page.context.close()
    assert made.console == []
    assert made.elsewhere == []
    # Nothing of a case stands in an address, where logs and other people would see it.
    assert [
        address for address in made.addresses if "positive" in address and "/static/" not in address
    ] == []


def fill(page: Any, case: dict[str, str], prefix: str = "") -> None:
    for name, value in case.items():
        for group in page.locator(f"details:has([name='{prefix}{name}']):not([open]) > summary").all():
            group.click()
        inputs = page.locator(f"[name='{prefix}{name}']")
        if inputs.first.get_attribute("type") == "radio":
            page.locator(f"[name='{prefix}{name}'][value='{value}'] + span").click()
        else:
            inputs.first.fill(value)


def titled(page: Any, text: str) -> None:
    """Wait until the forecast is that of a case which its title tells from the one before."""
    page.locator("#title", has_text=text).wait_for()


def shown(page: Any, name: str) -> float:
    return float(page.locator(f"[data-testid='{name}']").first.get_attribute("value"))


def test_results_appear_in_place_and_equal_the_api(tab: Tab, client: httpx.Client) -> None:
    page = tab.page
    page.goto("/")
    assert page.locator(ANY).count() == 0
    fill(page, CASE)
    page.wait_for_selector(ANY)
    titled(page, "grade 3")
    page.wait_for_timeout(1500)  # the last keystroke is answered too
    answer = client.post("/api/v1/forecast", json={"patient": CASE, "horizons": [5, 10]}).json()
    # The page draws curves through more years from the same forecast; its grid moves numbers by rounding.
    for place, years in enumerate((5, 10)):
        expected = answer["any_distant"][place]["risk"]
        assert shown(page, f"table-any-any-{years}") == pytest.approx(expected, rel=1e-3)
        for site, numbers in answer["sites"].items():
            for quantity in ("first", "only", "ever"):
                expected = numbers[quantity][place]["risk"]
                assert shown(page, f"table-{quantity}-{site}-{years}") == pytest.approx(expected, rel=1e-3)
    for site, numbers in answer["sites"].items():
        assert shown(page, f"given-{site}") == pytest.approx(numbers["given_metastasis"]["risk"], rel=1e-6)
    assert shown(page, "given-several") == pytest.approx(answer["several"]["risk"], rel=1e-6)


def test_texts_of_numbers_are_those_of_the_command_line(tab: Tab) -> None:
    page = tab.page
    page.goto("/")
    fill(page, CASE)
    titled(page, "ductal")
    page.wait_for_timeout(1500)
    flags = [f"--{name.replace('_', '-')}={value}" for name, value in CASE.items()]
    command = [sys.executable, "-m", "organotropism", "predict", "--no-intervals", *flags]
    printed = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    bone = next(line for line in printed.splitlines() if line.startswith("bone"))
    for quantity in ("first", "only", "ever"):
        assert page.locator(f"[data-testid='table-{quantity}-bone-5']").inner_text() in bone
    assert page.locator("#title").inner_text() in printed


def test_a_whole_case_by_keyboard_alone(tab: Tab) -> None:
    page = tab.page
    page.goto("/")

    def tab_to(name: str) -> None:
        for _ in range(150):
            page.keyboard.press("Tab")
            focused = page.evaluate("document.activeElement.name || document.activeElement.id")
            if focused == name:
                return
        raise AssertionError(f"{name} is not reached")

    tab_to("age")
    page.keyboard.type("46")
    tab_to("er")
    page.keyboard.press("ArrowRight")  # from the first option to the second: negative
    tab_to("her2")
    page.keyboard.press("Space")  # the first option: positive
    tab_to("positive_nodes")
    page.keyboard.type("2")
    page.wait_for_selector(ANY)
    titled(page, "2 positive nodes")
    assert page.locator("[name=er][value=negative]").is_checked()
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none"  # where one is, is seen
    tab_to("share")
    page.keyboard.press("Enter")
    assert "#case:" in page.locator("#link").input_value()


def test_unknown_invalid_and_extreme_inputs(tab: Tab) -> None:
    page = tab.page
    page.goto("/")
    fill(page, {"er": "unknown", "age": "unknown"})
    page.wait_for_timeout(800)
    assert page.locator("#result .problem").count() == 0
    fill(page, {"her2": "positive", "age": "461"})
    page.wait_for_selector("#error-age:not(:empty)")
    assert "18 to 110" in page.locator("#error-age").inner_text()
    assert page.locator("#age").get_attribute("aria-invalid") == "true"
    fill(page, {"age": "110", "size_mm": "300", "positive_nodes": "60", "ki67": "100", "grade": "3"})
    page.wait_for_selector(ANY)
    titled(page, "60 positive nodes")
    assert page.locator("#age").get_attribute("aria-invalid") is None
    assert page.locator("#error-age").inner_text() == ""
    assert 0 < shown(page, "table-any-any-10") < 1
    assert page.locator("#warnings").count() == 1


def test_back_forward_and_reload_keep_the_case(tab: Tab) -> None:
    page = tab.page
    page.goto("/")
    fill(page, {"her2": "positive", "age": "46"})
    page.wait_for_selector(ANY)
    titled(page, "age 46")
    page.locator("table.reasons a").first.click()
    page.wait_for_url("**/evidence/study/**")
    page.go_back()
    page.wait_for_selector(ANY)
    assert page.locator("#age").input_value() == "46"
    page.go_forward()
    page.wait_for_url("**/evidence/study/**")
    page.go_back()
    page.wait_for_selector(ANY)
    page.reload()
    page.wait_for_selector(ANY)
    assert page.locator("[name=her2][value=positive]").is_checked()
    page.locator("#clear").click()
    page.wait_for_selector("#result .empty")
    assert page.locator("#age").input_value() == ""


def test_a_link_carries_the_case_and_no_server_sees_it(browser: Any, server: Server) -> None:
    tab = open_tab(browser, server)
    tab.page.goto("/")
    fill(tab.page, {"her2": "positive", "age": "46", "found_bone": "2.5"})
    titled(tab.page, "age 46")
    tab.page.locator("#share").click()
    link = tab.page.locator("#link").input_value()
    tab.page.context.close()
    other = open_tab(browser, server)
    other.page.goto(link)
    titled(other.page, "age 46")
    assert other.page.locator("#found_bone").input_value() == "2.5"
    assert other.page.locator("#found_bone").is_visible()
    assert [address for address in other.addresses if "age=" in address.split("#")[0]] == []
    other.page.context.close()
    assert other.console == [] and other.elsewhere == []
    assert "her2" not in server.log_file.read_text()


def test_pages_loaded_after_a_forecast_say_nothing_in_the_console(tab: Tab) -> None:
    for path in ("/", "/", "/about", "/compare", "/"):
        tab.page.goto(path)
        if path == "/" and tab.page.locator("#age").input_value() == "":
            fill(tab.page, {"age": "46", "er": "negative"})
        if path == "/":
            titled(tab.page, "age 46")
    # The fixture looks at the console.
    assert tab.console == []


def test_without_scripts_the_form_works(browser: Any, server: Server) -> None:
    tab = open_tab(browser, server, java_script_enabled=False)
    page = tab.page
    page.goto("/")
    fill(page, {"her2": "positive", "age": "46", "er": "negative"})
    page.locator("button.main").click()
    page.wait_for_selector(ANY)
    assert page.locator("#age").input_value() == "46"
    assert page.locator("[name=er][value=negative]").is_checked()
    assert not page.locator("#print").is_visible()
    fill(page, {"age": "461"})
    page.locator("button.main").click()
    page.wait_for_selector("#result .problem")
    page.context.close()


def test_views_controls_and_ranges(tab: Tab) -> None:
    page = tab.page
    page.goto("/")
    fill(page, CASE)
    page.wait_for_selector(ANY)
    for view in ("#in-words", "#body svg", "#people svg", "#curves svg", "#table"):
        assert page.locator(view).first.is_visible()
    page.locator("[name=horizon]").select_option("15")
    page.wait_for_selector("[data-testid=table-any-any-15]")
    page.locator("[name=whatif]").check()
    page.wait_for_selector("[data-testid=whatif-anti_her2_therapy-with]")
    without, with_ = (shown(page, f"whatif-anti_her2_therapy-{word}") for word in ("without", "with"))
    assert with_ < without
    page.locator("[name=ranges]").check()
    page.wait_for_selector("[data-testid=table-any-any-15][data-low]")
    number = page.locator("[data-testid=table-any-any-15]")
    low, high = (float(number.get_attribute(f"data-{end}")) for end in ("low", "high"))
    assert low < float(number.get_attribute("value")) < high
    fill(page, {"free_for": "3"})
    page.locator("#result", has_text="Free of distant disease").wait_for()


def test_two_cases_side_by_side(tab: Tab) -> None:
    page = tab.page
    page.goto("/")
    fill(page, {"age": "46", "er": "negative", "pr": "negative", "her2": "positive"})
    page.locator("#title", has_text="HR-/HER2+, age 46").wait_for()
    page.locator("button[formaction$='/compare/start']").click()
    page.wait_for_selector("[data-testid=b-any-any-10]")
    assert shown(page, "a-any-any-10") == shown(page, "b-any-any-10")
    fill(page, {"er": "positive"}, "b-")
    before = shown(page, "a-ever-bone-10")
    page.locator("#head-b", has_text="HR+/HER2+").wait_for()
    assert shown(page, "a-ever-bone-10") == before != shown(page, "b-ever-bone-10")


def test_on_paper_every_input_is_repeated(browser: Any, server: Server, tmp_path: Path) -> None:
    tab = open_tab(browser, server)
    page = tab.page
    page.goto("/")
    fill(page, CASE)
    titled(page, "ductal")
    page.wait_for_timeout(1500)
    file = tmp_path / "case.pdf"
    page.pdf(path=str(file), format="A4")
    assert file.read_bytes().startswith(b"%PDF")
    page.emulate_media(media="print")
    assert not page.locator("form.case").is_visible()
    inputs = page.locator("section.inputs").inner_text()
    for text in ("46 years", "24 mm", "30 %", "positive", "ductal", "unknown"):
        assert text in inputs
    assert page.locator(".banner").is_visible()
    page.context.close()


def test_to_the_forest_plot_behind_tnbc_and_brain(tab: Tab) -> None:
    page = tab.page
    page.goto("/")
    page.get_by_role("link", name="Evidence", exact=True).click()
    page.locator("[data-testid='cell-subtype-TNBC-brain']").click()
    page.wait_for_selector("figure.forest svg")
    page.locator("table.findings a").first.click()
    page.wait_for_url("**/evidence/study/**")
    assert page.locator("h1").inner_text()


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/compare",
        "/about",
        "/evidence",
        "/evidence/conflicts",
        "/evidence/claims",
        "/evidence/markers",
        "/evidence/own",
    ],
)
def test_no_page_is_wider_than_the_screen(tab: Tab, path: str) -> None:
    tab.page.goto(path)
    width = tab.page.viewport_size["width"]
    assert tab.page.evaluate("document.documentElement.scrollWidth") <= width
