"""Check an SVG for readers who do not see it, or not well: title, description, contrast of text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree

SVG = "{http://www.w3.org/2000/svg}"
LEAST_CONTRAST = 4.5  # WCAG 2.2, 1.4.3, for text of usual size
_BOX = re.compile(r"M(-?[\d.]+)[, ](-?[\d.]+)h(-?[\d.]+)v(-?[\d.]+)h-?[\d.]+Z", re.IGNORECASE)


@dataclass(frozen=True)
class Box:
    """A filled rectangle on the page."""

    x: float
    y: float
    width: float
    height: float
    fill: str

    def holds(self, x: float, y: float) -> bool:
        """Whether a point lies inside."""
        return self.x <= x <= self.x + self.width and self.y <= y <= self.y + self.height


def luminance(colour: str) -> float:
    """Relative luminance of #rgb, #rrggbb, rgb(r, g, b) or white and black."""
    named = {"white": "#ffffff", "black": "#000000"}
    digits = named.get(colour, colour).removeprefix("#")
    if len(digits) == 3:
        digits = "".join(2 * digit for digit in digits)
    if digits.startswith("rgb("):
        parts = [int(number) / 255 for number in re.findall(r"\d+", digits)]
    else:
        parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    """Contrast of two colours, 1 to 21."""
    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def problems(svg: str) -> list[str]:
    """Everything that is wrong; empty for an accessible figure."""
    root = ElementTree.fromstring(svg)
    found = []
    if root.get("role") != "img":
        found.append("role is not img")
    ids = {element.get("id"): element for element in root.iter() if element.get("id")}
    for tag in ("title", "desc"):
        element = root.find(f"{SVG}{tag}")
        if element is None or not (element.text or "").strip():
            found.append(f"no {tag}")
        elif element.get("id") not in (root.get("aria-labelledby") or "").split():
            found.append(f"aria-labelledby does not name the {tag}")
    found += [f"no element {name}" for name in (root.get("aria-labelledby") or "").split() if name not in ids]
    boxes: list[Box] = []
    texts = 0
    for element, x, y, fill in _walk(root, 0.0, 0.0, "black"):
        boxes += _box(element, x, y, fill)
        words = "".join(element.itertext()).strip() if element.tag == f"{SVG}text" else ""
        if words:
            texts += 1
            at = x + float(element.get("x", 0)), y + float(element.get("y", 0))
            behind = next((box.fill for box in reversed(boxes) if box.holds(*at)), "white")
            if contrast(fill, behind) < LEAST_CONTRAST:
                found.append(f"contrast of {words!r}: {fill} on {behind}")
    return found if texts else [*found, "no text"]


def _walk(
    element: ElementTree.Element, x: float, y: float, fill: str
) -> Iterator[tuple[ElementTree.Element, float, float, str]]:
    """Every element with the place of its origin and its fill; only translations are followed."""
    if element.tag in (f"{SVG}defs", f"{SVG}clipPath", f"{SVG}pattern"):
        return
    moved = re.match(r"translate\((-?[\d.]+)[, ]+(-?[\d.]+)\)", element.get("transform", ""))
    if moved:
        x, y = x + float(moved[1]), y + float(moved[2])
    fill = element.get("fill", fill)
    yield element, x, y, fill
    for child in element:
        yield from _walk(child, x, y, fill)


def _box(element: ElementTree.Element, x: float, y: float, fill: str) -> list[Box]:
    if not re.fullmatch(r"#[0-9a-fA-F]{3,6}|rgb\([\d, ]+\)|white|black", fill):
        return []
    if element.tag == f"{SVG}rect":
        place = [float(element.get(name, 0)) for name in ("x", "y", "width", "height")]
        return [Box(x + place[0], y + place[1], place[2], place[3], fill)]
    drawn = _BOX.match(element.get("d", "")) if element.tag == f"{SVG}path" else None
    if drawn is None:
        return []
    left, top, width, height = map(float, drawn.groups())
    return [Box(x + left, y + top, width, height, fill)]
