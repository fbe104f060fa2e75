"""Reduce the EBI anatomogram to the paths that the body map shows.

Run from the repository root with the original file, which the npm package
``@ebi-gene-expression-group/anatomogram`` 2.4.0 holds as ``lib/svg/homo_sapiens.female.svg``:
``python docs/images/reduce_anatomogram.py homo_sapiens.female.svg``.

The drawings are chosen by their UBERON ids, since some titles in the original are wrong. Transformations are
applied to the points, which are then rounded and written relative to one another.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from xml.etree import ElementTree

TARGET = Path("src/organotropism/present/figures/anatomy.svg")
SVG = "{http://www.w3.org/2000/svg}"
#: Drawings of the original by the id they get. The original draws the bone marrow as the femur around it.
ORGANS = {
    "lung": "UBERON_0002048",
    "liver": "UBERON_0002107",
    "brain": "UBERON_0000955",
    "femur": "UBERON_0002371",
}
OUTLINE = "g4437"
#: Of this path of the outline the first part is the outer and the second the inner contour.
CONTOURS = "path3624"
DIGITS = 2
CREDIT = (
    "Female anatomogram of the EBI Expression Atlas (npm @ebi-gene-expression-group/anatomogram 2.4.0), "
    "CC BY 4.0, https://creativecommons.org/licenses/by/4.0/. Changed: reduced to the outline, lungs, liver, "
    "brain and the femur (there drawn for the bone marrow); points rounded; transformations applied."
)
Matrix = tuple[float, float, float, float, float, float]
Point = tuple[float, float]
IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


def matrix(text: str | None) -> Matrix:
    """Read ``matrix(...)`` or ``translate(...)``."""
    if text is None:
        return IDENTITY
    numbers = [float(n) for n in re.findall(r"-?[\d.]+(?:e-?\d+)?", text)]
    if text.startswith("translate"):
        return (1.0, 0.0, 0.0, 1.0, numbers[0], numbers[1])
    a, b, c, d, e, f = numbers
    return (a, b, c, d, e, f)


def place(point: Point, by: Matrix) -> Point:
    """A point after a transformation."""
    (x, y), (a, b, c, d, e, f) = point, by
    return (a * x + c * y + e, b * x + d * y + f)


def number(value: float) -> str:
    """The shortest text of a rounded number."""
    text = f"{value:.{DIGITS}f}".rstrip("0").rstrip(".")
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else ("0" if text == "-0" else text)


def relative(path: str, by: Matrix) -> str:
    """Write a path of absolute M, L, C and Z with relative, rounded points."""
    out: list[str] = []
    at: Point = (0.0, 0.0)
    for command, rest in re.findall(r"([MLCZ])([^MLCZ]*)", path):
        if command == "Z":
            out.append("z")
            continue
        values = [float(n) for n in re.findall(r"-?[\d.]+(?:e-?\d+)?", rest)]
        points = [place(p, by) for p in zip(values[::2], values[1::2], strict=True)]
        if command == "M":
            # Moves stay absolute, so that paths can be joined; the points after the first are lines.
            at = (round(points[0][0], DIGITS), round(points[0][1], DIGITS))
            out.append(f"M{number(at[0])} {number(at[1])}")
            points = points[1:]
        step = 3 if command == "C" else 1
        for i in range(0, len(points), step):
            moved = [(round(x - at[0], DIGITS), round(y - at[1], DIGITS)) for x, y in points[i : i + step]]
            text = " ".join(f"{number(x)} {number(y)}" for x, y in moved)
            out.append(("c" if command == "C" else "l") + re.sub(r" (?=-)", "", text))
            at = (at[0] + moved[-1][0], at[1] + moved[-1][1])
    return "".join(out)


def paths(element: ElementTree.Element) -> list[str]:
    """All paths of a drawing."""
    outer = matrix(element.get("transform"))
    if element.tag == f"{SVG}path":
        return [relative(element.attrib["d"], outer)]
    return [relative(child.attrib["d"], outer) for child in element if child.tag == f"{SVG}path"]


def main() -> None:
    """Write the reduced file."""
    root = ElementTree.parse(sys.argv[1]).getroot()
    found = {element.get("id"): element for element in root.iter()}
    outer, inner = (f"M{part}" for part in found[CONTOURS].attrib["d"].split("M")[1:])
    drawings = {
        "outer": [relative(outer, IDENTITY)],
        "inner": [relative(inner, IDENTITY)],
        "features": [
            relative(child.attrib["d"], IDENTITY)
            for child in found[OUTLINE]
            if child.tag == f"{SVG}path" and child.get("id") != CONTOURS
        ],
        **{name: paths(found[uberon]) for name, uberon in ORGANS.items()},
    }
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{root.attrib["viewBox"]}">',
        f"<metadata>{CREDIT}</metadata>",
    ]
    lines += [f'<path id="{name}" d="{"".join(parts)}"/>' for name, parts in drawings.items()]
    TARGET.write_text("\n".join([*lines, "</svg>", ""]), encoding="utf-8")


if __name__ == "__main__":
    main()
