"""From scores and readings to the lines that cards and tables show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from organotropism import evidence
from organotropism.cli.marker_evidence import PatientMarkers, definitions
from organotropism.errors import InputError
from organotropism.markers.definitions import Definition
from organotropism.markers.dispute import dispute
from organotropism.markers.effects import Effect, why_no_effect
from organotropism.markers.measured import Reading
from organotropism.markers.pam50 import Pam50
from organotropism.markers.scores import Basis, Score
from organotropism.patient import Patient
from organotropism.present import wording_markers as words
from organotropism.present.marker_card import Card, CardLine, measured_text
from organotropism.vocabulary import SITES

if TYPE_CHECKING:
    from organotropism.learn.marker_estimates import OwnEffects


class CardMaker:
    """Makes cards of the samples of one cohort.

    Parameters
    ----------
    scores : of the cohort
    subtypes : PAM50 of the cohort, None where it could not be called
    readings : markers measured otherwise, by sample
    effects : of the markers that move a forecast
    warnings : for every card
    """

    def __init__(
        self,
        scores: Sequence[Score],
        subtypes: Pam50 | None,
        readings: Mapping[str, Sequence[Reading]],
        effects: Mapping[str, Effect],
        warnings: Sequence[str],
    ) -> None:
        self._scores = scores
        self._subtypes = subtypes
        self._readings = readings
        self._effects = effects
        self._warnings = tuple(warnings)
        self._evidence = {d.id: evidence_text(d) for d in definitions()}
        self._definitions = {d.id: d for d in definitions()}

    def card(self, name: str, number: int) -> Card:
        """Card of one sample, by its name and place in the cohort."""
        stated = [self._stated(reading) for reading in self._readings.get(name, ())]
        taken = {line.marker for line in stated}
        scored = [
            self._scored(score, number)
            for score in self._scores
            if score.rank is not None and score.definition.id not in taken and score.rank[number] >= 0
        ]
        return Card(name, self._subtype(number), (*stated, *scored), self._absent(taken), self._warnings)

    def _subtype(self, number: int) -> str:
        found = self._subtypes
        if found is None:
            return ""
        return words.subtype_sentence(
            found.nearest[number], found.second[number], found.calls[number], float(found.confidence[number])
        )

    def _scored(self, score: Score, number: int) -> CardLine:
        assert score.rank is not None
        rank = float(score.rank[number])
        positive = None if score.positive is None else float(score.positive[number])
        positive = None if positive is None or positive != positive else positive  # noqa: PLR0124
        measured = [words.place(rank)] if positive is None else [words.called(positive), words.place(rank)]
        if score.missing:
            count = len(score.used) + len(score.missing)
            measured.append(f"{len(score.used)} of {count} genes")
        if score.stands_in:
            measured.append(words.STANDS_IN)
        why = why_no_effect(score.definition) or "expression is not the published assay"
        return self._line(score.definition, ", ".join(measured), words.direction(rank, positive), why)

    def _stated(self, reading: Reading) -> CardLine:
        definition = self._definitions[reading.marker]
        positive = None if reading.positive is None else float(reading.positive)
        toward = words.direction(None, positive)
        return self._line(
            definition,
            words.reading(reading.text, positive),
            toward,
            why_no_effect(definition),
            reading.positive,
        )

    def _line(
        self,
        definition: Definition,
        measured: str,
        toward: bool | None,
        why: str,
        positive: bool | None = None,
    ) -> CardLine:
        rate, sites = 0.0, {}
        if not why and positive is not None:
            mean, _ = self._effects[definition.id].against_average(positive)
            rate, sites = float(mean[0]), dict(zip(map(str, SITES), mean[1:].tolist(), strict=True))
        usual = definition.direction in ("increases", "mixed")
        points = words.points(toward, definition.sites, definition.away)
        return CardLine(
            str(definition.compartment),
            definition.id,
            measured,
            points if usual else words.no_direction(definition.sites, definition.direction),
            self._evidence[definition.id],
            words.moves(why, rate, sites),
        )

    def _absent(self, taken: set[str]) -> tuple[str, ...]:
        groups: dict[str, list[str]] = {}
        for score in self._scores:
            if score.rank is None and score.definition.id not in taken:
                groups.setdefault(_reason(score), []).append(score.definition.id)
        return tuple(f"{reason}: {', '.join(names)}." for reason, names in groups.items())


def _reason(score: Score) -> str:
    """Why a marker has no score, in few words, so that many share them."""
    if score.basis == Basis.NOT_PUBLISHED:
        return "Rule never published in full, as far as it was read"
    if score.missing:
        return "Genes missing in the file"
    return "Measured otherwise or in another compartment"


def evidence_text(definition: Definition) -> str:
    """How good and how disputed the evidence on a marker is."""
    said = dispute(definition, evidence.associations())
    return words.evidence(definition.grade, said.found, said.nothing, said.reverse)


def markers_below(markers: PatientMarkers, patient: Patient, kind: str, *, width: int, colour: bool) -> str:
    """Text on the measured markers of a patient to stand below her forecast; nothing in other formats.

    Raises
    ------
    InputError
        The file holds no marker of the patient.
    """
    readings = markers.readings(patient)
    if not readings:
        raise InputError(
            "holds no marker of this patient", file=markers.file, field="--markers", value=patient.id
        )
    if kind != "text":
        return ""
    published = [reading for reading in readings if not markers.is_own(reading.marker)]
    card = CardMaker((), None, {"": published}, markers.effects, ()).card("", 0)
    said = [words.reading_line(line.marker, line.measured, line.points, line.moves) for line in card.lines]
    said += [_own_line(reading, markers.own) for reading in readings if markers.is_own(reading.marker)]
    return measured_text(said, width=width, colour=colour)


def _own_line(reading: Reading, own: OwnEffects | None) -> str:
    """Line of a marker whose effect a cohort taught."""
    assert own is not None
    positive = None if reading.positive is None else float(reading.positive)
    moved = words.moves("no cut-off", 0.0, {})
    if reading.positive is not None:
        offset = own.offset(reading.marker, reading.positive)
        moved = words.moves("", offset.rate, dict(zip(own.sites, offset.sites.tolist(), strict=True)))
    return words.own_line(reading.marker, words.reading(reading.text, positive), own.cohort, moved)
