"""Where: the organs of a body coloured by their risk, with the numbers beside them."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Final
from xml.etree import ElementTree

from organotropism.present import wording_figures as words
from organotropism.present.figures import svg
from organotropism.present.figures.look import CLASSES, FAINT, INK, QUIET, shade
from organotropism.present.numbers import estimate
from organotropism.present.shown import last_horizon, open_sites
from organotropism.process.results import Forecast
from organotropism.vocabulary import UBERON, Site

_WIDTH, _HEIGHT = 440.0, 464.0
#: Scale and place of the anatomogram, and where it ends, just below the knees.
_SCALE, _LEFT, _TOP, _CUT = 2.5, 88.0, 4.0, 140.0
_MIDDLE: Final = 52.55
#: Where each label stands and where on the body its line ends (units of the anatomogram).
_LABELS: Final = {
    "brain": (304.0, 22.0, 58.0, 8.0),
    "lung": (330.0, 92.0, 61.0, 46.0),
    "liver": (4.0, 140.0, 43.0, 66.0),
    "bone": (318.0, 296.0, 62.0, 118.0),
    "other": (26.0, 296.0, None, None),
}
#: Wings and ring of the pelvis, with the opening between.
_PELVIS: Final = (
    '<path fill-rule="evenodd" d="M52.55 79.5C55 77 60.5 75.5 61.8 78.5C62.4 82 58.8 85.5 58 88.5'
    "C57 92 54.5 94.5 52.55 94.5C50.6 94.5 48.1 92 47.1 88.5C46.3 85.5 42.7 82 43.3 78.5C44.6 75.5 50.1 77 "
    "52.55 79.5ZM52.55 85C50.4 85 49.6 86.6 49.9 88.2C50.3 90.2 51.4 91.6 52.55 91.6C53.7 91.6 54.8 90.2 "
    '55.2 88.2C55.5 86.6 54.7 85 52.55 85Z"/>'
)
_PAPER_BODY, _EDGE = "#f7f4ef", "#9aa6af"
#: The hatching of organs in which metastases are known already.
_HATCH: Final = (
    '<pattern id="known" width="3" height="3" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    f'<rect width="3" height="3" fill="#ffffff"/><rect width="1" height="3" fill="{QUIET}"/></pattern>'
)


def body_map(forecast: Forecast, *, horizon: float | None = None, quantity: str = "ever") -> str:
    """Body whose organs are coloured by their risk.

    Parameters
    ----------
    horizon : years from now, one of the forecast's; None: the last within reach of the evidence
    quantity : ever, first or only

    Returns
    -------
    str
        SVG with the numbers beside the organs and in its description. Organs that are known
        to be involved are hatched.

    References
    ----------
    Outline, lungs, liver, brain and femora: EBI Expression Atlas anatomogram, CC BY 4.0, changed (see
    `anatomy.svg`). Spine and pelvis were drawn for this figure, as the original shows a tibia for bone.
    """
    at = last_horizon(forecast) if horizon is None else horizon
    risks = {site: forecast.site(site, quantity, at) for site in open_sites(forecast)}
    parts = [f"<defs>{_HATCH}</defs>", _body({site: shade(value.risk) for site, value in risks.items()})]
    for site, (x, y, *end) in _LABELS.items():
        if site not in forecast.table.model.layout.sites:
            continue
        known = site not in risks
        lines = [words.KNOWN] if known else words.risk_lines(risks[site])
        parts.append(_label(site, x, y, lines))
        if end[0] is None:
            fill = "url(#known)" if known else shade(risks[site].risk)
            parts.append(
                f'<rect x="{x - 20:g}" y="{y - 12:g}" width="14" height="14" fill="{fill}" stroke="{INK}"/>'
            )
    parts.append(_legend())
    parts += [
        svg.text(24, _HEIGHT - 20 + 14 * number, line, size=11.5, colour=QUIET)
        for number, line in enumerate(words.ANATOMY)
    ]
    numbers = [f"{words.site_name(site)}: {estimate(value)}" for site, value in risks.items()]
    return svg.document(
        _WIDTH,
        _HEIGHT,
        "".join(parts),
        words.BODY_TITLE,
        words.body_description(quantity, at, numbers, forecast.patient),
    )


def _body(fill: dict[str, str]) -> str:
    """The anatomogram down to the knees, organs in their colours."""
    paths = anatomy()

    def drawn(site: str, shapes: str) -> str:
        colour = fill.get(site, "url(#known)")
        return (
            f'<g data-site="{site}" data-uberon="{UBERON[Site(site)]}" fill="{colour}" stroke="{INK}" '
            f'stroke-width=".35" stroke-linejoin="round">{shapes}</g>'
        )

    femur = f'<path d="{paths["femur"]}"/>'
    mirrored = f'<g transform="matrix(-1 0 0 1 {2 * _MIDDLE:g} 0)">{femur}</g>'
    place = f"translate({_LEFT:g} {_TOP:g}) scale({_SCALE:g})"
    return (
        f'<clipPath id="cut"><rect x="0" y="-2" width="106" height="{_CUT + 2:g}"/></clipPath>'
        f'<g transform="{place}"><g clip-path="url(#cut)">'
        f'<path d="{paths["outer"]}" fill="{_EDGE}"/><path d="{paths["inner"]}" fill="{_PAPER_BODY}"/>'
        f'<path d="{paths["features"]}" fill="{_EDGE}"/>'
        + "".join(drawn(site, f'<path d="{paths[site]}"/>') for site in ("lung", "liver", "brain"))
        + drawn("bone", f"{_spine()}{_PELVIS}{femur}{mirrored}")
        + "</g></g>"
    )


@cache
def anatomy() -> dict[str, str]:
    """Paths of the reduced anatomogram by their ids."""
    file = resources.files("organotropism.present.figures") / "anatomy.svg"
    root = ElementTree.fromstring(file.read_text(encoding="utf-8"))
    return {path.attrib["id"]: path.attrib["d"] for path in root.iter() if "d" in path.attrib}


def _spine() -> str:
    """Vertebrae from the neck to the sacrum, wider further down."""
    parts = []
    for number in range(21):
        width = 2.2 + 0.11 * number
        parts.append(
            f'<rect x="{_MIDDLE - width / 2:.2f}" y="{25.4 + 2.6 * number:.2f}" width="{width:.2f}" '
            'height="2" rx=".6"/>'
        )
    return "".join(parts)


def _label(site: str, x: float, y: float, lines: list[str]) -> str:
    """Name of a site in bold, its numbers below, and the line to its organ."""
    out = [svg.text(x, y, words.site_name(site), size=15, weight="bold")]
    out += [svg.text(x, y + 17 * n, words_, size=14) for n, words_ in enumerate(lines, start=1)]
    end = _LABELS[site][2:]
    if end[0] is not None and end[1] is not None:
        to = (_LEFT + _SCALE * end[0], _TOP + _SCALE * end[1])
        start = x - 6 if x > _WIDTH / 2 else x + 52
        out.append(svg.line(start, y - 5, *to, QUIET))
        out.append(f'<circle cx="{to[0]:g}" cy="{to[1]:g}" r="2.5" fill="{INK}" stroke="#fff"/>')
    return "".join(out)


def _legend() -> str:
    """Classes of risk, light to dark."""
    wide, top = 56.0, _HEIGHT - 76
    out = [svg.text(24, top - 6, words.LEGEND, size=12, colour=QUIET)]
    for number, (limit, colour) in enumerate(CLASSES):
        x = 24 + wide * number
        out.append(
            f'<rect x="{x:g}" y="{top:g}" width="{wide:g}" height="12" fill="{colour}" stroke="{FAINT}"/>'
        )
        if limit < 1:
            out.append(
                svg.text(x + wide, top + 25, f"{100 * limit:g} %", size=12, colour=QUIET, anchor="middle")
            )
    return "".join(out)
