"""Options on measured markers, the same in every command that forecasts a patient."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from organotropism.cli.marker_evidence import PatientMarkers
    from organotropism.process.model import Model


def add_marker_flags(parser: argparse.ArgumentParser) -> None:
    """Add ``--markers``."""
    parser.add_argument(
        "--markers",
        metavar="FILE",
        help="measured markers (CSV: marker, value; for several patients with id); off by default",
    )


def given_markers(given: argparse.Namespace, model: Model) -> PatientMarkers | None:
    """Markers of the command line, None where there are none."""
    if given.markers is None:
        return None
    from organotropism.cli.marker_evidence import PatientMarkers

    return PatientMarkers(given.markers, model)
