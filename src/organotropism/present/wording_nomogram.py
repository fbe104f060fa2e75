"""The English of nomograms, in one place."""

from __future__ import annotations

from typing import Final

from organotropism.explain.nomogram import Nomogram, Target
from organotropism.present.numbers import years
from organotropism.present.wording_figures import site_name

FACTORS: Final = {
    "subtype": "Subtype",
    "age": "Age, years",
    "size": "Size, mm",
    "nodes": "Positive nodes",
    "grade": "Grade",
    "histology": "Histology",
    "pr": "PR",
    "ki67": "Ki-67",
    "detection": "Found by",
}
POINTS: Final = "Points"
TOTAL: Final = "Total points"
UNKNOWN: Final = "unknown"
RISK: Final = "Risk, %"
HOW: Final = (
    "Read the points of each factor straight up on the first line, add them, and read the risk below the "
    "total. Circle: not known."
)


def title(target: Target) -> str:
    """The risk that the nomogram gives."""
    within = "" if target.horizon is None else f" within {years(target.horizon)} of diagnosis"
    who = "" if target.subtype is None else f", {target.subtype}"
    if target.quantity == "any":
        return f"Any distant disease{within}{who}"
    if target.quantity == "several":
        return f"More than one site, if distant disease presents{who}"
    site = site_name(str(target.site))
    texts = {
        "ever": f"{site}: metastasis found{within}",
        "first": f"{site}: among the first sites found,{within}",
        "only": f"{site}: the only first site found,{within}",
        "given_metastasis": f"{site}: among the sites found, if distant disease presents",
    }
    return f"{texts[target.quantity]}{who}"


def accuracy(found: Nomogram) -> str:
    """How far the nomogram is from the forecast, in words."""
    error = found.accuracy
    women = "women" if found.target.subtype is None else f"women with {found.target.subtype}"
    if found.target.horizon is None:
        women = f"{women} in whom distant disease presents"
    mixed = found.target.subtype is None and found.target.horizon is not None
    closer = " Closer with --subtype." if mixed else ""
    return (
        f"Against the model's own risk: on average {_points(error.mean)} percentage points off, within "
        f"{_points(error.percentile_95)} for 95 of 100 {women}, at most {_points(error.largest)} (in rare "
        f"combinations).{closer}"
    )


def basis(found: Nomogram) -> str:
    """What the nomogram rests on."""
    return (
        f"Model {found.model}, version {found.version}; diagnosed {found.target.year}; treatment as on "
        "average. For research, not for treatment or imaging decisions."
    )


def _points(difference: float) -> str:
    value = 100.0 * difference
    return "less than 0.1" if value < 0.1 else f"{value:.{0 if value >= 9.95 else 1}f}"
