"""Tables shown as text and as a page: the same words, nothing that a reader typed becomes markup."""

from xml.etree import ElementTree

from organotropism.present.sections import Row, Section, sections_page, sections_text

SECTIONS = [
    Section(
        "Head & <b>", ("one", "why"), (Row("<i>row", ("1", "a long reason in words")),), "Note.", words=1
    ),
    Section(figure='<svg xmlns="http://www.w3.org/2000/svg"><title>f</title></svg>'),
    Section("Second", ("x",), (Row("all", ("2",), "strong"), Row("part", ("1",), "quiet"))),
]


def test_text_holds_headings_cells_and_notes_and_no_figure() -> None:
    text = sections_text(SECTIONS, width=60)
    for words in ("Head & <b>", "<i>row", "a long reason in words", "Note.", "Second", "part"):
        assert words in text
    assert "svg" not in text
    assert max(map(len, text.splitlines())) <= 60


def test_page_is_well_formed_and_escapes() -> None:
    page = sections_page("T <script>", SECTIONS)
    root = ElementTree.fromstring(page.partition("\n")[2])
    assert root.find("body/main/h1").text == "T <script>"  # type: ignore[union-attr]
    assert [heading.text for heading in root.iter("h2")] == ["Head & <b>", "Second"]
    regions = [element for element in root.iter("div") if element.get("role") == "region"]
    assert len(regions) == 3
    assert all(element.get("tabindex") == "0" and element.get("aria-label") for element in regions)
    assert [row.get("class") for row in root.iter("tr")] == [None, None, None, "strong", "quiet"]
    assert all(cell.get("scope") for cell in root.iter("th"))
