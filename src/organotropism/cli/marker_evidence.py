"""What the commands on markers share: definitions, gene names and evidence, handed from room to room."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from organotropism import evidence
from organotropism.errors import InputError
from organotropism.markers.cutoffs import Cutoffs, read_cutoffs
from organotropism.markers.definitions import Definition, define
from organotropism.markers.effects import Effect, MarkerEvidence, Shift, effect, shifts
from organotropism.markers.genes import GeneTable, gene_table
from organotropism.markers.measured import Reading, read_measured
from organotropism.patient import Patient
from organotropism.process.offsets import Offset, together
from organotropism.process.why import site_shares
from organotropism.vocabulary import SITES

if TYPE_CHECKING:
    from organotropism.learn.marker_estimates import OwnEffects
    from organotropism.process.model import Model


@cache
def genes() -> GeneTable:
    """Names of the genes of all panels."""
    return gene_table(evidence.aliases())


@cache
def definitions() -> tuple[Definition, ...]:
    """All markers."""
    return define(evidence.markers(), evidence.marker_genes(), genes())


@cache
def marker_evidence() -> MarkerEvidence:
    """Records that effects are read from."""
    return MarkerEvidence(
        {record.record_id: record for record in evidence.associations()},
        {record.count_id: record for record in evidence.counts()},
        evidence.studies(),
    )


def effects(model: Model) -> dict[str, Effect]:
    """Effects of the markers that move a forecast of this model."""
    shares = site_shares(model)
    found = {d.id: effect(d, marker_evidence(), shares) for d in definitions()}
    return {name: value for name, value in found.items() if value is not None}


def cutoffs_of(file: str | None) -> Cutoffs:
    """Cut-offs of the user, none without a file."""
    return {} if file is None else read_cutoffs(file, definitions())


class PatientMarkers:
    """Readings of a file of measured markers, and what they add to forecasts of one model.

    Parameters
    ----------
    file : table of id, marker, value
    model : Model
    own : effects that a cohort taught, in place of the published ones
    """

    def __init__(self, file: str, model: Model, own: OwnEffects | None = None) -> None:
        if not Path(file).is_file():
            raise InputError("no such file", file=file, field="--markers")
        self.file = file
        self.own = own
        self._readings = read_measured(file, definitions(), further=own.effects if own else ())
        self.effects = effects(model)
        self._read: set[str] = set()
        self._sites = model.layout.sites
        self._offsets: dict[tuple[Reading, ...], Offset | None] = {}

    def readings(self, patient: Patient) -> tuple[Reading, ...]:
        """Readings of a patient by id, or of the only patient of a file without ids; none if not in it."""
        name = "" if set(self._readings) == {""} else patient.id or ""
        self._read.add(name)
        return self._readings.get(name, ())

    def for_table(self) -> PatientMarkers:
        """The same, for a table of patients.

        Raises
        ------
        InputError
            The file has no ids, so that its markers would be everyone's.
        """
        if "" in self._readings:
            raise InputError("has no id", file=self.file, expected="columns id, marker, value for a table")
        return self

    def unread(self) -> list[str]:
        """Ids of the file that were no patient's so far."""
        return [name for name in self._readings if name not in self._read]

    def offset(self, patient: Patient) -> Offset | None:
        """What the markers of a patient add to her forecast, None where they add nothing."""
        found = self.readings(patient)
        if found not in self._offsets:
            published = {name: effect for name, effect in self.effects.items() if not self.is_own(name)}
            added = [self._offset(shift) for shift in shifts(found, published)]
            self._offsets[found] = together([*added, *self._own(found)])
        return self._offsets[found]

    def is_own(self, marker: str) -> bool:
        """Whether the effect of a marker is that of a cohort."""
        return self.own is not None and marker in self.own.effects

    def _own(self, readings: Sequence[Reading]) -> Iterator[Offset]:
        for reading in readings:
            if self.own is not None and self.is_own(reading.marker) and reading.positive is not None:
                yield self.own.offset(reading.marker, reading.positive)

    def _offset(self, added: Shift) -> Offset:
        """The shift in the order of the model's sites."""
        order = [0, *(1 + [str(site) for site in SITES].index(site) for site in self._sites)]
        return Offset(
            added.marker,
            float(added.mean[0]),
            added.mean[order[1:]],
            added.covariance[np.ix_(order, order)],
            added.studies,
            "positive" if added.positive else "negative",
            next(d.compartment for d in definitions() if d.id == added.marker),
        )
