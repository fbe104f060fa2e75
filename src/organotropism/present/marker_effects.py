"""Effects of markers in a cohort as text: literature, cohort alone and both, with what they rest on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from organotropism.errors import printable
from organotropism.present.console import WIDEST
from organotropism.present.sections import Row, Section, sections_text
from organotropism.process.document import RESEARCH_ONLY

_SOURCES: Final = ("literature", "cohort alone", "both")
_SILENT: Final = "silent"
NOTE: Final = (
    "Positive against negative, each marker by itself, adjusted for the covariates of the model; in brackets "
    "95 %. hazard, any distant: whether and when. odds of a site, once distant disease presents: how "
    "many and where. both: the cohort, and the literature (where it is silent, no effect with a standard "
    "deviation of 0.35 on the log scale) as far as it holds for a new cohort (0.3 more); forecasts with "
    "--marker-effects use it. Markers that go together tell partly the same: state only one in a forecast."
)


def marker_effects_text(
    rows: Iterable[Mapping[str, Any]],
    cohort: str,
    notes: Sequence[str],
    *,
    width: int = WIDEST,
    colour: bool = False,
) -> str:
    """Tables of the effects, one a marker.

    Parameters
    ----------
    rows : records of `MarkerEstimate.rows`, those of a marker and of an effect together
    notes : on what was left out
    """
    sections = [Section(f"Effects of markers in {printable(cohort)}")]
    for _, group in groupby(rows, key=lambda row: row["marker"]):
        sections.append(_marker(list(group)))
    sections += [Section(note=note) for note in notes]
    return sections_text([*sections, Section(note=f"{NOTE} {RESEARCH_ONLY}")], width=width, colour=colour)


def _marker(rows: list[Mapping[str, Any]]) -> Section:
    first = rows[0]
    rests = (
        f"{first['positive']:,} of {first['patients']:,} patients positive, "
        f"{first['presentations']:,} with distant disease"
    )
    lines = []
    for effect, group in groupby(rows, key=lambda row: row["effect"]):
        found = {row["source"]: _ratio(row) for row in group}
        label = "hazard, any distant" if effect == "rate" else f"odds of {effect}"
        lines.append(Row(label, tuple(found.get(source, _SILENT) for source in _SOURCES)))
    heading = f"{printable(first['marker'])} ({first['compartment']}): {rests}"
    return Section(heading, _SOURCES, tuple(lines))


def _ratio(row: Mapping[str, Any]) -> str:
    return f"{row['ratio']:.2g} ({row['low']:.2g} to {row['high']:.2g})"
