"""Options on measured markers, the same in every command that forecasts a patient."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from organotropism.errors import InputError

if TYPE_CHECKING:
    import argparse

    from organotropism.cli.marker_evidence import PatientMarkers
    from organotropism.process.model import Model


def add_marker_flags(parser: argparse.ArgumentParser) -> None:
    """Add ``--markers`` and ``--marker-effects``."""
    parser.add_argument(
        "--markers",
        metavar="FILE",
        help="measured markers (CSV: marker, value; for several patients with id); off by default",
    )
    parser.add_argument(
        "--marker-effects",
        metavar="FILE",
        help="effects that a cohort taught (`organotropism markers effect`), in place of the published ones",
    )


def given_markers(given: argparse.Namespace, model: Model) -> PatientMarkers | None:
    """Markers of the command line, None where there are none.

    Raises
    ------
    InputError
        Effects without markers, or a file that cannot be used.
    """
    if given.markers is None:
        if given.marker_effects is not None:
            raise InputError("is for measured markers", value="--marker-effects", expected="--markers too")
        return None
    from organotropism.cli.marker_evidence import PatientMarkers

    if given.marker_effects is None:
        return PatientMarkers(given.markers, model)
    from organotropism.learn.marker_estimates import read_effects

    own = read_effects(given.marker_effects)
    if own.sites != model.layout.sites:
        raise InputError("is of other sites than the model", file=given.marker_effects, field="sites")
    if own.model != model.checksum:
        print(f"warning: {given.marker_effects} was estimated with another model", file=sys.stderr)
    return PatientMarkers(given.markers, model, own)
