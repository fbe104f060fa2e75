"""A page as its tests read it."""

from __future__ import annotations

from html.parser import HTMLParser

VOID = {"meta", "br", "img", "link", "hr", "input"}


class Page(HTMLParser):
    """Collects tags, links, texts and the risks that are marked in a page.

    Attributes
    ----------
    risks : text of each risk by (site, quantity, years)
    texts : text outside of style and figures
    faults : tags that are not closed in order
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.risks: list[tuple[tuple[str, str, str | None], str]] = []
        self.texts: list[str] = []
        self.faults: list[str] = []
        self._open: list[str] = []
        self._mark: tuple[tuple[str, str, str | None], int] | None = None
        self._risk: list[str] = []
        self.feed(html)
        self.close()
        self.faults += [f"not closed: {tag}" for tag in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        given = {name: value or "" for name, value in attrs}
        self.attributes += [(tag, name, value) for name, value in given.items()]
        if tag not in VOID:
            self._open.append(tag)
        if "data-quantity" in given:
            self._mark = (
                (given["data-site"], given["data-quantity"], given.get("data-years")),
                len(self._open),
            )

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        if self._mark and len(self._open) == self._mark[1]:
            self.risks.append((self._mark[0], "".join(self._risk)))
            self._mark, self._risk = None, []
        if not self._open or self._open.pop() != tag:
            self.faults.append(f"closed out of order: {tag}")

    def handle_data(self, data: str) -> None:
        if self._mark:
            self._risk.append(data)
        if "style" not in self._open and "svg" not in self._open:
            self.texts.append(data)

    @property
    def text(self) -> str:
        """What is read, outside of figures."""
        return " ".join(" ".join(self.texts).split())
