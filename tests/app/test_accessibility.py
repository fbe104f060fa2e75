"""axe-core finds nothing on any page, at both widths, blank and filled."""

from __future__ import annotations

from typing import Any

import pytest

from app_case import CASE, Server

PAGES = [
    "/",
    "/compare",
    "/about",
    "/evidence",
    "/evidence/cell?question=subtype&level=TNBC&against=other+subtypes&site=brain",
    "/evidence/conflicts",
    "/evidence/claims",
    "/evidence/markers",
    "/evidence/studies",
    "/evidence/study/xiao2018",
    "/evidence/study/predict3",
    "/evidence/own",
]
OWN = (
    "study_id,factor,level,comparator,site,endpoint,denominator,measure,estimate,ci_low,ci_high\n"
    "mine2026,subtype,TNBC,HR+/HER2-,brain,first_relapse,metastatic_patients,OR,5,4,6.25\n"
)


def violations(page: Any) -> list[str]:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    found = axe.Axe().run(page).response["violations"]
    return [f"{one['id']}: {one['help']}: {node['html'][:150]}" for one in found for node in one["nodes"][:3]]


@pytest.fixture(params=[360, 1440])
def page(browser: Any, server: Server, request: pytest.FixtureRequest) -> Any:
    context = browser.new_context(
        base_url=server.url,
        viewport={"width": request.param, "height": 900},
        # axe is put into the page by the test, which the policy of the page forbids as it should.
        bypass_csp=True,
    )
    context.set_default_timeout(60_000)
    made = context.new_page()
    yield made
    context.close()


def submit(page: Any, path: str, fields: dict[str, str]) -> None:
    """Send a form as a browser without scripts does."""
    page.goto(path)
    with page.expect_navigation():
        page.evaluate(
            """([path, fields]) => {
            const form = document.createElement("form");
            form.method = "post"; form.action = path;
            for (const [name, value] of Object.entries(fields)) {
                const input = document.createElement("textarea");
                input.name = name; input.value = value; form.append(input);
            }
            document.body.append(form); form.submit();
        }""",
            [path, fields],
        )


@pytest.mark.parametrize("path", PAGES)
def test_nothing_is_found_on_pages(page: Any, path: str) -> None:
    page.goto(path)
    assert violations(page) == []


FILLED = {
    "forecast": ("/", {**CASE, "whatif": "yes", "ranges": "yes", "other_treatments": "palbociclib"}),
    "involved": ("/", {**CASE, "found_bone": "2"}),
    "refused": ("/", {**CASE, "age": "461", "t": "T1"}),
    "two cases": ("/compare", {f"{c}-{name}": value for c in "ab" for name, value in CASE.items()}),
    "own evidence": ("/evidence/own", {"table": OWN}),
    "own cell": ("/evidence/own", {"table": OWN, "cell": "subtype|TNBC|other subtypes|brain"}),
    "own refused": ("/evidence/own", {"table": "x"}),
}


@pytest.mark.parametrize("path, fields", FILLED.values(), ids=FILLED)
def test_nothing_is_found_on_answers(page: Any, path: str, fields: dict[str, str]) -> None:
    submit(page, path, fields)
    page.locator("details:not([open]) > summary").first.click() if path == "/" else None
    assert violations(page) == []


def test_figures_have_a_name_a_description_and_a_table(page: Any) -> None:
    submit(page, "/", CASE)
    figures = page.locator("figure svg").all()
    assert len(figures) == 3
    for figure in figures:
        assert figure.get_attribute("role") == "img"
        for part in figure.get_attribute("aria-labelledby").split():
            assert page.locator(f"#{part}").text_content()
    assert page.locator("table.risks").count() == 1


def test_the_checker_can_find_something(page: Any) -> None:
    page.goto("/about")
    page.evaluate("document.querySelector('main').innerHTML += '<img src=x><input>'")
    assert violations(page)
